/* The one door to the database: read in a snapshot, write through the single writer, which commits
 * in groups. Two drivers, SQLite and PostgreSQL, speak the same SQL ($1, $2, ...). */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct tx; /* one snapshot or one savepoint of the writer; one thread */

struct store_options {
    const char *data_dir; /* state directory: database file, blobs/, lock */
    const char *database; /* "" = SQLite in data_dir, or "postgres://..." */
    bool must_exist;      /* false: `init` may create it */
    /* Beside a running server: no lock, no writer, no migration; store_read and store_backup only.
     */
    bool only_reads;
    int64_t (*now_ms)(void *self);
    void *self;
    /* Test controls that must make the loss tests fail; false in every release. */
    bool unsafe_ack_before_commit, unsafe_sync_off;
};

/* Open, migrate to the newest schema, start writer and checkpointer. Refuses: a second instance on
 * the folder (ERR_CONFLICT store.in_use), a newer schema (ERR_CONFLICT store.newer), settings that
 * can lose data (ERR_INVALID store.unsafe). */
MUST_CHECK struct err *store_open(struct arena *a, const struct store_options *options,
                                  struct store **store_out);
/* Waits for queued work, then closes. */
void store_close(struct store *s);

typedef struct err *(*store_work)(struct tx *tx, void *job);

/* Run work in a snapshot; it cannot write. Any thread. Errors of work are returned as they are. */
MUST_CHECK struct err *store_read(struct store *s, struct arena *a, store_work work, void *job);

/* Queue work for the writer: it runs in its own savepoint; its group is committed; then done is
 * called, on the writer's thread, with NULL (it is kept, and may be promised) or the error that
 * undid this work alone. Returns at once. job and a belong to the writer until done. Work may be
 * run again (another of its group failed, a deadlock), so it must only change what tx holds.
 * Errors: ERR_BUSY the queue is full (done is not called). */
MUST_CHECK struct err *store_submit(struct store *s, struct arena *a, store_work work, void *job,
                                    void (*done)(void *job, struct err *e));

/* The same, waiting: for commands and tests. */
MUST_CHECK struct err *store_write(struct store *s, struct arena *a, store_work work, void *job);

/* What the writer has done since it started. jobs / groups is the mean size of a commit. */
struct store_counts {
    int64_t groups, jobs, failed;
    int64_t waiting; /* in the queue, now */
};
void store_count(struct store *s, struct store_counts *counts_out);

/* Inside work ------------------------------------------------------------------------------- */

struct arena *tx_arena(struct tx *tx); /* the arena handed to store_read/_submit/_write */
int64_t tx_now_ms(struct tx *tx);      /* one instant for the whole transaction */
int64_t tx_new_id(struct tx *tx);      /* unique in the database, rising with time */
int64_t tx_lane(struct tx *tx);        /* this server process; another after a lost connection */
struct store *tx_store(struct tx *tx);
/* State of this lane kept across transactions, changed only when the savepoint is released: the
 * head of the audit chain. size bytes, zeroed at start; undone with the work that changed it. */
void *tx_lane_state(struct tx *tx, size_t size);

/* Statements -------------------------------------------------------------------------------- */

/* Every statement once, beside the function that runs it. A pointer to it stands in a linker
 * section, so that one test prepares every statement on both engines. */
struct query {
    const char *name, *sql, *file;
    int line;
    const struct query *const *entry; /* its place in the section: where its plan is cached */
};
#define QUERY(query_name, text)                                                                    \
    static const struct query *const query_name##_entry __attribute__((section("queries"), used)); \
    static const struct query query_name = {#query_name, text, __FILE__, __LINE__,                 \
                                            &query_name##_entry};                                  \
    static const struct query *const query_name##_entry                                            \
        __attribute__((section("queries"), used)) = &query_name

/* All queries of the program. */
const struct query *const *query_all(size_t *count_out);

enum sql_kind { SQL_NULL, SQL_INT, SQL_TEXT, SQL_BYTES };
struct sql_arg {
    enum sql_kind kind;
    int64_t number;
    const void *bytes; /* text or bytes; must stay until the call returns */
    size_t size;
};
struct sql_arg sql_null(void);
struct sql_arg sql_int(int64_t number);
struct sql_arg sql_int_or_null(int64_t number, bool has_number);
struct sql_arg sql_text(const char *text);
struct sql_arg sql_bytes(const void *bytes, size_t size);
#define ARGS(...)                                                                                  \
    (const struct sql_arg[]){__VA_ARGS__},                                                         \
        sizeof((const struct sql_arg[]){__VA_ARGS__}) / sizeof(struct sql_arg)
#define NO_ARGS NULL, 0

/* Run a statement that gives no rows. With changed_out NULL nobody waits for its outcome: on
 * PostgreSQL its error may only come with a later call or the end of the work, which it undoes all
 * the same. Errors: ERR_CONFLICT store.unique
 * for a unique key that exists; ERR_FULL; ERR_BUSY store.down; ERR_INTERNAL store.sql. */
MUST_CHECK struct err *sql_run(struct tx *tx, const struct query *q, const struct sql_arg *args,
                               size_t count, int64_t *changed_out);

/* Run a statement that gives rows: while (rows_next(r)) ...; TRY(rows_end(r)). */
struct rows;
MUST_CHECK struct err *sql_rows(struct tx *tx, const struct query *q, const struct sql_arg *args,
                                size_t count, struct rows **rows_out);
bool rows_next(struct rows *r);
MUST_CHECK struct err *rows_end(struct rows *r); /* the error that ended the loop, or NULL */
bool rows_is_null(const struct rows *r, int column);
int64_t rows_int(const struct rows *r, int column);      /* null: 0 */
const char *rows_text(const struct rows *r, int column); /* copied to the arena; null: "" */
const void *rows_bytes(const struct rows *r, int column, size_t *size_out); /* copied */

/* The first row, if there is one: has_row_out tells. For look-ups by key; r is read after. */
MUST_CHECK struct err *sql_row(struct tx *tx, const struct query *q, const struct sql_arg *args,
                               size_t count, struct rows **row_out, bool *has_row_out);

/* The same for tables that seldom change (kept.c lists them): rows are kept in memory until one of
 * those tables changes, on PostgreSQL for a second at most. q reads no other table. */
MUST_CHECK struct err *sql_rows_kept(struct tx *tx, const struct query *q,
                                     const struct sql_arg *args, size_t count,
                                     struct rows **rows_out);
MUST_CHECK struct err *sql_row_kept(struct tx *tx, const struct query *q,
                                    const struct sql_arg *args, size_t count, struct rows **row_out,
                                    bool *has_row_out);

/* Only see whether the engine takes the statement; for the test of all statements. */
MUST_CHECK struct err *store_prepare(struct tx *tx, const struct query *q);

/* A statement whose text is made from names that the compiler has checked: the answer tables only
 * (domain/answers.c). Never from user text. */
MUST_CHECK struct err *sql_run_text(struct tx *tx, const char *sql, const struct sql_arg *args,
                                    size_t count);
MUST_CHECK struct err *sql_rows_text(struct tx *tx, const char *sql, const struct sql_arg *args,
                                     size_t count, struct rows **rows_out);

/* Blobs ------------------------------------------------------------------------------------- */

/* A file being received: streamed to a temporary file while its SHA-256 is counted. Any thread;
 * store_blob_finish syncs file and folder (or, on PostgreSQL, keeps it for store_blob_keep), after
 * which a transaction may name it with store_blob_keep. An upload that is dropped leaves nothing.
 */
struct upload;
MUST_CHECK struct err *store_blob_begin(struct store *s, struct arena *a, struct upload **out);
MUST_CHECK struct err *store_blob_add(struct upload *u, const void *bytes, size_t size);
MUST_CHECK struct err *store_blob_finish(struct upload *u, const char **hash_out,
                                         int64_t *size_out);
void store_blob_drop(struct upload *u);
/* Inside the transaction that names the hash: writes the row of `blobs` (and the chunks). */
MUST_CHECK struct err *store_blob_keep(struct tx *tx, int64_t tenant, const char *hash);
/* Bytes back, checked against the hash. ERR_MISSING; ERR_INTERNAL blob.damaged. */
MUST_CHECK struct err *store_blob_read(struct store *s, struct arena *a, int64_t tenant,
                                       const char *hash, const void **bytes_out, size_t *size_out);

/* Whole-database work (commands) -------------------------------------------------------------- */
/* Beside a running server, too. to_dir is new or empty. SQLite only: PostgreSQL has pg_dump. */
MUST_CHECK struct err *store_backup(struct store *s, struct arena *a, const char *to_dir);
/* data_dir is new or empty. Every file is checked against its hash, the database by its pages. */
MUST_CHECK struct err *store_restore(struct arena *a, const char *from_dir, const char *data_dir);
/* Drop and create again what derived.sql makes; the caller refills it in the same work. */
MUST_CHECK struct err *store_derived_reset(struct tx *tx);
/* derived.sql has changed since this database was made: rebuild before serving. */
bool store_derived_is_stale(const struct store *s);
bool store_is_postgres(const struct store *s);

#endif
