/* SQLite: WAL, synchronous=FULL, one writing connection, readers in snapshots, checkpoints on a
 * thread of their own (inside COMMIT they are its 99th percentile). */
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "store/inner.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUSY_MS = 5000,          /* only start and recovery wait for one another */
    RESTART_MS = 100,        /* how long a restart of the log may hold the writer up */
    CHECKPOINT_PAGES = 4000, /* 16 MB of log */
    RESTART_PAGES = 16000,   /* 64 MB: the log must begin anew */
    REST_PAGES = 64,         /* what may be left to copy while the writer is held */
    CATCH_UPS = 4,
};

/* A prepared statement. order[i]: which $N stands at SQLite's place i, since it takes "$1" as a
 * name and numbers names by their first appearance. */
struct plan {
    sqlite3_stmt *stmt;
    int param_count, arg_count, column_count;
    bool is_used; /* by a cursor that is still open */
    unsigned char *order;
};

struct sqlite_conn {
    struct conn head;
    struct arena *arena;
    sqlite3 *db;
    bool is_writer;
    struct plan *plans; /* one per query of the registry, filled on first use */
    sqlite3_stmt *verbs[VERB_COUNT];
};

struct checkpointer {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int pages;      /* in the log, as of the last commit */
    int seen_pages; /* in the log, when the last checkpoint began */
    bool is_wanted, is_restarting, is_in_group, is_closing;
};

static struct sqlite_conn *sqlite_of(struct conn *c)
{
    return (struct sqlite_conn *)(void *)c;
}

/* Errors ------------------------------------------------------------------------------------- */

/* Only a sync that failed can take back what was promised. A write that failed (full disk, file
 * size limit, bad block) is undone with its transaction. */
static bool is_sync_error(int code)
{
    return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
}

static struct err *fault_constraint(struct sqlite_conn *c, struct arena *a, const char *name)
{
    int code = sqlite3_extended_errcode(c->db);
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
        code == SQLITE_CONSTRAINT_ROWID)
        return err_new(a, ERR_CONFLICT, "store.unique", name, "This exists already.",
                       "已经有这一条了。");
    return err_new(a, ERR_INTERNAL, "store.sql", name, "The database refused the row: %s.",
                   "数据库拒绝了这一行：%s。", sqlite3_errmsg(c->db));
}

static struct err *fault_io(struct sqlite_conn *c, struct arena *a)
{
    int code = sqlite3_extended_errcode(c->db);
    CHECK(code != SQLITE_IOERR_NOMEM);
    if (is_sync_error(code))
        store_die("store.sync_failed", sqlite3_errmsg(c->db));
    if (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_TRUNCATE)
        return store_fault_full(a);
    return store_fault_io(a);
}

/* What a failed call means. name: of the statement, for developers. */
static struct err *fault(struct sqlite_conn *c, struct arena *a, const char *name)
{
    c->head.is_undone = c->is_writer && sqlite3_get_autocommit(c->db);
    switch (sqlite3_errcode(c->db) & 0xff) {
    case SQLITE_CONSTRAINT:
        return fault_constraint(c, a, name);
    case SQLITE_FULL:
        return store_fault_full(a);
    case SQLITE_IOERR:
        return fault_io(c, a);
    case SQLITE_NOMEM:
        CHECK(false);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_new(a, ERR_BUSY, "store.busy", "", "The database is busy. Try again.",
                       "数据库正忙，请稍后再试。");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return err_new(a, ERR_INTERNAL, "store.damaged", "",
                       "The database file is damaged. Restore a backup.",
                       "数据库文件已损坏，请用备份恢复。");
    default:
        return err_new(a, ERR_INTERNAL, "store.sql", name, "The database refused a statement: %s.",
                       "数据库拒绝了语句：%s。", sqlite3_errmsg(c->db));
    }
}

/* Plans -------------------------------------------------------------------------------------- */

/* "$12" -> 12; anything else is our own mistake. */
static int param_number(const char *name)
{
    int number = 0;
    CHECK(name && name[0] == '$' && name[1] >= '1' && name[1] <= '9');
    for (name++; *name; name++) {
        CHECK(*name >= '0' && *name <= '9' && number < 100);
        number = number * 10 + (*name - '0');
    }
    return number;
}

static struct err *plan_make(struct sqlite_conn *c, struct arena *a, struct arena *home,
                             struct statement s, struct plan *plan_out)
{
    const char *name = s.query ? s.query->name : "";
    unsigned int flags = s.query ? SQLITE_PREPARE_PERSISTENT : 0;
    struct plan plan = {0};
    if (sqlite3_prepare_v3(c->db, s.text, -1, flags, &plan.stmt, NULL) != SQLITE_OK)
        return fault(c, a, name);
    CHECK(plan.stmt);
    plan.param_count = sqlite3_bind_parameter_count(plan.stmt);
    plan.column_count = sqlite3_column_count(plan.stmt);
    plan.order = arena_alloc(home, (size_t)plan.param_count + 1);
    for (int i = 0; i < plan.param_count; i++) {
        int number = param_number(sqlite3_bind_parameter_name(plan.stmt, i + 1));
        plan.order[i] = (unsigned char)(number - 1);
        if (number > plan.arg_count)
            plan.arg_count = number;
    }
    *plan_out = plan;
    return NULL;
}

/* The kept plan; a second one if the first is in the hands of an open cursor (walking a tree), or
 * if the statement is a text. Those are dropped by plan_give. */
static struct err *plan_take(struct sqlite_conn *c, struct arena *a, struct statement s,
                             struct plan **plan_out)
{
    struct plan *kept = s.query ? &c->plans[query_index(s.query)] : NULL;
    if (kept && !kept->stmt)
        TRY(plan_make(c, a, c->arena, s, kept));
    if (!kept || kept->is_used) {
        kept = arena_alloc(a, sizeof *kept);
        TRY(plan_make(c, a, a, s, kept));
    }
    kept->is_used = true;
    *plan_out = kept;
    return NULL;
}

static bool plan_is_kept(const struct sqlite_conn *c, const struct plan *plan)
{
    size_t count;
    (void)query_all(&count);
    return plan >= c->plans && plan < c->plans + count;
}

static void plan_give(struct sqlite_conn *c, struct plan *plan)
{
    plan->is_used = false;
    if (plan_is_kept(c, plan))
        (void)sqlite3_reset(plan->stmt); /* repeats the error of the last step */
    else
        (void)sqlite3_finalize(plan->stmt);
}

static int bind_one(sqlite3_stmt *stmt, int place, const struct sql_arg *arg,
                    sqlite3_destructor_type life)
{
    switch (arg->kind) {
    case SQL_INT:
        return sqlite3_bind_int64(stmt, place, arg->number);
    case SQL_TEXT:
        return sqlite3_bind_text64(stmt, place, arg->bytes, arg->size, life, SQLITE_UTF8);
    case SQL_BYTES:
        return sqlite3_bind_blob64(stmt, place, arg->size ? arg->bytes : "", arg->size, life);
    default:
        return sqlite3_bind_null(stmt, place);
    }
}

static struct err *plan_bind(struct sqlite_conn *c, struct arena *a, struct plan *plan,
                             const struct sql_arg *args, size_t count, bool keeps_args)
{
    CHECK((size_t)plan->arg_count == count);
    sqlite3_destructor_type life = keeps_args ? SQLITE_TRANSIENT : SQLITE_STATIC;
    for (int i = 0; i < plan->param_count; i++)
        if (bind_one(plan->stmt, i + 1, &args[plan->order[i]], life) != SQLITE_OK)
            return err_new(a, ERR_TOO_BIG, "store.too_big", "", "This is too big to be stored.",
                           "内容太大，存不下。");
    (void)c;
    return NULL;
}

/* Running ------------------------------------------------------------------------------------ */

static struct err *sqlite_run(struct conn *conn, struct arena *a, struct statement s,
                              const struct sql_arg *args, size_t count, int64_t *changed_out)
{
    struct sqlite_conn *c = sqlite_of(conn);
    struct plan *plan;
    TRY(plan_take(c, a, s, &plan));
    struct err *e = plan_bind(c, a, plan, args, count, false);
    int code = SQLITE_ROW;
    while (!e && code == SQLITE_ROW)
        code = sqlite3_step(plan->stmt);
    if (!e && code != SQLITE_DONE)
        e = fault(c, a, s.query ? s.query->name : "");
    if (!e && changed_out)
        *changed_out = sqlite3_changes64(c->db);
    plan_give(c, plan);
    return e;
}

static struct err *sqlite_prepare(struct conn *conn, struct arena *a, const struct query *q)
{
    struct plan plan;
    TRY(plan_make(sqlite_of(conn), a, a, (struct statement){.query = q, .text = q->sql}, &plan));
    (void)sqlite3_finalize(plan.stmt);
    return NULL;
}

static struct err *sqlite_rows_start(struct rows *r, struct statement s, const struct sql_arg *args,
                                     size_t count, bool keeps_args)
{
    struct sqlite_conn *c = sqlite_of(r->tx->conn);
    struct plan *plan;
    TRY(plan_take(c, r->tx->arena, s, &plan));
    struct err *e = plan_bind(c, r->tx->arena, plan, args, count, keeps_args);
    if (e) {
        plan_give(c, plan);
        return e;
    }
    r->handle = plan;
    r->column_count = plan->column_count;
    return NULL;
}

static bool sqlite_rows_step(struct rows *r)
{
    struct plan *plan = r->handle;
    int code = sqlite3_step(plan->stmt);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        r->fault = fault(sqlite_of(r->tx->conn), r->tx->arena, "");
    return code == SQLITE_ROW;
}

static void sqlite_rows_stop(struct rows *r)
{
    plan_give(sqlite_of(r->tx->conn), r->handle);
}

static struct sql_arg sqlite_cell(const struct rows *r, int column)
{
    sqlite3_stmt *stmt = ((struct plan *)r->handle)->stmt;
    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_NULL:
        return sql_null();
    case SQLITE_INTEGER:
        return sql_int(sqlite3_column_int64(stmt, column));
    case SQLITE_BLOB: {
        const void *bytes = sqlite3_column_blob(stmt, column);
        return sql_bytes(bytes ? bytes : "", (size_t)sqlite3_column_bytes(stmt, column));
    }
    default: { /* a real number too: as text, as PostgreSQL gives it */
        const unsigned char *text = sqlite3_column_text(stmt, column);
        CHECK(text);
        return (struct sql_arg){
            .kind = SQL_TEXT, .bytes = text, .size = (size_t)sqlite3_column_bytes(stmt, column)};
    }
    }
}

static struct err *sqlite_script(struct conn *conn, struct arena *a, const char *sql)
{
    struct sqlite_conn *c = sqlite_of(conn);
    return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? NULL : fault(c, a, "script");
}

/* Transactions ------------------------------------------------------------------------------- */

/* The writer does not begin while the checkpointer restarts the log. */
static void group_enter(struct store *s)
{
    struct checkpointer *k = s->engine;
    pthread_mutex_lock(&k->mutex);
    while (k->is_restarting)
        pthread_cond_wait(&k->changed, &k->mutex);
    k->is_in_group = true;
    pthread_mutex_unlock(&k->mutex);
}

static void group_leave(struct store *s)
{
    struct checkpointer *k = s->engine;
    pthread_mutex_lock(&k->mutex);
    k->is_in_group = false;
    if (k->is_restarting || k->is_wanted)
        pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->mutex);
}

/* Called by SQLite within COMMIT, with the length of the log. */
static int log_grew(void *checkpointer, sqlite3 *db, const char *name, int pages)
{
    struct checkpointer *k = checkpointer;
    (void)db;
    (void)name;
    pthread_mutex_lock(&k->mutex);
    if (pages < k->pages)
        k->seen_pages = 0; /* the log has begun anew */
    k->pages = pages;
    if (pages - k->seen_pages >= CHECKPOINT_PAGES)
        k->is_wanted = true;
    pthread_mutex_unlock(&k->mutex);
    return SQLITE_OK;
}

static struct err *say(struct sqlite_conn *c, struct arena *a, enum verb v)
{
    static const char *const words[VERB_COUNT] = {
        [VERB_BEGIN_READ] = "begin",        [VERB_BEGIN_WRITE] = "begin immediate",
        [VERB_SAVEPOINT] = "savepoint job", [VERB_RELEASE] = "release job",
        [VERB_UNDO] = "rollback to job",    [VERB_COMMIT] = "commit",
        [VERB_ROLLBACK] = "rollback",
    };
    if (!c->verbs[v] && sqlite3_prepare_v3(c->db, words[v], -1, SQLITE_PREPARE_PERSISTENT,
                                           &c->verbs[v], NULL) != SQLITE_OK)
        return fault(c, a, words[v]);
    int code = sqlite3_step(c->verbs[v]);
    struct err *e = code == SQLITE_DONE ? NULL : fault(c, a, words[v]);
    (void)sqlite3_reset(c->verbs[v]);
    return e;
}

static struct err *sqlite_verb(struct conn *conn, struct arena *a, enum verb v)
{
    struct sqlite_conn *c = sqlite_of(conn);
    if (v == VERB_BEGIN_WRITE)
        group_enter(conn->store);
    struct err *e = say(c, a, v);
    if (v == VERB_UNDO && !e)
        e = say(c, a, VERB_RELEASE);
    if (c->is_writer && sqlite3_get_autocommit(c->db))
        group_leave(conn->store);
    return e;
}

/* Checkpoints -------------------------------------------------------------------------------- */

static sqlite3 *checkpoint_open(struct store *s)
{
    struct arena *a = arena_new();
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(store_path(s, a, "bangban.db"), &db, flags, NULL) != SQLITE_OK ||
        sqlite3_exec(
            db, s->options.unsafe_sync_off ? "pragma synchronous=off" : "pragma synchronous=full",
            NULL, NULL, NULL) != SQLITE_OK)
        store_die("store.checkpoint_failed", sqlite3_errmsg(db));
    sqlite3_busy_timeout(db, RESTART_MS);
    arena_free(a);
    return db;
}

static void checkpoint(sqlite3 *db, int mode)
{
    (void)sqlite3_wal_checkpoint_v2(db, NULL, mode, NULL, NULL);
    if (is_sync_error(sqlite3_extended_errcode(db)))
        store_die("store.checkpoint_failed", sqlite3_errmsg(db));
}

/* How far the writer has come since the last checkpoint began; the next one begins. */
static int pages_behind(struct checkpointer *k)
{
    pthread_mutex_lock(&k->mutex);
    int behind = k->pages - k->seen_pages;
    k->seen_pages = k->pages;
    pthread_mutex_unlock(&k->mutex);
    return behind;
}

/* Copy all but the newest pages beside the writer, then the rest with the writer held, and begin
 * anew. The writer is held for a sync, which is as long as what it has to write: 15 ms with the few
 * hundred pages that were written during the last copy, 1 ms with a few. */
static void log_restart(struct checkpointer *k, sqlite3 *db)
{
    for (int i = 0; i < CATCH_UPS && pages_behind(k) > REST_PAGES; i++)
        checkpoint(db, SQLITE_CHECKPOINT_PASSIVE);
    pthread_mutex_lock(&k->mutex);
    k->is_restarting = true;
    while (k->is_in_group)
        pthread_cond_wait(&k->changed, &k->mutex);
    pthread_mutex_unlock(&k->mutex);
    checkpoint(db, SQLITE_CHECKPOINT_RESTART);
    pthread_mutex_lock(&k->mutex);
    k->is_restarting = false;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->mutex);
}

static void *checkpointer_main(void *checkpointer)
{
    struct checkpointer *k = checkpointer;
    sqlite3 *db = NULL;
    pthread_mutex_lock(&k->mutex);
    while (!k->is_closing) {
        if (!k->is_wanted) {
            pthread_cond_wait(&k->changed, &k->mutex);
            continue;
        }
        k->is_wanted = false;
        k->seen_pages = k->pages;
        bool is_long = k->pages >= RESTART_PAGES;
        pthread_mutex_unlock(&k->mutex);
        if (!db)
            db = checkpoint_open(k->store);
        checkpoint(db, SQLITE_CHECKPOINT_PASSIVE);
        if (is_long)
            log_restart(k, db);
        pthread_mutex_lock(&k->mutex);
    }
    pthread_mutex_unlock(&k->mutex);
    (void)sqlite3_close(db);
    return NULL;
}

static pthread_once_t configure_once = PTHREAD_ONCE_INIT;

/* Each connection belongs to one thread at a time, and nobody asks for memory statistics. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static struct err *sqlite_start(struct arena *a, struct store *s)
{
    (void)a;
    pthread_once(&configure_once, configure);
    struct checkpointer *k = arena_alloc(s->arena, sizeof *k);
    k->store = s;
    pthread_mutex_init(&k->mutex, NULL);
    pthread_cond_init(&k->changed, NULL);
    s->engine = k;
    CHECK(pthread_create(&k->thread, NULL, checkpointer_main, k) == 0);
    return NULL;
}

static void sqlite_stop(struct store *s)
{
    struct checkpointer *k = s->engine;
    pthread_mutex_lock(&k->mutex);
    k->is_closing = true;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->mutex);
    pthread_join(k->thread, NULL);
    pthread_cond_destroy(&k->changed);
    pthread_mutex_destroy(&k->mutex);
}

/* Opening ------------------------------------------------------------------------------------ */

static void sqlite_close(struct conn *conn)
{
    struct sqlite_conn *c = sqlite_of(conn);
    size_t count;
    (void)query_all(&count);
    for (size_t i = 0; c->plans && i < count; i++)
        (void)sqlite3_finalize(c->plans[i].stmt);
    for (int v = 0; v < VERB_COUNT; v++)
        (void)sqlite3_finalize(c->verbs[v]);
    (void)sqlite3_close(c->db);
    arena_free(c->arena);
}

/* The value a pragma has after it was set. */
static const char *pragma(struct sqlite_conn *c, struct arena *a, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    const char *value = "";
    if (sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        value = arena_text(a, (const char *)sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
    return value;
}

static struct err *writer_settings(struct sqlite_conn *c, struct arena *a)
{
    const char *mode = pragma(c, a, "pragma journal_mode=wal");
    if (text_equal(mode, ""))
        return fault(c, a, "journal_mode");
    const char *wanted = c->head.store->options.unsafe_sync_off ? "0" : "2";
    TRY(sqlite_script(&c->head, a,
                      *wanted == '0' ? "pragma synchronous=off" : "pragma synchronous=full"));
    TRY(sqlite_script(&c->head, a,
                      "pragma wal_autocheckpoint=0; pragma journal_size_limit=67108864;"
                      "pragma cache_size=-16384; pragma secure_delete=on"));
    if (!text_equal(mode, "wal") || !text_equal(pragma(c, a, "pragma synchronous"), wanted))
        return err_new(a, ERR_INVALID, "store.unsafe", "",
                       "This folder cannot keep a write-ahead log safely (%s). Use a local disk.",
                       "这个目录不能安全地保存预写日志（%s）。请改用本地磁盘。", mode);
    (void)sqlite3_wal_hook(c->db, log_grew, c->head.store->engine);
    return NULL;
}

static struct err *reader_settings(struct sqlite_conn *c, struct arena *a)
{
    return sqlite_script(&c->head, a, "pragma query_only=on; pragma cache_size=-8192");
}

static struct err *sqlite_open(struct arena *a, struct store *s, enum conn_role role,
                               struct conn **conn_out)
{
    size_t count;
    (void)query_all(&count);
    struct arena *home = arena_new();
    struct sqlite_conn *c = arena_alloc(home, sizeof *c);
    c->head = (struct conn){.driver = &sqlite_driver, .store = s};
    c->arena = home;
    c->is_writer = role == CONN_WRITER;
    c->plans = arena_array(home, count, sizeof *c->plans);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (c->is_writer && !s->options.must_exist)
        flags |= SQLITE_OPEN_CREATE;
    struct err *e = NULL;
    if (sqlite3_open_v2(store_path(s, a, "bangban.db"), &c->db, flags, NULL) != SQLITE_OK)
        e = fault(c, a, "open");
    if (!e) {
        (void)sqlite3_extended_result_codes(c->db, 1);
        (void)sqlite3_busy_timeout(c->db, BUSY_MS);
        (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        e = sqlite_script(&c->head, a,
                          "pragma temp_store=memory; pragma cell_size_check=on;"
                          "pragma trusted_schema=off; pragma foreign_keys=off");
    }
    if (!e)
        e = c->is_writer ? writer_settings(c, a) : reader_settings(c, a);
    if (e) {
        sqlite_close(&c->head);
        return e;
    }
    *conn_out = &c->head;
    return NULL;
}

/* Audit -------------------------------------------------------------------------------------- */

static int authorize(void *self, int action, const char *first, const char *second,
                     const char *database, const char *trigger)
{
    (void)self, (void)second, (void)database, (void)trigger;
    bool is_change =
        action == SQLITE_UPDATE || action == SQLITE_DELETE || action == SQLITE_DROP_TABLE;
    bool is_audit =
        first && (text_equal(first, "audit_entries") || text_equal(first, "audit_checkpoints"));
    return is_change && is_audit ? SQLITE_DENY : SQLITE_OK;
}

static struct err *sqlite_guard_audit(struct conn *conn, struct arena *a)
{
    (void)a;
    (void)sqlite3_set_authorizer(sqlite_of(conn)->db, authorize, NULL);
    return NULL;
}

/* Copies ------------------------------------------------------------------------------------- */

/* One step copies all pages within one read transaction: the writer goes on beside it. */
static int pages_copy(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    if (!b)
        return sqlite3_errcode(to);
    int code = sqlite3_backup_step(b, -1);
    int finish = sqlite3_backup_finish(b);
    return code == SQLITE_DONE ? finish : code;
}

static struct err *sqlite_copy(struct store *s, struct arena *a, const char *to)
{
    sqlite3 *from_db = NULL, *to_db = NULL;
    int code = sqlite3_open_v2(store_path(s, a, "bangban.db"), &from_db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_open_v2(
            to, &to_db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_busy_timeout(from_db, BUSY_MS);
        code = pages_copy(from_db, to_db);
    }
    (void)sqlite3_close(to_db);
    (void)sqlite3_close(from_db);
    if (code == SQLITE_OK)
        return NULL;
    if (code == SQLITE_FULL || code == SQLITE_IOERR_WRITE)
        return store_fault_full(a);
    return err_new(a, ERR_INTERNAL, "backup.database", to, "The database could not be copied: %s.",
                   "数据库复制不了：%s。", sqlite3_errstr(code));
}

static struct err *sqlite_check(struct arena *a, const char *path)
{
    struct sqlite_conn c = {.db = NULL};
    const char *found = "";
    if (sqlite3_open_v2(path, &c.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
        SQLITE_OK)
        found = pragma(&c, a, "pragma integrity_check(1)");
    (void)sqlite3_close(c.db);
    if (text_equal(found, "ok"))
        return NULL;
    return err_new(a, ERR_INTERNAL, "store.damaged", path, "The database file is damaged: %s",
                   "数据库文件已损坏：%s", found);
}

QUERY(lane_highest, "select coalesce(max(lane), 0) from lanes");

/* The lock on the folder keeps other processes away. */
static struct err *sqlite_lane_take(struct tx *tx, int64_t *lane_out)
{
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &lane_highest, NO_ARGS, &row, &has_row));
    *lane_out = rows_int(row, 0) + 1;
    return NULL;
}

const struct driver sqlite_driver = {
    .start = sqlite_start,
    .stop = sqlite_stop,
    .open = sqlite_open,
    .close = sqlite_close,
    .verb = sqlite_verb,
    .script = sqlite_script,
    .run = sqlite_run,
    .rows_start = sqlite_rows_start,
    .rows_step = sqlite_rows_step,
    .rows_stop = sqlite_rows_stop,
    .cell = sqlite_cell,
    .prepare = sqlite_prepare,
    .copy = sqlite_copy,
    .check = sqlite_check,
    .lane_take = sqlite_lane_take,
    .guard_audit = sqlite_guard_audit,
};
