/* The writer: what is promised is kept, what fails undoes only itself. Also built with
 * -Db_sanitize=thread. */
#include "store_help.h"
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

QUERY(test_part_add, "insert into blob_chunks (tenant, hash, number, bytes) "
                     "values ($1, $2, $3, $4)");
QUERY(test_part_count, "select count(*), coalesce(sum(number), 0) from blob_chunks "
                       "where tenant = $1");

static struct arena *arena;
static const char *dir;
static struct store *store;

static int opened(void **state)
{
    (void)state;
    arena = arena_new();
    dir = help_dir(arena);
    struct store_options options = help_options(dir);
    return store_open(arena, &options, &store) ? -1 : 0;
}

static int closed(void **state)
{
    (void)state;
    store_close(store);
    help_remove(dir);
    arena_free(arena);
    return 0;
}

struct part {
    int64_t tenant, number;
    const char *hash;
    size_t size;
    bool fails;
    atomic_int answers;
    bool is_kept;
    struct arena *arena;
};

static struct err *part_work(struct tx *tx, void *job)
{
    const struct part *p = job;
    unsigned char *bytes = arena_alloc(tx_arena(tx), p->size + 1);
    TRY(sql_run(
        tx, &test_part_add,
        ARGS(sql_int(p->tenant), sql_text(p->hash), sql_int(p->number), sql_bytes(bytes, p->size)),
        NULL));
    /* After its write: the write must be undone. */
    if (p->fails)
        return err_new(tx_arena(tx), ERR_CONFLICT, "test.fails", "", "No.", "不。");
    return NULL;
}

static void part_done(void *job, struct err *e)
{
    struct part *p = job;
    p->is_kept = !e;
    p->answers++;
}

struct sums {
    int64_t count, sum;
};

static struct err *sums_work(struct tx *tx, void *job)
{
    struct sums *s = job;
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &test_part_count, ARGS(sql_int(1)), &row, &has_row));
    s->count = rows_int(row, 0);
    s->sum = rows_int(row, 1);
    return NULL;
}

static struct sums sums_read(void)
{
    struct sums s;
    assert_null(store_read(store, arena, sums_work, &s));
    return s;
}

enum { SUBMITTERS = 8, PARTS = 200 };

struct submitter {
    pthread_t thread;
    int number;
    struct part parts[PARTS];
};

static void *submitter_main(void *submitter)
{
    struct submitter *s = submitter;
    for (int i = 0; i < PARTS; i++) {
        struct part *p = &s->parts[i];
        *p = (struct part){
            .tenant = 1, .hash = "h", .number = s->number * PARTS + i, .fails = i % 7 == 3};
        p->arena = arena_new();
        while (store_submit(store, p->arena, part_work, p, part_done))
            continue;
        if (i % 16 == 0) /* some wait, some run ahead */
            while (p->answers == 0)
                (void)usleep(100);
    }
    return NULL;
}

static void rows_kept_are_rows_promised(void **state)
{
    (void)state;
    struct submitter *all = arena_array(arena, SUBMITTERS, sizeof *all);
    for (int i = 0; i < SUBMITTERS; i++) {
        all[i].number = i;
        assert_int_equal(pthread_create(&all[i].thread, NULL, submitter_main, &all[i]), 0);
    }
    for (int i = 0; i < SUBMITTERS; i++)
        pthread_join(all[i].thread, NULL);
    store_close(store); /* waits for what is queued */
    struct store_options options = help_options(dir);
    assert_null(store_open(arena, &options, &store));
    struct sums promised = {0};
    for (int i = 0; i < SUBMITTERS; i++) {
        for (int k = 0; k < PARTS; k++) {
            struct part *p = &all[i].parts[k];
            assert_int_equal(p->answers, 1);
            assert_int_equal(p->is_kept, !p->fails);
            promised.count += p->is_kept;
            promised.sum += p->is_kept ? p->number : 0;
            arena_free(p->arena);
        }
    }
    struct sums kept = sums_read();
    assert_true(kept.count == promised.count && kept.sum == promised.sum);
    assert_true(kept.count < SUBMITTERS * PARTS);
}

/* A lane's state follows the work: what is undone is undone there too. */
struct chain_job {
    int64_t add;
    bool fails;
    int64_t seen;
};

static struct err *chain_work(struct tx *tx, void *job)
{
    struct chain_job *c = job;
    int64_t *head = tx_lane_state(tx, sizeof *head);
    *head += c->add;
    c->seen = *head;
    if (c->fails)
        return err_new(tx_arena(tx), ERR_INVALID, "test.fails", "", "No.", "不。");
    return NULL;
}

static void lane_state_is_undone_with_its_work(void **state)
{
    (void)state;
    struct chain_job rows[] = {{1, false, 1}, {10, true, 11}, {100, false, 101}, {0, false, 101}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct chain_job job = rows[i];
        struct err *e = store_write(store, arena, chain_work, &job);
        assert_int_equal(e != NULL, rows[i].fails);
        assert_int_equal(job.seen, rows[i].seen);
    }
}

/* The writer held up, so that the queue fills. */
struct gate {
    pthread_mutex_t mutex;
    atomic_int is_held;
};

static struct err *gate_work(struct tx *tx, void *job)
{
    struct gate *g = job;
    (void)tx;
    g->is_held = 1;
    pthread_mutex_lock(&g->mutex);
    pthread_mutex_unlock(&g->mutex);
    return NULL;
}

static void ignore_done(void *job, struct err *e)
{
    (void)job;
    assert_null(e);
}

static struct err *nothing_work(struct tx *tx, void *job)
{
    (void)tx;
    (*(int *)job)++;
    return NULL;
}

static void a_full_queue_is_told_and_nothing_is_lost(void **state)
{
    (void)state;
    struct gate gate = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    pthread_mutex_lock(&gate.mutex);
    assert_null(store_submit(store, arena, gate_work, &gate, ignore_done));
    while (!gate.is_held)
        (void)usleep(100);
    int ran = 0, queued = 0;
    struct err *e = NULL;
    while (!e && queued < 100000) {
        e = store_submit(store, arena, nothing_work, &ran, ignore_done);
        queued += !e;
    }
    struct store_counts counts;
    store_count(store, &counts);
    assert_int_equal(counts.waiting, queued);
    pthread_mutex_unlock(&gate.mutex);
    assert_non_null(e);
    assert_int_equal(e->kind, ERR_BUSY);
    struct part last = {.tenant = 1, .hash = "x", .number = 7};
    while ((e = store_write(store, arena, part_work, &last)) && e->kind == ERR_BUSY)
        (void)usleep(1000);
    assert_null(e);
    assert_int_equal(ran, queued);
}

/* A disk that is full: what does not fit is refused, the rest is kept, and it recovers. */
static void a_full_disk_is_told_and_left_behind(void **state)
{
    (void)state;
    if (help_is_postgres_run())
        return;
    struct part first = {.tenant = 1, .hash = "a", .number = 1, .size = 100};
    assert_null(store_write(store, arena, part_work, &first));
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit before, small = {.rlim_cur = 3 * 1024 * 1024, .rlim_max = RLIM_INFINITY};
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct part big = {.tenant = 1, .hash = "b", .number = 2, .size = 4 * 1024 * 1024};
    struct err *e = store_write(store, arena, part_work, &big);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_non_null(e);
    assert_int_equal(e->kind, ERR_FULL);
    assert_int_equal(sums_read().count, 1);
    big.number = 3;
    assert_null(store_write(store, arena, part_work, &big));
    assert_int_equal(sums_read().sum, 4);
}

/* In one group: the job that does not fit must not take the others with it. */
static void a_job_that_does_not_fit_goes_alone(void **state)
{
    (void)state;
    if (help_is_postgres_run())
        return;
    (void)signal(SIGXFSZ, SIG_IGN);
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){.rlim_cur = 3 * 1024 * 1024, .rlim_max = before.rlim_max};
    struct gate gate = {.mutex = PTHREAD_MUTEX_INITIALIZER};
    pthread_mutex_lock(&gate.mutex);
    assert_null(store_submit(store, arena, gate_work, &gate, ignore_done));
    while (!gate.is_held)
        (void)usleep(100);
    struct part parts[5] = {0};
    for (int i = 0; i < 5; i++) {
        parts[i] = (struct part){
            .tenant = 1, .hash = "h", .number = i, .size = i == 2 ? 4 * 1024 * 1024 : 10};
        assert_null(store_submit(store, arena, part_work, &parts[i], part_done));
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    pthread_mutex_unlock(&gate.mutex);
    for (int i = 0; i < 5; i++)
        while (parts[i].answers == 0)
            (void)usleep(100);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(parts[i].is_kept, i != 2);
    assert_int_equal(sums_read().count, 4);
}

/* A reader's snapshot stands still while the writer goes on. */
static struct err *snapshot_work(struct tx *tx, void *job)
{
    struct part *next = job;
    struct sums before, after;
    TRY(sums_work(tx, &before));
    struct arena *a = arena_new();
    struct err *e = store_write(store, a, part_work, next);
    assert_null(e);
    arena_free(a);
    TRY(sums_work(tx, &after));
    assert_true(before.count == after.count);
    return NULL;
}

static void a_snapshot_stands_still(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct part next = {.tenant = 1, .hash = "h", .number = i};
        assert_null(store_read(store, arena, snapshot_work, &next));
        assert_int_equal(sums_read().count, i + 1);
    }
}

/* On PostgreSQL only ----------------------------------------------------------------------------
 */

static struct err *lane_work(struct tx *tx, void *job)
{
    *(int64_t *)job = tx_lane(tx);
    return nothing_work(tx, &(int){0});
}

/* The operator ends all connections: one answer "send it again", then all is well, on a new lane.
 */
static void a_lost_connection_is_told_and_opened_again(void **state)
{
    (void)state;
    if (!store_is_postgres(store))
        return;
    struct part part = {.tenant = 1, .hash = "h", .number = 1};
    int64_t before = 0, after = 0;
    assert_null(store_write(store, arena, lane_work, &before));
    assert_null(store_write(store, arena, part_work, &part));
    assert_int_equal(sums_read().count, 1);
    assert_int_equal(system("psql -qAtc \"select pg_terminate_backend(pid) from pg_stat_activity "
                            "where pid <> pg_backend_pid() and usename = current_user\" "
                            ">/dev/null"),
                     0);
    part.number = 2;
    struct err *e = store_write(store, arena, part_work, &part);
    assert_non_null(e);
    assert_string_equal(e->code, "store.down");
    assert_null(store_write(store, arena, part_work, &part));
    assert_null(store_write(store, arena, lane_work, &after));
    assert_true(after > before);
    assert_int_equal(sums_read().count, 2); /* idle readers had died too */
}

static void an_unsafe_server_is_refused(void **state)
{
    (void)state;
    if (!store_is_postgres(store) || getenv("POSTGRES_SAFE"))
        return;
    struct store_options options = help_options(text_join(arena, dir, "/second"));
    options.database = "postgres://";
    struct store *second = NULL;
    struct err *e = store_open(arena, &options, &second);
    assert_non_null(e);
    assert_string_equal(e->code, "store.unsafe");
    assert_null(second);
}

QUERY(test_part_touch,
      "update blob_chunks set number = number + 10 where tenant = 1 and hash = $1");

/* Two servers on one database take two rows in opposite order: one is the victim, runs again alone,
 * and both succeed. */
struct crossing {
    const char *first, *second;
    atomic_int *holding;
    int runs;
};

static struct err *crossing_work(struct tx *tx, void *job)
{
    struct crossing *c = job;
    int64_t changed;
    TRY(sql_run(tx, &test_part_touch, ARGS(sql_text(c->first)), &changed));
    if (c->runs++ == 0) {
        (*c->holding)++;
        for (int i = 0; i < 2000 && *c->holding < 2; i++)
            (void)usleep(1000);
    }
    return sql_run(tx, &test_part_touch, ARGS(sql_text(c->second)), &changed);
}

struct crossing_thread {
    struct store *store;
    struct crossing crossing;
    bool is_kept;
};

static void *crossing_main(void *thread)
{
    struct crossing_thread *t = thread;
    struct arena *a = arena_new();
    t->is_kept = !store_write(t->store, a, crossing_work, &t->crossing);
    arena_free(a);
    return NULL;
}

static void a_deadlock_is_run_again_alone(void **state)
{
    (void)state;
    if (!store_is_postgres(store))
        return;
    struct store_options options = help_options(text_join(arena, dir, "/second"));
    struct store *second;
    assert_null(store_open(arena, &options, &second));
    struct part a = {.tenant = 1, .hash = "a", .number = 1}, b = {.tenant = 1, .hash = "b"};
    assert_null(store_write(store, arena, part_work, &a));
    assert_null(store_write(second, arena, part_work, &b));
    atomic_int holding = 0;
    struct crossing_thread threads[2] = {
        {store, {"a", "b", &holding, 0}, false},
        {second, {"b", "a", &holding, 0}, false},
    };
    pthread_t ids[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&ids[i], NULL, crossing_main, &threads[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(ids[i], NULL);
    assert_true(threads[0].is_kept && threads[1].is_kept);
    /* PostgreSQL ends one of the two, or, when both look at the same moment, both. */
    assert_in_range(threads[0].crossing.runs + threads[1].crossing.runs, 3, 4);
    assert_int_equal(sums_read().sum, 1 + 4 * 10);
    store_close(second);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, opened, closed)
    const struct CMUnitTest tests[] = {
        WITH_STORE(rows_kept_are_rows_promised),
        WITH_STORE(lane_state_is_undone_with_its_work),
        WITH_STORE(a_full_queue_is_told_and_nothing_is_lost),
        WITH_STORE(a_full_disk_is_told_and_left_behind),
        WITH_STORE(a_job_that_does_not_fit_goes_alone),
        WITH_STORE(a_snapshot_stands_still),
        WITH_STORE(a_lost_connection_is_told_and_opened_again),
        WITH_STORE(an_unsafe_server_is_refused),
        WITH_STORE(a_deadlock_is_run_again_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
