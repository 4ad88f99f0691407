/* Threads beside those that speak HTTP: slow requests, and work at intervals. */
#ifndef HTTP_WORKERS_H
#define HTTP_WORKERS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct workers;

/* capacity: how many may wait before workers_add refuses. Threads live until workers_stop. */
MUST_CHECK struct err *workers_start(struct arena *a, size_t thread_count, size_t capacity,
                                     struct workers **out);
/* Run fn(thing) on a worker, in order of coming. False: the queue is full, fn will not run. */
bool workers_add(struct workers *w, void (*fn)(void *thing), void *thing);
/* Runs what waits, then ends the threads. */
void workers_stop(struct workers *w);

/* One thread that runs each job every period_ms, until stopped; an error is logged, and the job
 * comes again. arena is empty at each call. */
struct chore {
    const char *name;
    int period_ms;
    struct err *(*run)(void *self, struct arena *a);
    void *self;
};
struct chores;
MUST_CHECK struct err *chores_start(struct arena *a, const struct chore *list, size_t count,
                                    struct chores **out);
void chores_stop(struct chores *c);

#endif
