/* A table of fixed size: of two clients that meet in one place the older count gives way, so that
 * memory is bounded whoever asks. */
#include "domain/guess_shelf.h"

#include "base/arena.h"

#include <pthread.h>
#include <string.h>

enum { PLACES = 4096, ADDRESS = 64 };

struct place {
    char client[ADDRESS];
    int64_t since_ms;
    int32_t count;
};
struct guess_shelf {
    pthread_mutex_t mutex;
    struct place places[PLACES];
};

static void shelf_end(void *shelf)
{
    struct guess_shelf *g = shelf;
    (void)pthread_mutex_destroy(&g->mutex);
}

struct guess_shelf *guess_shelf_new(struct arena *a)
{
    struct guess_shelf *g = arena_alloc(a, sizeof *g);
    (void)pthread_mutex_init(&g->mutex, NULL);
    arena_defer(a, shelf_end, g);
    return g;
}

static struct place *place_of(struct guess_shelf *g, const char *client)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *p = client; *p; p++)
        hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
    return &g->places[hash % PLACES];
}

static bool is_of(const struct place *p, const char *client, int64_t now_ms)
{
    return now_ms - p->since_ms < (int64_t)GUESS_CLIENT_SECONDS * 1000 &&
           strncmp(p->client, client, ADDRESS - 1) == 0;
}

bool guess_is_refused(struct guess_shelf *g, const char *client, int64_t now_ms)
{
    if (!*client)
        return false;
    pthread_mutex_lock(&g->mutex);
    const struct place *p = place_of(g, client);
    bool is_refused = is_of(p, client, now_ms) && p->count >= GUESS_CLIENT_TRIES;
    pthread_mutex_unlock(&g->mutex);
    return is_refused;
}

void guess_failed(struct guess_shelf *g, const char *client, int64_t now_ms)
{
    if (!*client)
        return;
    pthread_mutex_lock(&g->mutex);
    struct place *p = place_of(g, client);
    if (!is_of(p, client, now_ms)) {
        size_t size = strlen(client);
        *p = (struct place){.since_ms = now_ms};
        memcpy(p->client, client, size < ADDRESS ? size : ADDRESS - 1);
    }
    p->count++;
    pthread_mutex_unlock(&g->mutex);
}
