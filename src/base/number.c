/* Numbers as text. Short numbers take a path of exact machine arithmetic; all others go through
 * big integers, so that reading and printing are right to the last bit on every machine. */
#include "base/number.h"

#include "base/buf.h"

#include <stdint.h>
#include <string.h>

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { EXACT_POWERS = 22, LIMBS = 140, MAX_DIGITS = 780 };

/* Non-negative, least limb first. 140 limbs hold 10^1110 and what reading and printing add. */
struct big {
    uint32_t limbs[LIMBS];
    int count;
};

static void big_set(struct big *n, uint64_t value)
{
    n->count = 0;
    for (; value; value >>= 32)
        n->limbs[n->count++] = (uint32_t)value;
}

static void big_multiply_add(struct big *n, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (int i = 0; i < n->count; i++) {
        carry += (uint64_t)n->limbs[i] * factor;
        n->limbs[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        n->limbs[n->count++] = (uint32_t)carry;
}

static void big_times_ten(struct big *n, int power)
{
    for (; power >= 9; power -= 9)
        big_multiply_add(n, 1000000000, 0);
    for (; power > 0; power--)
        big_multiply_add(n, 10, 0);
}

static void big_shift(struct big *n, int bits)
{
    int words = bits / 32, rest = bits % 32;
    if (n->count == 0)
        return;
    memmove(n->limbs + words, n->limbs, (size_t)n->count * sizeof *n->limbs);
    memset(n->limbs, 0, (size_t)words * sizeof *n->limbs);
    n->count += words;
    if (rest)
        big_multiply_add(n, (uint32_t)1 << rest, 0);
}

static int big_compare(const struct big *a, const struct big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (int i = a->count; i-- > 0;)
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
    return 0;
}

/* a -= b, where a >= b */
static void big_subtract(struct big *a, const struct big *b)
{
    int64_t borrow = 0;
    for (int i = 0; i < a->count; i++) {
        int64_t limb = (int64_t)a->limbs[i] - (i < b->count ? b->limbs[i] : 0) + borrow;
        a->limbs[i] = (uint32_t)limb;
        borrow = limb < 0 ? -1 : 0;
    }
    while (a->count && a->limbs[a->count - 1] == 0)
        a->count--;
}

static int big_bits(const struct big *n)
{
    return n->count ? 32 * n->count - __builtin_clz(n->limbs[n->count - 1]) : 0;
}

static double from_bits(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static uint64_t to_bits(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* mantissa * 2^exponent, mantissa of at most 55 bits whose last one also says "and something
 * more": the nearest double, ties to even. */
static double round_to_double(uint64_t mantissa, int exponent)
{
    int bits = 64 - __builtin_clzll(mantissa);
    int drop = bits - 53;
    if (exponent + drop < -1074)
        drop = -1074 - exponent;
    if (drop > 0) {
        if (drop > 63)
            return 0;
        uint64_t half = (uint64_t)1 << (drop - 1), rest = mantissa & (2 * half - 1);
        mantissa >>= drop;
        mantissa += rest > half || (rest == half && (mantissa & 1));
        exponent += drop;
    }
    if (mantissa >> 53) {
        mantissa >>= 1;
        exponent++;
    }
    if (mantissa == 0)
        return 0;
    bits = 64 - __builtin_clzll(mantissa);
    if (exponent + bits > 1024)
        return __builtin_inf();
    if (exponent + bits - 53 < -1074)
        return from_bits(mantissa << (exponent + 1074));
    mantissa <<= 53 - bits;
    exponent -= 53 - bits;
    return from_bits(((uint64_t)(exponent + 1075) << 52) + (mantissa - ((uint64_t)1 << 52)));
}

/* Divide until the quotient has its 55 bits; a remainder sets the last one. */
static double divide_to_double(struct big *top, struct big *bottom)
{
    int exponent = big_bits(top) - big_bits(bottom) - 55;
    if (exponent < 0)
        big_shift(top, -exponent);
    else
        big_shift(bottom, exponent);
    uint64_t quotient = 0;
    big_shift(bottom, 56);
    big_shift(top, 0);
    for (int bit = 56; bit >= 0; bit--) {
        quotient <<= 1;
        if (big_compare(top, bottom) >= 0) {
            big_subtract(top, bottom);
            quotient |= 1;
        }
        if (bit > 0)
            big_shift(top, 1);
    }
    return round_to_double(quotient | (top->count != 0), exponent);
}

struct decimal {
    const char *digits, *end; /* may hold one '.' */
    uint64_t leading;         /* the first 19 significant digits */
    int digit_count;          /* significant ones, without leading zeros */
    int exponent;             /* of ten, behind the last digit */
};

static double read_exactly(const struct decimal *d)
{
    struct big top, bottom;
    int taken = 0, exponent = d->exponent;
    uint32_t more = 0;
    big_set(&top, 0);
    for (const char *p = d->digits; p < d->end; p++) {
        if (*p == '.' || (top.count == 0 && *p == '0'))
            continue;
        if (taken < MAX_DIGITS) {
            if (top.count == 0)
                big_set(&top, (uint64_t)(*p - '0'));
            else
                big_multiply_add(&top, 10, (uint32_t)(*p - '0'));
            taken++;
        } else {
            more |= *p != '0';
            exponent++;
        }
    }
    /* What lies behind 780 digits can only break a tie. */
    if (more) {
        big_multiply_add(&top, 10, 1);
        exponent--;
    }
    if (top.count == 0 || d->digit_count + d->exponent < -330)
        return 0;
    if (d->digit_count + d->exponent > 310)
        return __builtin_inf();
    big_set(&bottom, 1);
    big_times_ten(exponent < 0 ? &bottom : &top, exponent < 0 ? -exponent : exponent);
    return divide_to_double(&top, &bottom);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Digits with at most one '.', at least one digit, up to end. */
static bool scan(const char *p, const char *end, struct decimal *d)
{
    bool has_dot = false, has_digit = false;
    *d = (struct decimal){.digits = p, .end = end};
    for (; p < end; p++) {
        if (*p == '.') {
            if (has_dot)
                return false;
            has_dot = true;
            continue;
        }
        if (*p < '0' || *p > '9')
            return false;
        has_digit = true;
        d->exponent -= has_dot;
        if (d->digit_count > 0 || *p != '0') {
            if (d->digit_count < 19)
                d->leading = d->leading * 10 + (uint64_t)(*p - '0');
            d->digit_count++;
        }
    }
    return has_digit;
}

bool number_read(const char *text, size_t size, double *number_out)
{
    const char *p = text, *end = text + size;
    while (p < end && is_space(*p))
        p++;
    while (end > p && is_space(end[-1]))
        end--;
    bool negative = p < end && *p == '-';
    struct decimal d;
    if (!scan(p + negative, end, &d))
        return false;
    double number;
    if (d.digit_count <= 19 && d.leading < (uint64_t)1 << 53 && d.exponent >= -EXACT_POWERS)
        number =
            d.exponent < 0 ? (double)d.leading / powers_of_ten[-d.exponent] : (double)d.leading;
    else
        number = read_exactly(&d);
    *number_out = negative ? -number : number;
    return true;
}

/* digits times 10^exponent, in plain notation */
static void print_decimal(struct buf *b, const char *digits, int count, int exponent)
{
    int whole = count + exponent;
    if (whole <= 0) {
        buf_add(b, "0.");
        for (int i = whole; i < 0; i++)
            buf_char(b, '0');
        buf_bytes(b, digits, (size_t)count);
        return;
    }
    for (int i = 0; i < whole; i++)
        buf_char(b, i < count ? digits[i] : '0');
    if (whole < count) {
        buf_char(b, '.');
        buf_bytes(b, digits + whole, (size_t)(count - whole));
    }
}

/* A decimal of at most 15 digits that reads back to number is its shortest: two of them are never
 * nearer to each other than two doubles. */
static bool print_short(struct buf *b, double number)
{
    for (int decimals = 1; decimals <= EXACT_POWERS; decimals++) {
        double scaled = number * powers_of_ten[decimals];
        if (scaled >= 1e15)
            return false;
        uint64_t rounded = (uint64_t)(scaled + 0.5);
        if (rounded == 0 || (double)rounded / powers_of_ten[decimals] != number)
            continue;
        char digits[20];
        int count = 0;
        for (uint64_t rest = rounded; rest; rest /= 10)
            digits[count++] = (char)('0' + rest % 10);
        for (int i = 0; i < count / 2; i++) {
            char swapped = digits[i];
            digits[i] = digits[count - 1 - i];
            digits[count - 1 - i] = swapped;
        }
        print_decimal(b, digits, count, -decimals);
        return true;
    }
    return false;
}

/* number = value / scale; half the gap to its neighbours = low / scale, high / scale. */
struct gap {
    struct big value, scale, low, high;
    bool is_even;
};

static void gap_init(struct gap *g, double number)
{
    uint64_t bits = to_bits(number), mantissa = bits & (((uint64_t)1 << 52) - 1);
    int exponent = (int)(bits >> 52);
    bool is_lowest = mantissa == 0 && exponent > 1; /* the neighbour below is nearer */
    if (exponent)
        mantissa |= (uint64_t)1 << 52;
    else
        exponent = 1;
    exponent -= 1075;
    g->is_even = (mantissa & 1) == 0;
    big_set(&g->value, mantissa);
    big_set(&g->scale, 1);
    big_set(&g->low, 1);
    big_shift(&g->value, (exponent > 0 ? exponent : 0) + 1 + is_lowest);
    big_shift(&g->scale, (exponent < 0 ? -exponent : 0) + 1 + is_lowest);
    big_shift(&g->low, exponent > 0 ? exponent : 0);
    g->high = g->low;
    big_shift(&g->high, is_lowest);
}

/* value + high > scale, or = where the interval holds its ends */
static bool reaches(const struct gap *g)
{
    struct big sum = g->value;
    uint64_t carry = 0;
    for (int i = 0; i < sum.count || i < g->high.count || carry; i++) {
        carry += (i < sum.count ? sum.limbs[i] : 0) +
                 (uint64_t)(i < g->high.count ? g->high.limbs[i] : 0);
        sum.limbs[i] = (uint32_t)carry;
        carry >>= 32;
        if (i >= sum.count)
            sum.count = i + 1;
    }
    int order = big_compare(&sum, &g->scale);
    return order > 0 || (order == 0 && g->is_even);
}

static int next_digit(struct gap *g)
{
    int digit = 0;
    big_times_ten(&g->value, 1);
    big_times_ten(&g->low, 1);
    big_times_ten(&g->high, 1);
    for (; big_compare(&g->value, &g->scale) >= 0; digit++)
        big_subtract(&g->value, &g->scale);
    return digit;
}

/* floor(log10(number)), or one less: from the exponent of two. */
static int estimate_exponent(double number)
{
    uint64_t bits = to_bits(number);
    int exponent = (int)(bits >> 52);
    int highest = exponent ? exponent - 1023 : 63 - __builtin_clzll(bits) - 1074;
    return (int)__builtin_floor(highest * 0.30102999566398119);
}

/* Free-format printing of Steele and White, Dragon4. */
static void print_exactly(struct buf *b, double number)
{
    struct gap g;
    gap_init(&g, number);
    int whole = estimate_exponent(number); /* digits before the point */
    if (whole > 0) {
        big_times_ten(&g.scale, whole);
    } else {
        big_times_ten(&g.value, -whole);
        big_times_ten(&g.low, -whole);
        big_times_ten(&g.high, -whole);
    }
    while (reaches(&g)) {
        big_times_ten(&g.scale, 1);
        whole++;
    }
    char digits[24];
    int count = 0;
    for (bool is_done = false; !is_done;) {
        int digit = next_digit(&g);
        int order = big_compare(&g.value, &g.low);
        bool is_low = order < 0 || (order == 0 && g.is_even), is_high = reaches(&g);
        is_done = is_low || is_high;
        if (is_done) {
            struct big twice = g.value;
            big_shift(&twice, 1);
            bool up = is_high && (!is_low || big_compare(&twice, &g.scale) >= 0);
            digit += up;
        }
        digits[count++] = (char)('0' + digit);
    }
    print_decimal(b, digits, count, whole - count);
}

void number_print(struct buf *b, double number)
{
    if (number != number) {
        buf_add(b, "NaN");
        return;
    }
    if (number < 0) {
        buf_char(b, '-');
        number = -number;
    }
    if (number > 1.7976931348623157e308)
        buf_add(b, "Infinity");
    else if (number < 9007199254740992.0 && (double)(uint64_t)number == number)
        buf_int(b, (int64_t)number);
    else if (number >= 1e15 || number < 1e-7 || !print_short(b, number))
        print_exactly(b, number);
}
