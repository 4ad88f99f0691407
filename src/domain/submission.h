/* Submissions: prepared on the request's own thread (parse, judge, find files and person), stored
 * by the writer in few statements. Sending again is always safe: one instance id gives one row and
 * one receipt. People are told every fault; devices are kept and flagged. */
#ifndef DOMAIN_SUBMISSION_H
#define DOMAIN_SUBMISSION_H

#include "base/err.h"
#include "domain/actor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct office;
struct tx;

struct submission_file { /* sent with the submission, or before it as an upload */
    const char *name, *media_type, *hash;
    int64_t size;
};
struct submission_input {
    const char *channel; /* web, counter, helper, openrosa, import */
    const char *device, *language;
    const char *xml;
    size_t xml_size;
    const char *service, *version, *instance_id; /* "": what the document says */
    const char *key;                             /* of the uploads; "" = none */
    const struct submission_file *files;
    size_t file_count;
    const char *replaces; /* instance id of the submission that this corrects, "" */
    const char *draft;    /* id of the draft that ends with it, "" */
    const char *draft_key;
    const char *proxy_name, *proxy_id; /* "": what the form's questions say */
    bool is_incomplete;                /* OpenRosa: more files follow */
};
struct submission_finding {
    const char *path, *kind, *code, *message;
};
struct submission_receipt {
    const char *ref, *code; /* "" for a plain form */
    const char *instance_id, *hash, *head_hash, *outcome;
    int64_t sequence, received_at, case_id;
    const char *const *files_present, *const *files_missing;
    size_t present_count, missing_count;
};
struct submission {
    const struct actor *who;
    bool was_known; /* the same submission came before: same receipt */
    struct submission_receipt receipt;
    /* the rest is the module's own */
    struct submission_plan *plan;
};
/* Errors: ERR_INVALID xml.*, submission.invalid (findings, people only: see findings_out, which is
 * JSON, an array); ERR_MISSING submission.no_service; ERR_CONFLICT submission.version. No SQL for a
 * form that is live and has no files. */
MUST_CHECK struct err *submission_prepare(struct office *o, struct arena *a,
                                          const struct actor *who,
                                          const struct submission_input *in,
                                          struct submission **out, const char **findings_out);
/* ERR_CONFLICT submission.other_content; submission.file_other_content. store_work. */
MUST_CHECK struct err *submission_store(struct tx *tx, void *submission);
struct json_out;
void submission_write_receipt(struct json_out *j, const struct submission *s);

/* The submission as it was sent. ERR_MISSING. */
struct submission_kept {
    int64_t id, service_id, form_version_id, area_id, received_at;
    const char *instance_id, *xml, *hash, *channel, *findings, *entity_changes;
    size_t xml_size;
};
MUST_CHECK struct err *submission_load(struct tx *tx, int64_t tenant, int64_t id,
                                       struct submission_kept *out);

#endif
