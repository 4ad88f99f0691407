/* The demo township's people and their month: made from a pack, seeded, so that two runs give the
 * same. Nothing of its content stands here; only how to read it. ID numbers lie under the
 * unassigned area prefix 000000 and can belong to nobody. */
#ifndef DOMAIN_DEMO_H
#define DOMAIN_DEMO_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct json;
struct office;
struct tx;

struct demo_resident {
    const char *name, *id_number, *birth, *sex, *village, *phone, *bank_account, *disability,
        *low_income;
    int32_t age; /* in years, on the day of generation */
};
/* pack: {count, seed, surnames, male, female, disabled_percent, low_income_percent}; villages:
 * codes. today_year is the year that ages are counted to. */
void demo_residents_make(struct arena *a, const struct json *pack, const char *const *villages,
                         size_t village_count, int32_t today_year, const struct demo_resident **out,
                         size_t *count_out);

struct demo_people { /* job of demo_people_work: all of them into the registry `residents` */
    struct office *office;
    const struct demo_resident *residents;
    size_t count;
};
MUST_CHECK struct err *demo_people_work(struct tx *tx, void *people);

struct demo_file { /* a sample photograph that lies in the store as an upload */
    const char *name, *hash, *media_type;
    int64_t size;
};
struct demo_story {
    struct office *office;
    const struct json *events; /* array, oldest first; see packs/township/story.json */
    const struct demo_resident *residents;
    size_t resident_count;
    const struct demo_file *files;
    size_t file_count;
    /* Set to the event's own time before each event: the clock that the store was opened with. */
    int64_t *clock_shift_ms;
    size_t done_count; /* out */
};
/* Play the events: submissions, acts, visits, through the same verbs as the screens. */
MUST_CHECK struct err *demo_story_play(struct arena *a, struct demo_story *story);

#endif
