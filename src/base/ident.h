/* Identifiers of people, organisations, places and projects (GB 11643, GB 32100, GB/T 40058). Pure.
 */
#ifndef BASE_IDENT_H
#define BASE_IDENT_H

#include "base/day.h"

#include <stdbool.h>

struct arena;

enum ident_fault {
    IDENT_OK,
    IDENT_LENGTH,
    IDENT_CHARACTER,
    IDENT_CHECK, /* check character wrong */
    IDENT_DATE,  /* no such day, or in the future */
};

/* Half-width, upper case, without blanks and hyphens; a 15-digit resident ID becomes 18. */
const char *ident_normal(struct arena *a, const char *typed);
/* id is normalised. birth_out and is_male_out may be NULL. */
enum ident_fault ident_resident(const char *id, day today, day *birth_out, bool *is_male_out);
enum ident_fault ident_uscc(const char *code, bool *organisation_check_ok_out);
/* 000***********0018: first three and last four of a resident ID; phones keep 3 + 4. */
const char *ident_masked(struct arena *a, const char *id);
/* 张*三, 张*: for public lists. */
const char *ident_masked_name(struct arena *a, const char *name);

#endif
