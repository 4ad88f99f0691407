/* Publishing: a workbook (or an XForm) becomes the live version of its service, or nothing happens.
 */
#include "domain/catalogue.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/casefile.h"
#include "domain/office.h"
#include "domain/registry.h"
#include "engine/form.h"
#include "flow/flow.h"
#include "formats/book.h"
#include "formats/json.h"
#include "formats/xml.h"
#include "forms/alias.h"
#include "forms/service.h"
#include "forms/xform.h"
#include "forms/xlsform.h"
#include "store/store.h"

#include <pthread.h>
#include <string.h>

static const char *kind_name(enum book_kind kind)
{
    return kind == BOOK_XLSX ? "xlsx" : kind == BOOK_MD ? "md" : "json";
}

/* A service whose workbook says nothing of it: all texts "". */
static struct service *service_plain(struct arena *a)
{
    struct service *s = arena_alloc(a, sizeof *s);
    *s = (struct service){.code = "",
                          .version = "",
                          .title = "",
                          .title_en = "",
                          .picture = "",
                          .keywords = "",
                          .registry = "",
                          .eligible_when = "",
                          .owner_unit = "",
                          .case_kind = "",
                          .limit_legal_unit = "",
                          .limit_promised_unit = "",
                          .allows_proxy = true,
                          .applicant_name = "",
                          .applicant_id = "",
                          .applicant_phone = "",
                          .applicant_area = "",
                          .proxy_name = "",
                          .proxy_id = ""};
    return s;
}

static const struct service *service_named(struct arena *a, const struct service *from,
                                           const struct publish *p)
{
    struct service *s = service_plain(a);
    if (from)
        *s = *from;
    s->code = p->code;
    s->version = p->version;
    s->title = *s->title ? s->title : p->title;
    return s;
}

/* Compile ------------------------------------------------------------------------------------- */

static bool is_xml(const void *bytes, size_t size)
{
    const char *text = bytes;
    size_t i = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < size && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t'))
        i++;
    return i < size && text[i] == '<';
}

static struct err *compile_book(struct arena *a, struct publish *p)
{
    enum book_kind kind;
    TRY(book_read(a, p->bytes, p->size, &p->book, &kind));
    p->kind = kind_name(kind);
    struct xlsform_result result;
    TRY(xlsform_compile(a, p->book, &(struct xlsform_options){.root_name = ""}, &result));
    struct xlsform_result *kept = arena_alloc(a, sizeof *kept);
    *kept = result;
    p->compiled = kept;
    p->notes = result.notes;
    p->code = result.form_id ? result.form_id : "";
    p->version = result.version ? result.version : "";
    p->title = result.title ? result.title : "";
    p->content_hash = result.content_hash;
    p->xml = result.xml;
    p->xml_size = result.xml_size;
    p->service = service_named(a, result.service, p);
    return NULL;
}

static const struct xml_node *find_element(const struct xml_node *n, const char *name)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next) {
        if (c->kind == XML_ELEMENT && text_equal(c->name, name))
            return c;
        const struct xml_node *below = c->kind == XML_ELEMENT ? find_element(c, name) : NULL;
        if (below)
            return below;
    }
    return NULL;
}

/* Sheets without a survey: a question is put beside them, so that the compiler reads the rest. */
static const struct book *with_survey(struct arena *a, const struct book *book)
{
    for (size_t i = 0; i < book->count; i++)
        if (text_equal_fold(book->sheets[i].name, "survey"))
            return book;
    static const char *const head[] = {"type", "name", "label"};
    static const char *const line[] = {"text", "bangban_unused", "unused"};
    struct book_row *rows = arena_array(a, 2, sizeof *rows);
    rows[0] = (struct book_row){1, head, 3};
    rows[1] = (struct book_row){2, line, 3};
    struct book_sheet *sheets = arena_array(a, book->count + 1, sizeof *sheets);
    if (book->count)
        memcpy(sheets, book->sheets, book->count * sizeof *sheets);
    sheets[book->count] = (struct book_sheet){"survey", rows, 2};
    struct book *whole = arena_alloc(a, sizeof *whole);
    *whole = (struct book){sheets, book->count + 1};
    return whole;
}

static struct err *compile_with(struct arena *a, struct publish *p, const struct publish_input *in)
{
    const struct book *book;
    enum book_kind kind;
    TRY(book_read(a, in->with_bytes, in->with_size, &book, &kind));
    struct xlsform_result result;
    TRY(xlsform_compile(a, with_survey(a, book), &(struct xlsform_options){.root_name = ""},
                        &result));
    for (const struct note *n = result.notes.first; n; n = n->next)
        if (n->level == NOTE_ERROR)
            note_add(&p->notes, n->level, n->code, n->where, "", "%s%.0s", "%.0s%s", n->message,
                     n->message_zh);
    p->service = service_named(a, result.service, p);
    p->content_hash =
        secret_sha256_hex(a, text_print(a, "%s %s", p->content_hash, result.content_hash), 129);
    return NULL;
}

static struct err *compile_xform(struct arena *a, struct publish *p, const struct publish_input *in)
{
    p->kind = "xform";
    p->xml = arena_copy(a, p->bytes, p->size);
    p->xml_size = p->size;
    p->content_hash = secret_sha256_hex(a, p->bytes, p->size);
    const struct xml_node *root;
    TRY(xml_read(a, p->xml, p->xml_size, &root));
    const struct xml_node *title = find_element(root, "title");
    const struct xml_node *instance = find_element(root, "instance");
    const struct xml_node *data = instance ? instance->first_child : NULL;
    while (data && data->kind != XML_ELEMENT)
        data = data->next;
    const char *id = data ? xml_attribute(data, "", "id") : NULL;
    const char *version = data ? xml_attribute(data, "", "version") : NULL;
    p->code = id ? id : "";
    p->version = version ? version : "";
    p->title = title ? text_trim(a, xml_text(a, title)) : p->code;
    p->service = service_named(a, NULL, p);
    return in->with_bytes ? compile_with(a, p, in) : NULL;
}

/* Registry columns: which question feeds which property ---------------------------------------- */

struct properties {
    struct json_out json;
    const char *list;
};

static void properties_scan(struct properties *p, const struct xml_node *n)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next) {
        if (c->kind != XML_ELEMENT)
            continue;
        for (size_t i = 0; i < c->attribute_count; i++) {
            const struct xml_attribute *at = &c->attributes[i];
            if (text_equal(c->name, "entity") && text_equal(at->name, "dataset"))
                p->list = at->value;
            if (!text_equal(c->name, "bind") || !text_equal(at->name, "saveto"))
                continue;
            json_open_object(&p->json, NULL);
            json_put_text(&p->json, "name", at->value);
            json_close_object(&p->json);
        }
        if (!text_equal(c->name, "body"))
            properties_scan(p, c);
    }
}

static struct err *properties_find(struct arena *a, struct publish *p)
{
    const struct xml_node *root;
    TRY(xml_read(a, p->xml, p->xml_size, &root));
    struct buf b;
    buf_init(&b, a);
    struct properties found = {.list = ""};
    json_start(&found.json, &b);
    json_open_array(&found.json, NULL);
    properties_scan(&found, root);
    json_close_array(&found.json);
    p->entity_list = arena_text(a, found.list);
    p->entity_properties = buf_text(&b);
    return NULL;
}

/* Steps and actions as a whole: can every case come to an end? Rows are counted by flow and told as
 * cells here. */
static const char *flow_place(struct arena *a, const struct publish *p, const char *where)
{
    const char *bang = strchr(where, '!');
    int64_t row;
    if (!p->book || !bang || !text_to_int(bang + 1, &row))
        return where;
    const char *wanted = arena_copy(a, where, (size_t)(bang - where));
    for (size_t i = 0; i < p->book->count; i++) {
        const struct book_sheet *sheet = &p->book->sheets[i];
        const char *name = alias_find(a, ALIAS_SHEETS, sheet->name);
        if (name && text_equal(name, wanted) && (size_t)row + 1 < sheet->count)
            return book_place(a, sheet->name, 0, sheet->rows[row + 1].number);
    }
    return where;
}

static void check_flow(struct arena *a, struct publish *p)
{
    if (!p->service->step_count)
        return;
    struct workflow w;
    struct notes notes;
    notes_init(&notes, a);
    casefile_workflow(a, p->service, &w);
    flow_check(&w, &notes);
    for (const struct note *n = notes.first; n; n = n->next)
        note_add(&p->notes, n->level, n->code, flow_place(a, p, n->where), n->suggestion, "%s%.0s",
                 "%.0s%s", n->message, n->message_zh);
}

static struct err *build_image(struct arena *a, struct publish *p)
{
    const struct xform *form;
    TRY(xform_read(a, p->xml, p->xml_size, &p->notes, &form));
    if (form)
        TRY(image_build(a, form, &p->notes, &p->image, &p->image_size));
    if (p->compiled)
        xlsform_locate(p->compiled, &p->notes);
    if (!form || p->notes.error_count)
        return NULL;
    const struct form *loaded;
    TRY(form_load(a, p->image, p->image_size, &loaded));
    p->image_hash = secret_sha256_hex(a, p->image, p->image_size);
    return properties_find(a, p);
}

/* Against what is published ------------------------------------------------------------------- */

QUERY(published_version,
      "select v.id, v.content_hash, v.service_id from services s join form_versions v "
      "on v.tenant = s.tenant and v.service_id = s.id "
      "where s.tenant = $1 and s.code = $2 and v.version = $3");
QUERY(published_live, "select form_version_id from live_versions "
                      "where tenant = $1 and service_id = $2");
QUERY(published_open,
      "select count(*) from services s join case_states c on c.tenant = s.tenant "
      "and c.service_id = s.id where s.tenant = $1 and s.code = $2 and c.state <> 'closed'");

struct published {
    int64_t version_id, service_id;
    const char *content_hash; /* "" if that version is not there */
    bool is_live;
};

static struct err *published_find(struct tx *tx, const struct publish *p, struct published *out)
{
    struct rows *r;
    bool has_row;
    *out = (struct published){.content_hash = ""};
    TRY(sql_row(tx, &published_version,
                ARGS(sql_int(p->who->tenant), sql_text(p->code), sql_text(p->version)), &r,
                &has_row));
    if (!has_row)
        return NULL;
    out->version_id = rows_int(r, 0);
    out->content_hash = rows_text(r, 1);
    out->service_id = rows_int(r, 2);
    TRY(sql_row(tx, &published_live, ARGS(sql_int(p->who->tenant), sql_int(out->service_id)), &r,
                &has_row));
    out->is_live = has_row && rows_int(r, 0) == out->version_id;
    return NULL;
}

static void note_taken(struct publish *p)
{
    note_add(
        &p->notes, NOTE_ERROR, "version.taken", "settings", "",
        "Version '%s' of '%s' is published with other content. Give the sheet 'settings' a new "
        "version.",
        "版本“%s”（事项 %s）已经发布过，内容不同。请在 settings 表里换一个新的版本号。", p->version,
        p->code);
}

static struct err *check_read(struct tx *tx, void *job)
{
    struct publish *p = job;
    struct published known;
    TRY(published_find(tx, p, &known));
    bool is_equal = text_equal(known.content_hash, p->content_hash);
    p->is_unchanged = known.version_id && is_equal && known.is_live;
    if (known.version_id && !is_equal)
        note_taken(p);
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &published_open, ARGS(sql_int(p->who->tenant), sql_text(p->code)), &r,
                &has_row));
    p->open_cases = rows_int(r, 0);
    return NULL;
}

struct err *publish_check(struct office *o, struct arena *a, const struct actor *who,
                          const struct publish_input *in, struct publish **out)
{
    struct publish *p = arena_alloc(a, sizeof *p);
    *p = (struct publish){.office = o,
                          .who = who,
                          .bytes = in->bytes,
                          .size = in->size,
                          .code = "",
                          .version = "",
                          .title = "",
                          .content_hash = "",
                          .service_json = "{}",
                          .image_hash = "",
                          .entity_list = "",
                          .entity_properties = "[]",
                          .files = in->files,
                          .file_count = in->file_count};
    notes_init(&p->notes, a);
    if (in->size > LIMIT_WORKBOOK_UPLOAD)
        return err_new(a, ERR_TOO_BIG, "workbook.too_big", "", "The workbook is larger than 16 MB.",
                       "工作簿超过 16 MB。");
    if (is_xml(in->bytes, in->size))
        TRY(compile_xform(a, p, in));
    else
        TRY(compile_book(a, p));
    if (!p->notes.error_count)
        check_flow(a, p);
    if (!p->notes.error_count && p->xml)
        TRY(build_image(a, p));
    if (!p->notes.error_count && !*p->code)
        note_add(&p->notes, NOTE_ERROR, "form.no_id", "settings", "",
                 "The form has no form_id.%.0s", "表单没有 form_id。%.0s", "");
    struct buf b;
    buf_init(&b, a);
    service_write_json(&b, p->service);
    p->service_json = buf_text(&b);
    TRY(store_read(o->store, a, check_read, p));
    p->can_publish = p->image && p->notes.error_count == 0;
    *out = p;
    return NULL;
}

/* Publish ------------------------------------------------------------------------------------- */

QUERY(service_get, "select id from services where tenant = $1 and code = $2");
QUERY(service_add, "insert into services (tenant, id, code, created_at) values ($1, $2, $3, $4)");
QUERY(version_add,
      "insert into form_versions (tenant, id, service_id, version, title, workbook, workbook_kind, "
      "xform, image, service_json, content_hash, published_at, published_by) "
      "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
QUERY(media_add, "insert into form_media (tenant, form_version_id, name, blob_hash, media_type) "
                 "values ($1, $2, $3, $4, $5) on conflict do nothing");
QUERY(change_add, "insert into service_changes (tenant, id, service_id, form_version_id, at, "
                  "by_person, reason) values ($1, $2, $3, $4, $5, $6, $7)");
QUERY(live_set, "insert into live_versions (tenant, service_id, form_version_id) "
                "values ($1, $2, $3) on conflict (tenant, service_id) "
                "do update set form_version_id = excluded.form_version_id");

static struct err *service_need(struct tx *tx, const struct publish *p, int64_t *id_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &service_get, ARGS(sql_int(p->who->tenant), sql_text(p->code)), &r, &has_row));
    *id_out = has_row ? rows_int(r, 0) : tx_new_id(tx);
    if (has_row)
        return NULL;
    return sql_run(
        tx, &service_add,
        ARGS(sql_int(p->who->tenant), sql_int(*id_out), sql_text(p->code), sql_int(tx_now_ms(tx))),
        NULL);
}

static struct err *version_insert(struct tx *tx, struct publish *p, int64_t service_id)
{
    int64_t tenant = p->who->tenant;
    p->version_id = tx_new_id(tx);
    TRY(sql_run(tx, &version_add,
                ARGS(sql_int(tenant), sql_int(p->version_id), sql_int(service_id),
                     sql_text(p->version), sql_text(p->title), sql_bytes(p->bytes, p->size),
                     sql_text(p->kind), sql_text(p->xml), sql_bytes(p->image, p->image_size),
                     sql_text(p->service_json), sql_text(p->content_hash), sql_int(tx_now_ms(tx)),
                     sql_int(p->who->person_id)),
                NULL));
    for (size_t i = 0; i < p->file_count; i++) {
        TRY(store_blob_keep(tx, tenant, p->files[i].blob_hash));
        TRY(sql_run(tx, &media_add,
                    ARGS(sql_int(tenant), sql_int(p->version_id), sql_text(p->files[i].name),
                         sql_text(p->files[i].blob_hash), sql_text(p->files[i].media_type)),
                    NULL));
    }
    return NULL;
}

static struct err *registries_need(struct tx *tx, const struct publish *p)
{
    int64_t id;
    if (*p->entity_list)
        TRY(registry_need(tx, p->who->tenant, p->entity_list, p->entity_list, p->entity_properties,
                          &id));
    if (*p->service->registry && !text_equal(p->service->registry, p->entity_list))
        TRY(registry_need(tx, p->who->tenant, p->service->registry, p->title, "[]", &id));
    return NULL;
}

static struct err *make_live(struct tx *tx, const struct publish *p, int64_t service_id)
{
    int64_t tenant = p->who->tenant;
    TRY(sql_run(tx, &change_add,
                ARGS(sql_int(tenant), sql_int(tx_new_id(tx)), sql_int(service_id),
                     sql_int(p->version_id), sql_int(tx_now_ms(tx)), sql_int(p->who->person_id),
                     sql_text("published")),
                NULL));
    return sql_run(tx, &live_set,
                   ARGS(sql_int(tenant), sql_int(service_id), sql_int(p->version_id)), NULL);
}

static struct err *taken(struct arena *a, const struct publish *p)
{
    return err_new(a, ERR_CONFLICT, "version.taken", "settings",
                   "Version '%s' of '%s' is published with other content. Give the sheet "
                   "'settings' a new version.",
                   "版本“%s”（事项 %s）已经发布过，内容不同。请在 settings 表里换一个新的版本号。",
                   p->version, p->code);
}

struct err *publish_refusal(struct arena *a, const struct publish *p)
{
    for (const struct note *n = p->notes.first; n; n = n->next)
        if (p->notes.error_count == 1 && text_equal(n->code, "version.taken"))
            return taken(a, p);
    return err_new(a, ERR_INVALID, "workbook.faulty", "",
                   "The workbook has %zu faults. Nothing was published.",
                   "工作簿有 %zu 处错误，没有发布。", p->notes.error_count);
}

struct err *publish_work(struct tx *tx, void *publish)
{
    struct publish *p = publish;
    struct arena *a = tx_arena(tx);
    struct published known;
    TRY(published_find(tx, p, &known));
    bool is_equal = text_equal(known.content_hash, p->content_hash);
    if (known.version_id && !is_equal)
        return taken(a, p);
    if (!p->can_publish)
        return publish_refusal(a, p);
    p->is_unchanged = known.version_id && known.is_live;
    p->version_id = known.version_id;
    if (p->is_unchanged)
        return NULL;
    int64_t service_id;
    TRY(service_need(tx, p, &service_id));
    if (!known.version_id)
        TRY(version_insert(tx, p, service_id));
    TRY(registries_need(tx, p));
    TRY(make_live(tx, p, service_id));
    return audit_add(tx, p->who, "service.publish",
                     text_print(a, "service:%s:%s", p->code, p->version), "ok");
}

struct err *publish_done(struct publish *p, struct arena *a)
{
    return p->is_unchanged ? NULL : catalogue_reload(p->office->catalogue, a);
}

/* Preview ------------------------------------------------------------------------------------- */

enum { SHELF = 32 };
struct preview_shelf {
    pthread_mutex_t lock;
    size_t next;
    struct preview {
        struct arena *arena;
        const char *hash;
        const void *bytes;
        size_t size;
    } places[SHELF];
};

static void shelf_close(void *thing)
{
    struct preview_shelf *s = thing;
    for (size_t i = 0; i < SHELF; i++)
        if (s->places[i].arena)
            arena_free(s->places[i].arena);
    (void)pthread_mutex_destroy(&s->lock);
}

struct err *preview_shelf_new(struct arena *a, struct preview_shelf **out)
{
    struct preview_shelf *s = arena_alloc(a, sizeof *s);
    (void)pthread_mutex_init(&s->lock, NULL);
    arena_defer(a, shelf_close, s);
    *out = s;
    return NULL;
}

void publish_preview_keep(struct office *o, const struct publish *p)
{
    if (!p->image || !*p->image_hash)
        return;
    struct arena *own = arena_new();
    const struct preview mine = {own, arena_text(own, p->image_hash),
                                 arena_copy(own, p->image, p->image_size), p->image_size};
    struct preview_shelf *s = o->preview;
    (void)pthread_mutex_lock(&s->lock);
    struct arena *before = s->places[s->next % SHELF].arena;
    s->places[s->next++ % SHELF] = mine;
    (void)pthread_mutex_unlock(&s->lock);
    if (before)
        arena_free(before);
}

struct err *publish_preview(struct office *o, struct arena *a, const char *hash,
                            const void **bytes_out, size_t *size_out)
{
    struct preview_shelf *s = o->preview;
    const void *copy = NULL;
    (void)pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < SHELF && !copy; i++)
        if (s->places[i].arena && text_equal(s->places[i].hash, hash)) {
            copy = arena_copy(a, s->places[i].bytes, s->places[i].size);
            *size_out = s->places[i].size;
        }
    (void)pthread_mutex_unlock(&s->lock);
    if (!copy)
        return err_new(a, ERR_MISSING, "file.missing", "", "There is no such file.",
                       "没有这个文件。");
    *bytes_out = copy;
    return NULL;
}

/* Workbooks back ------------------------------------------------------------------------------ */

static struct err *no_workbook(struct arena *a)
{
    return err_new(a, ERR_MISSING, "workbook.missing", "", "There is no workbook of this service.",
                   "这个事项没有工作簿。");
}

struct err *publish_annotated(struct arena *a, const struct publish *p, const void **bytes_out,
                              size_t *size_out)
{
    if (!p->book)
        return no_workbook(a);
    return xlsx_write(a, p->book, &p->notes, bytes_out, size_out);
}

QUERY(workbook_live, "select v.workbook, v.workbook_kind from services s "
                     "join live_versions l on l.tenant = s.tenant and l.service_id = s.id "
                     "join form_versions v on v.tenant = s.tenant and v.id = l.form_version_id "
                     "where s.tenant = $1 and s.code = $2");

struct workbook_job {
    int64_t tenant;
    const char *code, *kind;
    const void *bytes;
    size_t size;
};

static struct err *workbook_read(struct tx *tx, void *job)
{
    struct workbook_job *w = job;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &workbook_live, ARGS(sql_int(w->tenant), sql_text(w->code)), &r, &has_row));
    if (!has_row)
        return no_workbook(tx_arena(tx));
    w->bytes = rows_bytes(r, 0, &w->size);
    w->kind = rows_text(r, 1);
    return NULL;
}

struct err *publish_workbook(struct office *o, struct arena *a, const char *code,
                             const char *format, const void **bytes_out, size_t *size_out)
{
    struct workbook_job w = {.tenant = o->tenant->id, .code = code};
    TRY(store_read(o->store, a, workbook_read, &w));
    if (text_equal(w.kind, "xform"))
        return no_workbook(a);
    if (text_equal(w.kind, format)) {
        *bytes_out = w.bytes;
        *size_out = w.size;
        return NULL;
    }
    const struct book *book;
    enum book_kind kind;
    TRY(book_read(a, w.bytes, w.size, &book, &kind));
    if (!text_equal(format, "md"))
        return xlsx_write(a, book, NULL, bytes_out, size_out);
    const char *text;
    TRY(md_write(a, book, &text));
    *bytes_out = text;
    *size_out = strlen(text);
    return NULL;
}
