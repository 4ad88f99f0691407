/* Making a request of a head: for the exchange. What a resource may ask of it is in route.h. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/guard.h"
#include "http/route.h"

/* From ?lang=, the cookie "lang", Accept-Language; Chinese otherwise. */
const char *request_language_of(struct arena *a, const struct head *h);

/* May a page of another site have sent this? Writing routes under a cookie need our own origin.
 * Errors: ERR_DENIED http.foreign_origin; ERR_INVALID http.media_type (415). */
MUST_CHECK struct err *request_check_body(struct arena *a, const struct route *route,
                                          const struct head *h);
/* The most bytes a route takes. */
int64_t request_body_limit(const struct route *route);
MUST_CHECK struct err *request_too_large(struct arena *a, int64_t limit);

/* ERR_SIGN_IN sign_in.needed, ERR_DENIED right.missing if the actor may not use the route. */
MUST_CHECK struct err *request_check_right(const struct request *q);

#endif
