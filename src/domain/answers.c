/* Questions -> columns -> rows. Names of tables and columns are letters, digits and _ only, made
 * here from the names of the form, and always quoted: nothing that a person typed comes into a
 * statement. */
#include "domain/answers.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/number.h"
#include "base/text.h"
#include "domain/catalogue.h"
#include "domain/derive.h"
#include "domain/office.h"
#include "engine/form.h"
#include "formats/xml.h"
#include "forms/record.h"
#include "store/store.h"

#include <math.h>
#include <string.h>

enum { NAME_MAX_SIZE = 40, VALUES = 40 /* of one statement */, SETTLE_MS = 2000 };

/* Columns ------------------------------------------------------------------------------------- */

struct column {
    const char *path, *table, *name, *type;
};
struct columns { /* of one service */
    struct column *items;
    size_t count, capacity;
};

QUERY(answer_columns_of, "select path, table_name, column_name, type from answer_columns "
                         "where tenant = $1 and service = $2 order by number");
QUERY(answer_column_add, "insert into answer_columns (tenant, service, path, table_name, "
                         "column_name, type, number) values ($1, $2, $3, $4, $5, $6, $7)");
QUERY(answer_table_other, "select 1 from answer_columns where table_name = $1 and service <> $2 "
                          "limit 1");
QUERY(answer_column_any, "select count(*), coalesce(sum(case when column_name = $2 then 1 else 0 "
                         "end), 0) from answer_columns where table_name = $1");

static void columns_add(struct arena *a, struct columns *c, struct column column)
{
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? c->capacity * 2 : 64;
        struct column *items = arena_array(a, capacity, sizeof *items);
        if (c->count)
            memcpy(items, c->items, c->count * sizeof *items);
        c->items = items;
        c->capacity = capacity;
    }
    c->items[c->count++] = column;
}

static struct err *columns_read(struct tx *tx, const struct office *o, const char *service,
                                struct columns *c)
{
    struct rows *r;
    TRY(sql_rows(tx, &answer_columns_of, ARGS(sql_int(o->tenant->id), sql_text(service)), &r));
    while (rows_next(r))
        columns_add(
            tx_arena(tx), c,
            (struct column){rows_text(r, 0), rows_text(r, 1), rows_text(r, 2), rows_text(r, 3)});
    return rows_end(r);
}

static const struct column *column_of(const struct columns *c, const char *path)
{
    for (size_t i = 0; i < c->count; i++)
        if (text_equal(c->items[i].path, path))
            return &c->items[i];
    return NULL;
}

/* Letters, digits and _, in lower case; anything else becomes _. */
static const char *plain_name(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, a);
    for (const char *p = text_lower(a, text); *p && b.size < NAME_MAX_SIZE; p++) {
        bool is_plain = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
        buf_char(&b, is_plain ? *p : '_');
    }
    return buf_text(&b);
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* What the form says ----------------------------------------------------------------------------
 */

struct outline {
    struct arena *arena;
    struct columns questions; /* path and type */
    const char *repeats[64];
    size_t repeat_count;
};

static const char *attribute(const struct xml_node *n, const char *name)
{
    const char *value = xml_attribute(n, "", name);
    return value ? value : "";
}

static const char *column_type(const char *bind)
{
    const char *colon = strrchr(bind, ':');
    const char *type = colon ? colon + 1 : bind;
    if (text_equal(type, "int") || text_equal(type, "integer"))
        return "bigint";
    return text_equal(type, "decimal") ? "double precision" : "text";
}

/* A question has a type; groups have none, notes are read-only without a calculation. */
static void outline_bind(struct outline *f, const struct xml_node *n)
{
    const char *path = attribute(n, "nodeset"), *type = attribute(n, "type");
    bool is_note = *attribute(n, "readonly") && !*attribute(n, "calculate");
    if (*type && !is_note && !strstr(path, "/meta/"))
        columns_add(f->arena, &f->questions,
                    (struct column){.path = path, .type = column_type(type)});
}

static void outline_node(struct outline *f, const struct xml_node *n)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next) {
        if (c->kind != XML_ELEMENT)
            continue;
        if (text_equal(c->name, "bind"))
            outline_bind(f, c);
        if (text_equal(c->name, "repeat") && f->repeat_count < 64)
            f->repeats[f->repeat_count++] = attribute(c, "nodeset");
        outline_node(f, c);
    }
}

/* The innermost repeat that the path lies in, "" if none. */
static const char *repeat_of(const struct outline *f, const char *path)
{
    const char *found = "";
    for (size_t i = 0; i < f->repeat_count; i++) {
        size_t size = strlen(f->repeats[i]);
        if (text_starts(path, f->repeats[i]) && path[size] == '/' && size > strlen(found))
            found = f->repeats[i];
    }
    return found;
}

/* Making tables ---------------------------------------------------------------------------------
 */

static bool is_key(const char *name)
{
    static const char *const keys[] = {"tenant",  "submission_id", "position",   "instance_id",
                                       "version", "received_at",   "replaces_id"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (text_equal(keys[i], name))
            return true;
    return false;
}

static struct err *table_size(struct tx *tx, const char *table, const char *column,
                              int64_t *count_out, bool *has_column_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &answer_column_any, ARGS(sql_text(table), sql_text(column)), &r, &has_row));
    *count_out = rows_int(r, 0);
    *has_column_out = rows_int(r, 1) > 0;
    return NULL;
}

/* answers_CODE, answers_CODE_REPEAT; the next number when another service has the name, or when the
 * table is full. */
static struct err *table_choose(struct tx *tx, const char *service, const char *repeat,
                                const char **table_out, int64_t *count_out)
{
    struct arena *a = tx_arena(tx);
    const char *base = text_join(a, "answers_", plain_name(a, service));
    if (*repeat)
        base = text_print(a, "%s_%.*s", base, 12, plain_name(a, last_name(repeat)));
    for (int n = 1;; n++) {
        struct rows *r;
        bool is_taken, has_column;
        *table_out = n == 1 ? base : text_print(a, "%s_%d", base, n);
        TRY(sql_row(tx, &answer_table_other, ARGS(sql_text(*table_out), sql_text(service)), &r,
                    &is_taken));
        TRY(table_size(tx, *table_out, "", count_out, &has_column));
        if (!is_taken && *count_out < ANSWERS_COLUMNS)
            return NULL;
    }
}

static struct err *table_make(struct tx *tx, const char *table, bool is_repeat)
{
    return sql_run_text(
        tx,
        text_print(tx_arena(tx),
                   "create table if not exists \"%s\" (\"tenant\" bigint not null, "
                   "\"submission_id\" bigint not null, %s primary key (\"tenant\", "
                   "\"submission_id\"%s))",
                   table,
                   is_repeat ? "\"position\" text not null,"
                             : "\"instance_id\" text, \"received_at\" bigint, \"version\" text, "
                               "\"replaces_id\" bigint,",
                   is_repeat ? ", \"position\"" : ""),
        NO_ARGS);
}

static struct err *column_name(struct tx *tx, const char *table, const char *path,
                               const char **name_out)
{
    struct arena *a = tx_arena(tx);
    const char *base = plain_name(a, last_name(path));
    for (int n = 1;; n++) {
        int64_t count;
        bool is_taken;
        *name_out = n == 1 ? base : text_print(a, "%s_%d", base, n);
        TRY(table_size(tx, table, *name_out, &count, &is_taken));
        if (!is_taken && !is_key(*name_out))
            return NULL;
    }
}

static struct err *column_make(struct tx *tx, const struct office *o, const char *service,
                               const char *repeat, const struct column *question, struct columns *c)
{
    struct arena *a = tx_arena(tx);
    struct column made = {.path = question->path, .type = question->type};
    int64_t count;
    TRY(table_choose(tx, service, repeat, &made.table, &count));
    if (count == 0)
        TRY(table_make(tx, made.table, *repeat != '\0'));
    TRY(column_name(tx, made.table, made.path, &made.name));
    TRY(sql_run_text(
        tx,
        text_print(a, "alter table \"%s\" add column \"%s\" %s", made.table, made.name, made.type),
        NO_ARGS));
    TRY(sql_run(tx, &answer_column_add,
                ARGS(sql_int(o->tenant->id), sql_text(service), sql_text(made.path),
                     sql_text(made.table), sql_text(made.name), sql_text(made.type),
                     sql_int((int64_t)c->count)),
                NULL));
    columns_add(a, c, made);
    return NULL;
}

/* Columns for all questions of the version; those that are there stay. */
static struct err *columns_need(struct tx *tx, const struct office *o, const struct form_version *v,
                                struct columns *c)
{
    struct outline f = {.arena = tx_arena(tx)};
    const struct xml_node *root;
    TRY(columns_read(tx, o, v->code, c));
    TRY(xml_read(f.arena, v->xform, v->xform_size, &root));
    outline_node(&f, root);
    for (size_t i = 0; i < f.questions.count; i++) {
        const struct column *q = &f.questions.items[i];
        if (!column_of(c, q->path))
            TRY(column_make(tx, o, v->code, repeat_of(&f, q->path), q, c));
    }
    return NULL;
}

/* Rows ------------------------------------------------------------------------------------------
 */

/* "/data/member[2]/pet[1]/name" -> "/data/member/pet/name" and "2.1". */
static const char *path_plain(struct arena *a, const char *path, const char **position_out)
{
    struct buf plain, position;
    buf_init(&plain, a);
    buf_init(&position, a);
    for (const char *p = path; *p; p++) {
        if (*p != '[') {
            buf_char(&plain, *p);
            continue;
        }
        size_t size = strcspn(p + 1, "]");
        if (position.size)
            buf_char(&position, '.');
        buf_bytes(&position, p + 1, size);
        p += size + (p[1 + size] == ']');
    }
    *position_out = buf_text(&position);
    return buf_text(&plain);
}

struct cell {
    const struct column *column;
    const char *position, *text;
    bool is_written;
};

static struct sql_arg cell_arg(struct arena *a, const struct cell *c)
{
    int64_t whole;
    double number;
    if (text_equal(c->column->type, "text"))
        return sql_text(c->text);
    if (text_equal(c->column->type, "bigint"))
        return sql_int_or_null(text_to_int(c->text, &whole) ? whole : 0,
                               text_to_int(c->text, &whole));
    if (!number_read(c->text, strlen(c->text), &number) || !isfinite(number))
        return sql_null();
    struct buf b;
    buf_init(&b, a);
    number_print(&b, number);
    return sql_text(buf_text(&b));
}

struct submission_row {
    int64_t id, form_version_id, received_at, replaces_id;
    const char *instance_id;
};

static bool is_same_row(const struct cell *a, const struct cell *b)
{
    return text_equal(a->column->table, b->column->table) && text_equal(a->position, b->position);
}

/* The next cells of the row, up to VALUES; how many. */
static size_t cells_gather(struct cell *cells, size_t count, const struct cell *first,
                           struct cell *out[static VALUES])
{
    size_t n = 0;
    for (size_t i = 0; i < count && n < VALUES; i++)
        if (!cells[i].is_written && is_same_row(&cells[i], first)) {
            cells[i].is_written = true;
            out[n++] = &cells[i];
        }
    return n;
}

static struct err *row_begin(struct tx *tx, int64_t tenant, int64_t submission_id,
                             const struct cell *first)
{
    bool is_repeat = *first->position != '\0';
    const char *sql = text_print(tx_arena(tx),
                                 "insert into \"%s\" (\"tenant\", \"submission_id\"%s) "
                                 "values ($1, $2%s) on conflict do nothing",
                                 first->column->table, is_repeat ? ", \"position\"" : "",
                                 is_repeat ? ", $3" : "");
    const struct sql_arg args[] = {sql_int(tenant), sql_int(submission_id),
                                   sql_text(first->position)};
    return sql_run_text(tx, sql, args, is_repeat ? 3 : 2);
}

static struct err *row_values(struct tx *tx, int64_t tenant, int64_t submission_id,
                              struct cell *const *cells, size_t count)
{
    struct sql_arg args[VALUES + 3] = {sql_int(tenant), sql_int(submission_id)};
    bool is_repeat = *cells[0]->position != '\0';
    size_t n = 2;
    struct buf b;
    if (is_repeat)
        args[n++] = sql_text(cells[0]->position);
    buf_init(&b, tx_arena(tx));
    buf_print(&b, "update \"%s\" set ", cells[0]->column->table);
    for (size_t i = 0; i < count; i++) {
        args[n++] = cell_arg(tx_arena(tx), cells[i]);
        buf_print(&b, "%s\"%s\" = cast($%zu as %s)", i ? ", " : "", cells[i]->column->name, n,
                  cells[i]->column->type);
    }
    buf_print(&b, " where \"tenant\" = $1 and \"submission_id\" = $2%s",
              is_repeat ? " and \"position\" = $3" : "");
    return sql_run_text(tx, buf_text(&b), args, n);
}

static struct err *cells_write(struct tx *tx, int64_t tenant, int64_t submission_id,
                               struct cell *cells, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cell *row[VALUES];
        size_t n;
        if (cells[i].is_written)
            continue;
        TRY(row_begin(tx, tenant, submission_id, &cells[i]));
        while ((n = cells_gather(cells, count, &cells[i], row)) > 0)
            TRY(row_values(tx, tenant, submission_id, row, n));
    }
    return NULL;
}

static struct err *head_write(struct tx *tx, int64_t tenant, const char *table,
                              const struct form_version *v, const struct submission_row *s)
{
    const char *sql = text_print(tx_arena(tx),
                                 "insert into \"%s\" (\"tenant\", \"submission_id\", "
                                 "\"instance_id\", \"received_at\", \"version\", \"replaces_id\") "
                                 "values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
                                 table);
    return sql_run_text(tx, sql,
                        ARGS(sql_int(tenant), sql_int(s->id), sql_text(s->instance_id),
                             sql_int(s->received_at), sql_text(v->version),
                             sql_int_or_null(s->replaces_id, s->replaces_id != 0)));
}

QUERY(answers_xml, "select xml from submissions where tenant = $1 and id = $2");

/* The table of the questions outside repeats: the first one that is none of a repeat. */
static const char *head_table(struct arena *a, const struct form_version *v,
                              const struct columns *c)
{
    const char *base = text_join(a, "answers_", plain_name(a, v->code));
    for (size_t i = 0; i < c->count; i++)
        if (text_equal(c->items[i].table, base))
            return base;
    return "";
}

/* own: for the reading, whose tools are put away when it is reset. */
static struct err *submission_spread(struct tx *tx, struct arena *own, const struct office *o,
                                     const struct form_version *v, const struct columns *c,
                                     const struct submission_row *s)
{
    struct arena *a = tx_arena(tx);
    int64_t tenant = o->tenant->id;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &answers_xml, ARGS(sql_int(tenant), sql_int(s->id)), &r, &has_row));
    const char *xml = rows_text(r, 0), *head = head_table(a, v, c);
    struct record record;
    if (record_read(own, v->form, xml, strlen(xml), &record))
        return NULL; /* a device's, kept as it came: it has no answers to show */
    struct cell *cells = arena_array(own, record.count + 1, sizeof *cells);
    size_t count = 0;
    for (size_t i = 0; i < record.count; i++) {
        struct cell cell = {.text = record.answers[i].text};
        cell.column = column_of(c, path_plain(own, record.answers[i].path, &cell.position));
        if (cell.column && *cell.text)
            cells[count++] = cell;
    }
    if (*head)
        TRY(head_write(tx, tenant, head, v, s));
    return cells_write(tx, tenant, s->id, cells, count);
}

/* The stream ------------------------------------------------------------------------------------
 */

QUERY(answers_newer, "select id, form_version_id, received_at, coalesce(replaces_id, 0), "
                     "instance_id from submissions where tenant = $1 and id > $2 "
                     "order by id limit $3");

static int64_t settled(struct tx *tx)
{
    return store_is_postgres(tx_store(tx)) ? tx_now_ms(tx) - SETTLE_MS : INT64_MAX;
}

static struct err *newer(struct tx *tx, struct office *o, int64_t limit, int64_t *from_out,
                         struct rows **r_out)
{
    TRY(derive_progress(tx, o->tenant->id, "answers", from_out));
    return sql_rows(tx, &answers_newer,
                    ARGS(sql_int(o->tenant->id), sql_int(*from_out), sql_int(limit)), r_out);
}

struct err *answers_has(struct tx *tx, struct office *o, bool *has_out)
{
    struct rows *r;
    int64_t from;
    TRY(newer(tx, o, 1, &from, &r));
    *has_out = rows_next(r) && rows_int(r, 2) <= settled(tx);
    return rows_end(r);
}

struct known { /* versions met in this step */
    const struct form_version *version;
    struct columns columns;
};

static struct err *known_find(struct tx *tx, struct office *o, int64_t id, struct known *all,
                              size_t *count, struct known **out)
{
    for (size_t i = 0; i < *count; i++)
        if (all[i].version->id == id) {
            *out = &all[i];
            return NULL;
        }
    *out = &all[*count];
    TRY(catalogue_version(o->catalogue, tx, id, &(*out)->version));
    TRY(columns_need(tx, o, (*out)->version, &(*out)->columns));
    (*count)++;
    return NULL;
}

static struct err *rows_spread(struct tx *tx, struct arena *own, struct office *o,
                               const struct submission_row *list, int64_t count)
{
    struct arena *a = tx_arena(tx);
    struct known *all = arena_array(a, (size_t)count, sizeof *all), *known;
    size_t known_count = 0;
    for (int64_t i = 0; i < count; i++) {
        TRY(known_find(tx, o, list[i].form_version_id, all, &known_count, &known));
        struct arena_mark mark = arena_mark(a);
        TRY(submission_spread(tx, own, o, known->version, &known->columns, &list[i]));
        arena_rewind(a, mark);
        arena_reset(own);
    }
    return NULL;
}

struct err *answers_take(struct tx *tx, struct office *o, int64_t limit, int64_t *taken_out)
{
    struct submission_row *list = arena_array(tx_arena(tx), (size_t)limit, sizeof *list);
    struct rows *r;
    int64_t from, count = 0;
    bool is_mine;
    TRY(newer(tx, o, limit, &from, &r));
    for (; rows_next(r) && count < limit && rows_int(r, 2) <= settled(tx); count++)
        list[count] = (struct submission_row){rows_int(r, 0), rows_int(r, 1), rows_int(r, 2),
                                              rows_int(r, 3), rows_text(r, 4)};
    TRY(rows_end(r));
    *taken_out = 0;
    if (count == 0)
        return NULL;
    TRY(derive_advance(tx, o->tenant->id, "answers", from, list[count - 1].id, &is_mine));
    if (!is_mine)
        return NULL;
    *taken_out = count;
    struct arena *own = arena_new();
    struct err *e = rows_spread(tx, own, o, list, count);
    arena_free(own);
    return e;
}

/* Rebuild and list ------------------------------------------------------------------------------
 */

static const char *const tables_sql[] = {
    "select name from sqlite_master where type = 'table' and name like 'answers\\_%' escape '\\'",
    "select tablename from pg_tables where schemaname = current_schema() "
    "and tablename like 'answers\\_%'",
};

struct err *answers_drop(struct tx *tx)
{
    struct arena *a = tx_arena(tx);
    const char *names[1024];
    size_t count;
    do { /* a row more than fits comes in the next turn */
        struct rows *r;
        count = 0;
        TRY(sql_rows_text(tx, tables_sql[store_is_postgres(tx_store(tx))], NO_ARGS, &r));
        while (count < 1024 && rows_next(r))
            names[count++] = rows_text(r, 0);
        TRY(rows_end(r));
        for (size_t i = 0; i < count; i++)
            TRY(sql_run_text(tx, text_print(a, "drop table \"%s\"", names[i]), NO_ARGS));
    } while (count == 1024);
    return NULL;
}

QUERY(answer_columns_all, "select table_name, column_name, type, path from answer_columns "
                          "where tenant = $1 order by table_name, number");

struct err *answers_print(struct tx *tx, const struct office *o, struct buf *b)
{
    struct rows *r;
    TRY(sql_rows(tx, &answer_columns_all, ARGS(sql_int(o->tenant->id)), &r));
    while (rows_next(r))
        buf_print(b, "%s\t%s\t%s\t%s\n", rows_text(r, 0), rows_text(r, 1), rows_text(r, 2),
                  rows_text(r, 3));
    return rows_end(r);
}
