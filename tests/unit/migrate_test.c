/* The schema's way up, and the rules of its text. */
#include "base/buf.h"
#include "store_help.h"
#include "test.h"

#include <ctype.h>

static struct arena *arena;
static const char *dir;
static struct store *store;

static int opened(void **state)
{
    (void)state;
    arena = arena_new();
    dir = help_dir(arena);
    struct store_options options = help_options(dir);
    return store_open(arena, &options, &store) ? -1 : 0;
}

static int closed(void **state)
{
    (void)state;
    if (store)
        store_close(store);
    help_remove(dir);
    arena_free(arena);
    return 0;
}

QUERY(test_newer, "insert into schema_changes (number, name, hash, note, applied_at) "
                  "values (9999, 'future', '', '', 0)");
QUERY(test_other_text, "update schema_changes set hash = 'x' where number = $1");
QUERY(test_area_add, "insert into area_within (tenant, area_id, ancestor_id) values (1, 1, 1)");
QUERY(test_area_count, "select count(*) from area_within");

static struct err *run_work(struct tx *tx, void *job)
{
    const struct query *q = job;
    if (q == &test_other_text)
        return sql_run(tx, q, ARGS(sql_int(1)), NULL);
    return sql_run(tx, q, NO_ARGS, NULL);
}

static void run(const struct query *q)
{
    assert_null(store_write(store, arena, run_work, (void *)(uintptr_t)q));
}

static struct err *open_again(void)
{
    store_close(store);
    store = NULL;
    struct store_options options = help_options(dir);
    return store_open(arena, &options, &store);
}

static void opening_again_changes_nothing(void **state)
{
    (void)state;
    run(&test_area_add);
    assert_null(open_again());
    assert_false(store_derived_is_stale(store));
    assert_null(open_again());
}

static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    run(&test_newer);
    struct err *e = open_again();
    assert_non_null(e);
    assert_string_equal(e->code, "store.newer");
    assert_int_equal(e->kind, ERR_CONFLICT);
}

static void another_text_of_a_migration_is_refused(void **state)
{
    (void)state;
    run(&test_other_text);
    struct err *e = open_again();
    assert_non_null(e);
    assert_string_equal(e->code, "store.changed");
}

QUERY(test_other_derived, "update schema_changes set hash = 'x' where number = 0");

static struct err *reset_work(struct tx *tx, void *job)
{
    (void)job;
    return store_derived_reset(tx);
}

static struct err *count_work(struct tx *tx, void *job)
{
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &test_area_count, NO_ARGS, &row, &has_row));
    *(int64_t *)job = rows_int(row, 0);
    return NULL;
}

static void another_derived_text_asks_for_a_rebuild(void **state)
{
    (void)state;
    run(&test_area_add);
    run(&test_other_derived);
    assert_null(open_again());
    assert_true(store_derived_is_stale(store));
    assert_null(store_write(store, arena, reset_work, NULL));
    assert_false(store_derived_is_stale(store));
    int64_t count = -1;
    assert_null(store_read(store, arena, count_work, &count));
    assert_int_equal(count, 0);
    assert_null(open_again());
    assert_false(store_derived_is_stale(store));
}

/* Rules of the schema's text: what Citus refuses must not be written. ------------------------- */

struct lint {
    struct arena *arena;
    int faults, keys;
};

/* Lower case, without comments, blanks collapsed. */
static const char *plain(struct arena *a, const char *sql)
{
    struct buf b;
    buf_init(&b, a);
    for (const char *at = sql; *at; at++) {
        if (at[0] == '-' && at[1] == '-')
            at += strcspn(at, "\n");
        buf_char(&b, (char)tolower((unsigned char)*at));
        if (!*at)
            break;
    }
    return text_collapse(a, buf_text(&b));
}

static void lint_fault(struct lint *l, const char *table, const char *what)
{
    l->faults++;
    print_error("%s: %s\n", table, what);
}

static bool is_exempt(const char *table)
{
    return text_equal(table, "tenants") || text_equal(table, "lanes");
}

/* at points behind "primary key" or "unique": what the parenthesis begins with. */
static void lint_key(struct lint *l, const char *table, const char *at)
{
    l->keys++;
    while (*at == ' ')
        at++;
    if (!text_starts(at, "(tenant,") && !text_starts(at, "(tenant)") && !is_exempt(table))
        lint_fault(l, table, "a unique key does not begin with tenant");
}

static void lint_create_table(struct lint *l, const char *table, const char *body)
{
    if (!strstr(body, "primary key"))
        lint_fault(l, table, "no primary key");
    for (const char *at = body; (at = strstr(at, "primary key"));)
        lint_key(l, table, at += strlen("primary key"));
    for (const char *at = body; (at = strstr(at, "unique"));)
        lint_key(l, table, at += strlen("unique"));
}

static void lint_statement(struct lint *l, const char *sql)
{
    if (strstr(sql, "trigger") || strstr(sql, "serial") || strstr(sql, "autoincrement"))
        lint_fault(l, sql, "triggers and counters are not allowed");
    if (text_starts(sql, "create table ")) {
        const char *name = sql + strlen("create table ");
        size_t size = strcspn(name, " (");
        lint_create_table(l, arena_copy(l->arena, name, size), name + size);
    } else if (text_starts(sql, "create unique index")) {
        const char *table = strstr(sql, " on ") + 4;
        size_t size = strcspn(table, " (");
        lint_key(l, arena_copy(l->arena, table, size), table + size);
    }
}

static void lint_text(struct lint *l, const char *sql)
{
    for (const char *at = plain(l->arena, sql); *at;) {
        size_t size = strcspn(at, ";");
        lint_statement(l, text_trim(l->arena, arena_copy(l->arena, at, size)));
        at += size + (at[size] == ';');
    }
}

static const char *file_text(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    struct buf b;
    buf_init(&b, a);
    char part[4096];
    for (size_t got; (got = fread(part, 1, sizeof part, f)) > 0;)
        buf_bytes(&b, part, got);
    (void)fclose(f);
    return buf_text(&b);
}

static void the_schema_keeps_its_rules(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct lint bad = {.arena = a}, good = {.arena = a};
    lint_text(&bad, "create table x (tenant bigint, id bigint, primary key (id, tenant));");
    lint_text(&bad, "create unique index y on x (id);");
    lint_text(&bad, "create table z (tenant bigint, primary key (tenant), unique (id));");
    lint_text(&bad, "create trigger t after insert on x begin select 1; end;");
    assert_int_equal(bad.faults, 4);
    const char *source = getenv("BANGBAN_SOURCE");
    assert_non_null(source);
    const char *const files[] = {"/migrations/0001-facts.sql", "/migrations/0002-case-files.sql",
                                 "/migrations/0003-sweep.sql", "/migrations/derived.sql"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        lint_text(&good, file_text(a, text_join(a, source, files[i])));
    assert_int_equal(good.faults, 0);
    assert_true(good.keys > 40);
    arena_free(a);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, opened, closed)
    const struct CMUnitTest tests[] = {
        WITH_STORE(opening_again_changes_nothing),
        WITH_STORE(a_newer_schema_is_refused),
        WITH_STORE(another_text_of_a_migration_is_refused),
        WITH_STORE(another_derived_text_asks_for_a_rebuild),
        cmocka_unit_test(the_schema_keeps_its_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
