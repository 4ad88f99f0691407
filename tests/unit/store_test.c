/* The two doors: reading in a snapshot, writing through the writer; opening and refusing to. */
#include "store/store.h"

#include "store_help.h"
#include "test.h"

struct fixture {
    struct arena *arena;
    const char *dir;
    struct store *store;
};

static int fixture_open(void **state)
{
    struct arena *a = arena_new();
    struct fixture *f = arena_alloc(a, sizeof *f);
    f->arena = a;
    f->dir = help_dir(a);
    struct store_options options = help_options(f->dir);
    struct err *e = store_open(a, &options, &f->store);
    if (e)
        print_error("%s: %s\n", e->code, e->message);
    *state = f;
    return e ? -1 : 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    if (f->store)
        store_close(f->store);
    help_remove(f->dir);
    arena_free(f->arena);
    return 0;
}

QUERY(test_year_add, "insert into calendar_years (tenant, year, source, loaded_at) "
                     "values ($1, $2, $3, $4)");
QUERY(test_year_list, "select year, source, loaded_at from calendar_years where tenant = $1 "
                      "order by year");
/* $2 stands before $1 on purpose. */
QUERY(test_year_source, "select source, year from calendar_years where year = $2 and tenant = $1");
QUERY(test_year_sum, "select sum(loaded_at), count(*) from calendar_years where tenant = $1");
QUERY(test_media_add, "insert into blob_chunks (tenant, hash, number, bytes) "
                      "values ($1, $2, $3, $4)");
QUERY(test_media_get, "select bytes from blob_chunks where tenant = $1 and hash = $2");
QUERY(
    test_case_state_add,
    "insert into case_states (tenant, case_id, state, outcome, step, unit_id, area_id, "
    "service_id, submission_id, seq, due_on, order_on, is_provisional, notice_count, "
    "visit_count, changed_at) values ($1, $2, 'open', '', 's', $3, 1, 1, 1, 1, $4, 0, 0, 0, 0, 0)");
QUERY(test_case_state_get, "select unit_id, due_on from case_states where tenant = $1 and "
                           "case_id = $2");
QUERY(test_audit_add,
      "insert into audit_entries (tenant, lane, seq, at, actor, op, object, result, request_hash, "
      "repeats, prev_hash, hash) values ($1, $2, $3, 0, '', '', '', '', '', 1, '', '')");
QUERY(test_audit_change, "update audit_entries set actor = 'x' where tenant = $1");
QUERY(test_audit_delete, "delete from audit_entries where tenant = $1");

struct year {
    int64_t tenant, year, at;
    const char *source;
};

static struct err *year_add(struct tx *tx, void *job)
{
    const struct year *y = job;
    return sql_run(tx, &test_year_add,
                   ARGS(sql_int(y->tenant), sql_int(y->year), sql_text(y->source), sql_int(y->at)),
                   NULL);
}

static struct err *years_of_1(struct tx *tx, void *job)
{
    struct rows *rows;
    int64_t *count = job;
    TRY(sql_rows(tx, &test_year_list, ARGS(sql_int(1)), &rows));
    while (rows_next(rows)) {
        assert_int_equal(rows_int(rows, 0), 2025 + *count);
        assert_string_equal(rows_text(rows, 1), "国办发明电〔2025〕7号");
        assert_true(rows_int(rows, 2) == 1764000000000);
        (*count)++;
    }
    return rows_end(rows);
}

static void rows_come_back(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        struct year y = {1, 2025 + i, 1764000000000, "国办发明电〔2025〕7号"};
        assert_null(store_write(f->store, f->arena, year_add, &y));
    }
    int64_t count = 0;
    assert_null(store_read(f->store, f->arena, years_of_1, &count));
    assert_int_equal(count, 3);
}

static struct err *parameters_work(struct tx *tx, void *job)
{
    (void)job;
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &test_year_source, ARGS(sql_int(1), sql_int(2026)), &row, &has_row));
    assert_true(has_row);
    assert_string_equal(rows_text(row, 0), "b");
    TRY(sql_row(tx, &test_year_source, ARGS(sql_int(2026), sql_int(1)), &row, &has_row));
    assert_false(has_row);
    TRY(sql_row(tx, &test_year_sum, ARGS(sql_int(1)), &row, &has_row));
    assert_true(rows_int(row, 0) == 30 && rows_int(row, 1) == 2);
    assert_string_equal(rows_text(row, 0), "30");
    return NULL;
}

static void parameters_go_by_number(void **state)
{
    struct fixture *f = *state;
    struct year first = {1, 2025, 10, "a"}, second = {1, 2026, 20, "b"};
    assert_null(store_write(f->store, f->arena, year_add, &first));
    assert_null(store_write(f->store, f->arena, year_add, &second));
    assert_null(store_read(f->store, f->arena, parameters_work, NULL));
}

/* Kept rows: who was told of a change sees it, and the work that changes sees its own. */

static struct err *kept_count(struct tx *tx, void *job)
{
    struct rows *rows;
    int64_t *count = job;
    *count = 0;
    TRY(sql_rows_kept(tx, &test_year_list, ARGS(sql_int(1)), &rows));
    for (; rows_next(rows); (*count)++)
        assert_int_equal(rows_int(rows, 0), 2025 + *count);
    return rows_end(rows);
}

struct kept_job {
    struct year year;
    int64_t before, within;
    bool fails;
};

static struct err *kept_change(struct tx *tx, void *job)
{
    struct kept_job *j = job;
    TRY(kept_count(tx, &j->before));
    TRY(year_add(tx, &j->year));
    TRY(kept_count(tx, &j->within));
    return j->fails ? err_new(tx_arena(tx), ERR_INVALID, "test.undo", "", "No.", "否。") : NULL;
}

static void kept_rows_follow_changes(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        struct kept_job j = {.year = {1, 2025 + i, 0, "a"}, .fails = true};
        int64_t count;
        assert_non_null(store_write(f->store, f->arena, kept_change, &j));
        assert_int_equal(j.within, i + 1);
        assert_null(store_read(f->store, f->arena, kept_count, &count));
        assert_int_equal(count, i); /* undone */
        j.fails = false;
        assert_null(store_write(f->store, f->arena, kept_change, &j));
        assert_true(j.before == i && j.within == i + 1);
        for (int again = 0; again < 2; again++) {
            assert_null(store_read(f->store, f->arena, kept_count, &count));
            assert_int_equal(count, i + 1);
        }
    }
}

static struct err *kinds_write(struct tx *tx, void *job)
{
    (void)job;
    unsigned char bytes[256];
    for (int i = 0; i < 256; i++)
        bytes[i] = (unsigned char)i;
    TRY(sql_run(tx, &test_media_add,
                ARGS(sql_int(1), sql_text("h"), sql_int(0), sql_bytes(bytes, sizeof bytes)), NULL));
    TRY(sql_run(tx, &test_case_state_add,
                ARGS(sql_int(1), sql_int(1), sql_null(), sql_int_or_null(0, false)), NULL));
    return sql_run(tx, &test_case_state_add,
                   ARGS(sql_int(1), sql_int(2), sql_int(5000000000), sql_int_or_null(20000, true)),
                   NULL);
}

static struct err *kinds_read(struct tx *tx, void *job)
{
    (void)job;
    struct rows *row;
    bool has_row;
    size_t size;
    TRY(sql_row(tx, &test_media_get, ARGS(sql_int(1), sql_text("h")), &row, &has_row));
    const unsigned char *bytes = rows_bytes(row, 0, &size);
    assert_int_equal(size, 256);
    for (int i = 0; i < 256; i++)
        assert_int_equal(bytes[i], i);
    TRY(sql_row(tx, &test_case_state_get, ARGS(sql_int(1), sql_int(1)), &row, &has_row));
    assert_true(rows_is_null(row, 0) && rows_is_null(row, 1) && rows_int(row, 1) == 0);
    assert_string_equal(rows_text(row, 1), "");
    TRY(sql_row(tx, &test_case_state_get, ARGS(sql_int(1), sql_int(2)), &row, &has_row));
    assert_false(rows_is_null(row, 0));
    assert_true(rows_int(row, 0) == 5000000000 && rows_int(row, 1) == 20000);
    return NULL;
}

static void every_kind_of_value_comes_back(void **state)
{
    struct fixture *f = *state;
    assert_null(store_write(f->store, f->arena, kinds_write, NULL));
    assert_null(store_read(f->store, f->arena, kinds_read, NULL));
}

/* One query inside another's loop, and cursors left open. */
static struct err *nested_work(struct tx *tx, void *job)
{
    int64_t *count = job;
    struct rows *outer, *inner, *left;
    TRY(sql_rows(tx, &test_year_list, ARGS(sql_int(1)), &outer));
    while (rows_next(outer)) {
        TRY(sql_rows(tx, &test_year_list, ARGS(sql_int(1)), &inner));
        while (rows_next(inner))
            (*count)++;
        TRY(rows_end(inner));
    }
    TRY(rows_end(outer));
    TRY(sql_rows(tx, &test_year_list, ARGS(sql_int(1)), &left));
    (void)rows_next(left);
    return NULL;
}

static void a_query_can_run_within_itself(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        struct year y = {1, 2025 + i, 0, ""};
        assert_null(store_write(f->store, f->arena, year_add, &y));
    }
    for (int i = 0; i < 3; i++) {
        int64_t count = 0;
        assert_null(store_read(f->store, f->arena, nested_work, &count));
        assert_int_equal(count, 9);
        count = 0;
        assert_null(store_write(f->store, f->arena, nested_work, &count));
        assert_int_equal(count, 9);
    }
}

static void a_reader_cannot_write(void **state)
{
    struct fixture *f = *state;
    struct year y = {1, 2025, 0, ""};
    struct err *e = store_read(f->store, f->arena, year_add, &y);
    assert_non_null(e);
    assert_int_equal(e->kind, ERR_INTERNAL);
}

static void a_taken_key_is_a_conflict(void **state)
{
    struct fixture *f = *state;
    struct year y = {1, 2025, 0, ""};
    assert_null(store_write(f->store, f->arena, year_add, &y));
    struct err *e = store_write(f->store, f->arena, year_add, &y);
    assert_non_null(e);
    assert_string_equal(e->code, "store.unique");
    assert_int_equal(e->kind, ERR_CONFLICT);
}

static struct err *swallowing_work(struct tx *tx, void *job)
{
    struct year *y = job;
    struct err *ignored = year_add(tx, y);
    (void)ignored;
    y->year++;
    ignored = year_add(tx, y); /* on PostgreSQL this cannot work: nor shall it on SQLite */
    return NULL;
}

static void a_swallowed_error_still_undoes_the_work(void **state)
{
    struct fixture *f = *state;
    struct year y = {1, 2025, 1764000000000, "国办发明电〔2025〕7号"};
    assert_null(store_write(f->store, f->arena, year_add, &y));
    struct err *e = store_write(f->store, f->arena, swallowing_work, &y);
    assert_non_null(e);
    assert_string_equal(e->code, "store.unique");
    int64_t count = 0;
    assert_null(store_read(f->store, f->arena, years_of_1, &count));
    assert_int_equal(count, 1);
}

static struct err *audit_work(struct tx *tx, void *job)
{
    const struct query *q = job;
    if (q == &test_audit_add)
        return sql_run(tx, q, ARGS(sql_int(1), sql_int(tx_lane(tx)), sql_int(1)), NULL);
    return sql_run(tx, q, ARGS(sql_int(1)), NULL);
}

static void audit_entries_are_only_added(void **state)
{
    struct fixture *f = *state;
    assert_null(store_write(f->store, f->arena, audit_work, (void *)(uintptr_t)&test_audit_add));
    const struct query *refused[] = {&test_audit_change, &test_audit_delete};
    for (size_t i = 0; i < 2; i++) {
        struct err *e = store_write(f->store, f->arena, audit_work, (void *)(uintptr_t)refused[i]);
        /* The PostgreSQL of the tests may run as superuser, whom no privilege binds. */
        if (!store_is_postgres(f->store))
            assert_non_null(e);
    }
}

static void a_second_instance_is_refused(void **state)
{
    struct fixture *f = *state;
    struct store_options options = help_options(f->dir);
    struct store *second = NULL;
    struct err *e = store_open(f->arena, &options, &second);
    assert_non_null(e);
    assert_string_equal(e->code, "store.in_use");
    assert_null(second);
}

static void missing_data_is_refused(void **state)
{
    struct fixture *f = *state;
    struct store_options options = {
        .data_dir = help_dir(f->arena), .database = "", .must_exist = true, .now_ms = clock_now_ms};
    struct store *second;
    struct err *e = store_open(f->arena, &options, &second);
    assert_non_null(e);
    assert_string_equal(e->code, "store.missing");
    help_remove(options.data_dir);
}

struct ids {
    int64_t last, lane;
    int count;
};

static struct err *ids_work(struct tx *tx, void *job)
{
    struct ids *ids = job;
    for (int i = 0; i < 10000; i++) {
        int64_t id = tx_new_id(tx);
        assert_true(id > ids->last && id < ((int64_t)1 << 53));
        ids->last = id;
    }
    assert_true(tx_lane(tx) != ids->lane);
    ids->lane = tx_lane(tx);
    return NULL;
}

static int64_t clock_back(void *self)
{
    return clock_now_ms(NULL) - *(int64_t *)self;
}

/* Even a clock that goes back gives no id twice: they go on, and a new start has another lane. */
static void ids_rise_and_are_never_twice(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    int64_t back_ms = 0;
    struct store_options options = help_options(f->dir);
    options.now_ms = clock_back;
    options.self = &back_ms;
    struct ids ids = {0};
    int64_t low_lanes[3];
    for (int i = 0; i < 3; i++) {
        assert_null(store_open(f->arena, &options, &f->store));
        assert_null(store_write(f->store, f->arena, ids_work, &ids));
        back_ms += 3600 * 1000;
        low_lanes[i] = ids.last >> 6 & 63;
        ids.lane = 0;
        assert_null(store_write(f->store, f->arena, ids_work, &ids));
        ids.last = 0;
        store_close(f->store);
    }
    f->store = NULL;
    assert_true(low_lanes[0] != low_lanes[1] && low_lanes[1] != low_lanes[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_come_back, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(parameters_go_by_number, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(kept_rows_follow_changes, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(every_kind_of_value_comes_back, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(a_query_can_run_within_itself, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_reader_cannot_write, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_taken_key_is_a_conflict, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_swallowed_error_still_undoes_the_work, fixture_open,
                                        fixture_close),
        cmocka_unit_test_setup_teardown(audit_entries_are_only_added, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(a_second_instance_is_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(missing_data_is_refused, fixture_open, fixture_close),
        cmocka_unit_test_setup_teardown(ids_rise_and_are_never_twice, fixture_open, fixture_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
