/* One box over services, cases and people: by characters, sounds, initials and numbers
 * (base/words.h). Exact numbers first, then newest; only what the actor may see, where he may see
 * it. */
#ifndef DOMAIN_SEARCH_H
#define DOMAIN_SEARCH_H

#include "base/err.h"
#include "domain/actor.h"

#include <stdbool.h>
#include <stdint.h>

struct json_out;
struct office;
struct tx;

enum { SEARCH_PAGE = 20 };

/* Members of POST /v1/search. next is that of the page before, "" for the first. ERR_INVALID
 * search.next. */
struct search {
    struct office *office;
    const struct actor *who;
    const char *typed, *next, *language;
};
MUST_CHECK struct err *search_write(struct tx *tx, struct json_out *j, const struct search *s);
/* Asked by a whole number (ID card, telephone): who looked is written down. */
bool search_is_number(const char *typed);
MUST_CHECK struct err *search_audit(struct tx *tx, const struct search *s);

/* The words that follow after the commit (domain/derive.c). */
MUST_CHECK struct err *search_has_cases(struct tx *tx, struct office *o, bool *has_out);
MUST_CHECK struct err *search_take_cases(struct tx *tx, struct office *o, int64_t limit,
                                         int64_t *taken_out);
MUST_CHECK struct err *search_has_entities(struct tx *tx, struct office *o, bool *has_out);
MUST_CHECK struct err *search_take_entities(struct tx *tx, struct office *o, int64_t limit,
                                            int64_t *taken_out);
/* For `rebuild`: all entities are due. */
MUST_CHECK struct err *search_begin_again(struct tx *tx);

#endif
