/* Submissions of people: judged, refused with every fault, or kept with a receipt. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "domain/casefile.h"
#include "domain/office.h"
#include "domain/submission.h"
#include "http/resource.h"
#include "http/route.h"

#include <string.h>

static struct submission_file *files_of(const struct request *q, size_t *count_out)
{
    const struct json *list = json_get(q->json, "files");
    *count_out = json_count(list);
    struct submission_file *files = arena_array(q->arena, *count_out + 1, sizeof *files);
    for (size_t i = 0; i < *count_out; i++)
        files[i] = (struct submission_file){
            .name = json_get_text(json_at(list, i), "name"), .media_type = "", .hash = ""};
    return files;
}

/* Files of people come as uploads before; the list only says which. */
static struct err *submission_read(struct request *q, struct submission_input *in)
{
    static const char *const known[] = {"service",  "version", "instance_id", "key",
                                        "xml",      "files",   "claim",       "proxy",
                                        "replaces", "draft",   NULL};
    TRY(request_members(q, known));
    const struct json *proxy = json_get(q->json, "proxy");
    *in = (struct submission_input){
        .channel = "web",
        .device = "",
        .language = q->language,
        .xml = json_get_text(q->json, "xml"),
        .service = json_get_text(q->json, "service"),
        .version = json_get_text(q->json, "version"),
        .instance_id = json_get_text(q->json, "instance_id"),
        .key = json_get_text(q->json, "key"),
        .replaces = json_get_text(q->json, "replaces"),
        .draft = json_get_text(q->json, "draft"),
        .draft_key = json_get_text(q->json, "key"),
        .proxy_name = json_get_text(proxy, "name"),
        .proxy_id = json_get_text(proxy, "id_number"),
    };
    in->xml_size = strlen(in->xml);
    in->files = files_of(q, &in->file_count);
    return NULL;
}

static struct err *submission_begin(struct request *q, void **job_out)
{
    struct submission_input in;
    TRY(submission_read(q, &in));
    struct submission *s;
    const char *findings;
    struct err *e = submission_prepare(q->office, q->arena, q->actor, &in, &s, &findings);
    if (e && text_equal(e->code, "submission.invalid"))
        q->error_details = text_print(q->arena, "\"findings\":%s", findings);
    *job_out = s;
    return e;
}

struct case_look {
    struct request *request;
    struct json_out *json;
    int64_t case_id;
};

static struct err *case_write(struct tx *tx, void *job)
{
    const struct case_look *l = job;
    return casefile_write_applicant(tx, l->json, l->request->office, l->case_id,
                                    l->request->language);
}

static struct err *submission_reply(struct request *q, void *job, struct reply *r)
{
    const struct submission *s = job;
    r->status = 201;
    json_open_object(&r->json, NULL);
    submission_write_receipt(&r->json, s);
    if (s->receipt.case_id) {
        struct case_look look = {q, &r->json, s->receipt.case_id};
        json_open_object(&r->json, "case");
        TRY(store_read(q->store, q->arena, case_write, &look));
        json_close_object(&r->json);
    }
    json_close_object(&r->json);
    return NULL;
}

const struct route submission_routes[] = {
    WRITE_ROUTE("POST", "/v1/submissions", RIGHT_PUBLIC, BODY_JSON, submission_begin,
                submission_store, submission_reply, "Submit a filled form; the receipt"),
    {0},
};
