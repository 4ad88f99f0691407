/* The catalogue in memory: a snapshot with its own arena, counted references, swapped whole. */
#include "domain/catalogue.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/gm.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/office.h"
#include "domain/tenant.h"
#include "engine/form.h"
#include "formats/json.h"
#include "formats/xml.h"
#include "forms/service.h"
#include "store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct snapshot {
    struct arena *arena;
    struct catalogue *owner;
    struct catalogue_view view;
    int64_t change; /* newest row of service_changes */
    long holders;   /* under the owner's lock */
};
struct catalogue {
    struct store *store;
    int64_t tenant;
    pthread_mutex_t lock;
    struct snapshot *now; /* NULL before the first load */
};

static void snapshot_release(void *thing)
{
    struct snapshot *s = thing;
    struct catalogue *c = s->owner;
    (void)pthread_mutex_lock(&c->lock);
    bool is_last = --s->holders == 0;
    (void)pthread_mutex_unlock(&c->lock);
    if (is_last)
        arena_free(s->arena);
}

/* One version --------------------------------------------------------------------------------- */

#define VERSION_COLUMNS                                                                            \
    "v.service_id, v.id, s.code, v.version, v.title, v.xform, v.image, v.service_json, "           \
    "v.published_at, coalesce(p.name, '') "                                                        \
    "from form_versions v join services s on s.tenant = v.tenant and s.id = v.service_id "         \
    "left join persons p on p.tenant = v.tenant and p.id = v.published_by "
QUERY(versions_live, "select " VERSION_COLUMNS "join live_versions l on l.tenant = v.tenant "
                     "and l.form_version_id = v.id where v.tenant = $1 order by s.code");
QUERY(version_by_id, "select " VERSION_COLUMNS "where v.tenant = $1 and v.id = $2");
QUERY(version_by_name,
      "select " VERSION_COLUMNS "where v.tenant = $1 and s.code = $2 and v.version = $3");
QUERY(version_media, "select name, blob_hash, media_type from form_media "
                     "where tenant = $1 and form_version_id = $2 order by name");

static const char *local_attribute(const struct xml_node *n, const char *name)
{
    for (size_t i = 0; i < n->attribute_count; i++)
        if (text_equal(n->attributes[i].name, name))
            return n->attributes[i].value;
    return "";
}

static const char *last_segment(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

struct scan {
    struct arena *arena;
    struct buf questions;
    const char *entity_list;
};

static void scan_bind(struct scan *s, const struct xml_node *n)
{
    const char *path = local_attribute(n, "nodeset");
    const struct form_question q = {
        .path = arena_text(s->arena, path),
        .name = arena_text(s->arena, last_segment(path)),
        .save_to = arena_text(s->arena, local_attribute(n, "saveto")),
        .is_file = text_equal(local_attribute(n, "type"), "binary"),
    };
    buf_bytes(&s->questions, &q, sizeof q);
}

/* What the server itself needs of a form: which questions hold files, which feed a registry. */
static void scan_node(struct scan *s, const struct xml_node *n)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next) {
        if (c->kind != XML_ELEMENT)
            continue;
        if (text_equal(c->name, "bind"))
            scan_bind(s, c);
        else if (text_equal(c->name, "entity") && *local_attribute(c, "dataset"))
            s->entity_list = arena_text(s->arena, local_attribute(c, "dataset"));
        if (!text_equal(c->name, "body"))
            scan_node(s, c);
    }
}

static struct err *version_scan(struct arena *a, struct form_version *v)
{
    const struct xml_node *root;
    TRY(xml_read(a, v->xform, v->xform_size, &root));
    struct scan s = {.arena = a, .entity_list = ""};
    buf_init(&s.questions, a);
    scan_node(&s, root);
    v->questions = (const struct form_question *)(const void *)s.questions.data;
    v->question_count = s.questions.size / sizeof *v->questions;
    v->entity_list = s.entity_list;
    return NULL;
}

static const char *md5_hex(struct arena *a, const char *text, size_t size)
{
    unsigned char digest[GM_MD5];
    gm_md5(text, size, digest);
    return secret_hex(a, digest, sizeof digest);
}

static struct form_version *version_row(struct tx *tx, const struct rows *r)
{
    struct form_version *v = arena_alloc(tx_arena(tx), sizeof *v);
    *v = (struct form_version){.service_id = rows_int(r, 0),
                               .id = rows_int(r, 1),
                               .code = rows_text(r, 2),
                               .version = rows_text(r, 3),
                               .title = rows_text(r, 4),
                               .xform = rows_text(r, 5),
                               .service_json = rows_text(r, 7),
                               .published_at = rows_int(r, 8),
                               .published_by = rows_text(r, 9)};
    v->xform_size = strlen(v->xform);
    v->image = rows_bytes(r, 6, &v->image_size);
    return v;
}

static struct err *version_media_load(struct tx *tx, int64_t tenant, struct form_version *v)
{
    struct buf all;
    buf_init(&all, tx_arena(tx));
    struct rows *r;
    TRY(sql_rows(tx, &version_media, ARGS(sql_int(tenant), sql_int(v->id)), &r));
    while (rows_next(r)) {
        const struct form_media m = {rows_text(r, 0), rows_text(r, 1), rows_text(r, 2)};
        buf_bytes(&all, &m, sizeof m);
    }
    v->media = (const struct form_media *)(const void *)all.data;
    v->media_count = all.size / sizeof *v->media;
    return rows_end(r);
}

static struct err *version_fill(struct tx *tx, int64_t tenant, struct form_version *v)
{
    struct arena *a = tx_arena(tx);
    v->image_hash = secret_sha256_hex(a, v->image, v->image_size);
    v->xform_md5 = md5_hex(a, v->xform, v->xform_size);
    TRY(form_load(a, v->image, v->image_size, &v->form));
    TRY(service_read_json(a, v->service_json, strlen(v->service_json), &v->service));
    TRY(version_scan(a, v));
    return version_media_load(tx, tenant, v);
}

/* Snapshots ----------------------------------------------------------------------------------- */

QUERY(change_newest, "select coalesce(max(id), 0) from service_changes where tenant = $1");

static struct err *newest_change(struct tx *tx, int64_t tenant, int64_t *out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &change_newest, ARGS(sql_int(tenant)), &r, &has_row));
    *out = rows_int(r, 0);
    return NULL;
}

static struct err *snapshot_load(struct tx *tx, void *job)
{
    struct snapshot *s = job;
    int64_t tenant = s->owner->tenant;
    const struct tenant *t;
    TRY(tenant_load_id(tx, tenant, &t));
    TRY(newest_change(tx, tenant, &s->change));
    TRY(areas_load(tx, tenant, tenant_day(t, tx_now_ms(tx)), &s->view.areas));
    struct buf all;
    buf_init(&all, tx_arena(tx));
    struct rows *r;
    TRY(sql_rows(tx, &versions_live, ARGS(sql_int(tenant)), &r));
    while (rows_next(r)) {
        struct form_version *v = version_row(tx, r);
        buf_bytes(&all, &v, sizeof v);
    }
    TRY(rows_end(r));
    s->view.live = (const struct form_version *const *)(const void *)all.data;
    s->view.count = all.size / sizeof(struct form_version *);
    struct form_version **list = (struct form_version **)(void *)all.data;
    for (size_t i = 0; i < s->view.count; i++)
        TRY(version_fill(tx, tenant, list[i]));
    return NULL;
}

static void catalogue_close(void *thing)
{
    struct catalogue *c = thing;
    if (c->now)
        snapshot_release(c->now);
    (void)pthread_mutex_destroy(&c->lock);
}

struct err *catalogue_new(struct arena *a, struct store *store, int64_t tenant,
                          struct catalogue **out)
{
    struct catalogue *c = arena_alloc(a, sizeof *c);
    c->store = store;
    c->tenant = tenant;
    (void)pthread_mutex_init(&c->lock, NULL);
    arena_defer(a, catalogue_close, c);
    *out = c;
    return NULL;
}

struct err *catalogue_reload(struct catalogue *c, struct arena *a)
{
    struct arena *own = arena_new();
    struct snapshot *s = arena_alloc(own, sizeof *s);
    *s = (struct snapshot){.arena = own, .owner = c, .holders = 1};
    struct err *e = err_copy(a, store_read(c->store, own, snapshot_load, s));
    if (e) {
        arena_free(own);
        return e;
    }
    (void)pthread_mutex_lock(&c->lock);
    struct snapshot *before = c->now;
    c->now = s;
    (void)pthread_mutex_unlock(&c->lock);
    if (before)
        snapshot_release(before);
    return NULL;
}

struct freshness {
    int64_t tenant, change;
};

static struct err *freshness_read(struct tx *tx, void *job)
{
    struct freshness *f = job;
    return newest_change(tx, f->tenant, &f->change);
}

struct err *catalogue_refresh(struct catalogue *c, struct arena *a)
{
    struct freshness f = {.tenant = c->tenant};
    TRY(store_read(c->store, a, freshness_read, &f));
    (void)pthread_mutex_lock(&c->lock);
    bool is_fresh = c->now && c->now->change == f.change;
    (void)pthread_mutex_unlock(&c->lock);
    return is_fresh ? NULL : catalogue_reload(c, a);
}

const struct catalogue_view *catalogue_view(struct catalogue *c, struct arena *a)
{
    (void)pthread_mutex_lock(&c->lock);
    struct snapshot *s = c->now;
    s->holders++;
    (void)pthread_mutex_unlock(&c->lock);
    arena_defer(a, snapshot_release, s);
    return &s->view;
}

const struct form_version *catalogue_live(const struct catalogue_view *v, const char *code)
{
    size_t low = 0, high = v->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(v->live[middle]->code, code);
        if (order == 0)
            return v->live[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    /* The database may sort by another rule than bytes. */
    for (size_t i = 0; i < v->count; i++)
        if (text_equal(v->live[i]->code, code))
            return v->live[i];
    return NULL;
}

static struct err *version_from(struct catalogue *c, struct tx *tx, struct rows *r, bool has_row,
                                const struct form_version **out)
{
    if (!has_row)
        return err_new(tx_arena(tx), ERR_MISSING, "service.no_version", "",
                       "There is no such version of this service.", "没有该事项的这个版本。");
    struct form_version *v = version_row(tx, r);
    TRY(version_fill(tx, c->tenant, v));
    *out = v;
    return NULL;
}

struct err *catalogue_version(struct catalogue *c, struct tx *tx, int64_t id,
                              const struct form_version **out)
{
    const struct catalogue_view *view = catalogue_view(c, tx_arena(tx));
    for (size_t i = 0; i < view->count; i++)
        if (view->live[i]->id == id) {
            *out = view->live[i];
            return NULL;
        }
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &version_by_id, ARGS(sql_int(c->tenant), sql_int(id)), &r, &has_row));
    return version_from(c, tx, r, has_row, out);
}

struct err *catalogue_version_named(struct catalogue *c, struct tx *tx, const char *code,
                                    const char *version, const struct form_version **out)
{
    const struct catalogue_view *view = catalogue_view(c, tx_arena(tx));
    const struct form_version *live = catalogue_live(view, code);
    if (live && text_equal(live->version, version)) {
        *out = live;
        return NULL;
    }
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &version_by_name, ARGS(sql_int(c->tenant), sql_text(code), sql_text(version)),
                &r, &has_row));
    return version_from(c, tx, r, has_row, out);
}

/* Finding ------------------------------------------------------------------------------------- */

static bool contains_part(const char *text, const char *part, size_t size, struct arena *a)
{
    return strstr(text, arena_copy(a, part, size)) != NULL;
}

/* Whole words first; else by how many neighbouring characters (and single ones) are found. Works
 * for one character, for two, and for a sentence that only contains the service's words. */
static int64_t match(struct arena *a, const struct form_version *v, const char *words)
{
    const struct service *s = v->service;
    const char *title = text_lower(a, text_print(a, "%s %s", v->title, s->title_en));
    const char *text = text_lower(a, text_print(a, "%s %s %s", title, s->keywords, v->code));
    if (strstr(title, words))
        return 2000;
    if (strstr(text, words))
        return 1000;
    int64_t pairs = 0, pairs_found = 0;
    for (const char *p = words; *p;) {
        const char *second = p;
        (void)text_next(&second);
        const char *end = second;
        if (!*second)
            break;
        (void)text_next(&end);
        pairs++;
        pairs_found += contains_part(text, p, (size_t)(end - p), a);
        p = second;
    }
    return pairs_found && pairs_found * 3 >= pairs ? pairs_found * 100 / pairs : 0;
}

struct found {
    const struct form_version *version;
    int64_t score;
};

static int by_score(const void *x, const void *y)
{
    const struct found *a = x, *b = y;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return strcmp(a->version->code, b->version->code);
}

size_t catalogue_search(struct arena *a, const struct catalogue_view *v, const char *words,
                        const struct form_version ***found_out)
{
    const char *wanted = text_lower(a, text_collapse(a, words));
    struct found *found = arena_array(a, v->count + 1, sizeof *found);
    size_t count = 0;
    for (size_t i = 0; i < v->count; i++) {
        int64_t score = *wanted ? match(a, v->live[i], wanted) : 1;
        if (score)
            found[count++] = (struct found){v->live[i], score};
    }
    qsort(found, count, sizeof *found, by_score);
    const struct form_version **list = arena_array(a, count + 1, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = found[i].version;
    *found_out = list;
    return count;
}

/* Bytes by hash ------------------------------------------------------------------------------- */

static struct err *no_file(struct arena *a)
{
    return err_new(a, ERR_MISSING, "file.missing", "", "There is no such file.", "没有这个文件。");
}

struct err *catalogue_image(struct office *o, struct arena *a, const char *hash,
                            const void **bytes_out, size_t *size_out)
{
    const struct catalogue_view *v = catalogue_view(o->catalogue, a);
    for (size_t i = 0; i < v->count; i++)
        if (text_equal(v->live[i]->image_hash, hash)) {
            *bytes_out = v->live[i]->image;
            *size_out = v->live[i]->image_size;
            return NULL;
        }
    return no_file(a);
}

QUERY(media_by_hash, "select media_type from form_media where tenant = $1 and blob_hash = $2 "
                     "limit 1");

struct media_job {
    int64_t tenant;
    const char *hash, *media_type;
};

static struct err *media_read(struct tx *tx, void *job)
{
    struct media_job *m = job;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &media_by_hash, ARGS(sql_int(m->tenant), sql_text(m->hash)), &r, &has_row));
    if (!has_row)
        return no_file(tx_arena(tx));
    m->media_type = rows_text(r, 0);
    return NULL;
}

struct err *catalogue_media(struct office *o, struct arena *a, const char *hash,
                            const void **bytes_out, size_t *size_out, const char **media_type_out)
{
    struct media_job job = {o->tenant->id, hash, ""};
    TRY(store_read(o->store, a, media_read, &job));
    *media_type_out = job.media_type;
    return store_blob_read(o->store, a, o->tenant->id, hash, bytes_out, size_out);
}

/* JSON ---------------------------------------------------------------------------------------- */

static void list_item(struct json_out *j, const struct form_version *v, const char *language)
{
    const struct service *s = v->service;
    bool in_english = text_equal(language, "en") && *s->title_en;
    json_open_object(j, NULL);
    json_put_text(j, "code", v->code);
    json_put_text(j, "title", in_english ? s->title_en : v->title);
    json_put_text(j, "picture", s->picture);
    json_put_text(j, "keywords", s->keywords);
    json_put_text(j, "case_kind", s->case_kind);
    json_put_int(j, "limit_promised", s->limit_promised);
    json_put_text(j, "limit_promised_unit", s->limit_promised_unit);
    json_put_int(j, "visits", s->visits);
    json_close_object(j);
}

void catalogue_write_list(struct json_out *j, struct arena *a, const struct catalogue_view *v,
                          const char *words, const char *language)
{
    const struct form_version **found;
    size_t count = catalogue_search(a, v, words, &found);
    json_open_array(j, "services");
    for (size_t i = 0; i < count; i++)
        list_item(j, found[i], language);
    json_close_array(j);
}

static void form_write_public(struct json_out *j, struct arena *a, const struct form_version *v)
{
    json_open_object(j, "form");
    json_put_text(j, "image", text_print(a, "/v1/images/%s", v->image_hash));
    json_open_object(j, "media");
    for (size_t i = 0; i < v->media_count; i++)
        json_put_text(j, v->media[i].name, text_print(a, "/v1/media/%s", v->media[i].hash));
    json_close_object(j);
    json_open_array(j, "languages");
    for (size_t i = 0; form_languages(v->form, i); i++)
        json_put_text(j, NULL, form_languages(v->form, i));
    json_close_array(j);
    json_close_object(j);
}

void catalogue_write_service(struct json_out *j, const struct form_version *v)
{
    struct arena *a = j->buf->arena;
    const struct json *service;
    if (json_read(a, v->service_json, strlen(v->service_json), &service))
        return; /* our own words, checked when the version was loaded */
    for (size_t i = 0; i < json_count(service); i++) {
        const char *key = json_key_at(service, i);
        json_put_value(j, key, json_get(service, key));
    }
    form_write_public(j, a, v);
}
