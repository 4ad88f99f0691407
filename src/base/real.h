/* Real functions that give the same bits natively and in WebAssembly (libm is not one library).
 * Compiled with -ffp-contract=off on both sides. sqrt, floor, ceil, fabs are exact in IEEE 754 and
 * come from the compiler. */
#ifndef BASE_REAL_H
#define BASE_REAL_H

double real_sin(double x);
double real_cos(double x);
double real_tan(double x);
double real_asin(double x);
double real_acos(double x);
double real_atan(double x);
double real_atan2(double y, double x);
double real_exp(double x);
double real_log(double x);
double real_log10(double x);
double real_pow(double x, double y);
double real_mod(double x, double y); /* sign of x, as XPath mod */

#endif
