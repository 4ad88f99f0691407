/* Dates and times as text. Days are counted from 1970-01-01 of the local calendar. */
#include "engine/xpath_date.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/day.h"

enum { MS_PER_MINUTE = 60000, MS_PER_DAY = 86400000 };

/* At most `most` digits and at least one; moves *at behind them. */
static bool read_digits(const char **at, int most, int *number_out)
{
    int number = 0, count = 0;
    for (; count < most && **at >= '0' && **at <= '9'; count++)
        number = number * 10 + *(*at)++ - '0';
    *number_out = number;
    return count > 0 && !(**at >= '0' && **at <= '9');
}

static bool skip(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

static bool read_date(const char **at, int32_t *days_out)
{
    int year, month, day_of_month;
    const char *start = *at;
    if (!read_digits(at, 4, &year) || *at - start != 4 || !skip(at, '-') ||
        !read_digits(at, 2, &month) || !skip(at, '-') || !read_digits(at, 2, &day_of_month))
        return false;
    if (!day_is_date(year, month, day_of_month))
        return false;
    *days_out = day_from_date(year, month, day_of_month);
    return true;
}

/* ".123456": further digits than milliseconds are dropped. */
static bool read_fraction(const char **at, int *ms_out)
{
    int scale = 100;
    *ms_out = 0;
    if (!skip(at, '.'))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; scale /= 10)
        *ms_out += (*(*at)++ - '0') * scale;
    return true;
}

/* "Z", "+08:00", "+0800", "+08", nothing. */
static bool read_offset(const char **at, int32_t local_min, int32_t *offset_out)
{
    *offset_out = local_min;
    if (**at == '\0')
        return true;
    *offset_out = 0;
    if (skip(at, 'Z'))
        return true;
    int sign = **at == '+' ? 1 : **at == '-' ? -1 : 0, hours = 0, minutes = 0, digits = 0;
    if (!sign)
        return false;
    for (++*at; digits < 4 && **at >= '0' && **at <= '9'; digits++) {
        int digit = *(*at)++ - '0';
        hours = digits < 2 ? hours * 10 + digit : hours;
        minutes = digits < 2 ? minutes : minutes * 10 + digit;
        if (digits == 1)
            (void)skip(at, ':');
    }
    if ((digits != 2 && digits != 4) || hours > 23 || minutes > 59)
        return false;
    *offset_out = sign * (hours * 60 + minutes);
    return true;
}

/* Milliseconds of the local day at local_min; may lie outside of it. */
static bool read_time(const char **at, int32_t local_min, int64_t *ms_out)
{
    int hour, minute, second = 0, ms;
    int32_t offset;
    if (!read_digits(at, 2, &hour) || !skip(at, ':') || !read_digits(at, 2, &minute))
        return false;
    if (skip(at, ':') && !read_digits(at, 2, &second))
        return false;
    if (!read_fraction(at, &ms) || !read_offset(at, local_min, &offset))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ms_out = ((hour * 60 + minute + local_min - offset) * 60 + second) * (int64_t)1000 + ms;
    return true;
}

bool xdate_read(const char *text, int32_t utc_offset_min, struct xvalue *value_out)
{
    const char *at = text;
    int32_t days = 0;
    int64_t ms = 0;
    while (*at == ' ')
        at++;
    const char *start = at;
    bool has_date = read_date(&at, &days), has_time = false;
    if (!has_date)
        at = start;
    if (!has_date || skip(&at, 'T')) {
        has_time = read_time(&at, utc_offset_min, &ms);
        if (!has_time)
            return false;
    }
    while (*at == ' ')
        at++;
    if (*at)
        return false;
    if (!has_date) {
        ms = (ms + 2 * (int64_t)MS_PER_DAY) % MS_PER_DAY;
        *value_out = (struct xvalue){.kind = XVALUE_TIME, .as.number = (double)ms / MS_PER_DAY};
        return true;
    }
    *value_out = (struct xvalue){.kind = has_time ? XVALUE_DATETIME : XVALUE_DATE,
                                 .as.number = xdate_days(days * (int64_t)MS_PER_DAY + ms)};
    return true;
}

double xdate_days(int64_t ms)
{
    return (double)ms / MS_PER_DAY;
}

int64_t xdate_ms(double days)
{
    double ms = __builtin_floor(days * MS_PER_DAY + 0.5);
    if (ms != ms || ms > 9e15 || ms < -9e15)
        return 0;
    return (int64_t)ms;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct xmoment xdate_moment(double days)
{
    enum { FARTHEST = 700000000 /* days; two million years */ };
    struct xmoment m = {0};
    int64_t ms = xdate_ms(days), whole = floor_divide(ms, MS_PER_DAY);
    if (whole > FARTHEST || whole < -FARTHEST)
        whole = 0;
    int32_t rest = (int32_t)(ms - floor_divide(ms, MS_PER_DAY) * MS_PER_DAY);
    m.days = (int32_t)whole;
    day_to_date(m.days, &m.year, &m.month, &m.day_of_month);
    m.hour = rest / 3600000;
    m.minute = rest / MS_PER_MINUTE % 60;
    m.second = rest / 1000 % 60;
    m.ms = rest % 1000;
    return m;
}

static void print_time(struct buf *b, const struct xmoment *m, int32_t offset_min)
{
    int32_t distance = offset_min < 0 ? -offset_min : offset_min;
    buf_print(b, "%02d:%02d:%02d.%03d%c%02d:%02d", m->hour, m->minute, m->second, m->ms,
              offset_min < 0 ? '-' : '+', distance / 60, distance % 60);
}

const char *xdate_date(struct arena *a, double days)
{
    struct xmoment m = xdate_moment(days);
    return text_print(a, "%04d-%02d-%02d", m.year, m.month, m.day_of_month);
}

const char *xdate_datetime(struct arena *a, double days, int32_t utc_offset_min)
{
    struct xmoment m = xdate_moment(days);
    struct buf b;
    buf_init(&b, a);
    buf_print(&b, "%04d-%02d-%02dT", m.year, m.month, m.day_of_month);
    print_time(&b, &m, utc_offset_min);
    return buf_text(&b);
}

const char *xdate_time(struct arena *a, double days, int32_t utc_offset_min)
{
    struct xmoment m = xdate_moment(days);
    struct buf b;
    buf_init(&b, a);
    print_time(&b, &m, utc_offset_min);
    return buf_text(&b);
}
