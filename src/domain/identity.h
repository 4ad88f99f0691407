/* Who is it, without an account: a claim code given out by receipt, letter, helper or counter, with
 * the last four of the ID number, opens a resident's session of the level at which it was given. */
#ifndef DOMAIN_IDENTITY_H
#define DOMAIN_IDENTITY_H

#include "base/err.h"
#include "domain/actor.h"

#include <stdint.h>

struct office;
struct tx;

/* A claim code of eight digits, good once, for 14 days. entity_id or case_id may be 0. level:
 * 1 vouched by a helper who saw the card, 2 verified at the counter. The audit entry is the
 * caller's verb's. */
MUST_CHECK struct err *identity_claim_new(struct tx *tx, struct office *o, const struct actor *who,
                                          int64_t case_id, int64_t entity_id, int32_t level,
                                          const char **code_out);

struct identity_open {
    struct office *office;
    const char *code, *last4, *request_hash;
    const char *token, *name; /* out */
    int32_t level;            /* out */
    struct err *refusal;      /* out: ERR_MISSING identity.no_match, ERR_BUSY identity.locked */
};
/* store_work; a failure is counted, so it does not fail: look at refusal. */
MUST_CHECK struct err *identity_open_work(struct tx *tx, void *identity_open);

/* Guessing of codes is slowed for all: more than 60 misses in a minute are answered with
 * ERR_BUSY guess.too_many. Called before a look-up by code. */
MUST_CHECK struct err *identity_may_guess(struct office *o, struct arena *a);
void identity_missed(struct office *o);

#endif
