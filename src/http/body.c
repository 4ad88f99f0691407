/* Receiving bodies. */
#include "http/body.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/guard.h"
#include "http/multipart.h"
#include "http/request.h"

#include <string.h>

struct part { /* the part, and what fills it */
    struct upload_part shown;
    struct buf text;
    struct upload *upload; /* NULL: kept in text */
    struct part *next;
};
struct body {
    struct request *request;
    int64_t size, limit;
    struct buf bytes; /* kinds that are kept whole */
    struct multipart *multipart;
    struct part *first, *last;
    bool has_files;
};

static void drop_upload(void *part)
{
    struct part *p = part;
    if (p->upload)
        store_blob_drop(p->upload);
}

static struct part *part_add(struct body *b)
{
    struct part *p = arena_alloc(b->request->arena, sizeof *p);
    p->shown.name = p->shown.file_name = p->shown.media_type = p->shown.blob_hash = "";
    buf_init(&p->text, b->request->arena);
    if (b->last)
        b->last->next = p;
    else
        b->first = p;
    b->last = p;
    return p;
}

static struct err *part_stream(struct body *b, struct part *p)
{
    b->has_files = true;
    TRY(store_blob_begin(b->request->store, b->request->arena, &p->upload));
    arena_defer(b->request->arena, drop_upload, p);
    return NULL;
}

static struct err *begin_part(void *self, const struct part_head *head)
{
    struct body *b = self;
    struct part *p = part_add(b);
    p->shown.name = head->name;
    p->shown.file_name = head->file_name;
    p->shown.media_type = head->media_type;
    /* The answers of an OpenRosa submission come as a file, but are read at once. */
    if (head->has_file_name && !text_equal(head->name, "xml_submission_file"))
        return part_stream(b, p);
    return NULL;
}

static struct err *add_to_part(void *self, const void *bytes, size_t size)
{
    struct body *b = self;
    struct part *p = b->last;
    if (p->upload)
        return store_blob_add(p->upload, bytes, size);
    if (p->text.size + size > LIMIT_XML_BYTES)
        return request_too_large(b->request->arena, LIMIT_XML_BYTES);
    buf_bytes(&p->text, bytes, size);
    return NULL;
}

static struct err *end_part(void *self)
{
    (void)self;
    return NULL;
}

/* A raw body is one part without a name; its type is the request's, without parameters. */
static struct err *begin_file(struct body *b)
{
    struct arena *a = b->request->arena;
    const char *type = head_header(b->request->head, "content-type");
    struct part *p = part_add(b);
    p->shown.media_type = text_lower(a, text_trim(a, arena_copy(a, type, strcspn(type, ";"))));
    return part_stream(b, p);
}

struct err *body_new(struct request *q, int64_t size, struct body **out)
{
    struct body *b = arena_alloc(q->arena, sizeof *b);
    b->request = q;
    b->limit = request_body_limit(q->route);
    buf_init(&b->bytes, q->arena);
    const struct part_sink sink = {b, begin_part, add_to_part, end_part};
    if (q->route->body == BODY_MULTIPART)
        TRY(multipart_new(q->arena, head_header(q->head, "content-type"), &sink, &b->multipart));
    else if (q->route->body == BODY_FILE)
        TRY(begin_file(b));
    else if (size > 0)
        buf_reserve(&b->bytes, (size_t)size);
    *out = b;
    return NULL;
}

struct err *body_add(struct body *b, const void *bytes, size_t size)
{
    b->size += (int64_t)size;
    if (b->size > b->limit)
        return request_too_large(b->request->arena, b->limit);
    if (b->multipart)
        return multipart_add(b->multipart, bytes, size);
    if (b->first)
        return store_blob_add(b->first->upload, bytes, size);
    buf_bytes(&b->bytes, bytes, size);
    return NULL;
}

bool body_has_files(const struct body *b)
{
    return b->has_files;
}

static struct err *end_parts(struct body *b)
{
    struct upload_part **link = &b->request->parts;
    for (struct part *p = b->first; p; p = p->next) {
        if (p->upload) {
            struct upload *u = p->upload;
            p->upload = NULL;
            TRY(store_blob_finish(u, &p->shown.blob_hash, &p->shown.size));
        } else {
            p->shown.text = buf_text(&p->text);
            p->shown.text_size = p->text.size;
            p->shown.size = (int64_t)p->text.size;
        }
        *link = &p->shown;
        link = &p->shown.next;
    }
    return NULL;
}

struct err *body_end(struct body *b)
{
    struct request *q = b->request;
    if (b->multipart)
        TRY(multipart_end(b->multipart));
    TRY(end_parts(b));
    if (b->first)
        return NULL;
    q->body = buf_text(&b->bytes);
    q->body_size = b->bytes.size;
    if (q->route->body != BODY_JSON)
        return NULL;
    return json_read(q->arena, q->body, q->body_size, &q->json);
}
