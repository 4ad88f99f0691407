/* The work list. */
#include "domain/work.h"

#include "domain/office.h"
#include "http/route.h"

static struct err *work_get(struct request *q, struct tx *tx, struct reply *r)
{
    struct work_filter filter = {request_query(q, "q"), request_query(q, "service"),
                                 request_query(q, "area"), request_query(q, "state"),
                                 request_query_int(q, "page", 1, 100000, 1) - 1};
    json_open_object(&r->json, NULL);
    TRY(work_write(tx, &r->json, q->office, q->actor, &filter, q->language));
    json_close_object(&r->json);
    return NULL;
}

const struct route work_routes[] = {
    READ_ROUTE("/v1/work", RIGHT_CASE_READ, work_get, "List the cases that stand with one's posts"),
    {0},
};
