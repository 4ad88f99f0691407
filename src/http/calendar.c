/* The calendar of working days that limits are counted by. */
#include "domain/calendar.h"

#include "domain/office.h"
#include "http/route.h"

static struct err *calendar_get(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(calendar_write(tx, &r->json, q->office->tenant->id));
    json_close_object(&r->json);
    return NULL;
}

const struct route calendar_routes[] = {
    READ_ROUTE("/v1/calendar", RIGHT_PUBLIC, calendar_get, "Show days off and working weekends"),
    {0},
};
