/* Growing text on an arena, and the printer. */
#include "base/buf.h"

#include "base/arena.h"
#include "base/check.h"

#include <stdbool.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

void buf_init(struct buf *b, struct arena *a)
{
    *b = (struct buf){.arena = a};
}

char *buf_reserve(struct buf *b, size_t size)
{
    CHECK(size < SIZE_MAX / 4);
    size_t needed = b->size + size + 1;
    if (b->data && needed <= b->capacity)
        return b->data + b->size;
    size_t capacity = b->capacity ? b->capacity * 2 : FIRST_CAPACITY;
    if (capacity < needed)
        capacity = needed;
    if (!b->data || !arena_extend(b->arena, b->data, b->capacity, capacity)) {
        char *data = arena_alloc(b->arena, capacity);
        if (b->size)
            memcpy(data, b->data, b->size);
        b->data = data;
    }
    b->capacity = capacity;
    return b->data + b->size;
}

void buf_bytes(struct buf *b, const void *bytes, size_t size)
{
    char *end = buf_reserve(b, size);
    if (size)
        memcpy(end, bytes, size);
    b->size += size;
}

void buf_add(struct buf *b, const char *text)
{
    buf_bytes(b, text, strlen(text));
}

void buf_char(struct buf *b, char c)
{
    *buf_reserve(b, 1) = c;
    b->size++;
}

struct number_style {
    int width;
    bool zero, left;
    unsigned base;
};

static void print_digits(struct buf *b, uint64_t number, bool negative, struct number_style style)
{
    char digits[32];
    int count = 0;
    do {
        digits[count++] = "0123456789abcdef"[number % style.base];
        number /= style.base;
    } while (number);
    int padding = style.width - count - negative;
    if (!style.zero && !style.left)
        for (; padding > 0; padding--)
            buf_char(b, ' ');
    if (negative)
        buf_char(b, '-');
    if (style.zero)
        for (; padding > 0; padding--)
            buf_char(b, '0');
    while (count)
        buf_char(b, digits[--count]);
    for (; padding > 0; padding--)
        buf_char(b, ' ');
}

static void print_signed(struct buf *b, int64_t number, struct number_style style)
{
    uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    print_digits(b, size, number < 0, style);
}

void buf_int(struct buf *b, int64_t number)
{
    print_signed(b, number, (struct number_style){.base = 10});
}

enum length { LENGTH_INT, LENGTH_LONG, LENGTH_LONG_LONG, LENGTH_SIZE };

static enum length read_length(const char **format)
{
    if (**format == 'z')
        return (*format)++, LENGTH_SIZE;
    if ((*format)[0] == 'l' && (*format)[1] == 'l')
        return *format += 2, LENGTH_LONG_LONG;
    if (**format == 'l')
        return (*format)++, LENGTH_LONG;
    return LENGTH_INT;
}

static int64_t signed_argument(va_list *args, enum length length)
{
    switch (length) {
    case LENGTH_LONG:
        return va_arg(*args, long);
    case LENGTH_LONG_LONG:
        return va_arg(*args, long long);
    case LENGTH_SIZE:
        return va_arg(*args, ptrdiff_t);
    default:
        return va_arg(*args, int);
    }
}

static uint64_t unsigned_argument(va_list *args, enum length length)
{
    switch (length) {
    case LENGTH_LONG:
        return va_arg(*args, unsigned long);
    case LENGTH_LONG_LONG:
        return va_arg(*args, unsigned long long);
    case LENGTH_SIZE:
        return va_arg(*args, size_t);
    default:
        return va_arg(*args, unsigned);
    }
}

static void print_text(struct buf *b, const char *text, int precision)
{
    size_t size = strlen(text);
    if (precision >= 0 && (size_t)precision < size)
        size = (size_t)precision;
    buf_bytes(b, text, size);
}

/* One conversion; format stands behind '%'. Returns what follows it. */
static const char *print_conversion(struct buf *b, const char *format, va_list *args)
{
    struct number_style style = {.base = 10};
    int precision = -1;
    for (; *format == '0' || *format == '-'; format++) {
        style.zero |= *format == '0';
        style.left |= *format == '-';
    }
    for (; *format >= '0' && *format <= '9'; format++)
        style.width = style.width * 10 + (*format - '0');
    if (format[0] == '.' && format[1] == '*') {
        precision = va_arg(*args, int);
        format += 2;
    }
    enum length length = read_length(&format);
    switch (*format) {
    case 's': {
        const char *text = va_arg(*args, const char *);
        if (precision >= 0)
            buf_bytes(b, text, strnlen(text, (size_t)precision));
        else
            print_text(b, text, precision);
        break;
    }
    case 'c':
        buf_char(b, (char)va_arg(*args, int));
        break;
    case 'd':
        print_signed(b, signed_argument(args, length), style);
        break;
    case 'u':
        print_digits(b, unsigned_argument(args, length), false, style);
        break;
    case 'x':
        style.base = 16;
        print_digits(b, unsigned_argument(args, length), false, style);
        break;
    case '%':
        buf_char(b, '%');
        break;
    default:
        CHECK(!"unknown conversion");
    }
    return format + 1;
}

void buf_vprint(struct buf *b, const char *format, va_list args)
{
    va_list rest;
    va_copy(rest, args);
    while (*format) {
        const char *percent = strchr(format, '%');
        size_t plain = percent ? (size_t)(percent - format) : strlen(format);
        buf_bytes(b, format, plain);
        if (!percent)
            break;
        format = print_conversion(b, percent + 1, &rest);
    }
    va_end(rest);
}

void buf_print(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buf_vprint(b, format, args);
    va_end(args);
}

const char *buf_text(struct buf *b)
{
    *buf_reserve(b, 0) = '\0';
    return b->data;
}

const char *text_print(struct arena *a, const char *format, ...)
{
    struct buf b;
    buf_init(&b, a);
    va_list args;
    va_start(args, format);
    buf_vprint(&b, format, args);
    va_end(args);
    return buf_text(&b);
}
