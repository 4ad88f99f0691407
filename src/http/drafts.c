/* Drafts: kept, saved, resumed elsewhere by their code. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "domain/draft.h"
#include "domain/identity.h"
#include "domain/office.h"
#include "http/resource.h"
#include "http/route.h"

#include <string.h>

static struct err *draft_begin(struct request *q, void **job_out)
{
    static const char *const known[] = {"service", "answers", "instance_id", NULL};
    TRY(request_members(q, known));
    struct draft_new *d = arena_alloc(q->arena, sizeof *d);
    *d = (struct draft_new){.office = q->office,
                            .who = q->actor,
                            .service = json_get_text(q->json, "service"),
                            .instance_id = json_get_text(q->json, "instance_id"),
                            .answers = member_text(q, "answers")};
    *job_out = d;
    return NULL;
}

static void put_id(struct json_out *j, int64_t id)
{
    json_put_text(j, "id", text_print(j->buf->arena, "%lld", (long long)id));
}

static struct err *draft_new_reply(struct request *q, void *job, struct reply *r)
{
    const struct draft_new *d = job;
    (void)q;
    r->status = 201;
    json_open_object(&r->json, NULL);
    put_id(&r->json, d->id);
    json_put_text(&r->json, "code", text_print(r->arena, "%.*s %s", 4, d->code, d->code + 4));
    json_put_text(&r->json, "key", d->key);
    json_put_int(&r->json, "version", 1);
    json_close_object(&r->json);
    return NULL;
}

static struct err *draft_save_begin(struct request *q, void **job_out)
{
    static const char *const known[] = {"key", "version", "answers", NULL};
    TRY(request_members(q, known));
    struct draft_save *d = arena_alloc(q->arena, sizeof *d);
    *d = (struct draft_save){.office = q->office,
                             .who = q->actor,
                             .version = json_get_int(q->json, "version", 0),
                             .key = json_get_text(q->json, "key"),
                             .answers = member_text(q, "answers")};
    *job_out = d;
    return request_id(q, "id", &d->id);
}

static struct err *draft_save_reply(struct request *q, void *job, struct reply *r)
{
    const struct draft_save *d = job;
    (void)q;
    json_open_object(&r->json, NULL);
    json_put_int(&r->json, "version", d->version);
    json_close_object(&r->json);
    return NULL;
}

static struct err *draft_open_begin(struct request *q, void **job_out)
{
    static const char *const known[] = {"code", NULL};
    TRY(request_members(q, known));
    TRY(identity_may_guess(q->office, q->arena));
    struct draft_open *d = arena_alloc(q->arena, sizeof *d);
    *d = (struct draft_open){
        .office = q->office, .who = q->actor, .code = json_get_text(q->json, "code")};
    *job_out = d;
    return NULL;
}

static struct err *draft_open_reply(struct request *q, void *job, struct reply *r)
{
    const struct draft_open *d = job;
    struct json_out *j = &r->json;
    (void)q;
    if (d->refusal)
        return d->refusal;
    json_open_object(j, NULL);
    put_id(j, d->id);
    json_put_text(j, "key", d->key);
    json_put_int(j, "version", d->version);
    json_put_text(j, "service", d->service);
    json_put_text(j, "instance_id", d->instance_id);
    json_put_raw(j, "answers", d->answers);
    json_open_array(j, "files");
    for (size_t i = 0; i < d->file_count; i++) {
        json_open_object(j, NULL);
        json_put_text(j, "name", d->files[i].name);
        json_put_int(j, "size", d->files[i].size);
        json_close_object(j);
    }
    json_close_array(j);
    json_close_object(j);
    return NULL;
}

const struct route draft_routes[] = {
    WRITE_ROUTE("POST", "/v1/drafts", RIGHT_PUBLIC, BODY_JSON, draft_begin, draft_new_work,
                draft_new_reply, "Keep a draft; its code and key"),
    WRITE_ROUTE("PUT", "/v1/drafts/:id", RIGHT_PUBLIC, BODY_JSON, draft_save_begin, draft_save_work,
                draft_save_reply, "Save a draft"),
    WRITE_ROUTE("POST", "/v1/drafts/open", RIGHT_PUBLIC, BODY_JSON, draft_open_begin,
                draft_open_work, draft_open_reply, "Resume a draft by its code"),
    {0},
};
