/* Registries as staff see them: area-scoped, numbers masked; and finding people at intake. */
#include "base/arena.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/office.h"
#include "domain/registry.h"
#include "http/resource.h"
#include "http/route.h"

static struct err *registries_list(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(registry_write_list(tx, &r->json, q->actor));
    json_close_object(&r->json);
    return NULL;
}

static struct err *registry_get(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(registry_write_page(tx, &r->json, q->office, q->actor, request_param(q, "name"),
                            request_query(q, "q"), request_query_int(q, "page", 1, 1000000, 1)));
    json_close_object(&r->json);
    return NULL;
}

/* A search by POST, since a number must never stand in an address; who looked is written down. */
static struct err *people_begin(struct request *q, void **job_out)
{
    static const char *const known[] = {"id_number", "name", NULL};
    *job_out = q;
    return request_members(q, known);
}

static struct err *people_work(struct tx *tx, void *job)
{
    const struct request *q = job;
    const char *id_number = json_get_text(q->json, "id_number");
    return audit_add(tx, q->actor, "people.find",
                     *id_number ? id_number : json_get_text(q->json, "name"), "ok");
}

struct people_look {
    struct request *request;
    struct json_out *json;
};

static struct err *people_read(struct tx *tx, void *job)
{
    const struct people_look *l = job;
    const struct request *q = l->request;
    return registry_write_people(tx, l->json, q->office, q->actor,
                                 json_get_text(q->json, "id_number"),
                                 json_get_text(q->json, "name"));
}

static struct err *people_reply(struct request *q, void *job, struct reply *r)
{
    (void)job;
    struct people_look look = {q, &r->json};
    json_open_object(&r->json, NULL);
    TRY(store_read(q->store, q->arena, people_read, &look));
    json_close_object(&r->json);
    return NULL;
}

const struct route registry_routes[] = {
    READ_ROUTE("/v1/registries", RIGHT_REGISTRY_READ, registries_list, "Registries"),
    READ_ROUTE("/v1/registries/:name", RIGHT_REGISTRY_READ, registry_get,
               "A page of a registry, in one's own area"),
    WRITE_ROUTE("POST", "/v1/people/find", RIGHT_CASE_INTAKE, BODY_JSON, people_begin, people_work,
                people_reply, "Residents of one's area, for intake"),
    {0},
};
