/* Submissions: what is read of them, and what is refused. */
#include "test.h"

#include "base/limits.h"
#include "unit/form_help.h"

static const struct form *household(struct arena *a)
{
    return help_form(a,
                     "<data id=\"h\" version=\"1\"><name/><age/><g><v/></g><m><x/></m>"
                     "<meta><instanceID/></meta></data>",
                     "<bind nodeset=\"/data/age\" type=\"int\"/>",
                     "<input ref=\"/data/name\"/><repeat nodeset=\"/data/m\">"
                     "<input ref=\"/data/m/x\"/></repeat>");
}

static void reads_in_either_namespace(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "<data id=\"h\" version=\"1\"><name>王&amp;<![CDATA[<李>]]></name><meta>"
        "<instanceID> uuid:1 </instanceID><deprecatedID>uuid:0</deprecatedID></meta></data>",
        "<data id=\"h\" version=\"1\" xmlns:orx=\"http://openrosa.org/xforms\">"
        "<orx:meta><orx:deprecatedID>uuid:0</orx:deprecatedID>"
        "<orx:instanceID>uuid:1</orx:instanceID></orx:meta><name>王&amp;&lt;李></name></data>",
    };
    struct arena *a = arena_new();
    const struct form *form = household(a);
    for (size_t i = 0; i < 2; i++) {
        struct record record, head;
        assert_null(record_read(a, form, rows[i], strlen(rows[i]), &record));
        assert_null(record_peek(a, rows[i], strlen(rows[i]), &head));
        assert_string_equal(record.instance_id, "uuid:1");
        assert_string_equal(head.instance_id, "uuid:1");
        assert_string_equal(record.deprecated_id, "uuid:0");
        assert_string_equal(head.deprecated_id, "uuid:0");
        assert_null(record_peek_form(a, rows[i], strlen(rows[i]), &head));
        assert_string_equal(head.form_id, "h");
        assert_string_equal(head.version, "1");
        assert_string_equal(record.answers[0].path, "/data/name");
        assert_string_equal(record.answers[0].text, "王&<李>");
    }
    arena_free(a);
}

static void refuses_what_it_cannot_read(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *code;
    } rows[] = {
        {"", "xml.syntax"},
        {"<data id=\"h\"><name>", "xml.syntax"},
        {"<other id=\"x\"><a>", "xml.syntax"},
        {"<!DOCTYPE data><data id=\"h\"/>", "xml.doctype"},
        {"<data id=\"x\"/>", "submission.not_this_form"},
        {"<survey id=\"h\"/>", "submission.not_this_form"},
        {"<data id=\"h\"/>", ""},
        {"<data id=\"h\"><name/></data>", ""},
    };
    struct arena *a = arena_new();
    const struct form *form = household(a);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(help_judge(a, form, rows[i].xml), rows[i].code);
    arena_free(a);
}

static void tells_what_the_form_does_not_know(void **state)
{
    (void)state;
    static const struct {
        const char *inside, *findings;
    } rows[] = {
        {"<name>a</name><nam>b</nam>", "/data/nam structure"},
        {"<name>a</name><name>b</name>", "/data/name structure"},
        {"<name><deep>a</deep></name>", "/data/name/deep structure"},
        {"<g><v>1</v><w><v>1</v></w></g><age>x</age>", "/data/age type; /data/g/w structure"},
        {"<meta><audit>a.csv</audit></meta>", ""},
        {"<age>1</age><name>late</name>", ""},
        {"<age>\n  1\n</age><name>\n</name>", ""},
        {"<age>1 2</age>", "/data/age type"},
        {"<m><x>1</x></m><m><x>2</x><y/></m>", "/data/m[2]/y structure"},
    };
    struct arena *a = arena_new();
    const struct form *form = household(a);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *xml = text_print(a, "<data id=\"h\">%s</data>", rows[i].inside);
        assert_string_equal(help_judge(a, form, xml), rows[i].findings);
    }
    struct record record;
    const char *xml = "<data id=\"h\"><nam/></data>";
    struct err *e = record_read(a, form, xml, strlen(xml), &record);
    assert_string_equal(e->code, "submission.foreign_node");
    assert_string_equal(e->where, "/data/nam");
    arena_free(a);
}

static void too_many_instances_are_a_finding(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct form *form = household(a);
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, "<data id=\"h\">");
    for (int i = 0; i < LIMIT_REPEATS + 1; i++)
        buf_add(&b, "<m><x>1</x></m>");
    buf_add(&b, "</data>");
    assert_string_equal(help_judge(a, form, buf_text(&b)), "/data/m structure");
    arena_free(a);
}

static void a_late_record_is_judged_at_its_own_time(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct form *form =
        help_form(a, "<data id=\"t\"><end/><day/></data>",
                  "<bind nodeset=\"/data/end\" type=\"dateTime\" jr:preload=\"timestamp\" "
                  "jr:preloadParams=\"end\"/>"
                  "<bind nodeset=\"/data/day\" type=\"date\" constraint=\". &lt;= today()\"/>",
                  "<input ref=\"/data/day\"/>");
    static const struct {
        const char *end, *day, *findings;
    } rows[] = {
        {"2026-11-01T23:30:00.000+08:00", "2026-11-01", ""},
        {"2026-11-01T23:30:00.000+08:00", "2026-11-02", "/data/day constraint"},
        {"2026-11-01T23:30:00.000Z", "2026-11-02", ""},
        {"2030-01-01T00:00:00.000+08:00", "2026-11-25", "/data/day constraint"},
        {"", "2026-11-24", ""},
        {"nonsense", "2026-11-25", "/data/end type; /data/day constraint"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *xml = text_print(a, "<data id=\"t\"><end>%s</end><day>%s</day></data>",
                                     rows[i].end, rows[i].day);
        assert_string_equal(help_judge(a, form, xml), rows[i].findings);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_either_namespace),
        cmocka_unit_test(refuses_what_it_cannot_read),
        cmocka_unit_test(tells_what_the_form_does_not_know),
        cmocka_unit_test(too_many_instances_are_a_finding),
        cmocka_unit_test(a_late_record_is_judged_at_its_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
