/* One case, for staff: look, act, visits, files, letters. */
#include "domain/casefile.h"

#include "base/arena.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/letter.h"
#include "domain/office.h"
#include "domain/visit.h"
#include "http/route.h"

static struct err *case_get(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(casefile_write_staff(tx, &r->json, q->office, q->actor, request_param(q, "ref"),
                             q->language));
    json_close_object(&r->json);
    return NULL;
}

struct case_reply {
    struct request *q;
    struct reply *r;
};

static struct err *case_again(struct tx *tx, void *job)
{
    struct case_reply *again = job;
    return case_get(again->q, tx, again->r);
}

/* After the commit: the case as it now is. */
static struct err *reply_case(struct request *q, struct reply *r)
{
    struct case_reply again = {q, r};
    return store_read(q->store, q->arena, case_again, &again);
}

/* Acts --------------------------------------------------------------------------------------- */

static void read_items(struct request *q, struct casefile_act *act)
{
    const struct json *list = json_get(q->json, "items");
    size_t count = json_count(list);
    struct casefile_item *items = arena_array(q->arena, count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const struct json *item = json_at(list, i);
        items[i] =
            (struct casefile_item){json_get_text(item, "path"), json_get_text(item, "material"),
                                   json_get_text(item, "text")};
    }
    act->items = items;
    act->item_count = count;
}

static struct err *read_files(struct request *q, struct casefile_act *act)
{
    enum { MOST_FILES = 20 };
    const struct json *list = json_get(q->json, "files");
    size_t count = json_count(list);
    if (count > MOST_FILES)
        return err_new(q->arena, ERR_INVALID, "json.too_many", "files",
                       "An action takes at most 20 files.", "一次操作最多附 20 个文件。");
    struct casefile_sent *files = arena_array(q->arena, count + 1, sizeof *files);
    for (size_t i = 0; i < count; i++) {
        const struct json *f = json_at(list, i);
        files[i] = (struct casefile_sent){json_get_text(f, "name"), json_get_text(f, "hash"),
                                          json_get_text(f, "kind")};
    }
    act->files = files;
    act->file_count = count;
    return NULL;
}

static struct err *read_act(struct request *q, const char *action, struct casefile_act **out)
{
    static const char *const known[] = {"version", "reason", "note",  "items", "visit",
                                        "told_on", "amount", "files", NULL};
    TRY(request_members(q, known));
    struct casefile_act *act = arena_alloc(q->arena, sizeof *act);
    *act = (struct casefile_act){.office = q->office,
                                 .who = q->actor,
                                 .ref = request_param(q, "ref"),
                                 .action = action,
                                 .version = json_get_int(q->json, "version", -1),
                                 .reason = text_trim(q->arena, json_get_text(q->json, "reason")),
                                 .note = text_trim(q->arena, json_get_text(q->json, "note")),
                                 .amount = (int32_t)json_get_int(q->json, "amount", 0),
                                 .letter = ""};
    act->visit_cause = json_get_text(json_get(q->json, "visit"), "cause");
    const char *told_on = json_get_text(q->json, "told_on");
    act->has_told_on = *told_on != '\0';
    if (act->has_told_on && !day_read(told_on, &act->told_on))
        return err_new(q->arena, ERR_INVALID, "json.day", "told_on",
                       "'%s' is not a day. Write it as 2026-11-24.",
                       "“%s”不是日期，请写成 2026-11-24 的样子。", told_on);
    read_items(q, act);
    TRY(read_files(q, act));
    *out = act;
    return NULL;
}

static struct err *act_prepare(struct request *q, void **job_out)
{
    struct casefile_act *act;
    TRY(read_act(q, request_param(q, "action"), &act));
    TRY(casefile_act_prepare(q->arena, act));
    *job_out = act;
    return NULL;
}

static struct err *take_back_prepare(struct request *q, void **job_out)
{
    struct casefile_act *act;
    TRY(read_act(q, "take-back", &act));
    *job_out = act;
    return NULL;
}

static struct err *act_reply(struct request *q, void *job, struct reply *r)
{
    const struct casefile_act *act = job;
    struct letter_ask ask = {q->office, q->actor, act->ref, act->letter, "", q->language, 0};
    /* The act is kept; a letter that could not be printed now is printed when it is asked for. */
    if (*act->letter)
        (void)!letter_issue(q->arena, &ask);
    return reply_case(q, r);
}

static struct err *visit_prepare(struct request *q, void **job_out)
{
    static const char *const known[] = {"cause", "is_wasted", "note", NULL};
    TRY(request_members(q, known));
    struct visit_new *visit = arena_alloc(q->arena, sizeof *visit);
    *visit = (struct visit_new){q->office,
                                q->actor,
                                request_param(q, "ref"),
                                json_get_text(q->json, "cause"),
                                json_get_text(q->json, "note"),
                                json_get_bool(q->json, "is_wasted", false)};
    *job_out = visit;
    return NULL;
}

static struct err *case_reply_only(struct request *q, void *job, struct reply *r)
{
    (void)job;
    return reply_case(q, r);
}

/* Personal numbers --------------------------------------------------------------------------- */

static struct err *unmask_prepare(struct request *q, void **job_out)
{
    static const char *const known[] = {"reason", NULL};
    TRY(request_members(q, known));
    struct casefile_unmask *unmask = arena_alloc(q->arena, sizeof *unmask);
    *unmask =
        (struct casefile_unmask){.office = q->office,
                                 .who = q->actor,
                                 .ref = request_param(q, "ref"),
                                 .reason = text_trim(q->arena, json_get_text(q->json, "reason"))};
    *job_out = unmask;
    return NULL;
}

static struct err *unmask_reply(struct request *q, void *job, struct reply *r)
{
    const struct casefile_unmask *unmask = job;
    (void)q;
    json_open_object(&r->json, NULL);
    json_put_text(&r->json, "id_number", unmask->id_number);
    json_put_text(&r->json, "phone", unmask->phone);
    json_close_object(&r->json);
    return NULL;
}

static struct err *claim_prepare(struct request *q, void **job_out)
{
    struct casefile_claim *claim = arena_alloc(q->arena, sizeof *claim);
    *claim = (struct casefile_claim){
        .office = q->office, .who = q->actor, .ref = request_param(q, "ref")};
    *job_out = claim;
    return NULL;
}

static struct err *claim_reply(struct request *q, void *job, struct reply *r)
{
    const struct casefile_claim *claim = job;
    (void)q;
    json_open_object(&r->json, NULL);
    json_put_text(&r->json, "code", claim->code);
    json_close_object(&r->json);
    return NULL;
}

/* Files and letters -------------------------------------------------------------------------- */

static struct err *file_get(struct request *q, struct tx *tx, struct reply *r)
{
    const char *hash, *media_type, *name = request_param(q, "name");
    const void *bytes;
    size_t size;
    TRY(casefile_file(tx, q->office, q->actor, request_param(q, "ref"), name, &hash, &media_type));
    TRY(store_blob_read(q->store, q->arena, q->actor->tenant, hash, &bytes, &size));
    reply_file(r, name, media_type, bytes, size, false);
    return NULL;
}

static struct err *event_file_get(struct request *q, struct tx *tx, struct reply *r)
{
    const char *hash, *media_type, *name = request_param(q, "name");
    const void *bytes;
    size_t size;
    int64_t seq = 0;
    if (!text_to_int(request_param(q, "seq"), &seq))
        seq = 0;
    TRY(casefile_event_file(tx, q->office, q->actor, request_param(q, "ref"), seq, name, &hash,
                            &media_type));
    TRY(store_blob_read(q->store, q->arena, q->actor->tenant, hash, &bytes, &size));
    reply_file(r, name, media_type, bytes, size, false);
    return NULL;
}

static struct err *file_prepare(struct request *q, void **job_out)
{
    if (!q->parts || !*q->parts->blob_hash)
        return err_new(q->arena, ERR_INVALID, "upload.empty", "", "The file is empty.",
                       "文件是空的。");
    struct casefile_upload *u = arena_alloc(q->arena, sizeof *u);
    *u = (struct casefile_upload){.office = q->office,
                                  .who = q->actor,
                                  .ref = request_param(q, "ref"),
                                  .name = request_param(q, "name"),
                                  .media_type = q->parts->media_type,
                                  .hash = q->parts->blob_hash,
                                  .size = q->parts->size};
    *job_out = u;
    return NULL;
}

static struct err *file_reply(struct request *q, void *job, struct reply *r)
{
    const struct casefile_upload *u = job;
    (void)q;
    r->status = 201;
    json_open_object(&r->json, NULL);
    json_put_text(&r->json, "name", u->name);
    json_put_int(&r->json, "size", u->size);
    json_put_text(&r->json, "hash", u->hash);
    json_close_object(&r->json);
    return NULL;
}

static struct err *print(struct request *q, struct tx *tx, const char *name, struct reply *r)
{
    struct letter_ask ask = {
        q->office,   q->actor, request_param(q, "ref"), name, request_query(q, "paper"),
        q->language, 0};
    const void *bytes;
    size_t size;
    TRY(letter_read(tx, &ask, &bytes, &size));
    reply_bytes(r, "application/pdf", bytes, size);
    return NULL;
}

static struct err *receipt_get(struct request *q, struct tx *tx, struct reply *r)
{
    return print(q, tx, "receipt", r);
}

static struct err *letter_get(struct request *q, struct tx *tx, struct reply *r)
{
    return print(q, tx, request_param(q, "name"), r);
}

const struct route case_routes[] = {
    READ_ROUTE("/v1/cases/:ref", RIGHT_CASE_READ, case_get, "Show one case"),
    WRITE_ROUTE_SLOW("POST", "/v1/cases/:ref/actions/:action", RIGHT_CASE_ACT, BODY_JSON,
                     act_prepare, casefile_act_work, act_reply, "Take an action on a case"),
    WRITE_ROUTE("POST", "/v1/cases/:ref/take-back", RIGHT_CASE_ACT, BODY_JSON, take_back_prepare,
                casefile_act_work, act_reply, "Take back what one did last"),
    WRITE_ROUTE("POST", "/v1/cases/:ref/visits", RIGHT_CASE_READ, BODY_JSON, visit_prepare,
                visit_add_work, case_reply_only, "Record a visit of the applicant"),
    READ_ROUTE("/v1/cases/:ref/files/:name", RIGHT_FILE_READ, file_get, "Show a file of a case"),
    READ_ROUTE("/v1/cases/:ref/events/:seq/files/:name", RIGHT_FILE_READ, event_file_get,
               "Show a file that came with an action"),
    WRITE_ROUTE("POST", "/v1/cases/:ref/files/:name", RIGHT_CASE_ACT, BODY_FILE, file_prepare,
                casefile_upload_work, file_reply, "Send a file for an action on a case"),
    READ_ROUTE_SLOW("/v1/cases/:ref/receipt.pdf", RIGHT_CASE_READ, receipt_get,
                    "Print the receipt of a case"),
    READ_ROUTE_SLOW("/v1/cases/:ref/letters/:name.pdf", RIGHT_CASE_READ, letter_get,
                    "Print a letter of a case"),
    WRITE_ROUTE("POST", "/v1/cases/:ref/unmask", RIGHT_ID_UNMASK, BODY_JSON, unmask_prepare,
                casefile_unmask_work, unmask_reply, "Show ID number and phone, for a reason"),
    WRITE_ROUTE("POST", "/v1/cases/:ref/claim", RIGHT_CASE_ACT, BODY_JSON, claim_prepare,
                casefile_claim_work, claim_reply, "Make a claim code for the applicant"),
    {0},
};
