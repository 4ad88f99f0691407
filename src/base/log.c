/* One line of JSON per event, written with a single write(2) so that lines of several threads never
 * mix. A value that is too long is cut: a log line must not need memory. */
#include "base/log.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 4096, TAIL = 8 }; /* TAIL: room for the closing quote, brace and newline */

struct line {
    char bytes[LINE];
    size_t size;
};

static bool line_char(struct line *l, char c)
{
    if (l->size >= LINE - TAIL)
        return false;
    l->bytes[l->size++] = c;
    return true;
}

static void line_plain(struct line *l, const char *text)
{
    while (*text && line_char(l, *text))
        text++;
}

static void line_escape(struct line *l, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    if (c == '"' || c == '\\') {
        (void)(line_char(l, '\\') && line_char(l, (char)c));
    } else if (c < 0x20 || c == 0x7f) {
        line_plain(l, "\\u00");
        (void)(line_char(l, hex[c >> 4]) && line_char(l, hex[c & 15]));
    } else {
        (void)line_char(l, (char)c);
    }
}

static void line_text(struct line *l, const char *text)
{
    (void)line_char(l, '"');
    /* Room is looked for before a code point, never inside it: half of one is unreadable. */
    for (; *text; text++) {
        bool is_inside = ((unsigned char)*text & 0xC0) == 0x80;
        if (!is_inside && l->size >= LINE - TAIL - 12)
            break;
        line_escape(l, (unsigned char)*text);
    }
    l->bytes[l->size++] = '"';
}

static void line_number(struct line *l, int64_t number)
{
    char digits[24];
    size_t count = 0;
    uint64_t rest = (uint64_t)number; /* instants after 1970 only */
    do
        digits[count++] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    while (count > 0)
        (void)line_char(l, digits[--count]);
}

void log_event(enum log_level level, const char *event, ...)
{
    static const char *const names[] = {"info", "warn", "error"};
    struct line l = {.size = 0};
    line_plain(&l, "{\"at\":");
    line_number(&l, clock_now_ms(NULL));
    line_plain(&l, ",\"level\":");
    line_text(&l, names[level]);
    line_plain(&l, ",\"event\":");
    line_text(&l, event);
    va_list args;
    va_start(args, event);
    for (const char *key = va_arg(args, const char *); key; key = va_arg(args, const char *)) {
        const char *value = va_arg(args, const char *);
        if (l.size + strlen(key) > LINE - 64)
            break;
        (void)line_char(&l, ',');
        line_text(&l, key);
        (void)line_char(&l, ':');
        line_text(&l, value ? value : "");
    }
    va_end(args);
    l.bytes[l.size++] = '}';
    l.bytes[l.size++] = '\n';
    /* Nobody to tell if standard error is gone. */
    if (write(STDERR_FILENO, l.bytes, l.size) < 0)
        return;
}
