/* Errors. NULL is success. The kind decides the exit code of a command and the HTTP status. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;

enum err_kind {
    ERR_USAGE = 1,   /* command line only */
    ERR_INVALID = 2, /* 422, or 400/414/415/431 by code */
    ERR_SIGN_IN,     /* 401 */
    ERR_DENIED,      /* 403 */
    ERR_MISSING,     /* 404: also what lies outside the actor's area */
    ERR_CONFLICT,    /* 409; 410 by code */
    ERR_TOO_BIG,     /* 413 */
    ERR_BUSY,        /* 503; 429 by code; Retry-After */
    ERR_FULL,        /* 507 */
    ERR_INTERNAL     /* 500 */
};

/* message and message_zh say the same: what is wrong and what to do, one sentence each. */
struct err {
    enum err_kind kind;
    const char *code;  /* stable, for programs and translations: "case.closed" */
    const char *where; /* "survey!C12", "/data/age", or "" */
    const char *message;
    const char *message_zh;
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define TRY(call)                                                                                  \
    do {                                                                                           \
        struct err *e_ = (call);                                                                   \
        if (e_)                                                                                    \
            return e_;                                                                             \
    } while (0)

/* Make an error. english and chinese are formats of buf_print() and use the same arguments in the
 * same order. where is copied; "" if there is no place. */
__attribute__((returns_nonnull, format(printf, 5, 7))) struct err *
err_new(struct arena *a, enum err_kind kind, const char *code, const char *where,
        const char *english, const char *chinese, ...);

/* The same error with its place: who knows the place adds it. NULL stays NULL. */
struct err *err_at(struct arena *a, const struct err *e, const char *where);

/* A copy that lives in another arena. NULL stays NULL. */
struct err *err_copy(struct arena *a, const struct err *e);

/* A fault or warning about a document (workbook, form): all of them are reported together. */
enum note_level { NOTE_ERROR, NOTE_WARNING, NOTE_INFO };
struct note {
    enum note_level level;
    const char *where; /* "survey!C12" or "" */
    const char *code;
    const char *message, *message_zh;
    const char *suggestion; /* a value that would be right in that place, or "" */
    struct note *next;
};
struct notes {
    struct arena *arena;
    struct note *first, *last;
    size_t error_count, warning_count;
};
void notes_init(struct notes *n, struct arena *a);
/* Formats as for err_new(). suggestion may be "". */
__attribute__((format(printf, 6, 8))) void note_add(struct notes *n, enum note_level level,
                                                    const char *code, const char *where,
                                                    const char *suggestion, const char *english,
                                                    const char *chinese, ...);

#endif
