/* People and posts. Nothing is deleted: a post ends, a person leaves. */
#include "domain/person.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/office.h"
#include "domain/right.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>

/* Passwords ----------------------------------------------------------------------------------- */

struct err *password_check(struct arena *a, const char *password)
{
    bool has_lower = false, has_upper = false, has_digit = false, has_other = false;
    for (const char *p = password; *p; p++) {
        has_lower = has_lower || (*p >= 'a' && *p <= 'z');
        has_upper = has_upper || (*p >= 'A' && *p <= 'Z');
        has_digit = has_digit || (*p >= '0' && *p <= '9');
        has_other = has_other || !((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                                   (*p >= '0' && *p <= '9'));
    }
    if (text_length(password) >= 10 && has_lower + has_upper + has_digit + has_other >= 3)
        return NULL;
    return err_new(a, ERR_INVALID, "password.weak", "new",
                   "Use at least 10 characters and three of: small letters, capitals, digits, "
                   "other signs.",
                   "密码至少 10 个字符，并包含小写字母、大写字母、数字、其他符号中的三种。");
}

/* No letters and digits that look alike; four groups, so that it can be read out. */
const char *password_random(struct arena *a)
{
    static const char signs[] = "abcdefghjkmnpqrstuvwxyz23456789";
    char *text = arena_alloc(a, 20);
    for (size_t i = 0; i < 19; i++)
        text[i] = i % 5 == 4 ? '-' : signs[secret_below(sizeof signs - 1)];
    text[0] = "ABCDEFGHJKMNPQRSTUVWXYZ"[secret_below(23)];
    text[18] = (char)('2' + (char)secret_below(8));
    return text;
}

struct err *password_hash(struct arena *a, const char *password, const char **hash_out)
{
    if (secret_password_hash(a, password, hash_out))
        return NULL;
    return err_new(a, ERR_BUSY, "sign_in.busy", "",
                   "Too many people are signing in. Try again in a moment.",
                   "登录的人太多，请稍等片刻再试。");
}

/* People -------------------------------------------------------------------------------------- */

QUERY(person_insert,
      "insert into persons (tenant, id, sign_in, name, phone, state, password_hash, "
      "password_set_at, must_change, failed_count, locked_until, created_at) "
      "values ($1, $2, $3, $4, $5, 'active', $6, $7, $8, 0, 0, $7) on conflict do nothing");
QUERY(person_update, "update persons set name = $3, phone = $4, state = $5, "
                     "failed_count = 0, locked_until = 0 where tenant = $1 and id = $2");
QUERY(person_get, "select name, phone, state, sign_in, password_hash from persons "
                  "where tenant = $1 and id = $2");
QUERY(person_by_name, "select id from persons where tenant = $1 and sign_in = $2");
QUERY(person_password, "update persons set password_hash = $3, password_set_at = $4, "
                       "must_change = $5, failed_count = 0, locked_until = 0 "
                       "where tenant = $1 and id = $2");
QUERY(person_sessions_end, "update sessions set ended_at = $3 where tenant = $1 and person_id = $2 "
                           "and ended_at is null");

static struct err *no_person(struct arena *a)
{
    return err_new(a, ERR_MISSING, "person.missing", "", "There is no such person.",
                   "没有这个人。");
}

static const char *person_object(struct tx *tx, int64_t id)
{
    return text_print(tx_arena(tx), "person:%lld", (long long)id);
}

struct err *person_add(struct tx *tx, void *person_new)
{
    struct person_new *p = person_new;
    struct arena *a = tx_arena(tx);
    if (text_is_blank(p->sign_in) || text_is_blank(p->name))
        return err_new(a, ERR_INVALID, "person.name", "name", "Give a name and a sign-in name.",
                       "请填写姓名和登录名。");
    p->id = tx_new_id(tx);
    int64_t changed;
    TRY(sql_run(tx, &person_insert,
                ARGS(sql_int(p->tenant), sql_int(p->id), sql_text(p->sign_in), sql_text(p->name),
                     sql_text(p->phone), sql_text(p->password_hash), sql_int(tx_now_ms(tx)),
                     sql_int(p->must_change)),
                &changed));
    if (!changed)
        return err_new(a, ERR_CONFLICT, "person.taken", p->sign_in,
                       "The sign-in name %s is taken. Choose another one.",
                       "登录名 %s 已有人使用，请换一个。", p->sign_in);
    return audit_add(tx, p->who, "person.add", person_object(tx, p->id), "ok");
}

struct err *person_id_of(struct tx *tx, int64_t tenant, const char *sign_in, int64_t *id_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &person_by_name, ARGS(sql_int(tenant), sql_text(sign_in)), &r, &has_row));
    if (!has_row)
        return no_person(tx_arena(tx));
    *id_out = rows_int(r, 0);
    return NULL;
}

static bool is_state(const char *text)
{
    return text_equal(text, "active") || text_equal(text, "locked") || text_equal(text, "left");
}

static struct err *sessions_end(struct tx *tx, int64_t tenant, int64_t person_id)
{
    return sql_run(tx, &person_sessions_end,
                   ARGS(sql_int(tenant), sql_int(person_id), sql_int(tx_now_ms(tx))), NULL);
}

struct err *person_change(struct tx *tx, void *person_change)
{
    const struct person_change *c = person_change;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &person_get, ARGS(sql_int(c->who->tenant), sql_int(c->id)), &r, &has_row));
    if (!has_row)
        return no_person(tx_arena(tx));
    if (*c->state && !is_state(c->state))
        return err_new(tx_arena(tx), ERR_INVALID, "person.state", "state",
                       "The state is active, locked or left.", "状态只能是在用、停用或离任。");
    TRY(sql_run(tx, &person_update,
                ARGS(sql_int(c->who->tenant), sql_int(c->id),
                     sql_text(*c->name ? c->name : rows_text(r, 0)),
                     sql_text(*c->phone ? c->phone : rows_text(r, 1)),
                     sql_text(*c->state ? c->state : rows_text(r, 2))),
                NULL));
    if (*c->state && !text_equal(c->state, "active"))
        TRY(sessions_end(tx, c->who->tenant, c->id));
    return audit_add(tx, c->who, "person.change", person_object(tx, c->id), "ok");
}

struct err *password_set(struct tx *tx, void *password_set)
{
    const struct password_set *p = password_set;
    int64_t id = p->id, changed, tenant = p->who->tenant;
    if (!id)
        TRY(person_id_of(tx, tenant, p->sign_in, &id));
    TRY(sql_run(tx, &person_password,
                ARGS(sql_int(tenant), sql_int(id), sql_text(p->hash), sql_int(tx_now_ms(tx)),
                     sql_int(p->must_change)),
                &changed));
    if (!changed)
        return no_person(tx_arena(tx));
    TRY(sessions_end(tx, tenant, id));
    return audit_add(tx, p->who, "person.password", person_object(tx, id), "ok");
}

/* Own password -------------------------------------------------------------------------------- */

struct own_hash {
    const struct actor *who;
    const char *hash;
};

static struct err *own_hash_read(struct tx *tx, void *job)
{
    struct own_hash *o = job;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &person_get, ARGS(sql_int(o->who->tenant), sql_int(o->who->person_id)), &r,
                &has_row));
    o->hash = has_row ? rows_text(r, 4) : "";
    return NULL;
}

struct err *password_own_prepare(struct arena *a, struct password_own *job)
{
    TRY(password_check(a, job->new_password));
    struct own_hash own = {job->who, ""};
    TRY(store_read(job->office->store, a, own_hash_read, &own));
    bool is_busy = false;
    if (!secret_password_matches(own.hash, job->old_password, &is_busy))
        return err_new(a, is_busy ? ERR_BUSY : ERR_INVALID,
                       is_busy ? "sign_in.busy" : "password.old", "old",
                       "The old password is not right.", "原密码不对。");
    if (text_equal(job->old_password, job->new_password))
        return err_new(a, ERR_INVALID, "password.same", "new",
                       "Choose a password that differs from the old one.",
                       "新密码不能和原密码一样。");
    return password_hash(a, job->new_password, &job->hash);
}

QUERY(own_password, "update persons set password_hash = $3, password_set_at = $4, must_change = 0 "
                    "where tenant = $1 and id = $2");

QUERY(other_sessions_end, "update sessions set ended_at = $3 where tenant = $1 and person_id = $2 "
                          "and token_hash <> $4 and ended_at is null");

/* The session in which it is changed goes on; all others end. */
struct err *password_own_work(struct tx *tx, void *job)
{
    const struct password_own *p = job;
    TRY(sql_run(tx, &own_password,
                ARGS(sql_int(p->who->tenant), sql_int(p->who->person_id), sql_text(p->hash),
                     sql_int(tx_now_ms(tx))),
                NULL));
    TRY(sql_run(tx, &other_sessions_end,
                ARGS(sql_int(p->who->tenant), sql_int(p->who->person_id), sql_int(tx_now_ms(tx)),
                     sql_text(secret_sha256_hex(tx_arena(tx), p->token, strlen(p->token)))),
                NULL));
    return audit_add(tx, p->who, "person.password", person_object(tx, p->who->person_id), "ok");
}

/* Posts --------------------------------------------------------------------------------------- */

QUERY(post_insert, "insert into posts (tenant, id, person_id, unit_id, area_id, role, valid_from, "
                   "valid_to, created_at, created_by) "
                   "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
QUERY(post_close, "update posts set valid_to = $4 where tenant = $1 and person_id = $2 and id = $3 "
                  "and (valid_to is null or valid_to > $4)");
QUERY(post_unit, "select id from units where tenant = $1 and code = $2 order by valid_from desc "
                 "limit 1");
QUERY(post_area, "select id from areas where tenant = $1 and code = $2 order by valid_from desc "
                 "limit 1");

static struct err *need_id(struct tx *tx, const struct query *q, int64_t tenant, const char *code,
                           const char *error, int64_t *id_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, q, ARGS(sql_int(tenant), sql_text(code)), &r, &has_row));
    if (!has_row)
        return err_new(tx_arena(tx), ERR_INVALID, error, code, "There is nothing with the code %s.",
                       "没有代码为 %s 的项。", code);
    *id_out = rows_int(r, 0);
    return NULL;
}

struct err *post_add(struct tx *tx, void *post_new)
{
    struct post_new *p = post_new;
    int64_t tenant = p->who->tenant, unit = 0, area = 0;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &person_get, ARGS(sql_int(tenant), sql_int(p->person_id)), &r, &has_row));
    if (!has_row)
        return no_person(tx_arena(tx));
    TRY(need_id(tx, &post_unit, tenant, p->unit, "post.unit", &unit));
    TRY(need_id(tx, &post_area, tenant, p->area, "post.area", &area));
    if (!role_find(p->role))
        return err_new(tx_arena(tx), ERR_INVALID, "post.role", "role", "There is no role %s.",
                       "没有 %s 这个角色。", p->role);
    p->id = tx_new_id(tx);
    TRY(sql_run(tx, &post_insert,
                ARGS(sql_int(tenant), sql_int(p->id), sql_int(p->person_id), sql_int(unit),
                     sql_int(area), sql_text(p->role), sql_int(p->valid_from),
                     sql_int_or_null(p->valid_to, p->valid_to != INT32_MAX), sql_int(tx_now_ms(tx)),
                     sql_int(p->who->person_id)),
                NULL));
    return audit_add(tx, p->who, "post.add", person_object(tx, p->person_id), "ok");
}

struct err *post_end(struct tx *tx, void *post_end)
{
    const struct post_end *p = post_end;
    day yesterday = day_of_ms(tx_now_ms(tx), p->who->utc_offset_min) - 1;
    int64_t changed;
    TRY(sql_run(tx, &post_close,
                ARGS(sql_int(p->who->tenant), sql_int(p->person_id), sql_int(p->post_id),
                     sql_int(yesterday)),
                &changed));
    if (!changed)
        return err_new(tx_arena(tx), ERR_MISSING, "post.missing", "",
                       "There is no such post, or it has ended.", "没有这个岗位，或已经结束。");
    return audit_add(tx, p->who, "post.end", person_object(tx, p->person_id), "ok");
}

QUERY(device_insert, "insert into device_tokens (tenant, token_hash, person_id, label, created_at, "
                     "ended_at) values ($1, $2, $3, $4, $5, null)");

struct err *device_add(struct tx *tx, void *device_new)
{
    struct device_new *d = device_new;
    struct arena *a = tx_arena(tx);
    int64_t person = 0;
    TRY(person_id_of(tx, d->who->tenant, d->sign_in, &person));
    d->token = secret_token(a);
    TRY(sql_run(tx, &device_insert,
                ARGS(sql_int(d->who->tenant),
                     sql_text(secret_sha256_hex(a, d->token, strlen(d->token))), sql_int(person),
                     sql_text(d->label), sql_int(tx_now_ms(tx))),
                NULL));
    return audit_add(tx, d->who, "device.add", person_object(tx, person), "ok");
}

/* Screens ------------------------------------------------------------------------------------- */

QUERY(staff_all, "select id, sign_in, name, phone, state, locked_until from persons "
                 "where tenant = $1 and (id = $2 or $2 = 0) order by sign_in");
QUERY(staff_posts, "select p.id, u.code, u.name, a.code, a.name, p.role, p.valid_from, p.valid_to "
                   "from posts p join units u on u.tenant = p.tenant and u.id = p.unit_id "
                   "join areas a on a.tenant = p.tenant and a.id = p.area_id "
                   "where p.tenant = $1 and p.person_id = $2 order by p.id");

static void put_id(struct json_out *j, struct arena *a, const char *key, int64_t id)
{
    json_put_text(j, key, text_print(a, "%lld", (long long)id));
}

static void put_day(struct json_out *j, const char *key, day d)
{
    char text[16];
    json_put_text(j, key, day_print(text, d));
}

static struct err *posts_write(struct tx *tx, struct json_out *j, int64_t tenant, int64_t person)
{
    struct arena *a = tx_arena(tx);
    struct rows *r;
    json_open_array(j, "posts");
    TRY(sql_rows(tx, &staff_posts, ARGS(sql_int(tenant), sql_int(person)), &r));
    while (rows_next(r)) {
        json_open_object(j, NULL);
        put_id(j, a, "id", rows_int(r, 0));
        json_put_text(j, "unit", rows_text(r, 1));
        json_put_text(j, "unit_name", rows_text(r, 2));
        json_put_text(j, "area", rows_text(r, 3));
        json_put_text(j, "area_name", rows_text(r, 4));
        json_put_text(j, "role", rows_text(r, 5));
        put_day(j, "valid_from", (day)rows_int(r, 6));
        if (rows_is_null(r, 7))
            json_put_null(j, "valid_to");
        else
            put_day(j, "valid_to", (day)rows_int(r, 7));
        json_close_object(j);
    }
    json_close_array(j);
    return rows_end(r);
}

struct staff_row {
    int64_t id;
    const char *sign_in, *name, *phone, *state;
};

static struct err *staff_row_write(struct tx *tx, struct json_out *j, int64_t tenant,
                                   const struct staff_row *s)
{
    put_id(j, tx_arena(tx), "id", s->id);
    json_put_text(j, "sign_in", s->sign_in);
    json_put_text(j, "name", s->name);
    json_put_text(j, "phone", s->phone);
    json_put_text(j, "state", s->state);
    return posts_write(tx, j, tenant, s->id);
}

struct err *staff_write(struct tx *tx, struct json_out *j, const struct actor *who, int64_t only_id)
{
    struct buf all;
    buf_init(&all, tx_arena(tx));
    struct rows *r;
    TRY(sql_rows(tx, &staff_all, ARGS(sql_int(who->tenant), sql_int(only_id)), &r));
    while (rows_next(r)) {
        const struct staff_row s = {rows_int(r, 0), rows_text(r, 1), rows_text(r, 2),
                                    rows_text(r, 3), rows_text(r, 4)};
        buf_bytes(&all, &s, sizeof s);
    }
    TRY(rows_end(r));
    const struct staff_row *s = (const struct staff_row *)(const void *)all.data;
    size_t count = all.size / sizeof *s;
    if (only_id)
        return count ? staff_row_write(tx, j, who->tenant, s) : no_person(tx_arena(tx));
    json_open_array(j, "staff");
    for (size_t i = 0; i < count; i++) {
        json_open_object(j, NULL);
        TRY(staff_row_write(tx, j, who->tenant, &s[i]));
        json_close_object(j);
    }
    json_close_array(j);
    return NULL;
}

struct err *units_write(struct tx *tx, struct json_out *j, const struct actor *who)
{
    const struct unit *units;
    size_t count;
    TRY(units_load(tx, who->tenant, day_of_ms(tx_now_ms(tx), who->utc_offset_min), &units, &count));
    json_open_array(j, "units");
    for (size_t i = 0; i < count; i++) {
        json_open_object(j, NULL);
        json_put_text(j, "code", units[i].code);
        json_put_text(j, "name", units[i].name);
        json_put_text(j, "kind", units[i].kind);
        json_close_object(j);
    }
    json_close_array(j);
    return NULL;
}

void roles_write(struct json_out *j)
{
    json_open_array(j, "roles");
    for (const struct role *r = roles; r->name; r++) {
        json_open_object(j, NULL);
        json_put_text(j, "name", r->name);
        json_put_text(j, "label", r->label);
        json_put_text(j, "label_en", r->label_en);
        json_open_array(j, "rights");
        for (const enum right *right = r->rights; *right != RIGHT_COUNT; right++)
            json_put_text(j, NULL, right_name(*right));
        json_close_array(j);
        json_close_object(j);
    }
    json_close_array(j);
}
