/* Submissions. Everything that needs no lock is done in prepare: parsing, judging, hashing, the
 * JSON of findings and entity changes. The writer inserts one row, its audit entry, its files, and
 * opens the case. */
#include "domain/submission.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/ident.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/casefile.h"
#include "domain/catalogue.h"
#include "domain/letter.h"
#include "domain/office.h"
#include "domain/registry.h"
#include "engine/form.h"
#include "formats/json.h"
#include "forms/record.h"
#include "forms/service.h"
#include "store/store.h"

#include <string.h>

struct plan_file {
    const char *name, *hash, *media_type; /* hash "" while it is missing */
    int64_t size;
};
struct submission_plan {
    struct office *office;
    const struct form_version *version;
    const char *xml, *hash, *instance_id, *replaces, *channel, *device;
    const char *findings, *entity_changes;
    bool is_acceptable, has_case, is_incomplete;
    int64_t area_id;
    struct plan_file *files;
    size_t file_count;
    int64_t draft_id;
    const char *draft_key_hash;
    struct casefile_opening opening;
};

static bool is_device(const char *channel)
{
    return text_equal(channel, "openrosa") || text_equal(channel, "import");
}

/* Which form ---------------------------------------------------------------------------------- */

struct old_version {
    struct catalogue *catalogue;
    const char *code, *version;
    const struct form_version *found;
};

static struct err *old_version_read(struct tx *tx, void *job)
{
    struct old_version *o = job;
    return catalogue_version_named(o->catalogue, tx, o->code, o->version, &o->found);
}

static struct err *not_current(struct arena *a, const struct form_version *live)
{
    return err_new(a, ERR_CONFLICT, "submission.version", "",
                   "The form has changed meanwhile: version %s is in force. Load it anew; your "
                   "answers are kept.",
                   "表单已更新，现行版本是 %s。请重新打开表单，已填内容会保留。", live->version);
}

/* The live version, without SQL; an old one only from devices and for corrections. */
static struct err *version_find(struct office *o, struct arena *a,
                                const struct submission_input *in, const struct record *head,
                                const struct form_version **out)
{
    const char *code = *in->service ? in->service : head->form_id;
    const struct form_version *live = catalogue_live(catalogue_view(o->catalogue, a), code);
    if (!live)
        return err_new(a, ERR_MISSING, "submission.no_service", "",
                       "There is no service with the code %s.", "没有代码为 %s 的事项。", code);
    if (!text_equal(head->form_id, code))
        return err_new(a, ERR_INVALID, "submission.not_this_form", "",
                       "The document belongs to the form %s, not to %s.",
                       "这份填报属于表单 %s，不是 %s。", head->form_id, code);
    *out = live;
    if (text_equal(head->version, live->version))
        return NULL;
    if (!is_device(in->channel) && !*in->replaces)
        return not_current(a, live);
    struct old_version old = {o->catalogue, code, head->version, NULL};
    struct err *e = store_read(o->store, a, old_version_read, &old);
    if (e && e->kind == ERR_MISSING)
        return not_current(a, live);
    *out = old.found;
    return e;
}

/* Judging ------------------------------------------------------------------------------------- */

struct moment {
    int64_t now_ms;
    int32_t offset_min;
};

static int64_t moment_now(void *self)
{
    return ((const struct moment *)self)->now_ms;
}

static int32_t moment_offset(void *self, int64_t at_ms)
{
    (void)at_ms;
    return ((const struct moment *)self)->offset_min;
}

static uint64_t moment_random(void *self)
{
    (void)self;
    uint64_t number;
    secret_random(&number, sizeof number);
    return number;
}

static const char *moment_property(void *self, const char *name)
{
    (void)self;
    (void)name;
    return "";
}

struct judged {
    struct record record;
    struct sheet *sheet;
    struct verdict verdict;
};

/* A device's record is judged as of its own end, or today() would give two answers; what people
 * send is judged as of now. */
static struct err *judge(struct office *o, struct arena *a, const struct submission_input *in,
                         const struct form_version *v, struct judged *out)
{
    struct moment *moment = arena_alloc(a, sizeof *moment);
    *moment = (struct moment){o->now_ms(o->now_self), o->tenant->utc_offset_min};
    struct host *host = arena_alloc(a, sizeof *host);
    *host = (struct host){moment, moment_now, moment_offset, moment_random, moment_property};
    return (is_device(in->channel) ? record_judge : record_judge_at)(
        a, v->form, host, in->xml, in->xml_size, in->language, &out->record, &out->sheet,
        &out->verdict);
}

/* Answers by question name -------------------------------------------------------------------- */

static const char *answer_named(const struct verdict *v, const char *name)
{
    if (!*name)
        return "";
    for (size_t i = 0; i < v->answer_count; i++) {
        const char *slash = strrchr(v->answers[i].path, '/');
        if (slash && text_equal(slash + 1, name))
            return v->answers[i].text;
    }
    return "";
}

/* Does path, positions left out ("/data/child[2]/photo"), equal the question's? */
static bool is_path_of(const char *path, const char *question)
{
    while (*path && *question) {
        if (*path == '[' && *question != '[') {
            while (*path && *path != ']')
                path++;
            path += *path ? 1 : 0;
            continue;
        }
        if (*path++ != *question++)
            return false;
    }
    if (*path == '[' && path[strlen(path) - 1] == ']')
        return !*question;
    return !*path && !*question;
}

/* Files --------------------------------------------------------------------------------------- */

struct sent_file {
    const char *name, *hash, *media_type;
    int64_t size;
};

QUERY(upload_list, "select name, blob_hash, media_type, size from uploads "
                   "where tenant = $1 and instance_id = $2 and key_hash = $3");

/* A correction keeps the papers that were not taken anew. */
QUERY(replaced_files,
      "select a.name, a.blob_hash, a.media_type, a.size from submissions s join attachments a "
      "on a.tenant = s.tenant and a.submission_id = s.id where s.tenant = $1 "
      "and s.service_id = $2 and s.instance_id = $3 and a.blob_hash <> ''");

struct upload_look {
    int64_t tenant, service_id;
    const char *instance_id, *key_hash, *replaces;
    struct buf files;
};

static struct err *sent_collect(struct rows *r, struct buf *files)
{
    while (rows_next(r)) {
        const struct sent_file f = {rows_text(r, 0), rows_text(r, 1), rows_text(r, 2),
                                    rows_int(r, 3)};
        buf_bytes(files, &f, sizeof f);
    }
    return rows_end(r);
}

static struct err *uploads_read(struct tx *tx, void *job)
{
    struct upload_look *u = job;
    struct rows *r;
    if (*u->key_hash) {
        TRY(sql_rows(tx, &upload_list,
                     ARGS(sql_int(u->tenant), sql_text(u->instance_id), sql_text(u->key_hash)),
                     &r));
        TRY(sent_collect(r, &u->files));
    }
    if (!*u->replaces)
        return NULL;
    TRY(sql_rows(tx, &replaced_files,
                 ARGS(sql_int(u->tenant), sql_int(u->service_id), sql_text(u->replaces)), &r));
    return sent_collect(r, &u->files);
}

static const struct sent_file *sent_find(const struct sent_file *files, size_t count,
                                         const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(files[i].name, name))
            return &files[i];
    return NULL;
}

/* What came: with this request, or before it as uploads under the same instance and key (of people
 * only those count, whatever names the request lists), or with the submission that this corrects.
 */
static struct err *files_sent(struct submission_plan *p, struct arena *a,
                              const struct submission_input *in, struct buf *out)
{
    const struct tenant *t = p->office->tenant;
    buf_init(out, a);
    for (size_t i = 0; i < in->file_count; i++) {
        const struct sent_file f = {in->files[i].name, in->files[i].hash, in->files[i].media_type,
                                    in->files[i].size};
        if (*f.hash)
            buf_bytes(out, &f, sizeof f);
    }
    if (!*in->key && !*p->replaces)
        return NULL;
    struct upload_look u = {.tenant = t->id,
                            .service_id = p->version->service_id,
                            .instance_id = p->instance_id,
                            .key_hash = tenant_hash(a, t->secret, "key", in->key),
                            .replaces = p->replaces};
    buf_init(&u.files, a);
    TRY(store_read(p->office->store, a, uploads_read, &u));
    if (u.files.size)
        buf_bytes(out, u.files.data, u.files.size);
    return NULL;
}

static bool is_file_question(const struct form_version *v, const char *path)
{
    for (size_t i = 0; i < v->question_count; i++)
        if (v->questions[i].is_file && is_path_of(path, v->questions[i].path))
            return true;
    return false;
}

static bool has_file_question(const struct form_version *v)
{
    for (size_t i = 0; i < v->question_count; i++)
        if (v->questions[i].is_file)
            return true;
    return false;
}

static void plan_file_add(struct submission_plan *p, const char *name, const struct sent_file *sent)
{
    for (size_t i = 0; i < p->file_count; i++)
        if (text_equal(p->files[i].name, name))
            return;
    p->files[p->file_count++] = (struct plan_file){
        name, sent ? sent->hash : "", sent ? sent->media_type : "", sent ? sent->size : 0};
}

/* Findings ------------------------------------------------------------------------------------ */

struct findings {
    struct json_out json;
    struct buf buf;
    size_t count;
    bool in_chinese;
};

static void finding_put(struct findings *f, const char *path, const char *kind, const char *code,
                        const char *message)
{
    json_open_object(&f->json, NULL);
    json_put_text(&f->json, "path", path);
    json_put_text(&f->json, "kind", kind);
    json_put_text(&f->json, "code", code);
    json_put_text(&f->json, "message", message);
    json_close_object(&f->json);
    f->count++;
}

static bool is_required_material(const struct service_material *m)
{
    return !m->is_exempt && text_equal(m->need, "required") && !*m->question &&
           text_equal(m->medium, "electronic");
}

/* A material without a question that must come as a file: by the file's name, with any ending. */
static bool has_material_file(const struct submission_plan *p, const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 0; i < p->file_count; i++)
        if (*p->files[i].hash && strncmp(p->files[i].name, name, size) == 0 &&
            (p->files[i].name[size] == '.' || p->files[i].name[size] == '\0'))
            return true;
    return false;
}

static struct err *materials_judge(struct arena *a, const struct submission_plan *p,
                                   struct sheet *sheet, struct findings *f)
{
    const struct service *s = p->version->service;
    for (size_t i = 0; i < s->material_count; i++) {
        const struct service_material *m = &s->materials[i];
        if (!is_required_material(m) || has_material_file(p, m->name))
            continue;
        bool is_relevant = true;
        if (*m->when)
            TRY(form_rule(a, sheet, text_print(a, "material/%s", m->name), &is_relevant));
        if (is_relevant)
            finding_put(f, text_print(a, "material/%s", m->name), "required", "material.missing",
                        text_print(a, f->in_chinese ? "缺少材料：%s。" : "Missing: %s.",
                                   f->in_chinese || !*m->label_en ? m->label : m->label_en));
    }
    return NULL;
}

static void files_judge(struct arena *a, const struct submission_plan *p, struct findings *f)
{
    for (size_t i = 0; i < p->file_count; i++)
        if (!*p->files[i].hash)
            finding_put(
                f, p->files[i].name, "required", "file.missing",
                text_print(a,
                           f->in_chinese ? "文件 %s 还没有上传。" : "The file %s was not uploaded.",
                           p->files[i].name));
}

static struct err *findings_make(struct arena *a, struct submission_plan *p,
                                 const struct submission_input *in, const struct judged *j)
{
    p->findings = "[]";
    p->is_acceptable = true;
    bool is_plain = !p->file_count && !p->version->service->material_count;
    if (!j->verdict.finding_count && is_plain)
        return NULL;
    struct findings f = {.in_chinese = !text_equal(in->language, "en")};
    buf_init(&f.buf, a);
    json_start(&f.json, &f.buf);
    json_open_array(&f.json, NULL);
    for (size_t i = 0; i < j->verdict.finding_count; i++)
        finding_put(&f, j->verdict.findings[i].path, finding_kind_name(j->verdict.findings[i].kind),
                    j->verdict.findings[i].code, j->verdict.findings[i].message);
    TRY(materials_judge(a, p, j->sheet, &f));
    if (!is_device(in->channel))
        files_judge(a, p, &f);
    json_close_array(&f.json);
    p->findings = buf_text(&f.buf);
    p->is_acceptable = f.count == 0;
    return NULL;
}

/* What it will write in registries ------------------------------------------------------------ */

static struct err *entities_make(struct arena *a, struct submission_plan *p, struct sheet *sheet)
{
    p->entity_changes = "";
    if (!*p->version->entity_list)
        return NULL;
    const struct entity_change *changes;
    size_t count;
    TRY(sheet_entities(a, sheet, &changes, &count));
    if (!count)
        return NULL;
    struct buf b;
    buf_init(&b, a);
    struct json_out j;
    json_start(&j, &b);
    json_open_array(&j, NULL);
    for (size_t i = 0; i < count; i++) {
        json_open_object(&j, NULL);
        json_put_text(&j, "list", changes[i].list);
        json_put_text(&j, "id",
                      text_starts(changes[i].id, "uuid:") ? changes[i].id + 5 : changes[i].id);
        json_put_text(&j, "label", changes[i].label);
        json_put_bool(&j, "create", changes[i].is_create);
        json_put_bool(&j, "update", changes[i].is_update);
        json_put_int(&j, "base_version", changes[i].base_version);
        json_open_object(&j, "properties");
        for (size_t k = 0; k < changes[i].property_count; k++)
            json_put_text(&j, changes[i].properties[k].path, changes[i].properties[k].text);
        json_close_object(&j);
        json_close_object(&j);
    }
    json_close_array(&j);
    p->entity_changes = buf_text(&b);
    return NULL;
}

/* Who and where ------------------------------------------------------------------------------- */

struct person_look {
    const struct office *office;
    const char *id_number;
    int64_t entity_id;
};

static struct err *person_read(struct tx *tx, void *job)
{
    struct person_look *l = job;
    struct entity e;
    bool has_entity;
    TRY(registry_by_id_number(tx, l->office->tenant->id, l->office->tenant->secret, "residents",
                              l->id_number, &e, &has_entity));
    l->entity_id = has_entity ? e.id : 0;
    return NULL;
}

static const struct post *filing_post(const struct actor *who)
{
    const struct post *post = actor_post_for(who, RIGHT_CASE_INTAKE);
    return post ? post : actor_post_for(who, RIGHT_SUBMIT);
}

/* The village of the answer; else the filer's own; else the township. Staff file for places within
 * their own. */
static struct err *area_choose(struct arena *a, struct submission_plan *p, const struct actor *who,
                               const struct verdict *v)
{
    const struct areas *areas = catalogue_view(p->office->catalogue, a)->areas;
    const char *name = answer_named(v, p->version->service->applicant_area);
    const struct area *area = area_named(areas, name);
    const struct post *post = filing_post(who);
    const struct area *root = area_root(areas);
    p->area_id = area ? area->id : post ? post->area_id : root ? root->id : 0;
    if (post && post->area_id && !is_device(p->channel) &&
        !area_is_within(areas, p->area_id, post->area_id))
        return err_new(a, ERR_DENIED, "submission.area", "",
                       "%s lies outside your area. Ask a colleague of that place to file it.",
                       "%s 不在您负责的范围内，请由当地同事代为提交。", name);
    return NULL;
}

static int32_t identity_level(const struct submission_plan *p, const struct actor *who)
{
    if (text_equal(p->channel, "counter"))
        return 2;
    if (text_equal(p->channel, "helper"))
        return 1;
    return who->identity_level > 0 && !who->person_id ? who->identity_level : 0;
}

/* Each service names the level of identity that it needs; devices are kept whatever they send, and
 * a correction belongs to a case that was opened at that level. */
static struct err *identity_check(struct arena *a, const struct submission_plan *p,
                                  const struct actor *who, const char *replaces)
{
    if (*replaces || is_device(p->channel) ||
        identity_level(p, who) >= p->version->service->identity_level)
        return NULL;
    return err_new(
        a, ERR_DENIED, "submission.identity", "",
        "This service must know who you are: give the code of a receipt or letter, ask a "
        "helper who sees your card, or come to the counter.",
        "办这件事要先确认您是谁：请报回执或通知上的码，或请帮办员看过身份证代办，或到窗口办理。");
}

static const char *first_of(const char *a, const char *b)
{
    return *a ? a : b;
}

static struct err *opening_make(struct arena *a, struct submission_plan *p, const struct actor *who,
                                const struct submission_input *in, const struct verdict *v)
{
    const struct service *s = p->version->service;
    const unsigned char *secret = p->office->tenant->secret;
    const char *id = ident_normal(a, answer_named(v, s->applicant_id));
    const char *proxy_id = ident_normal(a, first_of(answer_named(v, s->proxy_id), in->proxy_id));
    const char *code = casefile_code(a, secret, p->instance_id);
    struct person_look look = {p->office, id, 0};
    if (*id)
        TRY(store_read(p->office->store, a, person_read, &look));
    p->opening = (struct casefile_opening){
        .service_id = p->version->service_id,
        .form_version_id = p->version->id,
        .area_id = p->area_id,
        .service = s,
        .channel = p->channel,
        .applicant_name = answer_named(v, s->applicant_name),
        .applicant_id = id,
        .applicant_phone = answer_named(v, s->applicant_phone),
        .applicant_id_hash = tenant_hash(a, secret, "id", id),
        .proxy_name = first_of(answer_named(v, s->proxy_name), in->proxy_name),
        .proxy_id = proxy_id,
        .proxy_id_hash = tenant_hash(a, secret, "id", proxy_id),
        .code = code,
        .code_hash = tenant_hash(a, secret, "code", code),
        .applicant_entity_id = look.entity_id,
        .identity_level = identity_level(p, who),
        .is_instant_granted = text_equal(s->case_kind, "instant") && p->is_acceptable,
    };
    return NULL;
}

static const char *channel_of(const struct actor *who, const struct submission_input *in)
{
    const struct post *post = actor_post_for(who, RIGHT_CASE_INTAKE);
    if (!text_equal(in->channel, "web") || !post)
        return in->channel;
    return text_equal(post->role, "helper") ? "helper" : "counter";
}

/* Prepare ------------------------------------------------------------------------------------- */

static struct err *instance_of(struct arena *a, const struct submission_input *in,
                               const struct record *head, const char **out)
{
    *out = first_of(head->instance_id, in->instance_id);
    bool is_other =
        *head->instance_id && *in->instance_id && !text_equal(head->instance_id, in->instance_id);
    if (!**out || is_other || strlen(*out) > 200)
        return err_new(a, ERR_INVALID, "submission.instance_id", "/meta/instanceID",
                       "The document needs one instance id, the same as in the request.",
                       "填报需要一个 instanceID，并与请求中的一致。");
    return NULL;
}

static struct err *files_plan(struct arena *a, struct submission_plan *p,
                              const struct submission_input *in, const struct verdict *v)
{
    struct buf sent_buf;
    buf_init(&sent_buf, a);
    bool takes_files = in->file_count || has_file_question(p->version);
    if (takes_files)
        TRY(files_sent(p, a, in, &sent_buf));
    const struct sent_file *sent = (const struct sent_file *)(const void *)sent_buf.data;
    size_t sent_count = sent_buf.size / sizeof *sent;
    if (!takes_files)
        return NULL;
    p->files = arena_array(a, sent_count + in->file_count + v->answer_count + 1, sizeof *p->files);
    for (size_t i = 0; i < v->answer_count; i++)
        if (*v->answers[i].text && is_file_question(p->version, v->answers[i].path))
            plan_file_add(p, v->answers[i].text, sent_find(sent, sent_count, v->answers[i].text));
    for (size_t i = 0; i < in->file_count; i++)
        plan_file_add(p, in->files[i].name, sent_find(sent, sent_count, in->files[i].name));
    return NULL;
}

static struct err *invalid(struct arena *a)
{
    return err_new(a, ERR_INVALID, "submission.invalid", "",
                   "Some answers need attention. Each is listed with its question.",
                   "有几处需要修改或补充，已逐一列出。");
}

struct err *submission_prepare(struct office *o, struct arena *a, const struct actor *who,
                               const struct submission_input *in, struct submission **out,
                               const char **findings_out)
{
    struct submission_plan *p = arena_alloc(a, sizeof *p);
    const struct form_version *version = NULL;
    struct record head;
    struct judged judged;
    *findings_out = "[]";
    TRY(record_peek_form(a, in->xml, in->xml_size, &head));
    TRY(version_find(o, a, in, &head, &version));
    CHECK(version);
    TRY(judge(o, a, in, version, &judged));
    *p = (struct submission_plan){.office = o,
                                  .version = version,
                                  .xml = in->xml,
                                  .device = in->device,
                                  .replaces = first_of(in->replaces, judged.record.deprecated_id),
                                  .is_incomplete = in->is_incomplete,
                                  .channel = channel_of(who, in),
                                  .draft_key_hash = ""};
    TRY(instance_of(a, in, &judged.record, &p->instance_id));
    TRY(files_plan(a, p, in, &judged.verdict));
    TRY(findings_make(a, p, in, &judged));
    *findings_out = p->findings;
    if (!p->is_acceptable && !is_device(in->channel))
        return invalid(a);
    p->hash = secret_sha256_hex(a, in->xml, in->xml_size);
    TRY(entities_make(a, p, judged.sheet));
    TRY(area_choose(a, p, who, &judged.verdict));
    TRY(identity_check(a, p, who, in->replaces));
    p->has_case = p->version->service->step_count > 0;
    TRY(opening_make(a, p, who, in, &judged.verdict));
    if (*in->draft && text_to_int(in->draft, &p->draft_id))
        p->draft_key_hash = tenant_hash(a, o->tenant->secret, "key", in->draft_key);
    struct submission *s = arena_alloc(a, sizeof *s);
    *s = (struct submission){.who = who, .plan = p};
    *out = s;
    return NULL;
}

/* Store --------------------------------------------------------------------------------------- */

QUERY(submission_insert,
      "insert into submissions (tenant, id, service_id, form_version_id, instance_id, replaces_id, "
      "xml, content_hash, received_at, channel, person_id, device, area_id, is_acceptable, "
      "findings, entity_changes, audit_lane, audit_seq) "
      "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
      "on conflict (tenant, service_id, instance_id) do nothing");
QUERY(submission_known,
      "select id, content_hash, received_at, audit_lane, audit_seq, replaces_id from submissions "
      "where tenant = $1 and service_id = $2 and instance_id = $3");
QUERY(submission_root, "select replaces_id from submissions where tenant = $1 and id = $2");
QUERY(submission_get,
      "select id, service_id, form_version_id, area_id, received_at, instance_id, xml, "
      "content_hash, channel, findings, entity_changes from submissions "
      "where tenant = $1 and id = $2");
QUERY(attachment_add,
      "insert into attachments (tenant, submission_id, name, blob_hash, size, media_type) "
      "values ($1, $2, $3, $4, $5, $6) on conflict (tenant, submission_id, name) do nothing");
QUERY(attachment_fill, "update attachments set blob_hash = $4, size = $5, media_type = $6 "
                       "where tenant = $1 and submission_id = $2 and name = $3 "
                       "and blob_hash = ''");
QUERY(attachment_list, "select name, blob_hash from attachments "
                       "where tenant = $1 and submission_id = $2 order by name");
QUERY(audit_hash_at, "select hash from audit_entries where tenant = $1 and lane = $2 and seq = $3");
QUERY(draft_close, "update drafts set ended_at = $4 where tenant = $1 and id = $2 "
                   "and key_hash = $3 and ended_at is null");

static struct err *insert(struct tx *tx, const struct submission *s, int64_t id, int64_t replaces,
                          int64_t audit_seq, bool *is_new_out)
{
    const struct submission_plan *p = s->plan;
    int64_t changed;
    TRY(sql_run(tx, &submission_insert,
                ARGS(sql_int(s->who->tenant), sql_int(id), sql_int(p->version->service_id),
                     sql_int(p->version->id), sql_text(p->instance_id),
                     sql_int_or_null(replaces, replaces != 0), sql_text(p->xml), sql_text(p->hash),
                     sql_int(tx_now_ms(tx)), sql_text(p->channel),
                     sql_int_or_null(s->who->person_id, s->who->person_id != 0),
                     sql_text(p->device), sql_int(p->area_id), sql_int(p->is_acceptable),
                     sql_text(p->findings), sql_text(p->entity_changes), sql_int(tx_lane(tx)),
                     sql_int(audit_seq)),
                &changed));
    *is_new_out = changed == 1;
    return NULL;
}

static struct err *other_file(struct arena *a, const char *name)
{
    return err_new(a, ERR_CONFLICT, "submission.file_other_content", name,
                   "Another file was sent before under the name %s.",
                   "名为 %s 的文件先前已经收到，内容不同。", name);
}

/* Each expected file has a row; what is missing is filled when it comes; what is there stays. */
static struct err *file_store(struct tx *tx, int64_t tenant, int64_t id, const struct plan_file *f)
{
    int64_t changed;
    if (*f->hash)
        TRY(store_blob_keep(tx, tenant, f->hash));
    TRY(sql_run(tx, &attachment_add,
                ARGS(sql_int(tenant), sql_int(id), sql_text(f->name), sql_text(f->hash),
                     sql_int(f->size), sql_text(f->media_type)),
                &changed));
    if (changed || !*f->hash)
        return NULL;
    return sql_run(tx, &attachment_fill,
                   ARGS(sql_int(tenant), sql_int(id), sql_text(f->name), sql_text(f->hash),
                        sql_int(f->size), sql_text(f->media_type)),
                   NULL);
}

static const struct plan_file *plan_file_find(const struct submission_plan *p, const char *name)
{
    for (size_t i = 0; i < p->file_count; i++)
        if (text_equal(p->files[i].name, name))
            return &p->files[i];
    return NULL;
}

/* The receipt is made from what the store holds, not from the request. */
static struct err *files_store(struct tx *tx, struct submission *s, int64_t id)
{
    const struct submission_plan *p = s->plan;
    struct arena *a = tx_arena(tx);
    for (size_t i = 0; i < p->file_count; i++)
        TRY(file_store(tx, s->who->tenant, id, &p->files[i]));
    s->receipt.present_count = s->receipt.missing_count = 0;
    if (!p->file_count && !has_file_question(p->version))
        return NULL;
    struct buf present, missing;
    buf_init(&present, a);
    buf_init(&missing, a);
    struct rows *r;
    TRY(sql_rows(tx, &attachment_list, ARGS(sql_int(s->who->tenant), sql_int(id)), &r));
    while (rows_next(r)) {
        const char *name = rows_text(r, 0), *hash = rows_text(r, 1);
        const struct plan_file *f = plan_file_find(p, name);
        if (f && *f->hash && *hash && !text_equal(f->hash, hash))
            return other_file(a, name);
        buf_bytes(*hash ? &present : &missing, &name, sizeof name);
    }
    TRY(rows_end(r));
    s->receipt.files_present = (const char *const *)(const void *)present.data;
    s->receipt.present_count = present.size / sizeof(char *);
    s->receipt.files_missing = (const char *const *)(const void *)missing.data;
    s->receipt.missing_count = missing.size / sizeof(char *);
    return NULL;
}

/* The case's id is the id of its first submission: walk back the corrections. */
static struct err *root_of(struct tx *tx, int64_t tenant, int64_t id, int64_t *root_out)
{
    *root_out = id;
    for (int depth = 0; depth < 100; depth++) {
        struct rows *r;
        bool has_row;
        TRY(sql_row(tx, &submission_root, ARGS(sql_int(tenant), sql_int(*root_out)), &r, &has_row));
        if (!has_row || rows_is_null(r, 0))
            return NULL;
        *root_out = rows_int(r, 0);
    }
    return NULL;
}

static struct err *case_receipt(struct tx *tx, struct submission *s, int64_t case_id, bool is_first)
{
    const struct submission_plan *p = s->plan;
    s->receipt.ref = s->receipt.code = s->receipt.outcome = "";
    if (!p->has_case)
        return NULL;
    s->receipt.case_id = case_id;
    if (is_first)
        s->receipt.code = p->opening.code;
    if (p->opening.is_instant_granted)
        s->receipt.outcome = "granted";
    return casefile_find_ref(tx, s->who->tenant, case_id, &s->receipt.ref);
}

/* It came before: the same bytes get the same receipt, other bytes change nothing. */
static struct err *store_known(struct tx *tx, struct submission *s)
{
    const struct submission_plan *p = s->plan;
    struct arena *a = tx_arena(tx);
    struct rows *r;
    bool has_row;
    TRY(sql_row(
        tx, &submission_known,
        ARGS(sql_int(s->who->tenant), sql_int(p->version->service_id), sql_text(p->instance_id)),
        &r, &has_row));
    if (!has_row || !text_equal(rows_text(r, 1), p->hash))
        return err_new(a, ERR_CONFLICT, "submission.other_content", "",
                       "Another submission with this id is kept already. Nothing was changed.",
                       "已收到同一编号、内容不同的填报，未作任何改动。");
    int64_t id = rows_int(r, 0), lane = rows_int(r, 3), root;
    bool is_first = rows_is_null(r, 5);
    s->was_known = true;
    s->receipt.received_at = rows_int(r, 2);
    s->receipt.sequence = rows_int(r, 4);
    TRY(sql_row(tx, &audit_hash_at,
                ARGS(sql_int(s->who->tenant), sql_int(lane), sql_int(s->receipt.sequence)), &r,
                &has_row));
    s->receipt.head_hash = has_row ? rows_text(r, 0) : "";
    TRY(files_store(tx, s, id));
    TRY(root_of(tx, s->who->tenant, id, &root));
    return case_receipt(tx, s, root, is_first);
}

static struct err *replaced_find(struct tx *tx, const struct submission *s, int64_t *id_out)
{
    *id_out = 0;
    if (!*s->plan->replaces)
        return NULL;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &submission_known,
                ARGS(sql_int(s->who->tenant), sql_int(s->plan->version->service_id),
                     sql_text(s->plan->replaces)),
                &r, &has_row));
    if (!has_row)
        return err_new(tx_arena(tx), ERR_MISSING, "submission.no_original", "",
                       "The submission that this one corrects is not here.",
                       "找不到要更正的那份填报。");
    *id_out = rows_int(r, 0);
    return NULL;
}

static struct err *case_store(struct tx *tx, struct submission *s, int64_t id, int64_t replaces)
{
    struct submission_plan *p = s->plan;
    int64_t root = id;
    if (!p->has_case)
        return *p->entity_changes ? registry_apply_submission(tx, s->who, id) : NULL;
    if (replaces) {
        TRY(root_of(tx, s->who->tenant, replaces, &root));
        TRY(casefile_corrected(tx, p->office, s->who, root, id));
        return case_receipt(tx, s, root, false);
    }
    struct casefile_opening opening = p->opening;
    opening.submission_id = id;
    struct casefile_opened opened;
    TRY(casefile_open(tx, s->who, &opening, &opened));
    s->receipt.case_id = opened.case_id;
    s->receipt.ref = opened.ref;
    s->receipt.code = opening.code;
    s->receipt.outcome = opened.outcome;
    bool is_settled = text_equal(opened.outcome, "granted") && *p->entity_changes;
    return is_settled ? registry_apply_submission(tx, s->who, id) : NULL;
}

static struct err *store_new(struct tx *tx, struct submission *s, int64_t id, int64_t replaces)
{
    const struct submission_plan *p = s->plan;
    TRY(audit_add(tx, s->who, "submission.create", p->instance_id,
                  p->is_acceptable ? "ok" : "flagged"));
    TRY(audit_head(tx, s->who->tenant, &s->receipt.sequence, &s->receipt.head_hash));
    s->receipt.received_at = tx_now_ms(tx);
    TRY(files_store(tx, s, id));
    TRY(case_store(tx, s, id, replaces));
    if (p->draft_id)
        TRY(sql_run(tx, &draft_close,
                    ARGS(sql_int(s->who->tenant), sql_int(p->draft_id), sql_text(p->draft_key_hash),
                         sql_int(tx_now_ms(tx))),
                    NULL));
    return audit_checkpoint(tx, p->office->signer, s->who->tenant, false);
}

struct err *submission_store(struct tx *tx, void *submission)
{
    struct submission *s = submission;
    s->was_known = false;
    s->receipt = (struct submission_receipt){.ref = "",
                                             .code = "",
                                             .outcome = "",
                                             .instance_id = s->plan->instance_id,
                                             .hash = s->plan->hash};
    int64_t replaces, seq, id = tx_new_id(tx);
    const char *head;
    bool is_new;
    TRY(replaced_find(tx, s, &replaces));
    TRY(audit_head(tx, s->who->tenant, &seq, &head));
    TRY(insert(tx, s, id, replaces, seq + 1, &is_new));
    return is_new ? store_new(tx, s, id, replaces) : store_known(tx, s);
}

struct err *submission_load(struct tx *tx, int64_t tenant, int64_t id, struct submission_kept *out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &submission_get, ARGS(sql_int(tenant), sql_int(id)), &r, &has_row));
    if (!has_row)
        return err_new(tx_arena(tx), ERR_MISSING, "submission.missing", "",
                       "There is no such submission.", "没有这份填报。");
    *out = (struct submission_kept){.id = rows_int(r, 0),
                                    .service_id = rows_int(r, 1),
                                    .form_version_id = rows_int(r, 2),
                                    .area_id = rows_int(r, 3),
                                    .received_at = rows_int(r, 4),
                                    .instance_id = rows_text(r, 5),
                                    .xml = rows_text(r, 6),
                                    .hash = rows_text(r, 7),
                                    .channel = rows_text(r, 8),
                                    .findings = rows_text(r, 9),
                                    .entity_changes = rows_text(r, 10)};
    out->xml_size = strlen(out->xml);
    return NULL;
}

static void names_put(struct json_out *j, const char *key, const char *const *names, size_t count)
{
    json_open_array(j, key);
    for (size_t i = 0; i < count; i++)
        json_put_text(j, NULL, names[i]);
    json_close_array(j);
}

void submission_write_receipt(struct json_out *j, const struct submission *s)
{
    const struct submission_receipt *r = &s->receipt;
    json_put_text(j, "ref", r->ref);
    json_put_text(j, "code", r->code);
    json_put_text(j, "instance_id", r->instance_id);
    json_put_text(j, "hash", r->hash);
    json_put_int(j, "sequence", r->sequence);
    json_put_int(j, "received_at", r->received_at);
    json_put_text(j, "head_hash", r->head_hash);
    names_put(j, "files_present", r->files_present, r->present_count);
    names_put(j, "files_missing", r->files_missing, r->missing_count);
    json_put_text(j, "outcome", r->outcome);
    json_put_text(j, "qr", *r->ref ? letter_qr(j->buf->arena, s->plan->office, r->ref) : "");
}
