/* Text into search words, typed text into what it may mean, and back to the places in the text. */
#include "base/words.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/pinyin.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>

enum {
    TEXT_MAX = 400,   /* characters of a kept text that are looked at */
    TYPED_MAX = 64,   /* of a typed text */
    LETTERS_MAX = 24, /* of one run that is tried as sounds */
    WINDOW = 4,       /* initials in a row */
    SOUND_MAX = 6     /* letters: zhuang */
};

/* Characters ---------------------------------------------------------------------------------- */

enum kind { GAP, HAN, LETTER, DIGIT };
struct point {
    uint32_t code; /* half-width, lower case */
    enum kind kind;
};

static uint32_t fold(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E)
        c -= 0xFEE0;
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

static bool is_han(uint32_t c)
{
    return c == 0x3007 || (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
           (c >= 0x20000 && c <= 0x3FFFF);
}

/* Letters of other scripts make words, too; signs and punctuation stand between words. */
static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 0xC0 && c < 0x2000 && c != 0xD7 && c != 0xF7) ||
           (c >= 0x3040 && c <= 0x30FA) || (c >= 0xA000 && c <= 0xD7FF);
}

static size_t read_points(const char *text, struct point *points, size_t capacity)
{
    size_t count = 0;
    for (uint32_t c; count < capacity && (c = text_next(&text)) != 0;) {
        c = fold(c);
        enum kind kind = is_han(c)              ? HAN
                         : c >= '0' && c <= '9' ? DIGIT
                         : is_letter(c)         ? LETTER
                                                : GAP;
        points[count++] = (struct point){c, kind};
    }
    return count;
}

static size_t run_length(const struct point *p, size_t left)
{
    size_t n = 1;
    while (n < left && p[n].kind == p[0].kind)
        n++;
    return n;
}

static void put_code(struct buf *b, uint32_t c)
{
    if (c < 0x80) {
        buf_char(b, (char)c);
        return;
    }
    if (c < 0x800)
        buf_char(b, (char)(0xC0 | c >> 6));
    else if (c < 0x10000)
        buf_char(b, (char)(0xE0 | c >> 12));
    else {
        buf_char(b, (char)(0xF0 | c >> 18));
        buf_char(b, (char)(0x80 | (c >> 12 & 0x3F)));
    }
    if (c >= 0x800)
        buf_char(b, (char)(0x80 | (c >> 6 & 0x3F)));
    buf_char(b, (char)(0x80 | (c & 0x3F)));
}

static const char *points_text(struct arena *a, const struct point *p, size_t count)
{
    struct buf b;
    buf_init(&b, a);
    for (size_t i = 0; i < count; i++)
        put_code(&b, p[i].code);
    return buf_text(&b);
}

/* Sounds -------------------------------------------------------------------------------------- */

/* The first of a character's readings, or NULL; the low bit marks the last. */
static const uint16_t *readings_of(uint32_t code)
{
    size_t low = 0, high = pinyin_range_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct pinyin_range *r = &pinyin_ranges[middle];
        if (code < r->from)
            high = middle;
        else if (code > r->to)
            low = middle + 1;
        else {
            uint16_t first = pinyin_first[r->start + (code - r->from)];
            return first ? &pinyin_readings[first] : NULL;
        }
    }
    return NULL;
}

static const char *sound_of(uint16_t reading)
{
    return pinyin_syllables[reading >> 1];
}

static const uint16_t *reading_next(const uint16_t *reading)
{
    return *reading & 1 ? NULL : reading + 1;
}

/* A whole sound; ng and hm are none that anybody types. */
static bool is_sound(const char *letters, size_t length)
{
    size_t low = 0, high = pinyin_syllable_count;
    if (strcspn(letters, "aeiouv") >= length)
        return false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strncmp(letters, pinyin_syllables[middle], length);
        if (order == 0 && pinyin_syllables[middle][length] == '\0')
            return true;
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Lists of words ------------------------------------------------------------------------------ */

void words_init(struct words *w, struct arena *a)
{
    *w = (struct words){.arena = a};
}

bool words_has(const struct words *w, const char *word)
{
    for (size_t i = 0; i < w->count; i++)
        if (text_equal(w->items[i], word))
            return true;
    return false;
}

void words_add(struct words *w, const char *word)
{
    if (*word == '\0' || words_has(w, word))
        return;
    if (w->count == w->capacity) {
        size_t capacity = w->capacity ? w->capacity * 2 : 32;
        const char **items = arena_array(w->arena, capacity, sizeof *items);
        if (w->count)
            memcpy(items, w->items, w->count * sizeof *items);
        w->items = items;
        w->capacity = capacity;
    }
    w->items[w->count++] = word;
}

/* Every way to say the initials of the characters from p on, two to four of them. */
static void add_initials(struct words *w, const struct point *p, size_t left, char *so_far,
                         size_t length)
{
    if (length >= 2)
        words_add(w, arena_copy(w->arena, so_far, length));
    if (left == 0 || length == WINDOW)
        return;
    char tried[8] = "";
    for (const uint16_t *r = readings_of(p->code); r; r = reading_next(r)) {
        char initial = sound_of(*r)[0];
        size_t count = strlen(tried);
        if (strchr(tried, initial) || count + 1 == sizeof tried)
            continue;
        tried[count] = initial;
        so_far[length] = initial;
        add_initials(w, p + 1, left - 1, so_far, length + 1);
    }
}

static void split_han(struct words *w, const struct point *p, size_t length)
{
    char initials[WINDOW];
    for (size_t i = 0; i < length; i++) {
        words_add(w, points_text(w->arena, p + i, 1));
        if (i + 1 < length)
            words_add(w, points_text(w->arena, p + i, 2));
        for (const uint16_t *r = readings_of(p[i].code); r; r = reading_next(r))
            words_add(w, sound_of(*r));
        add_initials(w, p + i, length - i, initials, 0);
    }
}

void words_split(struct words *w, const char *text)
{
    struct point points[TEXT_MAX];
    size_t count = read_points(text, points, TEXT_MAX);
    for (size_t i = 0, n; i < count; i += n) {
        n = run_length(points + i, count - i);
        if (points[i].kind == HAN)
            split_han(w, points + i, n);
        else if (points[i].kind != GAP)
            words_add(w, points_text(w->arena, points + i, n));
    }
}

/* What typed letters may mean ----------------------------------------------------------------- */

/* The cheapest and the second cheapest way to take letters apart from a place on: whole sounds are
 * cheaper than lone initials. */
enum { SOUND_COST = 2, INITIAL_COST = 3, NO_WAY = 1000 };
struct way {
    int cost;
    size_t length, next; /* of the first token; which way goes on behind it */
    bool is_sound;
};

static void way_offer(struct way ways[static 2], struct way way)
{
    if (way.cost < ways[0].cost) {
        ways[1] = ways[0];
        ways[0] = way;
    } else if (way.cost < ways[1].cost) {
        ways[1] = way;
    }
}

static size_t initial_length(const char *letters)
{
    if (strchr("zcs", letters[0]) && letters[1] == 'h')
        return 2;
    return strchr("iuv", letters[0]) ? 0 : 1;
}

static void ways_from(const char *letters, size_t n, struct way ways[][2])
{
    ways[n][0] = (struct way){.cost = 0};
    ways[n][1] = (struct way){.cost = NO_WAY};
    for (size_t i = n; i-- > 0;) {
        ways[i][0] = ways[i][1] = (struct way){.cost = NO_WAY};
        for (size_t length = 1; length <= SOUND_MAX && i + length <= n; length++) {
            bool is_whole = length > 1 && is_sound(letters + i, length);
            if (!is_whole && length != initial_length(letters + i))
                continue;
            for (size_t next = 0; next < 2; next++)
                way_offer(ways[i], (struct way){ways[i + length][next].cost +
                                                    (is_whole ? SOUND_COST : INITIAL_COST),
                                                length, next, is_whole});
        }
    }
}

struct term {
    const char *text;
    int rank; /* lower: rarer, so read first */
};
struct terms {
    struct term items[TYPED_MAX * 2];
    size_t count;
};
enum {
    RANK_NUMBER = 1,
    RANK_PAIR,
    RANK_WORD,
    RANK_INITIALS,
    RANK_FEW_INITIALS,
    RANK_SOUND,
    RANK_CHAR
};

static void term_add(struct terms *t, const char *text, int rank)
{
    for (size_t i = 0; i < t->count; i++)
        if (text_equal(t->items[i].text, text))
            return;
    if (t->count == sizeof t->items / sizeof *t->items)
        return;
    size_t at = t->count++;
    for (; at > 0 && t->items[at - 1].rank > rank; at--)
        t->items[at] = t->items[at - 1];
    t->items[at] = (struct term){text, rank};
}

/* The tokens of one way as words: the sounds, and the initials of all in a row. */
static void way_terms(struct arena *a, const char *letters, size_t n, const struct way ways[][2],
                      size_t which, bool is_last_open, struct terms *t)
{
    char initials[LETTERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < n;) {
        const struct way *w = &ways[i][which];
        initials[count++] = letters[i];
        if (w->is_sound && !(is_last_open && i + w->length == n))
            term_add(t, arena_copy(a, letters + i, w->length), RANK_SOUND);
        i += w->length;
        which = w->next;
    }
    for (size_t i = 0; count >= 2 && i < count; i += WINDOW) {
        size_t from = i + WINDOW <= count ? i : count > WINDOW ? count - WINDOW : 0;
        size_t length = count < WINDOW ? count : WINDOW;
        term_add(t, arena_copy(a, initials + from, length),
                 length > 2 ? RANK_INITIALS : RANK_FEW_INITIALS);
    }
}

/* Meaning number `reading` of a run of letters; false: there are not so many. */
static bool letters_terms(struct arena *a, const char *letters, size_t reading, struct terms *t)
{
    size_t n = strlen(letters);
    if (reading == 0) {
        term_add(t, letters, RANK_WORD);
        return true;
    }
    struct way ways[LETTERS_MAX + 1][2];
    if (n > LETTERS_MAX)
        return false;
    ways_from(letters, n, ways);
    /* 1 the best way, 2 its last sound incomplete, 3 and 4 the same of the second best. */
    size_t which = (reading - 1) / 2;
    bool is_last_open = (reading - 1) % 2 != 0;
    if (ways[0][which].cost >= NO_WAY || (is_last_open && ways[0][which].length == n))
        return false;
    way_terms(a, letters, n, (const struct way(*)[2])ways, which, is_last_open, t);
    return t->count > 0;
}

static bool run_terms(struct arena *a, const struct point *p, size_t n, size_t reading,
                      struct terms *t)
{
    const char *text = points_text(a, p, n);
    if (p->kind == LETTER)
        return letters_terms(a, text, reading, t) || letters_terms(a, text, 0, t);
    if (p->kind == DIGIT)
        term_add(t, text, RANK_NUMBER);
    if (p->kind == HAN && n == 1)
        term_add(t, text, RANK_CHAR);
    for (size_t i = 0; p->kind == HAN && i + 1 < n; i++)
        term_add(t, points_text(a, p + i, 2), RANK_PAIR);
    return true;
}

static bool reading_is_new(const struct words_reading *all, size_t count,
                           const struct words_reading *one)
{
    for (size_t i = 0; i < count; i++) {
        bool is_equal = all[i].count == one->count;
        for (size_t k = 0; is_equal && k < one->count; k++)
            is_equal = text_equal(all[i].terms[k], one->terms[k]);
        if (is_equal)
            return false;
    }
    return one->count > 0;
}

size_t words_readings(struct arena *a, const char *typed,
                      struct words_reading readings[static WORDS_READINGS])
{
    struct point points[TYPED_MAX];
    size_t count = 0, size = read_points(typed, points, TYPED_MAX);
    for (size_t reading = 0; reading < WORDS_READINGS; reading++) {
        struct terms t = {.count = 0};
        struct words_reading one = {.count = 0};
        for (size_t i = 0, n; i < size; i += n) {
            n = run_length(points + i, size - i);
            if (points[i].kind != GAP)
                (void)run_terms(a, points + i, n, reading, &t);
        }
        for (size_t i = 0; i < t.count && one.count < WORDS_TERMS; i++)
            one.terms[one.count++] = t.items[i].text;
        if (reading_is_new(readings, count, &one))
            readings[count++] = one;
    }
    return count;
}

/* Where ---------------------------------------------------------------------------------------- */

struct place {
    size_t start, length;
};

static bool find_run(const struct point *text, size_t size, const struct point *run, size_t n,
                     struct place *out)
{
    for (size_t i = 0; i < size; i++) {
        size_t k = 0, at = i;
        for (; k < n && at < size && text[at].code == run[k].code; k++) {
            at++;
            if (run->kind == DIGIT && k + 1 < n && at < size && text[at].code == '-')
                at++; /* 261124-4831-7 is also found without its strokes */
        }
        if (k == n) {
            *out = (struct place){i, at - i};
            return true;
        }
    }
    return false;
}

struct sounding {
    const struct point *text;
    size_t size;
    const char *letters;
    size_t count;
    uint32_t failed[LETTERS_MAX + 1]; /* by character from the start: bits of letters gone */
};

/* Bit k: the character may take k of the letters. All that are left may be the begin of a sound. */
static uint32_t takes(const struct point *p, const char *letters, size_t left)
{
    uint32_t bits = 0;
    for (const uint16_t *r = readings_of(p->code); r; r = reading_next(r)) {
        const char *sound = sound_of(*r);
        size_t length = strlen(sound), initial = initial_length(sound);
        if (length <= left && memcmp(sound, letters, length) == 0)
            bits |= UINT32_C(1) << length;
        if (left < length && memcmp(sound, letters, left) == 0)
            bits |= UINT32_C(1) << left;
        if (sound[0] == letters[0])
            bits |= 2;
        if (initial == 2 && left >= 2 && memcmp(sound, letters, 2) == 0)
            bits |= 4;
    }
    return bits;
}

/* How many characters from `from` on sound like the letters from `gone` on; 0: they do not. */
static size_t sounds_like(struct sounding *s, size_t from, size_t done, size_t gone)
{
    if (gone == s->count)
        return done;
    if (from + done >= s->size || s->text[from + done].kind != HAN || (s->failed[done] >> gone & 1))
        return 0;
    uint32_t bits = takes(&s->text[from + done], s->letters + gone, s->count - gone);
    for (size_t k = SOUND_MAX; k > 0; k--) {
        size_t length = bits >> k & 1 ? sounds_like(s, from, done + 1, gone + k) : 0;
        if (length)
            return length;
    }
    s->failed[done] |= UINT32_C(1) << gone;
    return 0;
}

static bool find_sounds(const struct point *text, size_t size, const struct point *run, size_t n,
                        struct place *out)
{
    char letters[LETTERS_MAX + 1];
    if (n > LETTERS_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        letters[i] = run[i].code < 0x80 ? (char)run[i].code : '?';
    for (size_t from = 0; from < size; from++) {
        struct sounding s = {.text = text, .size = size, .letters = letters, .count = n};
        size_t length = sounds_like(&s, from, 0, 0);
        if (length) {
            *out = (struct place){from, length};
            return true;
        }
    }
    return false;
}

bool words_find(const char *text, const char *typed, struct words_span spans[static WORDS_SPANS],
                size_t *count_out)
{
    struct point points[TEXT_MAX], wanted[TYPED_MAX];
    size_t size = read_points(text, points, TEXT_MAX);
    size_t wanted_size = read_points(typed, wanted, TYPED_MAX), count = 0;
    for (size_t i = 0, n; i < wanted_size; i += n) {
        struct place place;
        n = run_length(wanted + i, wanted_size - i);
        if (wanted[i].kind == GAP)
            continue;
        if (!find_run(points, size, wanted + i, n, &place) &&
            (wanted[i].kind != LETTER || !find_sounds(points, size, wanted + i, n, &place)))
            return false;
        if (count < WORDS_SPANS)
            spans[count++] = (struct words_span){place.start, place.length};
    }
    *count_out = count;
    return count > 0;
}
