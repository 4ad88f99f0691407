/* From method and path to the row of a route. Built once at start, then shared by all threads. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/guard.h"
#include "http/route.h"

struct router;

/* tables ends with NULL, each table with {0}. Errors: ERR_INTERNAL route.no_right, route.twice: our
 * own mistakes, told at start. */
MUST_CHECK struct err *router_new(struct arena *a, const struct route *const *tables,
                                  struct router **out);
/* HEAD is served by the GET row if it has none of its own. Literal segments win over parameters.
 * Errors: ERR_MISSING http.no_route; ERR_INVALID http.method (405, with *allow_out). */
MUST_CHECK struct err *router_find(const struct router *router, struct arena *a,
                                   const struct head *head, const struct route **route_out,
                                   const char **allow_out);
/* The value of ":name" in a path that matched the route; "" if the pattern has none such. */
const char *route_param(struct arena *a, const struct route *route, const struct head *head,
                        const char *name);

/* The printed table (docs/routes.txt): method, pattern, right, body, summary; sorted. */
const char *router_print(struct arena *a, const struct router *router);
const char *router_print_json(struct arena *a, const struct router *router);

#endif
