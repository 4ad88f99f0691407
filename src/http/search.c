/* One box over services, cases and people. By POST, since numbers of people must not stand in an
 * address. */
#include "domain/search.h"

#include "base/text.h"
#include "domain/office.h"
#include "http/resource.h"
#include "http/route.h"

static struct search search_of(const struct request *q)
{
    return (struct search){.office = q->office,
                           .who = q->actor,
                           .typed = json_get_text(q->json, "q"),
                           .next = json_get_text(q->json, "next"),
                           .language = q->language};
}

static struct err *search_begin(struct request *q, void **job_out)
{
    static const char *const known[] = {"q", "next", NULL};
    *job_out = q;
    TRY(request_members(q, known));
    if (text_is_blank(json_get_text(q->json, "q")))
        return err_new(q->arena, ERR_INVALID, "search.empty", "q",
                       "Type a name, a number or a word to search for.",
                       "请输入要查的姓名、编号或词语。");
    return NULL;
}

static struct err *search_work(struct tx *tx, void *job)
{
    const struct search s = search_of(job);
    return search_audit(tx, &s);
}

struct look {
    struct search search;
    struct json_out *json;
};

static struct err *search_read(struct tx *tx, void *job)
{
    const struct look *l = job;
    return search_write(tx, l->json, &l->search);
}

static struct err *search_reply(struct request *q, void *job, struct reply *r)
{
    (void)job;
    struct look l = {search_of(q), &r->json};
    json_open_object(&r->json, NULL);
    TRY(store_read(q->store, q->arena, search_read, &l));
    json_close_object(&r->json);
    return NULL;
}

const struct route search_routes[] = {
    WRITE_ROUTE("POST", "/v1/search", RIGHT_SIGNED_IN, BODY_JSON, search_begin, search_work,
                search_reply, "Find services, cases and people by name, sound or number"),
    {0},
};
