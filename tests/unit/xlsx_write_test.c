/* Writing .xlsx: what is written reads back, as text, with faults as comments. */
#include "formats/book.h"

#include "base/arena.h"
#include "base/text.h"
#include "formats/unzip.h"
#include "test.h"

#include <string.h>

static const char text[] =
    "# survey\n| type | name | label |\n| --- | --- | --- |\n"
    "| text | id | 110101199003070000 |\n| | | |\n| date | d | 2026-11-24<br>x |\n"
    "# 选项 [1]\n| a |\n| --- |\n| =1+1 |\n";

static void reads_back(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct book *b, *again;
    const void *bytes, *second;
    size_t size, second_size;
    assert_null(md_read(a, text, &b));
    assert_null(xlsx_write(a, b, NULL, &bytes, &size));
    assert_null(xlsx_read(a, bytes, size, &again));
    assert_int_equal(again->count, 2);
    assert_string_equal(again->sheets[1].name, "选项 _1_");
    assert_string_equal(book_cell(&again->sheets[0].rows[1], 2), "110101199003070000");
    assert_int_equal(again->sheets[0].rows[2].number, 4);
    assert_string_equal(book_cell(&again->sheets[0].rows[2], 2), "2026-11-24\nx");
    assert_string_equal(book_cell(&again->sheets[1].rows[1], 0), "=1+1"); /* no formula */
    assert_null(xlsx_write(a, b, NULL, &second, &second_size));
    assert_int_equal(size, second_size);
    arena_free(a);
}

static void shows_faults_as_comments(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct book *b;
    struct notes notes;
    notes_init(&notes, a);
    note_add(&notes, NOTE_ERROR, "x.y", "survey!B2", "other", "Wrong.", "有误。");
    const void *bytes;
    size_t size, part_size;
    assert_null(md_read(a, text, &b));
    assert_null(xlsx_write(a, b, &notes, &bytes, &size));
    struct unzip *u;
    const char *part;
    assert_null(unzip_open(a, bytes, size, &u));
    assert_null(unzip_entry(a, u, "xl/comments1.xml", &part, &part_size));
    assert_non_null(strstr(part, "有误。"));
    assert_non_null(strstr(part, "ref=\"B2\""));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back),
        cmocka_unit_test(shows_faults_as_comments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
