/* Visits: each coming of the applicant to a counter, with its cause. */
#ifndef DOMAIN_VISIT_H
#define DOMAIN_VISIT_H

#include "domain/casefile.h"

struct visit_cause {
    const char *name, *label, *label_en;
    bool is_wasted; /* 白跑: nothing was done for him */
};
extern const struct visit_cause visit_causes[];               /* ends with name NULL */
const struct visit_cause *visit_cause_find(const char *name); /* or NULL */

/* store_work. Errors: ERR_INVALID visit.cause; ERR_MISSING case.missing. */
struct visit_new {
    struct office *office;
    const struct actor *who;
    const char *ref, *cause, *note;
    bool is_wasted;
};
MUST_CHECK struct err *visit_add_work(struct tx *tx, void *visit_new);

#endif
