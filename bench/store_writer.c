/* How fast the writer is: CLIENTS threads, each sending one small job after another and waiting for
 * its commit. usage: store_writer CLIENTS SECONDS DIR [postgres://...] */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

QUERY(bench_insert, "insert into uploads (tenant, instance_id, name, blob_hash, size, media_type, "
                    "created_at, key_hash) values (1, $1, '', '', $2, '', $3, '')");

enum { CLIENTS_MAX = 1024 };

static struct store *store;
static atomic_bool is_over;

struct client {
    pthread_t thread;
    int64_t sent, number;
    int64_t longest_us;
};

struct job {
    const char *instance;
    int64_t number;
};

static struct err *job_work(struct tx *tx, void *job)
{
    const struct job *j = job;
    return sql_run(tx, &bench_insert,
                   ARGS(sql_text(j->instance), sql_int(j->number), sql_int(tx_now_ms(tx))), NULL);
}

static void *client_main(void *client)
{
    struct client *c = client;
    struct arena *a = arena_new();
    int64_t start = clock_monotonic_us();
    while (!is_over) {
        struct job j = {.number = c->sent};
        j.instance = text_print(a, "%lld-%lld-%lld", (long long)start, (long long)c->number,
                                (long long)c->sent);
        int64_t before = clock_monotonic_us();
        struct err *e = store_write(store, a, job_work, &j);
        if (e) {
            (void)fprintf(stderr, "%s: %s\n", e->code, e->message);
            exit(1);
        }
        int64_t us = clock_monotonic_us() - before;
        c->longest_us = us > c->longest_us ? us : c->longest_us;
        c->sent++;
        arena_reset(a);
    }
    arena_free(a);
    return NULL;
}

static void wait_us(int64_t us)
{
    struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    (void)nanosleep(&t, NULL);
}

static void report(const struct client *clients, int64_t count, int64_t us)
{
    int64_t sent = 0, longest = 0;
    for (int64_t i = 0; i < count; i++) {
        sent += clients[i].sent;
        longest = clients[i].longest_us > longest ? clients[i].longest_us : longest;
    }
    struct store_counts counts;
    store_count(store, &counts);
    (void)printf("writer %s clients=%lld: %.0f jobs/s, mean group %.1f, longest wait %.1f ms\n",
                 store_is_postgres(store) ? "postgres" : "sqlite", (long long)count,
                 (double)sent * 1e6 / (double)us, (double)counts.jobs / (double)counts.groups,
                 (double)longest / 1e3);
}

int main(int argc, char **argv)
{
    int64_t count, seconds;
    if (argc < 4 || !text_to_int(argv[1], &count) || count < 1 || count > CLIENTS_MAX ||
        !text_to_int(argv[2], &seconds)) {
        (void)fprintf(stderr, "usage: store_writer CLIENTS SECONDS DIR [postgres://...]\n");
        return 1;
    }
    struct arena *a = arena_new();
    const struct store_options options = {
        .data_dir = argv[3], .database = argc > 4 ? argv[4] : "", .now_ms = clock_now_ms};
    struct err *e = store_open(a, &options, &store);
    if (e) {
        (void)fprintf(stderr, "%s: %s\n", e->code, e->message);
        return 1;
    }
    static struct client clients[CLIENTS_MAX];
    int64_t start = clock_monotonic_us();
    for (int64_t i = 0; i < count; i++) {
        clients[i].number = i;
        if (pthread_create(&clients[i].thread, NULL, client_main, &clients[i]) != 0)
            return 1;
    }
    wait_us(seconds * 1000000);
    is_over = true;
    for (int64_t i = 0; i < count; i++)
        (void)pthread_join(clients[i].thread, NULL);
    report(clients, count, clock_monotonic_us() - start);
    store_close(store);
    arena_free(a);
    return 0;
}
