/* Text and bytes under construction, on an arena. One printer, ignorant of locale and of stdio, so
 * that WebAssembly imports nothing for it. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct buf {
    struct arena *arena;
    char *data; /* NULL while empty */
    size_t size, capacity;
};

void buf_init(struct buf *b, struct arena *a);
void buf_bytes(struct buf *b, const void *bytes, size_t size);
void buf_add(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_int(struct buf *b, int64_t number);

/* %s %c %d %u %zu %zd %ld %lu %lld %llu %x %lx %llx %%; width and 0-padding for numbers ("%04d");
 * %.*s. Nothing else: anything else is our own mistake and ends the process. */
__attribute__((format(printf, 2, 3))) void buf_print(struct buf *b, const char *format, ...);
void buf_vprint(struct buf *b, const char *format, va_list args);

/* The text so far, NUL-terminated; stays valid while nothing is added. Never NULL. */
const char *buf_text(struct buf *b);

/* Room for size more bytes at the end, which the caller fills and then counts in b->size. */
char *buf_reserve(struct buf *b, size_t size);

/* buf_print into a new text of its own. */
__attribute__((format(printf, 2, 3))) const char *text_print(struct arena *a, const char *format,
                                                             ...);

#endif
