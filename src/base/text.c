/* UTF-8 text. */
#include "base/text.h"

#include "base/arena.h"
#include "base/buf.h"

#include <string.h>

bool text_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_fold(const char *a, const char *b)
{
    for (; *a && lower(*a) == lower(*b); a++, b++)
        ;
    return lower(*a) == lower(*b);
}

bool text_starts(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool text_ends(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return end_size <= size && memcmp(text + size - end_size, end, end_size) == 0;
}

/* Bytes of white space at p: ASCII blanks, U+00A0, U+3000; 0 if there is none. */
static size_t space_at(const char *p)
{
    if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
        return 1;
    if (memcmp(p, "\xC2", 1) == 0 && memcmp(p + 1, "\xA0", 1) == 0)
        return 2;
    if (strncmp(p, "\xE3\x80\x80", 3) == 0)
        return 3;
    return 0;
}

bool text_is_blank(const char *text)
{
    while (*text) {
        size_t space = space_at(text);
        if (!space)
            return false;
        text += space;
    }
    return true;
}

static const char *skip_space(const char *text)
{
    for (size_t space; (space = space_at(text)) > 0;)
        text += space;
    return text;
}

const char *text_trim(struct arena *a, const char *text)
{
    text = skip_space(text);
    const char *end = text;
    for (const char *p = text; *p;) {
        size_t space = space_at(p);
        p += space ? space : 1;
        if (!space)
            end = p;
    }
    return *end ? arena_copy(a, text, (size_t)(end - text)) : text;
}

const char *text_collapse(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, a);
    for (const char *p = skip_space(text); *p;) {
        const char *next = skip_space(p);
        if (next != p && *next)
            buf_char(&b, ' ');
        if (*next)
            buf_char(&b, *next++);
        p = next;
    }
    return buf_text(&b);
}

const char *text_lower(struct arena *a, const char *text)
{
    char *copy = arena_text(a, text);
    for (char *p = copy; *p; p++)
        *p = lower(*p);
    return copy;
}

const char *text_join(struct arena *a, const char *left, const char *right)
{
    size_t left_size = strlen(left), right_size = strlen(right);
    char *both = arena_alloc(a, left_size + right_size + 1);
    memcpy(both, left, left_size);
    memcpy(both + left_size, right, right_size);
    return both;
}

/* Length of the well-formed sequence at p (RFC 3629), 0 if there is none. */
static size_t sequence_at(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];
    size_t size = c < 0x80 ? 1 : c < 0xC2 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : c < 0xF5 ? 4 : 0;
    if (size == 0 || size > left || c == 0)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((c == 0xE0 && p[1] < 0xA0) || (c == 0xED && p[1] > 0x9F) || (c == 0xF0 && p[1] < 0x90) ||
        (c == 0xF4 && p[1] > 0x8F))
        return 0;
    if (c == 0xEF && p[1] == 0xBF && p[2] >= 0xBE)
        return 0;
    return size;
}

bool text_is_utf8(const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < size;) {
        size_t step = sequence_at(p + i, size - i);
        if (!step)
            return false;
        i += step;
    }
    return true;
}

uint32_t text_next(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    uint32_t c = p[0];
    size_t size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (c == 0)
        return 0;
    if (size > 1)
        c &= 0xFFu >> (size + 1);
    for (size_t i = 1; i < size && p[i]; i++)
        c = c << 6 | (p[i] & 0x3Fu);
    *text += size;
    return c;
}

size_t text_length(const char *text)
{
    size_t length = 0;
    for (; *text; text++)
        length += (*text & 0xC0) != 0x80;
    return length;
}

size_t text_utf16_length(const char *text)
{
    size_t length = 0;
    for (; *text; text++)
        length += ((*text & 0xC0) != 0x80) + ((unsigned char)*text >= 0xF0);
    return length;
}

void text_escape_xml(struct buf *b, const char *text)
{
    for (;;) {
        size_t plain = strcspn(text, "&<>\"\r");
        buf_bytes(b, text, plain);
        text += plain;
        if (!*text)
            return;
        buf_add(b, *text == '&'   ? "&amp;"
                   : *text == '<' ? "&lt;"
                   : *text == '>' ? "&gt;"
                   : *text == '"' ? "&quot;"
                                  : "&#13;");
        text++;
    }
}

bool text_to_int(const char *text, int64_t *number_out)
{
    bool negative = *text == '-';
    const char *p = text + negative;
    uint64_t number = 0;
    if (!*p)
        return false;
    for (; *p; p++) {
        if (*p < '0' || *p > '9' || number > (UINT64_MAX - 9) / 10)
            return false;
        number = number * 10 + (uint64_t)(*p - '0');
    }
    if (number > (uint64_t)INT64_MAX + negative)
        return false;
    *number_out = negative ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}
