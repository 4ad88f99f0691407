/* The schema's way up: numbered migrations hold facts and run once; derived.sql holds what can be
 * recomputed. All that is missing runs in one transaction with its rows of schema_changes, so that
 * a crash leaves the old schema or the new one. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/inner.h"

#include <string.h>

/* note: for number 0 (derived.sql) the tables it made. */
static const char schema_changes_sql[] =
    "create table if not exists schema_changes (number integer not null primary key, "
    "name text not null, hash text not null, note text not null, applied_at bigint not null)";

QUERY(schema_newest, "select coalesce(max(number), 0) from schema_changes");
QUERY(schema_change_get, "select hash, note from schema_changes where number = $1");
QUERY(schema_change_add, "insert into schema_changes (number, name, hash, note, applied_at) "
                         "values ($1, $2, $3, $4, $5) on conflict (number) do update set "
                         "hash = excluded.hash, note = excluded.note, "
                         "applied_at = excluded.applied_at");

/* The names after "create table", separated by blanks. */
static const char *table_names(struct arena *a, const char *sql)
{
    static const char words[] = "create table ";
    struct buf b;
    buf_init(&b, a);
    for (const char *at = strstr(sql, words); at; at = strstr(at, words)) {
        at += sizeof words - 1;
        size_t size = strcspn(at, " (\n");
        buf_add(&b, b.size ? " " : "");
        buf_bytes(&b, at, size);
    }
    return buf_text(&b);
}

static struct err *change_record(struct tx *tx, const struct migration *m)
{
    const char *note = m->number == 0 ? table_names(tx->arena, m->sql) : "";
    return sql_run(tx, &schema_change_add,
                   ARGS(sql_int(m->number), sql_text(m->name),
                        sql_text(secret_sha256_hex(tx->arena, m->sql, strlen(m->sql))),
                        sql_text(note), sql_int(tx->now_ms)),
                   NULL);
}

static struct err *change_find(struct tx *tx, const struct migration *m, bool *is_there_out,
                               bool *is_same_out)
{
    struct rows *row;
    TRY(sql_row(tx, &schema_change_get, ARGS(sql_int(m->number)), &row, is_there_out));
    const char *hash = secret_sha256_hex(tx->arena, m->sql, strlen(m->sql));
    *is_same_out = *is_there_out && text_equal(rows_text(row, 0), hash);
    return NULL;
}

static struct err *change_apply(struct tx *tx, const struct migration *m)
{
    bool is_there, is_same;
    TRY(change_find(tx, m, &is_there, &is_same));
    if (is_there && !is_same && m->number > 0)
        return err_new(tx->arena, ERR_CONFLICT, "store.changed", m->name,
                       "This data was made with another text of migration %s. Use the program "
                       "that made it, or start with an empty folder.",
                       "这份数据是用另一版本的迁移 %s 建立的。请使用原来的程序，或换一个空目录。",
                       m->name);
    if (is_there && !is_same)
        tx->store->is_derived_stale = true;
    if (is_there)
        return NULL;
    TRY(tx->conn->driver->script(tx->conn, tx->arena, m->sql));
    return change_record(tx, m);
}

static struct err *refuse_newer(struct tx *tx)
{
    int64_t known = 0;
    for (const struct migration *m = migrations; m->name; m++)
        if (m->number > known)
            known = m->number;
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &schema_newest, NO_ARGS, &row, &has_row));
    int64_t newest = rows_int(row, 0);
    if (newest <= known)
        return NULL;
    return err_new(tx->arena, ERR_CONFLICT, "store.newer", "",
                   "This data has schema %lld, this program knows %lld. Use a newer program.",
                   "数据的结构版本是 %lld，本程序只认识到 %lld。请使用更新的程序。",
                   (long long)newest, (long long)known);
}

struct err *migrate_check(struct tx *tx, void *job)
{
    (void)job;
    TRY(refuse_newer(tx));
    for (const struct migration *m = migrations; m->name; m++) {
        bool is_there, is_same;
        TRY(change_find(tx, m, &is_there, &is_same));
        if (!is_there)
            return err_new(tx->arena, ERR_CONFLICT, "store.older", m->name,
                           "This data is of an older program. Start the server once with this one.",
                           "这份数据来自旧版程序，请先用新程序启动一次服务。");
    }
    return NULL;
}

static struct err *migrate_work(struct tx *tx)
{
    struct conn *c = tx->conn;
    if (c->driver->schema_lock)
        TRY(c->driver->script(c, tx->arena, c->driver->schema_lock));
    TRY(c->driver->script(c, tx->arena, schema_changes_sql));
    TRY(refuse_newer(tx));
    for (const struct migration *m = migrations; m->name; m++)
        TRY(change_apply(tx, m));
    return NULL;
}

struct err *migrate(struct arena *a, struct store *s, struct conn *c)
{
    struct tx tx;
    TRY(c->driver->verb(c, a, VERB_BEGIN_WRITE));
    tx_start(&tx, s, c, a, true);
    struct err *e = tx_end(&tx, migrate_work(&tx));
    if (!e)
        return c->driver->verb(c, a, VERB_COMMIT);
    if (!c->is_lost && !c->is_undone)
        (void)c->driver->verb(c, a, VERB_ROLLBACK); /* e is the error to tell */
    return e;
}

/* Derived tables ----------------------------------------------------------------------------- */

static struct err *tables_drop(struct tx *tx, const char *names)
{
    while (*names) {
        size_t size = strcspn(names, " ");
        const char *name = arena_copy(tx->arena, names, size);
        const char *sql = text_join(tx->arena, "drop table if exists ", name);
        TRY(tx->conn->driver->script(tx->conn, tx->arena, sql));
        names += size + (names[size] == ' ');
    }
    return NULL;
}

struct err *store_derived_reset(struct tx *tx)
{
    const struct migration *derived = migrations; /* number 0 stands first */
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &schema_change_get, ARGS(sql_int(0)), &row, &has_row));
    if (has_row)
        TRY(tables_drop(tx, rows_text(row, 1)));
    TRY(tables_drop(tx, table_names(tx->arena, derived->sql)));
    TRY(tx->conn->driver->script(tx->conn, tx->arena, derived->sql));
    TRY(change_record(tx, derived));
    tx->store->is_derived_stale = false;
    return NULL;
}

bool store_derived_is_stale(const struct store *s)
{
    return s->is_derived_stale;
}
