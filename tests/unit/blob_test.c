/* Files: streamed in, named by their hash, given back whole or not at all. */
#include "base/secret.h"
#include "store_help.h"
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <utime.h>

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

static const char *upload(const char *start, size_t size)
{
    struct upload *u;
    const char *hash;
    int64_t kept;
    unsigned char step[70000];
    for (size_t i = 0; i < sizeof step; i++)
        step[i] = (unsigned char)(i * 7 + (size_t)start[0]);
    assert_null(store_blob_begin(store, arena, &u));
    for (size_t done = 0; done < size;) {
        size_t part = size - done < sizeof step ? size - done : sizeof step;
        assert_null(store_blob_add(u, step, part));
        done += part;
    }
    assert_null(store_blob_finish(u, &hash, &kept));
    assert_true(kept == (int64_t)size);
    return hash;
}

static struct err *keep_work(struct tx *tx, void *job)
{
    return store_blob_keep(tx, 1, job);
}

static struct err *keep(const char *hash)
{
    return store_write(store, arena, keep_work, (void *)(uintptr_t)hash);
}

static int files_in(const char *name)
{
    DIR *d = opendir(text_join(arena, dir, name));
    int count = 0;
    for (struct dirent *entry; d && (entry = readdir(d));)
        count += entry->d_name[0] != '.';
    (void)closedir(d);
    return count;
}

static void files_come_back_whole(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 256 * 1024, 256 * 1024 + 1, 1000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const char *hash = upload(&"abcde"[i], sizes[i]);
        const void *bytes;
        size_t size;
        struct err *e = store_blob_read(store, arena, 1, hash, &bytes, &size);
        assert_non_null(e); /* not before a transaction names it */
        assert_int_equal(e->kind, ERR_MISSING);
        assert_null(keep(hash));
        assert_null(keep(hash)); /* again: the same */
        assert_null(store_blob_read(store, arena, 1, hash, &bytes, &size));
        assert_int_equal(size, sizes[i]);
        assert_string_equal(secret_sha256_hex(arena, bytes, size), hash);
        e = store_blob_read(store, arena, 2, hash, &bytes, &size);
        assert_non_null(e); /* another township's */
        assert_int_equal(e->kind, ERR_MISSING);
    }
}

static void unknown_files_cannot_be_kept(void **state)
{
    (void)state;
    struct err *e = keep("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_non_null(e);
    assert_string_equal(e->code, "blob.missing");
}

static void a_dropped_upload_leaves_nothing(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct upload *u;
    assert_null(store_blob_begin(store, a, &u));
    assert_null(store_blob_add(u, "abc", 3));
    assert_int_equal(files_in("/tmp"), 1);
    arena_free(a); /* the request ends */
    assert_int_equal(files_in("/tmp"), 0);
}

static void damage_is_found_and_not_served(void **state)
{
    (void)state;
    if (help_is_postgres_run())
        return; /* the pages are PostgreSQL's to check */
    static const struct {
        int flip_at, cut_to;
        bool is_removed;
    } rows[] = {{0, -1, false}, {99999, -1, false}, {-1, 50000, false}, {-1, -1, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *hash = upload(&"pqrst"[i], 100000);
        assert_null(keep(hash));
        char folder[4] = {'/', hash[0], hash[1], 0};
        const char *path = text_join(
            arena, dir,
            text_join(arena, "/blobs", text_join(arena, folder, text_join(arena, "/", hash))));
        int fd = open(path, O_RDWR);
        assert_true(fd >= 0);
        unsigned char c;
        if (rows[i].flip_at >= 0) {
            assert_int_equal(pread(fd, &c, 1, rows[i].flip_at), 1);
            c ^= 1;
            assert_int_equal(pwrite(fd, &c, 1, rows[i].flip_at), 1);
        }
        if (rows[i].cut_to >= 0)
            assert_int_equal(ftruncate(fd, rows[i].cut_to), 0);
        if (rows[i].is_removed)
            assert_int_equal(unlink(path), 0);
        (void)close(fd);
        const void *bytes = "untouched";
        size_t size;
        struct err *e = store_blob_read(store, arena, 1, hash, &bytes, &size);
        assert_non_null(e);
        assert_string_equal(e->code, "blob.damaged");
        assert_string_equal(bytes, "untouched");
        (void)upload(&"pqrst"[i], 100000); /* sent again, it is whole again */
        assert_null(store_blob_read(store, arena, 1, hash, &bytes, &size));
    }
}

/* A day later: what nobody named is gone, what a row names stays. */
QUERY(test_tenant_add,
      "insert into tenants (tenant, code, name, time_zone, utc_offset_min, phone, settings, "
      "secret, created_at) values (1, '1', '', '', 480, '', '', $1, 0)");

static struct err *tenant_work(struct tx *tx, void *job)
{
    (void)job;
    return sql_run(tx, &test_tenant_add, ARGS(sql_bytes("x", 1)), NULL);
}

static void make_old(const char *hash)
{
    char folder[4] = {'/', hash[0], hash[1], 0};
    const char *path = text_join(
        arena, dir,
        text_join(arena, "/blobs", text_join(arena, folder, text_join(arena, "/", hash))));
    struct utimbuf old = {.actime = 1000000, .modtime = 1000000};
    assert_int_equal(utime(path, &old), 0);
}

static int blob_files(void)
{
    int count = 0;
    for (unsigned i = 0; i < 256; i++) {
        char name[12];
        (void)snprintf(name, sizeof name, "/blobs/%02x", i);
        count += files_in(name);
    }
    return count;
}

static void orphans_are_swept_when_old(void **state)
{
    (void)state;
    if (help_is_postgres_run())
        return;
    assert_null(store_write(store, arena, tenant_work, NULL));
    const char *named = upload("a", 10), *orphan = upload("b", 10);
    (void)upload("c", 10); /* an orphan too, but young */
    assert_null(keep(named));
    make_old(named);
    make_old(orphan);
    store_close(store);
    struct store_options options = help_options(dir);
    assert_null(store_open(arena, &options, &store));
    for (int i = 0; i < 1000 && blob_files() > 2; i++)
        (void)usleep(1000);
    store_close(store); /* the sweeper has ended */
    assert_null(store_open(arena, &options, &store));
    assert_int_equal(blob_files(), 2);
    const void *bytes;
    size_t size;
    assert_null(store_blob_read(store, arena, 1, named, &bytes, &size));
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, opened, closed)
    const struct CMUnitTest tests[] = {
        WITH_STORE(files_come_back_whole),           WITH_STORE(unknown_files_cannot_be_kept),
        WITH_STORE(a_dropped_upload_leaves_nothing), WITH_STORE(damage_is_found_and_not_served),
        WITH_STORE(orphans_are_swept_when_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
