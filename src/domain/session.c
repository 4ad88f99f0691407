/* Sessions and sign-in. The token is 256 random bits; the database holds its hash. */
#include "domain/session.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/guess_shelf.h"
#include "domain/office.h"
#include "domain/right.h"
#include "store/store.h"

#include <string.h>

enum { SECOND = 1000, TOUCH_MS = 60 * SECOND };

QUERY(session_get, "select person_id, subject_id, case_id, identity_level, seen_at, expires_at "
                   "from sessions where tenant = $1 and token_hash = $2 and ended_at is null");
QUERY(session_person, "select name, must_change, password_set_at from persons "
                      "where tenant = $1 and id = $2 and state = 'active'");
QUERY(session_posts,
      "select p.id, u.id, a.id, u.code, u.name, a.name, p.role, g.action "
      "from posts p join grants g on g.tenant = p.tenant and g.role = p.role "
      "and g.valid_from <= $3 and (g.valid_to is null or g.valid_to >= $3) "
      "join units u on u.tenant = p.tenant and u.id = coalesce(g.unit_id, p.unit_id) "
      "join areas a on a.tenant = p.tenant and a.id = coalesce(g.area_id, p.area_id) "
      "where p.tenant = $1 and p.person_id = $2 and p.valid_from <= $3 "
      "and (p.valid_to is null or p.valid_to >= $3) order by p.id, u.id, a.id");
QUERY(session_seen, "update sessions set seen_at = $3 where tenant = $1 and token_hash = $2");

static struct actor *actor_new(struct arena *a, const struct office *o)
{
    struct actor *who = arena_alloc(a, sizeof *who);
    *who = (struct actor){.tenant = o->tenant->id,
                          .name = "",
                          .identity_level = -1,
                          .utc_offset_min = o->tenant->utc_offset_min,
                          .channel = "web",
                          .request_hash = ""};
    return who;
}

struct post_row {
    struct post post;
    bool rights[RIGHT_COUNT];
};

static bool is_same_post(const struct post *p, const struct rows *r)
{
    return p->id == rows_int(r, 0) && p->unit_id == rows_int(r, 1) && p->area_id == rows_int(r, 2);
}

/* One post per (post, unit, area): a grant may reach another unit or area than the post's own. */
static struct err *posts_load(struct tx *tx, struct actor *who)
{
    enum { MOST = 32 };
    struct arena *a = tx_arena(tx);
    struct post *posts = arena_array(a, MOST, sizeof *posts);
    bool *rights = NULL;
    struct rows *r;
    day today = day_of_ms(tx_now_ms(tx), who->utc_offset_min);
    TRY(sql_rows_kept(tx, &session_posts,
                      ARGS(sql_int(who->tenant), sql_int(who->person_id), sql_int(today)), &r));
    while (rows_next(r)) {
        if (!who->post_count || !is_same_post(&posts[who->post_count - 1], r)) {
            if (who->post_count == MOST)
                continue;
            rights = arena_array(a, RIGHT_COUNT, sizeof *rights);
            posts[who->post_count++] =
                (struct post){rows_int(r, 0),  rows_int(r, 1),  rows_int(r, 2),  rows_text(r, 3),
                              rows_text(r, 4), rows_text(r, 5), rows_text(r, 6), rights};
        }
        enum right right;
        if (right_find(rows_text(r, 7), &right))
            rights[right] = true;
    }
    who->posts = posts;
    return rows_end(r);
}

/* Name, posts and rights of an active person. A password that must be changed leaves no right. */
static struct err *person_load(struct tx *tx, const struct office *o, struct actor *who,
                               int64_t person_id, struct session *s, bool *is_active_out)
{
    struct rows *r;
    TRY(sql_row_kept(tx, &session_person, ARGS(sql_int(who->tenant), sql_int(person_id)), &r,
                     is_active_out));
    if (!*is_active_out)
        return NULL;
    who->person_id = person_id;
    who->name = rows_text(r, 0);
    who->identity_level = 0;
    int64_t lasts_ms = (int64_t)o->tenant->password_days * 86400 * SECOND;
    bool is_old = lasts_ms > 0 && tx_now_ms(tx) - rows_int(r, 2) > lasts_ms;
    s->must_change_password = rows_int(r, 1) != 0 || is_old;
    s->kind = "staff";
    return s->must_change_password ? NULL : posts_load(tx, who);
}

struct touch {
    struct arena *arena;
    int64_t tenant;
    const char *token_hash;
};

static struct err *touch_work(struct tx *tx, void *job)
{
    const struct touch *t = job;
    return sql_run(tx, &session_seen,
                   ARGS(sql_int(t->tenant), sql_text(t->token_hash), sql_int(tx_now_ms(tx))), NULL);
}

static void touch_done(void *job, struct err *e)
{
    (void)e; /* seen a minute too early is no harm */
    struct touch *t = job;
    arena_free(t->arena);
}

static void touch_later(const struct office *o, const char *token_hash)
{
    struct arena *a = arena_new();
    struct touch *t = arena_alloc(a, sizeof *t);
    *t = (struct touch){a, o->tenant->id, arena_text(a, token_hash)};
    if (store_submit(o->store, a, touch_work, t, touch_done))
        arena_free(a);
}

struct err *session_find(struct tx *tx, struct office *o, const char *token,
                         struct session *session_out)
{
    struct arena *a = tx_arena(tx);
    struct actor *who = actor_new(a, o);
    *session_out = (struct session){who, "", false};
    if (!*token || strlen(token) > 128)
        return NULL;
    const char *hash = secret_sha256_hex(a, token, strlen(token));
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &session_get, ARGS(sql_int(who->tenant), sql_text(hash)), &r, &has_row));
    int64_t now = tx_now_ms(tx);
    if (!has_row || rows_int(r, 5) <= now)
        return NULL;
    int64_t person_id = rows_int(r, 0), seen_at = rows_int(r, 4);
    if (person_id && now - seen_at > (int64_t)SESSION_IDLE_SECONDS * SECOND)
        return NULL;
    if (!person_id) {
        who->subject_id = rows_int(r, 1);
        who->case_id = rows_int(r, 2);
        who->identity_level = (int32_t)rows_int(r, 3);
        session_out->kind = who->case_id && !who->subject_id ? "tracking" : "resident";
    } else {
        bool is_active;
        TRY(person_load(tx, o, who, person_id, session_out, &is_active));
    }
    if (now - seen_at > TOUCH_MS)
        touch_later(o, hash);
    return NULL;
}

/* Devices ------------------------------------------------------------------------------------- */

QUERY(device_get, "select person_id from device_tokens "
                  "where tenant = $1 and token_hash = $2 and ended_at is null");
QUERY(person_by_sign_in, "select id from persons where tenant = $1 and sign_in = $2");

static struct err *wrong(struct arena *a)
{
    return err_new(a, ERR_SIGN_IN, "sign_in.wrong", "", "Name or password is wrong.",
                   "用户名或密码不对。");
}

static struct err *session_of(struct tx *tx, struct office *o, const struct query *q,
                              const char *key, struct session *session_out)
{
    struct arena *a = tx_arena(tx);
    struct actor *who = actor_new(a, o);
    struct session s = {who, "", false};
    struct rows *r;
    bool has_row;
    TRY(sql_row_kept(tx, q, ARGS(sql_int(who->tenant), sql_text(key)), &r, &has_row));
    bool is_active = false;
    if (has_row)
        TRY(person_load(tx, o, who, rows_int(r, 0), &s, &is_active));
    if (!is_active)
        return wrong(a);
    if (q == &device_get && s.must_change_password) /* a token is no password */
        TRY(posts_load(tx, who));
    who->channel = "openrosa";
    *session_out = s;
    return NULL;
}

struct err *session_of_device(struct tx *tx, struct office *o, const char *token,
                              struct session *session_out)
{
    return session_of(tx, o, &device_get, secret_sha256_hex(tx_arena(tx), token, strlen(token)),
                      session_out);
}

struct err *session_of_basic(struct tx *tx, struct office *o, const char *name,
                             struct session *session_out)
{
    return session_of(tx, o, &person_by_sign_in, name, session_out);
}

const struct actor *session_terminal(struct arena *a, int64_t tenant)
{
    bool *rights = arena_array(a, RIGHT_COUNT, sizeof *rights);
    memset(rights, true, RIGHT_COUNT);
    struct post *post = arena_alloc(a, sizeof *post);
    *post = (struct post){.unit_code = "", .unit_name = "", .area_name = "", .role = "terminal"};
    post->rights = rights;
    struct actor *who = arena_alloc(a, sizeof *who);
    *who = (struct actor){.tenant = tenant,
                          .name = "terminal",
                          .posts = post,
                          .post_count = 1,
                          .identity_level = -1,
                          .utc_offset_min = 480,
                          .channel = "cli",
                          .request_hash = ""};
    return who;
}

/* Sign-in ------------------------------------------------------------------------------------- */

QUERY(sign_in_person, "select id, password_hash, state, failed_count, locked_until, name "
                      "from persons where tenant = $1 and sign_in = $2");
QUERY(sign_in_failed, "update persons set failed_count = $3, locked_until = $4 "
                      "where tenant = $1 and id = $2");
QUERY(
    session_add,
    "insert into sessions (tenant, token_hash, person_id, subject_id, case_id, identity_level, "
    "created_at, seen_at, expires_at, ended_at) values ($1, $2, $3, $4, $5, $6, $7, $7, $8, null)");
QUERY(session_close, "update sessions set ended_at = $3 where tenant = $1 and token_hash = $2 "
                     "and ended_at is null");

static struct err *locked(struct arena *a)
{
    return err_new(a, ERR_BUSY, "sign_in.locked", "",
                   "Too many failed attempts. Try again in 15 minutes.",
                   "连续输错次数太多，请 15 分钟后再试。");
}

static const char *client_of(const struct sign_in *s)
{
    return s->client ? s->client : "";
}

struct look_up {
    struct sign_in *job;
    const char *hash;
};

static struct err *sign_in_look(struct tx *tx, void *look)
{
    struct look_up *l = look;
    struct rows *r;
    bool has_row;
    l->hash = "";
    TRY(sql_row(tx, &sign_in_person,
                ARGS(sql_int(l->job->office->tenant->id), sql_text(l->job->name)), &r, &has_row));
    if (has_row) {
        l->job->person_id = rows_int(r, 0);
        l->hash = rows_text(r, 1);
    }
    return NULL;
}

struct err *sign_in_prepare(struct arena *a, struct sign_in *job)
{
    struct look_up l = {job, ""};
    struct office *o = job->office;
    if (guess_is_refused(o->guesses, client_of(job), o->now_ms(o->now_self)))
        return err_new(a, ERR_BUSY, "sign_in.many", "",
                       "Too many failed sign-ins from this device. Try again in 15 minutes.",
                       "这台设备登录失败次数太多，请 15 分钟后再试。");
    TRY(store_read(job->office->store, a, sign_in_look, &l));
    bool is_busy = false;
    job->matches = secret_password_matches(l.hash, job->password, &is_busy);
    if (is_busy)
        return err_new(a, ERR_BUSY, "sign_in.busy", "",
                       "Too many people are signing in. Try again in a moment.",
                       "登录的人太多，请稍等片刻再试。");
    return NULL;
}

/* Five failures in a row lock the person for a quarter of an hour; a lock is never shortened. */
static struct err *failure_note(struct tx *tx, const struct sign_in *s, const struct rows *r)
{
    int64_t failures = rows_int(r, 3) + 1, until = rows_int(r, 4);
    if (failures >= SIGN_IN_TRIES) {
        failures = 0;
        until = tx_now_ms(tx) + (int64_t)SIGN_IN_LOCK_SECONDS * SECOND;
    }
    return sql_run(tx, &sign_in_failed,
                   ARGS(sql_int(s->office->tenant->id), sql_int(s->person_id), sql_int(failures),
                        sql_int(until)),
                   NULL);
}

QUERY(miss_get, "select failed_count, locked_until from sign_in_misses "
                "where tenant = $1 and name_hash = $2");
QUERY(miss_set, "insert into sign_in_misses (tenant, name_hash, failed_count, locked_until, at) "
                "values ($1, $2, $3, $4, $5) on conflict (tenant, name_hash) do update set "
                "failed_count = excluded.failed_count, locked_until = excluded.locked_until, "
                "at = excluded.at");

/* A name that nobody has: counted and locked in the same way, or the sixth answer would tell. */
static struct err *miss_note(struct tx *tx, const struct sign_in *s, bool *is_locked_out)
{
    const struct tenant *t = s->office->tenant;
    const char *hash = tenant_hash(tx_arena(tx), t->secret, "sign-in name", s->name);
    int64_t now = tx_now_ms(tx), failures = 1, until = 0;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &miss_get, ARGS(sql_int(t->id), sql_text(hash)), &r, &has_row));
    *is_locked_out = has_row && rows_int(r, 1) > now;
    if (*is_locked_out)
        return NULL;
    if (has_row)
        failures = rows_int(r, 0) + 1;
    if (failures >= SIGN_IN_TRIES) {
        failures = 0;
        until = now + (int64_t)SIGN_IN_LOCK_SECONDS * SECOND;
    }
    return sql_run(
        tx, &miss_set,
        ARGS(sql_int(t->id), sql_text(hash), sql_int(failures), sql_int(until), sql_int(now)),
        NULL);
}

static struct err *sign_in_audit(struct tx *tx, const struct sign_in *s, const char *result)
{
    struct actor who = {.tenant = s->office->tenant->id,
                        .channel = "web",
                        .request_hash = s->request_hash ? s->request_hash : "",
                        .person_id = text_equal(result, "ok") ? s->person_id : 0};
    return audit_add(tx, &who, "session.open", text_print(tx_arena(tx), "sign_in:%s", s->name),
                     result);
}

static struct err *sign_in_refuse(struct tx *tx, struct sign_in *s, struct err *refusal)
{
    s->refusal = refusal;
    guess_failed(s->office->guesses, client_of(s), tx_now_ms(tx));
    return sign_in_audit(tx, s, refusal->code);
}

struct err *sign_in_work(struct tx *tx, void *sign_in)
{
    struct sign_in *s = sign_in;
    struct arena *a = tx_arena(tx);
    int64_t tenant = s->office->tenant->id;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &sign_in_person, ARGS(sql_int(tenant), sql_text(s->name)), &r, &has_row));
    if (!has_row || !s->person_id) {
        bool is_locked;
        TRY(miss_note(tx, s, &is_locked));
        return sign_in_refuse(tx, s, is_locked ? locked(a) : wrong(a));
    }
    if (rows_int(r, 4) > tx_now_ms(tx))
        return sign_in_refuse(tx, s, locked(a));
    if (!s->matches || !text_equal(rows_text(r, 2), "active")) {
        TRY(failure_note(tx, s, r));
        return sign_in_refuse(tx, s, wrong(a));
    }
    s->refusal = NULL;
    if (rows_int(r, 3))
        TRY(sql_run(tx, &sign_in_failed,
                    ARGS(sql_int(tenant), sql_int(s->person_id), sql_int(0), sql_int(0)), NULL));
    if (s->has_session)
        TRY(session_open(tx,
                         &(struct session_new){.tenant = tenant,
                                               .person_id = s->person_id,
                                               .seconds = SESSION_SECONDS},
                         &s->token));
    return sign_in_audit(tx, s, "ok");
}

struct err *session_check_password(struct office *o, struct arena *a, const char *name,
                                   const char *password)
{
    struct sign_in job = {.office = o, .name = name, .password = password, .request_hash = ""};
    TRY(sign_in_prepare(a, &job));
    TRY(store_write(o->store, a, sign_in_work, &job));
    return job.refusal;
}

struct err *session_open(struct tx *tx, const struct session_new *n, const char **token_out)
{
    struct arena *a = tx_arena(tx);
    const char *token = secret_token(a);
    TRY(sql_run(tx, &session_add,
                ARGS(sql_int(n->tenant), sql_text(secret_sha256_hex(a, token, strlen(token))),
                     sql_int_or_null(n->person_id, n->person_id != 0),
                     sql_int_or_null(n->subject_id, n->subject_id != 0),
                     sql_int_or_null(n->case_id, n->case_id != 0), sql_int(n->identity_level),
                     sql_int(tx_now_ms(tx)), sql_int(tx_now_ms(tx) + n->seconds * SECOND)),
                NULL));
    *token_out = token;
    return NULL;
}

struct err *session_open_tracking(struct tx *tx, int64_t tenant, int64_t case_id,
                                  int32_t identity_level, const char **token_out)
{
    return session_open(tx,
                        &(struct session_new){.tenant = tenant,
                                              .case_id = case_id,
                                              .identity_level = identity_level,
                                              .seconds = SESSION_RESIDENT_SECONDS},
                        token_out);
}

struct err *session_end_work(struct tx *tx, void *session_end)
{
    const struct session_end *s = session_end;
    if (!*s->token)
        return NULL;
    const char *hash = secret_sha256_hex(tx_arena(tx), s->token, strlen(s->token));
    int64_t changed;
    TRY(sql_run(tx, &session_close,
                ARGS(sql_int(s->office->tenant->id), sql_text(hash), sql_int(tx_now_ms(tx))),
                &changed));
    return changed ? audit_add(tx, s->who, "session.close", "", "ok") : NULL;
}
