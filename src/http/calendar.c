/* The calendar of working days that limits are counted by. */
#include "domain/calendar.h"

#include "base/arena.h"
#include "domain/office.h"
#include "http/route.h"

static struct err *calendar_get(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(calendar_write(tx, &r->json, q->office->tenant->id));
    json_close_object(&r->json);
    return NULL;
}

static struct err *calendar_prepare(struct request *q, void **job_out)
{
    static const char *const known[] = {
        "about", "year", "source", "holidays", "off_days", "extra_working_days", NULL};
    TRY(request_members(q, known));
    struct calendar_new *n = arena_alloc(q->arena, sizeof *n);
    *n = (struct calendar_new){q->office, q->actor, q->json};
    *job_out = n;
    return NULL;
}

struct calendar_again {
    struct request *q;
    struct reply *r;
};

static struct err *calendar_again(struct tx *tx, void *job)
{
    struct calendar_again *again = job;
    return calendar_get(again->q, tx, again->r);
}

static struct err *calendar_reply(struct request *q, void *job, struct reply *r)
{
    struct calendar_again again = {q, r};
    (void)job;
    return store_read(q->store, q->arena, calendar_again, &again);
}

const struct route calendar_routes[] = {
    READ_ROUTE("/v1/calendar", RIGHT_PUBLIC, calendar_get, "Show days off and working weekends"),
    WRITE_ROUTE_SLOW("POST", "/v1/calendar", RIGHT_SERVICE_PUBLISH, BODY_JSON, calendar_prepare,
                     calendar_load_work, calendar_reply,
                     "Load the days off of a year and count all limits anew"),
    {0},
};
