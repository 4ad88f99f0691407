/* The readings of Chinese characters, without tones: a table made at build time by tools/pinyin
 * from Debian's unicode-data. Only base/words.c reads it. */
#ifndef BASE_PINYIN_H
#define BASE_PINYIN_H

#include <stddef.h>
#include <stdint.h>

extern const char pinyin_syllables[][7]; /* sorted */
extern const size_t pinyin_syllable_count;
struct pinyin_range {
    uint32_t from, to; /* code points, both within */
    uint32_t start;    /* place of `from` in pinyin_first */
};
extern const struct pinyin_range pinyin_ranges[]; /* sorted */
extern const size_t pinyin_range_count;
extern const uint16_t pinyin_first[];    /* place of the first reading; 0: none */
extern const uint16_t pinyin_readings[]; /* syllable * 2, + 1 at a character's last */

#endif
