/* Small things that several resources share. */
#ifndef HTTP_RESOURCE_H
#define HTTP_RESOURCE_H

#include "http/route.h"

/* {} after the commit. */
struct err *reply_empty(struct request *q, void *job, struct reply *r);
/* A number in a path (ids are texts in JSON); ERR_MISSING if it is none. */
MUST_CHECK struct err *request_id(const struct request *q, const char *name, int64_t *id_out);
/* A member's value as JSON text of its own; "[]" if absent. */
const char *member_text(const struct request *q, const char *name);

#endif
