/* Functions on numbers. */
#include "engine/functions.h"

#include "base/real.h"
#include "base/text.h"

XFUNCTION(number)
{
    double number;
    if (c->count) {
        TRY(xarg_number(e, c, 0, &number));
    } else {
        struct xvalue v = {.kind = XVALUE_STRING};
        TRY(xarg_string_or_context(e, c, 0, &v.as.string));
        number = xvalue_number(e->run, &v);
    }
    xslot_number(out, number);
    return NULL;
}

XFUNCTION(int)
{
    double number;
    TRY(xarg_number(e, c, 0, &number));
    xslot_number(out, __builtin_trunc(number));
    return NULL;
}

/* A half goes up, also below zero; the sign of a zero stays. */
static double round_half_up(double number)
{
    double below = __builtin_floor(number);
    double rounded = number - below >= 0.5 ? below + 1 : below;
    return rounded == 0 ? __builtin_copysign(0.0, number) : rounded;
}

static double power_of_ten(int power)
{
    double result = 1;
    for (; power > 0; power--)
        result *= 10;
    return result;
}

/* Digits in front of the point are rounded after the fraction is cut off, as JavaRosa does. */
static double round_to(double number, double digits)
{
    enum { MOST_DIGITS = 30 };
    int places = digits > MOST_DIGITS    ? MOST_DIGITS
                 : digits < -MOST_DIGITS ? -MOST_DIGITS
                                         : (int)digits;
    double factor = power_of_ten(places < 0 ? -places : places);
    if (places < 0)
        return round_half_up(__builtin_trunc(number) / factor) * factor;
    double scaled = number * factor;
    if (!(__builtin_fabs(scaled) < 4503599627370496.0)) /* no fraction left to round */
        return number;
    return round_half_up(scaled) / factor;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* getodk's way: a half goes away from zero, nothing is cut off before. */
static double round_away(double number, double digits)
{
    enum { MOST_DIGITS = 30 };
    double factor = power_of_ten((int)smaller(__builtin_fabs(digits), MOST_DIGITS));
    double size = __builtin_fabs(number);
    double scaled = digits < 0 ? size / factor : size * factor;
    if (!(scaled < 4503599627370496.0))
        return number;
    scaled = round_half_up(scaled);
    return __builtin_copysign(digits < 0 ? scaled * factor : scaled / factor, number);
}

XFUNCTION(round)
{
    double number, digits = 0;
    TRY(xarg_number(e, c, 0, &number));
    if (c->count > 1)
        TRY(xarg_number(e, c, 1, &digits));
    bool is_number = number == number && digits == digits;
    digits = __builtin_trunc(digits);
    if (!is_number)
        number = __builtin_nan("");
    else if (e->run->is_getodk)
        number = round_away(number, digits);
    else
        number = round_to(number, digits);
    xslot_number(out, number);
    return NULL;
}

XFUNCTION(pow)
{
    double base, exponent;
    TRY(xarg_number(e, c, 0, &base));
    TRY(xarg_number(e, c, 1, &exponent));
    xslot_number(out, real_pow(base, exponent));
    return NULL;
}

XFUNCTION(atan2)
{
    double y, x;
    TRY(xarg_number(e, c, 0, &y));
    TRY(xarg_number(e, c, 1, &x));
    xslot_number(out, real_atan2(y, x));
    return NULL;
}

XFUNCTION(pi)
{
    (void)e, (void)c;
    xslot_number(out, 3.14159265358979323846);
    return NULL;
}

/* A number in [0, 1) with 53 random bits. */
XFUNCTION(random)
{
    (void)c;
    xslot_number(out, (double)(xrun_random(e->run) >> 11) * 0x1p-53);
    return NULL;
}

static struct err *map(struct xeval *e, const struct xcall *c, double (*f)(double),
                       struct xslot *out)
{
    double number;
    TRY(xarg_number(e, c, 0, &number));
    xslot_number(out, f(number));
    return NULL;
}

static double take_floor(double x)
{
    return __builtin_floor(x);
}

static double take_ceiling(double x)
{
    return __builtin_ceil(x);
}

static double take_absolute(double x)
{
    return __builtin_fabs(x);
}

static double take_root(double x)
{
    return __builtin_sqrt(x);
}

static double take_power_of_ten(double x)
{
    return real_pow(10, x);
}

XFUNCTION(floor)
{
    return map(e, c, take_floor, out);
}

XFUNCTION(ceiling)
{
    return map(e, c, take_ceiling, out);
}

XFUNCTION(abs)
{
    return map(e, c, take_absolute, out);
}

XFUNCTION(sqrt)
{
    return map(e, c, take_root, out);
}

XFUNCTION(exp)
{
    return map(e, c, real_exp, out);
}

XFUNCTION(exp10)
{
    return map(e, c, take_power_of_ten, out);
}

XFUNCTION(log)
{
    return map(e, c, real_log, out);
}

XFUNCTION(log10)
{
    return map(e, c, real_log10, out);
}

XFUNCTION(sin)
{
    return map(e, c, real_sin, out);
}

XFUNCTION(cos)
{
    return map(e, c, real_cos, out);
}

XFUNCTION(tan)
{
    return map(e, c, real_tan, out);
}

XFUNCTION(asin)
{
    return map(e, c, real_asin, out);
}

XFUNCTION(acos)
{
    return map(e, c, real_acos, out);
}

XFUNCTION(atan)
{
    return map(e, c, real_atan, out);
}

/* Over many values
 * ------------------------------------------------------------------------------------ */

/* An empty node adds nothing to a sum in JavaRosa; in XPath 1.0 it makes it NaN. */
XFUNCTION(sum)
{
    struct xslot s;
    double sum = 0;
    TRY(xarg_nodes(e, c, 0, &s));
    for (size_t i = 0; i < s.value.as.nodes.count; i++) {
        struct xvalue v = xnode_value(e->run, s.value.as.nodes.items[i]);
        bool is_empty = v.kind == XVALUE_STRING && !*v.as.string;
        TRY(xeval_spend(e, 1));
        if (!is_empty || e->run->is_xpath1 || e->run->is_getodk)
            sum += xvalue_number(e->run, &v);
    }
    xslot_number(out, sum);
    return NULL;
}

struct extreme {
    double best;
    int sign; /* 1: the largest, -1: the smallest */
};

/* What is no number is skipped; getodk lets it spoil the result. */
static void extreme_add(struct extreme *x, double number, bool *is_spoilt)
{
    if (number != number)
        *is_spoilt = true;
    else if (x->best != x->best || x->sign * number > x->sign * x->best)
        x->best = number;
}

static struct err *find_extreme(struct xeval *e, const struct xcall *c, int sign, struct xslot *out)
{
    struct extreme x = {.best = __builtin_nan(""), .sign = sign};
    bool is_spoilt = false;
    for (uint32_t i = 0; i < c->count; i++) {
        struct xslot s;
        TRY(xeval_node(e, c->arguments[i], &s));
        if (s.value.kind != XVALUE_NODES) {
            extreme_add(&x, xvalue_number(e->run, &s.value), &is_spoilt);
            continue;
        }
        TRY(xeval_spend(e, s.value.as.nodes.count));
        for (size_t n = 0; n < s.value.as.nodes.count; n++) {
            struct xvalue v = xnode_value(e->run, s.value.as.nodes.items[n]);
            extreme_add(&x, xvalue_number(e->run, &v), &is_spoilt);
        }
    }
    xslot_number(out, is_spoilt && e->run->is_getodk ? __builtin_nan("") : x.best);
    return NULL;
}

XFUNCTION(min)
{
    return find_extreme(e, c, -1, out);
}

XFUNCTION(max)
{
    return find_extreme(e, c, 1, out);
}
