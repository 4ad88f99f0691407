/* Audit: one entry per act in the act's own transaction, also for refusals; one hash chain per
 * (tenant, lane) (trust.md 6). No personal data: objects appear as keyed hash. */
#ifndef DOMAIN_AUDIT_H
#define DOMAIN_AUDIT_H

#include "base/err.h"
#include "domain/actor.h"

struct tx;
struct store;

/* op: "case.accept"; object: "case:" + ref, "service:" + code ... (hashed here); result: "ok" or
 * the code of the refusal. */
MUST_CHECK struct err *audit_add(struct tx *tx, const struct actor *who, const char *op,
                                 const char *object, const char *result);
/* Head of this lane after what this transaction has added: seq and hash, for receipts. */
MUST_CHECK struct err *audit_head(struct tx *tx, int64_t tenant, int64_t *seq_out,
                                  const char **hash_out);
/* An entry of its own for an act that was refused (its transaction is gone). Equal refusals of one
 * actor within a minute are one entry with a count. */
MUST_CHECK struct err *audit_refusal(struct store *s, struct arena *a, const struct actor *who,
                                     const char *op, const char *object, const struct err *why);
struct audit_report {
    int64_t entries, lanes, checkpoints;
    const char
        *fault; /* "" = the chain holds; else code: audit.changed, audit.gap, audit.cut ... */
    const char *place; /* "lane 3, entry 17" */
};
MUST_CHECK struct err *audit_verify(struct store *s, struct arena *a,
                                    struct audit_report *report_out);

#endif
