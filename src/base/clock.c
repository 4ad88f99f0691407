/* The machine's clock. BANGBAN_NOW_MS is where the clock stands when the program first looks at it;
 * from there it runs on, so that a demonstration or a test can live on another day. */
#include "base/clock.h"

#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static int64_t machine_now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Set once, before the first answer; never changed afterwards. */
static pthread_once_t shift_once = PTHREAD_ONCE_INIT;
static int64_t shift_ms;

static void shift_read(void)
{
    const char *wanted = getenv("BANGBAN_NOW_MS");
    int64_t start;
    if (wanted && text_to_int(wanted, &start))
        shift_ms = start - machine_now_ms();
}

int64_t clock_now_ms(void *self)
{
    (void)self;
    (void)pthread_once(&shift_once, shift_read);
    return machine_now_ms() + shift_ms;
}

int64_t clock_monotonic_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
