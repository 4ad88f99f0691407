/* Functions on dates and times. A date counts local days; decimal-date-time() counts days of UTC.
 */
#include "engine/functions.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/day.h"
#include "base/text.h"
#include "engine/xpath_date.h"

static double utc_shift(const struct xpath_run *run)
{
    return run->utc_offset_min / 1440.0;
}

static void give(struct xslot *out, enum xvalue_kind kind, double days)
{
    out->value = (struct xvalue){.kind = kind, .as.number = days};
}

XFUNCTION(today)
{
    (void)c;
    give(out, XVALUE_DATE, __builtin_floor(xrun_local_days(e->run)));
    return NULL;
}

XFUNCTION(now)
{
    (void)c;
    give(out, XVALUE_DATETIME, xrun_local_days(e->run));
    return NULL;
}

/* A single value, still of its kind: a path gives its first node's. */
static struct err *scalar_argument(struct xeval *e, const struct xcall *c, uint32_t i,
                                   struct xvalue *out)
{
    struct xslot s;
    TRY(xeval_node(e, c->arguments[i], &s));
    *out = s.value;
    if (s.value.kind != XVALUE_NODES)
        return NULL;
    *out = (struct xvalue){.kind = XVALUE_STRING, .as.string = ""};
    if (s.value.as.nodes.count)
        *out = xnode_value(e->run, s.value.as.nodes.items[0]);
    return NULL;
}

/* What stands for no date: '' and NaN. */
static bool is_blank(const struct xvalue *v)
{
    return (v->kind == XVALUE_STRING && !*v->as.string) ||
           (v->kind == XVALUE_NUMBER && v->as.number != v->as.number);
}

/* A date, date-time or time from text; numbers stay for the caller. Blank values stay as they are.
 */
static struct err *date_argument(struct xeval *e, const struct xcall *c, uint32_t i,
                                 struct xvalue *out)
{
    TRY(scalar_argument(e, c, i, out));
    if (is_blank(out) || out->kind >= XVALUE_DATE)
        return NULL;
    if (out->kind == XVALUE_NUMBER && __builtin_fabs(out->as.number) < 1e9)
        return NULL;
    if (out->kind == XVALUE_STRING) {
        const char *text = out->as.string;
        if (xdate_read(text, e->run->utc_offset_min, out))
            return NULL;
        if (e->run->is_getodk) {
            *out = (struct xvalue){.kind = XVALUE_STRING, .as.string = ""};
            return NULL;
        }
        return xfault_type(e, c, text);
    }
    return xfault_type(e, c, xvalue_string(e->run, out));
}

XFUNCTION(date)
{
    struct xvalue v;
    TRY(date_argument(e, c, 0, &v));
    if (is_blank(&v)) {
        out->value = v;
        return NULL;
    }
    if (v.kind == XVALUE_TIME)
        return xfault_type(e, c, xvalue_string(e->run, &v));
    give(out, XVALUE_DATE, __builtin_floor(v.as.number));
    return NULL;
}

/* A number counts days of UTC here, as decimal-date-time() gives them. */
XFUNCTION(date_time)
{
    struct xvalue v;
    TRY(date_argument(e, c, 0, &v));
    if (is_blank(&v)) {
        out->value = v;
        return NULL;
    }
    if (v.kind == XVALUE_TIME)
        return xfault_type(e, c, xvalue_string(e->run, &v));
    double shift = v.kind == XVALUE_NUMBER ? utc_shift(e->run) : 0;
    give(out, XVALUE_DATETIME, v.as.number + shift);
    return NULL;
}

XFUNCTION(decimal_date_time)
{
    struct xvalue v;
    TRY(date_argument(e, c, 0, &v));
    if (is_blank(&v)) {
        xslot_number(out, __builtin_nan(""));
        return NULL;
    }
    if (v.kind == XVALUE_TIME)
        return xfault_type(e, c, xvalue_string(e->run, &v));
    double days = v.kind == XVALUE_DATETIME ? v.as.number : __builtin_floor(v.as.number);
    int64_t ms = xdate_ms(days) - (int64_t)e->run->utc_offset_min * 60000;
    xslot_number(out, xdate_days(ms));
    return NULL;
}

XFUNCTION(decimal_time)
{
    struct xvalue v;
    TRY(date_argument(e, c, 0, &v));
    bool is_none = is_blank(&v) || v.kind == XVALUE_NUMBER;
    int64_t ms = is_none ? 0 : xdate_ms(v.as.number - __builtin_floor(v.as.number));
    xslot_number(out, is_none ? __builtin_nan("") : xdate_days(ms));
    return NULL;
}

/* Formats
 * --------------------------------------------------------------------------------------------- */

static const char *const months[2][12] = {
    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
    {"1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"},
};
static const char *const weekdays[2][7] = {
    {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
    {"周一", "周二", "周三", "周四", "周五", "周六", "周日"},
};

static bool is_chinese(const struct xpath_run *run)
{
    const char *language = run->host->language;
    return language && (text_starts(language, "zh") || text_starts(language, "中文") ||
                        text_starts(language, "Chinese"));
}

/* ISO 8601: the week of the year's first Thursday is week 1. */
static int week_of(day d)
{
    day thursday = d - day_weekday(d) + 3;
    int year, month, day_of_month;
    day_to_date(thursday, &year, &month, &day_of_month);
    return (thursday - day_from_date(year, 1, 1)) / 7 + 1;
}

static void print_part(const struct xpath_run *run, struct buf *b, char part,
                       const struct xmoment *m)
{
    const struct {
        char part;
        bool is_padded;
        int number;
    } parts[] = {
        {'y', true, m->year % 100},    {'m', true, m->month},         {'n', false, m->month},
        {'d', true, m->day_of_month},  {'e', false, m->day_of_month}, {'H', true, m->hour},
        {'h', false, m->hour},         {'M', true, m->minute},        {'S', true, m->second},
        {'W', true, week_of(m->days)},
    };
    if (part == 'b')
        buf_add(b, months[is_chinese(run)][m->month - 1]);
    else if (part == 'a')
        buf_add(b, weekdays[is_chinese(run)][day_weekday(m->days)]);
    else if (part == '%')
        buf_char(b, '%');
    else if (part == 'Y')
        buf_print(b, "%04d", m->year);
    else if (part == '3')
        buf_print(b, "%03d", m->ms);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].part == part && parts[i].is_padded)
            buf_print(b, "%02d", parts[i].number);
        else if (parts[i].part == part)
            buf_int(b, parts[i].number);
    }
}

char xformat_date_fault(const char *format)
{
    for (; *format; format++) {
        if (*format != '%')
            continue;
        format++;
        if (!*format || !strchr("YymnbdeaWHhMS3%", *format))
            return *format ? *format : '%';
    }
    return 0;
}

static const char *format_moment(const struct xpath_run *run, double days, const char *format)
{
    struct xmoment m = xdate_moment(days);
    struct buf b;
    buf_init(&b, run->arena);
    for (; *format; format++) {
        if (*format == '%' && format[1])
            print_part(run, &b, *++format, &m);
        else
            buf_char(&b, *format);
    }
    return buf_text(&b);
}

XFUNCTION(format_date)
{
    struct xvalue v;
    const char *format;
    TRY(date_argument(e, c, 0, &v));
    TRY(xarg_string(e, c, 1, &format));
    xslot_string(out, "");
    if (is_blank(&v))
        return NULL;
    char fault = xformat_date_fault(format);
    if (fault && !e->run->is_getodk)
        return err_new(e->run->arena, ERR_INVALID, "xpath.argument", "", "%s() does not know %%%c.",
                       "%s() 不认识 %%%c。", c->function->name, fault);
    double days = v.kind == XVALUE_NUMBER ? __builtin_floor(v.as.number) : v.as.number;
    xslot_string(out, format_moment(e->run, days, format));
    return NULL;
}
