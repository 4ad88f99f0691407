/* The legal clock: rows of domain.md f, the corpus ledger, stops without notice, hours. */
#include "flow/clock.h"

#include "test.h"

#include "calendar_2026.h"
#include "corpus.h"

#include <string.h>

enum { LONGEST = 8 };
struct row {
    const char *events; /* "start 04-29, stop 05-08" in 2026 */
    const char *unit;
    int32_t limit;
    const char *today, *due; /* due "" = none */
    int32_t used, left;
};

static day read_day(const char *text)
{
    day d = 0;
    assert_true(day_read(text, &d));
    return d;
}

static size_t read_events(struct arena *a, const char *text, struct clock_event *events)
{
    size_t count = 0;
    while (*text) {
        char kind[12], at[8];
        int length = 0;
        assert_int_equal(sscanf(text, " %11[a-z] %7[0-9-]%n", kind, at, &length), 2);
        struct clock_event *e = &events[count++];
        *e = (struct clock_event){.reason = "专家评审", .amount = 10, .has_told_on = true};
        assert_true(clock_event_find(kind, &e->kind));
        e->on_day = e->told_on = read_day(text_print(a, "2026-%s", at));
        e->at_ms = (int64_t)e->on_day * 86400000 + 2 * 3600000;
        text += length;
        text += *text == ',';
    }
    return count;
}

static struct err *read_row(struct arena *a, const struct row *row, struct clock_event *events,
                            struct clock_reading *r)
{
    struct calendar_2026 *table = arena_alloc(a, sizeof *table);
    struct clock_ledger ledger = {.limit = row->limit, .events = events};
    ledger.count = read_events(a, row->events, events);
    assert_true(clock_unit_find(row->unit, &ledger.unit));
    struct clock_now now = {.today = read_day(row->today), .utc_offset_min = 480};
    now.now_ms = (int64_t)now.today * 86400000 + 2 * 3600000;
    return clock_read(a, &ledger, calendar_2026(table), &now, r);
}

static void reads_ledgers(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const struct row rows[] = {
        {"start 04-29", "wd", 20, "2026-05-11", "2026-05-29", 6, 14},
        {"start 04-29, stop 05-08", "wd", 20, "2026-06-10", "", 4, 16},
        {"start 04-29, stop 05-08, resume 06-10", "wd", 20, "2026-06-15", "2026-07-03", 7, 13},
        {"start 04-29, stop 05-11, resume 05-11", "wd", 20, "2026-05-12", "2026-05-29", 7, 13},
        {"start 02-12, stop 02-14, resume 02-26, stop 02-28, resume 03-16", "工作日", 20,
         "2026-03-20", "2026-04-08", 8, 12},
        {"start 03-02", "wd", 5, "2026-03-11", "2026-03-09", 7, -2},
        {"start 03-02, extend 03-05", "wd", 5, "2026-03-11", "2026-03-23", 7, 8},
        {"start 04-29, end 05-11", "wd", 20, "2026-06-01", "", 6, 14},
        {"start 04-29, stop 05-08, end 05-20", "wd", 20, "2026-06-01", "", 4, 16},
        {"", "wd", 20, "2026-06-01", "", 0, 20},
        {"start 09-20", "d", 5, "2026-09-26", "2026-09-28", 6, 2},
        {"start 03-02", "d", 5, "2026-03-09", "2026-03-09", 7, 0},
        {"start 03-02", "h", 24, "2026-03-03", "2026-03-03", 24, 0},
        {"start 03-02", "小时", 24, "2026-03-04", "2026-03-03", 48, -24},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct clock_event events[LONGEST];
        struct clock_reading r;
        char out[16];
        assert_null(read_row(a, &rows[i], events, &r));
        assert_string_equal(r.has_due ? day_print(out, r.due) : "", rows[i].due);
        assert_int_equal(r.used, rows[i].used);
        assert_int_equal(r.left, rows[i].left);
        assert_int_equal(r.is_late, rows[i].left < 0);
    }
    arena_free(a);
}

static void refuses_what_cannot_follow(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const char *const rows[] = {
        "stop 03-02",
        "start 03-02, start 03-03",
        "start 03-02, resume 03-03",
        "start 03-05, stop 03-03",
        "start 03-02, stop 03-03, stop 03-04",
        "start 03-02, end 03-03, resume 03-04",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct clock_event events[LONGEST];
        struct clock_reading r;
        struct row row = {rows[i], "wd", 20, "2026-04-01", "", 0, 0};
        struct err *e = read_row(a, &row, events, &r);
        assert_non_null(e);
        assert_string_equal(e->code, "clock.order");
    }
    arena_free(a);
}

static void stops_only_with_cause_and_written_notice(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct calendar_2026 table;
    struct clock_event events[] = {
        {.kind = CLOCK_START, .on_day = read_day("2026-03-02")},
        {.kind = CLOCK_STOP, .on_day = read_day("2026-03-04"), .reason = ""},
    };
    struct clock_ledger ledger = {CLOCK_WORKING_DAY, 10, events, 2};
    struct clock_now now = {.today = read_day("2026-03-10"), .utc_offset_min = 480};
    struct clock_reading r;
    struct err *e = clock_read(a, &ledger, calendar_2026(&table), &now, &r);
    assert_non_null(e);
    assert_string_equal(e->code, "clock.no_reason");
    /* A cause, but nobody was told: it runs on. */
    events[1].reason = "检验";
    assert_null(clock_read(a, &ledger, calendar_2026(&table), &now, &r));
    assert_true(r.is_running);
    assert_int_equal(r.used, 6);
    assert_string_equal(r.stopped_for, "");
    /* Told on the 6th: it ran until then. */
    events[1].has_told_on = true;
    events[1].told_on = read_day("2026-03-06");
    assert_null(clock_read(a, &ledger, calendar_2026(&table), &now, &r));
    assert_false(r.is_running);
    assert_int_equal(r.used, 4);
    assert_string_equal(r.stopped_for, "检验");
    arena_free(a);
}

static struct clock_reading read_simple(struct arena *a, const struct calendar *c,
                                        const char *start, int32_t limit)
{
    struct clock_event event = {.kind = CLOCK_START, .on_day = read_day(start)};
    struct clock_ledger ledger = {CLOCK_WORKING_DAY, limit, &event, 1};
    struct clock_now now = {.today = event.on_day};
    struct clock_reading r;
    assert_null(clock_read(a, &ledger, c, &now, &r));
    return r;
}

static void marks_dates_beyond_the_table(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const struct {
        const char *start;
        int32_t n;
        const char *tentative, *after;
    } rows[] = {
        {"2026-12-30", 2, "2027-01-01", "2027-01-04"},
        {"2026-12-28", 5, "2027-01-04", "2027-01-05"},
        {"2026-12-15", 20, "2027-01-12", "2027-01-13"},
    };
    struct calendar_2026 table;
    struct calendar c = *calendar_2026(&table), loaded = c;
    table.closed[CLOSED_COUNT] = read_day("2027-01-01");
    loaded.closed_count++;
    loaded.published_until = read_day("2027-12-31");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[16];
        struct clock_reading r = read_simple(a, &c, rows[i].start, rows[i].n);
        assert_string_equal(day_print(out, r.due), rows[i].tentative);
        assert_true(r.is_provisional);
        r = read_simple(a, &loaded, rows[i].start, rows[i].n);
        assert_string_equal(day_print(out, r.due), rows[i].after);
        assert_false(r.is_provisional);
    }
    assert_false(read_simple(a, &c, "2026-11-24", 5).is_provisional);
    arena_free(a);
}

static size_t load_events(const struct json *list, struct clock_event *events)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *item = json_at(list, i);
        const char *kind = json_text(json_at(item, 0), "");
        events[i] = (struct clock_event){.reason = "评审", .has_told_on = true};
        assert_true(clock_event_find(strcmp(kind, "done") == 0 ? "end" : kind, &events[i].kind));
        events[i].on_day = events[i].told_on = read_day(json_text(json_at(item, 1), ""));
    }
    return json_count(list);
}

static void agrees_with_the_corpus(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct calendar_2026 table;
    const struct calendar *c = calendar_2026(&table);
    const struct json *corpus = corpus_read(a, "workdays-2026.json");
    const struct json *list = corpus ? json_get(corpus, "ledger_vectors") : NULL;
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *row = json_at(list, i);
        struct clock_event events[LONGEST];
        struct clock_ledger ledger = {CLOCK_WORKING_DAY, 0, events, 0};
        ledger.limit = (int32_t)json_get_int(row, "budget", 0);
        ledger.count = load_events(json_get(row, "events"), events);
        struct clock_now now = {.today = read_day(json_get_text(row, "on"))};
        struct clock_reading r;
        char out[16];
        assert_null(clock_read(a, &ledger, c, &now, &r));
        assert_string_equal(r.has_due ? day_print(out, r.due) : "", json_get_text(row, "due"));
        assert_int_equal(r.used, json_get_int(row, "used_on", -1));
        assert_int_equal(r.left, json_get_int(row, "left_on", -99));
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_ledgers),
        cmocka_unit_test(refuses_what_cannot_follow),
        cmocka_unit_test(stops_only_with_cause_and_written_notice),
        cmocka_unit_test(marks_dates_beyond_the_table),
        cmocka_unit_test(agrees_with_the_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
