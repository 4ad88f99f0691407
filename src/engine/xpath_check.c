/* What is judged when an expression is compiled: literal arguments. Patterns become programs,
 * quoted paths become paths; unknown instances, formats and algorithms are faults. And the other
 * way round: whether stored code may be run. */
#include "engine/functions.h"

#include "base/arena.h"
#include "base/text.h"
#include "engine/digest.h"
#include "engine/regex.h"
#include "engine/xpath_parse.h"

/* The text of a literal argument, NULL if it is none. */
static const char *literal(const struct xparser *p, const struct xlist *arguments, size_t i)
{
    if (i >= arguments->count || p->words[arguments->items[i]] != XOP_TEXT)
        return NULL;
    return p->texts + p->words[arguments->items[i] + 1];
}

struct err *xfault_regex(struct arena *a, const char *where, enum regex_fault fault, size_t at)
{
    if (fault == REGEX_UNSUPPORTED)
        return err_new(a, ERR_INVALID, "xpath.bad_regex", where,
                       "The pattern uses something that is not offered (back-reference, "
                       "look-around, \\b, \\p) near its character %zu.",
                       "正则表达式第 %zu 个字符附近用了不支持的写法（反向引用、环视、\\b、\\p）。",
                       at + 1);
    if (fault == REGEX_TOO_LARGE)
        return err_new(a, ERR_INVALID, "xpath.bad_regex", where,
                       "The pattern is too large (near its character %zu).",
                       "正则表达式太大（第 %zu 个字符附近）。", at + 1);
    return err_new(a, ERR_INVALID, "xpath.bad_regex", where,
                   "The pattern cannot be read near its character %zu.",
                   "正则表达式第 %zu 个字符附近读不懂。", at + 1);
}

static struct err *check_regex(struct xparser *p, const char *at, struct xlist *arguments)
{
    const char *pattern = literal(p, arguments, 1);
    struct regex regex;
    size_t fault_at;
    if (!pattern)
        return NULL;
    enum regex_fault fault = regex_compile(p->arena, pattern, &regex, &fault_at);
    if (fault)
        return xfault_regex(p->arena, xparse_place(p, at), fault, fault_at);
    /* The program is read in place: it must stand at a multiple of four. */
    size_t gap = (4 - p->text_size % 4) % 4;
    if (gap)
        xemit_text(p, "\0\0\0", gap - 1);
    uint32_t text = xemit_text(p, (const char *)regex.words, regex.count * sizeof *regex.words);
    arguments->items[1] = xemit(p, XOP_PROGRAM);
    xemit(p, text);
    xemit(p, (uint32_t)regex.count);
    return NULL;
}

static struct err *check_format(struct xparser *p, const char *at, const struct xlist *arguments)
{
    const char *format = literal(p, arguments, 1);
    char fault = format ? xformat_date_fault(format) : 0;
    if (!fault)
        return NULL;
    return err_new(p->arena, ERR_INVALID, "xpath.bad_format", xparse_place(p, at),
                   "format-date() does not know %%%c; use %%Y %%m %%d %%H %%M %%S %%b %%a.",
                   "format-date() 不认识 %%%c；可用 %%Y %%m %%d %%H %%M %%S %%b %%a。", fault);
}

static struct err *check_digest(struct xparser *p, const char *at, const struct xlist *arguments)
{
    const char *name = literal(p, arguments, 1);
    enum digest_kind kind;
    if (!name || digest_find(name, &kind))
        return NULL;
    return err_new(p->arena, ERR_INVALID, "xpath.bad_digest", xparse_place(p, at),
                   "digest() does not know '%s'; use MD5, SHA-1, SHA-256, SHA-384 or SHA-512.",
                   "digest() 不认识“%s”；可用 MD5、SHA-1、SHA-256、SHA-384、SHA-512。", name);
}

static struct err *check_instance(struct xparser *p, const char *at, const struct xlist *arguments)
{
    const char *id = literal(p, arguments, 0);
    if (!id || !p->scope->has_instance || p->scope->has_instance(p->scope->self, id))
        return NULL;
    return err_new(p->arena, ERR_INVALID, "xpath.unknown_instance", xparse_place(p, at),
                   "There is no list '%s'; add it to the choices or attach the file.",
                   "没有名单“%s”；请写进选项表或附上文件。", id);
}

/* A quoted path becomes a path, so that the form's compiler hears of it. What is no path stays. */
static void read_quoted_path(struct xparser *p, struct xlist *arguments)
{
    const char *text = literal(p, arguments, 1);
    if (!text)
        return;
    const struct xparser before = *p;
    struct xparser inner = *p;
    uint32_t node;
    inner.text = inner.at = arena_text(p->arena, text);
    xparse_space(&inner);
    if (!xparse_is_path(&inner) || xparse_path(&inner, 0, &node))
        return;
    xparse_space(&inner);
    if (*inner.at)
        return;
    *p = inner;
    p->text = before.text;
    p->at = before.at;
    arguments->items[1] = node;
}

static const char *notes_place(const struct xparser *p)
{
    return p->scope->notes_where ? p->scope->notes_where : "";
}

static void warn_of_time(struct xparser *p)
{
    if (p->scope->notes)
        note_add(p->scope->notes, NOTE_WARNING, "xpath.phone_time", notes_place(p), "",
                 "Phones cannot use decimal-time() on a text; give it a time question.",
                 "手机上 decimal-time() 不能用文字；请用时间题。");
}

/* Literals of a function that phones take only as a path, and arguments they miss. */
static bool is_web_only(const struct xparser *p, const struct xfunction *f,
                        const struct xlist *arguments)
{
    if (f->run == xfunction_area)
        return literal(p, arguments, 0) != NULL;
    if (f->run == xfunction_geofence)
        return literal(p, arguments, 1) != NULL;
    return arguments->count == 0 &&
           (f->run == xfunction_string || f->run == xfunction_number ||
            f->run == xfunction_string_length || f->run == xfunction_normalize_space);
}

struct err *xparse_check_call(struct xparser *p, const char *at, const struct xfunction *f,
                              struct xlist *arguments)
{
    if (text_equal(f->name, "regex"))
        return check_regex(p, at, arguments);
    if (f->run == xfunction_format_date)
        return check_format(p, at, arguments);
    if (text_equal(f->name, "digest"))
        return check_digest(p, at, arguments);
    if (text_equal(f->name, "instance") || text_equal(f->name, "pulldata"))
        return check_instance(p, at, arguments);
    if (text_equal(f->name, "jr:choice-name"))
        read_quoted_path(p, arguments);
    if (f->run == xfunction_decimal_time && literal(p, arguments, 0))
        warn_of_time(p);
    if (is_web_only(p, f, arguments))
        p->flags |= XCODE_WEB_ONLY;
    return NULL;
}

static bool is_quoted_date(const struct xparser *p, uint32_t node)
{
    return p->words[node] == XOP_TEXT && xtext_is_date_like(p->texts + p->words[node + 1]);
}

/* A date beside a quoted date compares as text or not at all (forms.md 7.1). */
void xparse_check_comparison(struct xparser *p, uint32_t left, uint32_t right)
{
    if (p->scope->notes && (is_quoted_date(p, left) || is_quoted_date(p, right)))
        note_add(p->scope->notes, NOTE_WARNING, "xpath.date_text", notes_place(p), "",
                 "A quoted date is only text here; write date('2026-01-31').",
                 "这里加引号的日期只是文字；请写 date('2026-01-31')。");
}

/* Stored code
 * ----------------------------------------------------------------------------------------- */

struct checker {
    const uint32_t *words;
    const char *bytes;
    uint32_t word_count;
    size_t size;
};

/* A NUL-terminated text behind the words. */
static bool text_is_good(const struct checker *c, uint32_t at)
{
    return at >= c->word_count * sizeof *c->words && at < c->size &&
           memchr(c->bytes + at, '\0', c->size - at) != NULL;
}

static bool program_is_good(const struct checker *c, uint32_t at, uint32_t count)
{
    if (at % 4 || at < c->word_count * sizeof *c->words || at > c->size ||
        count > (c->size - at) / sizeof *c->words)
        return false;
    const struct regex r = {.words = (const uint32_t *)(const void *)(c->bytes + at),
                            .count = count};
    return regex_check(&r);
}

static bool is_set(const uint8_t *bits, uint32_t at)
{
    return (bits[at / 8] >> at % 8 & 1) != 0;
}

/* Children stand in front of their parents, so that there is no loop; steps only in paths. */
static bool children_are_good(const struct checker *c, const uint8_t *starts, uint32_t node,
                              uint32_t first, uint32_t count, uint32_t stride, bool wants_steps)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t child = c->words[node + first + i * stride];
        if (child < XCODE_HEADER || child >= node || !is_set(starts, child))
            return false;
        if (((c->words[child] & 0xFF) == XOP_STEP) != wants_steps)
            return false;
    }
    return true;
}

static bool chain_is_good(const struct checker *c, const uint8_t *starts, uint32_t node)
{
    uint32_t count = c->words[node] >> 8, first = c->words[node + 2];
    static const uint8_t ranks[XOPERATOR_COUNT] = {1, 2, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 6, 7};
    if (count == 0 || first >= XOPERATOR_COUNT)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t op = c->words[node + 2 + 2 * i];
        if (op >= XOPERATOR_COUNT || ranks[op] != ranks[first])
            return false;
    }
    return children_are_good(c, starts, node, 1, 1, 1, false) &&
           children_are_good(c, starts, node, 3, count, 2, false);
}

static bool node_is_good(const struct checker *c, const uint8_t *starts, uint32_t node)
{
    const uint32_t *w = c->words + node;
    uint32_t head = w[0], count = head >> 16;
    switch (head & 0xFF) {
    case XOP_TEXT:
        return text_is_good(c, w[1]);
    case XOP_PROGRAM:
        return program_is_good(c, w[1], w[2]);
    case XOP_CHAIN:
        return chain_is_good(c, starts, node);
    case XOP_NEGATE:
        return children_are_good(c, starts, node, 1, 1, 1, false);
    case XOP_CALL: {
        uint32_t arguments = head >> 8;
        if (w[1] >= xfunction_total || arguments < xfunctions[w[1]].least ||
            (xfunctions[w[1]].most != ARGUMENTS_MANY && arguments > xfunctions[w[1]].most))
            return false;
        return children_are_good(c, starts, node, 2, arguments, 1, false);
    }
    case XOP_FILTER:
        return children_are_good(c, starts, node, 1, 1 + count, 1, false);
    case XOP_PATH:
        if ((head >> 8 & 0xFF) == XSTART_EXPRESSION &&
            !children_are_good(c, starts, node, 1, 1, 1, false))
            return false;
        return (head >> 8 & 0xFF) <= XSTART_EXPRESSION &&
               children_are_good(c, starts, node, 2, count, 1, true);
    case XOP_STEP:
        return (head >> 8 & 0xF) < XAXIS_COUNT && (head >> 12 & 0xF) < XTEST_COUNT &&
               text_is_good(c, w[1]) && text_is_good(c, w[2]) &&
               children_are_good(c, starts, node, 3, count, 1, false);
    default:
        return true;
    }
}

bool xpath_code_check(const struct xpath_code *code)
{
    struct checker c = {.words = code->bytes, .bytes = code->bytes, .size = code->size};
    uint8_t starts[XCODE_MOST_WORDS / 8] = {0};
    if (c.size < XCODE_HEADER * sizeof *c.words || c.words[0] != XCODE_MAGIC || c.words[4] > c.size)
        return false;
    c.word_count = c.words[3];
    if (c.word_count > XCODE_MOST_WORDS || c.word_count > c.size / sizeof *c.words)
        return false;
    uint32_t node = XCODE_HEADER;
    while (node < c.word_count) {
        uint32_t size = xcode_node_size(c.words[node]);
        if (size == 0 || size > c.word_count - node || !node_is_good(&c, starts, node))
            return false;
        starts[node / 8] |= (uint8_t)(1 << node % 8);
        node += size;
    }
    uint32_t root = c.words[2];
    return root >= XCODE_HEADER && root < c.word_count && is_set(starts, root) &&
           (c.words[root] & 0xFF) != XOP_STEP;
}
