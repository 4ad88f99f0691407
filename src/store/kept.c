/* Rows of tables that seldom change, kept in memory: who holds a token, his posts, the calendar,
 * the codes of units. A request asks for them again and again, and on PostgreSQL each asking is a
 * wait.
 *
 * A version counts the commits that changed one of these tables; it is raised before the change is
 * answered, so that nobody who was told of a change sees what was before it. Rows belong to the
 * version that stood before their snapshot. On PostgreSQL, where other processes may write, rows
 * live for a second at most. */
#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "store/inner.h"

#include <string.h>

static const char *const slow_tables[] = {
    "tenants", "areas",         "units",          "persons",       "posts",
    "grants",  "device_tokens", "calendar_years", "calendar_days",
};

struct kept {
    struct arena *arena;
    atomic_int holders; /* the place, and each reader */
    int64_t version;
    const struct query *query;
    const struct sql_arg *args;
    size_t arg_count;
    const struct sql_arg *cells; /* row by row */
    int column_count, row_count;
};

/* Which tables ------------------------------------------------------------------------------- */

static bool is_slow_table(const char *word)
{
    size_t size = strcspn(word, " ,()");
    for (size_t i = 0; i < sizeof slow_tables / sizeof *slow_tables; i++)
        if (strlen(slow_tables[i]) == size && memcmp(slow_tables[i], word, size) == 0)
            return true;
    return false;
}

/* Behind each of these words stands a table: is any of them slow, are all? */
static void look_behind(const char *sql, const char *words, bool *any_out, bool *all_out)
{
    for (const char *at = sql; (at = strstr(at, words)) != NULL;) {
        at += strlen(words);
        bool is_slow = is_slow_table(at);
        *any_out = *any_out || is_slow;
        *all_out = *all_out && is_slow;
    }
}

static bool writes_slow_table(const char *sql)
{
    bool any = false, all = true;
    look_behind(sql, "insert into ", &any, &all);
    look_behind(sql, "update ", &any, &all);
    look_behind(sql, "delete from ", &any, &all);
    return any;
}

static bool reads_slow_tables_only(const char *sql)
{
    bool any = false, all = true;
    look_behind(sql, " from ", &any, &all);
    look_behind(sql, " join ", &any, &all);
    return any && all;
}

/* Versions ----------------------------------------------------------------------------------- */

enum { UNKNOWN, FAST, SLOW };

void kept_note_write(struct store *s, struct statement of)
{
    struct writer *w = &s->writer;
    if (!w->writes_slow) {
        size_t count;
        (void)query_all(&count);
        w->writes_slow = arena_alloc(s->arena, count);
    }
    unsigned char mine = UNKNOWN, *kind = of.query ? &w->writes_slow[query_index(of.query)] : &mine;
    if (*kind == UNKNOWN)
        *kind = writes_slow_table(of.text) ? SLOW : FAST;
    if (*kind == SLOW)
        w->is_slow_written = true;
}

void kept_group_over(struct store *s)
{
    if (s->writer.is_slow_written)
        atomic_fetch_add(&s->kept.version, 1);
    s->writer.is_slow_written = false;
}

int64_t kept_version(struct store *s, int64_t now_ms)
{
    int64_t version = atomic_load(&s->kept.version) + 1;
    return s->driver->is_postgres ? version << 32 | (now_ms / 1000 & 0xffffffff) : version;
}

/* What this very transaction changed is for nobody else, and what was kept not for it. */
static bool may_keep(const struct tx *tx)
{
    return !tx->is_writer || !tx->store->writer.is_slow_written;
}

/* Places ------------------------------------------------------------------------------------- */

static void kept_release(void *kept)
{
    struct kept *k = kept;
    if (atomic_fetch_sub(&k->holders, 1) == 1)
        arena_free(k->arena);
}

static bool is_same_arg(const struct sql_arg *x, const struct sql_arg *y)
{
    bool has_bytes = x->kind == SQL_TEXT || x->kind == SQL_BYTES;
    return x->kind == y->kind && x->number == y->number && x->size == y->size &&
           (!has_bytes || memcmp(x->bytes, y->bytes, x->size) == 0);
}

static bool is_kept_for(const struct kept *k, const struct query *q, const struct sql_arg *args,
                        size_t count)
{
    if (k->query != q || k->arg_count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_same_arg(&k->args[i], &args[i]))
            return false;
    return true;
}

static struct kept **place_of(struct store *s, const struct query *q, const struct sql_arg *args,
                              size_t count)
{
    uint64_t hash = 1469598103934665603u ^ query_index(q); /* FNV-1a */
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ (uint64_t)args[i].number) * 1099511628211u;
        for (size_t k = 0; k < args[i].size; k++)
            hash = (hash ^ ((const unsigned char *)args[i].bytes)[k]) * 1099511628211u;
    }
    return &s->kept.places[(hash ^ hash >> 32) % KEPT_PLACES];
}

static struct kept *find(struct tx *tx, const struct query *q, const struct sql_arg *args,
                         size_t count)
{
    struct store *s = tx->store;
    pthread_mutex_lock(&s->kept.mutex);
    struct kept *k = *place_of(s, q, args, count);
    if (k && (k->version != tx->kept_version || !is_kept_for(k, q, args, count)))
        k = NULL;
    if (k)
        atomic_fetch_add(&k->holders, 1);
    pthread_mutex_unlock(&s->kept.mutex);
    return k;
}

static void put(struct store *s, struct kept *k)
{
    atomic_fetch_add(&k->holders, 1);
    struct kept **place = place_of(s, k->query, k->args, k->arg_count);
    pthread_mutex_lock(&s->kept.mutex);
    struct kept *old = *place;
    *place = k;
    pthread_mutex_unlock(&s->kept.mutex);
    if (old)
        kept_release(old);
}

void kept_start(struct store *s)
{
    pthread_mutex_init(&s->kept.mutex, NULL);
}

void kept_stop(struct store *s)
{
    for (size_t i = 0; i < KEPT_PLACES; i++)
        if (s->kept.places[i])
            kept_release(s->kept.places[i]);
    pthread_mutex_destroy(&s->kept.mutex);
}

/* Reading ------------------------------------------------------------------------------------ */

static struct sql_arg arg_copy(struct arena *a, struct sql_arg arg)
{
    if (arg.kind == SQL_TEXT || arg.kind == SQL_BYTES)
        arg.bytes = arena_copy(a, arg.bytes, arg.size);
    return arg;
}

static struct kept *kept_new(const struct tx *tx, const struct query *q, const struct sql_arg *args,
                             size_t count)
{
    struct arena *a = arena_new();
    struct kept *k = arena_alloc(a, sizeof *k);
    struct sql_arg *copies = arena_array(a, count + 1, sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = arg_copy(a, args[i]);
    *k = (struct kept){.arena = a,
                       .holders = 1,
                       .version = tx->kept_version,
                       .query = q,
                       .args = copies,
                       .arg_count = count};
    return k;
}

static struct err *read_all(struct tx *tx, struct kept *k)
{
    struct rows *r;
    struct sql_arg *cells = NULL;
    size_t room = 0;
    TRY(sql_rows(tx, k->query, k->args, k->arg_count, &r));
    k->column_count = r->column_count;
    size_t width = (size_t)k->column_count;
    for (; rows_next(r); k->row_count++) {
        size_t used = (size_t)k->row_count * width;
        if (used + width > room) {
            struct sql_arg *larger =
                arena_array(k->arena, room = 2 * (used + width), sizeof *larger);
            if (used)
                memcpy(larger, cells, used * sizeof *larger);
            cells = larger;
        }
        for (size_t i = 0; i < width; i++)
            cells[used + i] = arg_copy(k->arena, tx->conn->driver->cell(r, (int)i));
    }
    k->cells = cells;
    return rows_end(r);
}

static struct err *kept_read(struct tx *tx, const struct query *q, const struct sql_arg *args,
                             size_t count, struct kept **out)
{
    CHECK(reads_slow_tables_only(q->sql));
    struct kept *k = kept_new(tx, q, args, count);
    struct err *e = read_all(tx, k);
    if (e) {
        kept_release(k);
        return e;
    }
    /* Nothing found is not kept: that would be strangers' questions. */
    if (may_keep(tx) && k->row_count > 0)
        put(tx->store, k);
    *out = k;
    return NULL;
}

struct err *sql_rows_kept(struct tx *tx, const struct query *q, const struct sql_arg *args,
                          size_t count, struct rows **rows_out)
{
    if (tx->fault)
        return tx->fault;
    struct kept *k = may_keep(tx) ? find(tx, q, args, count) : NULL;
    if (!k)
        TRY(kept_read(tx, q, args, count, &k));
    arena_defer(tx->arena, kept_release, k);
    struct rows *r = arena_alloc(tx->arena, sizeof *r);
    *r = (struct rows){.tx = tx,
                       .kept_cells = k->cells,
                       .is_kept = true,
                       .column_count = k->column_count,
                       .row = -1,
                       .row_count = k->row_count};
    *rows_out = r;
    return NULL;
}

struct err *sql_row_kept(struct tx *tx, const struct query *q, const struct sql_arg *args,
                         size_t count, struct rows **row_out, bool *has_row_out)
{
    TRY(sql_rows_kept(tx, q, args, count, row_out));
    *has_row_out = rows_next(*row_out);
    return NULL;
}
