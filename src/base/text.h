/* UTF-8 text: NUL-terminated, never NULL; bytes are pointer + size. ASCII rules only, no locale. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

bool text_equal(const char *a, const char *b);
bool text_equal_fold(const char *a, const char *b); /* ignores ASCII case */
bool text_starts(const char *text, const char *start);
bool text_ends(const char *text, const char *end);
bool text_is_blank(const char *text); /* nothing but space, tab, CR, LF */

/* Without white space at both ends (also U+3000 and U+00A0, which people type in cells). */
const char *text_trim(struct arena *a, const char *text);
/* The same, and runs of white space inside become one blank. */
const char *text_collapse(struct arena *a, const char *text);
const char *text_lower(struct arena *a, const char *text); /* ASCII only */
const char *text_join(struct arena *a, const char *left, const char *right);

/* Well-formed UTF-8 without NUL, lone surrogates, overlong forms, U+FFFE, U+FFFF. */
bool text_is_utf8(const void *bytes, size_t size);

/* The code point at *text, which is moved behind it; 0 at the end. The text must be valid UTF-8. */
uint32_t text_next(const char **text);

/* Number of UTF-16 units, as XPath string-length counts; and of code points. */
size_t text_utf16_length(const char *text);
size_t text_length(const char *text);

/* XML escaping for element text and for attribute values in double quotes. */
struct buf;
void text_escape_xml(struct buf *b, const char *text);

/* A decimal integer that fills the whole text; false if it is not one or does not fit. */
bool text_to_int(const char *text, int64_t *number_out);

#endif
