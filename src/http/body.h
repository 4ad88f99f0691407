/* A request's body on its way in: kept in memory where its kind is small, streamed to the store
 * where it is a file. Nothing is parsed here but the borders of multipart. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "http/route.h"

struct body;

/* size: announced, or -1. Errors: ERR_INVALID http.malformed. */
MUST_CHECK struct err *body_new(struct request *q, int64_t size, struct body **out);
/* Errors: ERR_TOO_BIG http.body_large; those of the parser and of store_blob_add. */
MUST_CHECK struct err *body_add(struct body *b, const void *bytes, size_t size);
/* Does body_end wait for the disk? Then it belongs on a slow thread. */
bool body_has_files(const struct body *b);
/* Puts what came into q->body, q->json, q->parts. Errors: ERR_INVALID json.syntax, http.malformed;
 * those of store_blob_finish. */
MUST_CHECK struct err *body_end(struct body *b);

#endif
