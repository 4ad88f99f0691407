/* Answers. */
#include "http/reply.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "http/status.h"

#include <string.h>

static const char policy[] =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' blob:; "
    "media-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

void reply_init(struct reply *r, struct arena *a, bool is_tls)
{
    struct buf *body = arena_alloc(a, sizeof *body);
    buf_init(body, a);
    *r = (struct reply){
        .arena = a,
        .status = 200,
        .body = body,
        .content_type = "application/json; charset=utf-8",
        .is_tls = is_tls,
    };
    json_start(&r->json, body);
}

void reply_header(struct reply *r, const char *name, const char *value)
{
    struct reply_header *h = arena_alloc(r->arena, sizeof *h);
    *h = (struct reply_header){.name = name, .value = value, .next = r->headers};
    r->headers = h;
}

void reply_session(struct reply *r, const char *token, int64_t max_age_s)
{
    reply_header(r, "Set-Cookie",
                 text_print(r->arena, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s",
                            r->is_tls ? "__Host-bb" : "bb", token,
                            *token ? (long long)max_age_s : 0LL, r->is_tls ? "; Secure" : ""));
}

void reply_bytes(struct reply *r, const char *content_type, const void *bytes, size_t size)
{
    r->content_type = content_type;
    r->bytes = bytes;
    r->size = size;
}

static const char *safe_type(const char *media_type)
{
    static const char *const shown[] = {
        "image/png", "image/jpeg", "image/webp", "image/gif", "audio/mpeg", "audio/mp4",
        "audio/ogg", "audio/webm", "audio/wav",  "video/mp4", "video/webm", "application/pdf"};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (text_equal(shown[i], media_type))
            return shown[i];
    return "application/octet-stream";
}

static bool is_attr_char(char c)
{
    bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_alnum || (c && strchr("-._~", c));
}

/* RFC 6266 with the UTF-8 form of RFC 8187; the plain form has only what no reader mistakes. */
static const char *disposition(struct arena *a, const char *kind, const char *file_name)
{
    struct buf b;
    buf_init(&b, a);
    buf_print(&b, "%s; filename=\"", kind);
    for (const char *p = file_name; *p; p++)
        buf_char(&b, is_attr_char(*p) ? *p : '_');
    buf_add(&b, "\"; filename*=UTF-8''");
    for (const char *p = file_name; *p; p++)
        if (is_attr_char(*p))
            buf_char(&b, *p);
        else
            buf_print(&b, "%%%02x", (unsigned)(unsigned char)*p);
    return buf_text(&b);
}

void reply_file(struct reply *r, const char *file_name, const char *media_type, const void *bytes,
                size_t size, bool is_download)
{
    const char *type = safe_type(media_type);
    bool is_shown = !is_download && !text_equal(type, "application/octet-stream");
    reply_bytes(r, type, bytes, size);
    r->is_sandboxed = true;
    reply_header(r, "Content-Disposition",
                 disposition(r->arena, is_shown ? "inline" : "attachment", file_name));
}

static void write_error(struct reply *r, const struct request *q, const struct err *e)
{
    bool is_ours = e->kind == ERR_INTERNAL;
    bool is_english = text_equal(q->language, "en");
    const char *message = is_english ? e->message : e->message_zh;
    if (is_ours) /* tells nothing of the inside; the log has it */
        message = is_english ? "Something went wrong here. Nothing was changed. Try again later."
                             : "系统内部出错，没有改动任何数据。请稍后再试。";
    json_open_object(&r->json, NULL);
    json_open_object(&r->json, "error");
    json_put_text(&r->json, "code", e->code);
    json_put_text(&r->json, "where", is_ours ? "" : e->where);
    json_put_text(&r->json, "message", message);
    if (q->error_details)
        buf_print(r->body, ",%s", q->error_details);
    json_close_object(&r->json);
    json_close_object(&r->json);
}

void reply_error(struct reply *r, const struct request *q, const struct err *e)
{
    reply_init(r, r->arena, r->is_tls);
    r->status = status_of(e);
    if (r->status == 429 || r->status == 503)
        reply_header(r, "Retry-After", r->status == 429 ? "900" : "2");
    write_error(r, q, e);
}

static void add_always(struct reply *r)
{
    reply_header(r, "Content-Type", r->content_type);
    reply_header(r, "Content-Security-Policy",
                 r->is_sandboxed ? "default-src 'none'; sandbox" : policy);
    reply_header(r, "X-Content-Type-Options", "nosniff");
    reply_header(r, "Referrer-Policy", "no-referrer");
    reply_header(r, "Permissions-Policy",
                 "camera=(self), microphone=(self), geolocation=(self), payment=(), usb=()");
    reply_header(r, "Cross-Origin-Opener-Policy", "same-origin");
    reply_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    if (r->is_tls)
        reply_header(r, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
}

static void add_caching(struct reply *r)
{
    if (r->is_immutable)
        reply_header(r, "Cache-Control", "public, max-age=31536000, immutable");
    else
        reply_header(r, "Cache-Control", r->etag ? "no-cache" : "no-store");
    if (r->etag)
        reply_header(r, "ETag", text_print(r->arena, "\"%s\"", r->etag));
}

void reply_close(struct reply *r, const char *if_none_match, struct reply_parts *parts_out)
{
    if (!r->bytes) {
        r->bytes = buf_text(r->body);
        r->size = r->body->size;
    }
    bool is_known = r->etag && r->status == 200 && *if_none_match &&
                    (text_equal(if_none_match, "*") ||
                     strstr(if_none_match, text_print(r->arena, "\"%s\"", r->etag)));
    add_always(r);
    add_caching(r);
    *parts_out = (struct reply_parts){
        .status = is_known ? 304 : r->status,
        .bytes = is_known ? "" : r->bytes,
        .size = is_known ? 0 : r->size,
        .headers = r->headers,
    };
}
