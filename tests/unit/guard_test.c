/* The head of a request: one row a rule; "" is accepted. */
#include "http/guard.h"

#include "base/arena.h"
#include "base/text.h"
#include "test.h"

#include <string.h>

enum { HEADERS_MOST = 128 };

/* "name:value|name:value" */
static size_t headers_of(struct arena *a, const char *text, struct header *out)
{
    size_t n = 0;
    while (*text && n < HEADERS_MOST) {
        size_t name = strcspn(text, ":"), all = strcspn(text, "|");
        const char *value = arena_copy(a, text + name + 1, all - name - 1);
        out[n++] = (struct header){arena_copy(a, text, name), value, name, all - name - 1};
        text += all + (text[all] == '|');
    }
    return n;
}

static const char *check(struct arena *a, const char *method, const char *uri, const char *headers,
                         struct head *head_out)
{
    struct header *list = arena_array(a, HEADERS_MOST, sizeof *list);
    *head_out = (struct head){.method = method, .uri = uri, .headers = list};
    head_out->header_count = headers_of(a, headers, list);
    const struct err *e = guard_head(a, head_out);
    return e ? e->code : "";
}

static void refuses_what_may_be_smuggled(void **state)
{
    (void)state;
    static const char bad[] = "http.malformed";
    static const struct {
        const char *method, *headers, *code;
    } rows[] = {
        {"GET", "Host:h", ""},
        {"GET", "", bad},
        {"GET", "Host:h|host:h", bad},
        {"POST", "Host:h|Content-Length:2", ""},
        {"POST", "Host:h|Content-Length:2|Content-Length:3", bad},
        {"POST", "Host:h|Content-Length:2|content-length:2", bad},
        {"POST", "Host:h|Content-Length:2|Transfer-Encoding:chunked", bad},
        {"POST", "Host:h|Transfer-Encoding:chunked", ""},
        {"POST", "Host:h|Transfer-Encoding:chunked|Transfer-Encoding:chunked", bad},
        {"POST", "Host:h|Transfer-Encoding:xchunked", bad},
        {"POST", "Host:h|Transfer-Encoding:gzip, chunked", bad},
        {"POST", "Host:h|Transfer-Encoding :chunked", bad},
        {"POST", "Host:h|Content-Length:+4", bad},
        {"POST", "Host:h|Content-Length:", bad},
        {"POST", "Host:h|Content-Length:-1", bad},
        {"POST", "Host:h|Content-Length:0x10", bad},
        {"POST", "Host:h|Content-Length:9223372036854775808", bad},
        {"GET", "Host:h|Content-Length:4", bad},
        {"GET", "Host:h|Content-Length:0", ""},
        {"GET", "Host:h|Transfer-Encoding:chunked", bad},
        {"GET", "Host:h|X-A: b", bad},
        {"GET", "Host:h|X A:b", bad},
        {"GET", "Host:h|X-A:b\x01", bad},
        {"GET", "Host:h|X-A:b\r\nX-B:c", bad},
        {"GET", "Host:h|:b", bad},
        {"GET", "Host:h|Cookie:a=1|Cookie:b=2", ""},
        {"GET", "Host:h|Origin:http://h|Origin:http://x", bad},
        {"TRACE", "Host:h", "http.method"},
        {"OPTIONS", "Host:h", "http.method"},
        {"get", "Host:h", "http.method"},
        {"DELETE", "Host:h", ""},
    };
    struct arena *a = arena_new();
    struct head h;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *code = check(a, rows[i].method, "/", rows[i].headers, &h);
        if (!text_equal(code, rows[i].code))
            fail_msg("%s %s: %s, not %s", rows[i].method, rows[i].headers, code, rows[i].code);
    }
    arena_free(a);
}

static void decodes_a_path_once(void **state)
{
    (void)state;
    static const char bad[] = "http.malformed";
    static const struct {
        const char *uri, *code, *last; /* the last segment, decoded */
    } rows[] = {
        {"/", "", NULL},
        {"/healthz", "", "healthz"},
        {"/v1/cases/261124-4831-7", "", "261124-4831-7"},
        {"/v1/%E5%BC%A0%E4%B8%89", "", "张三"},
        {"/v1/a%20b", "", "a b"},
        {"/v1/a%252e", "", "a%2e"},
        {"/v1/a?x=1", "", "a"},
        {"", bad, NULL},
        {"*", bad, NULL},
        {"http://h/", bad, NULL},
        {"/v1/", bad, NULL},
        {"//v1", bad, NULL},
        {"/v1//a", bad, NULL},
        {"/v1/..", bad, NULL},
        {"/v1/../a", bad, NULL},
        {"/v1/%2e%2e/a", bad, NULL},
        {"/v1/.%2E", bad, NULL},
        {"/v1/.", bad, NULL},
        {"/v1/a%00b", bad, NULL},
        {"/v1/a%0ab", bad, NULL},
        {"/v1/a%2fb", bad, NULL},
        {"/v1/a%5Cb", bad, NULL},
        {"/v1/a\\b", bad, NULL},
        {"/v1/%c0%ae", bad, NULL},
        {"/v1/%ff", bad, NULL},
        {"/v1/%2", bad, NULL},
        {"/v1/%zz", bad, NULL},
        {"/v1/a;b", bad, NULL},
        {"/v1/a#b", bad, NULL},
        {"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16", "", "16"},
        {"/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", bad, NULL},
    };
    struct arena *a = arena_new();
    struct head h;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *code = check(a, "GET", rows[i].uri, "Host:h", &h);
        if (!text_equal(code, rows[i].code))
            fail_msg("%s: %s, not %s", rows[i].uri, code, rows[i].code);
        for (size_t j = 0; j < h.segment_count; j++)
            assert_non_null(h.segments[j]); /* also after a refusal */
        if (rows[i].last)
            assert_string_equal(h.segments[h.segment_count - 1], rows[i].last);
    }
    arena_free(a);
}

static const char *value_of(const struct head *h, const char *name)
{
    for (size_t i = 0; i < h->query_count; i++)
        if (text_equal(h->query[i].name, name))
            return h->query[i].value;
    return "(none)";
}

static void reads_a_query(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *code, *name, *value;
    } rows[] = {
        {"/a?q=%E4%BD%8E%E4%BF%9D+x", "", "q", "低保 x"},
        {"/a?q=1&&p=2", "", "p", "2"},
        {"/a?q", "", "q", ""},
        {"/a?q=a=b", "", "q", "a=b"},
        {"/a?", "", "q", "(none)"},
        {"/a?q=1&q=2", "http.malformed", "", ""},
        {"/a?q=1&%71=2", "http.malformed", "", ""},
        {"/a?q=%00", "http.malformed", "", ""},
        {"/a?q=%", "http.malformed", "", ""},
    };
    struct arena *a = arena_new();
    struct head h;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(check(a, "GET", rows[i].uri, "Host:h", &h), rows[i].code);
        if (!*rows[i].code)
            assert_string_equal(value_of(&h, rows[i].name), rows[i].value);
    }
    arena_free(a);
}

static void limits_address_and_headers(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct head h;
    char *uri = arena_alloc(a, 9001);
    memset(uri, 'a', 9000);
    uri[0] = '/';
    assert_string_equal(check(a, "GET", uri, "Host:h", &h), "http.url_long");
    char *many = arena_alloc(a, 1000);
    for (size_t i = 0; i < 101; i++)
        memcpy(many + 4 * i, "a:b|", 4);
    assert_string_equal(check(a, "GET", "/", many, &h), "http.headers_large");
    many[4 * 99] = '\0';
    assert_string_equal(check(a, "GET", "/", many, &h), "http.malformed"); /* no Host */
    char *wide = arena_alloc(a, 34000);
    memset(wide, 'b', 33000);
    memcpy(wide, "a:", 2);
    assert_string_equal(check(a, "GET", "/", wide, &h), "http.headers_large");
    arena_free(a);
}

static void knows_our_own_pages(void **state)
{
    (void)state;
    static const struct {
        const char *headers;
        bool is_own;
    } rows[] = {
        {"Host:h", false},
        {"Host:h|Sec-Fetch-Site:same-origin", true},
        {"Host:h|Sec-Fetch-Site:none", true},
        {"Host:h|Sec-Fetch-Site:same-site", false},
        {"Host:h|Sec-Fetch-Site:cross-site", false},
        {"Host:h|Sec-Fetch-Site:cross-site|Origin:http://h", false},
        {"Host:h|Origin:https://h", true},
        {"Host:h:8080|Origin:http://h:8080", true},
        {"Host:h|Origin:https://x", false},
        {"Host:h|Origin:null", false},
        {"Host:h|Origin:https://hx", false},
        {"Host:|Origin:https://", false},
    };
    struct arena *a = arena_new();
    struct head h;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        (void)check(a, "POST", "/", rows[i].headers, &h);
        if (head_is_same_origin(&h) != rows[i].is_own)
            fail_msg("%s", rows[i].headers);
    }
    arena_free(a);
}

static void finds_cookies(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct head h;
    (void)check(a, "GET", "/", "Host:h|Cookie:abb=0; bb=xyz; lang=en", &h);
    assert_string_equal(head_cookie(a, &h, "bb"), "xyz");
    assert_string_equal(head_cookie(a, &h, "lang"), "en");
    assert_string_equal(head_cookie(a, &h, "b"), "");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_may_be_smuggled),
        cmocka_unit_test(decodes_a_path_once),
        cmocka_unit_test(reads_a_query),
        cmocka_unit_test(limits_address_and_headers),
        cmocka_unit_test(knows_our_own_pages),
        cmocka_unit_test(finds_cookies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
