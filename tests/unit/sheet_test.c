/* Sheets: what an answer changes, relevance, repeats, and that a sheet answered step by step is
 * the same as one opened with all of its answers. */
#include "test.h"

#include "unit/form_help.h"

static void an_answer_changes_only_what_reads_it(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct form *form = help_form(a, "<data id=\"s\"><a/><b/><c/><d/><e/></data>",
                                        "<bind nodeset=\"/data/b\" calculate=\"/data/a * 2\"/>"
                                        "<bind nodeset=\"/data/c\" calculate=\"/data/b + 1\"/>"
                                        "<bind nodeset=\"/data/d\" relevant=\"/data/c &gt; 10\"/>"
                                        "<bind nodeset=\"/data/e\" calculate=\"'constant'\"/>",
                                        "<input ref=\"/data/a\"/><input ref=\"/data/d\"/>");
    static const struct {
        const char *path, *text, *changed;
    } rows[] = {
        {"/data/a", "1", "/data/a /data/b /data/c"},
        {"/data/a", "1", ""},
        {"/data/a", "5", "/data/a /data/b /data/c /data/d"},
        {"/data/d", "x", "/data/d"},
        {"/data/a", "6", "/data/a /data/b /data/c"},
        {"/data/b", "9", "node.readonly"},
        {"/data/z", "9", "node.missing"},
        {"/data/a[2]", "9", "node.missing"},
        {"/data", "9", "node.readonly"},
        {"", "9", "node.missing"},
        {"/", "9", "node.missing"},
        {"/data/a[", "9", "node.missing"},
    };
    struct sheet *s = help_open(a, form);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(help_answer(a, s, rows[i].path, rows[i].text), rows[i].changed);
    assert_string_equal(sheet_value(s, "/data/c"), "13");
    assert_string_equal(sheet_value(s, "/data/d"), "x");
    arena_free(a);
}

static void values_of_hidden_groups_come_back(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct form *form =
        help_form(a, "<data id=\"s\"><q/><g><h><x>old</x></h></g><sum/></data>",
                  "<bind nodeset=\"/data/g\" relevant=\"/data/q = 'yes'\"/>"
                  "<bind nodeset=\"/data/sum\" calculate=\"concat('(', /data/g/h/x, ')')\"/>",
                  "<input ref=\"/data/q\"/>");
    struct sheet *s = help_open(a, form);
    assert_string_equal(sheet_value(s, "/data/g/h/x"), "");
    assert_string_equal(sheet_value(s, "/data/sum"), "()");
    help_answer(a, s, "/data/q", "yes");
    assert_string_equal(sheet_value(s, "/data/sum"), "(old)");
    help_answer(a, s, "/data/g/h/x", "new");
    help_answer(a, s, "/data/q", "no");
    assert_string_equal(sheet_value(s, "/data/sum"), "()");
    help_answer(a, s, "/data/q", "yes");
    assert_string_equal(sheet_value(s, "/data/sum"), "(new)");
    arena_free(a);
}

/* A long chain: each answer runs through all of it, in order, once. */
static void a_chain_is_computed_in_order(void **state)
{
    (void)state;
    enum { LENGTH = 2000 };
    struct arena *a = arena_new();
    struct buf instance, model;
    buf_init(&instance, a);
    buf_init(&model, a);
    buf_add(&instance, "<data id=\"s\">");
    for (int i = LENGTH; i >= 0; i--)
        buf_print(&instance, "<c%d/>", i);
    buf_add(&instance, "</data>");
    for (int i = LENGTH; i > 0; i--)
        buf_print(&model, "<bind nodeset=\"/data/c%d\" type=\"int\" calculate=\"/data/c%d + 1\"/>",
                  i, i - 1);
    const struct form *form =
        help_form(a, buf_text(&instance), buf_text(&model), "<input ref=\"/data/c0\"/>");
    struct sheet *s = help_open(a, form);
    help_answer(a, s, "/data/c0", "1");
    assert_string_equal(sheet_value(s, "/data/c2000"), "2001");
    help_answer(a, s, "/data/c0", "-2000");
    assert_string_equal(sheet_value(s, "/data/c2000"), "0");
    arena_free(a);
}

/* Random steps; then a sheet that is opened with the answers must write the same XML. */
static const char *written(struct arena *a, struct sheet *s)
{
    const char *xml;
    size_t size;
    assert_null(form_write(a, s, "uuid:x", "", &xml, &size));
    return xml;
}

static void one_random_step(struct arena *a, struct sheet *s, uint32_t *chance)
{
    static const char *const values[] = {"", "1", "2", "17", "30", "yes", "no"};
    struct changes changes;
    *chance = *chance * 1664525u + 1013904223u;
    uint32_t r = *chance >> 8;
    const char *value = values[r % 7];
    uint32_t row = r / 7 % 3 + 1;
    switch (r / 64 % 6) {
    case 0:
        (void)!form_repeat_add(a, s, "/data/m", &changes);
        break;
    case 1:
        (void)!form_repeat_remove(a, s, text_print(a, "/data/m[%u]", row), &changes);
        break;
    case 2:
        help_answer(a, s, "/data/q", value);
        break;
    case 3:
        (void)!form_repeat_add(a, s, text_print(a, "/data/m[%u]/k", row), &changes);
        break;
    case 4:
        help_answer(a, s, text_print(a, "/data/m[%u]/k[1]/z", row), value);
        break;
    default:
        help_answer(a, s, text_print(a, "/data/m[%u]/x", row), value);
    }
}

static void step_by_step_equals_at_once(void **state)
{
    (void)state;
    struct arena *kept = arena_new();
    const struct form *form =
        help_form(kept,
                  "<data id=\"s\"><q/><total/><count/><m><x/><y/><big/><k><z/><up/></k></m><last/>"
                  "<meta><instanceID/></meta></data>",
                  "<bind nodeset=\"/data/total\" type=\"int\" calculate=\"sum(/data/m/x)\"/>"
                  "<bind nodeset=\"/data/count\" type=\"int\" calculate=\"count(/data/m)\"/>"
                  "<bind nodeset=\"/data/m\" relevant=\"/data/q != 'no'\"/>"
                  "<bind nodeset=\"/data/m/y\" calculate=\"concat(position(..), ':', ../x)\"/>"
                  "<bind nodeset=\"/data/m/big\" relevant=\"../x &gt; 16\"/>"
                  "<bind nodeset=\"/data/m/k/up\" calculate=\"concat(../z, '-', ../../x, '-', "
                  "/data/total)\"/>"
                  "<bind nodeset=\"/data/last\" calculate=\"/data/m[position() = last()]/y\"/>",
                  "<input ref=\"/data/q\"/><repeat nodeset=\"/data/m\"><input ref=\"/data/m/x\"/>"
                  "<repeat nodeset=\"/data/m/k\"><input ref=\"/data/m/k/z\"/></repeat></repeat>");
    uint32_t chance = 2026;
    for (int round = 0; round < 60; round++) {
        struct arena *a = arena_new();
        struct sheet *s = help_open(a, form), *again;
        for (int step = 0; step < 25; step++)
            one_random_step(a, s, &chance);
        help_answer(a, s, "/data/q", "yes"); /* what is hidden would not be kept */
        const char *xml = written(a, s);
        struct record record;
        assert_null(record_read(a, form, xml, strlen(xml), &record));
        assert_null(form_open(a, form, &help_host, record.answers, record.count, &again));
        assert_string_equal(written(a, again), xml);
        assert_string_equal(help_judge(a, form, xml), "");
        arena_free(a);
    }
    arena_free(kept);
}

static void rules_are_asked_by_name(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct form *form = help_form(a, "<data id=\"s\"><age/></data>",
                                        "<rule xmlns=\"urn:bangban:xforms\" name=\"eligible\" "
                                        "expression=\"/data/age &gt;= 80\"/>",
                                        "<input ref=\"/data/age\"/>");
    struct sheet *s = help_open(a, form);
    bool holds = true;
    assert_null(form_rule(a, s, "eligible", &holds));
    assert_false(holds);
    help_answer(a, s, "/data/age", "80");
    assert_null(form_rule(a, s, "eligible", &holds));
    assert_true(holds);
    assert_string_equal(form_rule(a, s, "nothing", &holds)->code, "rule.missing");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_changes_only_what_reads_it),
        cmocka_unit_test(values_of_hidden_groups_come_back),
        cmocka_unit_test(a_chain_is_computed_in_order),
        cmocka_unit_test(step_by_step_equals_at_once),
        cmocka_unit_test(rules_are_asked_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
