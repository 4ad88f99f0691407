/* Making the answer: the one place that writes status, headers and errors. What a resource may do
 * with it is in route.h. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "http/route.h"

#include <stdbool.h>

void reply_init(struct reply *r, struct arena *a, bool is_tls);
/* Forget what was written and tell the error instead. */
void reply_error(struct reply *r, const struct request *q, const struct err *e);

/* Last step: all headers that are always sent (trust.md 4, S2), caching, 304. */
struct reply_parts {
    int status;
    const void *bytes;
    size_t size;
    const struct reply_header *headers; /* linked list */
};
void reply_close(struct reply *r, const char *if_none_match, struct reply_parts *parts_out);

#endif
