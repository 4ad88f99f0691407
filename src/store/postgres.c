/* PostgreSQL through libpq. Connections stay in pipeline mode: a statement whose outcome nobody
 * looks at is sent and its answer read later, at the next statement with rows or at the end of the
 * work, so that work which only inserts waits for the server once.
 *
 * Numbers travel as text, so that the server's own idea of a parameter's type (integer or bigint)
 * decides; bytes travel as they are. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "store/inner.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

enum { PARAMS = 64, NUMBER_TEXT = 24, PENDING_MAX = 64, LANES = 64 };
/* pg_type.dat */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25 };

struct plan {
    bool is_ready;
    int version; /* of its name: the types of parameters become known with their first value */
    const char *name;
    Oid *types;
};

struct pg_conn {
    struct conn head;
    struct arena *arena;
    PGconn *pg;
    bool is_writer;
    struct plan *plans;
    int pending; /* statements sent, whose answers are not read */
};

static struct pg_conn *pg_of(struct conn *c)
{
    return (struct pg_conn *)(void *)c;
}

/* Errors ------------------------------------------------------------------------------------- */

static bool is_state(const PGresult *r, const char *start)
{
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    return state && text_starts(state, start);
}

static struct err *fault_lost(struct pg_conn *c, struct arena *a)
{
    c->head.is_lost = true;
    return store_fault_down(a);
}

static struct err *fault(struct pg_conn *c, struct arena *a, const PGresult *r)
{
    /* 57P: the operator ends connections; 08: the connection is broken. */
    if (PQstatus(c->pg) == CONNECTION_BAD || is_state(r, "57P") || is_state(r, "08"))
        return fault_lost(c, a);
    if (is_state(r, "40001") || is_state(r, "40P01")) {
        c->head.is_retryable = true;
        return err_new(a, ERR_BUSY, "store.busy", "", "The database is busy. Try again.",
                       "数据库正忙，请稍后再试。");
    }
    if (is_state(r, "53100"))
        return store_fault_full(a);
    if (is_state(r, "23505"))
        return err_new(a, ERR_CONFLICT, "store.unique", "", "This exists already.",
                       "已经有这一条了。");
    const char *message = r ? PQresultErrorMessage(r) : PQerrorMessage(c->pg);
    return err_new(a, ERR_INTERNAL, "store.sql", "", "The database refused a statement: %s",
                   "数据库拒绝了语句：%s", message);
}

/* Sending and reading ------------------------------------------------------------------------- */

static void result_clear(void *result)
{
    PQclear(result);
}

/* All results of one statement; the last one is given back. */
static PGresult *statement_result(struct pg_conn *c)
{
    PGresult *last = NULL;
    for (PGresult *r; (r = PQgetResult(c->pg));) {
        PQclear(last);
        last = r;
        if (PQstatus(c->pg) == CONNECTION_BAD)
            break;
    }
    return last;
}

static bool is_good(const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* Read what was sent. result_out: of the last statement; the caller clears it. The error is that of
 * the first statement that failed: the server skips those behind it. */
static struct err *collect(struct pg_conn *c, struct arena *a, PGresult **result_out)
{
    int count = c->pending;
    c->pending = 0;
    if (count == 0)
        return NULL;
    if (c->head.is_lost || !PQpipelineSync(c->pg))
        return fault_lost(c, a);
    struct err *e = NULL;
    PGresult *last = NULL;
    for (int i = 0; i < count; i++) {
        PQclear(last);
        last = statement_result(c);
        if (!e && (!last || !is_good(last)))
            e = fault(c, a, last);
    }
    PGresult *sync = PQgetResult(c->pg);
    if (!e && PQresultStatus(sync) != PGRES_PIPELINE_SYNC)
        e = fault_lost(c, a);
    PQclear(sync);
    if (e || !result_out)
        PQclear(last);
    else
        *result_out = last;
    return e;
}

static struct err *sent(struct pg_conn *c, struct arena *a, int is_sent)
{
    c->pending++;
    return is_sent ? NULL : fault_lost(c, a);
}

/* Before a statement is sent: the answers of too many would fill the connection's buffers. */
static struct err *room(struct pg_conn *c, struct arena *a)
{
    return c->pending < PENDING_MAX ? NULL : collect(c, a, NULL);
}

static struct err *send_words(struct pg_conn *c, struct arena *a, const char *words)
{
    TRY(room(c, a));
    return sent(c, a, PQsendQueryParams(c->pg, words, 0, NULL, NULL, NULL, NULL, 0));
}

struct params {
    int count;
    Oid types[PARAMS];
    const char *values[PARAMS];
    int sizes[PARAMS], formats[PARAMS];
    char numbers[PARAMS][NUMBER_TEXT];
};

static const char *number_print(char *text, int64_t number)
{
    char *at = text + NUMBER_TEXT - 1;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    *at = '\0';
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--at = '-';
    return at;
}

static void param_set(struct params *p, int i, const struct sql_arg *arg)
{
    p->types[i] = 0;
    p->values[i] = NULL;
    p->sizes[i] = 0;
    p->formats[i] = arg->kind == SQL_BYTES;
    if (arg->kind == SQL_INT) {
        p->types[i] = OID_INT8;
        p->values[i] = number_print(p->numbers[i], arg->number);
    } else if (arg->kind == SQL_TEXT) {
        p->types[i] = OID_TEXT;
        p->values[i] = arg->bytes;
    } else if (arg->kind == SQL_BYTES) {
        p->types[i] = OID_BYTEA;
        p->values[i] = arg->size ? arg->bytes : "";
        p->sizes[i] = (int)arg->size;
    }
}

static void params_set(struct params *p, const struct sql_arg *args, size_t count)
{
    CHECK(count <= PARAMS);
    p->count = (int)count;
    for (int i = 0; i < p->count; i++)
        param_set(p, i, &args[i]);
}

/* Plans -------------------------------------------------------------------------------------- */

/* A refused statement would end the transaction: it is prepared in a savepoint of its own. */
static struct err *prepare(struct pg_conn *c, struct arena *a, const char *name, const char *sql,
                           int count, const Oid *types)
{
    TRY(collect(c, a, NULL));
    TRY(send_words(c, a, "savepoint plan"));
    TRY(sent(c, a, PQsendPrepare(c->pg, name, sql, count, types)));
    struct err *e = collect(c, a, NULL);
    if (c->head.is_lost)
        return e;
    if (e)
        TRY(send_words(c, a, "rollback to savepoint plan"));
    TRY(send_words(c, a, "release savepoint plan"));
    TRY(collect(c, a, NULL));
    return e;
}

static bool is_type_news(const struct plan *plan, const struct params *p)
{
    for (int i = 0; i < p->count; i++)
        if (p->types[i] && !plan->types[i])
            return true;
    return false;
}

/* Our types first, so that a bigint is one; where the server wants another, its own choice. */
static struct err *plan_make(struct pg_conn *c, struct arena *a, const struct query *q,
                             struct plan *plan, const struct params *p)
{
    if (!plan->types)
        plan->types = arena_array(c->arena, PARAMS, sizeof *plan->types);
    for (int i = 0; i < p->count; i++)
        if (p->types[i])
            plan->types[i] = p->types[i];
    plan->version++;
    plan->name = text_print(c->arena, "q%zu_%d", query_index(q), plan->version);
    struct err *e = prepare(c, a, plan->name, q->sql, p->count, plan->types);
    if (e && !c->head.is_lost)
        e = prepare(c, a, plan->name, q->sql, 0, NULL);
    plan->is_ready = !e;
    return e;
}

static struct err *statement_send(struct pg_conn *c, struct arena *a, struct statement s,
                                  const struct sql_arg *args, size_t count)
{
    struct params p;
    params_set(&p, args, count);
    if (c->head.is_lost)
        return store_fault_down(a);
    TRY(room(c, a));
    if (!s.query)
        return sent(
            c, a,
            PQsendQueryParams(c->pg, s.text, p.count, p.types, p.values, p.sizes, p.formats, 0));
    struct plan *plan = &c->plans[query_index(s.query)];
    if (!plan->is_ready || is_type_news(plan, &p))
        TRY(plan_make(c, a, s.query, plan, &p));
    return sent(c, a,
                PQsendQueryPrepared(c->pg, plan->name, p.count, p.values, p.sizes, p.formats, 0));
}

static struct err *pg_prepare(struct conn *conn, struct arena *a, const struct query *q)
{
    struct pg_conn *c = pg_of(conn);
    return prepare(c, a, text_print(a, "test_%zu", query_index(q)), q->sql, 0, NULL);
}

/* Running ------------------------------------------------------------------------------------ */

static struct err *pg_run(struct conn *conn, struct arena *a, struct statement s,
                          const struct sql_arg *args, size_t count, int64_t *changed_out)
{
    struct pg_conn *c = pg_of(conn);
    TRY(statement_send(c, a, s, args, count));
    if (!changed_out && c->is_writer)
        return NULL; /* a reader's transaction has no end that would tell */
    PGresult *result = NULL;
    TRY(collect(c, a, &result));
    int64_t changed = 0;
    (void)text_to_int(PQcmdTuples(result), &changed);
    PQclear(result);
    if (changed_out)
        *changed_out = changed;
    return NULL;
}

static struct err *pg_rows_start(struct rows *r, struct statement s, const struct sql_arg *args,
                                 size_t count, bool keeps_args)
{
    (void)keeps_args;
    struct pg_conn *c = pg_of(r->tx->conn);
    PGresult *result = NULL;
    TRY(statement_send(c, r->tx->arena, s, args, count));
    TRY(collect(c, r->tx->arena, &result));
    r->handle = result;
    r->row = -1;
    r->row_count = PQntuples(result);
    r->column_count = PQnfields(result);
    return NULL;
}

static bool pg_rows_step(struct rows *r)
{
    return ++r->row < r->row_count;
}

static void pg_rows_stop(struct rows *r)
{
    result_clear(r->handle);
    r->handle = NULL;
}

static int hex_value(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* "\x00ff" as the server prints bytes. */
static struct sql_arg bytes_read(struct arena *a, const char *text, size_t size)
{
    CHECK(size >= 2 && text[0] == '\\' && text[1] == 'x');
    size_t count = (size - 2) / 2;
    unsigned char *bytes = arena_alloc(a, count + 1);
    text += 2;
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
    return sql_bytes(bytes, count);
}

static struct sql_arg pg_cell(const struct rows *r, int column)
{
    const PGresult *result = r->handle;
    if (PQgetisnull(result, r->row, column))
        return sql_null();
    const char *text = PQgetvalue(result, r->row, column);
    size_t size = (size_t)PQgetlength(result, r->row, column);
    int64_t number = 0;
    switch (PQftype(result, column)) {
    case OID_INT8:
    case OID_INT4:
    case OID_INT2:
        CHECK(text_to_int(text, &number));
        return sql_int(number);
    case OID_BOOL:
        return sql_int(text[0] == 't');
    case OID_BYTEA:
        return bytes_read(r->tx->arena, text, size);
    default:
        return (struct sql_arg){.kind = SQL_TEXT, .bytes = text, .size = size};
    }
}

/* Schema text has several statements: not possible in a pipeline, which is left and entered. */
static struct err *pg_script(struct conn *conn, struct arena *a, const char *sql)
{
    struct pg_conn *c = pg_of(conn);
    TRY(collect(c, a, NULL));
    CHECK(PQexitPipelineMode(c->pg));
    PGresult *result = PQexec(c->pg, sql);
    struct err *e = is_good(result) ? NULL : fault(c, a, result);
    PQclear(result);
    if (!c->head.is_lost)
        CHECK(PQenterPipelineMode(c->pg));
    return e;
}

/* Transactions ------------------------------------------------------------------------------- */

/* COMMIT of a transaction that has failed answers "ROLLBACK" without an error. */
static struct err *commit(struct pg_conn *c, struct arena *a)
{
    PGresult *result = NULL;
    TRY(send_words(c, a, "commit"));
    TRY(collect(c, a, &result));
    bool is_kept = text_equal(PQcmdStatus(result), "COMMIT");
    PQclear(result);
    if (is_kept)
        return NULL;
    return err_new(a, ERR_INTERNAL, "store.sql", "", "The transaction was undone.", "事务被撤销。");
}

static struct err *pg_verb(struct conn *conn, struct arena *a, enum verb v)
{
    static const char *const words[VERB_COUNT] = {
        [VERB_BEGIN_READ] = "begin isolation level repeatable read read only",
        [VERB_BEGIN_WRITE] = "begin isolation level read committed",
        [VERB_SAVEPOINT] = "savepoint job",
        [VERB_RELEASE] = "release savepoint job",
        [VERB_UNDO] = "rollback to savepoint job",
        [VERB_ROLLBACK] = "rollback",
    };
    struct pg_conn *c = pg_of(conn);
    if (c->head.is_lost)
        return store_fault_down(a);
    if (v == VERB_COMMIT)
        return commit(c, a);
    TRY(send_words(c, a, words[v]));
    if (v == VERB_UNDO)
        TRY(send_words(c, a, words[VERB_RELEASE]));
    /* A snapshot begins, and a savepoint stands, with the statement that follows. */
    if (v == VERB_BEGIN_WRITE || v == VERB_SAVEPOINT)
        return NULL;
    return collect(c, a, NULL);
}

/* Opening ------------------------------------------------------------------------------------ */

static const char unsafe_word[] = "allow_unsafe_settings=1";

/* The URL without the word, which is ours and not libpq's. */
static const char *url_plain(struct arena *a, const char *url)
{
    const char *found = strstr(url, unsafe_word);
    if (!found || found == url)
        return url;
    const char *rest = found + strlen(unsafe_word);
    if (*rest == '&')
        rest++;
    else
        found--; /* with its ? or & */
    return text_print(a, "%.*s%s", (int)(found - url), url, rest);
}

/* What PostgreSQL promises only with these. They are the server's, so the server is asked. */
static struct err *refuse_unsafe(struct pg_conn *c, struct arena *a)
{
    PGresult *r = PQexec(c->pg, "select name, setting from pg_settings where (name in ('fsync', "
                                "'full_page_writes') and setting <> 'on') or (name = "
                                "'synchronous_commit' and setting = 'off') or (name = "
                                "'data_sync_retry' and setting = 'on')");
    struct err *e = is_good(r) ? NULL : fault(c, a, r);
    if (!e && PQntuples(r) > 0)
        e = err_new(a, ERR_INVALID, "store.unsafe", "",
                    "PostgreSQL runs with %s = %s and may lose what was promised. Correct it.",
                    "PostgreSQL 的设置 %s = %s 可能丢失已承诺保存的内容，请改正。",
                    PQgetvalue(r, 0, 0), PQgetvalue(r, 0, 1));
    PQclear(r);
    return e;
}

static void ignore_notice(void *self, const char *message)
{
    (void)self;
    (void)message;
}

static struct err *connection_ready(struct pg_conn *c, struct arena *a, enum conn_role role)
{
    const char *url = c->head.store->options.database;
    c->pg = PQconnectdb(url_plain(a, url));
    if (PQstatus(c->pg) != CONNECTION_OK)
        return fault_lost(c, a);
    (void)PQsetNoticeProcessor(c->pg, ignore_notice, NULL);
    PGresult *r = PQexec(c->pg, "set client_encoding = 'UTF8'; set bytea_output = 'hex'; "
                                "set timezone = 'UTC'");
    struct err *e = is_good(r) ? NULL : fault(c, a, r);
    PQclear(r);
    if (!e && role == CONN_WRITER && !strstr(url, unsafe_word))
        e = refuse_unsafe(c, a);
    if (!e && !PQenterPipelineMode(c->pg))
        e = fault_lost(c, a);
    return e;
}

static void pg_close(struct conn *conn)
{
    struct pg_conn *c = pg_of(conn);
    PQfinish(c->pg);
    arena_free(c->arena);
}

static struct err *pg_open(struct arena *a, struct store *s, enum conn_role role,
                           struct conn **conn_out)
{
    size_t count;
    (void)query_all(&count);
    struct arena *home = arena_new();
    struct pg_conn *c = arena_alloc(home, sizeof *c);
    c->head = (struct conn){.driver = &postgres_driver, .store = s};
    c->arena = home;
    c->is_writer = role == CONN_WRITER;
    c->plans = arena_array(home, count, sizeof *c->plans);
    struct err *e = connection_ready(c, a, role);
    if (e) {
        pg_close(&c->head);
        return e;
    }
    *conn_out = &c->head;
    return NULL;
}

static struct err *pg_start(struct arena *a, struct store *s)
{
    (void)s;
    if (PQisthreadsafe())
        return NULL;
    return err_new(a, ERR_INTERNAL, "store.libpq", "", "This libpq knows no threads.",
                   "这个 libpq 不支持线程。");
}

static void pg_stop(struct store *s)
{
    (void)s;
}

/* The owner's own rights too; a superuser is bound by nothing: do not run as one. */
static struct err *pg_guard_audit(struct conn *conn, struct arena *a)
{
    return pg_script(conn, a,
                     "revoke update, delete, truncate on audit_entries, audit_checkpoints "
                     "from public, current_user");
}

/* Ids carry the lane's number modulo LANES. An advisory lock, held as long as the connection lives,
 * keeps two living processes from the same one. */
static struct err *pg_lane_take(struct tx *tx, int64_t *lane_out)
{
    struct rows *rows;
    TRY(sql_rows_text(tx, "select coalesce(max(lane), 0) from lanes", NO_ARGS, &rows));
    int64_t lane = rows_next(rows) ? rows_int(rows, 0) : 0;
    TRY(rows_end(rows));
    for (int tries = 0; tries < LANES; tries++) {
        lane++;
        TRY(sql_rows_text(tx, "select pg_try_advisory_lock(427912, cast($1 as integer))",
                          ARGS(sql_int(lane % LANES)), &rows));
        bool is_ours = rows_next(rows) && rows_int(rows, 0);
        TRY(rows_end(rows));
        if (is_ours) {
            *lane_out = lane;
            return NULL;
        }
    }
    return err_new(tx->arena, ERR_CONFLICT, "store.lanes", "",
                   "%d servers use this database already. Stop one first.",
                   "已有 %d 个服务进程在用这个数据库，请先停掉一个。", (int)LANES);
}

const struct driver postgres_driver = {
    .is_postgres = true,
    .schema_lock = "select pg_advisory_xact_lock(427912, 1000)",
    .start = pg_start,
    .stop = pg_stop,
    .open = pg_open,
    .close = pg_close,
    .verb = pg_verb,
    .script = pg_script,
    .run = pg_run,
    .rows_start = pg_rows_start,
    .rows_step = pg_rows_step,
    .rows_stop = pg_rows_stop,
    .cell = pg_cell,
    .prepare = pg_prepare,
    .lane_take = pg_lane_take,
    .guard_audit = pg_guard_audit,
};
