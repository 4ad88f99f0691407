/* Memory. Every request, command and background job owns one arena. What a function returns lives
 * in the arena passed to it; nobody frees single objects. One thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

void arena_free(struct arena *a);

/* A new, empty arena. Out of memory ends the process. */
#if defined(__GNUC__) && !defined(__clang__)
__attribute__((malloc(arena_free, 1)))
#endif
struct arena *
arena_new(void);

/* Zeroed memory, aligned for any type; never NULL: out of memory ends the process. */
void *arena_alloc(struct arena *a, size_t size);

/* The same for an array; a product that overflows ends the process. */
void *arena_array(struct arena *a, size_t count, size_t size);

/* A copy of size bytes, followed by a NUL. */
char *arena_copy(struct arena *a, const void *bytes, size_t size);

/* A copy of a NUL-terminated text. */
char *arena_text(struct arena *a, const char *text);

/* Room for one more at the end of a list of count items of that size: the list itself, or a longer
 * copy each time count is a power of two. items may be NULL while count is 0. */
void *arena_room(struct arena *a, void *items, size_t count, size_t size);

/* Make the block that arena_alloc gave last longer in place, if there is room. Returns whether it
 * did; used by buf, which grows at the end. The added bytes are zeroed. */
_Bool arena_extend(struct arena *a, void *block, size_t old_size, size_t new_size);

/* Call fn(thing) when the arena is freed or reset, newest first: xmlDoc, statement, file. */
void arena_defer(struct arena *a, void (*fn)(void *thing), void *thing);

/* Empty the arena but keep its first chunk, so that a loop costs no malloc. Runs deferred calls. */
void arena_reset(struct arena *a);

/* Bytes handed out since the arena was made or reset. */
size_t arena_used(const struct arena *a);

/* Bytes handed out so far, as a place to go back to. */
struct arena_mark {
    void *chunk;
    size_t used, total;
};
struct arena_mark arena_mark(struct arena *a);

/* Give back everything allocated after the mark. Deferred calls added since stay. */
void arena_rewind(struct arena *a, struct arena_mark mark);

#endif
