/* Inside of the store: what store.c, writer.c and query.c share with the two drivers. Nobody
 * outside this room includes it. */
#ifndef STORE_INNER_H
#define STORE_INNER_H

#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

/* Drivers ----------------------------------------------------------------------------------- */

enum conn_role { CONN_READER, CONN_WRITER };

/* What every transaction says; each driver has its words ready. */
enum verb {
    VERB_BEGIN_READ,
    VERB_BEGIN_WRITE,
    VERB_SAVEPOINT,
    VERB_RELEASE,
    VERB_UNDO, /* back to the savepoint, which is gone afterwards */
    VERB_COMMIT,
    VERB_ROLLBACK,
    VERB_COUNT
};

/* One connection; used by one thread at a time. The driver's own part follows this head. */
struct conn {
    const struct driver *driver;
    struct store *store;
    bool is_lost;      /* the connection is dead: open another */
    bool is_undone;    /* the engine itself rolled the whole transaction back */
    bool is_retryable; /* the last error was a deadlock or a serialization failure */
    struct conn *next; /* idle readers */
};

/* A statement: one of the registry (its plan is kept), or a text. */
struct statement {
    const struct query *query; /* NULL: text */
    const char *text;
};

struct rows {
    struct tx *tx;
    struct rows *next_open;
    struct err *fault;
    const struct sql_arg *cells; /* a single row, copied; NULL while a statement stands behind */
    int column_count;
    bool is_open;
    bool is_kept; /* rows from memory */
    const struct sql_arg *kept_cells;
    /* the driver's */
    void *handle;
    int row, row_count;
};

struct driver {
    bool is_postgres;
    const char *schema_lock; /* said before the schema is read; NULL: nobody else can be there */
    /* Before the first connection, and after the last one. */
    struct err *(*start)(struct arena *a, struct store *s);
    void (*stop)(struct store *s);
    struct err *(*open)(struct arena *a, struct store *s, enum conn_role role,
                        struct conn **conn_out);
    void (*close)(struct conn *c);
    struct err *(*verb)(struct conn *c, struct arena *a, enum verb v);
    /* Several statements, none of which gives rows; text of migrations only. */
    struct err *(*script)(struct conn *c, struct arena *a, const char *sql);
    /* changed_out NULL: nobody looks at the outcome now; an error may come with a later call. */
    struct err *(*run)(struct conn *c, struct arena *a, struct statement s,
                       const struct sql_arg *args, size_t count, int64_t *changed_out);
    /* keeps_args: args may vanish when the call returns. */
    struct err *(*rows_start)(struct rows *r, struct statement s, const struct sql_arg *args,
                              size_t count, bool keeps_args);
    bool (*rows_step)(struct rows *r); /* false: no more, or r->fault */
    void (*rows_stop)(struct rows *r);
    struct sql_arg (*cell)(const struct rows *r, int column); /* valid until the next step */
    /* Only see whether the engine takes the statement. */
    struct err *(*prepare)(struct conn *c, struct arena *a, const struct query *q);
    /* The database as of one snapshot into a new file; whether a file's pages are in order. */
    struct err *(*copy)(struct store *s, struct arena *a, const char *to);
    struct err *(*check)(struct arena *a, const char *path);
    /* Take this process's lane for as long as the connection lives. */
    struct err *(*lane_take)(struct tx *tx, int64_t *lane_out);
    /* After the migrations: from now on audit entries are only added. */
    struct err *(*guard_audit)(struct conn *c, struct arena *a);
};
extern const struct driver sqlite_driver, postgres_driver;

/* A transaction ------------------------------------------------------------------------------ */

struct tx {
    struct store *store;
    struct conn *conn; /* a reader's: NULL until its first statement, which begins the snapshot */
    struct arena *arena;
    int64_t now_ms;
    bool is_writer;
    int64_t kept_version;
    struct err *fault; /* the first statement that failed: the work is lost, whatever it returns */
    struct rows *open; /* cursors that the work may leave behind */
};
void tx_start(struct tx *tx, struct store *s, struct conn *c, struct arena *a, bool is_writer);
MUST_CHECK struct err *tx_connect(struct tx *tx); /* a reader's connection and snapshot */
/* Close what work left open; its error, or the one it swallowed. */
struct err *tx_end(struct tx *tx, struct err *e);

/* The writer --------------------------------------------------------------------------------- */

enum { QUEUE_SIZE = 8192, GROUP_SIZE = 256, RETRIES = 5 };

struct job {
    store_work work;
    void *job;
    struct arena *arena;
    void (*done)(void *job, struct err *e);
};

/* State of the lane: what a failed piece of work changed is put back. */
struct lane {
    _Atomic int64_t number; /* set by the writer, asked by all */
    size_t size;
    unsigned char *now, *before_group, *before_job;
    bool is_group_touched, is_job_touched;
};

struct writer {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t has_work;
    struct job queue[QUEUE_SIZE]; /* ring */
    size_t first, count;
    bool is_asleep, is_closing, is_running;
    struct conn *conn;
    struct lane lane;
    struct arena *arena; /* of the writer's own statements; emptied after each group */
    int64_t last_id_ms;  /* ids rise, whatever the clock does */
    uint32_t last_id_number;
    struct store_counts counts; /* under mutex */
    unsigned char *writes_slow; /* per query of the registry: does it write a slow table? */
    bool is_slow_written;       /* in this group */
};
struct err *writer_start(struct arena *a, struct store *s);
void writer_stop(struct store *s);
bool writer_is_here(const struct store *s); /* this thread is the writer's */

/* Kept rows ---------------------------------------------------------------------------------- */

enum { KEPT_PLACES = 256 };

struct kept_rows {
    pthread_mutex_t mutex;
    _Atomic int64_t version;
    struct kept *places[KEPT_PLACES];
};
void kept_start(struct store *s);
void kept_stop(struct store *s);
int64_t kept_version(struct store *s, int64_t now_ms);
void kept_note_write(struct store *s, struct statement of); /* the writer's statement */
void kept_group_over(struct store *s);                      /* committed or undone */

/* The store ---------------------------------------------------------------------------------- */

enum { READERS = 16 };

struct store {
    const struct driver *driver;
    struct arena *arena;
    struct store_options options; /* its texts are copies */
    int lock_file;
    void *engine; /* the driver's own */
    pthread_mutex_t readers_mutex;
    pthread_cond_t reader_free;
    struct conn *idle;
    int reader_count;
    pthread_mutex_t blob_mutex; /* sweeping old files against naming new ones */
    pthread_t sweeper;
    bool has_sweeper, is_started;
    atomic_bool is_closing;
    atomic_bool is_derived_stale;
    struct writer writer;
    struct kept_rows kept;
};
int64_t store_now_ms(const struct store *s);
const char *store_path(struct store *s, struct arena *a, const char *name); /* in data_dir */

size_t query_index(const struct query *q);

/* Bring the schema to the newest number; on the writer's connection, before the writer runs. */
struct err *migrate(struct arena *a, struct store *s, struct conn *c);
/* For those who only read: the schema must be the one this program knows. */
struct err *migrate_check(struct tx *tx, void *job);
struct migration {
    int number; /* 0: derived.sql */
    const char *name, *sql;
};
extern const struct migration migrations[]; /* generated from migrations/; ends with a NULL name */

/* blob.c */
struct err *blob_start(struct arena *a, struct store *s);
void blob_stop(struct store *s);
struct err *file_sync(struct arena *a, const struct store *s, int fd, const char *path);
struct err *directory_sync(struct arena *a, const struct store *s, const char *path);
struct err *directory_make(struct arena *a, const char *path);

/* A sync that failed: what was promised may be lost, so nothing more may be promised (trust.md). */
_Noreturn void store_die(const char *event, const char *what);
struct err *store_fault_full(struct arena *a);
struct err *store_fault_io(struct arena *a);
struct err *store_fault_down(struct arena *a);

#endif
