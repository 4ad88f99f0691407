/* List images: look-ups by index over more rows than a scan may visit; damage is refused. */
#include "test.h"

#include "engine/list_image.h"
#include "unit/form_help.h"

static const char *const columns[] = {"name", "label", "village"};

static void make_list(struct arena *a, size_t rows, const void **image_out, size_t *size_out)
{
    struct list_table t = {.columns = columns, .column_count = 3, .row_count = rows};
    const char **cells = arena_array(a, rows * 3, sizeof *cells);
    for (size_t i = 0; i < rows; i++) {
        cells[i * 3] = text_print(a, "r%zu", i);
        cells[i * 3 + 1] = text_print(a, "居民%zu", i);
        cells[i * 3 + 2] = text_print(a, "v%zu", i / 3);
    }
    t.cells = cells;
    assert_null(list_image_build(a, &t, image_out, size_out));
}

static const struct form *resident_form(struct arena *a)
{
    return help_form(
        a, "<data id=\"l\"><who/><name/><first/><n/></data>",
        "<instance id=\"r\" src=\"jr://file-csv/r.csv\"/>"
        "<bind nodeset=\"/data/name\" calculate=\"instance('r')/root/item[name = "
        "/data/who]/label\"/>"
        "<bind nodeset=\"/data/n\" calculate=\"count(instance('r')/root/item[village = "
        "/data/who])\"/>",
        "<input ref=\"/data/who\"/>");
}

static void finds_without_scanning(void **state)
{
    (void)state;
    enum { ROWS = 300000 };
    struct arena *a = arena_new();
    const void *image;
    size_t size;
    make_list(a, ROWS, &image, &size);
    const struct form *form = resident_form(a);
    assert_null(form_attach_list(a, form, "r", image, size, &form));
    struct sheet *s = help_open(a, form);
    help_answer(a, s, "/data/who", "r299999");
    assert_string_equal(sheet_value(s, "/data/name"), "居民299999");
    help_answer(a, s, "/data/who", "v99999");
    assert_string_equal(sheet_value(s, "/data/n"), "3");
    assert_string_equal(sheet_value(s, "/data/name"), "");
    arena_free(a);
}

static void a_list_that_is_not_there_is_empty(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct sheet *s = help_open(a, resident_form(a));
    help_answer(a, s, "/data/who", "r1");
    assert_string_equal(sheet_value(s, "/data/name"), "");
    assert_string_equal(sheet_value(s, "/data/n"), "0");
    arena_free(a);
}

static void every_damaged_byte_is_refused(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const void *image;
    size_t size;
    const struct list *list;
    make_list(a, 5, &image, &size);
    unsigned char *copy = (unsigned char *)arena_copy(a, image, size);
    assert_null(list_load(a, copy, size, &list));
    for (size_t i = 0; i < size; i++) {
        copy[i] ^= 0x10;
        struct err *e = list_load(a, copy, size, &list);
        assert_non_null(e);
        assert_string_equal(e->code, "image.damaged");
        copy[i] ^= 0x10;
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_without_scanning),
        cmocka_unit_test(a_list_that_is_not_there_is_empty),
        cmocka_unit_test(every_damaged_byte_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
