/* Publishing: a workbook is checked with every fault, previewed, published, given back. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "formats/book.h"
#include "http/resource.h"
#include "http/route.h"

static void write_sheet(struct json_out *j, const struct book_sheet *sheet)
{
    json_open_object(j, NULL);
    json_put_text(j, "name", sheet->name);
    json_open_array(j, "rows");
    for (size_t i = 0; i < sheet->count; i++) {
        json_open_object(j, NULL);
        json_put_int(j, "number", sheet->rows[i].number);
        json_open_array(j, "cells");
        for (size_t k = 0; k < sheet->rows[i].count; k++)
            json_put_text(j, NULL, sheet->rows[i].cells[k]);
        json_close_array(j);
        json_close_object(j);
    }
    json_close_array(j);
    json_close_object(j);
}

static const char *level_name(enum note_level level)
{
    return level == NOTE_ERROR ? "error" : level == NOTE_WARNING ? "warning" : "info";
}

static void write_notes(struct json_out *j, const struct notes *notes, const char *language)
{
    json_open_array(j, "notes");
    for (const struct note *n = notes->first; n; n = n->next) {
        json_open_object(j, NULL);
        json_put_text(j, "level", level_name(n->level));
        json_put_text(j, "where", n->where);
        json_put_text(j, "code", n->code);
        json_put_text(j, "message", text_equal(language, "en") ? n->message : n->message_zh);
        json_put_text(j, "suggestion", n->suggestion);
        json_close_object(j);
    }
    json_close_array(j);
}

static struct err *check(struct request *q, struct publish **out)
{
    const struct publish_input in = {.bytes = q->body, .size = q->body_size};
    return publish_check(q->office, q->arena, q->actor, &in, out);
}

static struct err *check_begin(struct request *q, void **job_out)
{
    struct publish *p;
    TRY(check(q, &p));
    publish_preview_keep(q->office, p);
    *job_out = p;
    return NULL;
}

static struct err *check_reply(struct request *q, void *job, struct reply *r)
{
    const struct publish *p = job;
    struct json_out *j = &r->json;
    json_open_object(j, NULL);
    json_put_text(j, "kind", p->kind);
    json_put_text(j, "title", p->title);
    json_put_text(j, "code", p->code);
    json_put_text(j, "version", p->version);
    json_open_array(j, "sheets");
    for (size_t i = 0; p->book && i < p->book->count; i++)
        write_sheet(j, &p->book->sheets[i]);
    json_close_array(j);
    write_notes(j, &p->notes, q->language);
    json_put_bool(j, "can_publish", p->can_publish);
    json_put_bool(j, "is_unchanged", p->is_unchanged);
    json_open_object(j, "effect");
    json_put_int(j, "open_cases", p->open_cases);
    json_close_object(j);
    json_put_raw(j, "service", p->service_json);
    json_put_text(j, "image",
                  *p->image_hash ? text_print(r->arena, "/v1/publish/images/%s", p->image_hash)
                                 : "");
    json_close_object(j);
    return NULL;
}

static struct err *publish_begin(struct request *q, void **job_out)
{
    struct publish *p;
    TRY(check(q, &p));
    *job_out = p;
    if (p->can_publish)
        return NULL;
    struct buf b;
    buf_init(&b, q->arena);
    struct json_out j;
    json_start(&j, &b);
    write_notes(&j, &p->notes, q->language);
    q->error_details = buf_text(&b);
    return publish_refusal(q->arena, p);
}

static struct err *publish_reply(struct request *q, void *job, struct reply *r)
{
    struct publish *p = job;
    TRY(publish_done(p, q->arena));
    json_open_object(&r->json, NULL);
    json_put_text(&r->json, "code", p->code);
    json_put_text(&r->json, "version", p->version);
    json_put_bool(&r->json, "is_unchanged", p->is_unchanged);
    json_close_object(&r->json);
    return NULL;
}

static const char xlsx_type[] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

static struct err *annotated_reply(struct request *q, void *job, struct reply *r)
{
    const void *bytes;
    size_t size;
    TRY(publish_annotated(q->arena, job, &bytes, &size));
    reply_bytes(r, xlsx_type, bytes, size);
    return NULL;
}

static struct err *annotated_begin(struct request *q, void **job_out)
{
    struct publish *p;
    TRY(check(q, &p));
    *job_out = p;
    return NULL;
}

static struct err *preview_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const void *bytes;
    size_t size;
    TRY(publish_preview(q->office, q->arena, request_param(q, "hash"), &bytes, &size));
    reply_bytes(r, "application/octet-stream", bytes, size);
    return NULL;
}

static struct err *published_list(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const struct catalogue_view *v = catalogue_view(q->office->catalogue, q->arena);
    struct json_out *j = &r->json;
    json_open_object(j, NULL);
    json_open_array(j, "services");
    for (size_t i = 0; i < v->count; i++) {
        json_open_object(j, NULL);
        json_put_text(j, "code", v->live[i]->code);
        json_put_text(j, "title", v->live[i]->title);
        json_put_text(j, "version", v->live[i]->version);
        json_put_int(j, "published_at", v->live[i]->published_at);
        json_put_text(j, "published_by", v->live[i]->published_by);
        json_close_object(j);
    }
    json_close_array(j);
    json_close_object(j);
    return NULL;
}

static struct err *workbook_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const void *bytes;
    size_t size;
    const char *format = text_equal(request_query(q, "format"), "md") ? "md" : "xlsx";
    const char *code = request_param(q, "code");
    TRY(publish_workbook(q->office, q->arena, code, format, &bytes, &size));
    reply_file(r, text_print(q->arena, "%s.%s", code, format),
               text_equal(format, "md") ? "text/markdown" : xlsx_type, bytes, size, true);
    return NULL;
}

const struct route publish_routes[] = {
    WRITE_ROUTE_SLOW("POST", "/v1/publish/check", RIGHT_SERVICE_PUBLISH, BODY_WORKBOOK, check_begin,
                     NULL, check_reply, "Every fault of a workbook, and what it would change"),
    WRITE_ROUTE_SLOW("POST", "/v1/publish", RIGHT_SERVICE_PUBLISH, BODY_WORKBOOK, publish_begin,
                     publish_work, publish_reply, "Publish a workbook"),
    WRITE_ROUTE_SLOW("POST", "/v1/publish/annotated", RIGHT_SERVICE_PUBLISH, BODY_WORKBOOK,
                     annotated_begin, NULL, annotated_reply,
                     "The workbook with its faults as cell comments"),
    READ_ROUTE("/v1/publish/images/:hash", RIGHT_SERVICE_PUBLISH, preview_get,
               "The form image of a checked workbook"),
    READ_ROUTE("/v1/publish/services", RIGHT_SERVICE_PUBLISH, published_list,
               "Every service with its live version"),
    READ_ROUTE_SLOW("/v1/services/:code/workbook", RIGHT_SERVICE_PUBLISH, workbook_get,
                    "The workbook of a service"),
    {0},
};
