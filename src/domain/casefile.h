/* Casefile: an application on its way, from opening to rating. Every verb is one transaction with
 * one audit entry. The office's rules of steps are in flow; this file's module writes down
 * outcomes. */
#ifndef DOMAIN_CASEFILE_H
#define DOMAIN_CASEFILE_H

#include "base/err.h"
#include "domain/actor.h"
#include "forms/service.h"

struct tx;

/* Handed over by submission_store() when a submission of a service with steps is kept. */
struct casefile_opening {
    int64_t service_id, form_version_id, submission_id, area_id;
    const struct service *service;
    const char *channel;
    const char *applicant_name, *applicant_id, *applicant_phone; /* id normalised, "" unknown */
    const char *proxy_name, *proxy_id;
    int64_t applicant_entity_id; /* 0 unknown */
    int32_t identity_level;
    bool is_instant_granted; /* 即办件 whose verdict is clean: decided at once */
};
struct casefile_opened {
    int64_t case_id;
    const char *ref, *code; /* code: six digits, shown once */
};
MUST_CHECK struct err *casefile_open(struct tx *tx, const struct actor *who,
                                     const struct casefile_opening *o,
                                     struct casefile_opened *opened_out);
/* A corrected submission arrived for an open case that waits for the applicant. */
MUST_CHECK struct err *casefile_corrected(struct tx *tx, const struct actor *who, int64_t case_id,
                                          int64_t submission_id);

#endif
