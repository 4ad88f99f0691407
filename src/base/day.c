/* Days and working days. Dates by the usual shifted-year arithmetic (years begin in March). */
#include "base/day.h"

enum { DAYS_PER_ERA = 146097, EPOCH_SHIFT = 719468 };

day day_from_date(int year, int month, int day_of_month)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day_of_month - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT;
}

void day_to_date(day d, int *year_out, int *month_out, int *day_of_month_out)
{
    int z = d + EPOCH_SHIFT;
    int era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int day_of_era = z - era * DAYS_PER_ERA;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (5 * day_of_year + 2) / 153;
    *day_of_month_out = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    *month_out = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    *year_out = year_of_era + era * 400 + (*month_out <= 2 ? 1 : 0);
}

bool day_is_date(int year, int month, int day_of_month)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day_of_month < 1)
        return false;
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day_of_month <= lengths[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

int day_weekday(day d)
{
    /* 1970-01-01 was a Thursday. */
    return ((d % 7) + 10) % 7;
}

static bool read_digits(const char *text, int count, int *number_out)
{
    int n = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        n = n * 10 + (text[i] - '0');
    }
    *number_out = n;
    return true;
}

bool day_read(const char *text, day *day_out)
{
    int year, month, day_of_month;
    if (!read_digits(text, 4, &year) || text[4] != '-' || !read_digits(text + 5, 2, &month) ||
        text[7] != '-' || !read_digits(text + 8, 2, &day_of_month) || text[10] != '\0')
        return false;
    if (!day_is_date(year, month, day_of_month))
        return false;
    *day_out = day_from_date(year, month, day_of_month);
    return true;
}

static char *print_digits(char *at, int number, int count)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + count;
}

const char *day_print(char out[static 16], day d)
{
    int year, month, day_of_month;
    day_to_date(d, &year, &month, &day_of_month);
    char *at = print_digits(out, year < 0 ? 0 : year > 9999 ? 9999 : year, 4);
    *at++ = '-';
    at = print_digits(at, month, 2);
    *at++ = '-';
    at = print_digits(at, day_of_month, 2);
    *at = '\0';
    return out;
}

day day_of_ms(int64_t utc_ms, int32_t utc_offset_min)
{
    const int64_t day_ms = 86400000;
    int64_t local = utc_ms + (int64_t)utc_offset_min * 60000;
    return (day)(local >= 0 ? local / day_ms : -((-local + day_ms - 1) / day_ms));
}

static bool holds(const day *days, size_t count, day d)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (days[middle] < d)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && days[low] == d;
}

bool day_is_working(const struct calendar *c, day d)
{
    if (c->weekend >> day_weekday(d) & 1)
        return holds(c->opened, c->opened_count, d);
    return !holds(c->closed, c->closed_count, d);
}

day day_add_working(const struct calendar *c, day d, int32_t n)
{
    day step = n < 0 ? -1 : 1;
    /* A calendar without any working weekday would never end. */
    if ((c->weekend & 127) == 127)
        return d + n;
    for (int32_t left = n < 0 ? -n : n; left > 0;) {
        d += step;
        if (day_is_working(c, d))
            left--;
    }
    return d;
}

int32_t day_working_between(const struct calendar *c, day from, day to)
{
    if (to < from)
        return -day_working_between(c, to, from);
    int32_t count = 0;
    for (day d = from + 1; d <= to; d++)
        count += day_is_working(c, d);
    return count;
}

day day_add_natural(const struct calendar *c, day d, int32_t n)
{
    d += n;
    return n == 0 || day_is_working(c, d) ? d : day_add_working(c, d, 1);
}
