/* A copy of everything, made while the office works, and the way back. The database is copied out
 * of one snapshot; then every file that the copy names, checked against its hash. The file "backup"
 * is written last: a folder without it is no backup. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/inner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP = 256 * 1024 };

static const char marker_name[] = "backup";
static const char marker_text[] = "bangban backup 1\n";

QUERY(blob_hash_list, "select distinct hash from blobs order by hash");

static const char *path_in(struct arena *a, const char *dir, const char *name)
{
    return text_print(a, "%s/%s", dir, name);
}

static struct err *copy_fault(struct arena *a, const char *path)
{
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        return store_fault_full(a);
    return err_new(a, ERR_INTERNAL, "backup.file", path, "Cannot copy %s: %s.", "复制不了 %s：%s。",
                   path, strerror(errno));
}

/* Folders ------------------------------------------------------------------------------------ */

static bool is_empty(const char *dir)
{
    DIR *d = opendir(dir);
    bool is_alone = true;
    for (struct dirent *entry; d && (entry = readdir(d));)
        if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, ".."))
            is_alone = false;
    if (d)
        (void)closedir(d);
    return is_alone;
}

static struct err *target_make(struct arena *a, const char *dir)
{
    TRY(directory_make(a, dir));
    if (!is_empty(dir))
        return err_new(a, ERR_CONFLICT, "backup.not_empty", dir,
                       "The folder %s is not empty. Choose a new one.",
                       "目录 %s 不是空的，请换一个新目录。", dir);
    TRY(directory_make(a, path_in(a, dir, "blobs")));
    for (unsigned i = 0; i < 256; i++)
        TRY(directory_make(a, path_in(a, dir, text_print(a, "blobs/%02x", i))));
    return NULL;
}

/* All of the folder's file system, which costs one wait instead of one per file. */
static struct err *all_sync(struct arena *a, const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return copy_fault(a, dir);
    bool is_synced = syncfs(fd) == 0;
    (void)close(fd);
    return is_synced ? NULL : copy_fault(a, dir);
}

/* Files -------------------------------------------------------------------------------------- */

struct copy {
    int from, to;
    struct secret_sha256_state hash;
};

static void copy_close(void *copy)
{
    struct copy *c = copy;
    if (c->from >= 0)
        (void)close(c->from);
    if (c->to >= 0)
        (void)close(c->to);
}

static bool write_whole(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool copy_bytes(struct arena *a, struct copy *c)
{
    char *bytes = arena_alloc(a, STEP);
    for (;;) {
        ssize_t got = read(c->from, bytes, STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        secret_sha256_add(&c->hash, bytes, (size_t)got);
        if (!write_whole(c->to, bytes, (size_t)got))
            return false;
    }
}

/* hash_out: of what was copied, hex. */
static struct err *file_copy(struct arena *a, const char *from, const char *to,
                             const char **hash_out)
{
    struct copy *c = arena_alloc(a, sizeof *c);
    *c = (struct copy){.from = -1, .to = -1};
    arena_defer(a, copy_close, c);
    c->from = open(from, O_RDONLY | O_CLOEXEC);
    if (c->from < 0)
        return copy_fault(a, from);
    c->to = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (c->to < 0)
        return copy_fault(a, to);
    secret_sha256_start(&c->hash);
    if (!copy_bytes(a, c))
        return copy_fault(a, from);
    unsigned char hash[SECRET_HASH];
    secret_sha256_end(&c->hash, hash);
    *hash_out = secret_hex(a, hash, sizeof hash);
    return NULL;
}

struct blob_copy {
    const char *from, *to;
};

static struct err *blob_copy(const struct blob_copy *c, struct arena *a, const char *hash)
{
    const char *name = text_print(a, "blobs/%.*s/%s", 2, hash, hash), *copied;
    TRY(file_copy(a, path_in(a, c->from, name), path_in(a, c->to, name), &copied));
    if (text_equal(copied, hash))
        return NULL;
    return err_new(a, ERR_INTERNAL, "blob.damaged", name, "The file %s is damaged.",
                   "文件 %s 已损坏。", name);
}

static struct err *blobs_copy_work(struct tx *tx, void *job)
{
    struct rows *rows;
    struct arena *each = arena_new();
    struct err *e = sql_rows(tx, &blob_hash_list, NO_ARGS, &rows);
    while (!e && rows_next(rows)) {
        e = err_copy(tx->arena, blob_copy(job, each, rows_text(rows, 0)));
        arena_reset(each);
    }
    arena_free(each);
    return e ? e : rows_end(rows);
}

/* The files that a database names, read from the copy: it is the truth of what must be there. */
static struct err *blobs_copy(struct arena *a, const char *database_dir, const char *from,
                              const char *to, int64_t (*now_ms)(void *), void *self)
{
    const struct store_options options = {.data_dir = database_dir,
                                          .database = "",
                                          .must_exist = true,
                                          .only_reads = true,
                                          .now_ms = now_ms,
                                          .self = self};
    struct store *copy;
    TRY(store_open(a, &options, &copy));
    struct blob_copy job = {.from = from, .to = to};
    struct err *e = store_read(copy, a, blobs_copy_work, &job);
    store_close(copy);
    return e;
}

/* What else stands in the folder: keys, checkpoints. Not the database, which has its own way. */
static bool is_plain_file(const char *path, const char *name)
{
    struct stat st;
    return !text_starts(name, "bangban.db") && !text_equal(name, "lock") &&
           !text_equal(name, marker_name) && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static struct err *files_copy(struct arena *a, const char *from, const char *to)
{
    struct err *e = NULL;
    DIR *d = opendir(from);
    if (!d)
        return copy_fault(a, from);
    for (struct dirent *entry; !e && (entry = readdir(d));) {
        const char *path = path_in(a, from, entry->d_name), *hash;
        if (is_plain_file(path, entry->d_name))
            e = file_copy(a, path, path_in(a, to, entry->d_name), &hash);
    }
    (void)closedir(d);
    return e;
}

static struct err *marker_write(struct arena *a, const char *dir)
{
    const char *path = path_in(a, dir, marker_name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return copy_fault(a, path);
    bool is_written = write_whole(fd, marker_text, sizeof marker_text - 1);
    (void)close(fd);
    return is_written ? all_sync(a, dir) : copy_fault(a, path);
}

struct err *store_backup(struct store *s, struct arena *a, const char *to_dir)
{
    if (s->driver->is_postgres)
        return err_new(a, ERR_INVALID, "backup.postgres", "",
                       "This data lies in PostgreSQL: back it up with pg_dump.",
                       "数据在 PostgreSQL 中，请用 pg_dump 备份。");
    TRY(target_make(a, to_dir));
    const char *database = path_in(a, to_dir, "bangban.db");
    /* Files first: a checkpoint of the audit newer than the rows would look like a cut. */
    TRY(files_copy(a, s->options.data_dir, to_dir));
    TRY(s->driver->copy(s, a, database));
    TRY(s->driver->check(a, database)); /* damage is told now, not on the day of the restore */
    TRY(blobs_copy(a, to_dir, s->options.data_dir, to_dir, s->options.now_ms, s->options.self));
    TRY(all_sync(a, to_dir));
    return marker_write(a, to_dir);
}

static int64_t no_time(void *self)
{
    (void)self;
    return 0;
}

/* The database gets its name last: a restore that was cut off leaves a folder nobody opens. */
struct err *store_restore(struct arena *a, const char *from_dir, const char *data_dir)
{
    if (access(path_in(a, from_dir, marker_name), F_OK) != 0)
        return err_new(a, ERR_MISSING, "backup.missing", from_dir,
                       "%s is not a whole backup of Bangban.", "%s 不是一份完整的帮办备份。",
                       from_dir);
    TRY(target_make(a, data_dir));
    const char *part = path_in(a, data_dir, "bangban.db.part"), *hash;
    TRY(file_copy(a, path_in(a, from_dir, "bangban.db"), part, &hash));
    TRY(sqlite_driver.check(a, part));
    TRY(blobs_copy(a, from_dir, from_dir, data_dir, no_time, NULL));
    TRY(files_copy(a, from_dir, data_dir));
    TRY(all_sync(a, data_dir));
    if (rename(part, path_in(a, data_dir, "bangban.db")) != 0)
        return copy_fault(a, part);
    return all_sync(a, data_dir);
}
