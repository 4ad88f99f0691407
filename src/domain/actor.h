/* Who acts: made from the session by domain/session.c, handed to every verb. */
#ifndef DOMAIN_ACTOR_H
#define DOMAIN_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One row of routes names one of these; grants give them to roles. The text is what grants hold. */
#define RIGHT_LIST(X)                                                                              \
    X(RIGHT_PUBLIC, "public")       /* nobody needs to be signed in */                             \
    X(RIGHT_SELF, "self")           /* a session of any kind: own case, own draft */               \
    X(RIGHT_SIGNED_IN, "signed_in") /* any member of staff */                                      \
    X(RIGHT_CASE_READ, "case.read")                                                                \
    X(RIGHT_CASE_ACT, "case.act")                                                                  \
    X(RIGHT_CASE_INTAKE, "case.intake")     /* file at the counter or on behalf */                 \
    X(RIGHT_CASE_OVERRIDE, "case.override") /* leader: a second notice, an extension */            \
    X(RIGHT_FILE_READ, "file.read")                                                                \
    X(RIGHT_ID_UNMASK, "id.unmask")                                                                \
    X(RIGHT_REGISTRY_READ, "registry.read")                                                        \
    X(RIGHT_REGISTRY_WRITE, "registry.write")                                                      \
    X(RIGHT_SERVICE_PUBLISH, "service.publish")                                                    \
    X(RIGHT_PEOPLE_MANAGE, "people.manage")                                                        \
    X(RIGHT_REPORT_READ, "report.read")                                                            \
    X(RIGHT_AUDIT_READ, "audit.read")                                                              \
    X(RIGHT_SUBMIT, "submission.create") /* device or helper */
enum right {
#define X(name, text) name,
    RIGHT_LIST(X)
#undef X
        RIGHT_COUNT
};
const char *right_name(enum right r);

struct post { /* a post in force today */
    int64_t id, unit_id, area_id;
    const char *unit_code, *unit_name, *area_name, *role;
    const bool *rights; /* RIGHT_COUNT flags */
};
struct actor {
    int64_t tenant;
    int64_t person_id; /* 0: a resident or nobody */
    const char *name;
    const struct post *posts;
    size_t post_count;
    int64_t subject_id;       /* resident: entity that was proven, 0 = none */
    int64_t case_id;          /* tracking session: the one case, 0 = none */
    int32_t identity_level;   /* -1 nobody, 0 declared, 1 vouched, 2 verified */
    int32_t utc_offset_min;   /* of the tenant */
    const char *channel;      /* web, counter, helper, openrosa, cli */
    const char *request_hash; /* keyed hash of the request, for audit; "" */
};
bool actor_may(const struct actor *who, enum right right);
/* The post with that right that covers the area, or NULL. Queries use area_within instead. */
const struct post *actor_post_for(const struct actor *who, enum right right);
/* The areas in which the actor holds the right, for `ancestor_id in ($4, ..., $9)`: distinct, the
 * rest filled with the first (0 if there is none: finds nothing). Gives how many. */
enum { ACTOR_AREAS = 6 };
size_t actor_areas(const struct actor *who, enum right right, int64_t areas[static ACTOR_AREAS]);

#endif
