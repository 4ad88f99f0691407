/* Backup under load, and the way back: every row and file acknowledged before it began is there. */
#include "store_help.h"
#include "test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

QUERY(test_note_add, "insert into calendar_years (tenant, year, source, loaded_at) "
                     "values (1, $1, $2, 0)");
QUERY(test_note_get, "select source from calendar_years where tenant = 1 and year = $1");

static struct arena *arena;
static const char *dir;
static struct store *store;

static int opened(void **state)
{
    (void)state;
    arena = arena_new();
    dir = help_dir(arena);
    struct store_options options = {
        .data_dir = text_join(arena, dir, "/live"), .database = "", .now_ms = clock_now_ms};
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

/* One act: a file, and a row that names it. */
struct act {
    int number;
    const char *hash;
};

static struct err *act_work(struct tx *tx, void *job)
{
    const struct act *act = job;
    TRY(store_blob_keep(tx, 1, act->hash));
    return sql_run(tx, &test_note_add, ARGS(sql_int(act->number), sql_text(act->hash)), NULL);
}

static void act_do(int number)
{
    struct arena *a = arena_new();
    struct act act = {.number = number};
    struct upload *u;
    int64_t size;
    assert_null(store_blob_begin(store, a, &u));
    for (int i = 0; i < 50; i++)
        assert_null(store_blob_add(u, &number, sizeof number));
    assert_null(store_blob_finish(u, &act.hash, &size));
    assert_null(store_write(store, a, act_work, &act));
    arena_free(a);
}

static atomic_int done, is_enough;

static void *load_main(void *unused)
{
    (void)unused;
    while (!is_enough) {
        act_do(done);
        done++;
    }
    return NULL;
}

static struct err *note_work(struct tx *tx, void *job)
{
    struct act *act = job;
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &test_note_get, ARGS(sql_int(act->number)), &row, &has_row));
    assert_true(has_row);
    act->hash = rows_text(row, 0);
    return NULL;
}

static void check_restored(const char *from, int count)
{
    const char *to = text_join(arena, dir, "/restored");
    assert_null(store_restore(arena, from, to));
    struct store_options options = {
        .data_dir = to, .database = "", .must_exist = true, .now_ms = clock_now_ms};
    struct store *restored;
    assert_null(store_open(arena, &options, &restored));
    for (int i = 0; i < count; i++) {
        struct act act = {.number = i};
        const void *bytes;
        size_t size;
        assert_null(store_read(restored, arena, note_work, &act));
        assert_null(store_blob_read(restored, arena, 1, act.hash, &bytes, &size));
        assert_memory_equal(bytes, &i, sizeof i);
    }
    store_close(restored);
}

static void a_backup_under_load_holds_what_was_acknowledged(void **state)
{
    (void)state;
    pthread_t load;
    assert_int_equal(pthread_create(&load, NULL, load_main, NULL), 0);
    while (done < 50)
        (void)usleep(1000);
    int acknowledged = done;
    /* As the command does it: beside the running server, through another opening. */
    struct store_options options = {.data_dir = text_join(arena, dir, "/live"),
                                    .database = "",
                                    .must_exist = true,
                                    .only_reads = true,
                                    .now_ms = clock_now_ms};
    struct store *reader;
    assert_null(store_open(arena, &options, &reader));
    const char *to = text_join(arena, dir, "/copy");
    assert_null(store_backup(reader, arena, to));
    store_close(reader);
    is_enough = 1;
    pthread_join(load, NULL);
    check_restored(to, acknowledged);
}

static void expect(struct err *e, const char *code)
{
    assert_non_null(e);
    assert_string_equal(e->code, code);
}

static void half_a_backup_is_none(void **state)
{
    (void)state;
    act_do(1);
    const char *to = text_join(arena, dir, "/copy"), *back = text_join(arena, dir, "/back");
    assert_null(store_backup(store, arena, to));
    expect(store_backup(store, arena, to), "backup.not_empty");
    expect(store_restore(arena, to, text_join(arena, dir, "/live")), "backup.not_empty");
    assert_int_equal(unlink(text_join(arena, to, "/backup")), 0);
    expect(store_restore(arena, to, back), "backup.missing");
}

static void damage_file(const char *path, off_t at)
{
    int fd = open(path, O_RDWR);
    unsigned char c[64];
    assert_true(fd >= 0 && pread(fd, c, sizeof c, at) == (ssize_t)sizeof c);
    for (size_t i = 0; i < sizeof c; i++)
        c[i] ^= 0x5a;
    assert_int_equal(pwrite(fd, c, sizeof c, at), sizeof c);
    (void)close(fd);
}

static void damage_in_a_backup_is_found(void **state)
{
    (void)state;
    act_do(1);
    struct act act = {.number = 1};
    assert_null(store_read(store, arena, note_work, &act));
    const char *first = text_join(arena, dir, "/first"), *second = text_join(arena, dir, "/second");
    assert_null(store_backup(store, arena, first));
    assert_null(store_backup(store, arena, second));
    char folder[11] = {'/', 'b', 'l', 'o', 'b', 's', '/', act.hash[0], act.hash[1], '/', 0};
    damage_file(text_join(arena, first, text_join(arena, folder, act.hash)), 0);
    expect(store_restore(arena, first, text_join(arena, dir, "/a")), "blob.damaged");
    damage_file(text_join(arena, second, "/bangban.db"), 4096 * 3);
    expect(store_restore(arena, second, text_join(arena, dir, "/b")), "store.damaged");
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, opened, closed)
    const struct CMUnitTest tests[] = {
        WITH_STORE(a_backup_under_load_holds_what_was_acknowledged),
        WITH_STORE(half_a_backup_is_none),
        WITH_STORE(damage_in_a_backup_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
