/* Compiling a workbook: what the corpus of pyxform does not have. Chinese names, faults at their
 * cells, all of them at once, in sheet order. */
#include "forms/xlsform.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "formats/xml.h"
#include "forms/alias.h"
#include "forms/question_type.h"
#include "forms/service_word.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct xlsform_result compile(struct arena *a, const char *text, bool is_form_only)
{
    const struct book *book;
    struct xlsform_result r;
    const struct xlsform_options options = {"", is_form_only};
    assert_null(md_read(a, text, &book));
    assert_null(xlsform_compile(a, book, &options, &r));
    return r;
}

/* "where code where code", in the order given. */
static const char *faults(struct arena *a, const struct xlsform_result *r)
{
    struct buf b;
    buf_init(&b, a);
    for (const struct note *n = r->notes.first; n; n = n->next)
        if (n->level == NOTE_ERROR)
            buf_print(&b, "%s%s %s", b.size ? " " : "", n->where, n->code);
    return buf_text(&b);
}

static void finds_faults_at_their_cells(void **state)
{
    (void)state;
    static const struct {
        const char *text, *faults;
    } rows[] = {
        {"# survey\n|type|name|label|\n|text|a|A|", ""},
        {"# survey\n|type|name|label|\n|text|姓名|姓名|", "survey!B2 name.not_ascii"},
        {"# survey\n|type|name|label|\n|text||姓名|", "survey!B2 name.missing"},
        {"# survey\n|type|name|label|\n|text|1a|A|", "survey!B2 name.invalid"},
        {"# survey\n|type|name|label|\n|txet|a|A|", "survey!A2 type.unknown"},
        {"# survey\n|type|name|label|\n||a|A|", "survey!A2 type.missing"},
        {"# survey\n|type|name|label|\n|text|a||", "survey!C2 question.no_label"},
        {"# survey\n|type|name|label|\n|text|a|A|\n|text|a|B|", "survey!B3 name.duplicate"},
        {"# survey\n|type|name|label|relevant|\n|text|a|A|${b}|", "survey!D2 reference.unknown"},
        {"# survey\n|type|name|label|relevant|\n|text|a|A|${a|", "survey!D2 reference.broken"},
        {"# survey\n|type|name|label|constraint|\n|integer|a|A|. >|",
         "survey!D2 expression.invalid"},
        {"# survey\n|type|name|label|\n|select_one x|a|A|", "survey!A2 list.unknown"},
        {"# survey\n|type|name|label|\n|select_one|a|A|", "survey!A2 list.missing"},
        {"# survey\n|type|name|label|\n|begin group|g|G|\n|text|a|A|", "survey!A2 group.not_ended"},
        {"# survey\n|type|name|label|\n|text|a|A|\n|end group|||", "survey!A3 group.end_unmatched"},
        {"# survey\n|type|name|label|\n|calculate|a||", "survey!A2 calculate.missing"},
        {"# survey\n|type|name|label|\n|select_one l|a|A|\n# choices\n|list_name|name|label|\n"
         "|l|x|X|\n|l|x|Y|",
         "choices!B3 choice.duplicate"},
        {"# survey\n|type|name|label|\n|text|a|A|\n# settings\n|public_key|\n|abc|",
         "settings!A2 settings.public_key"},
        {"# questions\n|a|\n# more\n|b|", " sheet.missing"},
        /* all together, by sheet, row and column, though the passes find them in another order */
        {"# choices\n|list_name|name|label|\n|l||X|\n# survey\n|type|name|label|relevant|\n"
         "|text|a|A|${zz}|\n|txt|b|B||\n|text|ä|${a} ${yy}||",
         "choices!B2 choice.no_name survey!D2 reference.unknown survey!A3 type.unknown "
         "survey!B4 name.not_ascii survey!C4 reference.unknown"},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xlsform_result r = compile(a, rows[i].text, false);
        if (!text_equal(faults(a, &r), rows[i].faults))
            fail_msg("%s\ngives: %s", rows[i].text, faults(a, &r));
        assert_true(!r.xml == (r.notes.error_count > 0));
    }
    arena_free(a);
}

static void suggests_the_cure(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const char *const rows[][2] = {
        {"# survey\n|type|name|label|\n|text|姓名|姓名|", "xingming"},
        {"# survey\n|type|name|label|\n|text|䶮|x|", "q2"},
        {"# survey\n|type|name|label|\n|integr|a|A|", "integer"},
        {"# survey\n|type|name|label|relevant|\n|text|income|A||\n|text|b|B|${incom}|", "income"},
        {"# survey\n|type|name|label|\n|select_one vilages|a|A|\n# "
         "choices\n|list_name|name|label|\n"
         "|villages|x|X|",
         "select_one villages"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xlsform_result r = compile(a, rows[i][0], false);
        assert_non_null(r.notes.first);
        assert_string_equal(r.notes.first->suggestion, rows[i][1]);
        assert_true(strlen(r.notes.first->message_zh) > 0);
    }
    arena_free(a);
}

static const char chinese[] =
    "# 问卷\n|题型|名称|标题|必填|显示条件|朗读|\n|单选 有无|q1|有无残疾证|是|||\n"
    "|整数|q2|年龄||${q1} = '有'|您多大年纪|\n# "
    "选项\n|列表|名称|标题|\n|有无|有|有|\n|有无|无|无|\n"
    "# 设置\n|标题|编号|\n|登记|dengji|\n";
static const char english[] =
    "# survey\n|type|name|label|required|relevant|say|\n|select_one 有无|q1|有无残疾证|yes|||\n"
    "|integer|q2|年龄||${q1} = '有'|您多大年纪|\n# choices\n|list_name|name|label|\n|有无|有|有|\n"
    "|有无|无|无|\n# settings\n|form_title|form_id|\n|登记|dengji|\n";

static void reads_chinese_names(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct xlsform_result zh = compile(a, chinese, true), en = compile(a, english, true);
    assert_string_equal(faults(a, &zh), "");
    assert_string_equal(zh.xml, en.xml);
    assert_string_equal(zh.form_id, "dengji");
    assert_non_null(strstr(zh.xml, "relevant=\" /data/q1  = '有'\""));
    assert_null(strstr(zh.xml, "您多大年纪")); /* say is ours: not in a plain XLSForm */
    struct xlsform_result ours = compile(a, chinese, false);
    assert_non_null(strstr(ours.xml, "<value form=\"say\">您多大年纪</value>"));
    assert_string_not_equal(zh.content_hash, en.content_hash);
    struct xlsform_result again = compile(a, chinese, false);
    assert_string_equal(ours.content_hash, again.content_hash);
    assert_string_equal(ours.xml, again.xml);
    arena_free(a);
}

static void leaves_ours_out_of_the_standard_form(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct book *book, *standard;
    const char *text;
    assert_null(md_read(a, text_print(a, "%s# 事项\n|name|\n|x|\n", chinese), &book));
    assert_null(xlsform_standard(a, book, &standard));
    assert_null(md_write(a, standard, &text));
    assert_int_equal(standard->count, 3);
    assert_non_null(strstr(text, "| type | name | label | required | relevant |"));
    assert_non_null(strstr(text, "| select_one 有无 | q1 |"));
    assert_null(strstr(text, "say"));
    struct xlsform_result r = compile(a, text, true), want = compile(a, chinese, true);
    assert_string_equal(r.xml, want.xml);
    arena_free(a);
}

/* Each name and alias leads to its row: no alias is shadowed by an earlier row of its scope. */
static void aliases_are_unique(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (size_t i = 0; alias_at(i); i++) {
        const struct alias *row = alias_at(i);
        for (const char *p = row->names; *p;) {
            size_t size = strcspn(p, "|");
            const char *name = arena_copy(a, p, size), *found = alias_find(a, row->scope, name);
            if (!found || !text_equal(found, row->name))
                fail_msg("%s: %s leads to %s, not %s", row->scope, name, found ? found : "nothing",
                         row->name);
            p += size + (p[size] == '|');
        }
        if (text_equal(row->scope, ALIAS_TYPES))
            assert_non_null(question_type_find(row->name));
    }
    for (unsigned i = 0; question_type_at(i); i++)
        assert_non_null(alias_find(a, ALIAS_TYPES, question_type_at(i)->name));
    arena_free(a);
}

/* One form with a question of each type: every row of the table yields a form that is XML. */
static void compiles_each_type(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (unsigned i = 0; question_type_at(i); i++) {
        const struct question_type *t = question_type_at(i);
        if (t->flags & (TYPE_BEGIN | TYPE_END) || text_equal(t->name, "select_one_external"))
            continue;
        const char *list = t->flags & TYPE_LIST ? " l" : t->flags & TYPE_FILE_LIST ? " f.csv" : "";
        bool is_background = text_equal(t->name, "background-geopoint");
        const char *text = text_print(
            a,
            "# survey\n|type|name|label|calculation|trigger|\n|text|other|O|||\n|%s%s|q|Q|%s|%s|\n"
            "# choices\n|list_name|name|label|\n|l|x|X|\n",
            t->name, list, t->flags & TYPE_CALCULATED ? "1" : "", is_background ? "${other}" : "");
        struct xlsform_result r = compile(a, text, false);
        if (!r.xml)
            fail_msg("%s: %s", t->name, faults(a, &r));
        const struct xml_node *root;
        assert_null(xml_read(a, r.xml, r.xml_size, &root));
    }
    arena_free(a);
}

static bool gives_up_on(struct arena *a, struct buf *b)
{
    struct xlsform_result r = compile(a, buf_text(b), false);
    bool has_given_up = false;
    for (const struct note *n = r.notes.first; n; n = n->next)
        has_given_up |= text_equal(n->code, "workbook.given_up");
    assert_true(r.notes.error_count <= 502);
    return has_given_up && !r.xml;
}

/* Costly workbooks end in a fault, not in a full stack, memory or hours. */
static void gives_up_on_hostile_workbooks(void **state)
{
    (void)state;
    static const char head[] = "# survey\n|type|name|label|relevant|\n";
    struct arena *a = arena_new();
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, head);
    for (int i = 0; i < 50000; i++)
        buf_print(&b, "|begin group|g%d|G||\n", i);
    assert_true(gives_up_on(a, &b));
    buf_init(&b, a);
    buf_add(&b, head);
    for (int i = 0; i < 100000; i++)
        buf_print(&b, "|text|q%d|Q|${nobody%d}|\n", i, i);
    assert_true(gives_up_on(a, &b));
    buf_init(&b, a);
    buf_add(&b, head);
    for (int i = 0; i < 5; i++)
        buf_print(&b, "|begin loop over l|p%d|P||\n", i);
    buf_add(&b, "|text|q|Q||\n");
    for (int i = 0; i < 5; i++)
        buf_add(&b, "|end loop||||\n");
    buf_add(&b, "# choices\n|list_name|name|label|\n");
    for (int i = 0; i < 100; i++)
        buf_print(&b, "|l|c%d|C|\n", i);
    assert_true(gives_up_on(a, &b));
    arena_free(a);
}

static void takes_many_lists(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, "# survey\n|type|name|label|\n|select_one l99999|q|Q|\n"
                "# choices\n|list_name|name|label|\n");
    for (int i = 0; i < 200000; i++)
        buf_print(&b, "|l%d|c%d|C|\n", i % 100000, i);
    struct xlsform_result r = compile(a, buf_text(&b), true);
    assert_string_equal(faults(a, &r), "");
    arena_free(a);
}

/* The manual holds the table that the program prints. */
static void manual_has_the_aliases(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf table, manual;
    buf_init(&table, a);
    buf_init(&manual, a);
    alias_print(&table);
    service_words_print(&table);
    FILE *f = fopen(text_print(a, "%s/docs/workbook.md", getenv("BANGBAN_SOURCE")), "rb");
    assert_non_null(f);
    for (size_t got = 1; got > 0; manual.size += got)
        got = fread(buf_reserve(&manual, 65536), 1, 65536, f);
    (void)fclose(f);
    if (!strstr(buf_text(&manual), buf_text(&table)))
        fail_msg("docs/workbook.md: put the output of `bangban workbook --aliases` into it");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_faults_at_their_cells),
        cmocka_unit_test(suggests_the_cure),
        cmocka_unit_test(reads_chinese_names),
        cmocka_unit_test(leaves_ours_out_of_the_standard_form),
        cmocka_unit_test(aliases_are_unique),
        cmocka_unit_test(compiles_each_type),
        cmocka_unit_test(gives_up_on_hostile_workbooks),
        cmocka_unit_test(takes_many_lists),
        cmocka_unit_test(manual_has_the_aliases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
