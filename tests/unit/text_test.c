/* UTF-8 text and the printer. */
#include "base/text.h"

#include "base/arena.h"
#include "base/buf.h"
#include "test.h"

#include <string.h>

static void accepts_only_well_formed_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        bool is_good;
    } rows[] = {
        {"", 0, true},
        {"abc", 3, true},
        {"帮办", 6, true},
        {"\0", 1, false},
        {"\xC0\x80", 2, false},
        {"\xED\xA0\x80", 3, false},
        {"\xEF\xBF\xBE", 3, false},
        {"\xF4\x90\x80\x80", 4, false},
        {"\xE4\xBD", 2, false},
        {"\xF0\xA0\xAE\xB7", 4, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(text_is_utf8(rows[i].bytes, rows[i].size), rows[i].is_good);
}

static void trims_and_collapses(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const struct {
        const char *text, *trimmed, *collapsed;
    } rows[] = {
        {"  a  b ", "a  b", "a b"},
        {"\xE3\x80\x80姓名\xC2\xA0", "姓名", "姓名"},
        {"", "", ""},
        {" \t\n", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(text_trim(a, rows[i].text), rows[i].trimmed);
        assert_string_equal(text_collapse(a, rows[i].text), rows[i].collapsed);
    }
    arena_free(a);
}

static void counts_utf16_units(void **state)
{
    (void)state;
    assert_int_equal(text_utf16_length("𠮷野"), 3);
    assert_int_equal(text_length("𠮷野"), 2);
    assert_int_equal(text_utf16_length("帮办 ok"), 5);
}

static void prints_like_printf(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    assert_string_equal(
        text_print(a, "%s|%5d|%-4d|%04d|%llx|%%|%.*s", "x", -42, 7, 7, 255ULL, 2, "abc"),
        "x|  -42|7   |0007|ff|%|ab");
    assert_string_equal(text_print(a, "%lld %zu", (long long)INT64_MIN, (size_t)0),
                        "-9223372036854775808 0");
    arena_free(a);
}

static void reads_integers(void **state)
{
    (void)state;
    int64_t n = 1;
    assert_true(text_to_int("-9223372036854775808", &n));
    assert_true(n == INT64_MIN);
    assert_false(text_to_int("9223372036854775808", &n));
    assert_false(text_to_int("", &n));
    assert_false(text_to_int("12a", &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_only_well_formed_utf8),
        cmocka_unit_test(trims_and_collapses),
        cmocka_unit_test(counts_utf16_units),
        cmocka_unit_test(prints_like_printf),
        cmocka_unit_test(reads_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
