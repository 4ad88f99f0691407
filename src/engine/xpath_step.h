/* Location steps over trees. Private to the evaluator. */
#ifndef ENGINE_XPATH_STEP_H
#define ENGINE_XPATH_STEP_H

#include "base/real.h"
#include "engine/xpath_run.h"

/* Take the steps from the nodes in slot, which then holds what they reach, in document order. */
MUST_CHECK struct err *xstep_walk(struct xeval *e, const uint32_t *steps, uint32_t count,
                                  struct xslot *slot);
/* Keep the nodes for which all predicates hold. */
MUST_CHECK struct err *xstep_filter(struct xeval *e, const uint32_t *predicates, uint32_t count,
                                    struct xnodes *nodes);

#endif
