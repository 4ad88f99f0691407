/* Roles and their first grants. No role holds people.manage, audit.read and case.act together. */
#include "domain/right.h"

#include "base/text.h"
#include "store/store.h"

static const char *const names[] = {
#define X(name, text) [name] = text,
    RIGHT_LIST(X)
#undef X
};

const char *right_name(enum right r)
{
    return r < RIGHT_COUNT ? names[r] : "";
}

bool right_find(const char *name, enum right *right_out)
{
    for (int i = 0; i < RIGHT_COUNT; i++)
        if (text_equal(names[i], name)) {
            *right_out = (enum right)i;
            return true;
        }
    return false;
}

#define RIGHTS(...)                                                                                \
    (const enum right[])                                                                           \
    {                                                                                              \
        __VA_ARGS__, RIGHT_COUNT                                                                   \
    }

const struct role roles[] = {
    {"admin", "系统管理员", "Administrator", RIGHTS(RIGHT_PEOPLE_MANAGE, RIGHT_SERVICE_PUBLISH)},
    {"service_owner", "事项负责人", "Service owner",
     RIGHTS(RIGHT_SERVICE_PUBLISH, RIGHT_REGISTRY_READ, RIGHT_REPORT_READ)},
    {"clerk", "窗口人员", "Counter clerk",
     RIGHTS(RIGHT_CASE_READ, RIGHT_CASE_ACT, RIGHT_CASE_INTAKE, RIGHT_FILE_READ, RIGHT_ID_UNMASK,
            RIGHT_REGISTRY_READ, RIGHT_REPORT_READ, RIGHT_SUBMIT)},
    {"officer", "经办人员", "Officer",
     RIGHTS(RIGHT_CASE_READ, RIGHT_CASE_ACT, RIGHT_FILE_READ, RIGHT_ID_UNMASK, RIGHT_REGISTRY_READ,
            RIGHT_REGISTRY_WRITE, RIGHT_REPORT_READ)},
    {"leader", "分管领导", "Leader",
     RIGHTS(RIGHT_CASE_READ, RIGHT_CASE_ACT, RIGHT_CASE_OVERRIDE, RIGHT_FILE_READ,
            RIGHT_REGISTRY_READ, RIGHT_REPORT_READ)},
    {"helper", "帮办员/网格员", "Helper",
     RIGHTS(RIGHT_CASE_READ, RIGHT_CASE_ACT, RIGHT_CASE_INTAKE, RIGHT_FILE_READ, RIGHT_SUBMIT)},
    {"auditor", "审计员", "Auditor", RIGHTS(RIGHT_AUDIT_READ)},
    {NULL, NULL, NULL, NULL},
};

const struct role *role_find(const char *name)
{
    for (const struct role *r = roles; r->name; r++)
        if (text_equal(r->name, name))
            return r;
    return NULL;
}

QUERY(grant_add, "insert into grants (tenant, id, role, action, unit_id, area_id, needs_mandate, "
                 "valid_from, valid_to) values ($1, $2, $3, $4, null, null, $5, $6, null)");

struct err *right_begin(struct tx *tx, int64_t tenant, int32_t from)
{
    for (const struct role *role = roles; role->name; role++)
        for (const enum right *r = role->rights; *r != RIGHT_COUNT; r++) {
            bool needs_mandate = *r == RIGHT_CASE_INTAKE && text_equal(role->name, "helper");
            TRY(sql_run(tx, &grant_add,
                        ARGS(sql_int(tenant), sql_int(tx_new_id(tx)), sql_text(role->name),
                             sql_text(names[*r]), sql_int(needs_mandate), sql_int(from)),
                        NULL));
        }
    return NULL;
}
