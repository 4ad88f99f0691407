/* Regular expressions in linear time: a program of at most a few thousand words, and a matcher that
 * keeps the set of places it may stand at. No back-references, no look-around, so no text can make
 * it slow. Syntax: . [a-z] [^x] \d \w \s \D \W \S ( ) (?: ) | * + ? {m} {m,} {m,n} ^ $ and escapes;
 * characters are code points. */
#ifndef ENGINE_REGEX_H
#define ENGINE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct regex {
    const uint32_t *words; /* position-independent; may be stored and read back */
    size_t count;
};

enum regex_fault {
    REGEX_GOOD,
    REGEX_SYNTAX,      /* cannot be read */
    REGEX_UNSUPPORTED, /* back-reference, look-around */
    REGEX_TOO_LARGE    /* over LIMIT_REGEX_BYTES or LIMIT_REGEX_REPEATS */
};
/* fault_at_out: byte of the pattern. */
enum regex_fault regex_compile(struct arena *a, const char *pattern, struct regex *regex_out,
                               size_t *fault_at_out);

/* Is this a program that regex_compile could have written? For programs that were stored. */
bool regex_check(const struct regex *r);

/* Does the whole text match; does some part of it? text is valid UTF-8. */
bool regex_matches(struct arena *a, const struct regex *r, const char *text, size_t size);
bool regex_finds(struct arena *a, const struct regex *r, const char *text, size_t size);

#endif
