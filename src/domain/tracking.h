/* Tracking without an account: the number of the case or its six digits, with the last four of the
 * applicant's ID number. Failed tries are counted and lock. */
#ifndef DOMAIN_TRACKING_H
#define DOMAIN_TRACKING_H

#include "domain/casefile.h"

enum {
    TRACKING_TRIES = 5,              /* wrong answers about one case or code */
    TRACKING_CODE_TRIES = 100,       /* wrong codes of the whole township */
    TRACKING_LOCK_SECONDS = 15 * 60, /* counted, and locked, for so long */
    TRACKING_SESSION_LEVEL = 0       /* knows paper and four digits: proves no person */
};
/* store_work. A wrong answer is no error of the work, since its count must be kept: it is
 * `refusal`, which the caller returns after the commit. ERR_MISSING track.no_match; ERR_BUSY
 * track.locked. */
struct tracking {
    struct office *office;
    const struct actor *who;
    const char *typed; /* ref or code, as typed */
    const char *last4;
    int64_t case_id;     /* out */
    const char *token;   /* out: a session that sees this one case */
    struct err *refusal; /* out */
};
MUST_CHECK struct err *tracking_work(struct tx *tx, void *tracking);

#endif
