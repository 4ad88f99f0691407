/* Registries: append a version, keep the current state beside it. */
#include "domain/registry.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/ident.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/submission.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>

QUERY(registry_get, "select id, properties from registries where tenant = $1 and name = $2");
QUERY(registry_add, "insert into registries (tenant, id, name, label, owner_unit_id, properties, "
                    "created_at) values ($1, $2, $3, $4, null, $5, $6)");
QUERY(registry_widen, "update registries set properties = $3 where tenant = $1 and id = $2");

static bool has_property(const struct json *list, const char *name)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (text_equal(json_get_text(json_at(list, i), "name"), name))
            return true;
    return false;
}

/* What is there, then what is new; NULL if nothing is new. */
static struct err *properties_merge(struct arena *a, const char *have, const char *more,
                                    const char **merged_out)
{
    const struct json *known, *wanted;
    TRY(json_read(a, have, strlen(have), &known));
    TRY(json_read(a, more, strlen(more), &wanted));
    struct buf b;
    buf_init(&b, a);
    struct json_out j;
    json_start(&j, &b);
    json_open_array(&j, NULL);
    for (size_t i = 0; i < json_count(known); i++)
        json_put_value(&j, NULL, json_at(known, i));
    bool is_wider = false;
    for (size_t i = 0; i < json_count(wanted); i++)
        if (!has_property(known, json_get_text(json_at(wanted, i), "name"))) {
            json_put_value(&j, NULL, json_at(wanted, i));
            is_wider = true;
        }
    json_close_array(&j);
    *merged_out = is_wider ? buf_text(&b) : NULL;
    return NULL;
}

struct err *registry_need(struct tx *tx, int64_t tenant, const char *name, const char *label,
                          const char *properties, int64_t *id_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &registry_get, ARGS(sql_int(tenant), sql_text(name)), &r, &has_row));
    if (!has_row) {
        *id_out = tx_new_id(tx);
        return sql_run(tx, &registry_add,
                       ARGS(sql_int(tenant), sql_int(*id_out), sql_text(name), sql_text(label),
                            sql_text(properties), sql_int(tx_now_ms(tx))),
                       NULL);
    }
    *id_out = rows_int(r, 0);
    const char *merged;
    TRY(properties_merge(tx_arena(tx), rows_text(r, 1), properties, &merged));
    if (!merged)
        return NULL;
    return sql_run(tx, &registry_widen, ARGS(sql_int(tenant), sql_int(*id_out), sql_text(merged)),
                   NULL);
}

/* Entities ------------------------------------------------------------------------------------ */

#define ENTITY_COLUMNS "id, registry_id, area_id, version, uuid, label, properties, conflict"
QUERY(entity_by_uuid, "select " ENTITY_COLUMNS " from entities "
                      "where tenant = $1 and registry_id = $2 and uuid = $3");
QUERY(entity_by_key, "select " ENTITY_COLUMNS " from entities where tenant = $1 "
                     "and registry_id = $2 and key_hash = $3 and is_deleted = 0 limit 1");
QUERY(entity_by_id, "select " ENTITY_COLUMNS " from entities where tenant = $1 and id = $2 "
                    "and is_deleted = 0");
QUERY(entity_version_add,
      "insert into entity_versions (tenant, entity_id, version, registry_id, uuid, label, "
      "properties, area_id, is_deleted, submission_id, person_id, at, base_version, conflict) "
      "values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12, $13)");
QUERY(entity_put,
      "insert into entities (tenant, id, registry_id, uuid, label, properties, area_id, version, "
      "key_hash, is_deleted, conflict, changed_at) "
      "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11) on conflict (tenant, id) "
      "do update set label = excluded.label, properties = excluded.properties, "
      "area_id = excluded.area_id, version = excluded.version, key_hash = excluded.key_hash, "
      "conflict = excluded.conflict, changed_at = excluded.changed_at");
QUERY(entity_version_get, "select properties from entity_versions "
                          "where tenant = $1 and entity_id = $2 and version = $3");
QUERY(entity_of_submission, "select 1 from entity_versions where tenant = $1 and entity_id = $2 "
                            "and submission_id = $3 limit 1");

static void entity_row(const struct rows *r, struct entity *e)
{
    *e = (struct entity){rows_int(r, 0),  rows_int(r, 1),  rows_int(r, 2),  rows_int(r, 3),
                         rows_text(r, 4), rows_text(r, 5), rows_text(r, 6), rows_text(r, 7)};
}

static struct err *entity_one(struct tx *tx, const struct query *q, const struct sql_arg *args,
                              size_t count, struct entity *out, bool *has_entity_out)
{
    struct rows *r;
    TRY(sql_row(tx, q, args, count, &r, has_entity_out));
    if (*has_entity_out)
        entity_row(r, out);
    return NULL;
}

struct err *registry_entity(struct tx *tx, int64_t tenant, int64_t id, struct entity *out)
{
    bool has_entity;
    TRY(entity_one(tx, &entity_by_id, ARGS(sql_int(tenant), sql_int(id)), out, &has_entity));
    if (has_entity)
        return NULL;
    return err_new(tx_arena(tx), ERR_MISSING, "entity.missing", "", "There is no such entry.",
                   "没有这个条目。");
}

static const char *key_of(struct arena *a, const unsigned char *secret, const char *id_number)
{
    return tenant_hash(a, secret, "id", *id_number ? ident_normal(a, id_number) : "");
}

struct err *registry_by_id_number(struct tx *tx, int64_t tenant, const unsigned char *secret,
                                  const char *registry, const char *id_number, struct entity *out,
                                  bool *has_entity_out)
{
    struct rows *r;
    bool has_row;
    *has_entity_out = false;
    const char *key = key_of(tx_arena(tx), secret, id_number);
    TRY(sql_row(tx, &registry_get, ARGS(sql_int(tenant), sql_text(registry)), &r, &has_row));
    if (!has_row || !*key)
        return NULL;
    return entity_one(tx, &entity_by_key,
                      ARGS(sql_int(tenant), sql_int(rows_int(r, 0)), sql_text(key)), out,
                      has_entity_out);
}

const char *entity_value(struct arena *a, const struct entity *e, const char *property)
{
    const struct json *j;
    if (json_read(a, e->properties, strlen(e->properties), &j))
        return "";
    return json_get_text(j, property);
}

static const char *written(const struct entity_write *w, const char *name)
{
    for (size_t i = 0; i < w->property_count; i++)
        if (text_equal(w->properties[i].name, name))
            return w->properties[i].value;
    return NULL;
}

static const char *properties_print(struct arena *a, const struct json *before,
                                    const struct entity_write *w)
{
    struct buf b;
    buf_init(&b, a);
    struct json_out j;
    json_start(&j, &b);
    json_open_object(&j, NULL);
    for (size_t i = 0; i < json_count(before); i++) {
        const char *key = json_key_at(before, i), *value = written(w, key);
        json_put_text(&j, key, value ? value : json_get_text(before, key));
    }
    for (size_t i = 0; i < w->property_count; i++)
        if (!json_get(before, w->properties[i].name))
            json_put_text(&j, w->properties[i].name, w->properties[i].value);
    json_close_object(&j);
    return buf_text(&b);
}

/* Written from an older version than the current one: hard if both changed the same property. */
static struct err *conflict_of(struct tx *tx, int64_t tenant, const struct entity_write *w,
                               const struct entity *now, const struct json *current,
                               const char **out)
{
    *out = now->conflict;
    if (!w->base_version || w->base_version >= now->version)
        return NULL;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &entity_version_get,
                ARGS(sql_int(tenant), sql_int(now->id), sql_int(w->base_version)), &r, &has_row));
    const char *text = has_row ? rows_text(r, 0) : "{}";
    const struct json *base;
    TRY(json_read(tx_arena(tx), text, strlen(text), &base));
    if (!text_equal(*out, "hard"))
        *out = "soft";
    for (size_t i = 0; i < w->property_count; i++) {
        const char *name = w->properties[i].name;
        if (!text_equal(json_get_text(base, name), json_get_text(current, name)))
            *out = "hard";
    }
    return NULL;
}

struct next_state {
    struct entity entity;
    const char *key;
    int64_t base_version, submission_id;
};

static struct err *state_write(struct tx *tx, const struct actor *who, const struct next_state *n)
{
    const struct entity *e = &n->entity;
    TRY(sql_run(tx, &entity_version_add,
                ARGS(sql_int(who->tenant), sql_int(e->id), sql_int(e->version),
                     sql_int(e->registry_id), sql_text(e->uuid), sql_text(e->label),
                     sql_text(e->properties), sql_int(e->area_id),
                     sql_int_or_null(n->submission_id, n->submission_id != 0),
                     sql_int_or_null(who->person_id, who->person_id != 0), sql_int(tx_now_ms(tx)),
                     sql_int(n->base_version), sql_text(e->conflict)),
                NULL));
    return sql_run(tx, &entity_put,
                   ARGS(sql_int(who->tenant), sql_int(e->id), sql_int(e->registry_id),
                        sql_text(e->uuid), sql_text(e->label), sql_text(e->properties),
                        sql_int(e->area_id), sql_int(e->version), sql_text(n->key),
                        sql_text(e->conflict), sql_int(tx_now_ms(tx))),
                   NULL);
}

static const char *uuid_new(struct arena *a)
{
    unsigned char bytes[16];
    secret_random(bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
    const char *hex = secret_hex(a, bytes, sizeof bytes);
    return text_print(a, "%.*s-%.*s-%.*s-%.*s-%s", 8, hex, 4, hex + 8, 4, hex + 12, 4, hex + 16,
                      hex + 20);
}

static struct err *entity_find(struct tx *tx, int64_t tenant, int64_t registry, const char *key,
                               const struct entity_write *w, struct entity *now, bool *has_out)
{
    *has_out = false;
    if (*w->uuid)
        TRY(entity_one(tx, &entity_by_uuid,
                       ARGS(sql_int(tenant), sql_int(registry), sql_text(w->uuid)), now, has_out));
    if (*has_out || !*key)
        return NULL;
    return entity_one(tx, &entity_by_key, ARGS(sql_int(tenant), sql_int(registry), sql_text(key)),
                      now, has_out);
}

static bool is_applied(struct tx *tx, int64_t tenant, const struct entity *now,
                       int64_t submission_id)
{
    struct rows *r;
    bool has_row;
    return submission_id &&
           !sql_row(tx, &entity_of_submission,
                    ARGS(sql_int(tenant), sql_int(now->id), sql_int(submission_id)), &r,
                    &has_row) &&
           has_row;
}

struct err *registry_write(struct tx *tx, const struct actor *who, const unsigned char *secret,
                           const struct entity_write *w, int64_t *entity_id_out)
{
    struct arena *a = tx_arena(tx);
    int64_t registry;
    TRY(registry_need(tx, who->tenant, w->registry, w->registry, "[]", &registry));
    const char *id_number = written(w, "id_number");
    const char *key = key_of(a, secret, id_number ? id_number : "");
    struct entity now = {.uuid = "", .label = "", .properties = "{}", .conflict = ""};
    bool is_known;
    TRY(entity_find(tx, who->tenant, registry, key, w, &now, &is_known));
    *entity_id_out = now.id;
    if (is_known && is_applied(tx, who->tenant, &now, w->submission_id))
        return NULL;
    if (!is_known && !w->is_create)
        return err_new(a, ERR_MISSING, "entity.missing", w->uuid, "There is no such entry.",
                       "没有这个条目。");
    const struct json *current;
    TRY(json_read(a, now.properties, strlen(now.properties), &current));
    struct next_state next = {.entity = now,
                              .base_version = w->base_version ? w->base_version : now.version,
                              .submission_id = w->submission_id};
    if (is_known)
        TRY(conflict_of(tx, who->tenant, w, &now, current, &next.entity.conflict));
    else
        next.entity.id = tx_new_id(tx);
    next.entity.registry_id = registry;
    next.entity.version = now.version + 1;
    next.entity.uuid = *now.uuid ? now.uuid : *w->uuid ? w->uuid : uuid_new(a);
    next.entity.label = *w->label ? w->label : now.label;
    next.entity.properties = properties_print(a, current, w);
    next.entity.area_id = w->area_id ? w->area_id : now.area_id;
    next.key = id_number ? key : key_of(a, secret, json_get_text(current, "id_number"));
    *entity_id_out = next.entity.id;
    return state_write(tx, who, &next);
}

/* Changes that a submission carries ------------------------------------------------------------ */

static struct err *change_apply(struct tx *tx, const struct actor *who, const unsigned char *secret,
                                const struct submission_kept *s, const struct json *change)
{
    const struct json *list = json_get(change, "properties");
    size_t count = json_count(list);
    struct entity_property *properties = arena_array(tx_arena(tx), count + 1, sizeof *properties);
    for (size_t i = 0; i < count; i++)
        properties[i] = (struct entity_property){json_key_at(list, i),
                                                 json_get_text(list, json_key_at(list, i))};
    const struct entity_write w = {.registry = json_get_text(change, "list"),
                                   .uuid = json_get_text(change, "id"),
                                   .label = json_get_text(change, "label"),
                                   .properties = properties,
                                   .property_count = count,
                                   .base_version = json_get_int(change, "base_version", 0),
                                   .area_id = s->area_id,
                                   .submission_id = s->id,
                                   .is_create = json_get_bool(change, "create", false)};
    int64_t id;
    struct err *e = registry_write(tx, who, secret, &w, &id);
    if (e && e->kind == ERR_MISSING) /* an update of what is not there: kept in the submission */
        return audit_add(tx, who, "entity.write", w.uuid, e->code);
    TRY(e);
    return audit_add(tx, who, "entity.write",
                     text_print(tx_arena(tx), "entity:%lld", (long long)id), "ok");
}

struct err *registry_apply_submission(struct tx *tx, const struct actor *who, int64_t submission_id)
{
    struct submission_kept s;
    TRY(submission_load(tx, who->tenant, submission_id, &s));
    if (!*s.entity_changes)
        return NULL;
    const struct tenant *t;
    TRY(tenant_load_id(tx, who->tenant, &t));
    const struct json *changes;
    TRY(json_read(tx_arena(tx), s.entity_changes, strlen(s.entity_changes), &changes));
    for (size_t i = 0; i < json_count(changes); i++)
        TRY(change_apply(tx, who, t->secret, &s, json_at(changes, i)));
    return NULL;
}
