/* Errors and notes: values in an arena, with their sentence in English and in Chinese. */
#include "base/err.h"

#include "base/arena.h"
#include "base/buf.h"

static const char *sentence(struct arena *a, const char *format, va_list args)
{
    struct buf b;
    buf_init(&b, a);
    buf_vprint(&b, format, args);
    return buf_text(&b);
}

struct err *err_new(struct arena *a, enum err_kind kind, const char *code, const char *where,
                    const char *english, const char *chinese, ...)
{
    struct err *e = arena_alloc(a, sizeof *e);
    *e = (struct err){.kind = kind, .code = code, .where = arena_text(a, where)};
    va_list args;
    va_start(args, chinese);
    e->message = sentence(a, english, args);
    va_end(args);
    va_start(args, chinese);
    e->message_zh = sentence(a, chinese, args);
    va_end(args);
    return e;
}

struct err *err_at(struct arena *a, const struct err *e, const char *where)
{
    if (!e)
        return NULL;
    struct err *placed = arena_alloc(a, sizeof *placed);
    *placed = *e;
    placed->where = arena_text(a, where);
    return placed;
}

struct err *err_copy(struct arena *a, const struct err *e)
{
    if (!e)
        return NULL;
    struct err *copy = arena_alloc(a, sizeof *copy);
    *copy = (struct err){.kind = e->kind,
                         .code = arena_text(a, e->code),
                         .where = arena_text(a, e->where),
                         .message = arena_text(a, e->message),
                         .message_zh = arena_text(a, e->message_zh)};
    return copy;
}

void notes_init(struct notes *n, struct arena *a)
{
    *n = (struct notes){.arena = a};
}

void note_add(struct notes *n, enum note_level level, const char *code, const char *where,
              const char *suggestion, const char *english, const char *chinese, ...)
{
    struct arena *a = n->arena;
    struct note *note = arena_alloc(a, sizeof *note);
    *note = (struct note){.level = level,
                          .code = code,
                          .where = arena_text(a, where),
                          .suggestion = arena_text(a, suggestion)};
    va_list args;
    va_start(args, chinese);
    note->message = sentence(a, english, args);
    va_end(args);
    va_start(args, chinese);
    note->message_zh = sentence(a, chinese, args);
    va_end(args);
    if (n->last)
        n->last->next = note;
    else
        n->first = note;
    n->last = note;
    n->error_count += level == NOTE_ERROR;
    n->warning_count += level == NOTE_WARNING;
}
