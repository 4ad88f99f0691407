/* The audit, for those who read it. */
#include "domain/audit.h"
#include "http/resource.h"
#include "http/route.h"

static struct err *audit_get(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(audit_write_page(tx, &r->json, q->actor, request_query_int(q, "page", 1, 1000000, 1)));
    json_close_object(&r->json);
    return NULL;
}

const struct route audit_routes[] = {
    READ_ROUTE("/v1/audit", RIGHT_AUDIT_READ, audit_get, "Entries of the audit, newest first"),
    {0},
};
