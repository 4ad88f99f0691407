/* Opening and closing the store, and reading in snapshots. */
#include "base/arena.h"
#include "base/check.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int64_t store_now_ms(const struct store *s)
{
    return s->options.now_ms(s->options.self);
}

const char *store_path(struct store *s, struct arena *a, const char *name)
{
    return text_join(a, s->options.data_dir, text_join(a, "/", name));
}

bool store_is_postgres(const struct store *s)
{
    return s->driver->is_postgres;
}

/* Faults that both drivers know --------------------------------------------------------------- */

_Noreturn void store_die(const char *event, const char *what)
{
    enum { EX_IOERR = 74 };
    log_event(LOG_ERROR, event, "what", what, NULL);
    _exit(EX_IOERR);
}

struct err *store_fault_full(struct arena *a)
{
    return err_new(a, ERR_FULL, "store.full", "",
                   "The disk is full or cannot be written. Nothing was stored; call the operator.",
                   "磁盘已满或写不进去，内容没有保存，请联系管理员。");
}

struct err *store_fault_down(struct arena *a)
{
    return err_new(a, ERR_BUSY, "store.down", "",
                   "The database cannot be reached. Send it again in a moment.",
                   "数据库暂时连不上，请稍后再发送一次。");
}

struct err *store_fault_io(struct arena *a)
{
    return err_new(a, ERR_INTERNAL, "store.io", "", "The disk gives errors. Call the operator.",
                   "磁盘读写出错，请联系管理员。");
}

/* The folder --------------------------------------------------------------------------------- */

/* A folder that is not there is a matter of where; anything else is one of the disk. */
static struct err *folder_fault(struct arena *a, const char *path)
{
    if (errno == EIO || errno == ENOSPC || errno == EMFILE || errno == ENFILE)
        return store_fault_io(a);
    return err_new(a, ERR_MISSING, "store.folder", path, "Cannot use the folder %s: %s.",
                   "目录 %s 不能用：%s。", path, strerror(errno));
}

struct err *file_sync(struct arena *a, const struct store *s, int fd, const char *path)
{
    (void)a;
    if (!s->options.unsafe_sync_off && fsync(fd) != 0)
        store_die("store.sync_failed", path);
    return NULL;
}

struct err *directory_sync(struct arena *a, const struct store *s, const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return folder_fault(a, path);
    struct err *e = file_sync(a, s, fd, path);
    (void)close(fd);
    return e;
}

struct err *directory_make(struct arena *a, const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? NULL : folder_fault(a, path);
}

static struct err *folder_lock(struct arena *a, struct store *s)
{
    const char *path = store_path(s, a, "lock");
    s->lock_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_file < 0)
        return folder_fault(a, path);
    if (flock(s->lock_file, LOCK_EX | LOCK_NB) == 0)
        return NULL;
    return err_new(a, ERR_CONFLICT, "store.in_use", s->options.data_dir,
                   "Another Bangban is running on this folder. Stop it first.",
                   "已有一个帮办程序在使用这个目录，请先停止它。");
}

static struct err *folder_open(struct arena *a, struct store *s)
{
    if (s->options.must_exist && !s->driver->is_postgres &&
        access(store_path(s, a, "bangban.db"), F_OK) != 0)
        return err_new(a, ERR_MISSING, "store.missing", s->options.data_dir,
                       "There is no Bangban data in %s. Make it with `bangban init`.",
                       "%s 里没有帮办的数据，请先运行 bangban init。", s->options.data_dir);
    if (s->options.only_reads)
        return NULL;
    TRY(directory_make(a, s->options.data_dir));
    return folder_lock(a, s);
}

/* Opening ------------------------------------------------------------------------------------ */

static struct err *driver_choose(struct arena *a, struct store *s)
{
    const char *database = s->options.database;
    s->driver = &sqlite_driver;
    if (text_starts(database, "postgres://") || text_starts(database, "postgresql://"))
        s->driver = &postgres_driver;
    if (!*database || s->driver == &postgres_driver)
        return NULL;
    return err_new(a, ERR_INVALID, "store.database", database,
                   "The database must be \"\" or postgres://...", "数据库应为空，或 postgres://…");
}

static struct store *store_make(const struct store_options *options)
{
    struct arena *home = arena_new();
    struct store *s = arena_alloc(home, sizeof *s);
    s->arena = home;
    s->options = *options;
    s->options.data_dir = arena_text(home, options->data_dir);
    s->options.database = arena_text(home, options->database ? options->database : "");
    s->lock_file = -1;
    pthread_mutex_init(&s->readers_mutex, NULL);
    pthread_cond_init(&s->reader_free, NULL);
    pthread_mutex_init(&s->blob_mutex, NULL);
    kept_start(s);
    return s;
}

static struct err *open_parts(struct arena *a, struct store *s)
{
    secret_init();
    TRY(driver_choose(a, s));
    TRY(folder_open(a, s));
    TRY(s->driver->start(a, s));
    s->is_started = true;
    if (s->options.only_reads)
        return store_read(s, a, migrate_check, NULL);
    TRY(writer_start(a, s));
    return blob_start(a, s);
}

struct err *store_open(struct arena *a, const struct store_options *options,
                       struct store **store_out)
{
    struct store *s = store_make(options);
    struct err *e = open_parts(a, s);
    if (e) {
        store_close(s);
        return e;
    }
    *store_out = s;
    return NULL;
}

void store_close(struct store *s)
{
    s->is_closing = true;
    blob_stop(s);
    writer_stop(s);
    while (s->idle) {
        struct conn *c = s->idle;
        s->idle = c->next;
        s->driver->close(c);
    }
    if (s->is_started)
        s->driver->stop(s);
    if (s->lock_file >= 0)
        (void)close(s->lock_file);
    kept_stop(s);
    pthread_mutex_destroy(&s->blob_mutex);
    pthread_cond_destroy(&s->reader_free);
    pthread_mutex_destroy(&s->readers_mutex);
    arena_free(s->arena);
}

/* Reading ------------------------------------------------------------------------------------ */

/* An idle connection, or leave to open one more (NULL). Waits while all are in use. */
static struct conn *reader_wait(struct store *s)
{
    pthread_mutex_lock(&s->readers_mutex);
    while (!s->idle && s->reader_count >= READERS)
        pthread_cond_wait(&s->reader_free, &s->readers_mutex);
    struct conn *c = s->idle;
    if (c)
        s->idle = c->next;
    else
        s->reader_count++;
    pthread_mutex_unlock(&s->readers_mutex);
    return c;
}

static void reader_forget(struct store *s)
{
    pthread_mutex_lock(&s->readers_mutex);
    s->reader_count--;
    pthread_cond_signal(&s->reader_free);
    pthread_mutex_unlock(&s->readers_mutex);
}

static struct err *reader_take(struct store *s, struct arena *a, struct conn **conn_out)
{
    struct conn *c = reader_wait(s);
    if (!c) {
        struct err *e = s->driver->open(a, s, CONN_READER, &c);
        if (e) {
            reader_forget(s);
            return e;
        }
    }
    *conn_out = c;
    return NULL;
}

static void reader_give(struct store *s, struct conn *c)
{
    if (c->is_lost) {
        s->driver->close(c);
        reader_forget(s);
        return;
    }
    pthread_mutex_lock(&s->readers_mutex);
    c->next = s->idle;
    s->idle = c;
    pthread_cond_signal(&s->reader_free);
    pthread_mutex_unlock(&s->readers_mutex);
}

/* A connection with a snapshot. Idle ones may have died with their server, all of them. */
static struct err *reader_begin(struct store *s, struct arena *a, struct conn **conn_out,
                                struct err **fault_out)
{
    for (int tries = 0;; tries++) {
        TRY(reader_take(s, a, conn_out));
        *fault_out = s->driver->verb(*conn_out, a, VERB_BEGIN_READ);
        if (!(*conn_out)->is_lost || tries > READERS)
            return NULL;
        reader_give(s, *conn_out);
    }
}

/* Work that finds all in kept rows needs no connection. */
struct err *tx_connect(struct tx *tx)
{
    if (tx->conn)
        return NULL;
    struct conn *c;
    struct err *e;
    TRY(reader_begin(tx->store, tx->arena, &c, &e));
    if (e) {
        reader_give(tx->store, c);
        return e;
    }
    c->is_retryable = false;
    tx->conn = c;
    return NULL;
}

struct err *store_read(struct store *s, struct arena *a, store_work work, void *job)
{
    struct tx tx;
    tx_start(&tx, s, NULL, a, false);
    struct err *e = tx_end(&tx, work(&tx, job));
    struct conn *c = tx.conn;
    if (!c)
        return e;
    /* Nothing was written: how the snapshot ends changes nothing. */
    if (!c->is_lost && c->driver->verb(c, a, VERB_ROLLBACK))
        c->is_lost = true;
    reader_give(s, c);
    return e;
}
