/* Checks of a request's head. libmicrohttpd 0.9.75 takes most of the smuggling matrix (trust.md 4,
 * H3): repeated framing headers, Transfer-Encoding beside Content-Length, folded lines, blanks
 * before the colon. It also cuts the path at %00 and passes ".." on, so only the raw URI counts. */
#include "http/guard.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

enum { URI_BYTES = 8 * 1024, HEADER_COUNT = 100, HEADER_BYTES = 32 * 1024, SEGMENTS = 16 };

static struct err *malformed(struct arena *a, const char *where)
{
    return err_new(a, ERR_INVALID, "http.malformed", where,
                   "The request is malformed. Send it again from an up-to-date program.",
                   "请求格式有误。请用最新的程序重新发送。");
}

static struct err *check_size(struct arena *a, const struct head *h)
{
    if (strlen(h->uri) > URI_BYTES)
        return err_new(a, ERR_INVALID, "http.url_long", "", "The address is too long. Shorten it.",
                       "网址太长。请缩短。");
    size_t total = 0;
    for (size_t i = 0; i < h->header_count; i++)
        total += h->headers[i].name_size + h->headers[i].value_size + 4;
    if (h->header_count > HEADER_COUNT || total > HEADER_BYTES)
        return err_new(a, ERR_INVALID, "http.headers_large", "",
                       "The request has too many headers. Delete the cookies of this site.",
                       "请求头太大。请清除本网站的 Cookie。");
    return NULL;
}

/* tchar of RFC 9110 5.6.2 */
static bool is_token(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return size > 0;
}

static bool is_value(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return false;
    }
    return true;
}

/* Headers that frame or route a request may stand once. */
static bool is_single(const char *name)
{
    static const char *const single[] = {"content-length", "transfer-encoding", "host",
                                         "content-type",   "authorization",     "origin",
                                         "sec-fetch-site", "x-forwarded-proto", "expect"};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (text_equal_fold(single[i], name))
            return true;
    return false;
}

static bool is_repeated(const struct head *h, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (text_equal_fold(h->headers[i].name, h->headers[at].name))
            return true;
    return false;
}

static struct err *check_headers(struct arena *a, const struct head *h)
{
    if (h->has_bad_line)
        return malformed(a, "");
    for (size_t i = 0; i < h->header_count; i++) {
        const struct header *x = &h->headers[i];
        if (!is_token(x->name, x->name_size) || !is_value(x->value, x->value_size) ||
            x->value[0] == ' ' || x->value[0] == '\t')
            return malformed(a, "");
        if (is_single(x->name) && is_repeated(h, i))
            return malformed(a, x->name);
    }
    return NULL;
}

static bool read_length(const char *text, int64_t *length_out)
{
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return size > 0 && text_to_int(text, length_out);
}

static bool is_bodiless(const char *method)
{
    return text_equal(method, "GET") || text_equal(method, "HEAD");
}

static struct err *check_framing(struct arena *a, struct head *h)
{
    const char *length = NULL, *coding = NULL, *host = NULL;
    for (size_t i = 0; i < h->header_count; i++) {
        const struct header *x = &h->headers[i];
        if (text_equal_fold(x->name, "content-length"))
            length = x->value;
        else if (text_equal_fold(x->name, "transfer-encoding"))
            coding = x->value;
        else if (text_equal_fold(x->name, "host"))
            host = x->value;
    }
    h->content_length = -1;
    if (!host || (length && coding) || (length && !read_length(length, &h->content_length)))
        return malformed(a, "");
    if (coding && !text_equal_fold(coding, "chunked"))
        return malformed(a, "Transfer-Encoding");
    h->is_chunked = coding != NULL;
    if (is_bodiless(h->method) && head_has_body(h))
        return malformed(a, "");
    return NULL;
}

static struct err *check_method(struct arena *a, const struct head *h)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "DELETE"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_equal(known[i], h->method))
            return NULL;
    return err_new(a, ERR_INVALID, "http.method", "", "This method is not served here.",
                   "此处不支持该请求方法。");
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *percent_decode(struct arena *a, const char *text, size_t size, bool plus_is_blank)
{
    char *out = arena_alloc(a, size + 1);
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '+' && plus_is_blank) {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < size ? hex_value(text[i + 1]) : -1;
            int low = high >= 0 ? hex_value(text[i + 2]) : -1;
            if (low < 0)
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < 0x20 || c == 0x7F)
            return NULL;
        out[n++] = c;
    }
    return text_is_utf8(out, n) ? out : NULL;
}

/* Decoded once; what would be another path when decoded again, or to a file system, is refused. */
static bool read_segment(struct arena *a, const char *text, size_t size, const char **out)
{
    const char *s = percent_decode(a, text, size, false);
    if (!s || !*s || text_equal(s, ".") || text_equal(s, "..") || strpbrk(s, "/\\"))
        return false;
    *out = s;
    return memchr(text, ';', size) == NULL;
}

static struct err *read_path(struct arena *a, struct head *h)
{
    size_t size = strcspn(h->uri, "?");
    h->path = arena_copy(a, h->uri, size);
    h->segments = arena_array(a, SEGMENTS, sizeof *h->segments);
    h->segment_count = 0;
    if (size == 0 || h->uri[0] != '/' || strchr(h->uri, '#'))
        return malformed(a, "");
    for (size_t at = 1; at < size;) {
        size_t end = at + strcspn(h->path + at, "/");
        bool is_good = h->segment_count < SEGMENTS &&
                       read_segment(a, h->path + at, end - at, &h->segments[h->segment_count]);
        if (!is_good || (end + 1 == size && h->path[end] == '/'))
            return malformed(a, "");
        h->segment_count++;
        at = end + 1;
    }
    return NULL;
}

static size_t count_char(const char *text, char c)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == c;
    return n;
}

static bool has_pair(const struct head *h, const char *name)
{
    for (size_t i = 0; i < h->query_count; i++)
        if (text_equal(h->query[i].name, name))
            return true;
    return false;
}

/* One "name=value"; an empty one is skipped, a repeated name is refused (trust.md 4, M1). */
static struct err *read_pair(struct arena *a, struct head *h, struct query_pair *pairs,
                             const char *text, size_t size)
{
    const char *equal = memchr(text, '=', size);
    size_t name_size = equal ? (size_t)(equal - text) : size;
    if (size == 0)
        return NULL;
    struct query_pair p = {
        .name = percent_decode(a, text, name_size, true),
        .value = equal ? percent_decode(a, equal + 1, size - name_size - 1, true) : "",
    };
    if (!p.name || !p.value || has_pair(h, p.name))
        return malformed(a, "");
    pairs[h->query_count++] = p;
    return NULL;
}

static struct err *read_query(struct arena *a, struct head *h)
{
    const char *text = strchr(h->uri, '?');
    h->query = NULL;
    h->query_count = 0;
    if (!text)
        return NULL;
    struct query_pair *pairs = arena_array(a, count_char(text, '&') + 1, sizeof *pairs);
    h->query = pairs;
    for (text++; *text;) {
        size_t size = strcspn(text, "&");
        TRY(read_pair(a, h, pairs, text, size));
        text += size + (text[size] == '&');
    }
    return NULL;
}

struct err *guard_head(struct arena *a, struct head *h)
{
    TRY(check_size(a, h));
    TRY(check_method(a, h));
    TRY(check_headers(a, h));
    TRY(check_framing(a, h));
    TRY(read_path(a, h));
    return read_query(a, h);
}

const char *head_header(const struct head *h, const char *name)
{
    for (size_t i = 0; i < h->header_count; i++)
        if (text_equal_fold(h->headers[i].name, name))
            return h->headers[i].value;
    return "";
}

const char *head_cookie(struct arena *a, const struct head *h, const char *name)
{
    size_t name_size = strlen(name);
    const char *at = head_header(h, "cookie");
    while (*at) {
        at += strspn(at, " ;");
        size_t size = strcspn(at, ";");
        if (size > name_size && memcmp(at, name, name_size) == 0 && at[name_size] == '=')
            return arena_copy(a, at + name_size + 1, size - name_size - 1);
        at += size;
    }
    return "";
}

bool head_has_body(const struct head *h)
{
    return h->is_chunked || h->content_length > 0;
}

static const char *after(const char *text, const char *start)
{
    return text_starts(text, start) ? text + strlen(start) : NULL;
}

bool head_is_same_origin(const struct head *h)
{
    const char *site = head_header(h, "sec-fetch-site");
    if (*site)
        return text_equal(site, "same-origin") || text_equal(site, "none");
    const char *origin = head_header(h, "origin");
    const char *authority = after(origin, "https://");
    if (!authority)
        authority = after(origin, "http://");
    return authority && *authority && text_equal_fold(authority, head_header(h, "host"));
}
