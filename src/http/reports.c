/* Reports. */
#include "domain/report.h"

#include "domain/office.h"
#include "http/route.h"

static struct err *trips_get(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(report_write_trips(tx, &r->json, q->office, q->actor, q->language));
    json_close_object(&r->json);
    return NULL;
}

const struct route report_routes[] = {
    READ_ROUTE("/v1/reports/trips", RIGHT_REPORT_READ, trips_get,
               "Count the applicants' trips by service and cause"),
    {0},
};
