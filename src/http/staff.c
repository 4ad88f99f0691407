/* People, posts, passwords; offices and roles for choosing. */
#include "base/arena.h"
#include "base/day.h"
#include "base/text.h"
#include "domain/office.h"
#include "domain/person.h"
#include "http/resource.h"
#include "http/route.h"

static struct err *staff_list(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(staff_write(tx, &r->json, q->actor, 0));
    json_close_object(&r->json);
    return NULL;
}

static struct err *units_list(struct request *q, struct tx *tx, struct reply *r)
{
    json_open_object(&r->json, NULL);
    TRY(units_write(tx, &r->json, q->actor));
    json_close_object(&r->json);
    return NULL;
}

static struct err *roles_list(struct request *q, struct tx *tx, struct reply *r)
{
    (void)q;
    (void)tx;
    json_open_object(&r->json, NULL);
    roles_write(&r->json);
    json_close_object(&r->json);
    return NULL;
}

/* Each answer is the person as they now stand. */
struct person_look {
    const struct actor *who;
    struct json_out *json;
    int64_t id;
};

static struct err *person_read(struct tx *tx, void *job)
{
    const struct person_look *l = job;
    return staff_write(tx, l->json, l->who, l->id);
}

static struct err *reply_person(struct request *q, struct reply *r, int64_t id)
{
    struct person_look look = {q->actor, &r->json, id};
    json_open_object(&r->json, NULL);
    TRY(store_read(q->store, q->arena, person_read, &look));
    json_close_object(&r->json);
    return NULL;
}

/* A new person comes with a random password, shown once, to be changed at the first sign-in. */
struct staff_new {
    struct person_new person;
    const char *password;
};

static struct err *staff_begin(struct request *q, void **job_out)
{
    static const char *const known[] = {"sign_in", "name", "phone", NULL};
    TRY(request_members(q, known));
    struct staff_new *s = arena_alloc(q->arena, sizeof *s);
    s->person = (struct person_new){.tenant = q->actor->tenant,
                                    .who = q->actor,
                                    .sign_in = json_get_text(q->json, "sign_in"),
                                    .name = json_get_text(q->json, "name"),
                                    .phone = json_get_text(q->json, "phone"),
                                    .must_change = true};
    s->password = password_random(q->arena);
    *job_out = s;
    return password_hash(q->arena, s->password, &s->person.password_hash);
}

static struct err *staff_new_work(struct tx *tx, void *job)
{
    return person_add(tx, &((struct staff_new *)job)->person);
}

static struct err *staff_new_reply(struct request *q, void *job, struct reply *r)
{
    const struct staff_new *s = job;
    struct person_look look = {q->actor, &r->json, s->person.id};
    r->status = 201;
    json_open_object(&r->json, NULL);
    TRY(store_read(q->store, q->arena, person_read, &look));
    json_put_text(&r->json, "password", s->password);
    json_close_object(&r->json);
    return NULL;
}

static struct err *staff_change_begin(struct request *q, void **job_out)
{
    static const char *const known[] = {"name", "phone", "state", NULL};
    TRY(request_members(q, known));
    struct person_change *c = arena_alloc(q->arena, sizeof *c);
    *c = (struct person_change){.who = q->actor,
                                .name = json_get_text(q->json, "name"),
                                .phone = json_get_text(q->json, "phone"),
                                .state = json_get_text(q->json, "state")};
    *job_out = c;
    return request_id(q, "id", &c->id);
}

static struct err *staff_change_reply(struct request *q, void *job, struct reply *r)
{
    return reply_person(q, r, ((const struct person_change *)job)->id);
}

static struct err *day_of(const struct request *q, const char *member, day otherwise, day *out)
{
    const char *text = json_get_text(q->json, member);
    *out = otherwise;
    if (!*text || day_read(text, out))
        return NULL;
    return err_new(q->arena, ERR_INVALID, "day.unreadable", member,
                   "Write the day like 2026-11-24.", "日期请写成 2026-11-24 的样子。");
}

static struct err *post_begin(struct request *q, void **job_out)
{
    static const char *const known[] = {"unit", "area", "role", "valid_from", "valid_to", NULL};
    TRY(request_members(q, known));
    struct post_new *p = arena_alloc(q->arena, sizeof *p);
    *p = (struct post_new){.who = q->actor,
                           .unit = json_get_text(q->json, "unit"),
                           .area = json_get_text(q->json, "area"),
                           .role = json_get_text(q->json, "role")};
    *job_out = p;
    TRY(day_of(q, "valid_from", day_of_ms(q->now_ms, q->actor->utc_offset_min), &p->valid_from));
    TRY(day_of(q, "valid_to", INT32_MAX, &p->valid_to));
    return request_id(q, "id", &p->person_id);
}

static struct err *post_reply(struct request *q, void *job, struct reply *r)
{
    return reply_person(q, r, ((const struct post_new *)job)->person_id);
}

static struct err *post_end_begin(struct request *q, void **job_out)
{
    struct post_end *p = arena_alloc(q->arena, sizeof *p);
    p->who = q->actor;
    *job_out = p;
    TRY(request_id(q, "id", &p->person_id));
    return request_id(q, "post", &p->post_id);
}

static struct err *post_end_reply(struct request *q, void *job, struct reply *r)
{
    return reply_person(q, r, ((const struct post_end *)job)->person_id);
}

struct password_new {
    struct password_set set;
    const char *password;
};

static struct err *password_begin(struct request *q, void **job_out)
{
    struct password_new *p = arena_alloc(q->arena, sizeof *p);
    p->set = (struct password_set){.who = q->actor, .sign_in = "", .must_change = true};
    p->password = password_random(q->arena);
    *job_out = p;
    TRY(request_id(q, "id", &p->set.id));
    return password_hash(q->arena, p->password, &p->set.hash);
}

static struct err *password_work(struct tx *tx, void *job)
{
    return password_set(tx, &((struct password_new *)job)->set);
}

static struct err *password_reply(struct request *q, void *job, struct reply *r)
{
    (void)q;
    json_open_object(&r->json, NULL);
    json_put_text(&r->json, "password", ((const struct password_new *)job)->password);
    json_close_object(&r->json);
    return NULL;
}

const struct route staff_routes[] = {
    READ_ROUTE("/v1/staff", RIGHT_PEOPLE_MANAGE, staff_list, "People with their posts"),
    WRITE_ROUTE_SLOW("POST", "/v1/staff", RIGHT_PEOPLE_MANAGE, BODY_JSON, staff_begin,
                     staff_new_work, staff_new_reply, "Add a person"),
    WRITE_ROUTE("PUT", "/v1/staff/:id", RIGHT_PEOPLE_MANAGE, BODY_JSON, staff_change_begin,
                person_change, staff_change_reply, "Change a person's name, phone or state"),
    WRITE_ROUTE("POST", "/v1/staff/:id/posts", RIGHT_PEOPLE_MANAGE, BODY_JSON, post_begin, post_add,
                post_reply, "Give a person a post"),
    WRITE_ROUTE("DELETE", "/v1/staff/:id/posts/:post", RIGHT_PEOPLE_MANAGE, BODY_NONE,
                post_end_begin, post_end, post_end_reply, "End a post"),
    WRITE_ROUTE_SLOW("POST", "/v1/staff/:id/password", RIGHT_PEOPLE_MANAGE, BODY_NONE,
                     password_begin, password_work, password_reply,
                     "Set a password for once, to be changed"),
    READ_ROUTE("/v1/units", RIGHT_SIGNED_IN, units_list, "Offices, for choosing"),
    READ_ROUTE("/v1/roles", RIGHT_SIGNED_IN, roles_list, "Roles and what they may do"),
    {0},
};
