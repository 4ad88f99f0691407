/* Claim codes. */
#include "domain/identity.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/ident.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/office.h"
#include "domain/registry.h"
#include "domain/session.h"
#include "domain/tenant.h"
#include "store/store.h"

#include <stdatomic.h>
#include <string.h>

enum { CLAIM_DAYS = 14, CLAIM_TRIES = 5, GUESSES = 60 };
#define DAY_MS ((int64_t)86400 * 1000)

/* Guessing ------------------------------------------------------------------------------------ */

/* A new minute begins to count anew. */
static void minute_turn(struct office *o)
{
    int64_t minute = o->now_ms(o->now_self) / 60000;
    if (atomic_exchange(&o->guess_minute, minute) != minute)
        atomic_store(&o->guess_count, 0);
}

struct err *identity_may_guess(struct office *o, struct arena *a)
{
    minute_turn(o);
    if (atomic_load(&o->guess_count) < GUESSES)
        return NULL;
    return err_new(a, ERR_BUSY, "guess.too_many", "",
                   "Too many wrong codes were tried. Try again in a minute.",
                   "输错的码太多，请一分钟后再试。");
}

void identity_missed(struct office *o)
{
    minute_turn(o);
    (void)atomic_fetch_add(&o->guess_count, 1);
}

/* Giving out ---------------------------------------------------------------------------------- */

QUERY(claim_add, "insert into claim_codes (tenant, code_hash, entity_id, case_id, identity_level, "
                 "created_at, expires_at, used_at, person_id, failed_count) "
                 "values ($1, $2, $3, $4, $5, $6, $7, null, $8, 0) "
                 "on conflict (tenant, code_hash) do nothing");

struct err *identity_claim_new(struct tx *tx, struct office *o, const struct actor *who,
                               int64_t case_id, int64_t entity_id, int32_t level,
                               const char **code_out)
{
    struct arena *a = tx_arena(tx);
    int64_t now = tx_now_ms(tx), changed = 0;
    for (int tries = 0; tries < 20 && !changed; tries++) {
        *code_out = secret_digits(a, 8);
        TRY(sql_run(tx, &claim_add,
                    ARGS(sql_int(who->tenant),
                         sql_text(tenant_hash(a, o->tenant->secret, "claim", *code_out)),
                         sql_int_or_null(entity_id, entity_id != 0),
                         sql_int_or_null(case_id, case_id != 0), sql_int(level), sql_int(now),
                         sql_int(now + CLAIM_DAYS * DAY_MS),
                         sql_int_or_null(who->person_id, who->person_id != 0)),
                    &changed));
    }
    if (!changed)
        return err_new(a, ERR_BUSY, "identity.no_code", "", "No free code was found. Try again.",
                       "没有可用的码，请再试一次。");
    return NULL;
}

/* Opening ------------------------------------------------------------------------------------- */

QUERY(claim_get, "select entity_id, case_id, identity_level, expires_at, used_at, failed_count "
                 "from claim_codes where tenant = $1 and code_hash = $2");
QUERY(claim_failed, "update claim_codes set failed_count = failed_count + 1 "
                    "where tenant = $1 and code_hash = $2");
QUERY(claim_used, "update claim_codes set used_at = $3 where tenant = $1 and code_hash = $2 "
                  "and used_at is null");
QUERY(claim_case, "select applicant_name, applicant_id_tail, applicant_entity_id, "
                  "applicant_id_hash from cases where tenant = $1 and id = $2");
QUERY(claim_resident, "select e.id from entities e join registries r on r.tenant = e.tenant "
                      "and r.id = e.registry_id where e.tenant = $1 and r.name = 'residents' "
                      "and e.key_hash = $2 and e.is_deleted = 0 limit 1");

struct claim {
    int64_t entity_id, case_id;
    const char *name, *tail;
};

static const char *tail_of(const char *text)
{
    size_t size = strlen(text);
    return size >= 4 ? text + size - 4 : "";
}

/* Of whom does the code speak? The case's applicant, also as an entry of the residents. */
static struct err *claim_case_read(struct tx *tx, int64_t tenant, struct claim *c)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &claim_case, ARGS(sql_int(tenant), sql_int(c->case_id)), &r, &has_row));
    if (!has_row)
        return NULL;
    c->name = rows_text(r, 0);
    c->tail = rows_text(r, 1);
    const char *hash = rows_text(r, 3);
    if (!c->entity_id)
        c->entity_id = rows_int(r, 2);
    if (c->entity_id || !*hash)
        return NULL;
    TRY(sql_row(tx, &claim_resident, ARGS(sql_int(tenant), sql_text(hash)), &r, &has_row));
    c->entity_id = has_row ? rows_int(r, 0) : 0;
    return NULL;
}

static struct err *claim_entity_read(struct tx *tx, int64_t tenant, struct claim *c)
{
    struct entity e;
    struct arena *a = tx_arena(tx);
    TRY(registry_entity(tx, tenant, c->entity_id, &e));
    const char *name = entity_value(a, &e, "name_full");
    c->name = *name ? name : e.label;
    c->tail = tail_of(ident_normal(a, entity_value(a, &e, "id_number")));
    return NULL;
}

static struct err *refuse(struct tx *tx, struct identity_open *o, struct err *refusal)
{
    const struct actor nobody = {.tenant = o->office->tenant->id,
                                 .channel = "web",
                                 .request_hash = o->request_hash ? o->request_hash : ""};
    o->refusal = refusal;
    identity_missed(o->office);
    return audit_add(tx, &nobody, "identity.open", "", refusal->code);
}

static struct err *no_match(struct arena *a)
{
    return err_new(a, ERR_MISSING, "identity.no_match", "",
                   "The code and the four digits do not belong together, or the code was used.",
                   "码与身份证后四位不符，或者码已经用过。");
}

static struct err *claim_accept(struct tx *tx, struct identity_open *o, const struct claim *c,
                                const char *hash)
{
    int64_t tenant = o->office->tenant->id, changed;
    TRY(sql_run(tx, &claim_used, ARGS(sql_int(tenant), sql_text(hash), sql_int(tx_now_ms(tx))),
                &changed));
    if (!changed)
        return refuse(tx, o, no_match(tx_arena(tx)));
    const struct session_new n = {.tenant = tenant,
                                  .subject_id = c->entity_id,
                                  .case_id = c->case_id,
                                  .identity_level = o->level,
                                  .seconds = SESSION_RESIDENT_SECONDS};
    TRY(session_open(tx, &n, &o->token));
    o->name = c->name;
    o->refusal = NULL;
    const struct actor who = {.tenant = tenant,
                              .subject_id = c->entity_id,
                              .case_id = c->case_id,
                              .channel = "web",
                              .request_hash = o->request_hash ? o->request_hash : ""};
    return audit_add(tx, &who, "identity.open", "", "ok");
}

struct err *identity_open_work(struct tx *tx, void *identity_open)
{
    struct identity_open *o = identity_open;
    struct arena *a = tx_arena(tx);
    int64_t tenant = o->office->tenant->id;
    const char *hash = tenant_hash(a, o->office->tenant->secret, "claim", o->code);
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &claim_get, ARGS(sql_int(tenant), sql_text(hash)), &r, &has_row));
    if (!has_row || rows_int(r, 3) <= tx_now_ms(tx) || !rows_is_null(r, 4))
        return refuse(tx, o, no_match(a));
    if (rows_int(r, 5) >= CLAIM_TRIES)
        return refuse(tx, o,
                      err_new(a, ERR_BUSY, "identity.locked", "",
                              "This code was tried too often. Ask the counter for a new one.",
                              "这个码试错的次数太多，请向窗口要一个新的。"));
    struct claim c = {rows_int(r, 0), rows_int(r, 1), "", ""};
    o->level = (int32_t)rows_int(r, 2);
    if (c.case_id)
        TRY(claim_case_read(tx, tenant, &c));
    if (c.entity_id && !*c.tail)
        TRY(claim_entity_read(tx, tenant, &c));
    if (*c.tail && secret_equal(c.tail, ident_normal(a, o->last4)))
        return claim_accept(tx, o, &c, hash);
    TRY(sql_run(tx, &claim_failed, ARGS(sql_int(tenant), sql_text(hash)), NULL));
    return refuse(tx, o, no_match(a));
}
