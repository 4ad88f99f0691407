/* Services as anyone sees them: list, search, one with its form, images, media, places. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/registry.h"
#include "domain/tenant.h"
#include "http/resource.h"
#include "http/route.h"

static struct err *services_list(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    json_open_object(&r->json, NULL);
    catalogue_write_list(&r->json, q->arena, catalogue_view(q->office->catalogue, q->arena),
                         request_query(q, "q"), q->language);
    json_close_object(&r->json);
    return NULL;
}

static struct err *service_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const struct form_version *v =
        catalogue_live(catalogue_view(q->office->catalogue, q->arena), request_param(q, "code"));
    if (!v)
        return err_new(q->arena, ERR_MISSING, "service.missing", "", "There is no such service.",
                       "没有这个事项。");
    json_open_object(&r->json, NULL);
    catalogue_write_service(&r->json, v);
    json_close_object(&r->json);
    return NULL;
}

static struct err *service_known(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(registry_write_known(tx, &r->json, q->office, q->actor, request_param(q, "code")));
    json_close_object(&r->json);
    return NULL;
}

static struct err *image_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const void *bytes;
    size_t size;
    const char *hash = request_param(q, "hash");
    TRY(catalogue_image(q->office, q->arena, hash, &bytes, &size));
    reply_bytes(r, "application/octet-stream", bytes, size);
    r->etag = hash;
    r->is_immutable = true;
    return NULL;
}

static struct err *media_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const void *bytes;
    size_t size;
    const char *type, *hash = request_param(q, "hash");
    TRY(catalogue_media(q->office, q->arena, hash, &bytes, &size, &type));
    reply_bytes(r, type, bytes, size);
    r->is_sandboxed = true;
    r->etag = hash;
    r->is_immutable = true;
    return NULL;
}

static struct err *areas_list(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const struct areas *all = catalogue_view(q->office->catalogue, q->arena)->areas;
    struct json_out *j = &r->json;
    json_open_object(j, NULL);
    json_open_array(j, "areas");
    for (size_t i = 0; i < all->count; i++) {
        const struct area *parent = area_find(all, all->items[i].parent_id);
        json_open_object(j, NULL);
        json_put_text(j, "code", all->items[i].code);
        json_put_text(j, "name", all->items[i].name);
        json_put_text(j, "kind", all->items[i].kind);
        json_put_text(j, "parent", parent ? parent->code : "");
        json_close_object(j);
    }
    json_close_array(j);
    json_close_object(j);
    return NULL;
}

const struct route service_routes[] = {
    READ_ROUTE("/v1/services", RIGHT_PUBLIC, services_list, "Find a service by everyday words"),
    READ_ROUTE("/v1/services/:code", RIGHT_PUBLIC, service_get, "One service with its form"),
    READ_ROUTE("/v1/services/:code/known", RIGHT_PUBLIC, service_known,
               "What registries know of the proven person"),
    READ_ROUTE("/v1/images/:hash", RIGHT_PUBLIC, image_get, "A form image"),
    READ_ROUTE("/v1/media/:hash", RIGHT_PUBLIC, media_get, "A picture or sound of a form"),
    READ_ROUTE("/v1/areas", RIGHT_PUBLIC, areas_list, "Villages, for choosing"),
    {0},
};
