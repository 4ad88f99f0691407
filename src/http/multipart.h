/* multipart/form-data (RFC 7578), pushed in pieces of any size; nothing is kept but a tail as long
 * as the delimiter. Names are UTF-8 as sent. Pure. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct multipart;

struct part_head {
    const char *name, *file_name, *media_type; /* "" if absent; in the parser's arena */
    bool has_file_name;
};
/* Who receives the parts: begin, any number of data, end; then the next part. */
struct part_sink {
    void *self;
    struct err *(*begin)(void *self, const struct part_head *head);
    struct err *(*data)(void *self, const void *bytes, size_t size);
    struct err *(*end)(void *self);
};

/* Errors: ERR_INVALID http.malformed when the content type names no usable boundary. */
MUST_CHECK struct err *multipart_new(struct arena *a, const char *content_type,
                                     const struct part_sink *sink, struct multipart **out);
/* Errors: the sink's; ERR_INVALID http.malformed; ERR_TOO_BIG http.too_many_parts. */
MUST_CHECK struct err *multipart_add(struct multipart *m, const void *bytes, size_t size);
/* Errors: ERR_INVALID http.malformed when the closing delimiter has not come. */
MUST_CHECK struct err *multipart_end(struct multipart *m);

#endif
