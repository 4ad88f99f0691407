/* Functions on text. Places and lengths count UTF-16 units, as both reference engines do. */
#include "engine/functions.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

XFUNCTION(string)
{
    const char *text;
    TRY(xarg_string_or_context(e, c, 0, &text));
    xslot_string(out, text);
    return NULL;
}

/* Call add for each text of the arguments from first on; a path gives all of its nodes. */
static struct err *each_text(struct xeval *e, const struct xcall *c, uint32_t first,
                             void (*add)(void *self, const char *text), void *self)
{
    for (uint32_t i = first; i < c->count; i++) {
        struct xslot s;
        TRY(xeval_node(e, c->arguments[i], &s));
        if (s.value.kind != XVALUE_NODES) {
            add(self, xvalue_string(e->run, &s.value));
            continue;
        }
        for (size_t n = 0; n < s.value.as.nodes.count; n++) {
            TRY(xeval_spend(e, 1));
            add(self, xnode_string(e->run, s.value.as.nodes.items[n]));
        }
    }
    return NULL;
}

struct joining {
    struct buf buf;
    const char *separator;
    bool is_started;
};

static void join_one(void *self, const char *text)
{
    struct joining *j = self;
    if (j->is_started)
        buf_add(&j->buf, j->separator);
    j->is_started = true;
    buf_add(&j->buf, text);
}

XFUNCTION(concat)
{
    struct joining j = {.separator = ""};
    buf_init(&j.buf, e->run->arena);
    TRY(each_text(e, c, 0, join_one, &j));
    xslot_string(out, buf_text(&j.buf));
    return NULL;
}

XFUNCTION(join)
{
    struct joining j = {0};
    TRY(xarg_string(e, c, 0, &j.separator));
    buf_init(&j.buf, e->run->arena);
    TRY(each_text(e, c, 1, join_one, &j));
    xslot_string(out, buf_text(&j.buf));
    return NULL;
}

/* Units from start up to end. Half of a pair is written as U+FFFD: UTF-8 has no other word for it.
 */
static const char *slice(struct arena *a, const char *text, double start, double end)
{
    struct buf b;
    double at = 0;
    buf_init(&b, a);
    while (*text && at < end) {
        const char *next = text;
        double units = text_next(&next) > 0xFFFF ? 2 : 1;
        bool has_first = at >= start, has_last = at + units - 1 >= start && at + units <= end;
        if (has_first && has_last)
            buf_bytes(&b, text, (size_t)(next - text));
        else if (has_first || has_last)
            buf_add(&b, "\xEF\xBF\xBD");
        at += units;
        text = next;
    }
    return buf_text(&b);
}

static double whole(double number)
{
    return number == number ? __builtin_trunc(number) : 0;
}

static double within(double number, double length)
{
    if (number < 0)
        number += length;
    return number < 0 ? 0 : number > length ? length : number;
}

XFUNCTION(substr)
{
    const char *text;
    double start, end, length;
    TRY(xarg_string(e, c, 0, &text));
    TRY(xarg_number(e, c, 1, &start));
    length = end = (double)text_utf16_length(text);
    if (c->count > 2)
        TRY(xarg_number(e, c, 2, &end));
    start = within(whole(start), length);
    xslot_string(out, slice(e->run->arena, text, start, within(whole(end), length)));
    return NULL;
}

/* XPath 1.0, 4.2: places from 1, both arguments rounded. */
XFUNCTION(substring)
{
    const char *text;
    double start, length, end = __builtin_inf();
    TRY(xarg_string(e, c, 0, &text));
    TRY(xarg_number(e, c, 1, &start));
    start = __builtin_floor(start + 0.5);
    if (c->count > 2) {
        TRY(xarg_number(e, c, 2, &length));
        end = start + __builtin_floor(length + 0.5);
    }
    bool is_empty = !(end > start);
    xslot_string(out, is_empty ? "" : slice(e->run->arena, text, start - 1, end - 1));
    return NULL;
}

static struct err *two_texts(struct xeval *e, const struct xcall *c, const char **left,
                             const char **right)
{
    TRY(xarg_string(e, c, 0, left));
    TRY(xarg_string(e, c, 1, right));
    return xeval_spend(e, strlen(*left) / 64);
}

XFUNCTION(substring_before)
{
    const char *text, *part;
    TRY(two_texts(e, c, &text, &part));
    const char *found = strstr(text, part);
    xslot_string(out, found ? arena_copy(e->run->arena, text, (size_t)(found - text)) : "");
    return NULL;
}

XFUNCTION(substring_after)
{
    const char *text, *part;
    TRY(two_texts(e, c, &text, &part));
    const char *found = strstr(text, part);
    xslot_string(out, found ? found + strlen(part) : "");
    return NULL;
}

XFUNCTION(contains)
{
    const char *text, *part;
    TRY(two_texts(e, c, &text, &part));
    xslot_boolean(out, strstr(text, part) != NULL);
    return NULL;
}

XFUNCTION(starts_with)
{
    const char *text, *part;
    TRY(two_texts(e, c, &text, &part));
    xslot_boolean(out, text_starts(text, part));
    return NULL;
}

XFUNCTION(ends_with)
{
    const char *text, *part;
    TRY(two_texts(e, c, &text, &part));
    xslot_boolean(out, text_ends(text, part));
    return NULL;
}

/* Place of a character in a text, counted in characters; its length if it is not there. */
static size_t place_of(const char *text, uint32_t wanted)
{
    size_t place = 0;
    while (*text && text_next(&text) != wanted)
        place++;
    return place;
}

static const char *char_at(const char *text, size_t place)
{
    while (*text && place-- > 0)
        (void)text_next(&text);
    return text;
}

XFUNCTION(translate)
{
    const char *text, *from, *to;
    struct buf b;
    TRY(xarg_string(e, c, 0, &text));
    TRY(xarg_string(e, c, 1, &from));
    TRY(xarg_string(e, c, 2, &to));
    TRY(xeval_spend(e, (strlen(text) / 16 + 1) * (strlen(from) / 16 + 1)));
    buf_init(&b, e->run->arena);
    size_t from_length = text_length(from);
    while (*text) {
        const char *next = text;
        size_t place = place_of(from, text_next(&next));
        const char *start = place < from_length ? char_at(to, place) : text, *end = start;
        if (*end)
            (void)text_next(&end);
        buf_bytes(&b, start, (size_t)(end - start));
        text = next;
    }
    xslot_string(out, buf_text(&b));
    return NULL;
}

XFUNCTION(string_length)
{
    const char *text;
    TRY(xarg_string_or_context(e, c, 0, &text));
    xslot_number(out, (double)text_utf16_length(text));
    return NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

XFUNCTION(normalize_space)
{
    const char *text;
    struct buf b;
    TRY(xarg_string_or_context(e, c, 0, &text));
    buf_init(&b, e->run->arena);
    for (; *text; text++) {
        if (!is_space(*text))
            buf_char(&b, *text);
        else if (b.size && text[1] && !is_space(text[1]))
            buf_char(&b, ' ');
    }
    xslot_string(out, buf_text(&b));
    return NULL;
}

/* Lists of choices: values with blanks between them
 * ------------------------------------------------- */

/* The text without blanks at its ends. */
struct span {
    const char *at;
    size_t size;
};

static struct span trimmed(const char *text)
{
    struct span s = {.at = text};
    while (is_space(*s.at))
        s.at++;
    s.size = strlen(s.at);
    while (s.size && is_space(s.at[s.size - 1]))
        s.size--;
    return s;
}

/* Does " list " contain " value "? So '' is selected in '' alone. */
static bool is_selected(struct span list, struct span value)
{
    if (value.size == 0 && list.size == 0)
        return true;
    for (size_t i = 0; i + value.size <= list.size; i++) {
        bool starts = i == 0 || list.at[i - 1] == ' ';
        bool ends = i + value.size == list.size || list.at[i + value.size] == ' ';
        if (starts && ends && memcmp(list.at + i, value.at, value.size) == 0 &&
            (value.size || (i > 0 && i < list.size)))
            return true;
    }
    return false;
}

XFUNCTION(selected)
{
    const char *list, *value;
    TRY(two_texts(e, c, &list, &value));
    xslot_boolean(out, is_selected(trimmed(list), trimmed(value)));
    return NULL;
}

/* The next word at *at, which is moved behind it. */
static struct span next_word(const char **at)
{
    while (is_space(**at))
        ++*at;
    struct span word = {.at = *at};
    for (; **at && !is_space(**at); ++*at)
        word.size++;
    return word;
}

XFUNCTION(selected_at)
{
    const char *list;
    double place;
    TRY(xarg_string(e, c, 0, &list));
    TRY(xarg_number(e, c, 1, &place));
    place = whole(place);
    struct span word = next_word(&list);
    for (size_t i = 0; (double)i < place && word.size; i++)
        word = next_word(&list);
    bool is_there = place >= 0 && word.size;
    xslot_string(out, is_there ? arena_copy(e->run->arena, word.at, word.size) : "");
    return NULL;
}

XFUNCTION(count_selected)
{
    const char *list;
    double count = 0;
    TRY(xarg_string(e, c, 0, &list));
    while (next_word(&list).size)
        count++;
    xslot_number(out, count);
    return NULL;
}

/* Random text
 * --------------------------------------------------------------------------------------- */

uint64_t xrun_random(struct xpath_run *run)
{
    return run->random ? run->random(run->random_self) : 0;
}

static const char *random_uuid(struct xpath_run *run)
{
    static const char hex[] = "0123456789abcdef";
    char *text = arena_alloc(run->arena, 37);
    uint64_t bits[2] = {xrun_random(run), xrun_random(run)};
    for (int i = 0, digit = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            text[i] = '-';
            continue;
        }
        unsigned value = bits[digit / 16] >> (digit % 16 * 4) & 0xF;
        value = i == 14 ? 4 : i == 19 ? (value & 3) | 8 : value;
        text[i] = hex[value];
        digit++;
    }
    return text;
}

XFUNCTION(uuid)
{
    if (c->count == 0) {
        xslot_string(out, random_uuid(e->run));
        return NULL;
    }
    double wanted;
    TRY(xarg_number(e, c, 0, &wanted));
    size_t size = wanted >= 1 && wanted <= LIMIT_REGEX_SUBJECT ? (size_t)wanted : 0;
    char *text = arena_alloc(e->run->arena, size + 1);
    for (size_t i = 0; i < size; i++)
        text[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[xrun_random(e->run) % 36];
    xslot_string(out, text);
    return NULL;
}
