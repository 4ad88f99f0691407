/* GET /healthz: the program answers and can read its database. The machine itself is also told how
 * the writer works, for measuring. */
#include "http/route.h"

#include "base/text.h"

static void put_counts(struct request *q, struct json_out *j)
{
    struct store_counts counts;
    store_count(q->store, &counts);
    json_put_int(j, "groups", counts.groups);
    json_put_int(j, "jobs", counts.jobs);
    json_put_int(j, "failed", counts.failed);
    json_put_int(j, "waiting", counts.waiting);
}

static struct err *health_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx; /* the snapshot itself is the proof */
    json_open_object(&r->json, NULL);
    json_put_bool(&r->json, "ok", true);
    if (text_starts(q->client, "127.") || text_equal(q->client, "::1"))
        put_counts(q, &r->json);
    json_close_object(&r->json);
    return NULL;
}

const struct route health_routes[] = {
    READ_ROUTE("/healthz", RIGHT_PUBLIC, health_get, "Say whether the server is well"),
    {0},
};
