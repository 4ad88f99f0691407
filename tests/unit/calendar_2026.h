/* The working days of 2026 (国办发明电〔2025〕7号), for tests only: the program loads them as data.
 */
#ifndef TESTS_CALENDAR_2026_H
#define TESTS_CALENDAR_2026_H

#include "base/day.h"

enum { CLOSED_COUNT = 33, OPENED_COUNT = 6 };
struct calendar_2026 {
    day closed[CLOSED_COUNT + 1], opened[OPENED_COUNT];
    struct calendar calendar;
};

static inline const struct calendar *calendar_2026(struct calendar_2026 *c)
{
    static const short ranges[][3] = {{1, 1, 3},   {2, 15, 23}, {4, 4, 6}, {5, 1, 5},
                                      {6, 19, 21}, {9, 25, 27}, {10, 1, 7}};
    static const short opened[][2] = {{1, 4}, {2, 14}, {2, 28}, {5, 9}, {9, 20}, {10, 10}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        for (int d = ranges[i][1]; d <= ranges[i][2]; d++)
            c->closed[count++] = day_from_date(2026, ranges[i][0], d);
    for (size_t i = 0; i < OPENED_COUNT; i++)
        c->opened[i] = day_from_date(2026, opened[i][0], opened[i][1]);
    c->calendar = (struct calendar){.weekend = 0x60,
                                    .closed = c->closed,
                                    .opened = c->opened,
                                    .closed_count = count,
                                    .opened_count = OPENED_COUNT,
                                    .published_until = day_from_date(2026, 12, 31)};
    return &c->calendar;
}

#endif
