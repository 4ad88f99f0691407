/* Routes are grouped by their number of segments; within a group, rows with more literals stand
 * first, so that the first match is the best. */
#include "http/router.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MOST = 16 };

struct entry {
    const struct route *route;
    size_t segment_count, literal_count;
    const char *segments[SEGMENTS_MOST]; /* ":name", ":name.pdf" or a literal */
};
struct router {
    struct entry *entries; /* by segment count, then most literals, then pattern, then method */
    size_t count;
    size_t first[SEGMENTS_MOST + 2]; /* entries of n segments: first[n] .. first[n + 1] */
};

static void entry_init(struct entry *e, struct arena *a, const struct route *route)
{
    e->route = route;
    for (const char *at = route->pattern; *at == '/' && at[1];) {
        size_t size = strcspn(at + 1, "/");
        e->segments[e->segment_count++] = arena_copy(a, at + 1, size);
        e->literal_count += at[1] != ':';
        at += 1 + size;
    }
}

static int entry_compare(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    if (a->segment_count != b->segment_count)
        return a->segment_count < b->segment_count ? -1 : 1;
    if (a->literal_count != b->literal_count)
        return a->literal_count > b->literal_count ? -1 : 1;
    int order = strcmp(a->route->pattern, b->route->pattern);
    return order ? order : strcmp(a->route->method, b->route->method);
}

static struct err *check_entries(struct arena *a, const struct router *router)
{
    for (size_t i = 0; i < router->count; i++) {
        const struct route *r = router->entries[i].route;
        if (!r->has_right || r->right >= RIGHT_COUNT)
            return err_new(a, ERR_INTERNAL, "route.no_right", r->pattern,
                           "The route %s declares no right.", "路由 %s 没有声明权限。", r->pattern);
        if (i && entry_compare(&router->entries[i - 1], &router->entries[i]) == 0)
            return err_new(a, ERR_INTERNAL, "route.twice", r->pattern,
                           "The route %s is declared twice.", "路由 %s 声明了两次。", r->pattern);
    }
    return NULL;
}

static void index_entries(struct router *router)
{
    size_t at = 0;
    for (size_t n = 0; n <= SEGMENTS_MOST; n++) {
        router->first[n] = at;
        while (at < router->count && router->entries[at].segment_count == n)
            at++;
    }
    router->first[SEGMENTS_MOST + 1] = at;
}

struct err *router_new(struct arena *a, const struct route *const *tables, struct router **out)
{
    struct router *router = arena_alloc(a, sizeof *router);
    for (size_t t = 0; tables[t]; t++)
        for (const struct route *r = tables[t]; r->pattern; r++)
            router->count++;
    router->entries = arena_array(a, router->count + 1, sizeof *router->entries);
    size_t n = 0;
    for (size_t t = 0; tables[t]; t++)
        for (const struct route *r = tables[t]; r->pattern; r++)
            entry_init(&router->entries[n++], a, r);
    qsort(router->entries, router->count, sizeof *router->entries, entry_compare);
    index_entries(router);
    TRY(check_entries(a, router));
    *out = router;
    return NULL;
}

static bool segment_matches(const char *pattern, const char *segment)
{
    if (*pattern != ':')
        return text_equal(pattern, segment);
    const char *suffix = strchr(pattern, '.');
    return !suffix || (strlen(segment) > strlen(suffix) && text_ends(segment, suffix));
}

static bool entry_matches(const struct entry *e, const struct head *head)
{
    for (size_t i = 0; i < e->segment_count; i++)
        if (!segment_matches(e->segments[i], head->segments[i]))
            return false;
    return true;
}

static bool method_serves(const char *served, const char *asked)
{
    return text_equal(served, asked) || (text_equal(asked, "HEAD") && text_equal(served, "GET"));
}

static struct err *no_route(struct arena *a)
{
    return err_new(a, ERR_MISSING, "http.no_route", "", "There is nothing at this address.",
                   "此网址没有内容。");
}

struct err *router_find(const struct router *router, struct arena *a, const struct head *head,
                        const struct route **route_out, const char **allow_out)
{
    size_t n = head->segment_count;
    if (n > SEGMENTS_MOST)
        return no_route(a);
    struct buf allow;
    buf_init(&allow, a);
    const struct route *found = NULL;
    for (size_t i = router->first[n]; i < router->first[n + 1]; i++) {
        const struct entry *e = &router->entries[i];
        if (!entry_matches(e, head))
            continue;
        if (text_equal(e->route->method, head->method)) {
            *route_out = e->route;
            return NULL;
        }
        if (!found && method_serves(e->route->method, head->method))
            found = e->route;
        buf_print(&allow, "%s%s", allow.size ? ", " : "", e->route->method);
    }
    *allow_out = buf_text(&allow);
    *route_out = found;
    if (found)
        return NULL;
    if (!allow.size)
        return no_route(a);
    return err_new(a, ERR_INVALID, "http.method", "", "This address does not take that method.",
                   "此网址不支持该请求方法。");
}

static const char *param_of(struct arena *a, const char *pattern, size_t size, const char *name,
                            const char *segment)
{
    size_t name_size = strlen(name);
    if (size <= name_size || pattern[0] != ':' || memcmp(pattern + 1, name, name_size) != 0)
        return NULL;
    size_t suffix = size - 1 - name_size;
    if (suffix && pattern[1 + name_size] != '.')
        return NULL;
    return arena_copy(a, segment, strlen(segment) - suffix);
}

const char *route_param(struct arena *a, const struct route *route, const struct head *head,
                        const char *name)
{
    const char *at = route->pattern;
    for (size_t i = 0; i < head->segment_count && *at == '/'; i++) {
        size_t size = strcspn(at + 1, "/");
        const char *value = param_of(a, at + 1, size, name, head->segments[i]);
        if (value)
            return value;
        at += 1 + size;
    }
    return "";
}

static const char *const body_names[] = {"-", "json", "xml", "file", "multipart", "workbook"};

static int print_compare(const void *left, const void *right)
{
    const struct route *a = *(const struct route *const *)left;
    const struct route *b = *(const struct route *const *)right;
    int order = strcmp(a->pattern, b->pattern);
    return order ? order : strcmp(a->method, b->method);
}

static const struct route **sorted(struct arena *a, const struct router *router)
{
    const struct route **rows = arena_array(a, router->count + 1, sizeof *rows);
    for (size_t i = 0; i < router->count; i++)
        rows[i] = router->entries[i].route;
    qsort(rows, router->count, sizeof *rows, print_compare);
    return rows;
}

static void put_padded(struct buf *b, const char *text, size_t width)
{
    size_t size = strlen(text);
    buf_bytes(b, text, size);
    do
        buf_char(b, ' ');
    while (++size < width);
}

const char *router_print(struct arena *a, const struct router *router)
{
    const struct route **rows = sorted(a, router);
    struct buf b;
    buf_init(&b, a);
    for (size_t i = 0; i < router->count; i++) {
        put_padded(&b, rows[i]->method, 7);
        put_padded(&b, rows[i]->pattern, 48);
        put_padded(&b, right_name(rows[i]->right), 18);
        put_padded(&b, body_names[rows[i]->body], 10);
        buf_print(&b, "%s\n", rows[i]->summary);
    }
    return buf_text(&b);
}

const char *router_print_json(struct arena *a, const struct router *router)
{
    const struct route **rows = sorted(a, router);
    struct buf b;
    buf_init(&b, a);
    struct json_out j;
    json_start(&j, &b);
    json_open_array(&j, NULL);
    for (size_t i = 0; i < router->count; i++) {
        json_open_object(&j, NULL);
        json_put_text(&j, "method", rows[i]->method);
        json_put_text(&j, "pattern", rows[i]->pattern);
        json_put_text(&j, "right", right_name(rows[i]->right));
        json_put_text(&j, "body", body_names[rows[i]->body]);
        json_put_text(&j, "summary", rows[i]->summary);
        json_close_object(&j);
    }
    json_close_array(&j);
    buf_char(&b, '\n');
    return buf_text(&b);
}
