/* Days, and the calendar of working days. */
#ifndef BASE_DAY_H
#define BASE_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Days since 1970-01-01 (proleptic Gregorian). */
typedef int32_t day;

day day_from_date(int year, int month, int day_of_month); /* any valid date */
void day_to_date(day d, int *year_out, int *month_out, int *day_of_month_out);
bool day_is_date(int year, int month, int day_of_month); /* does that date exist? */
int day_weekday(day d);                                  /* 0 is Monday */
bool day_read(const char *text, day *day_out);           /* "2026-11-24", nothing else */
const char *day_print(char out[static 16], day d);
day day_of_ms(int64_t utc_ms, int32_t utc_offset_min);

/* A calendar knows both closed weekdays and opened weekend days (调休). Data, never compiled in. */
struct calendar {
    uint8_t weekend;            /* bit 0 is Monday, bit 6 is Sunday */
    const day *closed, *opened; /* each sorted and distinct */
    size_t closed_count, opened_count;
    day published_until; /* later days are weekends only, hence provisional (暂定) */
};

bool day_is_working(const struct calendar *c, day d);
/* The n-th working day after d (n < 0: before); d itself is not counted; n = 0 gives d. */
day day_add_working(const struct calendar *c, day d, int32_t n);
/* Working days in (from, to]; negative when to < from. */
int32_t day_working_between(const struct calendar *c, day from, day to);
/* d + n calendar days; a last day off moves to the next working day (民法典 203). */
day day_add_natural(const struct calendar *c, day d, int32_t n);

#endif
