/* The registry of statements, and what work may do with them. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "store/inner.h"

#include <string.h>

/* The linker makes these two from the section's name. */
extern const struct query *const __start_queries[] __attribute__((visibility("hidden")));
extern const struct query *const __stop_queries[] __attribute__((visibility("hidden")));

const struct query *const *query_all(size_t *count_out)
{
    *count_out = (size_t)(__stop_queries - __start_queries);
    return __start_queries;
}

size_t query_index(const struct query *q)
{
    return (size_t)(q->entry - __start_queries);
}

struct sql_arg sql_null(void)
{
    return (struct sql_arg){.kind = SQL_NULL};
}

struct sql_arg sql_int(int64_t number)
{
    return (struct sql_arg){.kind = SQL_INT, .number = number};
}

struct sql_arg sql_int_or_null(int64_t number, bool has_number)
{
    return has_number ? sql_int(number) : sql_null();
}

struct sql_arg sql_text(const char *text)
{
    return (struct sql_arg){.kind = SQL_TEXT, .bytes = text, .size = strlen(text)};
}

struct sql_arg sql_bytes(const void *bytes, size_t size)
{
    return (struct sql_arg){.kind = SQL_BYTES, .bytes = bytes, .size = size};
}

/* Once a statement has failed, PostgreSQL refuses all others until the savepoint is undone; SQLite
 * would go on. Both answer with the first error, so that no work depends on the engine. */
static struct err *keep_fault(struct tx *tx, struct err *e)
{
    if (e && !tx->fault)
        tx->fault = e;
    return e;
}

static struct err *run(struct tx *tx, struct statement s, const struct sql_arg *args, size_t count,
                       int64_t *changed_out)
{
    if (tx->fault)
        return tx->fault;
    TRY(tx_connect(tx));
    if (tx->is_writer)
        kept_note_write(tx->store, s);
    return keep_fault(tx, tx->conn->driver->run(tx->conn, tx->arena, s, args, count, changed_out));
}

static struct err *rows_open(struct tx *tx, struct statement s, const struct sql_arg *args,
                             size_t count, bool keeps_args, struct rows **rows_out)
{
    if (tx->fault)
        return tx->fault;
    TRY(tx_connect(tx));
    if (tx->is_writer)
        kept_note_write(tx->store, s); /* "returning" */
    struct rows *r = arena_alloc(tx->arena, sizeof *r);
    r->tx = tx;
    TRY(keep_fault(tx, tx->conn->driver->rows_start(r, s, args, count, keeps_args)));
    r->is_open = true;
    r->next_open = tx->open;
    tx->open = r;
    *rows_out = r;
    return NULL;
}

static void rows_close(struct rows *r)
{
    if (!r->is_open)
        return;
    r->is_open = false;
    r->tx->conn->driver->rows_stop(r);
    struct rows **link = &r->tx->open;
    while (*link != r)
        link = &(*link)->next_open;
    *link = r->next_open;
}

struct err *sql_run(struct tx *tx, const struct query *q, const struct sql_arg *args, size_t count,
                    int64_t *changed_out)
{
    return run(tx, (struct statement){.query = q, .text = q->sql}, args, count, changed_out);
}

struct err *sql_run_text(struct tx *tx, const char *sql, const struct sql_arg *args, size_t count)
{
    return run(tx, (struct statement){.text = sql}, args, count, NULL);
}

struct err *sql_rows(struct tx *tx, const struct query *q, const struct sql_arg *args, size_t count,
                     struct rows **rows_out)
{
    struct statement s = {.query = q, .text = q->sql};
    return rows_open(tx, s, args, count, true, rows_out);
}

struct err *sql_rows_text(struct tx *tx, const char *sql, const struct sql_arg *args, size_t count,
                          struct rows **rows_out)
{
    return rows_open(tx, (struct statement){.text = sql}, args, count, true, rows_out);
}

struct err *store_prepare(struct tx *tx, const struct query *q)
{
    TRY(tx_connect(tx));
    return tx->conn->driver->prepare(tx->conn, tx->arena, q);
}

bool rows_next(struct rows *r)
{
    if (r->is_kept) {
        bool has_row = ++r->row < r->row_count;
        if (has_row)
            r->cells = r->kept_cells + (size_t)r->row * (size_t)r->column_count;
        return has_row;
    }
    if (!r->is_open)
        return false;
    if (r->tx->conn->driver->rows_step(r))
        return true;
    (void)keep_fault(r->tx, r->fault);
    rows_close(r);
    return false;
}

struct err *rows_end(struct rows *r)
{
    rows_close(r);
    return r->fault;
}

/* The row outlives its statement, which can be run again at once. */
static void cells_copy(struct rows *r)
{
    struct sql_arg *cells = arena_array(r->tx->arena, (size_t)r->column_count, sizeof *cells);
    for (int i = 0; i < r->column_count; i++) {
        cells[i] = r->tx->conn->driver->cell(r, i);
        if (cells[i].kind == SQL_TEXT || cells[i].kind == SQL_BYTES)
            cells[i].bytes = arena_copy(r->tx->arena, cells[i].bytes, cells[i].size);
    }
    r->cells = cells;
}

struct err *sql_row(struct tx *tx, const struct query *q, const struct sql_arg *args, size_t count,
                    struct rows **row_out, bool *has_row_out)
{
    struct rows *r;
    TRY(rows_open(tx, (struct statement){.query = q, .text = q->sql}, args, count, false, &r));
    bool has_row = rows_next(r);
    if (has_row)
        cells_copy(r);
    TRY(rows_end(r));
    *row_out = r;
    *has_row_out = has_row;
    return NULL;
}

static struct sql_arg cell(const struct rows *r, int column)
{
    CHECK(column >= 0 && column < r->column_count && (r->cells || r->is_open));
    return r->cells ? r->cells[column] : r->tx->conn->driver->cell(r, column);
}

bool rows_is_null(const struct rows *r, int column)
{
    return cell(r, column).kind == SQL_NULL;
}

/* sum() is numeric on PostgreSQL and comes as text: its whole part. */
static int64_t text_whole(const struct rows *r, struct sql_arg c)
{
    const char *point = memchr(c.bytes, '.', c.size);
    size_t size = point ? (size_t)(point - (const char *)c.bytes) : c.size;
    int64_t number = 0;
    return text_to_int(arena_copy(r->tx->arena, c.bytes, size), &number) ? number : 0;
}

int64_t rows_int(const struct rows *r, int column)
{
    struct sql_arg c = cell(r, column);
    return c.kind == SQL_INT ? c.number : c.kind == SQL_TEXT ? text_whole(r, c) : 0;
}

const char *rows_text(const struct rows *r, int column)
{
    struct sql_arg c = cell(r, column);
    if (c.kind == SQL_NULL)
        return "";
    if (c.kind == SQL_INT)
        return text_print(r->tx->arena, "%lld", (long long)c.number);
    return r->cells ? c.bytes : arena_copy(r->tx->arena, c.bytes, c.size);
}

const void *rows_bytes(const struct rows *r, int column, size_t *size_out)
{
    struct sql_arg c = cell(r, column);
    if (c.kind == SQL_NULL || c.kind == SQL_INT) {
        *size_out = 0;
        return "";
    }
    *size_out = c.size;
    return r->cells ? c.bytes : arena_copy(r->tx->arena, c.bytes, c.size);
}

/* Transactions ------------------------------------------------------------------------------- */

void tx_start(struct tx *tx, struct store *s, struct conn *c, struct arena *a, bool is_writer)
{
    *tx = (struct tx){
        .store = s, .conn = c, .arena = a, .now_ms = store_now_ms(s), .is_writer = is_writer};
    tx->kept_version = kept_version(s, tx->now_ms);
    if (c)
        c->is_retryable = false;
}

struct err *tx_end(struct tx *tx, struct err *e)
{
    while (tx->open)
        rows_close(tx->open);
    return e ? e : tx->fault;
}

struct arena *tx_arena(struct tx *tx)
{
    return tx->arena;
}

int64_t tx_now_ms(struct tx *tx)
{
    return tx->now_ms;
}

struct store *tx_store(struct tx *tx)
{
    return tx->store;
}
