/* The applicant's own case: found by number or code, seen in a tracking session. */
#include "base/arena.h"
#include "base/text.h"
#include "domain/casefile.h"
#include "domain/letter.h"
#include "domain/office.h"
#include "domain/rating.h"
#include "domain/session.h"
#include "domain/tracking.h"
#include "http/route.h"

static struct err *need_case(const struct request *q)
{
    if (q->actor->case_id)
        return NULL;
    return err_new(q->arena, ERR_MISSING, "case.missing", "",
                   "Look your case up first: its number and the last four of your ID.",
                   "请先用办件编号和身份证后四位查询。");
}

struct my_case {
    struct request *q;
    struct reply *r;
    int64_t case_id;
};

static struct err *my_case_write(struct tx *tx, void *job)
{
    struct my_case *my = job;
    json_open_object(&my->r->json, NULL);
    TRY(casefile_write_applicant(tx, &my->r->json, my->q->office, my->case_id, my->q->language));
    json_close_object(&my->r->json);
    return NULL;
}

static struct err *my_case_get(struct request *q, struct tx *tx, struct reply *r)
{
    struct my_case my = {q, r, q->actor->case_id};
    TRY(need_case(q));
    return my_case_write(tx, &my);
}

static struct err *my_case_reply(struct request *q, void *job, struct reply *r)
{
    (void)job;
    struct my_case my = {q, r, q->actor->case_id};
    return store_read(q->store, q->arena, my_case_write, &my);
}

static struct err *track_prepare(struct request *q, void **job_out)
{
    static const char *const known[] = {"ref", "code", "last4", NULL};
    TRY(request_members(q, known));
    const char *ref = json_get_text(q->json, "ref");
    struct tracking *t = arena_alloc(q->arena, sizeof *t);
    *t = (struct tracking){.office = q->office,
                           .who = q->actor,
                           .typed = *ref ? ref : json_get_text(q->json, "code"),
                           .last4 = json_get_text(q->json, "last4")};
    *job_out = t;
    return NULL;
}

static struct err *track_reply(struct request *q, void *job, struct reply *r)
{
    const struct tracking *t = job;
    if (t->refusal)
        return err_copy(q->arena, t->refusal);
    reply_session(r, t->token, SESSION_RESIDENT_SECONDS);
    struct my_case my = {q, r, t->case_id};
    return store_read(q->store, q->arena, my_case_write, &my);
}

static struct err *rating_prepare(struct request *q, void **job_out)
{
    static const char *const known[] = {"level", "words", NULL};
    TRY(need_case(q));
    TRY(request_members(q, known));
    struct rating_new *rating = arena_alloc(q->arena, sizeof *rating);
    *rating = (struct rating_new){q->office, q->actor, json_get_int(q->json, "level", 0),
                                  text_trim(q->arena, json_get_text(q->json, "words"))};
    *job_out = rating;
    return NULL;
}

static struct err *withdraw_prepare(struct request *q, void **job_out)
{
    static const char *const known[] = {"reason", NULL};
    TRY(need_case(q));
    TRY(request_members(q, known));
    struct casefile_withdrawal *w = arena_alloc(q->arena, sizeof *w);
    *w = (struct casefile_withdrawal){q->office, q->actor,
                                      text_trim(q->arena, json_get_text(q->json, "reason"))};
    *job_out = w;
    return NULL;
}

static struct err *print(struct request *q, struct tx *tx, const char *name, struct reply *r)
{
    struct letter_ask ask = {q->office,   q->actor, "", name, request_query(q, "paper"),
                             q->language, 0};
    const void *bytes;
    size_t size;
    TRY(need_case(q));
    TRY(letter_read(tx, &ask, &bytes, &size));
    reply_bytes(r, "application/pdf", bytes, size);
    return NULL;
}

static struct err *my_receipt_get(struct request *q, struct tx *tx, struct reply *r)
{
    return print(q, tx, "receipt", r);
}

static struct err *my_letter_get(struct request *q, struct tx *tx, struct reply *r)
{
    return print(q, tx, request_param(q, "name"), r);
}

const struct route my_routes[] = {
    WRITE_ROUTE("POST", "/v1/track", RIGHT_PUBLIC, BODY_JSON, track_prepare, tracking_work,
                track_reply, "Find one's case by number or code and four digits"),
    READ_ROUTE("/v1/my/case", RIGHT_SELF, my_case_get, "Show one's own case"),
    READ_ROUTE_SLOW("/v1/my/case/receipt.pdf", RIGHT_SELF, my_receipt_get,
                    "Print one's own receipt"),
    READ_ROUTE_SLOW("/v1/my/case/letters/:name.pdf", RIGHT_SELF, my_letter_get,
                    "Print a letter one was given"),
    WRITE_ROUTE("POST", "/v1/my/case/rating", RIGHT_SELF, BODY_JSON, rating_prepare,
                rating_add_work, my_case_reply, "Rate the handling of one's case"),
    WRITE_ROUTE("POST", "/v1/my/case/withdraw", RIGHT_SELF, BODY_JSON, withdraw_prepare,
                casefile_withdraw_work, my_case_reply, "Withdraw one's application"),
    {0},
};
