/* A service as JSON, and back: one table of members per struct, so that both directions agree. */
#include "forms/service.h"

#include "base/arena.h"
#include "base/buf.h"
#include "formats/json.h"

enum member_kind { MEMBER_TEXT, MEMBER_INT, MEMBER_BOOL };
struct member {
    const char *name;
    size_t offset;
    enum member_kind kind;
};

#define TEXT(type, name)                                                                           \
    {                                                                                              \
#name, offsetof(struct type, name), MEMBER_TEXT                                            \
    }
#define INT(type, name)                                                                            \
    {                                                                                              \
#name, offsetof(struct type, name), MEMBER_INT                                             \
    }
#define BOOL(type, name)                                                                           \
    {                                                                                              \
#name, offsetof(struct type, name), MEMBER_BOOL                                            \
    }

static const struct member field_members[] = {
    TEXT(service_field, name), TEXT(service_field, value), TEXT(service_field, value_en), {0}};

static const struct member material_members[] = {
    TEXT(service_material, name),        TEXT(service_material, label),
    TEXT(service_material, label_en),    TEXT(service_material, kind),
    TEXT(service_material, medium),      INT(service_material, originals),
    INT(service_material, copies),       TEXT(service_material, source),
    TEXT(service_material, source_note), TEXT(service_material, need),
    TEXT(service_material, criteria),    TEXT(service_material, guide),
    TEXT(service_material, sample),      TEXT(service_material, certificate),
    BOOL(service_material, is_exempt),   TEXT(service_material, when),
    TEXT(service_material, question),    {0}};

static const struct member step_members[] = {
    TEXT(service_step, name),       TEXT(service_step, label),      TEXT(service_step, label_en),
    TEXT(service_step, unit),       TEXT(service_step, role),       INT(service_step, limit),
    TEXT(service_step, limit_unit), BOOL(service_step, clock_runs), TEXT(service_step, stop_cause),
    BOOL(service_step, is_joint),   TEXT(service_step, criteria),   {0}};

static const struct member action_members[] = {TEXT(service_action, step),
                                               TEXT(service_action, name),
                                               TEXT(service_action, label),
                                               TEXT(service_action, label_en),
                                               TEXT(service_action, next),
                                               TEXT(service_action, when),
                                               TEXT(service_action, needs),
                                               TEXT(service_action, effect),
                                               TEXT(service_action, kind),
                                               TEXT(service_action, letter),
                                               {0}};

static const struct member letter_members[] = {TEXT(service_letter, name),
                                               TEXT(service_letter, label),
                                               TEXT(service_letter, label_en),
                                               TEXT(service_letter, title),
                                               TEXT(service_letter, body),
                                               TEXT(service_letter, paper),
                                               {0}};

static const struct member rule_members[] = {
    TEXT(service_rule, name), TEXT(service_rule, expression), TEXT(service_rule, place), {0}};

static const struct member service_members[] = {TEXT(service, code),
                                                TEXT(service, version),
                                                TEXT(service, title),
                                                TEXT(service, title_en),
                                                TEXT(service, picture),
                                                TEXT(service, keywords),
                                                TEXT(service, registry),
                                                TEXT(service, eligible_when),
                                                TEXT(service, owner_unit),
                                                TEXT(service, case_kind),
                                                INT(service, limit_legal),
                                                INT(service, limit_promised),
                                                TEXT(service, limit_legal_unit),
                                                TEXT(service, limit_promised_unit),
                                                INT(service, identity_level),
                                                INT(service, visits),
                                                BOOL(service, allows_proxy),
                                                BOOL(service, is_proactive),
                                                BOOL(service, low_literacy),
                                                TEXT(service, applicant_name),
                                                TEXT(service, applicant_id),
                                                TEXT(service, applicant_phone),
                                                TEXT(service, applicant_area),
                                                TEXT(service, proxy_name),
                                                TEXT(service, proxy_id),
                                                {0}};

/* The lists of a service. */
static const struct list {
    const char *name;
    const struct member *members;
    size_t item_size, items_offset, count_offset;
} lists[] = {
    {"fields", field_members, sizeof(struct service_field), offsetof(struct service, fields),
     offsetof(struct service, field_count)},
    {"materials", material_members, sizeof(struct service_material),
     offsetof(struct service, materials), offsetof(struct service, material_count)},
    {"steps", step_members, sizeof(struct service_step), offsetof(struct service, steps),
     offsetof(struct service, step_count)},
    {"actions", action_members, sizeof(struct service_action), offsetof(struct service, actions),
     offsetof(struct service, action_count)},
    {"letters", letter_members, sizeof(struct service_letter), offsetof(struct service, letters),
     offsetof(struct service, letter_count)},
    {"rules", rule_members, sizeof(struct service_rule), offsetof(struct service, rules),
     offsetof(struct service, rule_count)},
};
enum { LIST_COUNT = sizeof lists / sizeof *lists };

static void write_members(struct json_out *j, const struct member *members, const void *thing)
{
    for (const struct member *m = members; m->name; m++) {
        const char *at = (const char *)thing + m->offset;
        if (m->kind == MEMBER_TEXT) {
            const char *text = *(const char *const *)(const void *)at;
            json_put_text(j, m->name, text ? text : "");
        } else if (m->kind == MEMBER_INT) {
            json_put_int(j, m->name, *(const int32_t *)(const void *)at);
        } else {
            json_put_bool(j, m->name, *(const bool *)(const void *)at);
        }
    }
}

static void write_list(struct json_out *j, const struct list *list, const struct service *s)
{
    const char *base = (const char *)s;
    const char *items = *(const char *const *)(const void *)(base + list->items_offset);
    size_t count = *(const size_t *)(const void *)(base + list->count_offset);
    json_open_array(j, list->name);
    for (size_t i = 0; i < count; i++) {
        json_open_object(j, NULL);
        write_members(j, list->members, items + i * list->item_size);
        json_close_object(j);
    }
    json_close_array(j);
}

void service_write_json(struct buf *b, const struct service *s)
{
    struct json_out j;
    json_start(&j, b);
    json_open_object(&j, NULL);
    write_members(&j, service_members, s);
    for (size_t i = 0; i < LIST_COUNT; i++)
        write_list(&j, &lists[i], s);
    json_close_object(&j);
}

static void read_members(const struct json *from, const struct member *members, void *thing)
{
    for (const struct member *m = members; m->name; m++) {
        void *at = (char *)thing + m->offset;
        if (m->kind == MEMBER_TEXT)
            *(const char **)at = json_get_text(from, m->name);
        else if (m->kind == MEMBER_INT)
            *(int32_t *)at = (int32_t)json_get_int(from, m->name, 0);
        else
            *(bool *)at = json_get_bool(from, m->name, false);
    }
}

static void read_list(struct arena *a, const struct json *from, const struct list *list,
                      struct service *s)
{
    const struct json *array = json_get(from, list->name);
    size_t count = json_count(array);
    char *items = arena_array(a, count, list->item_size), *base = (char *)s;
    for (size_t i = 0; i < count; i++)
        read_members(json_at(array, i), list->members, items + i * list->item_size);
    *(void **)(void *)(base + list->items_offset) = items;
    *(size_t *)(void *)(base + list->count_offset) = count;
}

struct err *service_read_json(struct arena *a, const char *json, size_t size,
                              const struct service **out)
{
    const struct json *top;
    TRY(json_read(a, json, size, &top));
    struct service *s = arena_alloc(a, sizeof *s);
    read_members(top, service_members, s);
    for (size_t i = 0; i < LIST_COUNT; i++)
        read_list(a, top, &lists[i], s);
    *out = s;
    return NULL;
}
