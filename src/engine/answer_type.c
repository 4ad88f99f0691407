/* One value by itself: does it fit its bind type, and are two texts the same value (forms.md 7.3)?
 */
#include "engine/sheet.h"

#include "base/number.h"
#include "base/text.h"

#include <float.h>
#include <string.h>

/* Numbers as phones write them: also 1.23456785E7, as Java prints doubles. */
static bool read_number(const char *text, double *number_out)
{
    size_t size = strlen(text);
    const char *e = memchr(text, 'E', size);
    if (!e)
        return number_read(text, size, number_out);
    int64_t exponent;
    double mantissa;
    if (!number_read(text, (size_t)(e - text), &mantissa) || !text_to_int(e + 1, &exponent) ||
        exponent < -400 || exponent > 400)
        return false;
    double factor = 1;
    for (int64_t i = exponent < 0 ? -exponent : exponent; i > 0; i--)
        factor *= 10;
    *number_out = exponent < 0 ? mantissa / factor : mantissa * factor;
    return true;
}

static bool fits_int(const char *text)
{
    int64_t number;
    return text_to_int(text, &number) && number >= INT32_MIN && number <= INT32_MAX;
}

static bool fits_date(const char *text, enum xvalue_kind kind)
{
    struct xvalue v;
    return xdate_read(text, 0, &v) && v.kind == kind;
}

/* Expressions also read "2026-2-3"; an answer is kept as others will sort it. Also accepted: the
 * local midnight that JavaRosa writes when a date is copied. */
static bool fits_day(const char *text)
{
    if (strlen(text) < 10 || text[4] != '-' || text[7] != '-')
        return false;
    return fits_date(text, XVALUE_DATE) ||
           (strstr(text, "T00:00:00") && fits_date(text, XVALUE_DATETIME));
}

/* "lat lon alt acc": two to four numbers; *end_out stands behind it, at ';' or the end. */
static bool fits_point(const char *text, const char **end_out)
{
    int count = 0;
    const char *p = text;
    while (*p == ' ')
        p++;
    while (*p && *p != ';') {
        const char *start = p;
        while (*p && *p != ' ' && *p != ';')
            p++;
        double number;
        double limit = count == 0 ? 90 : count == 1 ? 180 : DBL_MAX;
        if (!number_read(start, (size_t)(p - start), &number) || number > limit || number < -limit)
            return false;
        count++;
        while (*p == ' ')
            p++;
    }
    *end_out = p;
    return count >= 2 && count <= 4;
}

static bool fits_points(const char *text, int at_least)
{
    int count = 0;
    const char *p = text;
    while (*p) {
        if (!fits_point(p, &p))
            return false;
        count++;
        while (*p == ';' || *p == ' ')
            p++;
    }
    return count >= at_least;
}

bool answer_fits(uint32_t type, const char *text)
{
    double number;
    const char *end;
    switch (type) {
    case IMAGE_TYPE_INT:
        return fits_int(text);
    case IMAGE_TYPE_DECIMAL:
        return read_number(text, &number);
    case IMAGE_TYPE_BOOLEAN:
        return text_equal(text, "true") || text_equal(text, "false") || text_equal(text, "1") ||
               text_equal(text, "0");
    case IMAGE_TYPE_DATE:
        return fits_day(text);
    case IMAGE_TYPE_TIME:
        return fits_date(text, XVALUE_TIME);
    case IMAGE_TYPE_DATETIME:
        return fits_date(text, XVALUE_DATETIME);
    case IMAGE_TYPE_GEOPOINT:
        return fits_point(text, &end) && !*end;
    case IMAGE_TYPE_GEOTRACE:
        return fits_points(text, 2);
    case IMAGE_TYPE_GEOSHAPE:
        return fits_points(text, 3);
    case IMAGE_TYPE_BINARY:
        return !strchr(text, '/') && !strchr(text, '\\');
    default:
        return true;
    }
}

static double magnitude(double x)
{
    return x < 0 ? -x : x;
}

static bool same_number(const char *left, const char *right)
{
    double a, b;
    if (!read_number(left, &a) || !read_number(right, &b))
        return false;
    double size = magnitude(a) > magnitude(b) ? magnitude(a) : magnitude(b);
    return magnitude(a - b) <= 1e-9 * (size > 1 ? size : 1);
}

/* Dates as instants; a date is its local midnight. */
static bool same_instant(const char *left, const char *right, int32_t offset)
{
    struct xvalue a, b;
    if (!xdate_read(left, offset, &a) || !xdate_read(right, offset, &b))
        return false;
    if ((a.kind == XVALUE_TIME) != (b.kind == XVALUE_TIME))
        return false;
    return magnitude(a.as.number - b.as.number) < 0.5 / 86400000;
}

static int truth(const char *text)
{
    if (text_equal(text, "true") || text_equal(text, "1"))
        return 1;
    return text_equal(text, "false") || text_equal(text, "0") ? 0 : -1;
}

bool answer_same(struct arena *a, uint32_t type, const char *left, const char *right,
                 int32_t utc_offset_min)
{
    (void)a;
    if (text_equal(left, right))
        return true;
    if (!*left || !*right)
        return false;
    bool is_boolean = type == IMAGE_TYPE_BOOLEAN || type == IMAGE_TYPE_STRING;
    if (is_boolean && truth(left) >= 0 && truth(left) == truth(right))
        return true;
    return same_number(left, right) || same_instant(left, right, utc_offset_min);
}
