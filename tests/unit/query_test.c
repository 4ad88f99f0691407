/* Every statement of the program is prepared: on SQLite, and under tools/with-postgres on
 * PostgreSQL. The rooms are linked whole, so that no statement is missing. */
#include "store_help.h"
#include "test.h"

/* The control: what is wrong must be found wrong. */
QUERY(test_wrong_column, "select nonsense from tenants where tenant = $1");
QUERY(test_wrong_table, "insert into nowhere (a) values ($1)");

static struct err *prepare_work(struct tx *tx, void *job)
{
    return store_prepare(tx, job);
}

static bool is_wrong_on_purpose(const struct query *q)
{
    return text_starts(q->name, "test_wrong_");
}

static void every_statement_is_taken(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const char *dir = help_dir(a);
    struct store_options options = help_options(dir);
    struct store *store;
    assert_null(store_open(a, &options, &store));
    size_t count, faults = 0, wrong = 0;
    const struct query *const *all = query_all(&count);
    for (size_t i = 0; i < count; i++) {
        struct err *e = store_read(store, a, prepare_work, (void *)(uintptr_t)all[i]);
        wrong += e && is_wrong_on_purpose(all[i]);
        if (!e || is_wrong_on_purpose(all[i]))
            continue;
        faults++;
        print_error("%s:%d: %s: %s\n", all[i]->file, all[i]->line, all[i]->name, e->message);
    }
    store_close(store);
    help_remove(dir);
    print_message("# %zu statements\n", count);
    assert_int_equal(wrong, 2);
    assert_int_equal(faults, 0);
    arena_free(a);
}

static void statements_know_their_place(void **state)
{
    (void)state;
    size_t count;
    const struct query *const *all = query_all(&count);
    assert_true(count > 2);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(all[i]->entry, &all[i]);
        assert_true(all[i]->line > 0 && strlen(all[i]->sql) > 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_is_taken),
        cmocka_unit_test(statements_know_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
