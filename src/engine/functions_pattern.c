/* digest(), base64-decode(), regex(). */
#include "engine/functions.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "engine/digest.h"

static void write_hex(struct buf *b, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        buf_print(b, "%02x", bytes[i]);
}

XFUNCTION(digest)
{
    const char *text, *name, *encoding = "base64";
    unsigned char digest[DIGEST_LARGEST];
    enum digest_kind kind;
    struct buf b;
    TRY(xarg_string(e, c, 0, &text));
    TRY(xarg_string(e, c, 1, &name));
    if (c->count > 2)
        TRY(xarg_string(e, c, 2, &encoding));
    if (!digest_find(name, &kind))
        return xfault_type(e, c, name);
    bool is_hex = text_equal(encoding, "hex");
    if (!is_hex && !text_equal(encoding, "base64"))
        return xfault_type(e, c, encoding);
    TRY(xeval_spend(e, strlen(text) / 16));
    size_t size = digest_make(kind, text, strlen(text), digest);
    buf_init(&b, e->run->arena);
    if (is_hex)
        write_hex(&b, digest, size);
    else
        base64_write(&b, digest, size);
    xslot_string(out, buf_text(&b));
    return NULL;
}

/* What is no UTF-8 becomes U+FFFD, byte by byte; NUL ends the text. */
static const char *repair(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, a);
    while (*text) {
        size_t size = 1;
        while (size < 4 && !text_is_utf8(text, size) && text[size])
            size++;
        if (text_is_utf8(text, size)) {
            buf_bytes(&b, text, size);
        } else {
            buf_add(&b, "\xEF\xBF\xBD");
            size = 1;
        }
        text += size;
    }
    return buf_text(&b);
}

XFUNCTION(base64_decode)
{
    const char *text;
    struct buf b;
    TRY(xarg_string(e, c, 0, &text));
    TRY(xeval_spend(e, strlen(text) / 16));
    buf_init(&b, e->run->arena);
    base64_read(&b, text);
    const char *decoded = buf_text(&b);
    bool is_good = text_is_utf8(decoded, strlen(decoded));
    xslot_string(out, is_good ? decoded : repair(e->run->arena, decoded));
    return NULL;
}

/* The program that stands in the code, or one made now. */
static struct err *pattern_argument(struct xeval *e, const struct xcall *c, struct regex *out)
{
    const uint32_t *words = e->code.words + c->arguments[1];
    if (words[0] == XOP_PROGRAM) {
        *out = (struct regex){.words = e->code.words + words[1] / sizeof *words, .count = words[2]};
        return NULL;
    }
    const char *pattern;
    size_t fault_at;
    TRY(xarg_string(e, c, 1, &pattern));
    TRY(xeval_spend(e, strnlen(pattern, LIMIT_REGEX_BYTES)));
    enum regex_fault fault = regex_compile(e->run->arena, pattern, out, &fault_at);
    return fault ? xfault_regex(e->run->arena, "", fault, fault_at) : NULL;
}

XFUNCTION(regex)
{
    const char *text;
    struct regex regex;
    TRY(xarg_string(e, c, 0, &text));
    size_t size = strnlen(text, LIMIT_REGEX_SUBJECT + 1);
    if (size > LIMIT_REGEX_SUBJECT)
        return err_new(e->run->arena, ERR_INVALID, "xpath.argument", "",
                       "regex() takes texts of at most %d bytes.",
                       "regex() 最多处理 %d 字节的文字。", (int)LIMIT_REGEX_SUBJECT);
    TRY(pattern_argument(e, c, &regex));
    TRY(xeval_spend(e, size * regex.count / 64));
    struct arena_mark mark = arena_mark(e->run->arena);
    bool holds = e->run->is_getodk ? regex_finds(e->run->arena, &regex, text, size)
                                   : regex_matches(e->run->arena, &regex, text, size);
    arena_rewind(e->run->arena, mark);
    xslot_boolean(out, holds);
    return NULL;
}
