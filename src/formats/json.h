/* JSON (jansson behind our own face): strict reading, exact integers, and a writer on a buf. */
#ifndef FORMATS_JSON_H
#define FORMATS_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct json; /* a value that was read; lives in the arena */

/* Errors: ERR_INVALID json.syntax with line and column; duplicate keys, NUL, bad UTF-8 refused;
 * depth at most 32. */
MUST_CHECK struct err *json_read(struct arena *a, const char *text, size_t size,
                                 const struct json **out);

/* Getters never fail: a missing member or another type gives the default. */
enum json_type { JSON_NULL, JSON_BOOL, JSON_INT, JSON_REAL, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };
enum json_type json_type_of(const struct json *j); /* NULL pointer: JSON_NULL */
const struct json *json_get(const struct json *object, const char *key); /* NULL if absent */
size_t json_count(const struct json *j);                                 /* members or elements */
const struct json *json_at(const struct json *array, size_t index);
const char *json_key_at(const struct json *object, size_t index);
const char *json_text(const struct json *j, const char *otherwise); /* of a text value */
int64_t json_int(const struct json *j, int64_t otherwise);
/* jansson exports a json_real of its own and calls it while parsing; the dynamic linker would send
 * those calls to ours. Hence another symbol. */
double json_real(const struct json *j, double otherwise) __asm__("bangban_json_real");
bool json_bool(const struct json *j, bool otherwise);
const char *json_get_text(const struct json *object, const char *key); /* "" if absent */
int64_t json_get_int(const struct json *object, const char *key, int64_t otherwise);
bool json_get_bool(const struct json *object, const char *key, bool otherwise);

/* The first member whose name is not in the NULL-ended list, or NULL: unknown members are refused.
 */
const char *json_unknown_key(const struct json *object, const char *const *known);

/* Writing: commas are put by the writer. Keys are NULL inside arrays and at the top. */
struct json_out {
    struct buf *buf;
    bool needs_comma;
};
void json_start(struct json_out *j, struct buf *b);
void json_open_object(struct json_out *j, const char *key);
void json_close_object(struct json_out *j);
void json_open_array(struct json_out *j, const char *key);
void json_close_array(struct json_out *j);
void json_put_text(struct json_out *j, const char *key, const char *text);
void json_put_int(struct json_out *j, const char *key, int64_t number);
void json_put_real(struct json_out *j, const char *key, double number);
void json_put_bool(struct json_out *j, const char *key, bool value);
void json_put_null(struct json_out *j, const char *key);
void json_put_raw(struct json_out *j, const char *key, const char *json); /* is JSON already */
void json_put_value(struct json_out *j, const char *key, const struct json *value);

#endif
