/* The compiler of expressions: what it refuses, what it tells the form's compiler, and the budget.
 */
#include "engine/xpath.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "forms/xpath_document.h"
#include "test.h"

#include <string.h>
#include <time.h>

/* What the parser told, as one line a path: "/data/a", "../b", "current/c"; '!' resolved. */
struct told {
    struct buf buf;
    bool resolves;
};

static void tell(struct told *t, char sign, const struct xpath_path *path)
{
    buf_char(&t->buf, sign);
    buf_add(&t->buf, path->from == XPATH_FROM_ROOT      ? "/"
                     : path->from == XPATH_FROM_CONTEXT ? "."
                                                        : "current");
    for (uint32_t i = 0; i < path->up; i++)
        buf_add(&t->buf, "^");
    for (size_t i = 0; i < path->count; i++)
        buf_print(&t->buf, "%s%s", i ? "/" : " ", path->names[i]);
    if (path->in_repeat_argument)
        buf_add(&t->buf, " all");
    buf_char(&t->buf, ';');
}

static bool scope_resolve(void *self, const struct xpath_path *path, uint32_t *ref_out)
{
    struct told *t = self;
    if (!t->resolves)
        return false;
    *ref_out = 7;
    tell(t, '!', path);
    return true;
}

static void scope_touch(void *self, const struct xpath_path *path)
{
    tell(self, '?', path);
}

static bool scope_has_instance(void *self, const char *id)
{
    (void)self;
    return text_equal(id, "villages");
}

static void refused(struct arena *a, const char *text, const char *code, const char *where)
{
    struct told t = {.resolves = false};
    buf_init(&t.buf, a);
    const struct xpath_scope scope = {
        .self = &t, .touch = scope_touch, .has_instance = scope_has_instance};
    struct xpath_code out;
    struct err *e = xpath_compile(a, text, &scope, &out);
    if (!e)
        print_error("%s was taken\n", text);
    assert_non_null(e);
    assert_string_equal(e->code, code);
    assert_string_equal(e->where, where);
    assert_true(strlen(e->message) > 10 && strlen(e->message_zh) > 10);
}

static void refuses_with_code_and_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code, *where;
    } rows[] = {
        {"1 +", "xpath.syntax", "column 4"},
        {"", "xpath.syntax", "column 1"},
        {"1e3", "xpath.syntax", "column 2"},
        {"'it''s'", "xpath.syntax", "column 5"},
        {"(1", "xpath.syntax", "column 3"},
        {"/data/[1]", "xpath.syntax", "column 7"},
        {"a[", "xpath.syntax", "column 3"},
        {"'open", "xpath.syntax", "column 1"},
        {"$x + 1", "xpath.variable", "column 1"},
        {"帮办 + zzz()", "xpath.unknown_function", "column 6"},
        {"child::sibling::a", "xpath.syntax", "column 15"},
        {"up::a", "xpath.syntax", "column 1"},
        {"x:a", "xpath.unknown_prefix", "column 1"},
        {"round()", "xpath.arguments", "column 1"},
        {"if(1, 2)", "xpath.arguments", "column 1"},
        {"instance('nowhere')/root", "xpath.unknown_instance", "column 1"},
        {"regex(., '(a)\\1')", "xpath.bad_regex", "column 1"},
        {"format-date(today(), '%B')", "xpath.bad_format", "column 1"},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(a, rows[i].text, rows[i].code, rows[i].where);
    arena_free(a);
}

static void tells_the_paths(void **state)
{
    (void)state;
    static const struct {
        const char *text, *resolved, *touched;
    } rows[] = {
        {"/data/a > 1", "!/ data/a;", "?/ data/a;"},
        {"../b", "!.^ b;", "?.^ b;"},
        {".", "?.;", "?.;"},
        {"..", "!.^;", "?.^;"},
        {"current()/c", "!current c;", "?current c;"},
        {"./d/e", "!. d/e;", "?. d/e;"},
        {"/data/m[age > 3]/who", "?/ data/m/age;?/ data/m/who;", "?/ data/m/age;?/ data/m/who;"},
        {"/data/m[/data/n = ../x]", "!/ data/n;?/ data/x;?/ data/m;",
         "?/ data/n;?/ data/x;?/ data/m;"},
        {"instance('villages')/root/item[name = current()/../v]/label", "!current^ v;",
         "?current^ v;"},
        {"//m", "?/ */m;", "?/ */m;"},
        {"/data/*/x", "?/ data/*/x;", "?/ data/*/x;"},
        {"/data/m/@id", "?/ data/m;", "?/ data/m;"},
        {"sum(/data/m/age)", "!/ data/m/age all;", "?/ data/m/age all;"},
        {"count(/data/m) + position(..)", "!/ data/m all;!.^ all;", "?/ data/m all;?.^ all;"},
        {"indexed-repeat(/d/m/x, /d/m, /d/i)", "!/ d/m/x all;!/ d/m all;!/ d/i;",
         "?/ d/m/x all;?/ d/m all;?/ d/i;"},
        {"sum(/d/x[/d/y])", "!/ d/y;?/ d/x all;", "?/ d/y;?/ d/x all;"},
        {"jr:choice-name(/d/v, '/d/v')", "!/ d/v;!/ d/v;", "?/ d/v;?/ d/v;"},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int resolves = 0; resolves < 2; resolves++) {
            struct told t = {.resolves = resolves};
            buf_init(&t.buf, a);
            const struct xpath_scope scope = {.self = &t,
                                              .resolve = scope_resolve,
                                              .touch = scope_touch,
                                              .has_instance = scope_has_instance};
            struct xpath_code code;
            assert_null(xpath_compile(a, rows[i].text, &scope, &code));
            assert_true(xpath_code_check(&code));
            assert_string_equal(buf_text(&t.buf), resolves ? rows[i].resolved : rows[i].touched);
        }
    }
    arena_free(a);
}

static void knows_what_phones_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_web_only, is_volatile;
        size_t warnings;
    } rows[] = {
        {"/data/a + 1", false, false, 0},
        {"../a[1]/b", false, false, 0},
        {"a | b", true, false, 0},
        {"(a)[1]", true, false, 0},
        {"//a", true, false, 0},
        {"a/following-sibling::b", true, false, 0},
        {"floor(2.5)", true, false, 0},
        {"number()", true, false, 0},
        {"area('0 0;0 1')", true, false, 0},
        {"area(a)", false, false, 0},
        {"today() > '2026-01-01'", false, true, 1},
        {"today() > date('2026-01-01')", false, true, 0},
        {"decimal-time('06:00')", false, false, 1},
        {"concat(uuid(), once(random()))", false, true, 0},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct notes notes;
        notes_init(&notes, a);
        const struct xpath_scope scope = {.notes = &notes, .notes_where = "survey!C2"};
        struct xpath_code code;
        assert_null(xpath_compile(a, rows[i].text, &scope, &code));
        assert_int_equal(xpath_code_is_web_only(&code), rows[i].is_web_only);
        assert_int_equal(xpath_code_is_volatile(&code), rows[i].is_volatile);
        assert_int_equal(notes.warning_count, rows[i].warnings);
    }
    arena_free(a);
}

static void equal_texts_give_equal_bytes(void **state)
{
    (void)state;
    static const char text[] = "concat(/data/a[b = 'x'], regex(., '[0-9]+'), 1.5)";
    struct arena *a = arena_new();
    struct xpath_code one, two;
    assert_null(xpath_compile(a, text, NULL, &one));
    (void)arena_alloc(a, 77);
    assert_null(xpath_compile(a, text, NULL, &two));
    assert_int_equal(one.size, two.size);
    assert_memory_equal(one.bytes, two.bytes, one.size);
    arena_free(a);
}

static const char *repeated(struct arena *a, const char *text, size_t count, const char *end)
{
    struct buf b;
    buf_init(&b, a);
    for (size_t i = 0; i < count; i++)
        buf_add(&b, text);
    buf_add(&b, end);
    return buf_text(&b);
}

/* X9: size and depth are judged before anything grows. */
static void X9_hostile_texts_are_refused(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    refused(a, repeated(a, "(", 20000, "1"), "xpath.too_long", "");
    refused(a, repeated(a, "(", 300, "1"), "xpath.too_deep", "column 202");
    refused(a, repeated(a, "1+", 200000, "1"), "xpath.too_long", "");
    refused(a, repeated(a, "a[", 300, "1"), "xpath.too_deep", "column 403");
    struct xpath_code code;
    assert_null(xpath_compile(a, repeated(a, "1+", 4000, "1"), NULL, &code));
    assert_null(xpath_compile(a, repeated(a, "-", 4000, "1"), NULL, &code));
    arena_free(a);
}

/* X8: the budget stops what would run for minutes, at the same step on every machine. */
static void X8_costly_expressions_are_stopped(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "//n[preceding-sibling::n[following-sibling::n[preceding-sibling::n]]]",
        "count(//*[count(preceding::*) >= 0])",
        "sum(//n[count(//n[count(//n) > 1]) > 1])",
    };
    struct arena *a = arena_new();
    const char *xml = text_join(a, text_join(a, "<d>", repeated(a, "<n>1</n>", 2000, "")), "</d>");
    const struct xpath_document *d;
    const struct xpath_setting setting = {.context = "", .root = ""};
    assert_null(xpath_document_open(a, xml, strlen(xml), &d));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct xpath_answer answer;
        clock_t start = clock();
        struct err *e = xpath_document_ask(a, d, texts[i], &setting, &answer);
        assert_non_null(e);
        assert_string_equal(e->code, "xpath.too_costly");
        assert_in_range((clock() - start) * 1000 / CLOCKS_PER_SEC, 0, 1000);
    }
    arena_free(a);
}

/* X10: what people type is a value, never a piece of the expression. */
static void X10_answers_are_only_data(void **state)
{
    (void)state;
    static const char xml[] = "<d><q>' or '1'='1</q><r>\"]|//*[\"</r><i><n>a</n></i></d>";
    struct arena *a = arena_new();
    const struct xpath_document *d;
    struct xpath_answer answer;
    const struct xpath_setting setting = {.context = "", .root = ""};
    assert_null(xpath_document_open(a, xml, strlen(xml), &d));
    assert_null(xpath_document_ask(a, d, "count(/d/i[n = /d/q])", &setting, &answer));
    assert_true(xvalue_number(&answer.run, &answer.value) == 0);
    assert_null(xpath_document_ask(a, d, "count(/d/i[n = /d/r or /d/r = '']) ", &setting, &answer));
    assert_true(xvalue_number(&answer.run, &answer.value) == 0);
    arena_free(a);
}

static void damaged_code_is_found(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct xpath_code code;
    assert_null(xpath_compile(a, "if(/a/b = 'x', 1 + 2, regex(., 'a+'))", NULL, &code));
    assert_true(xpath_code_check(&code));
    size_t found = 0;
    for (size_t i = 0; i < code.size; i++) {
        char *bytes = arena_copy(a, code.bytes, code.size);
        const struct xpath_code damaged = {.bytes = bytes, .size = code.size};
        bytes[i] = (char)(bytes[i] ^ 0x55);
        found += !xpath_code_check(&damaged);
    }
    assert_true(found > code.size / 3);
    const struct xpath_code cut = {.bytes = code.bytes, .size = 16};
    assert_false(xpath_code_check(&cut));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_with_code_and_place),
        cmocka_unit_test(tells_the_paths),
        cmocka_unit_test(knows_what_phones_refuse),
        cmocka_unit_test(equal_texts_give_equal_bytes),
        cmocka_unit_test(X9_hostile_texts_are_refused),
        cmocka_unit_test(X8_costly_expressions_are_stopped),
        cmocka_unit_test(X10_answers_are_only_data),
        cmocka_unit_test(damaged_code_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
