/* The machine's clock, behind an interface, so that tests can set it. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void *self); /* UTC since 1970; BANGBAN_NOW_MS in the environment shifts it */
int64_t clock_monotonic_us(void);

#endif
