/* The only file that knows libmicrohttpd: sockets, threads, suspended connections, and slow ones.
 *
 * A pool of threads with epoll. While the writer commits (or a slow thread works) a connection is
 * suspended: it costs no thread, so thousands may wait. libmicrohttpd's own timeout only sees
 * connections that are silent; a sweeper closes those that trickle (trust.md 4, H1). */
#include "http/server.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/basic.h"
#include "http/exchange.h"
#include "http/workers.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    SILENT_S = 12,      /* libmicrohttpd's timeout */
    SLOW_US = 14000000, /* for a head, a small answer, the next 15 KB of a body or answer */
    SLOW_BYTES = 15 * 1024,
    WHOLE_BYTES = 64 * 1024, /* larger answers are sent piece by piece, to see them progress */
    CONNECTION_BYTES = 32 * 1024,
    CONNECTIONS_MOST = 8192,
    FILES_KEPT = 256, /* descriptors for everything that is no connection */
    STOP_MS = 20000
};

/* What the sweeper sees of a connection. */
enum phase { PHASE_HEAD, PHASE_BODY, PHASE_BUSY, PHASE_SEND, PHASE_CUT };
struct link {
    struct link *previous, *next;
    int socket;
    atomic_int phase;
    _Atomic int64_t since_us, bytes; /* of the phase; bytes: received or sent in it */
    _Atomic int64_t seen_bytes;      /* what the sweeper saw of them last */
};
struct links {
    pthread_mutex_t lock;
    struct link *open, *unused;
};

static void phase_set(struct link *l, enum phase phase)
{
    atomic_store(&l->bytes, 0);
    atomic_store(&l->seen_bytes, 0);
    atomic_store(&l->since_us, clock_monotonic_us());
    atomic_store(&l->phase, phase);
}

/* False: the sweeper has cut the connection meanwhile. */
static bool phase_move(struct link *l, enum phase from, enum phase to)
{
    int expected = from;
    atomic_store(&l->since_us, clock_monotonic_us());
    return atomic_compare_exchange_strong(&l->phase, &expected, to);
}

static struct link *link_of(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* The kernel says "writable" only once a third of its send buffer is free: with a buffer grown to
 * megabytes a slow phone would look silent for minutes. This makes it say so at each 64 KB. */
static void send_early(int socket)
{
    const int unsent = WHOLE_BYTES;
    (void)setsockopt(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
}

static void link_open(struct links *links, struct MHD_Connection *c, void **context)
{
    pthread_mutex_lock(&links->lock);
    struct link *l = links->unused;
    if (l) {
        links->unused = l->next;
        l->socket = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        send_early(l->socket);
        l->previous = NULL;
        l->next = links->open;
        if (l->next)
            l->next->previous = l;
        links->open = l;
        phase_set(l, PHASE_HEAD);
    }
    pthread_mutex_unlock(&links->lock);
    *context = l;
}

/* Called before libmicrohttpd closes the socket: under the lock, the sweeper's socket is open. */
static void link_close(struct links *links, struct link *l)
{
    pthread_mutex_lock(&links->lock);
    if (l->previous)
        l->previous->next = l->next;
    else
        links->open = l->next;
    if (l->next)
        l->next->previous = l->previous;
    l->next = links->unused;
    links->unused = l;
    pthread_mutex_unlock(&links->lock);
}

static void on_connection(void *server, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct links *links = ((struct server *)server)->links;
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        link_open(links, c, context);
    else if (*context)
        link_close(links, *context);
}

static bool is_too_slow(struct link *l, enum phase phase, int64_t now_us)
{
    int64_t bytes = atomic_load(&l->bytes), age = now_us - atomic_load(&l->since_us);
    if (phase == PHASE_BUSY || phase == PHASE_CUT || age <= SLOW_US)
        return false;
    if (phase != PHASE_HEAD && bytes - atomic_load(&l->seen_bytes) >= SLOW_BYTES) {
        atomic_store(&l->seen_bytes, bytes);
        atomic_store(&l->since_us, now_us);
        return false;
    }
    return true;
}

static void cut(struct link *l, enum phase phase)
{
    static const char answer[] = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                                 "Content-Length: 0\r\n\r\n";
    int expected = phase;
    if (!atomic_compare_exchange_strong(&l->phase, &expected, PHASE_CUT))
        return;
    if (phase != PHASE_SEND)
        (void)send(l->socket, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(l->socket, SHUT_RDWR);
}

static struct err *sweep(void *server, struct arena *a)
{
    (void)a;
    struct links *links = ((struct server *)server)->links;
    int64_t now_us = clock_monotonic_us();
    pthread_mutex_lock(&links->lock);
    for (struct link *l = links->open; l; l = l->next) {
        enum phase phase = (enum phase)atomic_load(&l->phase);
        if (is_too_slow(l, phase, now_us))
            cut(l, phase);
    }
    pthread_mutex_unlock(&links->lock);
    return NULL;
}

/* Requests --------------------------------------------------------------------------------------
 */

/* The address as it came: libmicrohttpd's own copy is cut at %00. */
static void *on_uri(void *server, const char *uri, struct MHD_Connection *c)
{
    struct exchange *x = exchange_new(server, uri);
    x->connection = c;
    return x;
}

static size_t keep_escapes(void *server, struct MHD_Connection *c, char *text)
{
    (void)server;
    (void)c;
    return strlen(text);
}

/* 0.9.75 ends lines in its buffer by writing NULs over CR and LF, so what follows a value tells
 * what its values do not: a bare LF or a NUL inside (one NUL, then text), and a folded line (CR LF,
 * then a blank), whose text the library appends to the header's *name*. Later versions refuse these
 * themselves; their buffers are not looked at. */
static bool line_ends_well(const char *text, size_t size)
{
    return text[size] == '\0' && text[size + 1] == '\0' && text[size + 2] != ' ' &&
           text[size + 2] != '\t';
}

static bool looks_behind_lines(void)
{
    return text_equal(MHD_get_version(), "0.9.75");
}

struct collected {
    struct header *headers;
    size_t count, capacity;
    bool has_bad_line, looks_behind;
};

static enum MHD_Result collect_header(void *collected, enum MHD_ValueKind kind, const char *name,
                                      size_t name_size, const char *value, size_t value_size)
{
    (void)kind;
    struct collected *all = collected;
    if (all->count == all->capacity)
        return MHD_NO;
    if (value && all->looks_behind && !line_ends_well(value, value_size))
        all->has_bad_line = true;
    all->headers[all->count++] = (struct header){name, value ? value : "", name_size, value_size};
    return MHD_YES;
}

static const char *peer_of(struct arena *a, struct MHD_Connection *c)
{
    const struct sockaddr *address =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    const void *any = address; /* a sockaddr_storage behind a narrower type: aligned for both */
    const struct sockaddr_in6 *six = any;
    const struct sockaddr_in *four = any;
    bool is_six = address->sa_family == AF_INET6;
    char *text = arena_alloc(a, INET6_ADDRSTRLEN);
    const char *shown =
        inet_ntop(address->sa_family, is_six ? (const void *)&six->sin6_addr : &four->sin_addr,
                  text, INET6_ADDRSTRLEN);
    return shown ? shown : "";
}

static bool open_exchange(struct exchange *x, struct MHD_Connection *c, const char *method,
                          const char *version)
{
    int count = MHD_get_connection_values(c, MHD_HEADER_KIND, NULL, NULL);
    struct collected all = {
        .capacity = count > 0 ? (size_t)count : 0,
        .looks_behind = looks_behind_lines(),
    };
    all.headers = arena_array(x->arena, all.capacity + 1, sizeof *all.headers);
    (void)MHD_get_connection_values_n(c, MHD_HEADER_KIND, collect_header, &all);
    size_t version_size = strlen(version);
    x->head.has_bad_line =
        all.has_bad_line || (all.looks_behind && !line_ends_well(version, version_size));
    x->head.method = method;
    x->head.headers = all.headers;
    x->head.header_count = all.count;
    x->peer = peer_of(x->arena, c);
    return exchange_open(x);
}

/* The next piece of a large answer. */
static ssize_t read_piece(void *exchange, uint64_t at, char *out, size_t size)
{
    const struct exchange *x = exchange;
    if (at >= x->parts.size)
        return MHD_CONTENT_READER_END_OF_STREAM;
    size_t left = x->parts.size - (size_t)at;
    size_t piece = left < size ? left : size;
    memcpy(out, (const char *)x->parts.bytes + at, piece);
    atomic_fetch_add(&link_of(x->connection)->bytes, (int64_t)piece);
    return (ssize_t)piece;
}

static struct MHD_Response *response_of(struct exchange *x)
{
    const struct reply_parts *p = &x->parts;
    if (p->size > WHOLE_BYTES)
        return MHD_create_response_from_callback(p->size, WHOLE_BYTES / 4, read_piece, x, NULL);
    return MHD_create_response_from_buffer(p->size, (void *)p->bytes, MHD_RESPMEM_PERSISTENT);
}

static enum MHD_Result send_reply(struct exchange *x, struct MHD_Connection *c, struct link *l)
{
    const struct reply_parts *p = &x->parts;
    struct MHD_Response *r = response_of(x);
    if (!r)
        return MHD_NO;
    for (const struct reply_header *h = p->headers; h; h = h->next)
        (void)MHD_add_response_header(r, h->name, h->value);
    if (x->must_close)
        (void)MHD_add_response_header(r, "Connection", "close");
    phase_set(l, PHASE_SEND);
    enum MHD_Result queued = MHD_queue_response(c, (unsigned)p->status, r);
    MHD_destroy_response(r);
    return queued;
}

/* Whatever state the exchange has reached on this thread. */
static enum MHD_Result go_on(struct exchange *x, struct MHD_Connection *c, struct link *l)
{
    if (x->state == EXCHANGE_REPLY && !exchange_finish(x))
        return MHD_YES;
    return x->state == EXCHANGE_READY ? send_reply(x, c, l) : MHD_YES;
}

static enum MHD_Result on_first_call(struct exchange *x, struct MHD_Connection *c, struct link *l,
                                     const char *method, const char *version)
{
    if (!phase_move(l, PHASE_HEAD, PHASE_BUSY))
        return MHD_NO;
    if (!open_exchange(x, c, method, version))
        return MHD_YES;
    if (x->state == EXCHANGE_READING)
        phase_set(l, PHASE_BODY);
    return go_on(x, c, l);
}

static enum MHD_Result on_body(struct exchange *x, struct link *l, const char *data, size_t *size)
{
    atomic_fetch_add(&l->bytes, (int64_t)*size);
    exchange_add(x, data, *size);
    *size = 0;
    return x->must_close && x->error ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *server, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **context)
{
    (void)server;
    (void)url;
    struct exchange *x = *context;
    struct link *l = link_of(c);
    if (!x || !l)
        return MHD_NO;
    if (x->state == EXCHANGE_NEW)
        return on_first_call(x, c, l, method, version);
    if (x->state == EXCHANGE_ADMITTED) {
        x->state = EXCHANGE_READING;
        phase_set(l, PHASE_BODY);
        if (!*size)
            return MHD_YES;
    }
    if (x->state == EXCHANGE_READING && *size)
        return on_body(x, l, data, size);
    if (x->state == EXCHANGE_READING) {
        if (!phase_move(l, PHASE_BODY, PHASE_BUSY))
            return MHD_NO;
        if (!exchange_run(x))
            return MHD_YES;
    }
    return go_on(x, c, l);
}

static void on_completed(void *server, struct MHD_Connection *c, void **context,
                         enum MHD_RequestTerminationCode why)
{
    (void)server;
    (void)why;
    struct link *l = link_of(c);
    if (*context)
        exchange_free(*context);
    *context = NULL;
    if (l)
        phase_set(l, PHASE_HEAD);
}

static void suspend(void *connection)
{
    MHD_suspend_connection(connection);
}

static void resume(void *connection)
{
    MHD_resume_connection(connection);
}

/* Starting and stopping -------------------------------------------------------------------------
 */

static unsigned connection_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return 512;
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < (rlim_t)2 * FILES_KEPT)
        return FILES_KEPT;
    rlim_t most = files.rlim_cur - FILES_KEPT;
    return most < CONNECTIONS_MOST ? (unsigned)most : CONNECTIONS_MOST;
}

static unsigned thread_count(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 2 ? 2 : cores > 4 ? 4 : (unsigned)cores;
}

static struct links *links_new(struct arena *a, unsigned count)
{
    struct links *links = arena_alloc(a, sizeof *links);
    pthread_mutex_init(&links->lock, NULL);
    struct link *all = arena_array(a, count, sizeof *all);
    for (unsigned i = 0; i < count; i++) {
        all[i].next = links->unused;
        links->unused = &all[i];
    }
    return links;
}

static struct MHD_Daemon *daemon_start(struct server *s, const struct addrinfo *address,
                                       unsigned connections)
{
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_TURBO;
    if (address->ai_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    return MHD_start_daemon(
        flags, (uint16_t)s->options.port, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR,
        address->ai_addr, MHD_OPTION_THREAD_POOL_SIZE, thread_count(), MHD_OPTION_CONNECTION_LIMIT,
        connections, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_URI_LOG_CALLBACK, on_uri, s,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
}

static struct err *listen_failed(struct arena *a, const struct server_options *o)
{
    return err_new(
        a, ERR_BUSY, "server.listen", o->address,
        "Cannot listen on %s port %d. Is another program there? Choose another --listen.",
        "无法监听 %s 端口 %d。可能被别的程序占用，请换一个 --listen。", o->address, o->port);
}

static struct err *daemon_open(struct server *s, unsigned connections)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *address;
    const char *port = text_print(s->arena, "%d", s->options.port);
    if (getaddrinfo(s->options.address, port, &hints, &address) != 0)
        return listen_failed(s->arena, &s->options);
    s->daemon = daemon_start(s, address, connections);
    freeaddrinfo(address);
    return s->daemon ? NULL : listen_failed(s->arena, &s->options);
}

struct err *server_start(struct arena *a, const struct server_options *options,
                         struct server **server_out)
{
    struct server *s = arena_alloc(a, sizeof *s);
    unsigned connections = connection_limit();
    s->options = *options;
    s->arena = a;
    s->suspend = suspend;
    s->resume = resume;
    s->links = links_new(a, connections);
    pthread_mutex_init(&s->lock, NULL);
    TRY(router_new(a, route_tables, &s->router));
    TRY(basic_new(a, &s->basic));
    TRY(workers_start(a, SLOW_THREADS, SLOW_WAITING, &s->slow));
    TRY(daemon_open(s, connections));
    struct chore *sweeper = arena_alloc(a, sizeof *sweeper);
    *sweeper = (struct chore){"sweep", 1000, sweep, s};
    TRY(chores_start(a, sweeper, 1, &s->sweeper));
    *server_out = s;
    return NULL;
}

int server_port(const struct server *s)
{
    return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void wait_for_exchanges(struct server *s)
{
    const struct timespec pause = {.tv_nsec = 2000000};
    int64_t until_us = clock_monotonic_us() + STOP_MS * INT64_C(1000);
    while (atomic_load(&s->open_count) > 0 && clock_monotonic_us() < until_us)
        (void)nanosleep(&pause, NULL);
}

void server_stop(struct server *s)
{
    MHD_socket listener = MHD_quiesce_daemon(s->daemon);
    wait_for_exchanges(s);
    MHD_stop_daemon(s->daemon);
    if (listener != MHD_INVALID_SOCKET)
        (void)close(listener);
    workers_stop(s->slow);
    chores_stop(s->sweeper);
    for (size_t i = 0; i < s->arena_count; i++)
        arena_free(s->arenas[i]);
    s->arena_count = 0;
}
