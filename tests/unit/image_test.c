/* Form images: equal bytes for equal forms, damage is refused. */
#include "test.h"

#include "engine/image.h"
#include "unit/form_help.h"

static const char instance[] = "<data id=\"i\" version=\"1\"><a/><b/><m><x/></m></data>";
static const char model[] =
    "<bind nodeset=\"/data/a\" type=\"int\" constraint=\". &lt; 9\"/>"
    "<bind nodeset=\"/data/b\" calculate=\"concat(/data/a, '岁', sum(/data/m/x))\"/>";
static const char body[] = "<input ref=\"/data/a\"><label>年龄</label></input>"
                           "<repeat nodeset=\"/data/m\"><input ref=\"/data/m/x\"/></repeat>";

static void equal_forms_give_equal_bytes(void **state)
{
    (void)state;
    struct arena *a = arena_new(), *other = arena_new();
    const void *first, *second;
    size_t first_size, second_size;
    help_image(a, help_xml(a, instance, model, body), &first, &first_size);
    help_image(other, help_xml(other, instance, model, body), &second, &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first, second, first_size);
    arena_free(other);
    arena_free(a);
}

static const char *load_code(struct arena *a, const void *image, size_t size)
{
    const struct form *form;
    struct err *e = form_load(a, image, size, &form);
    return e ? e->code : "";
}

static void every_damaged_byte_is_refused(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const void *image;
    size_t size;
    help_image(a, help_xml(a, instance, model, body), &image, &size);
    unsigned char *copy = (unsigned char *)arena_copy(a, image, size);
    assert_string_equal(load_code(a, copy, size), "");
    for (size_t i = 0; i < size; i++) {
        copy[i] ^= 0x10;
        assert_string_equal(load_code(a, copy, size), i < 8 ? "image.version" : "image.damaged");
        copy[i] ^= 0x10;
    }
    for (size_t cut = 0; cut < size; cut += 8)
        assert_string_equal(load_code(a, copy, cut), "image.damaged");
    arena_free(a);
}

/* The hash made right again: the checks of the records must find it. */
static void wrong_numbers_are_found_without_the_hash(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const void *image;
    size_t size;
    help_image(a, help_xml(a, instance, model, body), &image, &size);
    struct image_header *h = (struct image_header *)(void *)arena_copy(a, image, size);
    uint32_t *node = (uint32_t *)(void *)((char *)h + h->sections[IMAGE_NODES].offset);
    size_t start = offsetof(struct image_header, size);
    enum { FIRST_CHILD = 1, END = 4, NAME = 8 };
    static const int members[] = {FIRST_CHILD, END, NAME};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        uint32_t kept = node[members[i]];
        node[members[i]] = 100000;
        h->hash = image_hash((char *)h + start, size - start);
        assert_string_equal(load_code(a, h, size), "image.damaged");
        node[members[i]] = kept;
    }
    h->hash = image_hash((char *)h + start, size - start);
    assert_string_equal(load_code(a, h, size), "");
    arena_free(a);
}

static void says_what_it_is(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct form *form = help_form(a, instance, model, body);
    assert_string_equal(form_id(form), "i");
    assert_string_equal(form_version(form), "1");
    assert_null(form_languages(form, 0));
    arena_free(a);
}

static const char *fault(struct arena *a, const char *binds)
{
    struct notes notes;
    const struct xform *xform;
    const char *xml = help_xml(a, "<data id=\"c\"><a/><b/><m><x/><y/></m></data>", binds,
                               "<repeat nodeset=\"/data/m\"><input ref=\"/data/m/x\"/></repeat>");
    notes_init(&notes, a);
    assert_null(xform_read(a, xml, strlen(xml), &notes, &xform));
    assert_true((xform == NULL) == (notes.error_count > 0));
    return notes.first ? text_print(a, "%s %s", notes.first->code, notes.first->where) : "";
}

static void finds_circles_and_only_circles(void **state)
{
    (void)state;
    static const struct {
        const char *binds, *fault;
    } rows[] = {
        {"<bind nodeset=\"/data/a\" calculate=\"/data/b\"/>"
         "<bind nodeset=\"/data/b\" calculate=\"/data/a\"/>",
         "form.cycle /data/a"},
        {"<bind nodeset=\"/data/a\" calculate=\". + 1\"/>", "form.cycle /data/a"},
        {"<bind nodeset=\"/data/a\" relevant=\"/data/a = 1\"/>", "form.cycle /data/a"},
        {"<bind nodeset=\"/data/m\" relevant=\"/data/m/x = 1\"/>", "form.cycle /data/m"},
        {"<bind nodeset=\"/data/a\" constraint=\"/data/a &gt; 1 and . &lt; 3\"/>", ""},
        {"<bind nodeset=\"/data/a\" required=\"/data/a = ''\"/>", ""},
        {"<bind nodeset=\"/data/m/y\" calculate=\"../x + indexed-repeat(/data/m/y, /data/m, "
         "position(..) - 1)\"/>",
         ""},
        {"<bind nodeset=\"/data/a\" relevant=\"/data/b = 1\"/>"
         "<bind nodeset=\"/data/b\" calculate=\"/data/a\"/>",
         "form.cycle /data/a"},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(fault(a, rows[i].binds), rows[i].fault);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_forms_give_equal_bytes),
        cmocka_unit_test(every_damaged_byte_is_refused),
        cmocka_unit_test(wrong_numbers_are_found_without_the_hash),
        cmocka_unit_test(says_what_it_is),
        cmocka_unit_test(finds_circles_and_only_circles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
