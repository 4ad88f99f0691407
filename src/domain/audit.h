/* Audit: one entry per act in the act's own transaction, also for refusals; one hash chain per
 * (tenant, lane) (trust.md 6). No personal data: objects appear as keyed hash. */
#ifndef DOMAIN_AUDIT_H
#define DOMAIN_AUDIT_H

#include "base/err.h"
#include "domain/actor.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct office;
struct store;
struct tx;

/* op: "case.accept"; object: "case:" + ref, "service:" + code ... (hashed here); result: "ok" or
 * the code of the refusal. */
MUST_CHECK struct err *audit_add(struct tx *tx, const struct actor *who, const char *op,
                                 const char *object, const char *result);
/* Head of this lane after what this transaction has added: seq and hash, for receipts. */
MUST_CHECK struct err *audit_head(struct tx *tx, int64_t tenant, int64_t *seq_out,
                                  const char **hash_out);
/* An entry of its own for an act that was refused (its transaction is gone). Equal refusals of one
 * actor within a minute are one entry and, when the minute is over, one more with their count: they
 * are counted in memory, so that a flood of strangers costs the writer nothing. */
MUST_CHECK struct err *audit_refusal(struct office *o, struct arena *a, const struct actor *who,
                                     const char *op, const char *object, const struct err *why);
struct audit_refusals;
struct audit_refusals *audit_refusals_new(struct arena *a);
/* Write the counts of minutes that are over (all: of every one). Called by office_tick(). */
MUST_CHECK struct err *audit_refusals_flush(struct office *o, struct arena *a, bool all);

/* Checkpoints: the heads of the lanes, signed (Ed25519), every 500 entries or 60 s, in the database
 * and as a line in a file that belongs on another disk (data folder by default). */
struct audit_signer;
/* The key lies in dir/audit.key (made if it is not there, readable by its owner only), its public
 * half in dir/audit.pub. */
MUST_CHECK struct err *audit_signer_open(struct arena *a, const char *dir,
                                         struct audit_signer **out);
/* Sign the heads if it is due (or must be). Inside a writing transaction; its line comes
 * into the file by audit_checkpoint_file() after the commit. */
MUST_CHECK struct err *audit_checkpoint(struct tx *tx, struct audit_signer *signer, int64_t tenant,
                                        bool must);
/* Append to the file what was committed since. One thread (office_tick). */
MUST_CHECK struct err *audit_checkpoint_file(struct tx *tx, struct audit_signer *signer,
                                             int64_t tenant);

/* Verifying, in its own small code (audit_verify.c). */
struct audit_trust {
    const unsigned char *public_key; /* 32 bytes; NULL: signatures are not checked */
    const char *lines;               /* the checkpoint file's text, "" = only the database's rows */
};
struct audit_report {
    int64_t entries, lanes, checkpoints;
    const char
        *fault; /* "" = the chain holds; else code: audit.changed, audit.gap, audit.cut ... */
    const char *place; /* "lane 3, entry 17" */
};
MUST_CHECK struct err *audit_verify(struct store *s, struct arena *a,
                                    const struct audit_trust *trust,
                                    struct audit_report *report_out);

/* The screen: newest first, 50 a page. */
struct json_out;
MUST_CHECK struct err *audit_write_page(struct tx *tx, struct json_out *j, const struct actor *who,
                                        int64_t page);

#endif
