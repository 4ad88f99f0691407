/* Sign-in, sign-out, own password; and claim codes for residents. */
#include "domain/session.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "domain/identity.h"
#include "domain/office.h"
#include "domain/person.h"
#include "http/resource.h"
#include "http/route.h"

static void write_posts(struct json_out *j, const struct actor *who)
{
    struct arena *a = j->buf->arena;
    json_open_array(j, "posts");
    for (size_t i = 0; i < who->post_count; i++) {
        const struct post *p = &who->posts[i];
        json_open_object(j, NULL);
        json_put_text(j, "id", text_print(a, "%lld", (long long)p->id));
        json_put_text(j, "unit", p->unit_code);
        json_put_text(j, "unit_name", p->unit_name);
        json_put_text(j, "area", text_print(a, "%lld", (long long)p->area_id));
        json_put_text(j, "area_name", p->area_name);
        json_put_text(j, "role", p->role);
        json_close_object(j);
    }
    json_close_array(j);
    json_open_array(j, "rights");
    for (int r = RIGHT_SIGNED_IN + 1; r < RIGHT_COUNT; r++)
        if (actor_may(who, (enum right)r))
            json_put_text(j, NULL, right_name((enum right)r));
    json_close_array(j);
}

static const char *kind_of(const struct actor *who)
{
    return who->person_id ? "staff" : who->subject_id || who->case_id ? "resident" : "";
}

static void write_session(struct json_out *j, const struct office *o, const struct actor *who,
                          bool must_change_password)
{
    json_put_bool(j, "signed_in", *kind_of(who) != '\0');
    json_put_text(j, "kind", kind_of(who));
    json_open_object(j, "person");
    json_put_text(j, "name", who->name);
    json_close_object(j);
    write_posts(j, who);
    json_put_int(j, "identity_level", who->identity_level);
    json_put_bool(j, "must_change_password", must_change_password);
    json_open_object(j, "tenant");
    json_put_text(j, "name", o->tenant->name);
    json_put_text(j, "phone", o->tenant->phone);
    json_put_text(j, "code", o->tenant->code);
    json_close_object(j);
}

static struct err *session_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    json_open_object(&r->json, NULL);
    write_session(&r->json, q->office, q->actor, q->must_change_password);
    json_close_object(&r->json);
    return NULL;
}

static struct err *sign_in_begin(struct request *q, void **job_out)
{
    static const char *const known[] = {"name", "password", NULL};
    TRY(request_members(q, known));
    struct sign_in *s = arena_alloc(q->arena, sizeof *s);
    *s = (struct sign_in){.office = q->office,
                          .name = json_get_text(q->json, "name"),
                          .password = json_get_text(q->json, "password"),
                          .request_hash = q->actor->request_hash,
                          .client = q->client,
                          .has_session = true};
    *job_out = s;
    return sign_in_prepare(q->arena, s);
}

struct session_look {
    struct office *office;
    const char *token;
    struct session session;
};

static struct err *session_read(struct tx *tx, void *job)
{
    struct session_look *l = job;
    return session_find(tx, l->office, l->token, &l->session);
}

/* Answers as GET would with the new cookie. */
static struct err *write_new_session(struct request *q, struct reply *r, const char *token,
                                     int64_t seconds)
{
    struct session_look look = {q->office, token, {0}};
    TRY(store_read(q->store, q->arena, session_read, &look));
    reply_session(r, token, seconds);
    json_open_object(&r->json, NULL);
    write_session(&r->json, q->office, look.session.actor, look.session.must_change_password);
    json_close_object(&r->json);
    return NULL;
}

static struct err *sign_in_reply(struct request *q, void *job, struct reply *r)
{
    const struct sign_in *s = job;
    return s->refusal ? s->refusal : write_new_session(q, r, s->token, SESSION_SECONDS);
}

static struct err *sign_out_prepare(struct request *q, void **job_out)
{
    struct session_end *s = arena_alloc(q->arena, sizeof *s);
    *s = (struct session_end){q->office, q->actor, q->session_token};
    *job_out = s;
    return NULL;
}

static struct err *sign_out_reply(struct request *q, void *job, struct reply *r)
{
    reply_session(r, "", 0);
    return reply_empty(q, job, r);
}

static struct err *password_prepare(struct request *q, void **job_out)
{
    static const char *const known[] = {"old", "new", NULL};
    TRY(request_members(q, known));
    struct password_own *p = arena_alloc(q->arena, sizeof *p);
    *p = (struct password_own){.office = q->office,
                               .who = q->actor,
                               .old_password = json_get_text(q->json, "old"),
                               .new_password = json_get_text(q->json, "new"),
                               .token = q->session_token};
    *job_out = p;
    return password_own_prepare(q->arena, p);
}

static struct err *identity_prepare(struct request *q, void **job_out)
{
    static const char *const known[] = {"code", "last4", NULL};
    TRY(request_members(q, known));
    TRY(identity_may_guess(q->office, q->arena));
    struct identity_open *o = arena_alloc(q->arena, sizeof *o);
    *o = (struct identity_open){.office = q->office,
                                .code = json_get_text(q->json, "code"),
                                .last4 = json_get_text(q->json, "last4"),
                                .request_hash = q->actor->request_hash};
    *job_out = o;
    return NULL;
}

static struct err *identity_reply(struct request *q, void *job, struct reply *r)
{
    const struct identity_open *o = job;
    (void)q;
    if (o->refusal)
        return o->refusal;
    reply_session(r, o->token, SESSION_RESIDENT_SECONDS);
    json_open_object(&r->json, NULL);
    json_put_int(&r->json, "identity_level", o->level);
    json_open_object(&r->json, "person");
    json_put_text(&r->json, "name", o->name);
    json_close_object(&r->json);
    json_close_object(&r->json);
    return NULL;
}

const struct route session_routes[] = {
    READ_ROUTE("/v1/session", RIGHT_PUBLIC, session_get, "Who is signed in, and what they may do"),
    WRITE_ROUTE_SLOW("POST", "/v1/session", RIGHT_PUBLIC, BODY_JSON, sign_in_begin, sign_in_work,
                     sign_in_reply, "Sign in with name and password"),
    WRITE_ROUTE("DELETE", "/v1/session", RIGHT_PUBLIC, BODY_NONE, sign_out_prepare,
                session_end_work, sign_out_reply, "Sign out"),
    WRITE_ROUTE_SLOW("POST", "/v1/session/password", RIGHT_SIGNED_IN, BODY_JSON, password_prepare,
                     password_own_work, reply_empty, "Change the own password"),
    WRITE_ROUTE("POST", "/v1/identity", RIGHT_PUBLIC, BODY_JSON, identity_prepare,
                identity_open_work, identity_reply, "Prove who one is with a claim code"),
    {0},
};
