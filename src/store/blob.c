/* Files. On SQLite they lie beside the database, named by their SHA-256: written to tmp/, synced,
 * renamed, folder synced, and only then may a transaction name them. On PostgreSQL they wait in
 * tmp/ until store_blob_keep puts them into chunks. What no row names is swept once it is a day
 * old. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/inner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, HASH_TEXT = SECRET_HASH * 2, OLD_SECONDS = 24 * 60 * 60 };

struct upload {
    struct store *store;
    struct arena *arena;
    const char *path;
    int fd; /* -1: finished or dropped */
    int64_t size;
    struct secret_sha256_state hash;
};

QUERY(blob_insert, "insert into blobs (tenant, hash, size, created_at) values ($1, $2, $3, $4) "
                   "on conflict (tenant, hash) do nothing");
QUERY(blob_chunk_insert,
      "insert into blob_chunks (tenant, hash, number, bytes) values ($1, $2, $3, $4)");
QUERY(blob_size, "select size from blobs where tenant = $1 and hash = $2");
QUERY(blob_chunk_list,
      "select bytes from blob_chunks where tenant = $1 and hash = $2 order by number");
QUERY(blob_is_named, "select 1 from tenants t join blobs b on b.tenant = t.tenant and b.hash = $1 "
                     "limit 1");

static bool is_hash(const char *text)
{
    return strlen(text) == HASH_TEXT && strspn(text, "0123456789abcdef") == HASH_TEXT;
}

static const char *blob_path(struct store *s, struct arena *a, const char *hash)
{
    CHECK(is_hash(hash));
    if (s->driver->is_postgres)
        return store_path(s, a, text_print(a, "tmp/%s", hash));
    return store_path(s, a, text_print(a, "blobs/%.*s/%s", 2, hash, hash));
}

/* Receiving ---------------------------------------------------------------------------------- */

static struct err *write_fault(struct arena *a)
{
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        return store_fault_full(a);
    return err_new(a, ERR_INTERNAL, "blob.write", "", "The file could not be written: %s.",
                   "文件写不进去：%s。", strerror(errno));
}

static void upload_drop(void *upload)
{
    store_blob_drop(upload);
}

struct err *store_blob_begin(struct store *s, struct arena *a, struct upload **out)
{
    unsigned char name[16];
    secret_random(name, sizeof name);
    struct upload *u = arena_alloc(a, sizeof *u);
    u->store = s;
    u->arena = a;
    u->path = store_path(s, a, text_print(a, "tmp/part-%s", secret_hex(a, name, sizeof name)));
    u->fd = open(u->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (u->fd < 0)
        return write_fault(a);
    arena_defer(a, upload_drop, u);
    secret_sha256_start(&u->hash);
    *out = u;
    return NULL;
}

struct err *store_blob_add(struct upload *u, const void *bytes, size_t size)
{
    CHECK(u->fd >= 0);
    secret_sha256_add(&u->hash, bytes, size);
    u->size += (int64_t)size;
    for (const char *at = bytes; size > 0;) {
        ssize_t written = write(u->fd, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            struct err *e = write_fault(u->arena);
            store_blob_drop(u);
            return e;
        }
        at += written;
        size -= (size_t)written;
    }
    return NULL;
}

/* The mutex keeps the sweeper from taking an old file of the same name between its look at the age
 * and its removal. */
static struct err *upload_name(struct upload *u, const char *hash)
{
    struct store *s = u->store;
    const char *path = blob_path(s, u->arena, hash);
    pthread_mutex_lock(&s->blob_mutex);
    bool is_named = rename(u->path, path) == 0;
    pthread_mutex_unlock(&s->blob_mutex);
    if (!is_named)
        return write_fault(u->arena);
    u->path = path;
    if (s->driver->is_postgres)
        return NULL;
    return directory_sync(u->arena, s,
                          store_path(s, u->arena, text_print(u->arena, "blobs/%.*s", 2, hash)));
}

struct err *store_blob_finish(struct upload *u, const char **hash_out, int64_t *size_out)
{
    CHECK(u->fd >= 0);
    unsigned char bytes[SECRET_HASH];
    secret_sha256_end(&u->hash, bytes);
    const char *hash = secret_hex(u->arena, bytes, sizeof bytes);
    if (!u->store->driver->is_postgres)
        TRY(file_sync(u->arena, u->store, u->fd, u->path));
    TRY(upload_name(u, hash));
    (void)close(u->fd);
    u->fd = -1;
    *hash_out = hash;
    *size_out = u->size;
    return NULL;
}

void store_blob_drop(struct upload *u)
{
    if (u->fd < 0)
        return;
    (void)close(u->fd);
    u->fd = -1;
    (void)unlink(u->path); /* the sweeper takes what stays */
}

/* Keeping ------------------------------------------------------------------------------------ */

static void fd_close(void *fd)
{
    (void)close(*(int *)fd);
}

static struct err *blob_open(struct arena *a, const char *path, int *fd_out, int64_t *size_out)
{
    int *fd = arena_alloc(a, sizeof *fd);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (*fd >= 0)
        arena_defer(a, fd_close, fd);
    if ((*fd < 0 && errno != ENOENT) || (*fd >= 0 && fstat(*fd, &st) != 0))
        return store_fault_io(a);
    if (*fd < 0)
        return err_new(a, ERR_MISSING, "blob.missing", "", "This file is not here. Send it again.",
                       "这个文件不在了，请重新发送。");
    *fd_out = *fd;
    *size_out = st.st_size;
    return NULL;
}

/* All of size bytes, or fewer at the end of the file. */
static bool read_whole(int fd, char *to, size_t size, size_t *got_out)
{
    size_t got = 0;
    while (got < size) {
        ssize_t part = read(fd, to + got, size - got);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return false;
        if (part == 0)
            break;
        got += (size_t)part;
    }
    *got_out = got;
    return true;
}

static struct err *blob_damaged(struct arena *a)
{
    return err_new(a, ERR_INTERNAL, "blob.damaged", "",
                   "The file is damaged. Restore it from a backup.", "文件已损坏，请用备份恢复。");
}

static struct err *chunks_write(struct tx *tx, int64_t tenant, const char *hash, int fd)
{
    char *bytes = arena_alloc(tx->arena, CHUNK);
    size_t got = 0;
    for (int64_t number = 0;; number++) {
        if (!read_whole(fd, bytes, CHUNK, &got))
            return blob_damaged(tx->arena);
        if (got == 0)
            return NULL;
        TRY(sql_run(tx, &blob_chunk_insert,
                    ARGS(sql_int(tenant), sql_text(hash), sql_int(number), sql_bytes(bytes, got)),
                    NULL));
    }
}

struct err *store_blob_keep(struct tx *tx, int64_t tenant, const char *hash)
{
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &blob_size, ARGS(sql_int(tenant), sql_text(hash)), &row, &has_row));
    if (has_row)
        return NULL;
    int fd;
    int64_t size, changed;
    TRY(blob_open(tx->arena, blob_path(tx->store, tx->arena, hash), &fd, &size));
    TRY(sql_run(tx, &blob_insert,
                ARGS(sql_int(tenant), sql_text(hash), sql_int(size), sql_int(tx->now_ms)),
                &changed));
    if (changed == 0 || !tx->store->driver->is_postgres)
        return NULL;
    return chunks_write(tx, tenant, hash, fd);
}

/* Reading ------------------------------------------------------------------------------------ */

struct blob_job {
    int64_t tenant;
    const char *hash;
    int64_t size;
    struct buf bytes;
};

static struct err *blob_find_work(struct tx *tx, void *job)
{
    struct blob_job *j = job;
    struct sql_arg args[] = {sql_int(j->tenant), sql_text(j->hash)};
    struct rows *rows;
    bool has_row;
    TRY(sql_row(tx, &blob_size, args, 2, &rows, &has_row));
    if (!has_row)
        return err_new(tx->arena, ERR_MISSING, "blob.missing", "", "There is no such file.",
                       "没有这个文件。");
    j->size = rows_int(rows, 0);
    if (!tx->store->driver->is_postgres)
        return NULL;
    TRY(sql_rows(tx, &blob_chunk_list, args, 2, &rows));
    while (rows_next(rows)) {
        size_t size;
        const void *bytes = rows_bytes(rows, 0, &size);
        buf_bytes(&j->bytes, bytes, size);
    }
    return rows_end(rows);
}

static struct err *file_read(struct store *s, struct arena *a, struct blob_job *j)
{
    int fd;
    int64_t size;
    struct err *e = blob_open(a, blob_path(s, a, j->hash), &fd, &size);
    if (e || size != j->size)
        return blob_damaged(a);
    char *bytes = buf_reserve(&j->bytes, (size_t)size);
    return read_whole(fd, bytes, (size_t)size, &j->bytes.size) ? NULL : blob_damaged(a);
}

struct err *store_blob_read(struct store *s, struct arena *a, int64_t tenant, const char *hash,
                            const void **bytes_out, size_t *size_out)
{
    struct blob_job j = {.tenant = tenant, .hash = hash};
    buf_init(&j.bytes, a);
    TRY(store_read(s, a, blob_find_work, &j));
    if (!s->driver->is_postgres)
        TRY(file_read(s, a, &j));
    const char *bytes = buf_text(&j.bytes);
    if (!text_equal(secret_sha256_hex(a, bytes, j.bytes.size), hash))
        return blob_damaged(a);
    *bytes_out = bytes;
    *size_out = j.bytes.size;
    return NULL;
}

/* Sweeping ----------------------------------------------------------------------------------- */

static bool is_old(const struct store *s, const char *path)
{
    struct stat st;
    (void)s;
    /* The file's own clock: the store's may be a test's. */
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime + OLD_SECONDS < time(NULL);
}

static struct err *named_work(struct tx *tx, void *job)
{
    struct blob_job *j = job;
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &blob_is_named, ARGS(sql_text(j->hash)), &row, &has_row));
    j->size = has_row;
    return NULL;
}

static void sweep_file(struct store *s, struct arena *a, const char *dir, const char *name)
{
    const char *path = text_print(a, "%s/%s", dir, name);
    if (!is_old(s, path))
        return;
    struct blob_job j = {.hash = name, .size = 0};
    pthread_mutex_lock(&s->blob_mutex);
    bool is_sure = !is_hash(name) || s->driver->is_postgres || !store_read(s, a, named_work, &j);
    if (is_sure && j.size == 0 && is_old(s, path))
        (void)unlink(path);
    pthread_mutex_unlock(&s->blob_mutex);
}

static void sweep_folder(struct store *s, const char *dir)
{
    DIR *d = opendir(dir);
    if (!d)
        return;
    struct arena *a = arena_new();
    for (struct dirent *entry; !s->is_closing && (entry = readdir(d));) {
        sweep_file(s, a, dir, entry->d_name);
        arena_reset(a);
    }
    arena_free(a);
    (void)closedir(d);
}

static void *sweeper_main(void *store)
{
    struct store *s = store;
    struct arena *a = arena_new();
    sweep_folder(s, store_path(s, a, "tmp"));
    for (unsigned i = 0; i < 256 && !s->is_closing && !s->driver->is_postgres; i++)
        sweep_folder(s, store_path(s, a, text_print(a, "blobs/%02x", i)));
    arena_free(a);
    return NULL;
}

/* All folders are there, and surely so, before the first file is named. */
static struct err *folders_make(struct arena *a, struct store *s)
{
    TRY(directory_make(a, store_path(s, a, "tmp")));
    if (s->driver->is_postgres)
        return NULL;
    TRY(directory_make(a, store_path(s, a, "blobs")));
    for (unsigned i = 0; i < 256; i++)
        TRY(directory_make(a, store_path(s, a, text_print(a, "blobs/%02x", i))));
    TRY(directory_sync(a, s, store_path(s, a, "blobs")));
    return directory_sync(a, s, s->options.data_dir);
}

struct err *blob_start(struct arena *a, struct store *s)
{
    TRY(folders_make(a, s));
    s->has_sweeper = pthread_create(&s->sweeper, NULL, sweeper_main, s) == 0;
    CHECK(s->has_sweeper);
    return NULL;
}

void blob_stop(struct store *s)
{
    if (s->has_sweeper)
        pthread_join(s->sweeper, NULL);
    s->has_sweeper = false;
}
