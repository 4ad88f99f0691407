/* Drafts: answers kept before they are submitted, resumed on another device or at the counter by an
 * eight-digit code; and files sent before their submission. What protects both is a key that only
 * the filling-in knows. */
#ifndef DOMAIN_DRAFT_H
#define DOMAIN_DRAFT_H

#include "base/err.h"
#include "domain/actor.h"

#include <stddef.h>
#include <stdint.h>

struct json_out;
struct office;
struct tx;

struct draft_new {
    struct office *office;
    const struct actor *who;
    const char *service, *instance_id, *answers; /* JSON [{path,text}] */
    int64_t id;                                  /* out */
    const char *code, *key;                      /* out */
};
/* ERR_MISSING submission.no_service. store_work. */
MUST_CHECK struct err *draft_new_work(struct tx *tx, void *draft_new);

struct draft_save {
    struct office *office;
    const struct actor *who;
    int64_t id, version; /* version: in what was read, out what is now */
    const char *key, *answers;
};
/* ERR_CONFLICT draft.changed; ERR_MISSING draft.missing (also with a wrong key). store_work. */
MUST_CHECK struct err *draft_save_work(struct tx *tx, void *draft_save);

struct draft_open {
    struct office *office;
    const struct actor *who;
    const char *code;
    int64_t id, version; /* out */
    const char *key, *service, *instance_id, *answers;
    const struct draft_file {
        const char *name;
        int64_t size;
    } * files;
    size_t file_count;
    struct err *refusal; /* out: ERR_MISSING draft.missing */
};
MUST_CHECK struct err *draft_open_work(struct tx *tx, void *draft_open);

struct upload_new {
    struct office *office;
    const struct actor *who;
    const char *instance_id, *name, *media_type, *blob_hash, *key;
    int64_t size;
};
/* A file of the same name and key replaces the one before; ERR_DENIED upload.key for another key;
 * ERR_INVALID upload.name. store_work. */
MUST_CHECK struct err *upload_work(struct tx *tx, void *upload_new);

#endif
