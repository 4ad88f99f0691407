/* Answers: statuses, files of strangers (trust.md F1, F2), errors that tell nothing of the inside.
 */
#include "http/reply.h"

#include "base/arena.h"
#include "base/text.h"
#include "http/status.h"
#include "test.h"

#include <string.h>

static void gives_each_error_its_status(void **state)
{
    (void)state;
    static const struct {
        enum err_kind kind;
        const char *code;
        int status;
    } rows[] = {
        {ERR_INVALID, "submission.invalid", 422},
        {ERR_INVALID, "json.syntax", 400},
        {ERR_INVALID, "http.media_type", 415},
        {ERR_INVALID, "http.url_long", 414},
        {ERR_INVALID, "http.headers_large", 431},
        {ERR_INVALID, "http.method", 405},
        {ERR_SIGN_IN, "sign_in.needed", 401},
        {ERR_DENIED, "right.missing", 403},
        {ERR_MISSING, "http.no_route", 404},
        {ERR_CONFLICT, "case.changed", 409},
        {ERR_TOO_BIG, "http.body_large", 413},
        {ERR_BUSY, "sign_in.locked", 429},
        {ERR_BUSY, "store.busy", 503},
        {ERR_FULL, "store.full", 507},
        {ERR_INTERNAL, "store.sql", 500},
        {ERR_USAGE, "serve.listen", 500},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct err e = {.kind = rows[i].kind, .code = rows[i].code};
        if (status_of(&e) != rows[i].status)
            fail_msg("%s: %d, not %d", rows[i].code, status_of(&e), rows[i].status);
    }
}

static const char *header_of(const struct reply_parts *p, const char *name)
{
    for (const struct reply_header *h = p->headers; h; h = h->next)
        if (text_equal(h->name, name))
            return h->value;
    return "";
}

static void shows_only_harmless_files(void **state)
{
    (void)state;
    static const struct {
        const char *name, *type, *shown_type, *disposition;
        bool is_download;
    } rows[] = {
        {"a.jpg", "image/jpeg", "image/jpeg", "inline; filename=\"a.jpg\"; filename*=UTF-8''a.jpg",
         false},
        {"a.jpg", "image/jpeg", "image/jpeg",
         "attachment; filename=\"a.jpg\"; filename*=UTF-8''a.jpg", true},
        {"a.jpg", "text/html", "application/octet-stream",
         "attachment; filename=\"a.jpg\"; filename*=UTF-8''a.jpg", false},
        {"a.svg", "image/svg+xml", "application/octet-stream",
         "attachment; filename=\"a.svg\"; filename*=UTF-8''a.svg", false},
        {"a.jpg", "image/jpeg; x=y", "application/octet-stream",
         "attachment; filename=\"a.jpg\"; filename*=UTF-8''a.jpg", false},
        {"张\"\r\n/..;", "application/pdf", "application/pdf",
         "inline; filename=\"_______.._\"; filename*=UTF-8''%e5%bc%a0%22%0d%0a%2f..%3b", false},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reply r;
        struct reply_parts parts;
        reply_init(&r, a, false);
        reply_file(&r, rows[i].name, rows[i].type, "x", 1, rows[i].is_download);
        reply_close(&r, "", &parts);
        assert_string_equal(header_of(&parts, "Content-Type"), rows[i].shown_type);
        assert_string_equal(header_of(&parts, "Content-Security-Policy"),
                            "default-src 'none'; sandbox");
        assert_string_equal(header_of(&parts, "X-Content-Type-Options"), "nosniff");
        assert_string_equal(header_of(&parts, "Content-Disposition"), rows[i].disposition);
    }
    arena_free(a);
}

static const char *told(struct arena *a, const struct err *e, const char *language,
                        const char *details)
{
    const struct request q = {.language = language, .error_details = details};
    struct reply r;
    struct reply_parts parts;
    reply_init(&r, a, false);
    buf_add(r.body, "half an answer");
    reply_error(&r, &q, e);
    reply_close(&r, "", &parts);
    return parts.bytes;
}

static void tells_errors(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct err *e = err_new(a, ERR_INVALID, "x.bad", "/a", "It is \"bad\".", "不好。");
    assert_string_equal(
        told(a, e, "en", NULL),
        "{\"error\":{\"code\":\"x.bad\",\"where\":\"/a\",\"message\":\"It is \\\"bad\\\".\"}}");
    assert_string_equal(told(a, e, "zh", "\"findings\":[1]"),
                        "{\"error\":{\"code\":\"x.bad\",\"where\":\"/"
                        "a\",\"message\":\"不好。\",\"findings\":[1]}}");
    const struct err *inside =
        err_new(a, ERR_INTERNAL, "store.sql", "cases", "no such table: cases", "没有表：cases");
    assert_null(strstr(told(a, inside, "en", NULL), "cases"));
    assert_null(strstr(told(a, inside, "zh", NULL), "cases"));
    arena_free(a);
}

static void answers_304_to_who_has_it(void **state)
{
    (void)state;
    static const struct {
        const char *etag, *asked;
        int status;
    } rows[] = {
        {"e1", "", 200},       {"e1", "\"e1\"", 304},   {"e1", "\"e0\", \"e1\"", 304},
        {"e1", "\"e2\"", 200}, {"e1", "W/\"e1\"", 304}, {NULL, "\"e1\"", 200},
        {"e1", "*", 304},      {"e1", "e1", 200},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reply r;
        struct reply_parts parts;
        reply_init(&r, a, false);
        reply_bytes(&r, "text/plain", "body", 4);
        r.etag = rows[i].etag;
        reply_close(&r, rows[i].asked, &parts);
        assert_int_equal(parts.status, rows[i].status);
        assert_int_equal(parts.size, rows[i].status == 304 ? 0 : 4);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_each_error_its_status),
        cmocka_unit_test(shows_only_harmless_files),
        cmocka_unit_test(tells_errors),
        cmocka_unit_test(answers_304_to_who_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
