/* The public cases of expressions (corpus, xpath-cases.json), all in one process. Scoring follows
 * the corpus' README: where two reference engines part, JavaRosa's value counts. xpath_rules.txt
 * names the cases we decide otherwise, each with its rule; a case listed there that passes the
 * plain way, or one that fails and is not listed, fails the test. Prints passed, failed, and by
 * rule. */
#include "test.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "corpus.h"
#include "engine/regex.h"
#include "forms/xml_tree.h"
#include "forms/xpath_document.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct suite {
    struct arena *arena; /* of one case */
    const struct json *documents;
    const char *rules;
    size_t passed, failed, by_rule, refused, open;
};

static double number_of(const struct json *j)
{
    const char *text = json_text(j, "");
    if (json_type_of(j) != JSON_TEXT)
        return json_real(j, NAN);
    if (text_equal(text, "Infinity") || text_equal(text, "-Infinity"))
        return *text == '-' ? -INFINITY : INFINITY;
    return text_equal(text, "-0") ? -0.0 : NAN;
}

static bool numbers_agree(const struct json *c, const struct json *expected, double got)
{
    double wanted = number_of(expected), round = json_real(json_get(c, "round"), 0);
    double tolerance = json_real(json_get(c, "tolerance"), 0);
    const char *expression = json_get_text(c, "expr");
    if (round > 0)
        got = floor(got * round + 0.5) / round;
    if (isnan(wanted) || isnan(got))
        return isnan(wanted) && isnan(got);
    if (strstr(expression, "area(") || strstr(expression, "distance("))
        tolerance = fabs(wanted) * 1e-6;
    if (wanted == 0 && signbit(wanted))
        return got == 0 && signbit(got);
    return wanted == got || fabs(wanted - got) <= tolerance;
}

static bool booleans_agree(const struct json *expected, bool got)
{
    if (json_type_of(expected) == JSON_TEXT)
        return text_equal(json_text(expected, ""), "true") == got;
    return json_bool(expected, false) == got;
}

static const char *text_of(struct arena *a, const struct json *j)
{
    if (json_type_of(j) == JSON_TEXT)
        return json_text(j, "");
    if (json_type_of(j) == JSON_BOOL)
        return json_bool(j, false) ? "true" : "false";
    return text_print(a, "%lld", (long long)json_int(j, 0));
}

static bool has_path(const struct json *paths, const char *path)
{
    for (size_t i = 0; i < json_count(paths); i++)
        if (text_equal(json_text(json_at(paths, i), ""), path))
            return true;
    return false;
}

static bool nodes_agree(struct arena *a, const struct json *c, const struct json *expected,
                        const struct xvalue *v)
{
    if (v->kind != XVALUE_NODES || v->as.nodes.count != json_count(expected))
        return false;
    for (size_t i = 0; i < v->as.nodes.count; i++) {
        const char *path = xml_tree_path(a, v->as.nodes.items[i]);
        bool is_good = json_get_bool(c, "unordered", false)
                           ? has_path(expected, path)
                           : text_equal(json_text(json_at(expected, i), ""), path);
        if (!is_good)
            return false;
    }
    return true;
}

static bool first_agrees(struct arena *a, const struct json *expected, const struct xvalue *v)
{
    bool is_none = v->kind == XVALUE_NODES && v->as.nodes.count == 0;
    if (is_none || v->kind != XVALUE_NODES)
        return is_none && json_type_of(expected) == JSON_NULL;
    return text_equal(xml_tree_path(a, v->as.nodes.items[0]), json_text(expected, ""));
}

static bool text_is_like(struct arena *a, const char *pattern, const char *text)
{
    struct regex regex;
    size_t fault_at;
    return regex_compile(a, pattern, &regex, &fault_at) == REGEX_GOOD &&
           regex_finds(a, &regex, text, strlen(text));
}

static bool agrees(struct arena *a, const struct json *c, const struct json *expected,
                   struct xpath_answer *got)
{
    const char *kind = json_get_text(c, "kind");
    if (text_equal(kind, "boolean"))
        return booleans_agree(expected, xvalue_boolean(&got->run, &got->value));
    if (text_equal(kind, "number"))
        return numbers_agree(c, expected, xvalue_number(&got->run, &got->value));
    if (text_equal(kind, "nodeset"))
        return nodes_agree(a, c, expected, &got->value);
    if (text_equal(kind, "first-node"))
        return first_agrees(a, expected, &got->value);
    const char *text = xvalue_string(&got->run, &got->value);
    if (text_equal(kind, "string-length"))
        return (int64_t)text_utf16_length(text) == json_int(expected, -1);
    if (text_equal(kind, "string-matches"))
        return text_is_like(a, json_text(expected, ""), text);
    return text_equal(text, text_of(a, expected));
}

static const char *more_prefixes(const char *prefix)
{
    static const char *const known[][2] = {
        {"xhtml", "http://www.w3.org/1999/xhtml"},
        {"mathml", "http://www.w3.org/1998/Math/MathML"},
        {"jr", "http://openrosa.org/javarosa"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_equal(known[i][0], prefix))
            return known[i][1];
    return NULL;
}

/* The corpus holds HTML with a DOCTYPE; our reader refuses any. The name behind it is cut out. */
static const char *without_doctype(struct arena *a, const char *xml)
{
    xml += strspn(xml, " \t\r\n");
    const char *start = strstr(xml, "<!DOCTYPE");
    if (!start)
        return xml;
    const char *end = strchr(start, '>');
    return text_print(a, "%.*s%s", (int)(start - xml), xml, end + 1);
}

static const char *document_of(struct suite *s, const struct json *c)
{
    const char *name = json_get_text(c, "doc");
    return *name ? without_doctype(s->arena, json_get_text(s->documents, name)) : "<root/>";
}

static struct err *ask(struct suite *s, const struct json *c, struct xpath_answer *out)
{
    const char *xml = document_of(s, c);
    const struct xpath_document *document;
    TRY(xpath_document_open(s->arena, xml, strlen(xml), &document));
    struct xpath_setting *setting = arena_alloc(s->arena, sizeof *setting);
    *setting = (struct xpath_setting){
        .context = json_get_text(c, "context"),
        .root = json_get_text(c, "root"),
        .language = json_get_text(c, "lang"),
        .now_ms = 1795500000000,
        .utc_offset_min = text_equal(json_get_text(c, "tz"), "America/Phoenix") ? -420 : 0,
        .is_xpath1 = text_equal(json_get_text(c, "dialect"), "xpath1"),
        .prefix = more_prefixes,
    };
    return xpath_document_ask(s->arena, document, json_get_text(c, "expr"), setting, out);
}

/* What the plain way of scoring asks for: an error, or a value. */
static const struct json *wanted(const struct json *c, bool *is_error_out)
{
    const struct json *other = json_get(c, "javarosa");
    const char *error = json_get_text(other, "error");
    *is_error_out = text_equal(json_get_text(c, "kind"), "error") || text_equal(error, "type");
    if (json_type_of(other) == JSON_OBJECT && json_get(other, "value"))
        return json_get(other, "value");
    return json_get(c, "expected");
}

/* The line of a case in xpath_rules.txt: "id <tab> refused|open|error|value|expected <tab> rule",
 * NULL if none. */
static const char *rule_of(const struct suite *s, const char *id)
{
    size_t size = strlen(id);
    for (const char *line = s->rules; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, id, size) == 0 && line[size] == '\t')
            return line + size + 1;
        if (!*line)
            break;
    }
    return NULL;
}

/* refused: we do not offer it; open: a fault that is known; error, value: what must come instead;
 * expected: the suite's own value, not JavaRosa's. */
static bool holds_by_rule(struct suite *s, const char *rule, const struct json *c, struct err *e,
                          struct xpath_answer *got)
{
    if (text_starts(rule, "refused"))
        return s->refused++, true;
    if (text_starts(rule, "open"))
        return s->open++, true;
    s->by_rule++;
    if (text_starts(rule, "error"))
        return e != NULL;
    if (text_starts(rule, "value"))
        return e == NULL;
    return !e && agrees(s->arena, c, json_get(c, "expected"), got);
}

static void report(struct suite *s, const struct json *c, struct err *e, struct xpath_answer *got)
{
    bool is_error;
    const struct json *expected = wanted(c, &is_error);
    const char *value = e ? e->message : xvalue_string(&got->run, &got->value);
    if (!e && got->value.kind == XVALUE_NODES && got->value.as.nodes.count)
        value = xml_tree_path(s->arena, got->value.as.nodes.items[0]);
    printf("# FAIL %s\n#   %s  [%s, %s %s]\n#   want %s, got %s%s\n", json_get_text(c, "id"),
           json_get_text(c, "expr"), json_get_text(c, "kind"), json_get_text(c, "doc"),
           json_get_text(c, "context"),
           is_error                               ? "an error"
           : json_type_of(expected) == JSON_ARRAY ? json_text(json_at(expected, 0), "no node")
           : json_type_of(expected) == JSON_REAL
               ? text_print(s->arena, "%d/1000", (int)(json_real(expected, 0) * 1000))
               : text_of(s->arena, expected),
           e ? "error: " : "", value);
}

static void run_case(struct suite *s, const struct json *c)
{
    struct xpath_answer got;
    struct err *e = ask(s, c, &got);
    bool is_error;
    const struct json *expected = wanted(c, &is_error);
    bool holds = is_error ? e != NULL : !e && agrees(s->arena, c, expected, &got);
    const char *rule = rule_of(s, json_get_text(c, "id"));
    if (rule && holds) {
        printf("# %s passes without its rule: take it out of xpath_rules.txt\n",
               json_get_text(c, "id"));
        s->failed++;
        return;
    }
    if (rule)
        holds = holds_by_rule(s, rule, c, e, &got);
    else
        s->passed += holds;
    s->failed += !holds;
    if (!holds)
        report(s, c, e, &got);
}

static const char *rules_read(struct arena *a)
{
    const char *source = getenv("BANGBAN_SOURCE");
    FILE *file =
        fopen(text_print(a, "%s/tests/conformance/xpath_rules.txt", source ? source : "."), "rb");
    assert_non_null(file);
    struct buf b;
    buf_init(&b, a);
    char piece[4096];
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        buf_bytes(&b, piece, n);
    fclose(file);
    return buf_text(&b);
}

static void public_cases_hold(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct json *corpus = corpus_read(a, "xpath-cases.json");
    if (!corpus)
        skip();
    struct suite s = {
        .arena = arena_new(), .documents = json_get(corpus, "documents"), .rules = rules_read(a)};
    const struct json *cases = json_get(corpus, "cases");
    clock_t start = clock();
    for (size_t i = 0; i < json_count(cases); i++) {
        run_case(&s, json_at(cases, i));
        arena_reset(s.arena);
    }
    printf("# xpath: %zu cases, %zu passed, %zu by a rule of ours, %zu refused with reason, "
           "%zu open, %zu failed, %ld ms\n",
           json_count(cases), s.passed, s.by_rule, s.refused, s.open, s.failed,
           (long)((clock() - start) * 1000 / CLOCKS_PER_SEC));
    assert_true(json_count(cases) > 0);
    assert_int_equal(s.failed, 0);
    arena_free(s.arena);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_cases_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
