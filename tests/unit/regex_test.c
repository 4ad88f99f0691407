/* Patterns: what matches whole, what is refused, and that no text makes the matcher slow. */
#include "engine/regex.h"

#include "base/arena.h"
#include "test.h"

#include <string.h>
#include <time.h>

static void matches_whole_texts(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool is_whole, is_found;
    } rows[] = {
        {"[0-9]{3}", "123", true, true},
        {"[0-9]{3}", "abc123", false, true},
        {"^[0-9]{17}[0-9Xx]$", "11010519491231002X", true, true},
        {"^[0-9]{17}[0-9Xx]$", "11010519491231002", false, false},
        {"1[3-9]\\d{9}", "13812345678", true, true},
        {"a|bc|", "", true, true},
        {"a|bc|", "bc", true, true},
        {"(?:ab|cd){2,3}", "abcdab", true, true},
        {"(?:ab|cd){2,3}", "ab", false, false},
        {"(a*)*b", "aaab", true, true},
        {"a{0}b", "b", true, true},
        {"a{2,}", "a", false, false},
        {"a{2,}", "aaaaa", true, true},
        {"x?y+z*", "yyy", true, true},
        {"[^a-c]+", "xyz", true, true},
        {"[^a-c]+", "xbz", false, true},
        {"[]x]+", "]x]", true, true},
        {"[\\d\\s-]+", "1 2-3", true, true},
        {"\\w+@\\w+\\.[a-z]{2,}", "li@example.cn", true, true},
        {"\\D\\W\\S", "a!b", true, true},
        {"[[:alpha:]]+[[:digit:]]", "ab1", true, true},
        {"[\\u4e00-\\u9fa5]{2,4}", "帮办", true, true},
        {"[一-龥]+", "东村", true, true},
        {".{3}", "𠮷野家", true, true},
        {".", "\n", false, false},
        {"\\.\\*\\[\\\\", ".*[\\", true, true},
        {"\\t\\x41\\u0042", "\tAB", true, true},
        {"a+?b*?", "aab", true, true},
        {"^$", "", true, true},
        {"a^b", "ab", false, false},
        {"((a|b)+c){2}", "abcbc", true, true},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct regex regex;
        size_t at, size = strlen(rows[i].text);
        assert_int_equal(regex_compile(a, rows[i].pattern, &regex, &at), REGEX_GOOD);
        assert_true(regex_check(&regex));
        assert_int_equal(regex_matches(a, &regex, rows[i].text, size), rows[i].is_whole);
        assert_int_equal(regex_finds(a, &regex, rows[i].text, size), rows[i].is_found);
    }
    arena_free(a);
}

static void refuses_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        enum regex_fault fault;
    } rows[] = {
        {"(a", REGEX_SYNTAX},
        {"a)", REGEX_SYNTAX},
        {"[a", REGEX_SYNTAX},
        {"[z-a]", REGEX_SYNTAX},
        {"*a", REGEX_SYNTAX},
        {"a{2", REGEX_SYNTAX},
        {"a{3,2}", REGEX_SYNTAX},
        {"\\", REGEX_SYNTAX},
        {"\\y", REGEX_SYNTAX},
        {"(a*)*\\1b", REGEX_UNSUPPORTED},
        {"(?=a)", REGEX_UNSUPPORTED},
        {"(?<!a)", REGEX_UNSUPPORTED},
        {"a*+", REGEX_UNSUPPORTED},
        {"\\bword", REGEX_UNSUPPORTED},
        {"\\p{L}", REGEX_UNSUPPORTED},
        {"a{1001}", REGEX_TOO_LARGE},
        {"((a{1,100}){1,100}){1,100}", REGEX_TOO_LARGE},
        {"((a{1,30}){1,30}){1,30}", REGEX_TOO_LARGE},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct regex regex;
        size_t at;
        assert_int_equal(regex_compile(a, rows[i].pattern, &regex, &at), rows[i].fault);
    }
    char pattern[600];
    memset(pattern, 'a', sizeof pattern - 1);
    pattern[sizeof pattern - 1] = '\0';
    struct regex regex;
    size_t at;
    assert_int_equal(regex_compile(a, pattern, &regex, &at), REGEX_TOO_LARGE);
    arena_free(a);
}

/* X11: what hangs a backtracking matcher takes its fair share and no more. */
static void X11_stays_linear(void **state)
{
    (void)state;
    static const char *const patterns[] = {"^(a+)+$", "(a*)*b", "(a|a)*c", "(.*)*(.*)*x",
                                           "([a-z]{1,30}){1,30}"};
    struct arena *a = arena_new();
    char text[4097];
    memset(text, 'a', 4096);
    text[4096] = '\0';
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        struct regex regex;
        size_t at;
        assert_int_equal(regex_compile(a, patterns[i], &regex, &at), REGEX_GOOD);
        clock_t start = clock();
        (void)regex_matches(a, &regex, text, 4096);
        assert_in_range((clock() - start) * 1000 / CLOCKS_PER_SEC, 0, 400);
    }
    arena_free(a);
}

static void damaged_programs_are_found(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct regex regex;
    size_t at;
    assert_int_equal(regex_compile(a, "(a|b)*c", &regex, &at), REGEX_GOOD);
    uint32_t *words = (uint32_t *)(void *)arena_copy(a, regex.words, regex.count * sizeof *words);
    const struct regex damaged = {.words = words, .count = regex.count};
    assert_true(regex_check(&damaged));
    words[1] += 1000; /* a jump out of the program */
    assert_false(regex_check(&damaged));
    words[1] -= 1000;
    words[regex.count - 1] = 0;
    assert_false(regex_check(&damaged));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_whole_texts),
        cmocka_unit_test(refuses_with_a_reason),
        cmocka_unit_test(X11_stays_linear),
        cmocka_unit_test(damaged_programs_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
