/* A township: its names, its clock, its key, its places and offices. */
#ifndef DOMAIN_TENANT_H
#define DOMAIN_TENANT_H

#include "base/day.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json;
struct tx;

enum { TENANT_SECRET = 32 };
struct tenant {
    int64_t id;
    const char *code, *name, *time_zone, *phone, *settings;
    int32_t utc_offset_min;
    int32_t password_days;               /* after so many a password must be changed; 0: never */
    unsigned char secret[TENANT_SECRET]; /* key of its keyed hashes */
};
/* What tenants.settings holds, a JSON object: address (public, for QR codes), password_days (等保
 * 8.1.4.1 a: change regularly; 90 when it is not there, 0 = never, as ASVS 6.2.10 asks). */
enum { TENANT_PASSWORD_DAYS = 90 };
MUST_CHECK struct err *tenant_load(struct tx *tx, const char *code, const struct tenant **out);
MUST_CHECK struct err *tenant_load_id(struct tx *tx, int64_t id, const struct tenant **out);

/* Keyed hash (hex) of what must be found again but not read: purpose keeps "id" and "code" apart.
 */
const char *tenant_hash(struct arena *a, const unsigned char secret[static TENANT_SECRET],
                        const char *purpose, const char *text);
day tenant_day(const struct tenant *t, int64_t at_ms);

struct area {
    int64_t id, parent_id; /* 0: the root */
    const char *code, *name, *kind;
};
struct areas { /* in force today, by code */
    const struct area *items;
    size_t count;
};
MUST_CHECK struct err *areas_load(struct tx *tx, int64_t tenant, day today,
                                  const struct areas **out);
const struct area *area_find(const struct areas *all, int64_t id);
const struct area *area_named(const struct areas *all, const char *code_or_name);
const struct area *area_root(const struct areas *all);
bool area_is_within(const struct areas *all, int64_t id, int64_t ancestor_id);

struct unit {
    int64_t id, area_id;
    const char *code, *name, *kind;
};
MUST_CHECK struct err *units_load(struct tx *tx, int64_t tenant, day today, const struct unit **out,
                                  size_t *count_out);

/* Begin a township: tenant, its area, its first unit, the grants of the roles. pack is JSON
 * {areas:[{code,name,kind,parent}], units:[{code,name,kind,area}]} or NULL. */
struct tenant_start {
    const char *code, *name, *phone;
    const char *admin_sign_in, *admin_name, *admin_password_hash;
    const char *address;       /* public, without a slash at the end; NULL or "" = none */
    const char *password_days; /* "" or NULL: as it stands for TENANT_PASSWORD_DAYS */
    const struct json *pack;
    int64_t tenant_out, admin_out;
};
MUST_CHECK struct err *tenant_begin(struct tx *tx, void *start); /* store_work */
/* area_within, from areas; also the rebuild of it. */
MUST_CHECK struct err *areas_rebuild(struct tx *tx);
/* Add places and offices of a pack to a township that exists; what is there stays. */
MUST_CHECK struct err *tenant_add_pack(struct tx *tx, int64_t tenant, const struct json *pack);

#endif
