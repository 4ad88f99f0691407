/* The work list: the open cases that stand with the actor's posts, latest first in urgency. */
#ifndef DOMAIN_WORK_H
#define DOMAIN_WORK_H

#include "domain/casefile.h"

struct work_filter {
    const char *words;          /* part of number, name or title; "" = all */
    const char *service, *area; /* codes; "" = all */
    const char *state;          /* mine (default), open, closed */
    int64_t page;               /* from 0; 50 a page */
};
enum { WORK_PAGE = 50 };
/* Members of GET /v1/work. Counters are those of the same list. */
MUST_CHECK struct err *work_write(struct tx *tx, struct json_out *j, struct office *o,
                                  const struct actor *who, const struct work_filter *filter,
                                  const char *language);

#endif
