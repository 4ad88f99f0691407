/* Days and working days: rows of our own, then the corpus, then properties. */
#include "base/day.h"

#include "test.h"

#include "calendar_2026.h"
#include "corpus.h"

#include <string.h>

static day read_day(const char *text)
{
    day d = 0;
    assert_true(day_read(text, &d));
    return d;
}

static void reads_and_prints_days(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_day;
        day number;
    } rows[] = {
        {"1970-01-01", true, 0},     {"2026-11-24", true, 20781},
        {"2000-02-29", true, 11016}, {"1880-01-01", true, -32872},
        {"1900-02-29", false, 0},    {"2026-13-01", false, 0},
        {"2026-04-31", false, 0},    {"2026-1-01", false, 0},
        {"2026-11-24T00", false, 0}, {"", false, 0},
        {"2026-11", false, 0},       {"2026/11/24", false, 0},
        {"0000-01-01", false, 0},    {" 2026-11-24", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        day d = -1;
        assert_int_equal(day_read(rows[i].text, &d), rows[i].is_day);
        if (!rows[i].is_day)
            continue;
        assert_int_equal(d, rows[i].number);
        char out[16];
        assert_string_equal(day_print(out, d), rows[i].text);
    }
}

static void turns_every_day_there_and_back(void **state)
{
    (void)state;
    for (day d = -800000; d < 800000; d += 13) {
        int y, m, n;
        day_to_date(d, &y, &m, &n);
        assert_int_equal(day_from_date(y, m, n), d);
    }
    assert_int_equal(day_weekday(day_from_date(2026, 11, 24)), 1);
    assert_int_equal(day_weekday(day_from_date(1969, 12, 31)), 2);
    assert_int_equal(day_of_ms(-1, 0), -1);
    assert_int_equal(day_of_ms(1795478400000 - 1, 480), 20781);
}

static void counts_working_days(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        int n;
        const char *expected;
    } rows[] = {
        {"2026-02-12", 5, "2026-02-26"},  {"2026-02-13", 1, "2026-02-14"},
        {"2026-01-02", 1, "2026-01-04"},  {"2026-04-29", 20, "2026-05-29"},
        {"2026-09-18", 2, "2026-09-21"},  {"2026-09-24", 5, "2026-10-09"},
        {"2026-09-30", 1, "2026-10-08"},  {"2026-10-09", 2, "2026-10-12"},
        {"2026-02-24", -1, "2026-02-14"}, {"2026-03-02", 1, "2026-03-03"},
        {"2026-04-30", 1, "2026-05-06"},  {"2026-10-03", 0, "2026-10-03"},
        {"2026-12-30", 2, "2027-01-01"},
    };
    struct calendar_2026 table;
    const struct calendar *c = calendar_2026(&table);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(day_add_working(c, read_day(rows[i].start), rows[i].n),
                         read_day(rows[i].expected));
    assert_int_equal(day_add_natural(c, read_day("2026-09-20"), 5), read_day("2026-09-28"));
    assert_int_equal(day_add_natural(c, read_day("2026-02-12"), 2), read_day("2026-02-14"));
    assert_int_equal(day_working_between(c, read_day("2025-12-31"), read_day("2026-12-31")), 248);
}

static size_t load_days(struct arena *a, const struct json *list, day **days_out)
{
    size_t count = json_count(list);
    *days_out = arena_array(a, count + 1, sizeof **days_out);
    for (size_t i = 0; i < count; i++)
        (*days_out)[i] = read_day(json_text(json_at(list, i), ""));
    return count;
}

static struct calendar load_calendar(struct arena *a, const struct json *corpus)
{
    struct calendar c = {.weekend = 0x60, .published_until = day_from_date(2026, 12, 31)};
    day *closed, *opened;
    c.closed_count = load_days(a, json_get(corpus, "off_days"), &closed);
    c.opened_count = load_days(a, json_get(corpus, "extra_working_days"), &opened);
    c.closed = closed;
    c.opened = opened;
    return c;
}

static void check_vectors(const struct calendar *c, const struct json *list, bool is_natural)
{
    assert_true(json_count(list) > 5);
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *row = json_at(list, i);
        day start = read_day(json_text(json_at(row, 0), ""));
        int32_t n = (int32_t)json_int(json_at(row, 1), 0);
        day got = is_natural ? day_add_natural(c, start, n) : day_add_working(c, start, n);
        char out[16];
        assert_string_equal(day_print(out, got), json_text(json_at(row, 2), ""));
    }
}

static void agrees_with_the_corpus(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct json *corpus = corpus_read(a, "workdays-2026.json");
    if (corpus) {
        struct calendar c = load_calendar(a, corpus);
        check_vectors(&c, json_get(corpus, "vectors"), false);
        check_vectors(&c, json_get(corpus, "backward_vectors"), false);
        check_vectors(&c, json_get(corpus, "natural_vectors"), true);
        const struct json *between = json_get(corpus, "between_vectors");
        for (size_t i = 0; i < json_count(between); i++) {
            const struct json *row = json_at(between, i);
            assert_int_equal(day_working_between(&c, read_day(json_text(json_at(row, 0), "")),
                                                 read_day(json_text(json_at(row, 1), ""))),
                             json_int(json_at(row, 2), -1));
        }
    }
    arena_free(a);
}

static void keeps_the_laws_of_counting(void **state)
{
    (void)state;
    struct calendar_2026 table;
    const struct calendar *c = calendar_2026(&table);
    struct calendar later = *c; /* a table for 2027 that closes its first day */
    table.closed[CLOSED_COUNT] = day_from_date(2027, 1, 1);
    later.closed_count++;
    for (day d = day_from_date(2025, 12, 20); d < day_from_date(2027, 2, 1); d++) {
        assert_true(day_add_working(c, d, 3) <= day_add_working(c, d + 1, 3));
        for (int32_t n = 1; n < 40; n += 3) {
            day due = day_add_working(c, d, n);
            assert_int_equal(day_working_between(c, d, due), n);
            assert_true(due < day_add_working(c, d, n + 1));
            assert_int_equal(day_add_working(c, due, 7), day_add_working(c, d, n + 7));
            if (due < day_from_date(2027, 1, 1))
                assert_int_equal(day_add_working(&later, d, n), due);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_prints_days),
        cmocka_unit_test(turns_every_day_there_and_back),
        cmocka_unit_test(counts_working_days),
        cmocka_unit_test(agrees_with_the_corpus),
        cmocka_unit_test(keeps_the_laws_of_counting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
