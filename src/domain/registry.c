/* Registries: append a version, keep the current state beside it. */
#include "domain/registry.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/ident.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/submission.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "forms/service.h"
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
QUERY(entity_words_due, "insert into words_due (tenant, entity_id) values ($1, $2) "
                        "on conflict (tenant, entity_id) do nothing");
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
    TRY(sql_run(tx, &entity_words_due, ARGS(sql_int(who->tenant), sql_int(e->id)), NULL));
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

/* Screens ------------------------------------------------------------------------------------- */

enum { PAGE = 50 };
QUERY(registry_list,
      "select r.name, r.label, r.properties, (select count(*) from entities e "
      "where e.tenant = r.tenant and e.registry_id = r.id and e.is_deleted = 0 and exists "
      "(select 1 from area_within w where w.tenant = e.tenant and w.area_id = e.area_id "
      "and w.ancestor_id in ($2, $3, $4, $5, $6, $7))) "
      "from registries r where r.tenant = $1 order by r.name");
QUERY(registry_by_name, "select id, label, properties from registries "
                        "where tenant = $1 and name = $2");
#define IN_AREAS                                                                                   \
    "exists (select 1 from area_within w where w.tenant = e.tenant and w.area_id = e.area_id "     \
    "and w.ancestor_id in ($3, $4, $5, $6, $7, $8)) "
QUERY(registry_count, "select count(*) from entities e where e.tenant = $1 and e.registry_id = $2 "
                      "and e.is_deleted = 0 and (e.label like $9 or $9 = '') and " IN_AREAS);
QUERY(registry_page,
      "select e.id, e.registry_id, e.area_id, e.version, e.uuid, e.label, e.properties, e.conflict "
      "from entities e where e.tenant = $1 and e.registry_id = $2 and e.is_deleted = 0 "
      "and (e.label like $9 or $9 = '') and " IN_AREAS "order by e.label, e.id "
      "limit $10 offset $11");
QUERY(people_by_key,
      "select e.id, e.registry_id, e.area_id, e.version, e.uuid, e.label, e.properties, e.conflict "
      "from entities e where e.tenant = $1 and e.registry_id = $2 and e.is_deleted = 0 "
      "and e.key_hash = $9 and " IN_AREAS "limit 20");
QUERY(people_by_label,
      "select e.id, e.registry_id, e.area_id, e.version, e.uuid, e.label, e.properties, e.conflict "
      "from entities e where e.tenant = $1 and e.registry_id = $2 and e.is_deleted = 0 "
      "and e.label like $9 and " IN_AREAS "order by e.label limit 20");

static void put_id(struct json_out *j, const char *key, int64_t id)
{
    json_put_text(j, key, text_print(j->buf->arena, "%lld", (long long)id));
}

/* What a list may show of a property: numbers of people are masked. */
static const char *shown(struct arena *a, const char *name, const char *value)
{
    bool is_secret = text_equal(name, "id_number") || text_ends(name, "phone") ||
                     text_equal(name, "bank_account");
    return is_secret && *value ? ident_masked(a, value) : value;
}

struct err *registry_write_list(struct tx *tx, struct json_out *j, const struct actor *who)
{
    int64_t at[ACTOR_AREAS];
    (void)actor_areas(who, RIGHT_REGISTRY_READ, at);
    struct rows *r;
    json_open_array(j, "registries");
    TRY(sql_rows(tx, &registry_list,
                 ARGS(sql_int(who->tenant), sql_int(at[0]), sql_int(at[1]), sql_int(at[2]),
                      sql_int(at[3]), sql_int(at[4]), sql_int(at[5])),
                 &r));
    while (rows_next(r)) {
        json_open_object(j, NULL);
        json_put_text(j, "name", rows_text(r, 0));
        json_put_text(j, "label", rows_text(r, 1));
        json_put_raw(j, "properties", rows_text(r, 2));
        json_put_int(j, "count", rows_int(r, 3));
        json_close_object(j);
    }
    json_close_array(j);
    return rows_end(r);
}

static const char *area_name(const struct areas *areas, int64_t id)
{
    const struct area *area = area_find(areas, id);
    return area ? area->name : "";
}

/* A village is shown by its name; its code stays beside it. */
static const char *shown_village(const struct areas *areas, const char *code)
{
    const struct area *area = area_named(areas, code);
    return area ? area->name : code;
}

static struct err *entity_put_row(struct json_out *j, const struct areas *areas,
                                  const struct entity *e)
{
    struct arena *a = j->buf->arena;
    const struct json *properties;
    TRY(json_read(a, e->properties, strlen(e->properties), &properties));
    json_open_object(j, NULL);
    put_id(j, "id", e->id);
    json_put_text(j, "label", e->label);
    json_put_text(j, "area", area_name(areas, e->area_id));
    json_put_int(j, "version", e->version);
    json_put_text(j, "conflict", e->conflict);
    json_open_object(j, "values");
    for (size_t i = 0; i < json_count(properties); i++) {
        const char *key = json_key_at(properties, i);
        const char *value = json_get_text(properties, key);
        json_put_text(j, key,
                      text_equal(key, "village") ? shown_village(areas, value)
                                                 : shown(a, key, value));
    }
    json_close_object(j);
    json_close_object(j);
    return NULL;
}

static const char *area_code(const struct areas *areas, int64_t id)
{
    const struct area *area = area_find(areas, id);
    return area ? area->code : "";
}

struct page_query {
    int64_t tenant, registry, areas[ACTOR_AREAS];
    const char *words;
};

static struct err *registry_find(struct tx *tx, const struct actor *who, const char *name,
                                 struct rows **r_out)
{
    bool has_row;
    TRY(sql_row(tx, &registry_by_name, ARGS(sql_int(who->tenant), sql_text(name)), r_out,
                &has_row));
    if (has_row)
        return NULL;
    return err_new(tx_arena(tx), ERR_MISSING, "registry.missing", "", "There is no such registry.",
                   "没有这个台账。");
}

struct err *registry_write_page(struct tx *tx, struct json_out *j, struct office *o,
                                const struct actor *who, const char *name, const char *words,
                                int64_t page)
{
    struct arena *a = tx_arena(tx);
    const struct areas *areas = catalogue_view(o->catalogue, a)->areas;
    struct rows *r;
    bool has_row;
    TRY(registry_find(tx, who, name, &r));
    struct page_query q = {.tenant = who->tenant, .registry = rows_int(r, 0)};
    q.words = *words ? text_print(a, "%%%s%%", words) : "";
    (void)actor_areas(who, RIGHT_REGISTRY_READ, q.areas);
    json_put_text(j, "name", name);
    json_put_text(j, "label", rows_text(r, 1));
    json_put_raw(j, "properties", rows_text(r, 2));
    const int64_t *at = q.areas;
    TRY(sql_row(tx, &registry_count,
                ARGS(sql_int(q.tenant), sql_int(q.registry), sql_int(at[0]), sql_int(at[1]),
                     sql_int(at[2]), sql_int(at[3]), sql_int(at[4]), sql_int(at[5]),
                     sql_text(q.words)),
                &r, &has_row));
    json_put_int(j, "total", rows_int(r, 0));
    json_open_array(j, "items");
    TRY(sql_rows(tx, &registry_page,
                 ARGS(sql_int(q.tenant), sql_int(q.registry), sql_int(at[0]), sql_int(at[1]),
                      sql_int(at[2]), sql_int(at[3]), sql_int(at[4]), sql_int(at[5]),
                      sql_text(q.words), sql_int(PAGE), sql_int(page > 1 ? (page - 1) * PAGE : 0)),
                 &r));
    while (rows_next(r)) {
        struct entity e;
        entity_row(r, &e);
        TRY(entity_put_row(j, areas, &e));
    }
    json_close_array(j);
    return rows_end(r);
}

/* Who gave the number has the card before him and is shown the whole entry, for the form; who
 * searched by a name sees numbers masked. */
static void values_put(struct json_out *j, const struct json *p, bool is_whole)
{
    json_open_object(j, "values");
    for (size_t i = 0; i < json_count(p); i++) {
        const char *key = json_key_at(p, i), *value = json_get_text(p, key);
        json_put_text(j, key, is_whole ? value : shown(j->buf->arena, key, value));
    }
    json_close_object(j);
}

static void person_put(struct json_out *j, const struct areas *areas, const struct entity *e,
                       const struct json *p, bool is_whole)
{
    struct arena *a = j->buf->arena;
    const char *name = json_get_text(p, "name_full");
    json_open_object(j, NULL);
    put_id(j, "id", e->id);
    json_put_text(j, "name", *name ? name : e->label);
    json_put_text(j, "id_masked", ident_masked(a, json_get_text(p, "id_number")));
    json_put_text(j, "phone_masked", ident_masked(a, json_get_text(p, "phone")));
    json_put_text(j, "village", area_code(areas, e->area_id));
    json_put_text(j, "village_name", area_name(areas, e->area_id));
    json_put_text(j, "birth", json_get_text(p, "birth"));
    json_put_text(j, "sex", json_get_text(p, "sex"));
    values_put(j, p, is_whole);
    json_close_object(j);
}

/* Intake: by ID number (its keyed hash), or by the beginning of a name. Only the actor's places. */
struct err *registry_write_people(struct tx *tx, struct json_out *j, struct office *o,
                                  const struct actor *who, const char *id_number, const char *name)
{
    struct arena *a = tx_arena(tx);
    const struct areas *areas = catalogue_view(o->catalogue, a)->areas;
    int64_t at[ACTOR_AREAS];
    (void)actor_areas(who, RIGHT_CASE_INTAKE, at);
    const char *key =
        *id_number ? key_of(a, o->tenant->secret, id_number) : text_print(a, "%s%%", name);
    struct rows *r;
    bool has_row;
    json_open_array(j, "found");
    TRY(sql_row(tx, &registry_by_name, ARGS(sql_int(who->tenant), sql_text("residents")), &r,
                &has_row));
    if (has_row && (*id_number || *name)) {
        TRY(sql_rows(tx, *id_number ? &people_by_key : &people_by_label,
                     ARGS(sql_int(who->tenant), sql_int(rows_int(r, 0)), sql_int(at[0]),
                          sql_int(at[1]), sql_int(at[2]), sql_int(at[3]), sql_int(at[4]),
                          sql_int(at[5]), sql_text(key)),
                     &r));
        while (rows_next(r)) {
            struct entity e;
            const struct json *properties;
            entity_row(r, &e);
            TRY(json_read(a, e.properties, strlen(e.properties), &properties));
            person_put(j, areas, &e, properties, *id_number != '\0');
        }
        TRY(rows_end(r));
    }
    json_close_array(j);
    return NULL;
}

/* Asked once ---------------------------------------------------------------------------------- */

/* The property that answers a question: what it would be saved as, else of the same name. */
static const char *known_value(const struct form_question *q, const struct json *properties)
{
    const char *saved = *q->save_to ? json_get_text(properties, q->save_to) : "";
    return *saved ? saved : json_get_text(properties, q->name);
}

static struct err *known_answers(struct json_out *j, const struct form_version *v,
                                 const struct entity *e, const char *source)
{
    const struct json *properties;
    TRY(json_read(j->buf->arena, e->properties, strlen(e->properties), &properties));
    for (size_t i = 0; i < v->question_count; i++) {
        const char *value = known_value(&v->questions[i], properties);
        if (!*value || v->questions[i].is_file)
            continue;
        json_open_object(j, NULL);
        json_put_text(j, "path", v->questions[i].path);
        json_put_text(j, "text", value);
        json_put_text(j, "source", source);
        json_close_object(j);
    }
    return NULL;
}

/* A certificate that a registry of that name holds of the person needs no paper: grade A, issued by
 * the agency itself. */
static struct err *held_materials(struct tx *tx, struct json_out *j, struct office *o,
                                  const struct form_version *v, const struct entity *person)
{
    struct arena *a = tx_arena(tx);
    const char *id_number = entity_value(a, person, "id_number");
    for (size_t i = 0; i < v->service->material_count; i++) {
        const struct service_material *m = &v->service->materials[i];
        struct entity held;
        bool has_entity = false;
        if (*m->certificate)
            TRY(registry_by_id_number(tx, o->tenant->id, o->tenant->secret, m->certificate,
                                      id_number, &held, &has_entity));
        if (!has_entity)
            continue;
        json_open_object(j, NULL);
        json_put_text(j, "material", m->name);
        json_put_text(j, "label", m->label);
        json_put_text(j, "on", "");
        json_put_text(j, "grade", "A");
        json_close_object(j);
    }
    return NULL;
}

QUERY(registry_label, "select label from registries where tenant = $1 and id = $2");

struct err *registry_write_known(struct tx *tx, struct json_out *j, struct office *o,
                                 const struct actor *who, const char *code)
{
    struct arena *a = tx_arena(tx);
    const struct form_version *v = catalogue_live(catalogue_view(o->catalogue, a), code);
    if (!v)
        return err_new(a, ERR_MISSING, "service.missing", "", "There is no such service.",
                       "没有这个事项。");
    int32_t needs = v->service->identity_level > 0 ? v->service->identity_level : 1;
    bool is_proven = who->subject_id && who->identity_level >= needs;
    struct entity person = {.properties = "{}"};
    const char *source = "";
    if (is_proven) {
        struct rows *r;
        bool has_row;
        TRY(registry_entity(tx, who->tenant, who->subject_id, &person));
        TRY(sql_row(tx, &registry_label, ARGS(sql_int(who->tenant), sql_int(person.registry_id)),
                    &r, &has_row));
        source = has_row ? rows_text(r, 0) : "";
    }
    json_put_int(j, "level", who->identity_level);
    json_put_int(j, "needs_level", needs);
    json_open_array(j, "answers");
    if (is_proven)
        TRY(known_answers(j, v, &person, source));
    json_close_array(j);
    json_open_array(j, "held");
    if (is_proven)
        TRY(held_materials(tx, j, o, v, &person));
    json_close_array(j);
    return NULL;
}

/* Rebuild ------------------------------------------------------------------------------------- */

enum { BATCH = 500 };
QUERY(entities_newest,
      "select v.tenant, v.entity_id, v.registry_id, v.area_id, v.version, v.uuid, v.label, "
      "v.properties, v.conflict, v.is_deleted, v.at, t.secret from entity_versions v "
      "join tenants t on t.tenant = v.tenant where (v.tenant > $1 or (v.tenant = $1 "
      "and v.entity_id > $2)) and v.version = (select max(m.version) from entity_versions m "
      "where m.tenant = v.tenant and m.entity_id = v.entity_id) "
      "order by v.tenant, v.entity_id limit $3");
QUERY(entity_rebuild,
      "insert into entities (tenant, id, registry_id, uuid, label, properties, area_id, version, "
      "key_hash, is_deleted, conflict, changed_at) "
      "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");

struct newest {
    int64_t tenant, is_deleted, at;
    struct entity entity;
    const unsigned char *secret;
};

static struct err *newest_read(struct tx *tx, const struct newest *after, struct newest *batch,
                               size_t *count_out)
{
    struct rows *r;
    size_t count = 0, size;
    TRY(sql_rows(tx, &entities_newest,
                 ARGS(sql_int(after->tenant), sql_int(after->entity.id), sql_int(BATCH)), &r));
    while (rows_next(r) && count < BATCH)
        batch[count++] =
            (struct newest){rows_int(r, 0),
                            rows_int(r, 9),
                            rows_int(r, 10),
                            {rows_int(r, 1), rows_int(r, 2), rows_int(r, 3), rows_int(r, 4),
                             rows_text(r, 5), rows_text(r, 6), rows_text(r, 7), rows_text(r, 8)},
                            rows_bytes(r, 11, &size)};
    *count_out = count;
    return rows_end(r);
}

static struct err *newest_write(struct tx *tx, const struct newest *n)
{
    const struct entity *e = &n->entity;
    struct arena *a = tx_arena(tx);
    return sql_run(tx, &entity_rebuild,
                   ARGS(sql_int(n->tenant), sql_int(e->id), sql_int(e->registry_id),
                        sql_text(e->uuid), sql_text(e->label), sql_text(e->properties),
                        sql_int(e->area_id), sql_int(e->version),
                        sql_text(key_of(a, n->secret, entity_value(a, e, "id_number"))),
                        sql_int(n->is_deleted), sql_text(e->conflict), sql_int(n->at)),
                   NULL);
}

struct err *registry_rebuild(struct tx *tx)
{
    struct newest *batch = arena_array(tx_arena(tx), BATCH, sizeof *batch);
    struct newest after = {0};
    for (size_t count = BATCH; count == BATCH;) {
        TRY(newest_read(tx, &after, batch, &count));
        for (size_t i = 0; i < count; i++)
            TRY(newest_write(tx, &batch[i]));
        if (count)
            after = batch[count - 1];
    }
    return NULL;
}
