/* The township: tenant row, tree of areas, units; and how one begins. */
#include "domain/tenant.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/registry.h"
#include "domain/right.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>

QUERY(tenant_by_code, "select tenant, code, name, time_zone, phone, settings, utc_offset_min, "
                      "secret from tenants where code = $1 or $1 = '' order by tenant limit 2");
QUERY(tenant_by_id, "select tenant, code, name, time_zone, phone, settings, utc_offset_min, "
                    "secret from tenants where tenant = $1");

static struct err *no_tenant(struct arena *a)
{
    return err_new(a, ERR_MISSING, "office.not_initialised", "",
                   "There is no township here yet. Run `bangban init` first.",
                   "这里还没有乡镇。请先运行 bangban init。");
}

static int32_t settings_password_days(struct arena *a, const char *settings)
{
    const struct json *j;
    int64_t days = TENANT_PASSWORD_DAYS;
    if (*settings && !json_read(a, settings, strlen(settings), &j))
        days = json_get_int(j, "password_days", TENANT_PASSWORD_DAYS);
    return days < 0 || days > 3650 ? TENANT_PASSWORD_DAYS : (int32_t)days;
}

static struct err *tenant_from_row(struct tx *tx, const struct rows *r, const struct tenant **out)
{
    struct tenant *t = arena_alloc(tx_arena(tx), sizeof *t);
    t->id = rows_int(r, 0);
    t->code = rows_text(r, 1);
    t->name = rows_text(r, 2);
    t->time_zone = rows_text(r, 3);
    t->phone = rows_text(r, 4);
    t->settings = rows_text(r, 5);
    t->utc_offset_min = (int32_t)rows_int(r, 6);
    t->password_days = settings_password_days(tx_arena(tx), t->settings);
    size_t size;
    const void *secret = rows_bytes(r, 7, &size);
    if (size != TENANT_SECRET)
        return err_new(tx_arena(tx), ERR_INTERNAL, "tenant.secret", "",
                       "The key of this township is damaged. Restore a backup.",
                       "本乡镇的密钥已损坏。请恢复备份。");
    memcpy(t->secret, secret, TENANT_SECRET);
    *out = t;
    return NULL;
}

struct err *tenant_load(struct tx *tx, const char *code, const struct tenant **out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &tenant_by_code, ARGS(sql_text(code)), &r, &has_row));
    return has_row ? tenant_from_row(tx, r, out) : no_tenant(tx_arena(tx));
}

struct err *tenant_load_id(struct tx *tx, int64_t id, const struct tenant **out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &tenant_by_id, ARGS(sql_int(id)), &r, &has_row));
    return has_row ? tenant_from_row(tx, r, out) : no_tenant(tx_arena(tx));
}

const char *tenant_hash(struct arena *a, const unsigned char secret[static TENANT_SECRET],
                        const char *purpose, const char *text)
{
    if (!*text)
        return "";
    return secret_keyed_hash(a, secret, TENANT_SECRET, text_print(a, "%s\n%s", purpose, text));
}

day tenant_day(const struct tenant *t, int64_t at_ms)
{
    return day_of_ms(at_ms, t->utc_offset_min);
}

/* Areas -------------------------------------------------------------------------------------- */

QUERY(areas_in_force,
      "select id, parent_id, code, name, kind from areas where tenant = $1 and valid_from <= $2 "
      "and (valid_to is null or valid_to >= $2) order by code");

struct err *areas_load(struct tx *tx, int64_t tenant, day today, const struct areas **out)
{
    struct arena *a = tx_arena(tx);
    struct buf items;
    buf_init(&items, a);
    struct rows *r;
    TRY(sql_rows(tx, &areas_in_force, ARGS(sql_int(tenant), sql_int(today)), &r));
    while (rows_next(r)) {
        const struct area area = {rows_int(r, 0), rows_int(r, 1), rows_text(r, 2), rows_text(r, 3),
                                  rows_text(r, 4)};
        buf_bytes(&items, &area, sizeof area);
    }
    TRY(rows_end(r));
    struct areas *all = arena_alloc(a, sizeof *all);
    all->count = items.size / sizeof(struct area);
    struct area *copy = arena_array(a, all->count + 1, sizeof *copy);
    if (all->count)
        memcpy(copy, items.data, items.size);
    all->items = copy;
    *out = all;
    return NULL;
}

const struct area *area_find(const struct areas *all, int64_t id)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i].id == id)
            return &all->items[i];
    return NULL;
}

const struct area *area_named(const struct areas *all, const char *code_or_name)
{
    if (!*code_or_name)
        return NULL;
    for (size_t i = 0; i < all->count; i++)
        if (text_equal(all->items[i].code, code_or_name) ||
            text_equal(all->items[i].name, code_or_name))
            return &all->items[i];
    return NULL;
}

const struct area *area_root(const struct areas *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (!all->items[i].parent_id)
            return &all->items[i];
    return NULL;
}

bool area_is_within(const struct areas *all, int64_t id, int64_t ancestor_id)
{
    for (int depth = 0; id && depth < 16; depth++) {
        if (id == ancestor_id)
            return true;
        const struct area *area = area_find(all, id);
        id = area ? area->parent_id : 0;
    }
    return false;
}

QUERY(area_within_all,
      "with recursive up(tenant, area_id, ancestor_id, parent_id) as ("
      "select tenant, id, id, parent_id from areas "
      "union all select up.tenant, up.area_id, p.id, p.parent_id from up join areas p "
      "on p.tenant = up.tenant and p.id = up.parent_id) "
      "insert into area_within (tenant, area_id, ancestor_id) "
      "select distinct tenant, area_id, ancestor_id from up where true "
      "on conflict (tenant, ancestor_id, area_id) do nothing");

struct err *areas_rebuild(struct tx *tx)
{
    return sql_run(tx, &area_within_all, NO_ARGS, NULL);
}

/* Units -------------------------------------------------------------------------------------- */

QUERY(units_in_force,
      "select id, area_id, code, name, kind from units where tenant = $1 and valid_from <= $2 "
      "and (valid_to is null or valid_to >= $2) order by code");

struct err *units_load(struct tx *tx, int64_t tenant, day today, const struct unit **out,
                       size_t *count_out)
{
    struct arena *a = tx_arena(tx);
    struct buf items;
    buf_init(&items, a);
    struct rows *r;
    TRY(sql_rows(tx, &units_in_force, ARGS(sql_int(tenant), sql_int(today)), &r));
    while (rows_next(r)) {
        const struct unit unit = {rows_int(r, 0), rows_int(r, 1), rows_text(r, 2), rows_text(r, 3),
                                  rows_text(r, 4)};
        buf_bytes(&items, &unit, sizeof unit);
    }
    TRY(rows_end(r));
    *count_out = items.size / sizeof(struct unit);
    struct unit *copy = arena_array(a, *count_out + 1, sizeof *copy);
    if (*count_out)
        memcpy(copy, items.data, items.size);
    *out = copy;
    return NULL;
}

/* Beginning ---------------------------------------------------------------------------------- */

QUERY(tenant_add, "insert into tenants (tenant, code, name, time_zone, utc_offset_min, phone, "
                  "settings, secret, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
QUERY(area_add, "insert into areas (tenant, id, parent_id, code, name, kind, valid_from, valid_to) "
                "values ($1, $2, $3, $4, $5, $6, $7, null) on conflict do nothing");
QUERY(unit_add, "insert into units (tenant, id, parent_id, code, name, kind, area_id, valid_from, "
                "valid_to) values ($1, $2, $8, $3, $4, $5, $6, $7, null) on conflict do nothing");
QUERY(area_by_code, "select id from areas where tenant = $1 and code = $2 order by valid_from desc "
                    "limit 1");
QUERY(area_top, "select id from areas where tenant = $1 and parent_id is null order by id limit 1");
QUERY(area_within_self, "insert into area_within (tenant, area_id, ancestor_id) "
                        "values ($1, $2, $2) on conflict do nothing");
QUERY(area_within_up, "insert into area_within (tenant, area_id, ancestor_id) "
                      "select tenant, $2, ancestor_id from area_within "
                      "where tenant = $1 and area_id = $3 on conflict do nothing");
QUERY(unit_by_code, "select id from units where tenant = $1 and code = $2 order by valid_from desc "
                    "limit 1");
QUERY(person_begin, "insert into persons (tenant, id, sign_in, name, phone, state, password_hash, "
                    "password_set_at, must_change, failed_count, locked_until, created_at) "
                    "values ($1, $2, $3, $4, '', 'active', $5, $6, 1, 0, 0, $6)");
QUERY(post_begin, "insert into posts (tenant, id, person_id, unit_id, area_id, role, valid_from, "
                  "valid_to, created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7, null, $8, "
                  "$3)");

/* The organisation of a pack is taken to be in force since long. */
static day pack_day(void)
{
    return day_from_date(2000, 1, 1);
}

static struct err *id_of(struct tx *tx, const struct query *q, int64_t tenant, const char *code,
                         int64_t *id_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, q, ARGS(sql_int(tenant), sql_text(code)), &r, &has_row));
    *id_out = has_row ? rows_int(r, 0) : 0;
    return NULL;
}

/* area_within is kept up as areas come: a new area lies within itself and all above it. */
static struct err *area_begin(struct tx *tx, int64_t tenant, int64_t parent, const char *code,
                              const char *name, const char *kind)
{
    int64_t known;
    TRY(id_of(tx, &area_by_code, tenant, code, &known));
    if (known)
        return NULL;
    int64_t id = tx_new_id(tx);
    TRY(sql_run(tx, &area_add,
                ARGS(sql_int(tenant), sql_int(id), sql_int_or_null(parent, parent != 0),
                     sql_text(code), sql_text(name), sql_text(kind), sql_int(pack_day())),
                NULL));
    TRY(sql_run(tx, &area_within_self, ARGS(sql_int(tenant), sql_int(id)), NULL));
    if (!parent)
        return NULL;
    return sql_run(tx, &area_within_up, ARGS(sql_int(tenant), sql_int(id), sql_int(parent)), NULL);
}

static struct err *unit_begin(struct tx *tx, int64_t tenant, int64_t area, const char *code,
                              const char *name, const char *kind, const char *parent_code)
{
    int64_t known, parent = 0;
    TRY(id_of(tx, &unit_by_code, tenant, code, &known));
    if (known)
        return NULL;
    if (*parent_code)
        TRY(id_of(tx, &unit_by_code, tenant, parent_code, &parent));
    return sql_run(tx, &unit_add,
                   ARGS(sql_int(tenant), sql_int(tx_new_id(tx)), sql_text(code), sql_text(name),
                        sql_text(kind), sql_int(area), sql_int(pack_day()),
                        sql_int_or_null(parent, parent != 0)),
                   NULL);
}

static const char *or_else(const char *text, const char *otherwise)
{
    return *text ? text : otherwise;
}

static struct err *pack_area(struct tx *tx, int64_t tenant, int64_t top, const struct json *row,
                             const char *parent_key, int64_t *area_out)
{
    const char *code = json_get_text(row, parent_key);
    *area_out = top;
    if (!*code)
        return NULL;
    TRY(id_of(tx, &area_by_code, tenant, code, area_out));
    if (*area_out)
        return NULL;
    return err_new(tx_arena(tx), ERR_INVALID, "pack.no_area", json_get_text(row, "code"),
                   "There is no area with the code %s. List it before it is used.",
                   "没有代码为 %s 的区域。请把它列在使用它的行之前。", code);
}

static struct err *pack_registry(struct tx *tx, int64_t tenant, const struct json *row)
{
    struct buf b;
    buf_init(&b, tx_arena(tx));
    struct json_out j;
    json_start(&j, &b);
    json_put_value(&j, NULL, json_get(row, "properties"));
    int64_t id;
    return registry_need(tx, tenant, json_get_text(row, "name"), json_get_text(row, "label"),
                         buf_text(&b), &id);
}

struct err *tenant_add_pack(struct tx *tx, int64_t tenant, const struct json *pack)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &area_top, ARGS(sql_int(tenant)), &r, &has_row));
    int64_t top = has_row ? rows_int(r, 0) : 0;
    const struct json *areas = json_get(pack, "areas"), *units = json_get(pack, "units");
    for (size_t i = 0; i < json_count(areas); i++) {
        const struct json *row = json_at(areas, i);
        int64_t parent;
        TRY(pack_area(tx, tenant, top, row, "parent", &parent));
        TRY(area_begin(tx, tenant, parent, json_get_text(row, "code"), json_get_text(row, "name"),
                       or_else(json_get_text(row, "kind"), "village")));
    }
    for (size_t i = 0; i < json_count(units); i++) {
        const struct json *row = json_at(units, i);
        int64_t area;
        TRY(pack_area(tx, tenant, top, row, "area", &area));
        TRY(unit_begin(tx, tenant, area, json_get_text(row, "code"), json_get_text(row, "name"),
                       or_else(json_get_text(row, "kind"), "bureau"),
                       json_get_text(row, "parent")));
    }
    const struct json *registries = json_get(pack, "registries");
    for (size_t i = 0; i < json_count(registries); i++)
        TRY(pack_registry(tx, tenant, json_at(registries, i)));
    return NULL;
}

static struct err *admin_begin(struct tx *tx, struct tenant_start *s)
{
    int64_t unit, area;
    TRY(id_of(tx, &unit_by_code, s->tenant_out, "dzb", &unit));
    TRY(id_of(tx, &area_by_code, s->tenant_out, s->code, &area));
    s->admin_out = tx_new_id(tx);
    TRY(sql_run(tx, &person_begin,
                ARGS(sql_int(s->tenant_out), sql_int(s->admin_out), sql_text(s->admin_sign_in),
                     sql_text(s->admin_name), sql_text(s->admin_password_hash),
                     sql_int(tx_now_ms(tx))),
                NULL));
    return sql_run(tx, &post_begin,
                   ARGS(sql_int(s->tenant_out), sql_int(tx_new_id(tx)), sql_int(s->admin_out),
                        sql_int(unit), sql_int(area), sql_text("admin"), sql_int(pack_day()),
                        sql_int(tx_now_ms(tx))),
                   NULL);
}

static const char *settings_begin(struct arena *a, const struct tenant_start *s)
{
    struct buf b;
    struct json_out j;
    int64_t days;
    buf_init(&b, a);
    json_start(&j, &b);
    json_open_object(&j, NULL);
    if (s->address && *s->address)
        json_put_text(&j, "address", s->address);
    if (s->password_days && text_to_int(s->password_days, &days))
        json_put_int(&j, "password_days", days);
    json_close_object(&j);
    return buf_text(&b);
}

struct err *tenant_begin(struct tx *tx, void *start)
{
    struct tenant_start *s = start;
    struct arena *a = tx_arena(tx);
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &tenant_by_code, ARGS(sql_text(s->code)), &r, &has_row));
    if (has_row)
        return err_new(a, ERR_CONFLICT, "tenant.exists", s->code,
                       "The township %s is there already. Nothing was changed.",
                       "乡镇 %s 已经建好，未作任何改动。", s->code);
    unsigned char secret[TENANT_SECRET];
    secret_random(secret, sizeof secret);
    s->tenant_out = tx_new_id(tx);
    TRY(sql_run(tx, &tenant_add,
                ARGS(sql_int(s->tenant_out), sql_text(s->code), sql_text(s->name),
                     sql_text("Asia/Shanghai"), sql_int(480), sql_text(s->phone),
                     sql_text(settings_begin(tx_arena(tx), s)), sql_bytes(secret, sizeof secret),
                     sql_int(tx_now_ms(tx))),
                NULL));
    TRY(area_begin(tx, s->tenant_out, 0, s->code, s->name, "township"));
    int64_t top;
    TRY(id_of(tx, &area_by_code, s->tenant_out, s->code, &top));
    if (s->pack)
        TRY(tenant_add_pack(tx, s->tenant_out, s->pack));
    TRY(unit_begin(tx, s->tenant_out, top, "dzb", "党政办公室", "office", ""));
    TRY(right_begin(tx, s->tenant_out, pack_day()));
    return admin_begin(tx, s);
}
