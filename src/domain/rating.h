/* Ratings (好差评): five levels, once per contact, after the decision. */
#ifndef DOMAIN_RATING_H
#define DOMAIN_RATING_H

#include "domain/casefile.h"

/* store_work. Errors: ERR_INVALID rating.level; ERR_CONFLICT rating.too_early, rating.given. */
struct rating_new {
    struct office *office;
    const struct actor *who; /* tracking session: its one case */
    int64_t level;           /* 5 very satisfied ... 1 very dissatisfied */
    const char *words;
};
MUST_CHECK struct err *rating_add_work(struct tx *tx, void *rating_new);

#endif
