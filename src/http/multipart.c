/* The parser is a window over the stream: what a step cannot finish yet stays in the window. A body
 * that comes in one piece is read where it lies. */
#include "http/multipart.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"

#include <string.h>

enum { BOUNDARY_BYTES = 70, HEAD_BYTES = 8 * 1024, PARTS = 256 };

enum state { PREAMBLE, DELIMITER_END, HEAD, DATA, EPILOGUE };

struct multipart {
    struct arena *arena;
    struct part_sink sink;
    enum state state;
    bool is_past_start;
    char delimiter[BOUNDARY_BYTES + 5]; /* CR LF - - boundary */
    size_t delimiter_size;
    char *window; /* what is left of earlier pieces */
    size_t window_size, window_capacity;
    int part_count;
};

static struct err *malformed(struct arena *a)
{
    return err_new(a, ERR_INVALID, "http.malformed", "",
                   "The parts of this form cannot be told apart. Send it again.",
                   "表单各部分无法识别。请重新发送。");
}

static const char *skip_blank(const char *text)
{
    return text + strspn(text, " \t");
}

/* A quoted text or a token at *at, which is moved behind it. Browsers write a quote inside a name
 * as %22, others as \" : only the latter is an escape here. */
static const char *read_value(struct arena *a, const char **at)
{
    const char *p = *at;
    if (*p != '"') {
        size_t size = strcspn(p, "; \t");
        *at = p + size;
        return arena_copy(a, p, size);
    }
    char *out = arena_alloc(a, strlen(p) + 1);
    size_t n = 0;
    for (p++; *p && *p != '"'; p++) {
        if (p[0] == '\\' && (p[1] == '"' || p[1] == '\\'))
            p++;
        out[n++] = *p;
    }
    *at = *p ? p + 1 : p;
    return out;
}

/* The parameter of a header value ("form-data; name=\"x\""), or NULL. */
static const char *value_parameter(struct arena *a, const char *value, const char *name)
{
    const char *at = value + strcspn(value, ";");
    while (*at) {
        at = skip_blank(at + 1);
        size_t size = strcspn(at, "=;");
        const char *key = arena_copy(a, at, size);
        at += size;
        const char *text = "";
        if (*at == '=') {
            at++;
            text = read_value(a, &at);
        }
        if (text_equal_fold(key, name))
            return text;
        at += strcspn(at, ";");
    }
    return NULL;
}

struct err *multipart_new(struct arena *a, const char *content_type, const struct part_sink *sink,
                          struct multipart **out)
{
    const char *boundary = value_parameter(a, content_type, "boundary");
    size_t size = boundary ? strlen(boundary) : 0;
    if (size == 0 || size > BOUNDARY_BYTES)
        return malformed(a);
    struct multipart *m = arena_alloc(a, sizeof *m);
    m->arena = a;
    m->sink = *sink;
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary, size);
    m->delimiter_size = size + 4;
    *out = m;
    return NULL;
}

/* ISO-8859-1 has no place here: RFC 5987 names are taken in UTF-8 only. */
static const char *extended_name(struct arena *a, const char *text)
{
    static const char start[] = "utf-8''";
    size_t size = sizeof start - 1;
    if (strlen(text) < size || !text_equal_fold(arena_copy(a, text, size), start))
        return NULL;
    char *out = arena_alloc(a, strlen(text));
    size_t n = 0;
    for (const char *p = text + size; *p; p++) {
        unsigned value = (unsigned char)*p;
        if (*p == '%') {
            static const char digits[] = "0123456789abcdef";
            const char *high = p[1] ? strchr(digits, p[1] | 0x20) : NULL;
            const char *low = high && p[2] ? strchr(digits, p[2] | 0x20) : NULL;
            if (!low)
                return NULL;
            value = (unsigned)(high - digits) * 16 + (unsigned)(low - digits);
            p += 2;
        }
        out[n++] = (char)value;
    }
    return out;
}

static bool is_clean(const char *text)
{
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            return false;
    return text_is_utf8(text, strlen(text));
}

static struct err *read_disposition(struct arena *a, const char *value, struct part_head *head)
{
    const char *name = value_parameter(a, value, "name");
    const char *plain = value_parameter(a, value, "filename");
    const char *extended = value_parameter(a, value, "filename*");
    const char *file_name = extended ? extended_name(a, extended) : plain;
    if (!name || (extended && !file_name))
        return malformed(a);
    head->name = name;
    head->has_file_name = file_name != NULL;
    head->file_name = file_name ? file_name : "";
    return is_clean(head->name) && is_clean(head->file_name) ? NULL : malformed(a);
}

static struct err *read_head_line(struct arena *a, char *line, struct part_head *head)
{
    char *colon = strchr(line, ':');
    if (!colon)
        return malformed(a);
    *colon = '\0';
    const char *value = skip_blank(colon + 1);
    if (text_equal_fold(line, "content-disposition"))
        return read_disposition(a, value, head);
    if (text_equal_fold(line, "content-type"))
        head->media_type = is_clean(value) ? value : "";
    return NULL;
}

/* The headers of a part, without the empty line that ends them. */
static struct err *read_head(struct multipart *m, const char *bytes, size_t size)
{
    struct part_head head = {.name = NULL, .file_name = "", .media_type = ""};
    if (memchr(bytes, '\0', size))
        return malformed(m->arena);
    char *line = arena_copy(m->arena, bytes, size);
    while (*line) {
        char *end = strstr(line, "\r\n");
        char *next = end ? end + 2 : line + strlen(line);
        if (end)
            *end = '\0';
        TRY(read_head_line(m->arena, line, &head));
        line = next;
    }
    if (!head.name)
        return malformed(m->arena);
    if (++m->part_count > PARTS)
        return err_new(m->arena, ERR_TOO_BIG, "http.too_many_parts", "",
                       "The form has too many parts. Send the files in several goes.",
                       "表单的部分太多。请分几次发送文件。");
    return m->sink.begin(m->sink.self, &head);
}

/* Each step takes bytes from the front; *used_out = 0 asks for more. */

/* The first delimiter may stand at the very start, without CR LF. */
static struct err *step_preamble(struct multipart *m, const char *p, size_t size, size_t *used_out)
{
    size_t bare = m->delimiter_size - 2;
    if (size < m->delimiter_size)
        return NULL;
    if (!m->is_past_start && memcmp(p, m->delimiter + 2, bare) == 0) {
        m->state = DELIMITER_END;
        *used_out = bare;
        return NULL;
    }
    const char *found = memmem(p, size, m->delimiter, m->delimiter_size);
    m->is_past_start = true;
    m->state = found ? DELIMITER_END : PREAMBLE;
    *used_out = found ? (size_t)(found - p) + m->delimiter_size : size - m->delimiter_size + 1;
    return NULL;
}

static struct err *step_delimiter_end(struct multipart *m, const char *p, size_t size,
                                      size_t *used_out)
{
    size_t blank = 0;
    while (blank < size && (p[blank] == ' ' || p[blank] == '\t'))
        blank++;
    if (size - blank < 2)
        return blank > HEAD_BYTES ? malformed(m->arena) : NULL;
    bool is_last = p[blank] == '-' && p[blank + 1] == '-';
    if (!is_last && (p[blank] != '\r' || p[blank + 1] != '\n'))
        return malformed(m->arena);
    m->state = is_last ? EPILOGUE : HEAD;
    *used_out = blank + 2;
    return NULL;
}

static struct err *step_head(struct multipart *m, const char *p, size_t size, size_t *used_out)
{
    const char *end = memmem(p, size, "\r\n\r\n", 4);
    if (!end)
        return size > HEAD_BYTES ? malformed(m->arena) : NULL;
    m->state = DATA;
    *used_out = (size_t)(end - p) + 4;
    return read_head(m, p, (size_t)(end - p));
}

static struct err *step_data(struct multipart *m, const char *p, size_t size, size_t *used_out)
{
    const char *found = memmem(p, size, m->delimiter, m->delimiter_size);
    size_t kept = m->delimiter_size - 1;
    size_t data = found ? (size_t)(found - p) : size > kept ? size - kept : 0;
    if (data)
        TRY(m->sink.data(m->sink.self, p, data));
    *used_out = data;
    if (found) {
        *used_out += m->delimiter_size;
        m->state = DELIMITER_END;
        return m->sink.end(m->sink.self);
    }
    return NULL;
}

static struct err *step(struct multipart *m, const char *p, size_t size, size_t *used_out)
{
    *used_out = 0;
    CHECK(p);
    switch (m->state) {
    case PREAMBLE:
        return step_preamble(m, p, size, used_out);
    case DELIMITER_END:
        return step_delimiter_end(m, p, size, used_out);
    case HEAD:
        return step_head(m, p, size, used_out);
    case DATA:
        return step_data(m, p, size, used_out);
    case EPILOGUE:
        *used_out = size;
    }
    return NULL;
}

static void window_reserve(struct multipart *m, size_t size)
{
    if (size <= m->window_capacity)
        return;
    char *wider = arena_alloc(m->arena, size * 2);
    if (m->window_size)
        memcpy(wider, m->window, m->window_size);
    m->window = wider;
    m->window_capacity = size * 2;
}

struct err *multipart_add(struct multipart *m, const void *bytes, size_t size)
{
    const char *p = bytes;
    if (m->window_size) {
        window_reserve(m, m->window_size + size);
        memcpy(m->window + m->window_size, bytes, size);
        p = m->window;
        size += m->window_size;
    }
    for (size_t used = 1; size && used; p += used, size -= used)
        TRY(step(m, p, size, &used));
    if (size) {
        bool is_own = m->window && p >= m->window && p < m->window + m->window_capacity;
        if (!is_own)
            window_reserve(m, size);
        CHECK(m->window);
        memmove(m->window, p, size);
    }
    m->window_size = size;
    return NULL;
}

struct err *multipart_end(struct multipart *m)
{
    return m->state == EPILOGUE ? NULL : malformed(m->arena);
}
