/* Search words: the one place where text is taken apart, so that what is kept and what is asked
 * meet, on every database. Chinese writes no spaces: a text is kept by its characters, its pairs of
 * characters, the sounds of each character (pinyin, all readings, without tones) and the initials
 * of two to four in a row; Latin words in lower case and runs of digits as they are. Pure. */
#ifndef BASE_WORDS_H
#define BASE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct words { /* distinct, in order of coming */
    struct arena *arena;
    const char **items;
    size_t count, capacity;
};
void words_init(struct words *w, struct arena *a);
/* One word as it is, if it is not there yet. */
void words_add(struct words *w, const char *word);
bool words_has(const struct words *w, const char *word);
/* All words by which the text is found. What stands behind the first 400 characters is
 * left out. */
void words_split(struct words *w, const char *text);

/* How a typed text may be meant: each reading is a list of words that a text must have all of,
 * rarest first. "zxm" are initials or a word, "xian" one sound or two (xi an), the last sound may
 * not be complete. Likeliest first; how many. A text that has the words may still not match (their
 * order is not kept): words_find decides. */
enum { WORDS_READINGS = 5, WORDS_TERMS = 6 };
struct words_reading {
    const char *terms[WORDS_TERMS];
    size_t count;
};
size_t words_readings(struct arena *a, const char *typed,
                      struct words_reading readings[static WORDS_READINGS]);

/* Where the text answers to what was typed: spans in characters (code points), for highlighting.
 * All parts of typed (between blanks) must be found. False: it does not match. */
enum { WORDS_SPANS = 8 };
struct words_span {
    size_t start, length;
};
bool words_find(const char *text, const char *typed, struct words_span spans[static WORDS_SPANS],
                size_t *count_out);

#endif
