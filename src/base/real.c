/* Real functions in double-double arithmetic: some 100 bits are computed and rounded once, so the
 * results are right in the last bit but for cases near a tie, and the same on every machine. */
#include "base/real.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The unevaluated sum high + low, |low| at most half a unit of high. */
struct dd {
    double high, low;
};

static const struct dd pi = {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53},
                       half_pi = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};
static const double half_pi_rest = -0x1.f1976b7ed8fbcp-110;
static const struct dd quarter_pi = {0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55};
static const struct dd ln_2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56},
                       ln_10 = {0x1.26bb1bbb55516p+1, -0x1.f48ad494ea3e9p-53};

/* Bits of 2/pi behind the point, after a word of zeros (Payne and Hanek). */
static const uint32_t two_over_pi[] = {
    0x00000000, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041,
    0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c,
    0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4,
    0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf,
    0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea,
    0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d,
};

static struct dd quick_sum(double a, double b) /* |a| >= |b| */
{
    double sum = a + b;
    return (struct dd){sum, b - (sum - a)};
}

static struct dd two_sum(double a, double b)
{
    double sum = a + b, part = sum - a;
    return (struct dd){sum, (a - (sum - part)) + (b - part)};
}

/* Dekker's product: exact without a fused multiply-add, which not every machine has. */
static struct dd two_product(double a, double b)
{
    const double splitter = 134217729; /* 2^27 + 1 */
    double product = a * b, t = splitter * a, u = splitter * b;
    double a_high = t - (t - a), a_low = a - a_high;
    double b_high = u - (u - b), b_low = b - b_high;
    double low = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    return (struct dd){product, low};
}

static struct dd add(struct dd a, struct dd b)
{
    struct dd high = two_sum(a.high, b.high), low = two_sum(a.low, b.low);
    high = quick_sum(high.high, high.low + low.high);
    return quick_sum(high.high, high.low + low.low);
}

static struct dd negate(struct dd a)
{
    return (struct dd){-a.high, -a.low};
}

static struct dd multiply(struct dd a, struct dd b)
{
    struct dd product = two_product(a.high, b.high);
    return quick_sum(product.high, product.low + (a.high * b.low + a.low * b.high));
}

static struct dd scale(struct dd a, double factor)
{
    struct dd product = two_product(a.high, factor);
    return quick_sum(product.high, product.low + a.low * factor);
}

static struct dd divide(struct dd a, struct dd b)
{
    double first = a.high / b.high;
    struct dd rest = add(a, negate(scale(b, first)));
    double second = rest.high / b.high;
    rest = add(rest, negate(scale(b, second)));
    return add(quick_sum(first, second), (struct dd){rest.high / b.high, 0});
}

static struct dd single(double x)
{
    return (struct dd){x, 0};
}

static struct dd root(struct dd a)
{
    double first = __builtin_sqrt(a.high);
    if (first == 0)
        return single(0);
    struct dd rest = add(a, negate(two_product(first, first)));
    return quick_sum(first, rest.high / (2 * first));
}

static double rounded(struct dd a)
{
    return a.high + a.low;
}

static uint64_t to_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static bool is_nan(double x)
{
    return x != x;
}

static bool is_infinite(double x)
{
    return __builtin_fabs(x) > 1.7976931348623157e308;
}

static double power_of_two(int exponent) /* -1022 ... 1023 */
{
    return from_bits((uint64_t)(exponent + 1023) << 52);
}

/* Exponential and logarithm
 * --------------------------------------------------------------------------- */

static double scale_by_power(double x, int exponent)
{
    int half = exponent / 2;
    return x * power_of_two(half) * power_of_two(exponent - half);
}

/* exp = 2^k (1 + s)^512, s from the series of a small rest. */
static double exp_of(struct dd x)
{
    enum { SQUARINGS = 9, TERMS = 9 };
    if (x.high > 709.79)
        return __builtin_inf();
    if (x.high < -745.2)
        return 0;
    double k = __builtin_floor(x.high / ln_2.high + 0.5);
    struct dd rest = add(x, negate(scale(ln_2, k)));
    rest.high /= 512;
    rest.low /= 512;
    struct dd sum = single(0);
    for (int i = TERMS; i > 0; i--)
        sum = divide(multiply(rest, add(single(1), sum)), single(i));
    for (int i = 0; i < SQUARINGS; i++)
        sum = add(scale(sum, 2), multiply(sum, sum));
    return scale_by_power(rounded(add(single(1), sum)), (int)k);
}

double real_exp(double x)
{
    return is_nan(x) ? x : exp_of(single(x));
}

/* x > 0 and finite: k ln 2 + 2 atanh((m - 1) / (m + 1)), m in [0.7, 1.42). */
static struct dd log_of(double x)
{
    enum { TERMS = 24 };
    int k = 0;
    if (x < 2.2250738585072014e-308) {
        x *= 18014398509481984.0; /* 2^54 */
        k = -54;
    }
    k += (int)(to_bits(x) >> 52) - 1023;
    double m = from_bits((to_bits(x) & (((uint64_t)1 << 52) - 1)) | (uint64_t)1023 << 52);
    if (m > 1.4142135623730951) {
        m /= 2;
        k++;
    }
    struct dd s = divide(single(m - 1), two_sum(m, 1)), square = multiply(s, s), sum = single(0);
    for (int i = TERMS; i > 0; i--)
        sum = multiply(square, add(sum, divide(single(1), single(2 * i + 1))));
    sum = scale(multiply(s, add(single(1), sum)), 2);
    return add(scale(ln_2, k), sum);
}

/* What log and log10 are where there is no logarithm; true if x is such a place. */
static bool log_is_special(double x, double *out)
{
    *out = x == 0 ? -__builtin_inf() : x < 0 ? __builtin_nan("") : x;
    return !(x > 0) || is_infinite(x);
}

double real_log(double x)
{
    double special;
    return log_is_special(x, &special) ? special : rounded(log_of(x));
}

double real_log10(double x)
{
    double special;
    return log_is_special(x, &special) ? special : rounded(divide(log_of(x), ln_10));
}

static bool is_whole(double x)
{
    return __builtin_trunc(x) == x;
}

static bool is_odd(double x)
{
    return is_whole(x) && __builtin_fabs(x) < 9007199254740992.0 && !is_whole(x / 2);
}

/* ISO C, annex F.10.4.4, for zero and infinite bases and infinite exponents. */
static double special_pow(double x, double y)
{
    double size = __builtin_fabs(x);
    if (is_infinite(y)) {
        if (size == 1)
            return 1;
        return (size > 1) == (y > 0) ? __builtin_inf() : 0;
    }
    bool is_large = (size != 0) == (y > 0);
    double result = is_large ? __builtin_inf() : 0;
    return is_odd(y) && to_bits(x) >> 63 ? -result : result;
}

double real_pow(double x, double y)
{
    if (y == 0 || x == 1)
        return 1;
    if (is_nan(x) || is_nan(y))
        return __builtin_nan("");
    if (x == 0 || is_infinite(x) || is_infinite(y))
        return special_pow(x, y);
    if (x < 0 && !is_whole(y))
        return __builtin_nan("");
    struct dd exponent = log_of(__builtin_fabs(x));
    double estimate = exponent.high * y;
    double result = estimate > 710    ? __builtin_inf()
                    : estimate < -746 ? 0
                                      : exp_of(scale(exponent, y));
    return x < 0 && is_odd(y) ? -result : result;
}

/* Circle functions
 * ------------------------------------------------------------------------------------ */

/* The rest of a large x after whole quarter turns, by integers: only the bits of 2/pi are taken
 * that give the lowest bits of the quotient and what stands behind its point. */
static struct dd reduce_large(double x, int *quarter_out)
{
    enum { WINDOW = 8, FACTOR = 3 };
    uint64_t bits = to_bits(x), mantissa = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    int exponent = (int)(bits >> 52) - 1075;
    int first = (exponent - 2) >= 0 ? (exponent - 2) / 32 : -((31 - (exponent - 2)) / 32);
    int shift = exponent - 32 * first; /* 2 ... 33 */
    uint32_t factor[FACTOR] = {0}, product[WINDOW + FACTOR] = {0};
    for (int i = 0; i < 53; i++)
        if (mantissa >> i & 1)
            factor[(i + shift) / 32] |= (uint32_t)1 << (i + shift) % 32;
    for (int i = 0; i < WINDOW; i++) {
        uint64_t carry = 0, word = two_over_pi[first + 1 + WINDOW - 1 - i];
        for (int j = 0; j < FACTOR; j++) {
            carry += word * factor[j] + product[i + j];
            product[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        product[i + FACTOR] = (uint32_t)carry;
    }
    bool is_upper = product[WINDOW - 1] >> 31;
    *quarter_out = (int)((product[WINDOW] + is_upper) & 3);
    struct dd fraction = single(0);
    double unit = 1;
    for (int i = WINDOW - 1; i >= 0; i--) {
        unit /= 4294967296.0;
        uint32_t word = is_upper ? ~product[i] : product[i];
        fraction = add(fraction, single(word * unit));
    }
    return multiply(is_upper ? negate(fraction) : fraction, half_pi);
}

/* x = quarter * pi/2 + rest, |rest| <= pi/4; x >= 0 */
static struct dd reduce(double x, int *quarter_out)
{
    if (x > 8589934592.0)
        return reduce_large(x, quarter_out);
    double n = __builtin_floor(x / half_pi.high + 0.5);
    *quarter_out = (int)((int64_t)n & 3);
    struct dd rest = add(single(x), negate(two_product(n, half_pi.high)));
    rest = add(rest, negate(two_product(n, half_pi.low)));
    return add(rest, single(-n * half_pi_rest));
}

/* first - r^2 (first - r^2 (...) / (4 * 5)) / (2 * 3) and the like: sin for start 1, cos for 0 */
static struct dd circle_series(struct dd rest, int start)
{
    enum { LAST = 28 };
    struct dd square = multiply(rest, rest), sum = single(1);
    for (int i = LAST + start; i > start; i -= 2)
        sum = add(single(1), negate(divide(multiply(square, sum), single(i * (i - 1)))));
    return start ? multiply(rest, sum) : sum;
}

/* sin for turn 0, cos for turn 1, of x >= 0 */
static struct dd circle(double x, int turn)
{
    int quarter;
    struct dd rest = reduce(x, &quarter);
    quarter = (quarter + turn) & 3;
    struct dd result = circle_series(rest, quarter % 2 == 0);
    return quarter >= 2 ? negate(result) : result;
}

/* Below it x and sin, tan, asin, atan of x are the same double. */
static const double smallest = 7.450580596923828e-9;

double real_sin(double x)
{
    if (!(__builtin_fabs(x) > smallest) || is_infinite(x))
        return is_infinite(x) ? __builtin_nan("") : x;
    double result = rounded(circle(__builtin_fabs(x), 0));
    return x < 0 ? -result : result;
}

double real_cos(double x)
{
    if (is_nan(x) || is_infinite(x))
        return __builtin_nan("");
    return rounded(circle(__builtin_fabs(x), 1));
}

double real_tan(double x)
{
    if (!(__builtin_fabs(x) > smallest) || is_infinite(x))
        return is_infinite(x) ? __builtin_nan("") : x;
    double size = __builtin_fabs(x);
    double result = rounded(divide(circle(size, 0), circle(size, 1)));
    return x < 0 ? -result : result;
}

/* 0 <= x <= 1, good to the precision of a double */
static double atan_estimate(double x)
{
    bool is_upper = x > 0.41421356237309503;
    double t = is_upper ? (x - 1) / (x + 1) : x, square = t * t, sum = 0;
    for (int i = 41; i > 1; i -= 2)
        sum = square * (1.0 / i - sum);
    return (is_upper ? quarter_pi.high : 0) + t * (1 - sum);
}

/* One step of Newton's from the estimate. */
static struct dd atan_of(struct dd x)
{
    struct dd angle = single(atan_estimate(x.high));
    struct dd sine = circle_series(angle, 1), cosine = circle_series(angle, 0);
    struct dd over = add(multiply(x, cosine), negate(sine));
    return add(angle, divide(over, add(cosine, multiply(x, sine))));
}

/* The angle of (x, y), y >= 0, not both zero. */
static struct dd angle_of(struct dd y, struct dd x)
{
    bool is_left = x.high < 0;
    if (is_left)
        x = negate(x);
    bool is_steep = y.high > x.high;
    struct dd angle = atan_of(is_steep ? divide(x, y) : divide(y, x));
    if (is_steep)
        angle = add(half_pi, negate(angle));
    return is_left ? add(pi, negate(angle)) : angle;
}

double real_atan(double x)
{
    double size = __builtin_fabs(x);
    if (!(size > smallest))
        return x;
    double result = size > 1e300 ? half_pi.high : rounded(angle_of(single(size), single(1)));
    return x < 0 ? -result : result;
}

/* On the axes and at the infinities; false elsewhere. */
static bool special_angle(double y, double x, double *out)
{
    bool is_left = to_bits(x) >> 63;
    if (is_infinite(y))
        *out = is_infinite(x) ? (is_left ? 3 * quarter_pi.high : quarter_pi.high) : half_pi.high;
    else if (y == 0 || is_infinite(x))
        *out = is_left ? pi.high : 0;
    else if (x == 0)
        *out = half_pi.high;
    else
        return false;
    return true;
}

double real_atan2(double y, double x)
{
    double result, size = __builtin_fabs(y);
    if (is_nan(x) || is_nan(y))
        return __builtin_nan("");
    if (!special_angle(size, x, &result)) {
        double largest = size > __builtin_fabs(x) ? size : __builtin_fabs(x);
        double factor = largest > 1e150 ? 0x1p-600 : largest < 1e-150 ? 0x1p+600 : 1;
        double high = size * factor, wide = x * factor, quotient = high / wide;
        if (wide > 0 && quotient < smallest)
            result = quotient;
        else
            result = rounded(angle_of(single(high), single(wide)));
    }
    return to_bits(y) >> 63 ? -result : result;
}

/* sqrt(1 - x^2) without cancellation */
static struct dd other_leg(double x)
{
    return root(multiply(two_sum(1, -x), two_sum(1, x)));
}

double real_asin(double x)
{
    double size = __builtin_fabs(x);
    if (!(size <= 1))
        return __builtin_nan("");
    if (size <= smallest)
        return x;
    double result = rounded(angle_of(single(size), other_leg(size)));
    return x < 0 ? -result : result;
}

double real_acos(double x)
{
    if (!(__builtin_fabs(x) <= 1))
        return __builtin_nan("");
    if (x == 1)
        return 0;
    return rounded(angle_of(other_leg(x), single(x)));
}

/* Remainder
 * ------------------------------------------------------------------------------------------- */

static uint64_t mantissa_of(double x, int *exponent_out)
{
    uint64_t bits = to_bits(x), mantissa = bits & (((uint64_t)1 << 52) - 1);
    int exponent = (int)(bits >> 52 & 0x7FF);
    *exponent_out = exponent ? exponent : 1;
    return exponent ? mantissa | (uint64_t)1 << 52 : mantissa;
}

/* Exact: long division of the mantissas. */
double real_mod(double x, double y)
{
    if (is_nan(x) || is_nan(y) || is_infinite(x) || y == 0)
        return __builtin_nan("");
    if (is_infinite(y) || __builtin_fabs(x) < __builtin_fabs(y))
        return x;
    int x_exponent, y_exponent;
    uint64_t rest = mantissa_of(__builtin_fabs(x), &x_exponent);
    uint64_t divisor = mantissa_of(__builtin_fabs(y), &y_exponent);
    for (int i = x_exponent; i >= y_exponent; i--) {
        rest = (i == x_exponent ? rest : rest << 1) % divisor;
    }
    double size = (double)rest;
    for (int left = y_exponent - 1075; left != 0;) {
        int step = left > 900 ? 900 : left < -900 ? -900 : left;
        size *= power_of_two(step);
        left -= step;
    }
    return to_bits(x) >> 63 ? -size : size;
}
