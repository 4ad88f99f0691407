/* GET /healthz: the program answers and can read its database. */
#include "http/route.h"

static struct err *health_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)q;
    (void)tx; /* the snapshot itself is the proof */
    json_open_object(&r->json, NULL);
    json_put_bool(&r->json, "ok", true);
    json_close_object(&r->json);
    return NULL;
}

const struct route health_routes[] = {
    READ_ROUTE("/healthz", RIGHT_PUBLIC, health_get, "Say whether the server is well"),
    {0},
};
