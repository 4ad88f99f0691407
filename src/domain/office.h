/* One township as a running server knows it: the store, who it is, what it offers, the key that
 * signs its audit. Made once at start, shared by all threads; what changes in it is swapped whole.
 */
#ifndef DOMAIN_OFFICE_H
#define DOMAIN_OFFICE_H

#include "base/err.h"
#include "domain/tenant.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct audit_refusals;
struct audit_signer;
struct catalogue;
struct guess_shelf;
struct preview_shelf;
struct store;

struct office {
    struct store *store;
    const struct tenant *tenant; /* as at start; its key never changes */
    struct catalogue *catalogue;
    struct audit_signer *signer; /* NULL: no checkpoints (short commands) */
    struct audit_refusals *refusals;
    struct guess_shelf *guesses;   /* failed sign-ins of each client */
    struct preview_shelf *preview; /* images of checked, not yet published workbooks */
    const char *data_dir;
    int64_t (*now_ms)(void *self); /* the machine's clock; tests set their own */
    void *now_self;
    _Atomic int64_t swept_at;                  /* ms: the last run of the sweeper */
    _Atomic int64_t guess_minute, guess_count; /* wrong codes of this minute (identity.h) */
};

/* Load the tenant (the only one, or the one with that code; "" = the only one) and its catalogue,
 * and the signing key of the data folder. Lives until a is freed. Errors: ERR_MISSING
 * office.not_initialised: run `bangban init` first. */
MUST_CHECK struct err *office_open(struct arena *a, struct store *store, const char *data_dir,
                                   const char *tenant_code, struct office **office_out);

/* Housekeeping, called about once a second by the server: signs a checkpoint of the audit when one
 * is due; takes in services published by another process; sweeps every ten minutes. Any thread. */
MUST_CHECK struct err *office_tick(struct office *o, struct arena *a);

/* At the end of a command or of the server: signs what is not signed yet. */
MUST_CHECK struct err *office_finish(struct office *o, struct arena *a);

#endif
