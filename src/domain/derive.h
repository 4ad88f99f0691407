/* What is derived after the commit: search words and answer tables. A chore of the server looks for
 * facts that came and takes them in, a few in each transaction, so that nobody who waits for an
 * acknowledgement waits for this; how far it came stands in derived_progress. Doing it again
 * changes nothing, so that it may stop anywhere. */
#ifndef DOMAIN_DERIVE_H
#define DOMAIN_DERIVE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct office;
struct tx;

/* One round of the chore: small steps until nothing is left or somebody waits for the writer. Any
 * thread. */
MUST_CHECK struct err *derive_tick(struct office *o, struct arena *a);
/* Everything, in this transaction, from empty tables: for `rebuild`. */
MUST_CHECK struct err *derive_rebuild(struct tx *tx, struct office *o);
/* How far the stream of that name has come; 0 at the start. */
MUST_CHECK struct err *derive_progress(struct tx *tx, int64_t tenant, const char *name,
                                       int64_t *last_out);
/* From -> to; is_mine_out is false if another process has moved it meanwhile: then do nothing. */
MUST_CHECK struct err *derive_advance(struct tx *tx, int64_t tenant, const char *name, int64_t from,
                                      int64_t to, bool *is_mine_out);

#endif
