/* JSON: strict reading, and writing that reads back. */
#include "formats/json.h"

#include "base/arena.h"
#include "base/text.h"
#include "test.h"

#include <string.h>

static void refuses_what_is_not_strict(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":2}",
        "[1] x",
        "{'a':1}",
        "[01]",
        "\"\\u0000\"",
        "\"\xFF\"",
        "[NaN]",
        "\"\\uD800\"",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct json *j;
        struct err *e = json_read(a, bad[i], strlen(bad[i]), &j);
        assert_non_null(e);
        assert_int_equal(e->kind, ERR_INVALID);
    }
    arena_free(a);
}

static void reads_values(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const char *text = "{\"n\":9007199254740993,\"r\":2.5,\"t\":\"帮\\n\",\"b\":true,\"z\":null,"
                       "\"l\":[1,\"2\"]}";
    const struct json *j;
    assert_null(json_read(a, text, strlen(text), &j));
    assert_int_equal(json_count(j), 6);
    assert_true(json_get_int(j, "n", 0) == 9007199254740993);
    assert_true(json_real(json_get(j, "r"), 0) == 2.5);
    assert_string_equal(json_get_text(j, "t"), "帮\n");
    assert_true(json_get_bool(j, "b", false));
    assert_int_equal(json_type_of(json_get(j, "z")), JSON_NULL);
    assert_int_equal(json_int(json_at(json_get(j, "l"), 0), 7), 1);
    assert_int_equal(json_int(json_at(json_get(j, "l"), 1), 7), 7);
    assert_null(json_at(json_get(j, "l"), 2));
    assert_string_equal(json_get_text(j, "none"), "");
    assert_string_equal(json_key_at(j, 5), "l");
    const char *const known[] = {"n", "r", "t", "b", "z", NULL};
    assert_string_equal(json_unknown_key(j, known), "l");
    arena_free(a);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const char *text =
        "{\"a\":[1,-2.5,\"q\\\"\\\\\\n\\u0001帮\",{}],\"b\":{\"c\":null,\"d\":false}}";
    const struct json *j;
    assert_null(json_read(a, text, strlen(text), &j));
    struct buf b;
    struct json_out out;
    buf_init(&b, a);
    json_start(&out, &b);
    json_put_value(&out, NULL, j);
    assert_string_equal(buf_text(&b), text);
    arena_free(a);
}

static void puts_commas(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf b;
    struct json_out j;
    buf_init(&b, a);
    json_start(&j, &b);
    json_open_array(&j, NULL);
    json_open_object(&j, NULL);
    json_put_int(&j, "i", INT64_MIN);
    json_put_bool(&j, "b", true);
    json_close_object(&j);
    json_put_real(&j, NULL, 1.0 / 0.0);
    json_put_raw(&j, NULL, "[]");
    json_close_array(&j);
    assert_string_equal(buf_text(&b), "[{\"i\":-9223372036854775808,\"b\":true},null,[]]");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_not_strict),
        cmocka_unit_test(reads_values),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(puts_commas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
