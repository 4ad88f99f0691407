/* Numbers as text, against rows and against the C library on a hundred thousand doubles. */
#include "base/number.h"

#include "base/arena.h"
#include "base/buf.h"
#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *printed(struct arena *a, double number)
{
    struct buf b;
    buf_init(&b, a);
    number_print(&b, number);
    return buf_text(&b);
}

static void reads_plain_decimals_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_number;
        double number;
    } rows[] = {
        {"12", true, 12},       {" -3.50 ", true, -3.5},
        {".5", true, 0.5},      {"5.", true, 5},
        {"-0", true, -0.0},     {"", false, 0},
        {"  ", false, 0},       {".", false, 0},
        {"-", false, 0},        {"1e3", false, 0},
        {"+1", false, 0},       {"1.2.3", false, 0},
        {"Infinity", false, 0}, {"NaN", false, 0},
        {"- 17", false, 0},     {"4,6", false, 0},
        {"0x10", false, 0},     {"9007199254740993", true, 9007199254740992},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double number = 77;
        assert_int_equal(number_read(rows[i].text, strlen(rows[i].text), &number),
                         rows[i].is_number);
        assert_true(number == (rows[i].is_number ? rows[i].number : 77));
    }
}

static void prints_the_shortest_plain_digits(void **state)
{
    (void)state;
    static const struct {
        double number;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "0"},
        {3, "3"},
        {3.1, "3.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {12345678.5, "12345678.5"},
        {0.0005, "0.0005"},
        {2147483648.0, "2147483648"},
        {1e21, "1000000000000000000000"},
        {9007199254740993.0, "9007199254740992"},
        {5e-324, NULL},
        {NAN, "NaN"},
        {INFINITY, "Infinity"},
        {-INFINITY, "-Infinity"},
        {-1.7, "-1.7"},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].text)
            assert_string_equal(printed(a, rows[i].number), rows[i].text);
    const char *least = printed(a, 5e-324);
    assert_int_equal(strlen(least), 2 + 324);
    assert_string_equal(least + 322, "0005");
    arena_free(a);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static size_t significant(const char *text)
{
    size_t digits = 0, zeros = 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || (digits == 0 && *text == '0'))
            continue;
        digits++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return digits - zeros;
}

/* The fewest digits that read back, by trial. */
static size_t fewest(double number)
{
    char text[64];
    for (int digits = 1; digits < 17; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, number);
        if (strtod(text, NULL) == number)
            return (size_t)digits;
    }
    return 17;
}

static void agrees_with_the_library(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    uint64_t seed = 88172645463325252;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = next_random(&seed);
        double number, back;
        memcpy(&number, &bits, sizeof number);
        if (i % 2)
            number = (double)(int64_t)(bits >> 20) / (double)(1 + bits % 100000);
        if (!isfinite(number))
            continue;
        const char *text = printed(a, number);
        assert_true(strtod(text, NULL) == number);
        assert_true(number_read(text, strlen(text), &back) && back == number);
        if (number != 0 && i % 10 == 0)
            assert_int_equal(significant(text), fewest(number));
        char longer[512];
        snprintf(longer, sizeof longer, "%.*f", (int)(bits % 40), number);
        assert_true(number_read(longer, strlen(longer), &back));
        assert_true(back == strtod(longer, NULL));
        arena_reset(a);
    }
    arena_free(a);
}

/* Digits far behind those a double holds decide ties; a thousand zeros cost nothing. */
static void reads_long_texts(void **state)
{
    (void)state;
    static const char start[] = "9007199254740993.";
    char text[1400];
    double number;
    memset(text, '0', sizeof text);
    memcpy(text, start, sizeof start - 1);
    assert_true(number_read(text, 1300, &number) && number == 9007199254740992.0);
    text[1299] = '1';
    assert_true(number_read(text, 1300, &number) && number == 9007199254740994.0);
    memset(text, '9', sizeof text);
    assert_true(number_read(text, 1300, &number) && isinf(number));
    memset(text, '0', sizeof text);
    text[1] = '.';
    memset(text + 302, '7', 1000);
    text[1302] = '\0';
    assert_true(number_read(text, 1302, &number) && number == strtod(text, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_plain_decimals_only),
        cmocka_unit_test(prints_the_shortest_plain_digits),
        cmocka_unit_test(agrees_with_the_library),
        cmocka_unit_test(reads_long_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
