/* Arena: a list of chunks, each twice the last, up to 1 MiB. Memory is zeroed when handed out. A
 * reset keeps one chunk, so that an arena used for one request after another settles at the size of
 * such a request and asks the heap for nothing more. */
#include "base/arena.h"

#include "base/check.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CHUNK = 8 * 1024,
    LARGEST_CHUNK = 1024 * 1024,
    KEPT_CHUNK = 128 * 1024,
    ALIGNMENT = 16
};

struct chunk {
    struct chunk *next; /* older */
    size_t size, used;
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

struct deferred {
    struct deferred *next; /* older */
    void (*fn)(void *thing);
    void *thing;
};

struct arena {
    struct chunk *current; /* newest */
    struct deferred *deferred;
    size_t total;
};

static struct chunk *chunk_new(size_t size)
{
    struct chunk *c = malloc(sizeof *c + size);
    CHECK(c);
    c->next = NULL;
    c->size = size;
    c->used = 0;
    return c;
}

struct arena *arena_new(void)
{
    struct arena *a = malloc(sizeof *a);
    CHECK(a);
    a->current = chunk_new(FIRST_CHUNK);
    a->deferred = NULL;
    a->total = 0;
    return a;
}

static void run_deferred(struct arena *a)
{
    while (a->deferred) {
        struct deferred *d = a->deferred;
        a->deferred = d->next;
        d->fn(d->thing);
    }
}

static void free_newer(struct arena *a, const struct chunk *kept)
{
    while (a->current != kept) {
        struct chunk *old = a->current;
        a->current = old->next;
        free(old);
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    run_deferred(a);
    free_newer(a, NULL);
    free(a);
}

/* The largest chunk that may be kept: newer ones are larger. */
static struct chunk *kept_chunk(struct chunk *newest)
{
    while (newest->next && newest->size > KEPT_CHUNK)
        newest = newest->next;
    return newest;
}

void arena_reset(struct arena *a)
{
    run_deferred(a);
    free_newer(a, kept_chunk(a->current));
    struct chunk *older = a->current->next;
    a->current->next = NULL;
    while (older) {
        struct chunk *next = older->next;
        free(older);
        older = next;
    }
    a->current->used = 0;
    a->total = 0;
}

static void add_chunk(struct arena *a, size_t at_least)
{
    size_t size = a->current->size * 2;
    if (size > LARGEST_CHUNK)
        size = LARGEST_CHUNK;
    if (size < at_least)
        size = at_least;
    struct chunk *c = chunk_new(size);
    c->next = a->current;
    a->current = c;
}

void *arena_alloc(struct arena *a, size_t size)
{
    CHECK(size < SIZE_MAX / 4);
    size_t rounded = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (rounded == 0)
        rounded = ALIGNMENT;
    if (a->current->size - a->current->used < rounded)
        add_chunk(a, rounded);
    void *p = a->current->bytes + a->current->used;
    a->current->used += rounded;
    a->total += rounded;
    memset(p, 0, size);
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    CHECK(size == 0 || count <= SIZE_MAX / 4 / size);
    return arena_alloc(a, count * size);
}

char *arena_copy(struct arena *a, const void *bytes, size_t size)
{
    char *copy = arena_alloc(a, size + 1);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

char *arena_text(struct arena *a, const char *text)
{
    return arena_copy(a, text, strlen(text));
}

void *arena_room(struct arena *a, void *items, size_t count, size_t size)
{
    bool is_full = (count & (count - 1)) == 0; /* 0, 1, 2, 4, ... */
    if (!is_full)
        return items;
    CHECK(items || !count);
    void *longer = arena_array(a, count ? count * 2 : 1, size);
    if (count)
        memcpy(longer, items, count * size);
    return longer;
}

bool arena_extend(struct arena *a, void *block, size_t old_size, size_t new_size)
{
    struct chunk *c = a->current;
    size_t old_rounded = (old_size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    size_t new_rounded = (new_size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if ((unsigned char *)block + old_rounded != c->bytes + c->used)
        return false;
    if (new_rounded - old_rounded > c->size - c->used)
        return false;
    c->used += new_rounded - old_rounded;
    a->total += new_rounded - old_rounded;
    memset((unsigned char *)block + old_size, 0, new_size - old_size);
    return true;
}

void arena_defer(struct arena *a, void (*fn)(void *thing), void *thing)
{
    struct deferred *d = arena_alloc(a, sizeof *d);
    *d = (struct deferred){.next = a->deferred, .fn = fn, .thing = thing};
    a->deferred = d;
}

size_t arena_used(const struct arena *a)
{
    return a->total;
}

struct arena_mark arena_mark(struct arena *a)
{
    return (struct arena_mark){.chunk = a->current, .used = a->current->used, .total = a->total};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    free_newer(a, mark.chunk);
    a->current->used = mark.used;
    a->total = mark.total;
}
