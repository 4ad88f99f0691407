/* Everything derived, recomputed from the facts. */
#ifndef DOMAIN_REBUILD_H
#define DOMAIN_REBUILD_H

#include "base/err.h"

struct office;
struct tx;

/* store_work on a struct office. Drops and makes anew what derived.sql makes; in one transaction,
 * so that readers see the old state or the new one. */
MUST_CHECK struct err *rebuild_work(struct tx *tx, void *office);

#endif
