/* Shared by the files of domain/search. */
#ifndef DOMAIN_SEARCH_OWN_H
#define DOMAIN_SEARCH_OWN_H

#include "base/words.h"

struct arena;
struct office;

/* The digits of a typed number, and X. */
const char *search_digits(struct arena *a, const char *text);
/* The word under which a number lies by its keyed hash; "" of "". */
const char *search_hash_word(struct arena *a, const char *hash);
const char *search_phone_word(struct arena *a, const struct office *o, const char *phone);

#endif
