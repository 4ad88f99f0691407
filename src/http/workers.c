/* A bounded queue with a few threads, and a thread of chores. */
#include "http/workers.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <stdint.h>
#include <time.h>

struct task {
    void (*fn)(void *thing);
    void *thing;
};
struct workers {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct task *tasks; /* a ring */
    size_t capacity, first, count;
    bool is_stopping;
    pthread_t *threads;
    size_t thread_count;
};

/* The next task; false when there is none and there will be none. */
static bool take(struct workers *w, struct task *task_out)
{
    pthread_mutex_lock(&w->lock);
    while (w->count == 0 && !w->is_stopping)
        pthread_cond_wait(&w->changed, &w->lock);
    bool has_task = w->count > 0;
    if (has_task) {
        *task_out = w->tasks[w->first];
        w->first = (w->first + 1) % w->capacity;
        w->count--;
    }
    pthread_mutex_unlock(&w->lock);
    return has_task;
}

static void *work(void *workers)
{
    struct task task;
    while (take(workers, &task))
        task.fn(task.thing);
    return NULL;
}

static struct err *no_thread(struct arena *a)
{
    return err_new(a, ERR_INTERNAL, "server.thread", "", "The system gives no more threads.",
                   "系统无法再创建线程。");
}

struct err *workers_start(struct arena *a, size_t thread_count, size_t capacity,
                          struct workers **out)
{
    struct workers *w = arena_alloc(a, sizeof *w);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    w->tasks = arena_array(a, capacity, sizeof *w->tasks);
    w->capacity = capacity;
    w->threads = arena_array(a, thread_count, sizeof *w->threads);
    for (; w->thread_count < thread_count; w->thread_count++)
        if (pthread_create(&w->threads[w->thread_count], NULL, work, w) != 0)
            return no_thread(a);
    *out = w;
    return NULL;
}

bool workers_add(struct workers *w, void (*fn)(void *thing), void *thing)
{
    pthread_mutex_lock(&w->lock);
    bool has_room = w->count < w->capacity && !w->is_stopping;
    if (has_room) {
        w->tasks[(w->first + w->count) % w->capacity] = (struct task){fn, thing};
        w->count++;
        pthread_cond_signal(&w->changed);
    }
    pthread_mutex_unlock(&w->lock);
    return has_room;
}

void workers_stop(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    w->is_stopping = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->thread_count; i++)
        pthread_join(w->threads[i], NULL);
}

struct chores {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping;
    const struct chore *list;
    int64_t *due_us; /* of each, on the monotonic clock */
    size_t count;
    pthread_t thread;
};

static void run_chore(const struct chore *chore, struct arena *a)
{
    struct err *e = chore->run(chore->self, a);
    if (e)
        log_event(LOG_ERROR, "chore", "name", chore->name, "code", e->code, "message", e->message,
                  NULL);
    arena_reset(a);
}

static int64_t run_due(struct chores *c, struct arena *a)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < c->count; i++) {
        if (c->due_us[i] <= clock_monotonic_us()) {
            run_chore(&c->list[i], a);
            c->due_us[i] = clock_monotonic_us() + c->list[i].period_ms * INT64_C(1000);
        }
        if (c->due_us[i] < next)
            next = c->due_us[i];
    }
    return next;
}

static bool rest_until(struct chores *c, int64_t at_us)
{
    const struct timespec until = {.tv_sec = at_us / 1000000, .tv_nsec = at_us % 1000000 * 1000};
    pthread_mutex_lock(&c->lock);
    int result = 0;
    while (!c->is_stopping && result == 0)
        result = pthread_cond_timedwait(&c->changed, &c->lock, &until);
    bool goes_on = !c->is_stopping;
    pthread_mutex_unlock(&c->lock);
    return goes_on;
}

static void *do_chores(void *chores)
{
    struct chores *c = chores;
    struct arena *a = arena_new();
    while (rest_until(c, run_due(c, a)))
        ;
    arena_free(a);
    return NULL;
}

struct err *chores_start(struct arena *a, const struct chore *list, size_t count,
                         struct chores **out)
{
    struct chores *c = arena_alloc(a, sizeof *c);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    c->list = list;
    c->count = count;
    c->due_us = arena_array(a, count + 1, sizeof *c->due_us);
    if (pthread_create(&c->thread, NULL, do_chores, c) != 0)
        return no_thread(a);
    *out = c;
    return NULL;
}

void chores_stop(struct chores *c)
{
    pthread_mutex_lock(&c->lock);
    c->is_stopping = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
}
