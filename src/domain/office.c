/* What a running server knows of its township, put together. */
#include "domain/office.h"

#include "base/arena.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "domain/catalogue.h"
#include "domain/guess_shelf.h"
#include "domain/sweep.h"
#include "store/store.h"

#include <stdatomic.h>

struct opening {
    const char *code;
    const struct tenant *tenant;
};

static struct err *opening_read(struct tx *tx, void *job)
{
    struct opening *o = job;
    return tenant_load(tx, o->code, &o->tenant);
}

struct err *office_open(struct arena *a, struct store *store, const char *data_dir,
                        const char *tenant_code, struct office **office_out)
{
    struct opening opening = {tenant_code, NULL};
    TRY(store_read(store, a, opening_read, &opening));
    struct office *o = arena_alloc(a, sizeof *o);
    o->store = store;
    o->tenant = opening.tenant;
    o->data_dir = arena_text(a, data_dir);
    o->now_ms = clock_now_ms;
    TRY(audit_signer_open(a, data_dir, &o->signer));
    TRY(catalogue_new(a, store, o->tenant->id, &o->catalogue));
    TRY(preview_shelf_new(a, &o->preview));
    o->refusals = audit_refusals_new(a);
    o->guesses = guess_shelf_new(a);
    struct arena *scratch = arena_new();
    struct err *e = err_copy(a, catalogue_reload(o->catalogue, scratch));
    arena_free(scratch);
    *office_out = o;
    return e;
}

struct tick {
    struct office *office;
    bool must;
};

static struct err *tick_work(struct tx *tx, void *job)
{
    const struct tick *t = job;
    return audit_checkpoint(tx, t->office->signer, t->office->tenant->id, t->must);
}

static struct err *tick_file(struct tx *tx, void *job)
{
    const struct tick *t = job;
    return audit_checkpoint_file(tx, t->office->signer, t->office->tenant->id);
}

static struct err *tick_run(struct office *o, struct arena *a, bool must)
{
    struct tick t = {o, must};
    TRY(audit_refusals_flush(o, a, must));
    TRY(store_write(o->store, a, tick_work, &t));
    return store_read(o->store, a, tick_file, &t);
}

/* A run that was full is followed by another one at the next tick. */
static struct err *tick_sweep(struct office *o, struct arena *a)
{
    int64_t now = o->now_ms(o->now_self);
    struct sweep s = {.office = o};
    if (now - atomic_load(&o->swept_at) < (int64_t)SWEEP_EVERY_SECONDS * 1000)
        return NULL;
    TRY(store_write(o->store, a, sweep_work, &s));
    bool is_full = s.drafts >= SWEEP_MOST || s.uploads >= SWEEP_MOST || s.sessions >= SWEEP_MOST ||
                   s.claims >= SWEEP_MOST;
    if (!is_full)
        atomic_store(&o->swept_at, now);
    return NULL;
}

struct err *office_tick(struct office *o, struct arena *a)
{
    TRY(tick_run(o, a, false));
    TRY(tick_sweep(o, a));
    return catalogue_refresh(o->catalogue, a);
}

struct err *office_finish(struct office *o, struct arena *a)
{
    return tick_run(o, a, true);
}
