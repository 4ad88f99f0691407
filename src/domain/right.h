/* Which role may do what: the first grants of a township, and the names of the roles. The grants in
 * force are rows of the table `grants`; this table only fills it. */
#ifndef DOMAIN_RIGHT_H
#define DOMAIN_RIGHT_H

#include "base/err.h"
#include "domain/actor.h"

#include <stdbool.h>

struct tx;

struct role {
    const char *name, *label, *label_en;
    const enum right *rights; /* ends with RIGHT_COUNT */
};
extern const struct role roles[]; /* ends with name NULL */
const struct role *role_find(const char *name);
/* False: no such right. */
bool right_find(const char *name, enum right *right_out);
/* Rows of `grants` for every role, valid from that day. */
MUST_CHECK struct err *right_begin(struct tx *tx, int64_t tenant, int32_t from);

#endif
