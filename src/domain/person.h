/* People who can sign in: staff and helpers, their posts and passwords. */
#ifndef DOMAIN_PERSON_H
#define DOMAIN_PERSON_H

#include "base/err.h"
#include "domain/actor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json_out;
struct office;
struct tx;

/* NULL if it is good enough: at least 10 characters and 3 of 4 kinds (lower case, upper case,
 * digits, others). Errors: ERR_INVALID password.weak. */
MUST_CHECK struct err *password_check(struct arena *a, const char *password);
/* A random password that password_check accepts, easy to copy from paper. */
const char *password_random(struct arena *a);
/* Errors: ERR_BUSY sign_in.busy. */
MUST_CHECK struct err *password_hash(struct arena *a, const char *password, const char **hash_out);

struct person_new {
    int64_t tenant;
    const struct actor *who;
    const char *sign_in, *name, *phone, *password_hash;
    bool must_change;
    int64_t id; /* out */
};
/* Errors: ERR_CONFLICT person.taken; ERR_INVALID person.name. store_work. */
MUST_CHECK struct err *person_add(struct tx *tx, void *person_new);

struct person_change { /* "" leaves it as it is */
    const struct actor *who;
    int64_t id;
    const char *name, *phone, *state; /* active, locked, left: ends the sessions */
};
MUST_CHECK struct err *person_change(struct tx *tx, void *person_change);

struct password_set {
    const struct actor *who;
    int64_t id;
    const char *sign_in; /* instead of id, for commands; "" */
    const char *hash;
    bool must_change;
};
/* Ends the person's sessions. ERR_MISSING person.missing. */
MUST_CHECK struct err *password_set(struct tx *tx, void *password_set);

/* The signed-in person's own: old is checked. Prepare is slow. */
struct password_own {
    struct office *office;
    const struct actor *who;
    const char *old_password, *new_password, *hash;
    const char *token; /* of the session that goes on; all others end */
};
MUST_CHECK struct err *password_own_prepare(struct arena *a, struct password_own *job);
MUST_CHECK struct err *password_own_work(struct tx *tx, void *job);

struct post_new {
    const struct actor *who;
    int64_t person_id;
    const char *unit, *area, *role; /* codes */
    int32_t valid_from, valid_to;   /* days; valid_to INT32_MAX: open */
    int64_t id;                     /* out */
};
/* Errors: ERR_MISSING person.missing; ERR_INVALID post.unit, post.area, post.role. */
MUST_CHECK struct err *post_add(struct tx *tx, void *post_new);
struct post_end {
    const struct actor *who;
    int64_t person_id, post_id;
};
MUST_CHECK struct err *post_end(struct tx *tx, void *post_end); /* from today on */

/* A device's token for OpenRosa, shown once. */
struct device_new {
    const struct actor *who;
    const char *sign_in, *label;
    const char *token; /* out */
};
MUST_CHECK struct err *device_add(struct tx *tx, void *device_new);

MUST_CHECK struct err *person_id_of(struct tx *tx, int64_t tenant, const char *sign_in,
                                    int64_t *id_out);
MUST_CHECK struct err *
staff_write(struct tx *tx, struct json_out *j, const struct actor *who,
            int64_t only_id); /* 0: all, as "staff"; else one object's members */
MUST_CHECK struct err *units_write(struct tx *tx, struct json_out *j, const struct actor *who);
void roles_write(struct json_out *j);

#endif
