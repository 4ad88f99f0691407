/* Small things that several resources share. */
#include "http/resource.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

struct err *reply_empty(struct request *q, void *job, struct reply *r)
{
    (void)q;
    (void)job;
    json_open_object(&r->json, NULL);
    json_close_object(&r->json);
    return NULL;
}

struct err *request_id(const struct request *q, const char *name, int64_t *id_out)
{
    if (text_to_int(request_param(q, name), id_out) && *id_out > 0)
        return NULL;
    return err_new(q->arena, ERR_MISSING, "http.missing", "", "There is nothing here.",
                   "这里什么也没有。");
}

const char *member_text(const struct request *q, const char *name)
{
    const struct json *value = json_get(q->json, name);
    if (!value)
        return "[]";
    struct buf b;
    buf_init(&b, q->arena);
    struct json_out j;
    json_start(&j, &b);
    json_put_value(&j, NULL, value);
    return buf_text(&b);
}
