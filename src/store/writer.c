/* The single writer. Jobs wait in a ring; the writer takes all that are there (up to GROUP_SIZE),
 * runs them, commits once and then answers. While a commit is on its way to the disk the next group
 * gathers by itself: there is no artificial wait.
 *
 * A job that fails undoes its own writes only. First the group runs without savepoints, which cost
 * a copy of every page that a job touches (SQLite) or a wait for the server (PostgreSQL); if a job
 * fails, all is undone and the group runs again, each job in its savepoint. When the engine throws
 * the whole transaction away (disk full, deadlock), the jobs run again, each alone, so that the one
 * that caused it cannot take others with it. */
#include "base/arena.h"
#include "base/check.h"
#include "store/inner.h"

#include <string.h>
#include <unistd.h>

enum { UNSAFE_PAUSE_US = 5000 };

enum state { DONE, FAILED, AGAIN, ANSWERED };

struct run {
    struct job job;
    enum state state;
    struct err *fault;
};

/* The lane --------------------------------------------------------------------------------- */

void *tx_lane_state(struct tx *tx, size_t size)
{
    CHECK(tx->is_writer);
    struct lane *l = &tx->store->writer.lane;
    if (!l->now) {
        l->size = size;
        l->now = arena_alloc(tx->store->arena, size);
        l->before_group = arena_alloc(tx->store->arena, size);
        l->before_job = arena_alloc(tx->store->arena, size);
    }
    CHECK(size == l->size);
    if (!l->is_group_touched)
        memcpy(l->before_group, l->now, size);
    if (!l->is_job_touched)
        memcpy(l->before_job, l->now, size);
    l->is_group_touched = l->is_job_touched = true;
    return l->now;
}

static void lane_undo_job(struct lane *l)
{
    if (l->is_job_touched)
        memcpy(l->now, l->before_job, l->size);
    l->is_job_touched = false;
}

static void lane_undo_group(struct lane *l)
{
    if (l->is_group_touched)
        memcpy(l->now, l->before_group, l->size);
    l->is_group_touched = l->is_job_touched = false;
}

int64_t tx_lane(struct tx *tx)
{
    return tx->store->writer.lane.number;
}

/* 41 bits of milliseconds since 2025, 6 of the lane, 6 of a count: an id fits into the 53 bits that
 * JSON readers keep exactly. More than 64 ids in a millisecond borrow from the next one. */
int64_t tx_new_id(struct tx *tx)
{
    CHECK(tx->is_writer);
    enum { LANE_BITS = 6, COUNT_BITS = 6, COUNT_MAX = (1 << COUNT_BITS) - 1 };
    static const int64_t start_ms = 1735689600000; /* 2025-01-01 */
    struct writer *w = &tx->store->writer;
    int64_t now = tx->now_ms > start_ms ? tx->now_ms - start_ms : 1;
    if (now > w->last_id_ms) {
        w->last_id_ms = now;
        w->last_id_number = 0;
    } else if (w->last_id_number < COUNT_MAX) {
        w->last_id_number++;
    } else {
        w->last_id_ms++;
        w->last_id_number = 0;
    }
    int64_t lane = w->lane.number & ((1 << LANE_BITS) - 1);
    return w->last_id_ms << (LANE_BITS + COUNT_BITS) | lane << COUNT_BITS | w->last_id_number;
}

/* Connection --------------------------------------------------------------------------------- */

QUERY(lane_insert, "insert into lanes (lane, started_at, host) values ($1, $2, $3)");
QUERY(lane_end, "update lanes set ended_at = $2 where lane = $1");

static struct err *lane_start_work(struct tx *tx)
{
    int64_t number;
    TRY(tx->conn->driver->lane_take(tx, &number));
    char host[256] = "";
    (void)gethostname(host, sizeof host - 1);
    TRY(sql_run(tx, &lane_insert, ARGS(sql_int(number), sql_int(tx->now_ms), sql_text(host)),
                NULL));
    struct lane *l = &tx->store->writer.lane;
    l->number = number;
    /* A new lane starts a new chain. */
    if (l->now)
        memset(l->now, 0, l->size);
    l->is_group_touched = l->is_job_touched = false;
    return NULL;
}

/* One piece of the writer's own work in a transaction of its own. */
static struct err *alone(struct store *s, struct err *(*work)(struct tx *tx))
{
    struct conn *c = s->writer.conn;
    struct arena *a = s->writer.arena;
    struct tx tx;
    TRY(c->driver->verb(c, a, VERB_BEGIN_WRITE));
    tx_start(&tx, s, c, a, true);
    struct err *e = tx_end(&tx, work(&tx));
    if (!e)
        e = c->driver->verb(c, a, VERB_COMMIT);
    if (e && !c->is_lost && !c->is_undone)
        (void)c->driver->verb(c, a, VERB_ROLLBACK); /* e is the error to tell */
    return e;
}

static struct err *lane_end_work(struct tx *tx)
{
    int64_t number = tx->store->writer.lane.number;
    return sql_run(tx, &lane_end, ARGS(sql_int(number), sql_int(tx->now_ms)), NULL);
}

/* A lost connection is opened again, with a new lane: whether the last commit of the old one was
 * kept is not known, so its chain must not be continued. */
static struct err *conn_ready(struct store *s)
{
    struct writer *w = &s->writer;
    if (w->conn && !w->conn->is_lost)
        return NULL;
    if (w->conn)
        s->driver->close(w->conn);
    w->conn = NULL;
    struct conn *c;
    TRY(s->driver->open(w->arena, s, CONN_WRITER, &c));
    w->conn = c;
    struct err *e = alone(s, lane_start_work);
    if (e)
        c->is_lost = true;
    return e;
}

/* Groups ------------------------------------------------------------------------------------- */

static void job_work(struct store *s, struct run *r)
{
    struct tx tx;
    tx_start(&tx, s, s->writer.conn, r->job.arena, true);
    s->writer.lane.is_job_touched = false;
    r->state = DONE;
    r->fault = tx_end(&tx, r->job.work(&tx, r->job.job));
}

static void job_failed(struct store *s, struct run *r)
{
    r->state = s->writer.conn->is_retryable ? AGAIN : FAILED;
}

/* In its savepoint. An error means that the connection or the whole transaction is gone. */
static struct err *job_guarded(struct store *s, struct run *r)
{
    struct conn *c = s->writer.conn;
    TRY(c->driver->verb(c, r->job.arena, VERB_SAVEPOINT));
    job_work(s, r);
    if (!r->fault)
        r->fault = c->driver->verb(c, r->job.arena, VERB_RELEASE);
    if (!r->fault)
        return NULL;
    lane_undo_job(&s->writer.lane);
    job_failed(s, r);
    if (c->is_lost || c->is_undone)
        return r->fault;
    return c->driver->verb(c, r->job.arena, VERB_UNDO);
}

static void answer(struct run *r)
{
    if (r->state == DONE)
        r->job.done(r->job.job, NULL);
    else if (r->state == FAILED)
        r->job.done(r->job.job, r->fault);
    if (r->state != AGAIN)
        r->state = ANSWERED;
}

static struct err *group_begin(struct store *s)
{
    struct conn *c = s->writer.conn;
    s->writer.lane.is_group_touched = false;
    return c->driver->verb(c, s->writer.arena, VERB_BEGIN_WRITE);
}

/* Without savepoints. is_undone_out: a job failed, nothing of the group was kept. */
static struct err *group_plain(struct store *s, struct run *runs, size_t count, bool *is_undone_out)
{
    struct conn *c = s->writer.conn;
    *is_undone_out = false;
    TRY(group_begin(s));
    for (size_t i = 0; i < count && !*is_undone_out; i++) {
        job_work(s, &runs[i]);
        if (!runs[i].fault)
            continue;
        job_failed(s, &runs[i]);
        if (c->is_lost || c->is_undone)
            return runs[i].fault;
        *is_undone_out = true;
    }
    if (!*is_undone_out)
        return c->driver->verb(c, s->writer.arena, VERB_COMMIT);
    lane_undo_group(&s->writer.lane);
    return c->driver->verb(c, s->writer.arena, VERB_ROLLBACK);
}

static struct err *group_guarded(struct store *s, struct run *runs, size_t count)
{
    struct conn *c = s->writer.conn;
    struct arena *a = s->writer.arena;
    TRY(group_begin(s));
    for (size_t i = 0; i < count; i++) {
        TRY(job_guarded(s, &runs[i]));
        if (s->options.unsafe_ack_before_commit)
            answer(&runs[i]);
    }
    if (s->options.unsafe_ack_before_commit)
        (void)usleep(UNSAFE_PAUSE_US); /* a slow disk: the control must not need luck to lose */
    return c->driver->verb(c, a, VERB_COMMIT);
}

static struct err *group_try(struct store *s, struct run *runs, size_t count)
{
    bool is_undone = true;
    if (!s->options.unsafe_ack_before_commit)
        TRY(group_plain(s, runs, count, &is_undone));
    bool is_over = !is_undone || (count == 1 && runs[0].state != AGAIN);
    return is_over ? NULL : group_guarded(s, runs, count);
}

/* The transaction is gone with all its jobs. Those that had gone well run again alone; a group of
 * one has failed, and so has everything once the connection is lost. */
static void group_lost(struct store *s, struct run *runs, size_t count, struct err *e)
{
    struct conn *c = s->writer.conn;
    bool is_retry = c && !c->is_lost && (count > 1 || c->is_retryable);
    if (c && !c->is_lost && !c->is_undone)
        (void)c->driver->verb(c, s->writer.arena, VERB_ROLLBACK); /* e is the error to tell */
    if (c)
        c->is_undone = false;
    lane_undo_group(&s->writer.lane);
    for (size_t i = 0; i < count; i++) {
        if (runs[i].state == ANSWERED)
            continue;
        if (runs[i].state != FAILED || (c && c->is_lost))
            runs[i].fault = err_copy(runs[i].job.arena, e);
        if (runs[i].state != FAILED)
            runs[i].state = is_retry ? AGAIN : FAILED;
    }
}

static void group_count(struct writer *w, const struct run *runs, size_t count)
{
    pthread_mutex_lock(&w->mutex);
    w->counts.groups++;
    for (size_t i = 0; i < count; i++) {
        w->counts.jobs += runs[i].state != AGAIN;
        w->counts.failed += runs[i].state == FAILED;
    }
    pthread_mutex_unlock(&w->mutex);
}

void store_count(struct store *s, struct store_counts *counts_out)
{
    struct writer *w = &s->writer;
    pthread_mutex_lock(&w->mutex);
    *counts_out = w->counts;
    counts_out->waiting = (int64_t)w->count;
    pthread_mutex_unlock(&w->mutex);
}

static void group_run(struct store *s, struct run *runs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        runs[i].state = AGAIN;
    struct err *e = conn_ready(s);
    if (!e)
        e = group_try(s, runs, count);
    if (e)
        group_lost(s, runs, count, e);
    kept_group_over(s); /* before anybody is told of a change */
    group_count(&s->writer, runs, count);
    for (size_t i = 0; i < count; i++)
        answer(&runs[i]);
    arena_reset(s->writer.arena);
}

static void runs_do(struct store *s, struct run *runs, size_t count)
{
    group_run(s, runs, count);
    for (size_t i = 0; i < count; i++) {
        for (int tries = 0; runs[i].state == AGAIN && tries < RETRIES; tries++)
            group_run(s, &runs[i], 1);
        if (runs[i].state == AGAIN) {
            runs[i].state = FAILED;
            answer(&runs[i]);
        }
    }
}

/* The thread --------------------------------------------------------------------------------- */

/* Take what waits; 0 only when the store closes. */
static size_t queue_take(struct writer *w, struct run *runs)
{
    pthread_mutex_lock(&w->mutex);
    while (w->count == 0 && !w->is_closing) {
        w->is_asleep = true;
        pthread_cond_wait(&w->has_work, &w->mutex);
    }
    w->is_asleep = false;
    size_t taken = w->count < GROUP_SIZE ? w->count : GROUP_SIZE;
    for (size_t i = 0; i < taken; i++)
        runs[i] = (struct run){.job = w->queue[(w->first + i) % QUEUE_SIZE]};
    w->first = (w->first + taken) % QUEUE_SIZE;
    w->count -= taken;
    pthread_mutex_unlock(&w->mutex);
    return taken;
}

static void *writer_main(void *store)
{
    struct store *s = store;
    struct run runs[GROUP_SIZE];
    for (size_t count; (count = queue_take(&s->writer, runs)) > 0;)
        runs_do(s, runs, count);
    if (s->writer.conn && !s->writer.conn->is_lost)
        (void)alone(s, lane_end_work); /* only a note for people: nothing depends on it */
    return NULL;
}

bool writer_is_here(const struct store *s)
{
    return pthread_equal(pthread_self(), s->writer.thread);
}

struct err *writer_start(struct arena *a, struct store *s)
{
    struct writer *w = &s->writer;
    w->arena = arena_new();
    TRY(s->driver->open(a, s, CONN_WRITER, &w->conn));
    TRY(migrate(a, s, w->conn));
    TRY(s->driver->guard_audit(w->conn, a));
    TRY(err_copy(a, alone(s, lane_start_work)));
    pthread_mutex_init(&w->mutex, NULL);
    pthread_cond_init(&w->has_work, NULL);
    w->is_running = pthread_create(&w->thread, NULL, writer_main, s) == 0;
    CHECK(w->is_running);
    return NULL;
}

void writer_stop(struct store *s)
{
    struct writer *w = &s->writer;
    if (w->is_running) {
        pthread_mutex_lock(&w->mutex);
        w->is_closing = true;
        pthread_cond_signal(&w->has_work);
        pthread_mutex_unlock(&w->mutex);
        pthread_join(w->thread, NULL);
        w->is_running = false;
    }
    if (w->conn)
        s->driver->close(w->conn);
    w->conn = NULL;
    arena_free(w->arena);
    w->arena = NULL;
}

struct err *store_submit(struct store *s, struct arena *a, store_work work, void *job,
                         void (*done)(void *job, struct err *e))
{
    struct writer *w = &s->writer;
    CHECK(w->is_running); /* not a store that only reads */
    pthread_mutex_lock(&w->mutex);
    bool is_taken = w->count < QUEUE_SIZE && !w->is_closing;
    bool must_wake = is_taken && w->is_asleep;
    if (is_taken) {
        w->queue[(w->first + w->count) % QUEUE_SIZE] =
            (struct job){.work = work, .job = job, .arena = a, .done = done};
        w->count++;
        w->is_asleep = false;
    }
    if (must_wake)
        pthread_cond_signal(&w->has_work);
    pthread_mutex_unlock(&w->mutex);
    if (is_taken)
        return NULL;
    return err_new(a, ERR_BUSY, "store.busy", "", "The office is very busy. Try again in a moment.",
                   "现在办理的人很多，请稍后再试。");
}

/* Waiting ------------------------------------------------------------------------------------ */

struct waiting {
    store_work work;
    void *job;
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    bool is_done;
    struct err *fault;
};

static struct err *waiting_work(struct tx *tx, void *waiting)
{
    struct waiting *w = waiting;
    return w->work(tx, w->job);
}

static void waiting_done(void *waiting, struct err *e)
{
    struct waiting *w = waiting;
    pthread_mutex_lock(&w->mutex);
    w->fault = e;
    w->is_done = true;
    pthread_cond_signal(&w->answered);
    pthread_mutex_unlock(&w->mutex);
}

struct err *store_write(struct store *s, struct arena *a, store_work work, void *job)
{
    CHECK(!writer_is_here(s)); /* it would wait for itself */
    struct waiting w = {.work = work, .job = job};
    pthread_mutex_init(&w.mutex, NULL);
    pthread_cond_init(&w.answered, NULL);
    struct err *e = store_submit(s, a, waiting_work, &w, waiting_done);
    if (!e) {
        pthread_mutex_lock(&w.mutex);
        while (!w.is_done)
            pthread_cond_wait(&w.answered, &w.mutex);
        pthread_mutex_unlock(&w.mutex);
        e = w.fault;
    }
    pthread_cond_destroy(&w.answered);
    pthread_mutex_destroy(&w.mutex);
    return e;
}
