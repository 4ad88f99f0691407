/* The HTTP server: one per process, made in cli/cmd_serve.c. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct office;
struct server;
struct store;

struct server_options {
    struct store *store;
    struct office *office;
    const char *address;   /* "127.0.0.1" or "::1" ... */
    int port;              /* 0: any free one */
    const char *proxy;     /* address of the TLS proxy whose X-Forwarded-* count; "" = none */
    const char *ui_dir;    /* serve the screens from this folder; "" = those in the program */
    bool is_openrosa_open; /* devices may send without a sign-in */
    int64_t (*now_ms)(void *self);
    void *self;
};

/* Listens when it returns. Errors: ERR_BUSY server.listen; ERR_INTERNAL route.no_right ... */
MUST_CHECK struct err *server_start(struct arena *a, const struct server_options *options,
                                    struct server **server_out);
int server_port(const struct server *s);
/* Takes no more connections, answers what is under way (at most 20 s), ends all threads. */
void server_stop(struct server *s);

#endif
