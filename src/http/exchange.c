/* The life of a request. On the connection's own thread unless a step is slow: then the connection
 * is suspended and a slow thread, or the writer's callback, brings it back. */
#include "http/exchange.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/office.h"
#include "domain/session.h"
#include "http/basic.h"
#include "http/openrosa.h"
#include "http/request.h"
#include "http/static.h"
#include "http/status.h"
#include "http/workers.h"

#include <string.h>

static struct arena *arena_take(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    struct arena *a = s->arena_count ? s->arenas[--s->arena_count] : NULL;
    pthread_mutex_unlock(&s->lock);
    return a ? a : arena_new();
}

static void arena_give_back(struct server *s, struct arena *a)
{
    arena_reset(a);
    pthread_mutex_lock(&s->lock);
    bool has_room = s->arena_count < ARENAS_KEPT;
    if (has_room)
        s->arenas[s->arena_count++] = a;
    pthread_mutex_unlock(&s->lock);
    if (!has_room)
        arena_free(a);
}

struct exchange *exchange_new(struct server *s, const char *uri)
{
    struct arena *a = arena_take(s);
    struct exchange *x = arena_alloc(a, sizeof *x);
    x->server = s;
    x->arena = a;
    x->head.uri = arena_text(a, uri);
    x->peer = "";
    atomic_fetch_add(&s->open_count, 1);
    return x;
}

void exchange_free(struct exchange *x)
{
    struct server *s = x->server;
    arena_give_back(s, x->arena);
    atomic_fetch_sub(&s->open_count, 1);
}

/* A refusal is answered at once, unless the rest of the request is small: then it is read and
 * thrown away, since closing on unread bytes resets the connection and the answer is lost. */
static void refuse(struct exchange *x, struct err *e, enum exchange_state reading)
{
    bool is_small = !x->head.is_chunked && x->head.content_length <= DISCARDED_BYTES;
    x->error = e;
    x->must_close = !is_small;
    x->state = is_small ? reading : EXCHANGE_REPLY;
}

static struct err *too_busy(struct arena *a)
{
    return err_new(a, ERR_BUSY, "http.busy", "",
                   "Too many are waiting just now. Try again in a moment.",
                   "现在等候的人太多，请稍后再试。");
}

/* Another thread takes it from here: fn must end with hand_back(). Always false, for the caller. */
static bool hand_over(struct exchange *x, void (*fn)(void *exchange))
{
    enum exchange_state before = x->state;
    x->state = EXCHANGE_WAITING;
    x->server->suspend(x->connection);
    if (workers_add(x->server->slow, fn, x))
        return false;
    x->is_audited = true;
    refuse(x, too_busy(x->arena), EXCHANGE_ADMITTED);
    if (before != EXCHANGE_NEW)
        x->state = EXCHANGE_REPLY;
    x->server->resume(x->connection);
    return false;
}

static void hand_back(struct exchange *x, enum exchange_state state)
{
    x->state = state;
    x->server->resume(x->connection);
}

/* Who is it? ------------------------------------------------------------------------------------
 */

static bool is_from_proxy(const struct exchange *x)
{
    const char *proxy = x->server->options.proxy;
    return *proxy && text_equal(proxy, x->peer);
}

/* The rightmost hop only: what stands left of it anybody may have written (trust.md 4, H4). */
static const char *client_of(struct exchange *x)
{
    const char *hops = is_from_proxy(x) ? head_header(&x->head, "x-forwarded-for") : "";
    const char *comma = strrchr(hops, ',');
    const char *last = text_trim(x->arena, comma ? comma + 1 : hops);
    return *last ? last : x->peer;
}

static bool is_loopback(const char *address)
{
    return text_starts(address, "127.") || text_equal(address, "::1");
}

static struct err *find_session(struct tx *tx, struct exchange *x, struct session *session_out)
{
    struct request *q = &x->request;
    struct office *office = x->server->options.office;
    const char *name, *password;
    switch (x->route->door) {
    case DOOR_COOKIE:
        return session_find(tx, office, q->session_token, session_out);
    case DOOR_DEVICE:
        return session_of_device(tx, office, request_param(q, "token"), session_out);
    case DOOR_BASIC:
        break;
    }
    if (!basic_read(x->arena, request_header(q, "authorization"), &name, &password))
        return session_find(tx, office, "", session_out);
    return session_of_basic(tx, office, name, session_out);
}

static struct err *identify(struct tx *tx, void *exchange)
{
    struct exchange *x = exchange;
    struct session session;
    TRY(find_session(tx, x, &session));
    struct actor *who = arena_alloc(x->arena, sizeof *who);
    *who = *session.actor;
    if (x->route->door != DOOR_COOKIE)
        who->channel = "openrosa";
    if (!x->route->read)
        who->request_hash =
            secret_keyed_hash(x->arena, x->server->options.office->tenant->secret, TENANT_SECRET,
                              text_print(x->arena, "request %s %s", x->head.method, x->head.uri));
    x->request.actor = who;
    x->request.must_change_password = session.must_change_password;
    bool is_open = x->server->options.is_openrosa_open && x->route->door == DOOR_BASIC;
    return is_open ? NULL : request_check_right(&x->request);
}

/* Passwords and device tokens do not travel in the clear (trust.md 4, O1). */
static struct err *check_transport(struct exchange *x)
{
    bool is_safe = x->request.is_tls || (is_loopback(x->peer) && !is_from_proxy(x));
    if (x->route->door == DOOR_COOKIE || is_safe)
        return NULL;
    return err_new(x->arena, ERR_DENIED, "http.plain", "",
                   "Devices must connect with https. Change the address to https://.",
                   "设备必须通过 https 连接。请把地址改为 https://。");
}

/* Slow thread: 74 ms, and it may wait for the writer. */
static void check_password(void *exchange)
{
    struct exchange *x = exchange;
    struct server *s = x->server;
    const char *name, *password;
    if (basic_read(x->arena, head_header(&x->head, "authorization"), &name, &password)) {
        x->error = session_check_password(s->options.office, x->arena, name, password);
        if (!x->error)
            basic_remember(s->basic, x->arena, name, password);
        x->is_audited = x->error != NULL;
    }
    if (!x->error)
        x->error = store_read(s->options.store, x->arena, identify, x);
    x->state = EXCHANGE_ADMITTED;
    if (x->error)
        refuse(x, x->error, EXCHANGE_ADMITTED);
    hand_back(x, x->state);
}

static bool needs_password_check(struct exchange *x)
{
    const char *name, *password;
    return x->route->door == DOOR_BASIC &&
           basic_read(x->arena, head_header(&x->head, "authorization"), &name, &password) &&
           !basic_is_known(x->server->basic, x->arena, name, password);
}

/* Opening ---------------------------------------------------------------------------------------
 */

static void fill_request(struct exchange *x)
{
    struct server *s = x->server;
    bool is_tls =
        is_from_proxy(x) && text_equal(head_header(&x->head, "x-forwarded-proto"), "https");
    x->request = (struct request){
        .arena = x->arena,
        .server = s,
        .store = s->options.store,
        .office = s->options.office,
        .method = x->head.method,
        .path = x->head.path ? x->head.path : "",
        .language = "zh",
        .now_ms = s->options.now_ms(s->options.self),
        .head = &x->head,
        .is_tls = is_tls,
        .client = client_of(x),
        .session_token = head_cookie(x->arena, &x->head, is_tls ? "__Host-bb" : "bb"),
    };
    reply_init(&x->reply, x->arena, is_tls);
}

static bool serve_static(struct exchange *x)
{
    const struct head *h = &x->head;
    bool is_api = h->segment_count &&
                  (text_equal(h->segments[0], "v1") || text_equal(h->segments[0], "openrosa"));
    bool is_get = text_equal(h->method, "GET") || text_equal(h->method, "HEAD");
    if (is_api || !is_get || !static_serve(x->server->options.ui_dir, h, &x->reply))
        return false;
    /* Not yet the reply: after one that comes before the request's end the library closes. */
    x->state = EXCHANGE_READING;
    return true;
}

static struct err *check_route(struct exchange *x)
{
    x->request.route = x->route;
    TRY(check_transport(x));
    TRY(request_check_body(x->arena, x->route, &x->head));
    int64_t limit = request_body_limit(x->route);
    if (x->head.content_length > limit)
        return request_too_large(x->arena, limit);
    return x->route->read ? NULL : body_new(&x->request, x->head.content_length, &x->body);
}

static struct err *open_route(struct exchange *x)
{
    TRY(router_find(x->server->router, x->arena, &x->head, &x->route, &x->allow));
    TRY(check_route(x));
    if (x->route->read) /* who it is comes from the snapshot that is read */
        return NULL;
    return needs_password_check(x) ? NULL : store_read(x->request.store, x->arena, identify, x);
}

bool exchange_open(struct exchange *x)
{
    struct err *e = guard_head(x->arena, &x->head);
    fill_request(x);
    if (e) {
        x->error = e;
        x->must_close = true;
        x->state = EXCHANGE_REPLY;
        return true;
    }
    x->request.language = request_language_of(x->arena, &x->head);
    if (serve_static(x))
        return true;
    e = open_route(x);
    if (!e && needs_password_check(x))
        return hand_over(x, check_password);
    x->state = EXCHANGE_READING;
    if (e)
        refuse(x, e, EXCHANGE_READING);
    return true;
}

void exchange_add(struct exchange *x, const void *bytes, size_t size)
{
    if (x->error)
        return; /* read and thrown away */
    x->error = x->body ? body_add(x->body, bytes, size) : NULL;
    if (x->error && x->error->kind == ERR_TOO_BIG)
        x->must_close = true;
}

/* Running ---------------------------------------------------------------------------------------
 */

static struct err *read_work(struct tx *tx, void *exchange)
{
    struct exchange *x = exchange;
    if (!x->request.actor)
        TRY(identify(tx, x));
    return x->route->read(&x->request, tx, &x->reply);
}

static struct err *write_work(struct tx *tx, void *exchange)
{
    struct exchange *x = exchange;
    return x->route->work(tx, x->job);
}

/* The writer's thread: its group is on disk. */
static void write_done(void *exchange, struct err *e)
{
    struct exchange *x = exchange;
    x->error = e;
    hand_back(x, EXCHANGE_REPLY);
}

static struct err *prepare(struct exchange *x)
{
    TRY(body_end(x->body));
    return x->route->prepare ? x->route->prepare(&x->request, &x->job) : NULL;
}

/* The connection is suspended already. */
static void submit(struct exchange *x)
{
    struct err *e = store_submit(x->request.store, x->arena, write_work, x, write_done);
    if (e)
        write_done(x, e);
}

static void run_slow(void *exchange)
{
    struct exchange *x = exchange;
    if (x->route->read)
        x->error = store_read(x->request.store, x->arena, read_work, x);
    else
        x->error = prepare(x);
    if (x->route->work && !x->error)
        submit(x);
    else
        hand_back(x, EXCHANGE_REPLY);
}

static bool run_here(struct exchange *x)
{
    if (x->route->read)
        x->error = store_read(x->request.store, x->arena, read_work, x);
    else
        x->error = prepare(x);
    x->state = EXCHANGE_REPLY;
    if (x->error || !x->route->work)
        return true;
    x->state = EXCHANGE_WAITING;
    x->server->suspend(x->connection);
    submit(x);
    return false;
}

bool exchange_run(struct exchange *x)
{
    bool has_work = !x->error && x->route; /* no route: a file of the screens is at hand */
    if (has_work && (x->route->is_slow || (x->body && body_has_files(x->body))))
        return hand_over(x, run_slow);
    if (has_work)
        return run_here(x);
    x->state = EXCHANGE_REPLY;
    return true;
}

/* Finishing -------------------------------------------------------------------------------------
 */

/* Acts that were refused leave an entry; failed look-ups and bad syntax are no acts. */
static bool is_refused_act(const struct exchange *x)
{
    if (!x->error || x->is_audited || !x->request.actor || !x->route)
        return false;
    if (x->error->kind == ERR_DENIED)
        return true;
    return !x->route->read && (x->error->kind == ERR_CONFLICT || x->error->kind == ERR_SIGN_IN ||
                               (x->error->kind == ERR_INVALID && status_of(x->error) == 422));
}

static void audit_slow(void *exchange)
{
    struct exchange *x = exchange;
    /* A device token in the path is written nowhere. */
    const char *object = x->route->door == DOOR_DEVICE ? x->route->pattern : x->head.path;
    struct err *e = audit_refusal(x->request.office, x->arena, x->request.actor,
                                  right_name(x->route->right), object, x->error);
    x->is_audited = true;
    if (e)
        x->error = e;
    hand_back(x, EXCHANGE_REPLY);
}

static void log_failure(const struct exchange *x, const struct err *e)
{
    if (status_of(e) >= 500 && e->kind != ERR_BUSY)
        log_event(LOG_ERROR, "request", "method", x->head.method, "route",
                  x->route ? x->route->pattern : "", "code", e->code, "message", e->message, NULL);
}

static void tell_error(struct exchange *x, const struct err *e)
{
    log_failure(x, e);
    reply_error(&x->reply, &x->request, e);
    if (x->allow && *x->allow && text_equal(e->code, "http.method"))
        reply_header(&x->reply, "Allow", x->allow);
    if (openrosa_is_path(&x->head))
        openrosa_tell(&x->reply, request_message(&x->request, e));
    if (e->kind == ERR_SIGN_IN && x->route && x->route->door == DOOR_BASIC)
        reply_header(&x->reply, "WWW-Authenticate", "Basic realm=\"Bangban\", charset=\"UTF-8\"");
}

bool exchange_finish(struct exchange *x)
{
    if (is_refused_act(x))
        return hand_over(x, audit_slow);
    struct err *e = x->error;
    if (!e && x->route && !x->route->read && x->route->reply)
        e = x->route->reply(&x->request, x->job, &x->reply);
    if (e)
        tell_error(x, e);
    if (openrosa_is_path(&x->head))
        openrosa_mark(&x->reply);
    reply_close(&x->reply, head_header(&x->head, "if-none-match"), &x->parts);
    x->state = EXCHANGE_READY;
    return true;
}
