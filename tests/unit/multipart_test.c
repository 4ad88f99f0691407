/* multipart/form-data, whole and in pieces of every size. */
#include "http/multipart.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "test.h"

#include <string.h>

/* What the parser told, as text: "[name|file|type:data]" for each part. */
static struct err *told_begin(void *self, const struct part_head *head)
{
    buf_print(self, "[%s|%s|%s:", head->name, head->has_file_name ? head->file_name : "-",
              head->media_type);
    return NULL;
}

static struct err *told_data(void *self, const void *bytes, size_t size)
{
    buf_bytes(self, bytes, size);
    return NULL;
}

static struct err *told_end(void *self)
{
    buf_add(self, "]");
    return NULL;
}

static const char *parse(struct arena *a, const char *type, const char *body, size_t size,
                         size_t piece)
{
    struct buf told;
    buf_init(&told, a);
    const struct part_sink sink = {&told, told_begin, told_data, told_end};
    struct multipart *m;
    struct err *e = multipart_new(a, type, &sink, &m);
    for (size_t at = 0; !e && at < size; at += piece)
        e = multipart_add(m, body + at, size - at < piece ? size - at : piece);
    if (!e)
        e = multipart_end(m);
    return e ? e->code : buf_text(&told);
}

#define PART(head, data) "--B\r\nContent-Disposition: form-data; " head "\r\n\r\n" data "\r\n"
static const char malformed_code[] = "http.malformed";

static const struct {
    const char *body, *told;
} rows[] = {
    {PART("name=\"a\"", "1") "--B--\r\n", "[a|-|:1]"},
    {PART("name=\"a\"", "1") "--B--", "[a|-|:1]"},
    {PART("name=\"a\"", "") "--B--\r\n", "[a|-|:]"},
    {PART("name=a", "1") "--B--\r\n", "[a|-|:1]"},
    {"preamble\r\n" PART("name=\"a\"", "1") "--B--\r\nepilogue", "[a|-|:1]"},
    {"x--B\r\n" PART("name=\"a\"", "1") "--B--\r\n", "[a|-|:1]"},
    {PART("name=\"a\"", "1") PART("name=\"b\"; filename=\"照片.jpg\"", "\r\n--\r\n--C") "--B--\r\n",
     "[a|-|:1][b|照片.jpg|:\r\n--\r\n--C]"},
    {PART("name=\"a\"; filename=\"x\\\"y\\z\"", "1") "--B--\r\n", "[a|x\"y\\z|:1]"},
    {PART("name=\"a\"; filename=\"fallback\"; filename*=UTF-8''%E5%BC%A0.txt", "1") "--B--\r\n",
     "[a|张.txt|:1]"},
    {"--B\r\ncontent-type: text/xml\r\ncontent-disposition: form-data; "
     "name=\"a\"\r\n\r\n1\r\n--B--",
     "[a|-|text/xml:1]"},
    {"--B  \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--", "[a|-|:1]"},
    {PART("name=\"a;b\"; filename=\"c;d\"", "1") "--B--\r\n", "[a;b|c;d|:1]"},
    {"", malformed_code},
    {"no delimiter at all", malformed_code},
    {PART("name=\"a\"", "1"), malformed_code},
    {PART("name=\"a\"", "1") "--B", malformed_code},
    {PART("filename=\"a\"", "1") "--B--", malformed_code},
    {"--B\r\nContent-Type: text/xml\r\n\r\n1\r\n--B--", malformed_code},
    {"--Bx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--", malformed_code},
    {"--B\r\nno colon\r\n\r\n1\r\n--B--", malformed_code},
    {PART("name=\"a\"; filename*=latin1''x", "1") "--B--\r\n", malformed_code},
    {PART("name=\"\xff\"", "1") "--B--\r\n", malformed_code},
    {PART("name=\"a\"; filename*=UTF-8''%0d%0a", "1") "--B--\r\n", malformed_code},
};

static void tells_parts_apart_in_pieces_of_any_size(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t size = strlen(rows[i].body);
        for (size_t piece = 1; piece <= size + 1; piece++) {
            const char *told =
                parse(a, "multipart/form-data; boundary=B", rows[i].body, size, piece);
            if (!text_equal(told, rows[i].told))
                fail_msg("row %zu, pieces of %zu: %s, not %s", i, piece, told, rows[i].told);
        }
        arena_reset(a);
    }
    arena_free(a);
}

static void wants_a_boundary(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const char body[] = PART("name=\"a\"", "1") "--B--\r\n";
    static const struct {
        const char *type, *told;
    } types[] = {
        {"multipart/form-data; boundary=B", "[a|-|:1]"},
        {"multipart/form-data; boundary=\"B\"", "[a|-|:1]"},
        {"multipart/form-data; charset=utf-8; Boundary=B", "[a|-|:1]"},
        {"multipart/form-data", malformed_code},
        {"multipart/form-data; boundary=", malformed_code},
        {"multipart/form-data; boundary="
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         malformed_code},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_string_equal(parse(a, types[i].type, body, sizeof body - 1, 7), types[i].told);
    arena_free(a);
}

static void limits_heads_and_parts(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf b;
    buf_init(&b, a);
    for (int i = 0; i < 1000; i++)
        buf_add(&b, PART("name=\"a\"", "1"));
    buf_add(&b, "--B--");
    const char *type = "multipart/form-data; boundary=B";
    assert_string_equal(parse(a, type, buf_text(&b), b.size, 4096), "http.too_many_parts");
    buf_init(&b, a);
    buf_add(&b, "--B\r\nX: ");
    for (int i = 0; i < 20000; i++)
        buf_char(&b, 'x');
    assert_string_equal(parse(a, type, buf_text(&b), b.size, 1000), malformed_code);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_parts_apart_in_pieces_of_any_size),
        cmocka_unit_test(wants_a_boundary),
        cmocka_unit_test(limits_heads_and_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
