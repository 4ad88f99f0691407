/* The catalogue: every service that is published, with its form loaded. One immutable snapshot,
 * swapped whole after a publication and shared by all threads, so that a submission finds its form
 * without SQL. Publishing: check reports every fault; publish is atomic; equal content is the same
 * version, other content under the same version is refused. */
#ifndef DOMAIN_CATALOGUE_H
#define DOMAIN_CATALOGUE_H

#include "base/err.h"
#include "domain/actor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct areas;
struct book;
struct form;
struct json_out;
struct office;
struct preview_shelf;
struct service;
struct store;
struct tx;
struct xlsform_result;

struct catalogue;
struct form_media {
    const char *name, *hash, *media_type; /* hash: SHA-256 hex of the blob */
};
struct form_question { /* what the server itself needs to know of a question */
    const char *path;  /* without positions */
    const char *name, *save_to;
    bool is_file;
};
struct form_version {
    int64_t service_id, id;
    const char *code, *version, *title;
    const struct form *form;
    const struct service *service; /* never NULL: a plain form has one with the texts "" */
    const char *service_json;
    const void *image;
    size_t image_size;
    const char *image_hash; /* SHA-256 hex */
    const char *xform;
    size_t xform_size;
    const char *xform_md5; /* hex, for OpenRosa */
    const struct form_media *media;
    size_t media_count;
    const struct form_question *questions; /* document order */
    size_t question_count;
    const char *entity_list; /* registry that save_to writes, "" */
    int64_t published_at;
    const char *published_by;
};
struct catalogue_view {
    const struct form_version *const *live; /* by code */
    size_t count;
    const struct areas *areas;
};
MUST_CHECK struct err *catalogue_new(struct arena *a, struct store *store, int64_t tenant,
                                     struct catalogue **out);
/* Read it anew and swap; also the areas. Any thread. */
MUST_CHECK struct err *catalogue_reload(struct catalogue *c, struct arena *a);
/* The same, if another process has published since. */
MUST_CHECK struct err *catalogue_refresh(struct catalogue *c, struct arena *a);
/* The snapshot of now; held until a is freed. */
const struct catalogue_view *catalogue_view(struct catalogue *c, struct arena *a);
const struct form_version *catalogue_live(const struct catalogue_view *v, const char *code);
/* Any version, live or old, by its id or by code and version (old ones are read and loaded into
 * tx's arena). ERR_MISSING. */
MUST_CHECK struct err *catalogue_version(struct catalogue *c, struct tx *tx, int64_t id,
                                         const struct form_version **out);
MUST_CHECK struct err *catalogue_version_named(struct catalogue *c, struct tx *tx, const char *code,
                                               const char *version,
                                               const struct form_version **out);
/* By everyday words: title, keywords, code; "" gives all. Best first. */
size_t catalogue_search(struct arena *a, const struct catalogue_view *v, const char *words,
                        const struct form_version ***found_out);
/* Bytes by hash: an image of a live form. ERR_MISSING. */
MUST_CHECK struct err *catalogue_image(struct office *o, struct arena *a, const char *hash,
                                       const void **bytes_out, size_t *size_out);
MUST_CHECK struct err *catalogue_media(struct office *o, struct arena *a, const char *hash,
                                       const void **bytes_out, size_t *size_out,
                                       const char **media_type_out);
/* code is that of a live service: 200 JSON of GET /v1/services and /v1/services/:code. */
void catalogue_write_list(struct json_out *j, struct arena *a, const struct catalogue_view *v,
                          const char *words, const char *language);
void catalogue_write_service(struct json_out *j, const struct form_version *v);

/* Publishing -------------------------------------------------------------------------------- */

struct publish_file { /* media beside the workbook */
    const char *name, *media_type, *blob_hash;
};
struct publish_input {
    const void *bytes;
    size_t size;
    const void *with_bytes; /* only for an XForm: a workbook whose sheets service, materials, steps,
                               actions, letters belong to it; NULL = plain form */
    size_t with_size;
    const struct publish_file *files; /* already kept as uploads (store_blob_finish) */
    size_t file_count;
};
struct publish {
    struct office *office;
    const struct actor *who;
    const char *kind; /* xlsx, md, json, xform */
    const void *bytes;
    size_t size;
    const struct book *book;               /* NULL for an XForm */
    const struct xlsform_result *compiled; /* NULL for an XForm: names the cells of faults */
    struct notes notes;
    const char *code, *version, *title, *content_hash;
    const struct service *service;
    const char *service_json, *xml;
    size_t xml_size;
    const void *image;
    size_t image_size;
    const char *image_hash;
    const char *entity_list, *entity_properties; /* JSON */
    const struct publish_file *files;
    size_t file_count;
    bool can_publish, is_unchanged;
    int64_t open_cases; /* that stay on the version they were submitted with */
    int64_t version_id; /* out of publish_work */
};
/* Read, compile, load: every fault is a note. Errors only for what is no workbook at all. Request's
 * thread; slow. */
MUST_CHECK struct err *publish_check(struct office *o, struct arena *a, const struct actor *who,
                                     const struct publish_input *in, struct publish **out);
/* ERR_INVALID workbook.faulty; ERR_CONFLICT version.taken. */
MUST_CHECK struct err *publish_work(struct tx *tx, void *publish);
/* Why it cannot be published: version.taken or workbook.faulty. */
struct err *publish_refusal(struct arena *a, const struct publish *p);
/* After the commit: the new catalogue. */
MUST_CHECK struct err *publish_done(struct publish *p, struct arena *a);
/* Keeps the image of a check for its preview, under its hash, until the next 32 checks. */
void publish_preview_keep(struct office *o, const struct publish *p);
MUST_CHECK struct err *publish_preview(struct office *o, struct arena *a, const char *hash,
                                       const void **bytes_out, size_t *size_out);
/* The workbook with its faults as cell comments. */
MUST_CHECK struct err *publish_annotated(struct arena *a, const struct publish *p,
                                         const void **bytes_out, size_t *size_out);
/* The workbook of the live version, as it was or in the other form. format: xlsx, md. */
MUST_CHECK struct err *publish_workbook(struct office *o, struct arena *a, const char *code,
                                        const char *format, const void **bytes_out,
                                        size_t *size_out);
MUST_CHECK struct err *preview_shelf_new(struct arena *a, struct preview_shelf **out);

#endif
