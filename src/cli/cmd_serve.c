/* bangban serve: the server, until SIGTERM or SIGINT. What is under way is answered first. */
#include "cli/command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/notify.h"
#include "domain/derive.h"
#include "domain/office.h"
#include "domain/rebuild.h"
#include "http/server.h"
#include "http/workers.h"
#include "store/store.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* "127.0.0.1:8080", "[::1]:8080", "8080" */
static struct err *read_listen(struct arena *a, const char *text, struct server_options *out)
{
    const char *colon = strrchr(text, ':');
    const char *port = colon ? colon + 1 : text;
    int64_t number;
    if (!text_to_int(port, &number) || number < 0 || number > 65535)
        return err_new(a, ERR_USAGE, "serve.listen", text,
                       "Write --listen as address:port, for example 127.0.0.1:8080.",
                       "--listen 请写成 地址:端口，例如 127.0.0.1:8080。");
    size_t size = colon ? (size_t)(colon - text) : 0;
    bool has_brackets = size > 1 && text[0] == '[' && text[size - 1] == ']';
    out->address =
        size == 0 ? "127.0.0.1" : arena_copy(a, text + has_brackets, size - (has_brackets ? 2 : 0));
    out->port = (int)number;
    return NULL;
}

static bool is_loopback(const char *address)
{
    return text_starts(address, "127.") || text_equal(address, "::1");
}

static struct err *tick_office(void *office, struct arena *a)
{
    return office_tick(office, a);
}

static struct err *tick_derive(void *office, struct arena *a)
{
    return derive_tick(office, a);
}

static struct err *tick_watchdog(void *self, struct arena *a)
{
    (void)self;
    (void)a;
    notify_send("WATCHDOG=1");
    return NULL;
}

static struct err *read_options(const struct command_line *c, struct server_options *out)
{
    const char *listen = command_option(c, "--listen");
    *out = (struct server_options){
        .proxy = command_option(c, "--proxy"),
        .ui_dir = command_option(c, "--ui"),
        .is_openrosa_open = command_flag(c, "--open-openrosa"),
        .now_ms = clock_now_ms,
    };
    return read_listen(c->arena, *listen ? listen : "127.0.0.1:8080", out);
}

static void tell_ready(const struct command_line *c, const struct server_options *o, int port)
{
    bool is_v6 = strchr(o->address, ':') != NULL;
    command_print(text_print(c->arena, "bangban http://%s%s%s:%d/\n", is_v6 ? "[" : "", o->address,
                             is_v6 ? "]" : "", port));
    (void)fflush(stdout); /* whoever started us waits for this line */
    if (!*o->proxy)
        log_event(is_loopback(o->address) ? LOG_INFO : LOG_WARN, "serve.plain", "message",
                  "No TLS proxy is named (--proxy): cookies are not marked Secure. For "
                  "development, or a machine that nobody else reaches.",
                  NULL);
    notify_send("READY=1");
}

/* All threads inherit the block, so that the signal waits for us. */
static void block_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static struct err *run_until_signal(const struct command_line *c, struct server_options *o,
                                    const sigset_t *signals)
{
    const struct chore list[] = {
        {"office", 1000, tick_office, o->office},
        {"derive", 500, tick_derive, o->office},
        {"watchdog", 10000, tick_watchdog, NULL},
    };
    struct server *server;
    struct chores *chores;
    TRY(server_start(c->arena, o, &server));
    TRY(chores_start(c->arena, list, sizeof list / sizeof *list, &chores));
    tell_ready(c, o, server_port(server));
    int signal_number;
    (void)sigwait(signals, &signal_number);
    notify_send("STOPPING=1");
    server_stop(server);
    chores_stop(chores);
    return office_finish(o->office, c->arena);
}

static struct err *serve(const struct command_line *c)
{
    struct server_options options;
    sigset_t signals;
    TRY(read_options(c, &options));
    block_signals(&signals);
    secret_init();
    TRY(command_open_store(c, true, &options.store));
    TRY(office_open(c->arena, options.store, command_option(c, "--data"),
                    command_option(c, "--tenant"), &options.office));
    if (store_derived_is_stale(options.store)) /* of an older program: once, before serving */
        TRY(store_write(options.store, c->arena, rebuild_work, options.office));
    return run_until_signal(c, &options, &signals);
}

const struct command cmd_serve = {
    .name = "serve",
    .usage = "serve --data DIR [--listen ADDR:PORT] [--proxy ADDR] [--ui DIR] [--open-openrosa]",
    .summary = "Serve residents, staff and devices",
    .summary_zh = "启动服务，供群众、工作人员和设备使用",
    .run = serve,
    .flags = "--open-openrosa",
};
