/* The count of failed tries stands in claim_codes, in rows that claim nothing (no case, no entity,
 * level -1): their key is a keyed hash of what was tried, their end the end of the lock. */
#include "domain/tracking.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/ident.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/casefile_own.h"
#include "domain/office.h"
#include "domain/session.h"
#include "domain/tenant.h"
#include "store/store.h"

#include <string.h>

QUERY(tracking_by_ref, "select id, applicant_id_tail from cases where tenant = $1 and ref = $2");
QUERY(tracking_by_code,
      "select id, applicant_id_tail from cases where tenant = $1 and code_hash = $2 "
      "order by id desc limit 50");
QUERY(tries_of, "select failed_count from claim_codes where tenant = $1 and code_hash = $2 and "
                "expires_at > $3");
QUERY(tries_add,
      "insert into claim_codes (tenant, code_hash, entity_id, case_id, identity_level, created_at, "
      "expires_at, used_at, person_id, failed_count) "
      "values ($1, $2, null, null, -1, $3, $4, null, null, 1) "
      "on conflict (tenant, code_hash) do update set failed_count = "
      "case when claim_codes.expires_at > excluded.created_at "
      "then claim_codes.failed_count + 1 else 1 end, "
      "created_at = excluded.created_at, expires_at = excluded.expires_at");

struct attempt {
    struct tx *tx;
    const struct tracking *t;
    bool is_code;
    const char *key;       /* normalised: digits of the code, or the ref */
    const char *one, *all; /* keys of the counts */
};

static const char *digits_of(struct arena *a, const char *typed)
{
    struct buf b;
    buf_init(&b, a);
    for (const char *at = ident_normal(a, typed); *at; at++)
        if (*at >= '0' && *at <= '9')
            buf_char(&b, *at);
    return buf_text(&b);
}

/* 2611244831 7 → 261124-4831-7: a number read over the telephone comes without its strokes. */
static const char *ref_of(struct arena *a, const char *digits)
{
    size_t size = strlen(digits);
    if (size == 11)
        return text_print(a, "%.*s-%.*s-%s", 6, digits, 4, digits + 6, digits + 10);
    if (size == 15)
        return text_print(a, "%.*s-%.*s-%.*s-%s", 6, digits, 4, digits + 6, 4, digits + 10,
                          digits + 14);
    return digits;
}

static struct attempt make_attempt(struct tx *tx, const struct tracking *t)
{
    struct arena *a = tx_arena(tx);
    const unsigned char *secret = t->office->tenant->secret;
    const char *digits = digits_of(a, t->typed);
    bool is_code = strlen(digits) == 6;
    struct attempt attempt = {tx, t, is_code, is_code ? digits : ref_of(a, digits), "", ""};
    attempt.one = tenant_hash(a, secret, "tracking-tries", attempt.key);
    attempt.all = tenant_hash(a, secret, "tracking-tries", "all codes");
    return attempt;
}

static struct err *count_tries(const struct attempt *at, const char *key, int64_t *count_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(at->tx, &tries_of,
                ARGS(sql_int(at->t->office->tenant->id), sql_text(key), sql_int(tx_now_ms(at->tx))),
                &r, &has_row));
    *count_out = has_row ? rows_int(r, 0) : 0;
    return NULL;
}

static struct err *is_locked(const struct attempt *at, bool *is_locked_out)
{
    int64_t one, all = 0;
    TRY(count_tries(at, at->one, &one));
    if (at->is_code)
        TRY(count_tries(at, at->all, &all));
    *is_locked_out = one >= TRACKING_TRIES || all >= TRACKING_CODE_TRIES;
    return NULL;
}

static struct err *add_try(const struct attempt *at, const char *key)
{
    int64_t now = tx_now_ms(at->tx);
    return sql_run(at->tx, &tries_add,
                   ARGS(sql_int(at->t->office->tenant->id), sql_text(key), sql_int(now),
                        sql_int(now + (int64_t)TRACKING_LOCK_SECONDS * 1000)),
                   NULL);
}

static struct err *find_case(const struct attempt *at, const char *last4, int64_t *id_out)
{
    struct arena *a = tx_arena(at->tx);
    const struct tenant *tenant = at->t->office->tenant;
    struct rows *r;
    const char *key = at->is_code ? tenant_hash(a, tenant->secret, "code", at->key) : at->key;
    TRY(sql_rows(at->tx, at->is_code ? &tracking_by_code : &tracking_by_ref,
                 ARGS(sql_int(tenant->id), sql_text(key)), &r));
    *id_out = 0;
    while (rows_next(r)) {
        const char *tail = rows_text(r, 1);
        if (*id_out == 0 && *tail && secret_equal(tail, last4))
            *id_out = rows_int(r, 0);
    }
    return rows_end(r);
}

static struct err *refuse(struct tx *tx, struct tracking *t, struct err *refusal)
{
    t->refusal = refusal;
    return audit_add(tx, t->who, "case.track", "tracking", refusal->code);
}

struct err *tracking_work(struct tx *tx, void *job)
{
    struct tracking *t = job;
    struct arena *a = tx_arena(tx);
    struct attempt at = make_attempt(tx, t);
    bool locked;
    t->refusal = NULL;
    TRY(is_locked(&at, &locked));
    if (locked)
        return refuse(tx, t,
                      err_new(a, ERR_BUSY, "track.locked", "",
                              "Too many wrong tries. Try again in 15 minutes, or ask the hall.",
                              "试错太多次了，请 15 分钟后再试，或打电话问大厅。"));
    TRY(find_case(&at, ident_normal(a, t->last4), &t->case_id));
    if (t->case_id == 0) {
        TRY(add_try(&at, at.one));
        if (at.is_code)
            TRY(add_try(&at, at.all));
        return refuse(tx, t,
                      err_new(a, ERR_MISSING, "track.no_match", "",
                              "No case fits this number and these four digits. Check both.",
                              "编号和身份证后四位对不上，请再核对一遍。"));
    }
    TRY(session_open_tracking(tx, t->office->tenant->id, t->case_id, TRACKING_SESSION_LEVEL,
                              &t->token));
    return audit_add(tx, t->who, "case.track", "tracking", "ok");
}
