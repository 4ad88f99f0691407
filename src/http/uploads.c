/* Files sent before their submission: streamed to disk, protected by the filling-in's key. */
#include "base/arena.h"
#include "base/text.h"
#include "domain/draft.h"
#include "domain/office.h"
#include "http/resource.h"
#include "http/route.h"

static struct err *upload_begin(struct request *q, void **job_out)
{
    if (!q->parts || !*q->parts->blob_hash)
        return err_new(q->arena, ERR_INVALID, "upload.empty", "", "The file is empty.",
                       "文件是空的。");
    struct upload_new *u = arena_alloc(q->arena, sizeof *u);
    *u = (struct upload_new){.office = q->office,
                             .who = q->actor,
                             .instance_id = request_param(q, "instance"),
                             .name = request_param(q, "name"),
                             .media_type = q->parts->media_type,
                             .blob_hash = q->parts->blob_hash,
                             .key = request_header(q, "x-bangban-key"),
                             .size = q->parts->size};
    *job_out = u;
    return NULL;
}

static struct err *upload_reply(struct request *q, void *job, struct reply *r)
{
    const struct upload_new *u = job;
    (void)q;
    r->status = 201;
    json_open_object(&r->json, NULL);
    json_put_text(&r->json, "name", u->name);
    json_put_int(&r->json, "size", u->size);
    json_put_text(&r->json, "hash", u->blob_hash);
    json_close_object(&r->json);
    return NULL;
}

const struct route upload_routes[] = {
    WRITE_ROUTE("POST", "/v1/uploads/:instance/:name", RIGHT_PUBLIC, BODY_FILE, upload_begin,
                upload_work, upload_reply, "Send a file before its submission"),
    {0},
};
