/* Casefile: an application on its way, from opening to rating. Every verb is one transaction with
 * one audit entry. The office's rules of steps are in flow; this module writes down outcomes: facts
 * are rows of case_events (with clock_events, notices, visits, ratings, letters), and case_states
 * and work_items follow from them in the same transaction. A foreign case is missing. */
#ifndef DOMAIN_CASEFILE_H
#define DOMAIN_CASEFILE_H

#include "base/day.h"
#include "base/err.h"
#include "domain/actor.h"
#include "forms/service.h"

struct arena;
struct json;
struct json_out;
struct notes;
struct office;
struct tx;
struct workflow;

/* Opening ------------------------------------------------------------------------------------ */

/* Handed over by submission_store() when a submission of a service with steps is kept. The case's
 * id is the submission's. Hashes are tenant_hash(). */
struct casefile_opening {
    int64_t service_id, form_version_id, submission_id, area_id;
    const struct service *service;
    const char *channel;
    const char *applicant_name, *applicant_id, *applicant_phone; /* id normalised, "" unknown */
    const char *applicant_id_hash;
    const char *proxy_name, *proxy_id, *proxy_id_hash;
    const char *code, *code_hash; /* six digits, shown on the receipt */
    int64_t applicant_entity_id;  /* 0 unknown */
    int32_t identity_level;
    bool is_instant_granted; /* 即办件 whose verdict is clean: decided at once */
};
struct casefile_opened {
    int64_t case_id;
    const char *ref, *code, *outcome; /* outcome: "" or granted */
};
/* Four inserts and one look-up; the audit entry is the submission's. */
MUST_CHECK struct err *casefile_open(struct tx *tx, const struct actor *who,
                                     const struct casefile_opening *o,
                                     struct casefile_opened *opened_out);
/* The number of a case that exists. ERR_MISSING. */
MUST_CHECK struct err *casefile_find_ref(struct tx *tx, int64_t tenant, int64_t case_id,
                                         const char **ref_out);
/* The six digits of a receipt: they follow from the instance id, so that the same submission, sent
 * again, gets the same receipt, and a letter can print them though only their hash is kept. */
const char *casefile_code(struct arena *a, const unsigned char *tenant_secret,
                          const char *instance_id);
/* Six digits in groups, to be read out: "417 028". */
const char *casefile_code_groups(struct arena *a, const char *code);

/* Steps and actions of a service as flow sees them; conditions hold until judged otherwise. */
void casefile_workflow(struct arena *a, const struct service *s, struct workflow *out);

/* Acting ------------------------------------------------------------------------------------- */

struct casefile_item {                  /* of a notice: what is missing and how to mend it */
    const char *path, *material, *text; /* one of path and material may be "" */
};
struct casefile_sent { /* kind: "" or signature */
    const char *name, *hash, *kind;
};
/* One act of staff. casefile_act_prepare() judges the conditions of the actions in a snapshot (own
 * thread); casefile_act_work() is a store_work. Errors: ERR_CONFLICT case.changed: the case is no
 * longer what the actor saw; those of flow_apply(). */
struct casefile_act {
    struct office *office;
    const struct actor *who;
    const char *ref, *action; /* "take-back": take back what I did last */
    int64_t version;
    const char *reason, *note;
    const struct casefile_item *items;
    size_t item_count;
    const char *const *labels; /* of the items; from prepare, NULL without it */
    const char *visit_cause;   /* "" = no visit with this act */
    bool has_told_on;
    day told_on; /* of a stop: day of the written notice */
    int32_t amount;
    const struct casefile_sent *files; /* uploaded before with casefile_upload_work() */
    size_t file_count;
    const bool *conditions; /* by index of the service's actions; from prepare */
    const char *letter;     /* out: letter that the act calls for, "" = none */
    int64_t case_id;        /* out */
};
MUST_CHECK struct err *casefile_act_prepare(struct arena *a, struct casefile_act *act);
MUST_CHECK struct err *casefile_act_work(struct tx *tx, void *act);

/* A file for an act that this person will take on the case; of the same name it replaces the one
 * before. store_work. ERR_MISSING case.missing, ERR_INVALID upload.name. */
struct casefile_upload {
    struct office *office;
    const struct actor *who;
    const char *ref, *name, *media_type, *hash;
    int64_t size;
};
MUST_CHECK struct err *casefile_upload_work(struct tx *tx, void *upload);

/* The applicant withdraws (a tracking session). store_work. ERR_CONFLICT flow.not_now. */
struct casefile_withdrawal {
    struct office *office;
    const struct actor *who;
    const char *reason;
};
MUST_CHECK struct err *casefile_withdraw_work(struct tx *tx, void *withdrawal);

/* A corrected submission arrived for a case that waits for the applicant. Its actor is the proven
 * applicant, or a member of staff in whose area the case lies. Errors: ERR_MISSING;
 * ERR_CONFLICT flow.not_now. */
MUST_CHECK struct err *casefile_corrected(struct tx *tx, struct office *o, const struct actor *who,
                                          int64_t case_id, int64_t submission_id);

/* The full ID number and phone, for a stated reason; audited. store_work. */
struct casefile_unmask {
    struct office *office;
    const struct actor *who;
    const char *ref, *reason;
    const char *id_number, *phone; /* out */
};
MUST_CHECK struct err *casefile_unmask_work(struct tx *tx, void *unmask);

/* A claim code for the applicant (eight digits, once, 14 days): proves him for the registries.
 * store_work. */
struct casefile_claim {
    struct office *office;
    const struct actor *who;
    const char *ref;
    const char *code; /* out */
};
MUST_CHECK struct err *casefile_claim_work(struct tx *tx, void *claim);

/* Looking (docs/api.md gives the members) ------------------------------------------------------ */

MUST_CHECK struct err *casefile_write_staff(struct tx *tx, struct json_out *j, struct office *o,
                                            const struct actor *who, const char *ref,
                                            const char *language);
/* The applicant's view; case_id as proven by the session (or of the receipt just given). */
MUST_CHECK struct err *casefile_write_applicant(struct tx *tx, struct json_out *j, struct office *o,
                                                int64_t case_id, const char *language);
/* A file of the current submission, by name. Blob hash and type; ERR_MISSING. Audited by the caller
 * through casefile_file_audit(), since reading cannot write. */
MUST_CHECK struct err *casefile_file(struct tx *tx, struct office *o, const struct actor *who,
                                     const char *ref, const char *name, const char **hash_out,
                                     const char **media_type_out);
/* A file of an act: the event's number and the name. */
MUST_CHECK struct err *casefile_event_file(struct tx *tx, struct office *o, const struct actor *who,
                                           const char *ref, int64_t seq, const char *name,
                                           const char **hash_out, const char **media_type_out);

/* Derived ------------------------------------------------------------------------------------ */

/* case_states and work_items anew from the facts. The tables are empty or hold what is replaced. */
MUST_CHECK struct err *casefile_rebuild(struct tx *tx, struct office *o);
/* The indexes of due days of open cases anew: after a calendar was loaded. */
MUST_CHECK struct err *casefile_recount(struct tx *tx, struct office *o);

#endif
