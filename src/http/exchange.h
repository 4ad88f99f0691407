/* One request and its answer, from head to reply; knows nothing of sockets. server.c drives it:
 * open, add (any number), run, and close when the answer was sent. Whenever another thread has
 * taken it over (state WAITING) the connection is suspended, until resume. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "http/body.h"
#include "http/guard.h"
#include "http/reply.h"
#include "http/router.h"
#include "http/server.h"

#include <pthread.h>
#include <stdatomic.h>

enum { SLOW_THREADS = 3, SLOW_WAITING = 512, ARENAS_KEPT = 64 };
/* A refused body up to this size is read and thrown away, so that the sender sees the answer. */
enum { DISCARDED_BYTES = 64 * 1024 };

struct basic;
struct workers;

struct server {
    struct server_options options;
    struct arena *arena; /* of the server's own life */
    struct router *router;
    struct workers *slow;
    struct basic *basic;
    pthread_mutex_t lock; /* of the arenas */
    struct arena *arenas[ARENAS_KEPT];
    size_t arena_count;
    atomic_int open_count; /* exchanges under way */
    void *daemon;          /* server.c's own */
    void *links;
    struct chores *sweeper;
    /* server.c hands these in, so that only it knows the library. */
    void (*suspend)(void *connection);
    void (*resume)(void *connection);
};

enum exchange_state {
    EXCHANGE_NEW,
    EXCHANGE_ADMITTED, /* was suspended before its body: the library repeats the first call */
    EXCHANGE_READING,  /* the body */
    EXCHANGE_WAITING,  /* another thread has it */
    EXCHANGE_REPLY,    /* exchange_finish is next */
    EXCHANGE_READY     /* parts can be sent */
};
struct exchange {
    struct server *server;
    struct arena *arena;
    void *connection;
    enum exchange_state state;
    struct head head;
    const char *peer; /* numeric address of the other end */
    bool must_close;  /* the connection cannot be trusted any more */
    bool is_audited;

    struct request request;
    const struct route *route;
    const char *allow; /* methods of a 405 */
    struct body *body;
    void *job;
    struct err *error;
    struct reply reply;
    struct reply_parts parts;
};

struct exchange *exchange_new(struct server *s, const char *uri);
void exchange_free(struct exchange *x);

/* Each of these gives false when it has handed the exchange over to another thread: it must not be
 * touched again before the connection is resumed. */

/* The head is complete: x->head.method and headers, x->peer and x->connection are set. */
MUST_CHECK bool exchange_open(struct exchange *x);
/* The body is complete. */
MUST_CHECK bool exchange_run(struct exchange *x);
/* In state EXCHANGE_REPLY: build the answer. */
MUST_CHECK bool exchange_finish(struct exchange *x);

void exchange_add(struct exchange *x, const void *bytes, size_t size);

#endif
