/* Thompson's construction, run as a set of places (Pike). Jumps are relative, so that a piece of
 * program is repeated by copying it. */
#include "engine/regex.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

/* Words of an instruction: op | count << 8, then its operands. */
enum op {
    OP_CHAR,  /* one code point */
    OP_ANY,   /* any but a line end */
    OP_CLASS, /* count ranges: first, last */
    OP_NOT_CLASS,
    OP_SPLIT, /* two places, relative to this instruction */
    OP_JUMP,  /* one place */
    OP_START,
    OP_END,
    OP_MATCH
};
enum { MOST_WORDS = 16000, MOST_PLACES = 2600, MOST_DEPTH = 60, LAST_CODE_POINT = 0x10FFFF };

static uint32_t instruction_size(uint32_t word)
{
    switch (word & 0xFF) {
    case OP_CHAR:
    case OP_JUMP:
        return 2;
    case OP_CLASS:
    case OP_NOT_CLASS:
        return 1 + 2 * (word >> 8);
    case OP_SPLIT:
        return 3;
    default:
        return 1;
    }
}

/* Compile
 * --------------------------------------------------------------------------------------------- */

struct compiler {
    const char *pattern, *at;
    uint32_t *words;
    size_t count, capacity;
    size_t places; /* instructions emitted */
    int depth;
    struct arena *arena;
    enum regex_fault fault;
};

static bool fail(struct compiler *c, enum regex_fault fault)
{
    if (!c->fault)
        c->fault = fault;
    return false;
}

static bool reserve(struct compiler *c, size_t count)
{
    if (c->count + count > MOST_WORDS)
        return fail(c, REGEX_TOO_LARGE);
    if (c->count + count <= c->capacity)
        return true;
    size_t capacity = c->capacity * 2 + count + 64;
    uint32_t *words = arena_array(c->arena, capacity, sizeof *words);
    if (c->count)
        memcpy(words, c->words, c->count * sizeof *words);
    c->words = words;
    c->capacity = capacity;
    return true;
}

static bool emit(struct compiler *c, const uint32_t *words, size_t count)
{
    if (++c->places > MOST_PLACES)
        return fail(c, REGEX_TOO_LARGE);
    if (!reserve(c, count))
        return false;
    memcpy(c->words + c->count, words, count * sizeof *words);
    c->count += count;
    return true;
}

static bool emit_one(struct compiler *c, uint32_t word)
{
    return emit(c, &word, 1);
}

/* Put an instruction in front of the piece that starts at start. */
static bool insert(struct compiler *c, size_t start, const uint32_t *words, size_t count)
{
    if (!emit(c, words, count))
        return false;
    memmove(c->words + start + count, c->words + start, (c->count - count - start) * sizeof *words);
    memcpy(c->words + start, words, count * sizeof *words);
    return true;
}

/* Negative distances wrap, as unsigned numbers do. */
static uint32_t distance(size_t from, size_t to)
{
    return (uint32_t)(to - from);
}

static bool emit_split(struct compiler *c, uint32_t first, uint32_t second)
{
    const uint32_t words[] = {OP_SPLIT, first, second};
    return emit(c, words, 3);
}

static bool insert_split(struct compiler *c, size_t start, uint32_t first, uint32_t second)
{
    const uint32_t words[] = {OP_SPLIT, first, second};
    return insert(c, start, words, 3);
}

static bool emit_jump(struct compiler *c, size_t to)
{
    const uint32_t words[] = {OP_JUMP, distance(c->count, to)};
    return emit(c, words, 2);
}

/* Classes
 * --------------------------------------------------------------------------------------------- */

struct ranges {
    uint32_t items[256];
    uint32_t count; /* pairs */
};

static bool ranges_add(struct compiler *c, struct ranges *r, uint32_t first, uint32_t last)
{
    if (r->count >= sizeof r->items / sizeof *r->items / 2)
        return fail(c, REGEX_TOO_LARGE);
    uint32_t *pair = r->items + (size_t)2 * r->count;
    pair[0] = first;
    pair[1] = last;
    r->count++;
    return true;
}

/* ASCII sets as in Java without flags: pairs in order. */
static const struct named_class {
    const char *name;
    const char *pairs;
} named_classes[] = {
    {"d", "09"},
    {"w", "09AZ__az"},
    {"s", "\t\r  "},
    {"[:digit:]", "09"},
    {"[:alpha:]", "AZaz"},
    {"[:alnum:]", "09AZaz"},
    {"[:upper:]", "AZ"},
    {"[:lower:]", "az"},
    {"[:space:]", "\t\r  "},
    {"[:xdigit:]", "09AFaf"},
    {"[:punct:]", "!/:@[`{~"},
};

static bool add_named(struct compiler *c, struct ranges *r, const struct named_class *n,
                      bool negated)
{
    uint32_t next = 0;
    for (const char *p = n->pairs; *p; p += 2) {
        uint32_t first = (unsigned char)p[0], last = (unsigned char)p[1];
        if (!negated && !ranges_add(c, r, first, last))
            return false;
        if (negated && first > next && !ranges_add(c, r, next, first - 1))
            return false;
        next = last + 1;
    }
    return !negated || ranges_add(c, r, next, LAST_CODE_POINT);
}

/* \d \w \s and their opposites; at stands on the letter. */
static const struct named_class *class_letter(const char *at, bool *negated_out)
{
    *negated_out = *at == 'D' || *at == 'W' || *at == 'S';
    char letter = *negated_out ? (char)(*at - 'A' + 'a') : *at;
    if (letter != 'd' && letter != 'w' && letter != 's')
        return NULL;
    return &named_classes[letter == 'd' ? 0 : letter == 'w' ? 1 : 2];
}

static bool read_hex(struct compiler *c, int digits, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        char d = *c->at;
        int value = d >= '0' && d <= '9'   ? d - '0'
                    : d >= 'a' && d <= 'f' ? d - 'a' + 10
                    : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                           : -1;
        if (value < 0)
            return fail(c, REGEX_SYNTAX);
        *out = *out << 4 | (uint32_t)value;
        c->at++;
    }
    return true;
}

/* One escaped character; c->at stands behind the backslash. */
static bool escaped_char(struct compiler *c, uint32_t *out)
{
    static const char letters[] = "tnrfv", meanings[] = "\t\n\r\f\v";
    char letter = *c->at;
    const char *found = letter ? strchr(letters, letter) : NULL;
    if (found) {
        *out = (uint32_t)meanings[found - letters];
        c->at++;
        return true;
    }
    if (letter == 'u' || letter == 'x') {
        c->at++;
        return read_hex(c, letter == 'u' ? 4 : 2, out);
    }
    if ((letter >= '0' && letter <= '9') || letter == 'k' || letter == 'b' || letter == 'B' ||
        letter == 'p' || letter == 'P' || letter == 'G' || letter == 'A' || letter == 'Z' ||
        letter == 'z' || letter == 'Q')
        return fail(c, REGEX_UNSUPPORTED);
    if (!letter || (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'))
        return fail(c, REGEX_SYNTAX);
    *out = text_next(&c->at);
    return true;
}

static const struct named_class *posix_class(const char *at)
{
    for (size_t i = 3; i < sizeof named_classes / sizeof *named_classes; i++)
        if (text_starts(at, named_classes[i].name))
            return &named_classes[i];
    return NULL;
}

static bool class_char(struct compiler *c, uint32_t *out)
{
    if (*c->at != '\\') {
        *out = text_next(&c->at);
        return *out != 0 || fail(c, REGEX_SYNTAX);
    }
    c->at++;
    return escaped_char(c, out);
}

static bool class_item(struct compiler *c, struct ranges *r)
{
    bool negated = false;
    const struct named_class *named = *c->at == '\\'  ? class_letter(c->at + 1, &negated)
                                      : *c->at == '[' ? posix_class(c->at)
                                                      : NULL;
    if (named) {
        c->at += *c->at == '\\' ? 2 : strlen(named->name);
        return add_named(c, r, named, negated);
    }
    uint32_t first, last;
    if (!class_char(c, &first))
        return false;
    last = first;
    if (c->at[0] == '-' && c->at[1] != ']' && c->at[1] != '\0') {
        c->at++;
        if (!class_char(c, &last))
            return false;
    }
    return last >= first ? ranges_add(c, r, first, last) : fail(c, REGEX_SYNTAX);
}

static bool emit_class(struct compiler *c, const struct ranges *r, bool negated)
{
    uint32_t words[1 + sizeof r->items / sizeof *r->items];
    words[0] = (negated ? OP_NOT_CLASS : OP_CLASS) | r->count << 8;
    memcpy(words + 1, r->items, sizeof *r->items * 2 * r->count);
    return emit(c, words, 1 + 2 * r->count);
}

static bool parse_class(struct compiler *c)
{
    struct ranges r = {.count = 0};
    c->at++;
    bool negated = *c->at == '^';
    c->at += negated;
    do {
        if (!*c->at)
            return fail(c, REGEX_SYNTAX);
        if (!class_item(c, &r))
            return false;
    } while (*c->at != ']');
    c->at++;
    return emit_class(c, &r, negated);
}

/* Grammar
 * --------------------------------------------------------------------------------------------- */

static bool parse_choice(struct compiler *c);

static bool parse_group(struct compiler *c)
{
    c->at++;
    if (*c->at == '?') {
        if (c->at[1] != ':')
            return fail(c, REGEX_UNSUPPORTED);
        c->at += 2;
    }
    if (++c->depth > MOST_DEPTH)
        return fail(c, REGEX_TOO_LARGE);
    if (!parse_choice(c))
        return false;
    c->depth--;
    if (*c->at != ')')
        return fail(c, REGEX_SYNTAX);
    c->at++;
    return true;
}

static bool parse_escape(struct compiler *c)
{
    bool negated;
    const struct named_class *named = class_letter(++c->at, &negated);
    if (named) {
        struct ranges r = {.count = 0};
        c->at++;
        return add_named(c, &r, named, negated) && emit_class(c, &r, false);
    }
    uint32_t words[] = {OP_CHAR, 0};
    return escaped_char(c, &words[1]) && emit(c, words, 2);
}

static bool parse_atom(struct compiler *c)
{
    switch (*c->at) {
    case '(':
        return parse_group(c);
    case '[':
        return parse_class(c);
    case '\\':
        return parse_escape(c);
    case '.':
        c->at++;
        return emit_one(c, OP_ANY);
    case '^':
        c->at++;
        return emit_one(c, OP_START);
    case '$':
        c->at++;
        return emit_one(c, OP_END);
    case '*':
    case '+':
    case '?':
    case '{':
        return fail(c, REGEX_SYNTAX);
    default: {
        const uint32_t words[] = {OP_CHAR, text_next(&c->at)};
        return emit(c, words, 2);
    }
    }
}

/* The piece from start on, taken any number of times. */
static bool repeat_any(struct compiler *c, size_t start)
{
    size_t size = c->count - start;
    return insert_split(c, start, 3, (uint32_t)size + 5) && emit_jump(c, start);
}

static bool copy_piece(struct compiler *c, size_t start, size_t size)
{
    size_t end = start + size;
    for (size_t i = start; i < end; i += instruction_size(c->words[i])) {
        uint32_t words[1 + 512];
        uint32_t count = instruction_size(c->words[i]);
        memcpy(words, c->words + i, count * sizeof *words);
        if (!emit(c, words, count))
            return false;
    }
    return true;
}

/* One more copy that may be left out: in front of it a way around. */
static bool copy_optional(struct compiler *c, size_t start, size_t size)
{
    return emit_split(c, 3, (uint32_t)size + 3) && copy_piece(c, start, size);
}

/* {least,most}; most -1 is without bound. The piece stands once already. */
static bool repeat_counted(struct compiler *c, size_t start, int least, int most)
{
    size_t size = c->count - start;
    if (most == 0) {
        c->count = start;
        return true;
    }
    for (int i = 1; i < least; i++)
        if (!copy_piece(c, start, size))
            return false;
    if (least == 0 && most < 0)
        return repeat_any(c, start);
    if (most < 0)
        return emit_split(c, distance(c->count, c->count - size), 3);
    for (int i = least > 1 ? least : 1; i < most; i++)
        if (!copy_optional(c, start, size))
            return false;
    return least > 0 || insert_split(c, start, 3, (uint32_t)(c->count - start) + 3);
}

static bool read_count(struct compiler *c, int *out)
{
    *out = 0;
    if (*c->at < '0' || *c->at > '9')
        return fail(c, REGEX_SYNTAX);
    while (*c->at >= '0' && *c->at <= '9') {
        *out = *out * 10 + *c->at++ - '0';
        if (*out > LIMIT_REGEX_REPEATS)
            return fail(c, REGEX_TOO_LARGE);
    }
    return true;
}

static bool read_bounds(struct compiler *c, int *least, int *most)
{
    if (!read_count(c, least))
        return false;
    *most = *least;
    if (*c->at == ',') {
        c->at++;
        *most = -1;
        if (*c->at != '}' && !read_count(c, most))
            return false;
    }
    if (*c->at != '}' || (*most >= 0 && *most < *least))
        return fail(c, REGEX_SYNTAX);
    c->at++;
    return true;
}

/* A lazy "?" behind a count changes nothing about whether a text matches. */
static bool parse_counts(struct compiler *c, size_t start)
{
    bool is_first = true;
    for (;; is_first = false) {
        char sign = *c->at;
        int least = sign == '+', most = sign == '?' ? 1 : -1;
        if (sign != '*' && sign != '+' && sign != '?' && sign != '{')
            return true;
        if (!is_first && sign != '?')
            return fail(c, REGEX_UNSUPPORTED);
        c->at++;
        if (!is_first)
            continue;
        if (sign == '{' && !read_bounds(c, &least, &most))
            return false;
        if (!repeat_counted(c, start, least, most))
            return false;
    }
}

static bool parse_sequence(struct compiler *c)
{
    while (*c->at && *c->at != '|' && *c->at != ')') {
        size_t start = c->count;
        if (!parse_atom(c) || !parse_counts(c, start))
            return false;
    }
    return true;
}

static bool parse_choice(struct compiler *c)
{
    size_t start = c->count;
    if (!parse_sequence(c))
        return false;
    while (*c->at == '|') {
        c->at++;
        size_t size = c->count - start;
        if (!insert_split(c, start, 3, (uint32_t)size + 5))
            return false;
        size_t jump = c->count;
        if (!emit_jump(c, jump) || !parse_sequence(c))
            return false;
        c->words[jump + 1] = distance(jump, c->count);
    }
    return true;
}

enum regex_fault regex_compile(struct arena *a, const char *pattern, struct regex *regex_out,
                               size_t *fault_at_out)
{
    struct compiler c = {.pattern = pattern, .at = pattern, .arena = a};
    size_t size = strnlen(pattern, LIMIT_REGEX_BYTES + 1);
    if (size > LIMIT_REGEX_BYTES)
        (void)fail(&c, REGEX_TOO_LARGE);
    else if (!text_is_utf8(pattern, size))
        (void)fail(&c, REGEX_SYNTAX);
    else if (parse_choice(&c) && *c.at)
        (void)fail(&c, REGEX_SYNTAX);
    if (!c.fault)
        (void)emit_one(&c, OP_MATCH);
    *fault_at_out = (size_t)(c.at - pattern);
    if (c.fault)
        return c.fault;
    *regex_out = (struct regex){.words = c.words, .count = c.count};
    return REGEX_GOOD;
}

/* Jumps land on instructions within the program; the last instruction is the match. */
static bool jumps_are_good(const struct regex *r, const uint8_t *starts, uint32_t at)
{
    uint32_t op = r->words[at] & 0xFF, count = op == OP_SPLIT ? 2 : op == OP_JUMP ? 1 : 0;
    for (uint32_t i = 1; i <= count; i++) {
        uint32_t to = at + r->words[at + i];
        if (to >= r->count || !(starts[to / 8] >> to % 8 & 1))
            return false;
    }
    return true;
}

bool regex_check(const struct regex *r)
{
    uint8_t starts[MOST_WORDS / 8 + 1] = {0};
    uint32_t at = 0, last = OP_CHAR;
    if (r->count == 0 || r->count > MOST_WORDS)
        return false;
    for (; at < r->count; at += instruction_size(r->words[at])) {
        starts[at / 8] |= (uint8_t)(1 << at % 8);
        last = r->words[at] & 0xFF;
        if (last > OP_MATCH)
            return false;
    }
    if (at != r->count || last != OP_MATCH)
        return false;
    for (at = 0; at < r->count; at += instruction_size(r->words[at]))
        if (!jumps_are_good(r, starts, at))
            return false;
    return true;
}

/* Match
 * -----------------------------------------------------------------------------------------------
 */

/* Places the matcher may stand at; seen[i] says when place i was entered last. */
struct places {
    uint32_t *items;
    size_t count;
};
struct matcher {
    const struct regex *regex;
    uint32_t *seen, *stack;
    uint32_t turn;
    bool is_start, is_end, has_match;
};

static void enter(struct matcher *m, struct places *p, uint32_t place)
{
    const uint32_t *words = m->regex->words;
    size_t depth = 0;
    m->stack[depth++] = place;
    while (depth) {
        uint32_t at = m->stack[--depth];
        if (m->seen[at] == m->turn)
            continue;
        m->seen[at] = m->turn;
        switch (words[at] & 0xFF) {
        case OP_SPLIT:
            m->stack[depth++] = at + words[at + 1];
            m->stack[depth++] = at + words[at + 2];
            break;
        case OP_JUMP:
            m->stack[depth++] = at + words[at + 1];
            break;
        case OP_START:
            if (m->is_start)
                m->stack[depth++] = at + 1;
            break;
        case OP_END:
            if (m->is_end)
                m->stack[depth++] = at + 1;
            break;
        case OP_MATCH:
            m->has_match = true;
            break;
        default:
            p->items[p->count++] = at;
        }
    }
}

static bool in_class(const uint32_t *words, uint32_t code_point)
{
    for (uint32_t i = 0; i < words[0] >> 8; i++)
        if (code_point >= words[1 + 2 * i] && code_point <= words[2 + 2 * i])
            return true;
    return false;
}

static bool accepts(const uint32_t *words, uint32_t code_point)
{
    switch (words[0] & 0xFF) {
    case OP_CHAR:
        return words[1] == code_point;
    case OP_ANY:
        return code_point != '\n' && code_point != '\r' && code_point != 0x2028 &&
               code_point != 0x2029;
    case OP_CLASS:
        return in_class(words, code_point);
    default:
        return !in_class(words, code_point);
    }
}

static uint32_t next_code_point(const char **at, const char *end)
{
    uint32_t first = (unsigned char)**at;
    if (first < 0x80) {
        ++*at;
        return first;
    }
    uint32_t code_point = text_next(at);
    if (*at > end)
        *at = end;
    return code_point;
}

static bool run(struct arena *a, const struct regex *r, const char *text, size_t size, bool whole)
{
    const char *at = text, *end = text + size;
    struct matcher m = {.regex = r, .turn = 1, .is_start = true, .is_end = size == 0};
    m.seen = arena_array(a, r->count, sizeof *m.seen);
    m.stack = arena_array(a, 2 * r->count + 2, sizeof *m.stack);
    struct places now = {.items = arena_array(a, r->count, sizeof *now.items)};
    struct places next = {.items = arena_array(a, r->count, sizeof *next.items)};
    enter(&m, &now, 0);
    while (at < end && (now.count || !whole) && (whole || !m.has_match)) {
        uint32_t code_point = next_code_point(&at, end);
        m.turn++;
        m.is_start = m.has_match = false;
        m.is_end = at == end;
        next.count = 0;
        for (size_t i = 0; i < now.count; i++)
            if (accepts(r->words + now.items[i], code_point))
                enter(&m, &next, now.items[i] + instruction_size(r->words[now.items[i]]));
        if (!whole)
            enter(&m, &next, 0);
        struct places swapped = now;
        now = next;
        next = swapped;
    }
    return m.has_match && (!whole || at == end);
}

bool regex_matches(struct arena *a, const struct regex *r, const char *text, size_t size)
{
    return run(a, r, text, size, true);
}

bool regex_finds(struct arena *a, const struct regex *r, const char *text, size_t size)
{
    return run(a, r, text, size, false);
}
