/* Every function has cases here: expression, text it gives, or the code of its fault with a '!' in
 * front. The document: see below. A row of the table of functions without a case fails the test. */
#include "engine/xpath_run.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "forms/xpath_document.h"
#include "test.h"

#include <string.h>

static const char document[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml'><h:head>"
    "<model><itext><translation lang='zh'><text id='t1'><value>村名</value></text></translation>"
    "<translation lang='en' default='true()'><text id='t1'><value>Village</value></text>"
    "</translation></itext>"
    "<instance><data xml:lang='zh-CN' id='d'><n>30</n><empty/><list>a b  c</list><name>张三</name>"
    "<m><age>7</age><who>x</who></m><m><age>12</age><who>y</who></m><m><age/><who>z</who></m>"
    "<shape>0 0 0 0;0 1 0 0;1 1 0 0;1 0 0 0;0 0 0 0</shape><now>2026-11-24T08:00:00.000+08:00</now>"
    "</data></instance>"
    "<instance id='villages'><root><item><name>dong</name><label>东村</label><pop>120</pop></item>"
    "<item><name>xi</name><label>西村</label><pop>80</pop></item></root></instance>"
    "</model></h:head></h:html>";

static const struct {
    const char *expression, *result;
} rows[] = {
    {"string(3.10)", "3.1"},
    {"string(1 = 1)", "true"},
    {"string(1 div 0)", "Infinity"},
    {"string('x' * 1)", "NaN"},
    {"string()", ""},
    {"boolean('false')", "true"},
    {"boolean('')", "false"},
    {"boolean(/data/empty)", "false"},
    {"boolean(/data/n)", "true"},
    {"number('1.1e6')", "NaN"},
    {"number(' 12.50 ')", "12.5"},
    {"number('2026-01-31')", "NaN"},
    {"number(true())", "1"},
    {"number(date('1970-01-02'))", "1"},
    {"concat()", ""},
    {"concat(/data/m/who, '-', 1)", "xyz-1"},
    {"join(', ', /data/m/who, 'w')", "x, y, z, w"},
    {"join('-')", ""},
    {"substr('hello', 1, 4)", "ell"},
    {"substr('hello', -3)", "llo"},
    {"substr('hello', 9)", ""},
    {"substr('𠮷野', 2)", "野"},
    {"substr('𠮷野', 0, 1)", "\xEF\xBF\xBD"},
    {"substring('12345', 2, 3)", "234"},
    {"substring('12345', 1.5, 2.6)", "234"},
    {"substring('12345', 0 div 0)", ""},
    {"substring-before('2026-01', '-')", "2026"},
    {"substring-before('abc', '')", ""},
    {"substring-after('2026-01', '-')", "01"},
    {"substring-after('abc', '')", "abc"},
    {"translate('bar', 'abc', 'AB')", "BAr"},
    {"translate('a-b-c', '-', '')", "abc"},
    {"translate('东村', '村', '庄')", "东庄"},
    {"string-length('𠮷野')", "3"},
    {"string-length(/data/name)", "2"},
    {"normalize-space(' a \n b ')", "a b"},
    {"contains('abc', '')", "true"},
    {"contains('abc', 'bd')", "false"},
    {"starts-with('abc', 'ab')", "true"},
    {"ends-with('abc', 'bc')", "true"},
    {"ends-with('c', 'abc')", "false"},
    {"string-length(uuid())", "36"},
    {"string-length(uuid(8))", "8"},
    {"digest('abc', 'MD5', 'hex')", "900150983cd24fb0d6963f7d28e17f72"},
    {"digest('abc', 'SHA-1', 'hex')", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"digest('abc', 'SHA-256')", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="},
    {"digest('', 'SHA-256', 'hex')",
     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"digest('abc', 'SHA-384', 'hex')", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43"
                                        "ff5bed8086072ba1e7cc2358baeca134c825"
                                        "a7"},
    {"digest('abc', 'SHA-512', 'hex')", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b"
                                        "55d39a2192992a274fc1a836ba3c23a3feebb"
                                        "d454d4423643ce80e2a9ac94fa54ca49f"},
    {"digest('abc', 'CRC')", "!xpath.bad_digest"},
    {"base64-decode('5biu5Yqe')", "帮办"},
    {"base64-decode('')", ""},
    {"pulldata('villages', 'label', 'name', 'xi')", "西村"},
    {"pulldata('villages', 'label', 'name', 'nan')", ""},
    {"pulldata('none', 'label', 'name', 'xi')", ""},
    {"if(1 > 2, 'a', 'b')", "b"},
    {"if(true(), /data/n, date('x'))", "30"},
    {"coalesce('', 'b')", "b"},
    {"coalesce(/data/n, 'b')", "30"},
    {"once('v')", "v"},
    {"once(1 div 'x')", ""},
    {"true()", "true"},
    {"false()", "false"},
    {"not(/data/empty)", "true"},
    {"not('x')", "false"},
    {"boolean-from-string('TRUE')", "true"},
    {"boolean-from-string(1)", "true"},
    {"boolean-from-string('yes')", "false"},
    {"regex('abc123', '[0-9]{3}')", "false"},
    {"regex('123', '[0-9]{3}')", "true"},
    {"regex(/data/name, concat('张', '.'))", "true"},
    {"regex('a', '(a')", "!xpath.bad_regex"},
    {"regex('a', concat('(', 'a'))", "!xpath.bad_regex"},
    {"checklist(2, 2, true(), 'x', '')", "true"},
    {"checklist(-1, 1, true(), true())", "false"},
    {"weighted-checklist(5, 5, true(), 2, false(), 9, true(), 3)", "true"},
    {"weighted-checklist(2, -1, true(), 999)", "false"},
    {"random() < 1 and random() >= 0", "true"},
    {"count(randomize(/data/m, 3))", "3"},
    {"join('', randomize(/data/m/who, 1))", "yxz"},
    {"int(-1.9)", "-1"},
    {"int('7.9e-12')", "NaN"},
    {"sum(/data/m/age)", "19"},
    {"sum(/data/empty)", "0"},
    {"sum('1')", "!xpath.type"},
    {"min(3, 'x', /data/m/age)", "3"},
    {"min(/data/empty)", "NaN"},
    {"max(-4, -1, -3)", "-1"},
    {"max(/data/m/age, 5)", "12"},
    {"round(-2.5)", "-2"},
    {"round(2.5)", "3"},
    {"round(-1.475, 2)", "-1.47"},
    {"round(-50.55, -2)", "0"},
    {"round(14.2912, 1.5)", "14.3"},
    {"round('4,6')", "NaN"},
    {"pow(2, 10)", "1024"},
    {"pow(0, 0)", "1"},
    {"abs(-3.5)", "3.5"},
    {"sqrt(16)", "4"},
    {"sqrt(-1)", "NaN"},
    {"exp(0)", "1"},
    {"exp10(3)", "1000"},
    {"log(0)", "-Infinity"},
    {"log10(1000)", "3"},
    {"sin(1)", "0.8414709848078965"},
    {"cos(0)", "1"},
    {"tan(1)", "1.5574077246549023"},
    {"asin(1)", "1.5707963267948966"},
    {"acos(2)", "NaN"},
    {"atan(1)", "0.7853981633974483"},
    {"atan2(1, -1)", "2.356194490192345"},
    {"pi()", "3.141592653589793"},
    {"count(/data/m)", "3"},
    {"count('x')", "!xpath.type"},
    {"count-non-empty(/data/m/age)", "2"},
    {"count-non-empty(/data/m)", "3"},
    {"position(/data/m[2])", "2"},
    {"/data/m[position() = 2]/who", "y"},
    {"instance('villages')/root/item[name = 'dong']/label", "东村"},
    {"count(instance('villages')/root/item[pop > 100])", "1"},
    {"current()/data/n", "30"},
    {"indexed-repeat(/data/m/who, /data/m, 2)", "y"},
    {"indexed-repeat(/data/m/who, /data/m, /data/empty)", "x"},
    {"indexed-repeat(/data/m/who, /data/m, 4)", ""},
    {"today()", "2026-11-24"},
    {"now()", "2026-11-24"},
    {"decimal-date-time(now())", "20781.083333333332"},
    {"date('2026-2-3')", "2026-02-03"},
    {"date('2026-02-03T23:30:00Z')", "2026-02-04"},
    {"date('2026-02-03') + 1", "20488"},
    {"date(1.5)", "1970-01-02"},
    {"date('')", ""},
    {"date('2026-02-30')", "!xpath.type"},
    {"date(true())", "!xpath.type"},
    {"date('2026-01-31') > date('2026-01-30')", "true"},
    {"'2026-01-31' > '2026-01-30'", "false"},
    {"date-time(0)", "1970-01-01"},
    {"decimal-time(date-time(0.25))", "0.5833333333333334"},
    {"decimal-date-time('2026-11-24')", "20780.666666666668"},
    {"decimal-date-time('-1000')", "!xpath.type"},
    {"decimal-time('06:00:00.000+08:00')", "0.25"},
    {"decimal-time('06:00:60.000+08:00')", "!xpath.type"},
    {"format-date('2026-02-03', '%Y/%n/%e %b %a %y %m %d %W %%')",
     "2026/2/3 Feb Tue 26 02 03 06 %"},
    {"format-date('', '%Y')", ""},
    {"format-date('2026-02-03', '%A')", "!xpath.bad_format"},
    {"format-date-time('2026-02-03T04:05:06.007+08:00', '%H:%h:%M:%S.%3')", "04:4:05:06.007"},
    {"selected(/data/list, 'c')", "true"},
    {"selected('ab c', 'a')", "false"},
    {"selected('', '')", "true"},
    {"is-selected('a b', 'b')", "true"},
    {"selected-at(/data/list, 2)", "c"},
    {"selected-at('a b', -1)", ""},
    {"selected-at('a b', 2)", ""},
    {"count-selected(/data/list)", "3"},
    {"count-selected('')", "0"},
    {"jr:choice-name('x', '/data/n')", ""},
    {"jr:itext('t1')", "Village"},
    {"round(area(/data/shape), 0)", "12390941585"},
    {"area('0 0;0 1')", "0"},
    {"area('north')", "!xpath.type"},
    {"round(distance('0 0;0 90'), 2)", "10018696.05"},
    {"geofence('0.5 0.5 0 0', /data/shape)", "true"},
    {"geofence('2 0.5 0 0', /data/shape)", "false"},
    {"geofence('', '')", "!xpath.type"},
    {"floor(-1.5)", "-2"},
    {"ceiling(1.2)", "2"},
    {"/data/m[last()]/who", "z"},
    {"last()", "1"},
    {"name(/data/m)", "m"},
    {"name(/data/@xml:lang)", "xml:lang"},
    {"local-name(/data/@xml:lang)", "lang"},
    {"namespace-uri(/data)", "http://www.w3.org/2002/xforms"},
    {"count(id('d'))", "1"},
    {"count(/data/n[lang('zh')])", "1"},
    {"count(/data/n[lang('en')])", "0"},
    {"true(5)", "!xpath.arguments"},
    {"concatt('a')", "!xpath.unknown_function"},
};

/* The same where the other profile gives something else (forms.md 7). */
static const struct {
    const char *expression, *result;
} other_rows[] = {
    {"round(-2.5)", "-3"},
    {"round(2.5)", "3"},
    {"round(-1.475, 2)", "-1.48"},
    {"round(-50.55, -2)", "-100"},
    {"boolean(/data/empty)", "true"},
    {"not(/data/empty)", "false"},
    {"boolean-from-string('True')", "false"},
    {"regex('abc123', '[0-9]{3}')", "true"},
    {"sum(/data/m/age)", "NaN"},
    {"min(/data/m/age)", "NaN"},
    {"6.1 - 7.8 = -1.7", "false"},
    {"'2026-01-31' > '2026-01-30'", "true"},
    {"'2018-01-01' + 1", "17532.666666666668"},
    {"date('2026-02-03') + 1", "20487.666666666668"},
    {"weighted-checklist(2, -1, true(), 999)", "true"},
    {"date('2026-02-30')", ""},
};

static const char *result_of(struct arena *a, const struct xpath_document *d,
                             const char *expression, bool is_getodk)
{
    struct xpath_answer answer;
    const struct xpath_setting setting = {
        .root = "/html/head/model/instance",
        .context = "/html/head/model/instance",
        .now_ms = 1795485600000, /* 2026-11-24T02:00Z */
        .utc_offset_min = 480,
        .is_getodk = is_getodk,
    };
    struct err *e = xpath_document_ask(a, d, expression, &setting, &answer);
    return e ? text_join(a, "!", e->code) : xvalue_string(&answer.run, &answer.value);
}

static void functions_give_what_they_promise(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct xpath_document *d;
    assert_null(xpath_document_open(a, document, strlen(document), &d));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = result_of(a, d, rows[i].expression, false);
        if (!text_equal(got, rows[i].result))
            print_error("%s gave %s\n", rows[i].expression, got);
        assert_string_equal(got, rows[i].result);
    }
    arena_free(a);
}

static void the_other_profile_differs_where_told(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct xpath_document *d;
    assert_null(xpath_document_open(a, document, strlen(document), &d));
    for (size_t i = 0; i < sizeof other_rows / sizeof *other_rows; i++) {
        const char *got = result_of(a, d, other_rows[i].expression, true);
        if (!text_equal(got, other_rows[i].result))
            print_error("%s gave %s\n", other_rows[i].expression, got);
        assert_string_equal(got, other_rows[i].result);
    }
    arena_free(a);
}

static bool has_case(struct arena *a, const char *name)
{
    const char *call = text_join(a, name, "(");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *found = strstr(rows[i].expression, call);
        if (found && (found == rows[i].expression || strchr(" (/[,", found[-1])))
            return true;
    }
    return false;
}

static void each_function_has_a_case(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (size_t i = 0; i < xfunction_total; i++) {
        if (!has_case(a, xfunctions[i].name))
            print_error("%s() has no case\n", xfunctions[i].name);
        assert_true(has_case(a, xfunctions[i].name));
    }
    arena_free(a);
}

/* Images keep the places of rows: these may never move. */
static void rows_stay_where_images_expect_them(void **state)
{
    (void)state;
    static const struct {
        size_t place;
        const char *name;
    } places[] = {
        {0, "string"},    {3, "concat"},          {19, "if"},
        {26, "regex"},    {51, "count"},          {57, "today"},
        {65, "selected"}, {69, "jr:choice-name"}, {81, "lang"},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        assert_string_equal(xfunctions[places[i].place].name, places[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_give_what_they_promise),
        cmocka_unit_test(the_other_profile_differs_where_told),
        cmocka_unit_test(each_function_has_a_case),
        cmocka_unit_test(rows_stay_where_images_expect_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
