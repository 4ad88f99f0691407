/* JSON. Reading: jansson checks and parses, then the values are copied into the arena, where
 * getters are plain pointer steps. Writing needs no library. */
#include "formats/json.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

/* Both sides use these names; ours win in this file. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_INTEGER JANSSON_INTEGER
#define JSON_REAL JANSSON_REAL
#define JSON_TRUE JANSSON_TRUE
#define JSON_FALSE JANSSON_FALSE
#define JSON_NULL JANSSON_NULL
#define json_real jansson_real
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_INTEGER
#undef JSON_REAL
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL
#undef json_real

enum { DEPTH_LIMIT = 32 };

struct json {
    enum json_type type;
    size_t count; /* of an array or object */
    union {
        bool boolean;
        int64_t integer;
        double real;
        const char *text;
        const struct json *items; /* of an array, or the values of an object */
    } as;
    const char *const *keys; /* of an object */
};

/* Deepest nesting, counted on the bytes, so that the parser never recurses deeper. */
static size_t nesting(const char *text, size_t size)
{
    size_t depth = 0, deepest = 0;
    bool in_text = false;
    for (size_t i = 0; i < size; i++) {
        if (in_text && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            in_text = !in_text;
        } else if (!in_text && (text[i] == '[' || text[i] == '{')) {
            if (++depth > deepest)
                deepest = depth;
        } else if (!in_text && (text[i] == ']' || text[i] == '}') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

static void copy_value(struct arena *a, json_t *from, struct json *to);

static void copy_array(struct arena *a, json_t *from, struct json *to)
{
    size_t count = json_array_size(from);
    struct json *items = arena_array(a, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        copy_value(a, json_array_get(from, i), &items[i]);
    *to = (struct json){.type = JSON_ARRAY, .count = count, .as.items = items};
}

static void copy_object(struct arena *a, json_t *from, struct json *to)
{
    size_t count = json_object_size(from), i = 0;
    struct json *items = arena_array(a, count, sizeof *items);
    const char **keys = arena_array(a, count, sizeof *keys);
    const char *key;
    json_t *value;
    json_object_foreach(from, key, value)
    {
        keys[i] = arena_text(a, key);
        copy_value(a, value, &items[i++]);
    }
    *to = (struct json){.type = JSON_OBJECT, .count = count, .as.items = items, .keys = keys};
}

static void copy_value(struct arena *a, json_t *from, struct json *to)
{
    switch (json_typeof(from)) {
    case JANSSON_OBJECT:
        copy_object(a, from, to);
        break;
    case JANSSON_ARRAY:
        copy_array(a, from, to);
        break;
    case JANSSON_STRING:
        *to = (struct json){JSON_TEXT, .as.text = arena_text(a, json_string_value(from))};
        break;
    case JANSSON_INTEGER:
        *to = (struct json){JSON_INT, .as.integer = json_integer_value(from)};
        break;
    case JANSSON_REAL:
        *to = (struct json){JSON_REAL, .as.real = json_real_value(from)};
        break;
    case JANSSON_TRUE:
    case JANSSON_FALSE:
        *to = (struct json){JSON_BOOL, .as.boolean = json_typeof(from) == JANSSON_TRUE};
        break;
    case JANSSON_NULL:
        *to = (struct json){.type = JSON_NULL};
        break;
    }
}

static struct err *syntax_error(struct arena *a, const json_error_t *error)
{
    const char *where = text_print(a, "line %d, column %d", error->line, error->column);
    return err_new(a, ERR_INVALID, "json.syntax", where, "This is not JSON: %s.",
                   "这不是 JSON：%s。", error->text);
}

struct err *json_read(struct arena *a, const char *text, size_t size, const struct json **out)
{
    if (nesting(text, size) > DEPTH_LIMIT)
        return err_new(a, ERR_INVALID, "json.depth", "", "The JSON is nested deeper than %d.",
                       "JSON 嵌套超过 %d 层。", DEPTH_LIMIT);
    json_error_t error;
    json_t *parsed = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!parsed)
        return syntax_error(a, &error);
    struct json *value = arena_alloc(a, sizeof *value);
    copy_value(a, parsed, value);
    json_decref(parsed);
    *out = value;
    return NULL;
}

enum json_type json_type_of(const struct json *j)
{
    return j ? j->type : JSON_NULL;
}

const struct json *json_get(const struct json *object, const char *key)
{
    if (json_type_of(object) != JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < object->count; i++)
        if (text_equal(object->keys[i], key))
            return &object->as.items[i];
    return NULL;
}

size_t json_count(const struct json *j)
{
    return j ? j->count : 0;
}

const struct json *json_at(const struct json *array, size_t index)
{
    return index < json_count(array) ? &array->as.items[index] : NULL;
}

const char *json_key_at(const struct json *object, size_t index)
{
    bool is_there = json_type_of(object) == JSON_OBJECT && index < object->count;
    return is_there ? object->keys[index] : "";
}

const char *json_text(const struct json *j, const char *otherwise)
{
    return json_type_of(j) == JSON_TEXT ? j->as.text : otherwise;
}

int64_t json_int(const struct json *j, int64_t otherwise)
{
    return json_type_of(j) == JSON_INT ? j->as.integer : otherwise;
}

double json_real(const struct json *j, double otherwise)
{
    if (json_type_of(j) == JSON_INT)
        return (double)j->as.integer;
    return json_type_of(j) == JSON_REAL ? j->as.real : otherwise;
}

bool json_bool(const struct json *j, bool otherwise)
{
    return json_type_of(j) == JSON_BOOL ? j->as.boolean : otherwise;
}

const char *json_get_text(const struct json *object, const char *key)
{
    return json_text(json_get(object, key), "");
}

int64_t json_get_int(const struct json *object, const char *key, int64_t otherwise)
{
    return json_int(json_get(object, key), otherwise);
}

bool json_get_bool(const struct json *object, const char *key, bool otherwise)
{
    return json_bool(json_get(object, key), otherwise);
}

static bool is_listed(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (text_equal(*list, name))
            return true;
    return false;
}

const char *json_unknown_key(const struct json *object, const char *const *known)
{
    if (json_type_of(object) != JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < object->count; i++)
        if (!is_listed(known, object->keys[i]))
            return object->keys[i];
    return NULL;
}

/* Writing */

/* Bytes from p on that need no escape. */
static size_t plain_length(const char *p)
{
    size_t n = 0;
    while ((unsigned char)p[n] >= 0x20 && p[n] != '"' && p[n] != '\\')
        n++;
    return n;
}

static void write_escape(struct buf *b, char c)
{
    static const char *const short_forms[] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\n'] = "\\n", ['\r'] = "\\r", ['\t'] = "\\t",
    };
    const char *form = short_forms[(unsigned char)c];
    if (form)
        buf_add(b, form);
    else
        buf_print(b, "\\u%04x", (unsigned)(unsigned char)c);
}

static void write_text(struct buf *b, const char *text)
{
    buf_char(b, '"');
    while (*text) {
        size_t plain = plain_length(text);
        buf_bytes(b, text, plain);
        text += plain;
        if (*text)
            write_escape(b, *text++);
    }
    buf_char(b, '"');
}

void json_start(struct json_out *j, struct buf *b)
{
    *j = (struct json_out){.buf = b};
}

static void before_value(struct json_out *j, const char *key)
{
    if (j->needs_comma)
        buf_char(j->buf, ',');
    j->needs_comma = true;
    if (!key)
        return;
    write_text(j->buf, key);
    buf_char(j->buf, ':');
}

static void open_with(struct json_out *j, const char *key, char bracket)
{
    before_value(j, key);
    buf_char(j->buf, bracket);
    j->needs_comma = false;
}

static void close_with(struct json_out *j, char bracket)
{
    buf_char(j->buf, bracket);
    j->needs_comma = true;
}

void json_open_object(struct json_out *j, const char *key)
{
    open_with(j, key, '{');
}

void json_close_object(struct json_out *j)
{
    close_with(j, '}');
}

void json_open_array(struct json_out *j, const char *key)
{
    open_with(j, key, '[');
}

void json_close_array(struct json_out *j)
{
    close_with(j, ']');
}

void json_put_text(struct json_out *j, const char *key, const char *text)
{
    before_value(j, key);
    write_text(j->buf, text);
}

void json_put_int(struct json_out *j, const char *key, int64_t number)
{
    before_value(j, key);
    buf_int(j->buf, number);
}

void json_put_real(struct json_out *j, const char *key, double number)
{
    before_value(j, key);
    if (isfinite(number))
        number_print(j->buf, number);
    else
        buf_add(j->buf, "null"); /* JSON has no word for it */
    if (isfinite(number) && fabs(number) >= 1e15 && floor(number) == number)
        buf_add(j->buf, ".0"); /* else it would read as an integer, and not fit one */
}

void json_put_bool(struct json_out *j, const char *key, bool value)
{
    before_value(j, key);
    buf_add(j->buf, value ? "true" : "false");
}

void json_put_null(struct json_out *j, const char *key)
{
    before_value(j, key);
    buf_add(j->buf, "null");
}

void json_put_raw(struct json_out *j, const char *key, const char *json)
{
    before_value(j, key);
    buf_add(j->buf, json);
}

static void put_items(struct json_out *j, const struct json *value)
{
    for (size_t i = 0; i < value->count; i++)
        json_put_value(j, value->keys ? value->keys[i] : NULL, &value->as.items[i]);
}

void json_put_value(struct json_out *j, const char *key, const struct json *value)
{
    switch (json_type_of(value)) {
    case JSON_NULL:
        json_put_null(j, key);
        break;
    case JSON_BOOL:
        json_put_bool(j, key, value->as.boolean);
        break;
    case JSON_INT:
        json_put_int(j, key, value->as.integer);
        break;
    case JSON_REAL:
        json_put_real(j, key, value->as.real);
        break;
    case JSON_TEXT:
        json_put_text(j, key, value->as.text);
        break;
    case JSON_ARRAY:
        json_open_array(j, key);
        put_items(j, value);
        json_close_array(j);
        break;
    case JSON_OBJECT:
        json_open_object(j, key);
        put_items(j, value);
        json_close_object(j);
        break;
    }
}
