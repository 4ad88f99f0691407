/* Routes: which row a request finds, and which rows do not start. */
#include "http/router.h"

#include "base/arena.h"
#include "base/text.h"
#include "test.h"

#include <string.h>

static struct err *answer(struct request *q, struct tx *tx, struct reply *r)
{
    (void)q;
    (void)tx;
    (void)r;
    return NULL;
}

static const struct route good[] = {
    READ_ROUTE("/", RIGHT_PUBLIC, answer, "root"),
    READ_ROUTE("/v1/cases/:ref", RIGHT_CASE_READ, answer, "case"),
    READ_ROUTE("/v1/cases/:ref/letters/:name.pdf", RIGHT_CASE_READ, answer, "letter"),
    READ_ROUTE("/v1/cases/:ref/receipt.pdf", RIGHT_CASE_READ, answer, "receipt"),
    WRITE_ROUTE("POST", "/v1/drafts/open", RIGHT_PUBLIC, BODY_JSON, NULL, NULL, NULL, "open"),
    WRITE_ROUTE("POST", "/v1/drafts/:id", RIGHT_PUBLIC, BODY_JSON, NULL, NULL, NULL, "post"),
    WRITE_ROUTE("PUT", "/v1/drafts/:id", RIGHT_PUBLIC, BODY_JSON, NULL, NULL, NULL, "put"),
    {.method = "HEAD",
     .pattern = "/submission",
     .right = RIGHT_SUBMIT,
     .summary = "head",
     .read = answer,
     .has_right = true},
    {.method = "GET",
     .pattern = "/submission",
     .right = RIGHT_SUBMIT,
     .summary = "get",
     .read = answer,
     .has_right = true},
    {0},
};
static const struct route *const good_tables[] = {good, NULL};

static struct head head_of(struct arena *a, const char *method, const char *path)
{
    static const struct header host = {"Host", "h", 4, 1};
    struct head h = {.method = method, .uri = path, .headers = &host, .header_count = 1};
    assert_null(guard_head(a, &h));
    return h;
}

static void finds_the_best_row(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *found, *allow; /* summary or code */
    } rows[] = {
        {"GET", "/", "root", ""},
        {"GET", "/v1/cases/7", "case", ""},
        {"HEAD", "/v1/cases/7", "case", ""},
        {"POST", "/v1/cases/7", "http.method", "GET"},
        {"GET", "/v1/cases", "http.no_route", ""},
        {"GET", "/v1/Cases/7", "http.no_route", ""},
        {"GET", "/v1/cases/7/letters/notice.pdf", "letter", ""},
        {"GET", "/v1/cases/7/letters/notice.txt", "http.no_route", ""},
        {"GET", "/v1/cases/7/letters/.pdf", "http.no_route", ""},
        {"GET", "/v1/cases/7/receipt.pdf", "receipt", ""},
        {"POST", "/v1/drafts/open", "open", ""},
        {"POST", "/v1/drafts/8", "post", ""},
        {"PUT", "/v1/drafts/8", "put", ""},
        {"DELETE", "/v1/drafts/8", "http.method", "POST, PUT"},
        {"HEAD", "/submission", "head", ""},
        {"GET", "/submission", "get", ""},
    };
    struct arena *a = arena_new();
    struct router *router;
    assert_null(router_new(a, good_tables, &router));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct head h = head_of(a, rows[i].method, rows[i].path);
        const struct route *route = NULL;
        const char *allow = "";
        const struct err *e = router_find(router, a, &h, &route, &allow);
        const char *found = e ? e->code : route->summary;
        if (!text_equal(found, rows[i].found) || (e && !text_equal(allow, rows[i].allow)))
            fail_msg("%s %s: %s (%s)", rows[i].method, rows[i].path, found, allow);
    }
    arena_free(a);
}

static void gives_parameters(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct router *router;
    assert_null(router_new(a, good_tables, &router));
    struct head h = head_of(a, "GET", "/v1/cases/%E5%BC%A0/letters/notice.1.pdf");
    const struct route *route = NULL;
    const char *allow;
    assert_null(router_find(router, a, &h, &route, &allow));
    assert_string_equal(route_param(a, route, &h, "ref"), "张");
    assert_string_equal(route_param(a, route, &h, "name"), "notice.1");
    assert_string_equal(route_param(a, route, &h, "nam"), "");
    assert_string_equal(route_param(a, route, &h, "letters"), "");
    arena_free(a);
}

static void a_row_without_a_right_does_not_start(void **state)
{
    (void)state;
    static const struct route bare[] = {
        {.method = "GET", .pattern = "/x", .summary = "x", .read = answer},
        {0},
    };
    static const struct route twice[] = {
        READ_ROUTE("/", RIGHT_PUBLIC, answer, "again"),
        {0},
    };
    static const struct route *const bare_tables[] = {good, bare, NULL};
    static const struct route *const twice_tables[] = {good, twice, NULL};
    struct arena *a = arena_new();
    struct router *router;
    struct err *e = router_new(a, bare_tables, &router);
    assert_non_null(e);
    assert_string_equal(e->code, "route.no_right");
    e = router_new(a, twice_tables, &router);
    assert_non_null(e);
    assert_string_equal(e->code, "route.twice");
    arena_free(a);
}

static void the_rows_of_the_program_start(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct router *router;
    assert_null(router_new(a, route_tables, &router));
    assert_non_null(strstr(router_print(a, router), "/healthz"));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_best_row),
        cmocka_unit_test(gives_parameters),
        cmocka_unit_test(a_row_without_a_right_does_not_start),
        cmocka_unit_test(the_rows_of_the_program_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
