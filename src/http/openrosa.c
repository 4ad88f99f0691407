/* The door for ODK Collect (OpenRosa 1.0; forms.md 9). Collect counts only 201 and 202 as kept; a
 * submission of a device that breaks a rule is kept and flagged, since a phone in the field must
 * never lose data. Devices sign in with HTTP Basic or by a token in the path. */
#include "http/openrosa.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/gm.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/submission.h"

#include <string.h>

static const char xml_type[] = "text/xml; charset=utf-8";

bool openrosa_is_path(const struct head *h)
{
    return h->segment_count && text_equal(h->segments[0], "openrosa");
}

void openrosa_mark(struct reply *r)
{
    reply_header(r, "X-OpenRosa-Version", "1.0");
    reply_header(r, "X-OpenRosa-Accept-Content-Length",
                 text_print(r->arena, "%lld", (long long)LIMIT_UPLOAD_BYTES));
}

static void write_response(struct reply *r, const char *nature, const char *message)
{
    r->content_type = xml_type;
    buf_add(r->body,
            "<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\"><message nature=\"");
    buf_print(r->body, "%s\">", nature);
    text_escape_xml(r->body, message);
    buf_add(r->body, "</message></OpenRosaResponse>");
}

void openrosa_tell(struct reply *r, const char *message)
{
    buf_init(r->body, r->arena);
    write_response(r, "error", message);
}

/* Addresses -------------------------------------------------------------------------------------
 */

/* Scheme, host and door of this request: what the device already reaches us by. */
static const char *base_of(const struct request *q)
{
    const char *token = request_param(q, "token");
    return text_print(q->arena, "%s://%s/openrosa%s%s", q->is_tls ? "https" : "http",
                      request_header(q, "host"), *token ? "/key/" : "", token);
}

static void put_segment(struct buf *b, const char *text)
{
    for (; *text; text++) {
        char c = *text;
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || strchr("-._~", c);
        if (is_plain)
            buf_char(b, c);
        else
            buf_print(b, "%%%02X", (unsigned)(unsigned char)c);
    }
}

static const struct form_version *live_form(const struct request *q)
{
    const struct catalogue_view *v = catalogue_view(q->office->catalogue, q->arena);
    return catalogue_live(v, request_param(q, "code"));
}

static struct err *no_form(const struct request *q)
{
    return err_new(q->arena, ERR_MISSING, "service.missing", "", "There is no such form.",
                   "没有这个表单。");
}

/* Forms -----------------------------------------------------------------------------------------
 */

static void put_element(struct buf *b, const char *name, const char *text)
{
    buf_print(b, "<%s>", name);
    text_escape_xml(b, text);
    buf_print(b, "</%s>", name);
}

static void put_address(struct buf *b, const char *element, const char *base, const char *folder,
                        const char *code, const char *ending)
{
    buf_print(b, "<%s>", element);
    text_escape_xml(b, base);
    buf_print(b, "/%s/", folder);
    put_segment(b, code);
    buf_print(b, "%s</%s>", ending, element);
}

static void put_form(struct buf *b, const char *base, const struct form_version *f)
{
    buf_add(b, "<xform>");
    put_element(b, "formID", f->code);
    put_element(b, "name", f->title);
    put_element(b, "version", f->version);
    buf_print(b, "<hash>md5:%s</hash>", f->xform_md5);
    put_address(b, "downloadUrl", base, "forms", f->code, ".xml");
    if (f->media_count)
        put_address(b, "manifestUrl", base, "manifest", f->code, "");
    buf_add(b, "</xform>");
}

static struct err *form_list(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const struct catalogue_view *v = catalogue_view(q->office->catalogue, q->arena);
    const char *wanted = request_query(q, "formID");
    const char *base = base_of(q);
    r->content_type = xml_type;
    buf_add(r->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<xforms xmlns=\"http://openrosa.org/xforms/xformsList\">");
    for (size_t i = 0; i < v->count; i++)
        if (!*wanted || text_equal(wanted, v->live[i]->code))
            put_form(r->body, base, v->live[i]);
    buf_add(r->body, "</xforms>");
    return NULL;
}

static struct err *form_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const struct form_version *f = live_form(q);
    if (!f)
        return no_form(q);
    reply_bytes(r, xml_type, f->xform, f->xform_size);
    r->etag = f->xform_md5;
    return NULL;
}

static struct err *put_media(struct request *q, struct buf *b, const struct form_version *f,
                             const struct form_media *m)
{
    const void *bytes;
    size_t size;
    const char *type;
    unsigned char md5[GM_MD5];
    TRY(catalogue_media(q->office, q->arena, m->hash, &bytes, &size, &type));
    gm_md5(bytes, size, md5);
    buf_add(b, "<mediaFile>");
    put_element(b, "filename", m->name);
    buf_print(b, "<hash>md5:%s</hash>", secret_hex(q->arena, md5, sizeof md5));
    struct buf ending;
    buf_init(&ending, q->arena);
    buf_char(&ending, '/');
    put_segment(&ending, m->name);
    put_address(b, "downloadUrl", base_of(q), "media", f->code, buf_text(&ending));
    buf_add(b, "</mediaFile>");
    return NULL;
}

static struct err *manifest_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const struct form_version *f = live_form(q);
    if (!f)
        return no_form(q);
    r->content_type = xml_type;
    buf_add(r->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                     "<manifest xmlns=\"http://openrosa.org/xforms/xformsManifest\">");
    for (size_t i = 0; i < f->media_count; i++)
        TRY(put_media(q, r->body, f, &f->media[i]));
    buf_add(r->body, "</manifest>");
    return NULL;
}

static struct err *media_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const struct form_version *f = live_form(q);
    const char *name = request_param(q, "name");
    for (size_t i = 0; f && i < f->media_count; i++) {
        const struct form_media *m = &f->media[i];
        if (!text_equal(m->name, name))
            continue;
        const void *bytes;
        size_t size;
        const char *type;
        TRY(catalogue_media(q->office, q->arena, m->hash, &bytes, &size, &type));
        reply_file(r, name, type, bytes, size, true);
        r->etag = m->hash;
        return NULL;
    }
    return no_form(q);
}

/* Submissions -----------------------------------------------------------------------------------
 */

static struct err *submission_head(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    r->status = 204;
    reply_header(r, "Location", text_print(q->arena, "%s/submission", base_of(q)));
    return NULL;
}

static size_t count_parts(const struct request *q)
{
    size_t n = 0;
    for (const struct upload_part *p = q->parts; p; p = p->next)
        n++;
    return n;
}

/* The answers, the files beside them, and whether more will follow. */
static void collect_parts(const struct request *q, struct submission_input *in)
{
    struct submission_file *files = arena_array(q->arena, count_parts(q), sizeof *files);
    for (const struct upload_part *p = q->parts; p; p = p->next) {
        if (text_equal(p->name, "xml_submission_file")) {
            in->xml = p->text;
            in->xml_size = p->text_size;
        } else if (text_equal(p->name, "*isIncomplete*")) {
            in->is_incomplete = text_equal_fold(p->text ? p->text : "", "yes");
        } else if (*p->blob_hash) {
            const char *name = *p->file_name ? p->file_name : p->name;
            files[in->file_count++] =
                (struct submission_file){name, p->media_type, p->blob_hash, p->size};
        }
    }
    in->files = files;
}

static struct err *submission_post(struct request *q, void **job_out)
{
    struct submission_input in = {
        .channel = "openrosa",
        .device = request_query(q, "deviceID"),
        .language = q->language,
        .service = "",
        .version = "",
        .instance_id = "",
        .key = "",
        .replaces = "",
        .draft = "",
        .draft_key = "",
        .proxy_name = "",
        .proxy_id = "",
    };
    collect_parts(q, &in);
    if (!in.xml)
        return err_new(q->arena, ERR_INVALID, "http.malformed", "xml_submission_file",
                       "The part xml_submission_file is missing.",
                       "缺少 xml_submission_file 部分。");
    struct submission *s = NULL;
    const char *findings;
    struct err *e = submission_prepare(q->office, q->arena, q->actor, &in, &s, &findings);
    if (e && text_equal(e->code, "submission.version"))
        e->kind = ERR_MISSING; /* what devices expect of an unknown version */
    *job_out = s;
    return e;
}

/* The receipt goes into the message, since Collect shows it. */
static struct err *submission_kept_reply(struct request *q, void *job, struct reply *r)
{
    const struct submission *s = job;
    const char *ref = s->receipt.ref;
    bool is_english = text_equal(q->language, "en");
    r->status = 201;
    write_response(r, "submit_success",
                   text_print(q->arena, "%s%s%s", is_english ? "Kept." : "已收到。",
                              *ref ? (is_english ? " Number " : "受理编号 ") : "", ref));
    return NULL;
}

#define DOOR_ROUTES(through, at)                                                                   \
    DEVICE_READ(through, at "/formList", RIGHT_SUBMIT, form_list, "List the forms for devices"),   \
        DEVICE_READ(through, at "/forms/:code.xml", RIGHT_SUBMIT, form_get, "Fetch a form"),       \
        {.method = "GET",                                                                          \
         .pattern = at "/manifest/:code",                                                          \
         .right = RIGHT_SUBMIT,                                                                    \
         .summary = "List the media of a form",                                                    \
         .read = manifest_get,                                                                     \
         .has_right = true,                                                                        \
         .is_slow = true,                                                                          \
         .door = through},                                                                         \
        DEVICE_READ(through, at "/media/:code/:name", RIGHT_SUBMIT, media_get,                     \
                    "Fetch a picture or sound of a form"),                                         \
        {.method = "HEAD",                                                                         \
         .pattern = at "/submission",                                                              \
         .right = RIGHT_SUBMIT,                                                                    \
         .summary = "Ask where and how to send",                                                   \
         .read = submission_head,                                                                  \
         .has_right = true,                                                                        \
         .door = through},                                                                         \
        DEVICE_WRITE(through, "POST", at "/submission", RIGHT_SUBMIT, BODY_MULTIPART,              \
                     submission_post, submission_store, submission_kept_reply,                     \
                     "Send a filled form and its files")

const struct route openrosa_routes[] = {
    DOOR_ROUTES(DOOR_BASIC, "/openrosa"),
    DOOR_ROUTES(DOOR_DEVICE, "/openrosa/key/:token"),
    {0},
};
