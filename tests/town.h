/* A township for tests: a store in a folder of its own (or on the PostgreSQL of the tests), begun
 * as `bangban init` does, with two villages, two offices and a clock that the test sets. */
#ifndef TESTS_TOWN_H
#define TESTS_TOWN_H

#include "base/buf.h"
#include "base/secret.h"
#include "domain/audit.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/person.h"
#include "domain/session.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "store_help.h"
#include "test.h"

#define TOWN_CODE "000000100000"
#define TOWN_START_MS INT64_C(1795500000000) /* 2026-11-24 09:20 in Shanghai */

struct town {
    struct arena *arena;
    const char *dir;
    int64_t now_ms;
    struct store *store;
    struct office *office;
    const struct actor *terminal;
    int64_t admin_id;
};

static inline int64_t town_now(void *self)
{
    return ((const struct town *)self)->now_ms;
}

/* Success, or the test ends with the error's own words. */
#define OK(call)                                                                                   \
    do {                                                                                           \
        struct err *ok_ = (call);                                                                  \
        if (ok_)                                                                                   \
            fail_msg("%s: %s (%s)", ok_->code, ok_->message, ok_->where);                          \
    } while (0)
/* "" is success, else the code of the error. */
#define CODE(call) town_code(call)
static inline const char *town_code(const struct err *e)
{
    return e ? e->code : "";
}

static inline void town_store_open(struct town *t)
{
    struct store_options options = help_options(t->dir);
    options.now_ms = town_now;
    options.self = t;
    OK(store_open(t->arena, &options, &t->store));
}

static inline void town_office_open(struct town *t)
{
    OK(office_open(t->arena, t->store, t->dir, "", &t->office));
    t->office->now_ms = town_now;
    t->office->now_self = t;
    t->terminal = session_terminal(t->arena, t->office->tenant->id);
}

static const char town_pack[] =
    "{\"areas\":[{\"code\":\"000000100200\",\"name\":\"十堡村\",\"kind\":\"village\"},"
    "{\"code\":\"000000100201\",\"name\":\"上河村\",\"kind\":\"village\"}],"
    "\"units\":[{\"code\":\"fwzx\",\"name\":\"便民服务中心\",\"kind\":\"centre\"},"
    "{\"code\":\"shj\",\"name\":\"社会事务局\",\"kind\":\"bureau\"}],"
    "\"registries\":[{\"name\":\"residents\",\"label\":\"居民台账\",\"properties\":"
    "[{\"name\":\"name_full\"},{\"name\":\"id_number\"}]}]}";

/* The administrator's password is "Admin-12345" and need not be changed in tests. */
static inline void town_open(struct town *t)
{
    secret_init();
    *t = (struct town){.arena = arena_new(), .now_ms = TOWN_START_MS};
    t->dir = help_dir(t->arena);
    town_store_open(t);
    struct tenant_start start = {.code = TOWN_CODE,
                                 .name = "示例镇",
                                 .phone = "000-12345",
                                 .admin_sign_in = "admin",
                                 .admin_name = "管理员"};
    OK(json_read(t->arena, town_pack, sizeof town_pack - 1, &start.pack));
    OK(password_hash(t->arena, "Admin-12345", &start.admin_password_hash));
    OK(store_write(t->store, t->arena, tenant_begin, &start));
    t->admin_id = start.admin_out;
    town_office_open(t);
}

static inline void town_close(struct town *t)
{
    const char *dir = strdup(t->dir);
    store_close(t->store);
    arena_free(t->arena);
    help_remove(dir);
    free((void *)(uintptr_t)dir);
}

struct town_person {
    const char *sign_in, *password, *unit, *area, *role;
    struct town *town;
    int64_t id;
};

static inline struct err *town_person_work(struct tx *tx, void *job)
{
    struct town_person *p = job;
    const char *hash;
    TRY(password_hash(tx_arena(tx), p->password, &hash));
    struct person_new n = {.tenant = p->town->office->tenant->id,
                           .who = p->town->terminal,
                           .sign_in = p->sign_in,
                           .name = p->sign_in,
                           .phone = "",
                           .password_hash = hash};
    TRY(person_add(tx, &n));
    p->id = n.id;
    struct post_new post = {.who = p->town->terminal,
                            .person_id = n.id,
                            .unit = p->unit,
                            .area = p->area,
                            .role = p->role,
                            .valid_from = day_of_ms(p->town->now_ms, 480),
                            .valid_to = INT32_MAX};
    return post_add(tx, &post);
}

/* A person with one post; signs in with "Secret-12345". */
static inline int64_t town_person(struct town *t, const char *sign_in, const char *unit,
                                  const char *area, const char *role)
{
    struct town_person p = {sign_in, "Secret-12345", unit, area, role, t, 0};
    OK(store_write(t->store, t->arena, town_person_work, &p));
    return p.id;
}

struct town_look {
    struct town *town;
    const char *token;
    struct session session;
};

static inline struct err *town_session_read(struct tx *tx, void *job)
{
    struct town_look *l = job;
    return session_find(tx, l->town->office, l->token, &l->session);
}

static inline struct session town_session(struct town *t, const char *token)
{
    struct town_look look = {t, token, {0}};
    OK(store_read(t->store, t->arena, town_session_read, &look));
    return look.session;
}

static inline struct err *town_session_new(struct tx *tx, void *job)
{
    struct town_person *p = job;
    return session_open(tx,
                        &(struct session_new){.tenant = p->town->office->tenant->id,
                                              .person_id = p->id,
                                              .seconds = SESSION_SECONDS},
                        &p->sign_in);
}

/* The actor of a person, as signed in. */
static inline const struct actor *town_actor(struct town *t, int64_t person_id)
{
    struct town_person p = {.town = t, .id = person_id};
    OK(store_write(t->store, t->arena, town_session_new, &p));
    return town_session(t, p.sign_in).actor;
}

static inline const struct actor *town_nobody(struct town *t)
{
    return town_session(t, "").actor;
}

/* How many rows? For a QUERY that counts, with the tenant as $1. */
struct town_count {
    const struct query *query;
    int64_t tenant, count;
};

static inline struct err *town_count_read(struct tx *tx, void *job)
{
    struct town_count *c = job;
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, c->query, ARGS(sql_int(c->tenant)), &r, &has_row));
    c->count = has_row ? rows_int(r, 0) : -1;
    return NULL;
}

static inline int64_t town_count(struct town *t, const struct query *query)
{
    struct town_count c = {query, t->office->tenant->id, 0};
    OK(store_read(t->store, t->arena, town_count_read, &c));
    return c.count;
}

/* Publish a workbook (md), or end the test with its faults. */
static inline void town_publish(struct town *t, const char *text)
{
    const struct publish_input in = {.bytes = text, .size = strlen(text)};
    struct publish *p;
    OK(publish_check(t->office, t->arena, t->terminal, &in, &p));
    for (const struct note *n = p->notes.first; n; n = n->next)
        if (n->level == NOTE_ERROR)
            print_error("%s %s: %s\n", n->where, n->code, n->message);
    OK(store_write(t->store, t->arena, publish_work, p));
    OK(publish_done(p, t->arena));
}

#endif
