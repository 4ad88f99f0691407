/* The sheets of a service: read, checked, written as JSON and read back. */
#include "forms/service.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "forms/xlsform.h"
#include "test.h"

#include <string.h>

static const char form[] =
    "# survey\n|type|name|label|relevant|\n|text|applicant_name|姓名||\n|text|applicant_id|证号||\n"
    "|select_one yn|by_proxy|代办||\n|photo|id_card|身份证照片|${by_proxy} = 'y'|\n"
    "# choices\n|list_name|name|label|\n|yn|y|是|\n|yn|n|否|\n";
static const char service_sheet[] = "# 事项\n|业务办理项名称|name::English "
                                    "(en)|办件类型|承诺办结时限|承诺办结时限单位|法定办结时限|"
                                    "资格条件|身份核验|\n|高龄津贴|Old-age "
                                    "allowance|承诺件|10||20个工作日|${by_proxy} = 'n'|核验|\n";
static const char rest[] =
    "# 材料\n|材料名称|标题|材料类型|份数(复)|适用情形|必要性|\n|id_card||原件|1|||\n"
    "|mandate|委托书|申请表|1|${by_proxy} = 'y'|容缺|\n"
    "# "
    "环节\n|name|环节名称|单位|时限|时限单位|计时|不计入时限原因|\n|accept|受理|village|3|工作日|||"
    "\n"
    "|public|公示|civil|7|天|否|公示|\n"
    "# 动作\n|环节|动作|标题|下一环节|需要|效果|类别|文书|适用情形|\n"
    "|accept|pass|通过|public|理由、签字|受理|||${by_proxy} = "
    "'n'|\n|accept|notice|告知|accept||补正||n1||\n"
    "|public|done|办结|结束||批准|办理|||\n"
    "# 文书\n|名称|标题|正文|\n|n1|告知书|${applicant_name}：${case.ref}|\n";

static struct xlsform_result compile(struct arena *a, const char *text)
{
    const struct book *book;
    struct xlsform_result r;
    const struct xlsform_options options = {"", false};
    assert_null(md_read(a, text, &book));
    assert_null(xlsform_compile(a, book, &options, &r));
    return r;
}

static const char *errors(struct arena *a, const struct xlsform_result *r)
{
    struct buf b;
    buf_init(&b, a);
    for (const struct note *n = r->notes.first; n; n = n->next)
        if (n->level == NOTE_ERROR)
            buf_print(&b, "%s%s %s", b.size ? " " : "", n->where, n->code);
    return buf_text(&b);
}

static void reads_all_sheets(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct xlsform_result r = compile(a, text_print(a, "%s%s%s", form, service_sheet, rest));
    assert_string_equal(errors(a, &r), "");
    const struct service *s = r.service;
    assert_string_equal(s->title, "高龄津贴");
    assert_string_equal(s->title_en, "Old-age allowance");
    assert_string_equal(s->case_kind, "promised");
    assert_int_equal(s->limit_promised, 10);
    assert_string_equal(s->limit_promised_unit, "wd");
    assert_int_equal(s->limit_legal, 20);
    assert_int_equal(s->identity_level, 2);
    assert_string_equal(s->applicant_id, "applicant_id");
    assert_string_equal(s->proxy_id, "");
    assert_string_equal(s->materials[0].question, "/data/id_card");
    assert_string_equal(s->materials[0].label, "身份证照片");
    assert_string_equal(s->materials[1].question, "");
    assert_string_equal(s->materials[1].need, "deferrable");
    assert_false(s->steps[1].clock_runs);
    assert_string_equal(s->steps[1].limit_unit, "d");
    assert_string_equal(s->actions[0].needs, "reason signature");
    assert_string_equal(s->actions[2].next, "end");
    assert_string_equal(s->actions[1].effect, "notice");
    arena_free(a);
}

static void compiles_rules_into_the_form(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct xlsform_result r = compile(a, text_print(a, "%s%s%s", form, service_sheet, rest));
    static const char *const names[] = {"eligible", "material/mandate", "action/accept/pass"};
    assert_int_equal(r.service->rule_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(r.service->rules[i].name, names[i]);
        assert_non_null(strstr(r.xml, text_print(a,
                                                 "<bangban:rule name=\"%s\" expression=\" "
                                                 "/data/by_proxy  = ",
                                                 names[i])));
    }
    assert_string_equal(r.service->rules[1].place, "材料!E3");
    arena_free(a);
}

static void travels_as_json(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct xlsform_result r = compile(a, text_print(a, "%s%s%s", form, service_sheet, rest));
    struct buf first, second;
    const struct service *again;
    buf_init(&first, a);
    buf_init(&second, a);
    service_write_json(&first, r.service);
    assert_null(service_read_json(a, buf_text(&first), first.size, &again));
    service_write_json(&second, again);
    assert_string_equal(buf_text(&first), buf_text(&second));
    assert_int_equal(again->action_count, 3);
    assert_string_equal(again->letters[0].body, "${applicant_name}：${case.ref}");
    assert_false(again->steps[1].clock_runs);
    arena_free(a);
}

static void finds_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text, *errors;
    } rows[] = {
        {"# service\n|name|\n", "service service.empty"},
        {"# service\n|name|case_kind|\n|x|maybe|", "service!B2 service.word"},
        {"# service\n|name|limit_legal|\n|x|soon|", "service!B2 service.limit"},
        {"# service\n|name|limit_legal|limit_promised|\n|x|10|20|", "service!C2 service.promise"},
        {"# service\n|name|eligible_when|\n|x|${nobody} = 1|", "service!B2 reference.unknown"},
        {"# service\n|name|proactive|\n|x|perhaps|", "service!B2 service.yes_no"},
        {"# service\n|name|\n|x|\n# materials\n|name|when|\n|id_card|${by_proxy} = 'y'|",
         "materials!B2 material.two_conditions"},
        {"# service\n|name|\n|x|\n# materials\n|name|copies|\n|m|two|",
         "materials!B2 service.number"},
        {"# service\n|name|\n|x|\n# steps\n|name|unit|\n|s|u|\n", "steps!A2 step.no_exit"},
        {"# service\n|name|\n|x|\n# steps\n|name|unit|clock|\n|s|u|stops|\n"
         "# actions\n|step|action|next|\n|s|go|end|",
         "steps!A2 step.no_cause"},
        {"# service\n|name|\n|x|\n# steps\n|name|unit|\n|s|u|\n# "
         "actions\n|step|action|next|needs|\n"
         "|s|go|sss|reason|\n|zz|go|end|luck|",
         "actions!C2 action.unknown_next actions!A3 action.unknown_step actions!D3 service.word"},
        {"# service\n|name|\n|x|\n# letters\n|name|body|\n|l|${nobody}|",
         "letters!B2 reference.unknown"},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct xlsform_result r = compile(a, text_print(a, "%s%s", form, rows[i].text));
        if (!text_equal(errors(a, &r), rows[i].errors))
            fail_msg("%s\ngives: %s", rows[i].text, errors(a, &r));
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_sheets),
        cmocka_unit_test(compiles_rules_into_the_form),
        cmocka_unit_test(travels_as_json),
        cmocka_unit_test(finds_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
