/* What libmicrohttpd lets through and we do not (trust.md 4: H2, H3, H5, C1). Pure: looks at the
 * head of a request only, before any of its body is read. */
#ifndef HTTP_GUARD_H
#define HTTP_GUARD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct header {
    const char *name, *value; /* NUL-terminated as well */
    size_t name_size, value_size;
};
struct query_pair {
    const char *name, *value; /* decoded */
};
/* method, uri and headers come from the wire; the rest is what guard_head() made of them. */
struct head {
    const char *method, *uri;
    const struct header *headers;
    size_t header_count;
    bool has_bad_line; /* a folded line, a bare LF or a NUL was seen in the head */

    const char **segments; /* of the path, decoded: {"v1", "cases", "261124-4831-7"} */
    size_t segment_count;
    const char *path; /* as sent, without the query */
    const struct query_pair *query;
    size_t query_count;
    int64_t content_length; /* -1: not given */
    bool is_chunked;
};

/* Errors: ERR_INVALID http.malformed (400), http.url_long (414), http.headers_large (431),
 * http.method (405). After any of them the connection must be closed: what follows on it cannot be
 * trusted. */
MUST_CHECK struct err *guard_head(struct arena *a, struct head *h);

/* "" if absent; name is compared without case. */
const char *head_header(const struct head *h, const char *name);
/* The value of a cookie, or "". */
const char *head_cookie(struct arena *a, const struct head *h, const char *name);
/* Does the head announce a body? */
bool head_has_body(const struct head *h);

/* Does a page of our own send this? Sec-Fetch-Site same-origin or none, else an Origin equal to the
 * Host. A request with neither is no page of ours. */
bool head_is_same_origin(const struct head *h);

/* %XX decoded into the arena; NULL if an escape is broken, or the result is not UTF-8 or holds a
 * control character. */
const char *percent_decode(struct arena *a, const char *text, size_t size, bool plus_is_blank);

#endif
