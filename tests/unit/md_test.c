/* The text form of a workbook, and its JSON form. */
#include "formats/book.h"

#include "base/arena.h"
#include "base/text.h"
#include "test.h"

#include <string.h>

static const char text[] =
    "# 高龄津贴\n\nA remark.\n\n# survey\n\n| type | name | label |\n| --- | --- | --- |\n"
    "| text | a\\|b | line<br>two \\\\ \\<br> |\n| | | |\n| note | 帮办 | |\n\n"
    "# 选项\n| list_name |\n";

static void reads_tables(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct book *b;
    assert_null(md_read(a, text, &b));
    assert_int_equal(b->count, 2);
    const struct book_sheet *s = &b->sheets[0];
    assert_string_equal(s->name, "survey");
    assert_int_equal(s->count, 3);
    assert_string_equal(book_cell(&s->rows[1], 1), "a|b");
    assert_string_equal(book_cell(&s->rows[1], 2), "line\ntwo \\ <br>");
    assert_int_equal(s->rows[2].number, 4); /* the blank row counts */
    assert_string_equal(book_cell(&s->rows[2], 2), "");
    assert_string_equal(book_cell(&s->rows[2], 9), "");
    assert_string_equal(b->sheets[1].name, "选项");
    arena_free(a);
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct book *b, *again;
    const char *first, *second;
    assert_null(md_read(a, text, &b));
    assert_null(md_write(a, b, &first));
    assert_null(md_read(a, first, &again));
    assert_null(md_write(a, again, &second));
    assert_string_equal(first, second);
    assert_string_equal(book_cell(&again->sheets[0].rows[1], 2), "line\ntwo \\ <br>");
    arena_free(a);
}

static void tells_kinds_apart(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *code;
        enum book_kind kind;
    } rows[] = {
        {"# survey\n| type |\n", "", BOOK_MD},
        {"\xEF\xBB\xBF {\"survey\": [[\"type\", 1, null, true]]}", "", BOOK_JSON},
        {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "workbook.old_xls", BOOK_MD},
        {"PK\3\4broken", "workbook.damaged", BOOK_MD},
        {"no table", "workbook.no_sheets", BOOK_MD},
        {"\xFF\xFE", "workbook.damaged", BOOK_MD},
        {"{\"survey\": [1]}", "workbook.json_shape", BOOK_JSON},
        {"{\"survey\": ", "json.syntax", BOOK_JSON},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct book *b;
        enum book_kind kind = BOOK_XLSX;
        struct err *e = book_read(a, rows[i].bytes, strlen(rows[i].bytes), &b, &kind);
        assert_string_equal(e ? e->code : "", rows[i].code);
        if (!e)
            assert_int_equal(kind, rows[i].kind);
    }
    arena_free(a);
}

static void names_places(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    assert_string_equal(book_place(a, "survey", 2, 12), "survey!C12");
    assert_string_equal(book_place(a, "s", 16383, 1048576), "s!XFD1048576");
    assert_string_equal(book_place(a, "s", 26, 1), "s!AA1");
    assert_string_equal(book_place(a, "s", 0, 0), "s");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_tables),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(tells_kinds_apart),
        cmocka_unit_test(names_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
