/* Verdicts: one finding a node, and when a calculated value differs. */
#include "test.h"

#include "unit/form_help.h"

static void one_finding_a_node(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct form *form = help_form(
        a, "<data id=\"v\"><i/><s/><m/><d/></data>",
        "<bind nodeset=\"/data/i\" type=\"int\" required=\"true()\" constraint=\". &lt; 10\"/>"
        "<bind nodeset=\"/data/s\" constraint=\". != 'b'\"/>"
        "<bind nodeset=\"/data/m\" constraint=\"count-selected(.) &lt; 2\"/>"
        "<bind nodeset=\"/data/d\" type=\"date\" required=\"/data/i = 5\"/>",
        "<input ref=\"/data/i\"/><select1 ref=\"/data/s\"><item><label>a</label><value>a</value>"
        "</item><item><label>b</label><value>b</value></item></select1>"
        "<select ref=\"/data/m\"><item><label>一</label><value>一</value></item><item>"
        "<label>二</label><value>二</value></item></select><input ref=\"/data/d\"/>");
    static const struct {
        const char *i, *s, *m, *d, *findings;
    } rows[] = {
        {"", "", "", "", "/data/i required"},
        {"1", "", "", "", ""},
        {"10", "b", "", "", "/data/i constraint; /data/s constraint"},
        {"10.5", "c", "", "", "/data/i type; /data/s choice"},
        {"99999999999", "a", "一 三", "", "/data/i type; /data/m choice"},
        {"5", "a", "一 二", "", "/data/m constraint; /data/d required"},
        {"5", "a", "二", "2026-13-01", "/data/d type"},
        {"5", "a", "二", "2026-12-01", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *xml =
            text_print(a, "<data id=\"v\"><i>%s</i><s>%s</s><m>%s</m><d>%s</d></data>", rows[i].i,
                       rows[i].s, rows[i].m, rows[i].d);
        assert_string_equal(help_judge(a, form, xml), rows[i].findings);
    }
    arena_free(a);
}

/* forms.md 7.3: the same value in another dress is no mismatch. */
static void compares_calculated_values(void **state)
{
    (void)state;
    static const struct {
        const char *type, *calculate, *submitted;
        bool is_same;
    } rows[] = {
        {"string", "/data/a * 12345678.5", "12345678.5", true},
        {"string", "/data/a * 12345678.5", "1.23456785E7", true},
        {"decimal", "/data/a div 3", "0.333333333333", true},
        {"decimal", "/data/a div 3", "0.3334", false},
        {"boolean", "/data/a = 1", "true", true},
        {"string", "/data/a = 1", "true", true},
        {"string", "/data/a = 1", "0", false},
        {"date", "date('2026-02-03')", "2026-02-03T00:00:00.000+08:00", true},
        {"string", "date('2026-02-03')", "2026-02-03", true},
        {"date", "date('2026-02-03')", "2026-02-04", false},
        {"time", "'08:30'", "08:30:00.000+08:00", true},
        {"dateTime", "date-time('2026-02-03T08:00:00.000+08:00')", "2026-02-03T00:00:00.000Z",
         true},
        {"string", "concat('甲', /data/a)", "甲1", true},
        {"string", "concat('甲', /data/a)", "乙1", false},
        {"string", "concat('甲', /data/a)", "", false},
        {"string", "uuid()", "anything", true},
        {"string", "concat(today(), '')", "yesterday", true},
        {"dateTime", "now()", "2020-01-01T00:00:00.000+08:00", true},
        /* The one engine of phones searches, the other matches the whole: either is accepted. */
        {"string", "string(regex('abc123', '[0-9]{3}'))", "false", true},
        {"string", "string(regex('abc123', '[0-9]{3}'))", "true", true},
        {"string", "string(regex('abc123', '[0-9]{3}'))", "maybe", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *a = arena_new();
        const struct form *form = help_form(
            a, "<data id=\"c\"><a/><b/></data>",
            text_print(a,
                       "<bind nodeset=\"/data/a\" type=\"int\"/><bind nodeset=\"/data/b\" "
                       "type=\"%s\" calculate=\"%s\"/>",
                       rows[i].type, rows[i].calculate),
            "<input ref=\"/data/a\"/>");
        const char *xml =
            text_print(a, "<data id=\"c\"><a>1</a><b>%s</b></data>", rows[i].submitted);
        const char *found = help_judge(a, form, xml);
        if (!text_equal(found, rows[i].is_same ? "" : "/data/b calculate"))
            fail_msg("%s %s: '%s'", rows[i].calculate, rows[i].submitted, found);
        arena_free(a);
    }
}

static void what_depends_on_chance_is_not_compared(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct form *form =
        help_form(a, "<data id=\"u\"><u/><v/><w/></data>",
                  "<bind nodeset=\"/data/u\" calculate=\"once(random())\"/>"
                  "<bind nodeset=\"/data/v\" calculate=\"concat('x', /data/u)\"/>"
                  "<bind nodeset=\"/data/w\" type=\"int\" calculate=\"string-length(/data/v)\"/>",
                  "<input ref=\"/data/u\"/>");
    assert_string_equal(
        help_judge(a, form, "<data id=\"u\"><u>0.5</u><v>other</v><w>99</w></data>"), "");
    assert_string_equal(
        help_judge(a, form, "<data id=\"u\"><u>0.5</u><v>other</v><w>ninety</w></data>"),
        "/data/w type");
    arena_free(a);
}

static void a_failing_expression_is_no_crash(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct form *form =
        help_form(a, "<data id=\"e\"><a/><b/><c/></data>",
                  "<bind nodeset=\"/data/b\" type=\"date\" calculate=\"date(/data/a)\"/>"
                  "<bind nodeset=\"/data/c\" relevant=\"date(/data/a) &gt; 5\"/>",
                  "<input ref=\"/data/a\"/>");
    struct sheet *s = help_open(a, form);
    struct finding f;
    bool has;
    help_answer(a, s, "/data/a", "no date");
    assert_null(sheet_finding(a, s, "/data/b", "en", &f, &has));
    assert_true(has);
    assert_string_equal(f.code, "answer.expression_failed");
    help_answer(a, s, "/data/a", "2026-01-01");
    assert_null(sheet_finding(a, s, "/data/b", "en", &f, &has));
    assert_false(has);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_finding_a_node),
        cmocka_unit_test(compares_calculated_values),
        cmocka_unit_test(what_depends_on_chance_is_not_compared),
        cmocka_unit_test(a_failing_expression_is_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
