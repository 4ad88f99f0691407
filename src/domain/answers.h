/* Answers as plain tables, for Excel, BI and SQL people: one question is one column, one repeat is
 * a table of its own, at most ANSWERS_COLUMNS columns a table (PostgreSQL refuses wider rows).
 * Derived from the submissions after their commit, never in the way of one; `rebuild` makes them
 * anew.
 *
 * answers_CODE          tenant, submission_id, instance_id, received_at, version, replaces_id, ...
 * answers_CODE_2        tenant, submission_id, the questions behind the first 200
 * answers_CODE_REPEAT   tenant, submission_id, position ("2", in a repeat in a repeat "2.1"), ...
 *
 * Types: int -> bigint, decimal -> double precision, all else text (dates as they were written).
 * What is no number there is null. A new version of a form adds columns; none is ever taken away.
 */
#ifndef DOMAIN_ANSWERS_H
#define DOMAIN_ANSWERS_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct office;
struct tx;

enum { ANSWERS_COLUMNS = 200 };

/* A stream of domain/derive.c. */
MUST_CHECK struct err *answers_has(struct tx *tx, struct office *o, bool *has_out);
MUST_CHECK struct err *answers_take(struct tx *tx, struct office *o, int64_t limit,
                                    int64_t *taken_out);
/* For `rebuild`, before the other derived tables go. */
MUST_CHECK struct err *answers_drop(struct tx *tx);
/* Tables and columns, one line each: table, column, type, path; tab separated. */
MUST_CHECK struct err *answers_print(struct tx *tx, const struct office *o, struct buf *b);

#endif
