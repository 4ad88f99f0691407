/* Registries: what is known of persons, places, firms. Facts are versions of entities; the current
 * state is derived. Fed by forms (save_to), read by forms (asked once). */
#ifndef DOMAIN_REGISTRY_H
#define DOMAIN_REGISTRY_H

#include "base/err.h"
#include "domain/actor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct areas;
struct json;
struct json_out;
struct office;
struct tx;

struct entity_property {
    const char *name, *value;
};
struct entity {
    int64_t id, registry_id, area_id, version;
    const char *uuid, *label, *properties, *conflict; /* properties: JSON object of texts */
};
/* The registry of that name, made if it is not there. */
MUST_CHECK struct err *registry_need(struct tx *tx, int64_t tenant, const char *name,
                                     const char *label, const char *properties, int64_t *id_out);

/* One change. Create with an id_number that the registry knows is an update of that entity. An
 * update from another version than the current one is merged and marked: soft (other properties
 * were changed) or hard (the same ones). */
struct entity_write {
    const char *registry, *uuid; /* uuid "": made here */
    const char *label;           /* "": as it is */
    const struct entity_property *properties;
    size_t property_count;
    int64_t base_version; /* 0: unknown, the current one */
    int64_t area_id, submission_id;
    bool is_create;
};
MUST_CHECK struct err *registry_write(struct tx *tx, const struct actor *who,
                                      const unsigned char *secret, const struct entity_write *w,
                                      int64_t *entity_id_out);
/* The entity changes that a submission carries (save_to); called at submission for plain forms and
 * by the casefile when a case is granted. Doing it twice changes nothing. */
MUST_CHECK struct err *registry_apply_submission(struct tx *tx, const struct actor *who,
                                                 int64_t submission_id);
/* By keyed hash of the ID number. has_entity_out tells. */
MUST_CHECK struct err *registry_by_id_number(struct tx *tx, int64_t tenant,
                                             const unsigned char *secret, const char *registry,
                                             const char *id_number, struct entity *out,
                                             bool *has_entity_out);
MUST_CHECK struct err *registry_entity(struct tx *tx, int64_t tenant, int64_t id,
                                       struct entity *out);
const char *entity_value(struct arena *a, const struct entity *e, const char *property);
/* entities from entity_versions, for `rebuild`. */
MUST_CHECK struct err *registry_rebuild(struct tx *tx);

/* Screens */
MUST_CHECK struct err *registry_write_list(struct tx *tx, struct json_out *j,
                                           const struct actor *who);
MUST_CHECK struct err *registry_write_page(struct tx *tx, struct json_out *j, struct office *o,
                                           const struct actor *who, const char *name,
                                           const char *words, int64_t page);
MUST_CHECK struct err *registry_write_people(struct tx *tx, struct json_out *j, struct office *o,
                                             const struct actor *who, const char *id_number,
                                             const char *name);
/* GET /v1/services/:code/known */
MUST_CHECK struct err *registry_write_known(struct tx *tx, struct json_out *j, struct office *o,
                                            const struct actor *who, const char *code);

#endif
