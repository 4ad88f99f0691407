/* Real functions against values computed with sixty digits: the bits must be those of the nearest
 * double. The same bits in WebAssembly are shown by the engine's comparison of both builds. */
#include "base/real.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void assert_same(double got, double wanted)
{
    if (wanted != wanted)
        assert_true(got != got);
    else
        assert_int_equal(bits_of(got), bits_of(wanted));
}

static const struct {
    double (*function)(double);
    double x, wanted;
} rows[] = {
    {real_sin, 0x1.999999999999ap-4, 0x1.98eaecb8bcb2cp-4},
    {real_cos, 0x1.999999999999ap-4, 0x1.fd712f9a817c1p-1},
    {real_tan, 0x1.999999999999ap-4, 0x1.9af8877430b80p-4},
    {real_atan, 0x1.999999999999ap-4, 0x1.983e282e2cc4dp-4},
    {real_sin, 0x1.0000000000000p-1, 0x1.eaee8744b05f0p-2},
    {real_cos, 0x1.0000000000000p-1, 0x1.c1528065b7d50p-1},
    {real_tan, 0x1.0000000000000p-1, 0x1.17b4f5bf3474ap-1},
    {real_atan, 0x1.0000000000000p-1, 0x1.dac670561bb4fp-2},
    {real_sin, 0x1.0000000000000p+0, 0x1.aed548f090ceep-1},
    {real_cos, 0x1.0000000000000p+0, 0x1.14a280fb5068cp-1},
    {real_tan, 0x1.0000000000000p+0, 0x1.8eb245cbee3a6p+0},
    {real_atan, 0x1.0000000000000p+0, 0x1.921fb54442d18p-1},
    {real_sin, 0x1.0000000000000p+1, 0x1.d18f6ead1b446p-1},
    {real_cos, 0x1.0000000000000p+1, -0x1.aa22657537205p-2},
    {real_tan, 0x1.0000000000000p+1, -0x1.17af62e0950f8p+1},
    {real_atan, 0x1.0000000000000p+1, 0x1.1b6e192ebbe44p+0},
    {real_sin, 0x1.8000000000000p+1, 0x1.210386db6d55bp-3},
    {real_cos, 0x1.8000000000000p+1, -0x1.fae04be85e5d2p-1},
    {real_tan, 0x1.8000000000000p+1, -0x1.23ef71254b86fp-3},
    {real_atan, 0x1.8000000000000p+1, 0x1.3fc176b7a8560p+0},
    {real_sin, 0x1.4000000000000p+3, -0x1.1689ef5f34f52p-1},
    {real_cos, 0x1.4000000000000p+3, -0x1.ad9ac890c6b1fp-1},
    {real_tan, 0x1.4000000000000p+3, 0x1.4bf5f34be3782p-1},
    {real_atan, 0x1.4000000000000p+3, 0x1.789bd2c160054p+0},
    {real_sin, 0x1.9000000000000p+6, -0x1.03425b78c4db8p-1},
    {real_cos, 0x1.9000000000000p+6, 0x1.b981dbf665fdfp-1},
    {real_tan, 0x1.9000000000000p+6, -0x1.2ca74d62b5d38p-1},
    {real_atan, 0x1.9000000000000p+6, 0x1.8f905eb2def22p+0},
    {real_sin, 0x1.f420000000000p+9, 0x1.e1702343c0531p-1},
    {real_cos, 0x1.f420000000000p+9, 0x1.5c7d948a31cf2p-2},
    {real_tan, 0x1.f420000000000p+9, 0x1.61a9ac4ac0b18p+1},
    {real_atan, 0x1.f420000000000p+9, 0x1.91de303fde79ep+0},
    {real_sin, 0x1.a36e2eb1c432dp-14, 0x1.a36e2ea609cc8p-14},
    {real_cos, 0x1.a36e2eb1c432dp-14, 0x1.ffffffd50ce24p-1},
    {real_tan, 0x1.a36e2eb1c432dp-14, 0x1.a36e2ec938ff8p-14},
    {real_atan, 0x1.a36e2eb1c432dp-14, 0x1.a36e2e9a4f662p-14},
    {real_sin, -0x1.6666666666666p-1, -0x1.49d6e694619b8p-1},
    {real_cos, -0x1.6666666666666p-1, 0x1.87996529f9d93p-1},
    {real_tan, -0x1.6666666666666p-1, -0x1.af406c2fc78aep-1},
    {real_atan, -0x1.6666666666666p-1, -0x1.38b112d7bd4adp-1},
    {real_sin, 0x1.81cd6c8b43958p+13, -0x1.687d5890974a5p-1},
    {real_cos, 0x1.81cd6c8b43958p+13, 0x1.6b94c3bbe24b8p-1},
    {real_tan, 0x1.81cd6c8b43958p+13, -0x1.fba5836323a4ep-1},
    {real_atan, 0x1.81cd6c8b43958p+13, 0x1.921a664fe1dc4p+0},
    {real_asin, 0x1.999999999999ap-4, 0x1.9a49276037884p-4},
    {real_acos, 0x1.999999999999ap-4, 0x1.787b22ce3f590p+0},
    {real_asin, 0x1.0000000000000p-1, 0x1.0c152382d7366p-1},
    {real_acos, 0x1.0000000000000p-1, 0x1.0c152382d7366p+0},
    {real_asin, -0x1.0000000000000p-1, -0x1.0c152382d7366p-1},
    {real_acos, -0x1.0000000000000p-1, 0x1.0c152382d7366p+1},
    {real_asin, 0x1.ccccccccccccdp-1, 0x1.1ea93705fa172p+0},
    {real_acos, 0x1.ccccccccccccdp-1, 0x1.cdd9f8f922e98p-2},
    {real_asin, 0x1.ffffde7210be9p-1, 0x1.91c306b2c13adp+0},
    {real_acos, 0x1.ffffde7210be9p-1, 0x1.72ba46065af16p-10},
    {real_asin, 0x1.0624dd2f1a9fcp-10, 0x1.0624e00c1cb16p-10},
    {real_acos, 0x1.0624dd2f1a9fcp-10, 0x1.91de2c0c3fca6p+0},
    {real_exp, 0x1.999999999999ap-4, 0x1.1aec7b35a00d4p+0},
    {real_exp, 0x1.0000000000000p+0, 0x1.5bf0a8b145769p+1},
    {real_exp, -0x1.0000000000000p+0, 0x1.78b56362cef38p-2},
    {real_exp, 0x1.4000000000000p+1, 0x1.85d6fd931e0bbp+3},
    {real_exp, 0x1.4000000000000p+3, 0x1.5829dcf950560p+14},
    {real_exp, 0x1.9000000000000p+6, 0x1.3494a9b171bf5p+144},
    {real_exp, -0x1.9000000000000p+6, 0x1.a8c1f14e2af5dp-145},
    {real_exp, 0x1.5e00000000000p+9, 0x1.d945df4f8ec8ep+1009},
    {real_exp, -0x1.5e00000000000p+9, 0x1.14f2b0fb9307fp-1010},
    {real_exp, 0x1.12e0be826d695p-30, 0x1.000000044b830p+0},
    {real_log, 0x1.999999999999ap-4, -0x1.26bb1bbb55515p+1},
    {real_log10, 0x1.999999999999ap-4, -0x1.0000000000000p+0},
    {real_log, 0x1.0000000000000p-1, -0x1.62e42fefa39efp-1},
    {real_log10, 0x1.0000000000000p-1, -0x1.34413509f79ffp-2},
    {real_log, 0x1.0000000000000p+1, 0x1.62e42fefa39efp-1},
    {real_log10, 0x1.0000000000000p+1, 0x1.34413509f79ffp-2},
    {real_log, 0x1.4000000000000p+3, 0x1.26bb1bbb55516p+1},
    {real_log10, 0x1.4000000000000p+3, 0x1.0000000000000p+0},
    {real_log, 0x1.56e1fc2f8f359p-997, -0x1.5963447f87fb5p+9},
    {real_log10, 0x1.56e1fc2f8f359p-997, -0x1.2c00000000000p+8},
    {real_log, 0x1.7e43c8800759cp+996, 0x1.5963447f87fb5p+9},
    {real_log10, 0x1.7e43c8800759cp+996, 0x1.2c00000000000p+8},
    {real_log, 0x1.000001ad7f29bp+0, 0x1.ad7f2847b6492p-24},
    {real_log10, 0x1.000001ad7f29bp+0, 0x1.750e5ca0b1098p-25},
    {real_log, 0x1.fffffca501acbp-1, -0x1.ad7f2b1049b9fp-24},
    {real_log10, 0x1.fffffca501acbp-1, -0x1.750e5f0ba08cdp-25},
    {real_log, 0x1.8000000000000p+1, 0x1.193ea7aad030bp+0},
    {real_log10, 0x1.8000000000000p+1, 0x1.e8927964fd5fdp-2},
    {real_log, 0x1.c000000000000p+2, 0x1.f2272ae325a57p+0},
    {real_log10, 0x1.c000000000000p+2, 0x1.b0b0b0b78cc3fp-1},
};

static void one_argument_is_right_to_the_bit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_same(rows[i].function(rows[i].x), rows[i].wanted);
}

static void powers_are_right_to_the_bit(void **state)
{
    (void)state;
    static const struct {
        double x, y, wanted;
    } powers[] = {
        {0x1.0000000000000p+1, 0x1.0000000000000p-1, 0x1.6a09e667f3bcdp+0},
        {0x1.4000000000000p+3, -0x1.0000000000000p+1, 0x1.47ae147ae147bp-7},
        {0x1.4000000000000p+3, 0x1.5000000000000p+4, 0x1.b1ae4d6e2ef50p+69},
        {0x1.00068db8bac71p+0, 0x1.3880000000000p+13, 0x1.5bec34aabbfd3p+1},
        {0x1.3333333333333p-2, 0x1.599999999999ap+1, 0x1.3d6858f50590ep-5},
        {0x1.c000000000000p+2, -0x1.a666666666666p+1, 0x1.aa4d10d024035p-10},
        {0x1.2a05f20000000p+33, 0x1.8000000000000p+0, 0x1.c6bf526340000p+49},
        {0x1.0000000000000p+1, -0x1.0c80000000000p+10, 0x0.0000000000001p-1022},
        {0x1.8000000000000p+1, 0x1.4000000000000p+4, 0x1.9fa8372200000p+31},
        {0, 0, 1},
        {NAN, 0, 1},
        {1, NAN, 1},
        {-2, 3, -8},
        {-2, 0.5, NAN},
        {0, -1, INFINITY},
        {-0.0, -3, -INFINITY},
        {-0.0, 3, -0.0},
        {2, 1024, INFINITY},
        {2, -1080, 0},
        {INFINITY, -1, 0},
        {0.5, INFINITY, 0},
        {-1, INFINITY, 1},
    };
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++)
        assert_same(real_pow(powers[i].x, powers[i].y), powers[i].wanted);
}

static void edges_are_those_of_iso_c(void **state)
{
    (void)state;
    assert_same(real_log(0), -INFINITY);
    assert_same(real_log(-1), NAN);
    assert_same(real_log10(1000), 3);
    assert_same(real_exp(1000), INFINITY);
    assert_same(real_exp(-1000), 0);
    assert_same(real_sin(INFINITY), NAN);
    assert_same(real_asin(1.5), NAN);
    assert_same(real_acos(1), 0);
    assert_same(real_atan(INFINITY), 0x1.921fb54442d18p+0);
    assert_same(real_atan2(0, -1), 0x1.921fb54442d18p+1);
    assert_same(real_atan2(-0.0, -1), -0x1.921fb54442d18p+1);
    assert_same(real_atan2(1, 0), 0x1.921fb54442d18p+0);
    assert_same(real_sin(1e22), -0x1.b453ab76bf397p-1);
    assert_same(real_cos(1e22), 0x1.0be2cef01c8f4p-1);
    assert_same(real_mod(5, -3), 2);
    assert_same(real_mod(-5, 3), -2);
    assert_same(real_mod(5, 0), NAN);
    assert_same(real_mod(1e300, 7), fmod(1e300, 7));
}

/* Far from exact, but over many more values: never more than one unit from the C library. */
static void agrees_with_the_library_within_a_unit(void **state)
{
    (void)state;
    static const struct {
        double (*ours)(double), (*theirs)(double);
        double low, high;
    } pairs[] = {
        {real_sin, sin, -1e5, 1e5}, {real_cos, cos, -1e5, 1e5}, {real_tan, tan, -1e3, 1e3},
        {real_asin, asin, -1, 1},   {real_acos, acos, -1, 1},   {real_atan, atan, -1e3, 1e3},
        {real_exp, exp, -700, 700}, {real_log, log, 1e-9, 1e9}, {real_log10, log10, 1e-9, 1e9},
    };
    srand(1);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        for (int n = 0; n < 3000; n++) {
            double x = pairs[i].low + (pairs[i].high - pairs[i].low) * (rand() / (RAND_MAX + 1.0));
            int64_t apart = (int64_t)(bits_of(pairs[i].ours(x)) - bits_of(pairs[i].theirs(x)));
            assert_in_range(apart + 2, 0, 4);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_argument_is_right_to_the_bit),
        cmocka_unit_test(powers_are_right_to_the_bit),
        cmocka_unit_test(edges_are_those_of_iso_c),
        cmocka_unit_test(agrees_with_the_library_within_a_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
