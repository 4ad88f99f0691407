/* Streams of facts, each taken in step by step behind the commits. */
#include "domain/derive.h"

#include "base/arena.h"
#include "domain/answers.h"
#include "domain/office.h"
#include "domain/search.h"
#include "domain/tenant.h"
#include "store/store.h"

QUERY(progress_get, "select last_id from derived_progress where tenant = $1 and name = $2");
QUERY(progress_start, "insert into derived_progress (tenant, name, last_id) values ($1, $2, 0) "
                      "on conflict (tenant, name) do nothing");
QUERY(progress_move, "update derived_progress set last_id = $4 "
                     "where tenant = $1 and name = $2 and last_id = $3");

struct err *derive_progress(struct tx *tx, int64_t tenant, const char *name, int64_t *last_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &progress_get, ARGS(sql_int(tenant), sql_text(name)), &r, &has_row));
    *last_out = has_row ? rows_int(r, 0) : 0;
    return NULL;
}

struct err *derive_advance(struct tx *tx, int64_t tenant, const char *name, int64_t from,
                           int64_t to, bool *is_mine_out)
{
    int64_t changed;
    if (from == 0)
        TRY(sql_run(tx, &progress_start, ARGS(sql_int(tenant), sql_text(name)), NULL));
    TRY(sql_run(tx, &progress_move,
                ARGS(sql_int(tenant), sql_text(name), sql_int(from), sql_int(to)), &changed));
    *is_mine_out = changed > 0;
    return NULL;
}

/* Each takes in a few facts and says how many; has says whether there are any, in a snapshot. */
static const struct stream {
    struct err *(*has)(struct tx *tx, struct office *o, bool *has_out);
    struct err *(*take)(struct tx *tx, struct office *o, int64_t limit, int64_t *taken_out);
} streams[] = {
    {search_has_cases, search_take_cases},
    {search_has_entities, search_take_entities},
    {answers_has, answers_take},
};
enum { STREAMS = sizeof streams / sizeof *streams };

/* A step keeps the writer for about a millisecond; a rebuild has it for itself. */
enum { STEP = 16, STEP_ALONE = 500, ROUND_STEPS = 200 };

struct step {
    struct office *office;
    const struct stream *stream;
    int64_t taken;
    bool has_more;
};

static struct err *step_look(struct tx *tx, void *job)
{
    struct step *s = job;
    return s->stream->has(tx, s->office, &s->has_more);
}

static struct err *step_take(struct tx *tx, void *job)
{
    struct step *s = job;
    return s->stream->take(tx, s->office, STEP, &s->taken);
}

static bool somebody_waits(struct store *store)
{
    struct store_counts counts;
    store_count(store, &counts);
    return counts.waiting > 0;
}

static struct err *stream_tick(struct office *o, struct arena *a, const struct stream *stream)
{
    struct step s = {.office = o, .stream = stream};
    for (int i = 0; i < ROUND_STEPS; i++) {
        arena_reset(a);
        TRY(store_read(o->store, a, step_look, &s));
        if (!s.has_more)
            return NULL;
        TRY(store_write(o->store, a, step_take, &s));
        if (s.taken == 0 || somebody_waits(o->store))
            return NULL; /* the next round goes on */
    }
    return NULL;
}

struct err *derive_tick(struct office *o, struct arena *a)
{
    for (size_t i = 0; i < STREAMS; i++)
        TRY(stream_tick(o, a, &streams[i]));
    return NULL;
}

struct err *derive_rebuild(struct tx *tx, struct office *o)
{
    TRY(search_begin_again(tx));
    for (size_t i = 0; i < STREAMS; i++)
        for (int64_t taken = 1; taken > 0;) {
            TRY(streams[i].take(tx, o, STEP_ALONE, &taken));
        }
    return NULL;
}
