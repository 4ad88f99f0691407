/* Days, milliseconds and their parts. Private to engine/xpath_*.c and functions*.c. */
#ifndef ENGINE_XPATH_DATE_H
#define ENGINE_XPATH_DATE_H

#include "engine/xpath.h"

/* Between days with fraction and milliseconds, both since 1970-01-01 local. */
double xdate_days(int64_t ms);
int64_t xdate_ms(double days);

struct xmoment {
    int32_t days; /* whole ones */
    int year, month, day_of_month, hour, minute, second, ms;
};
struct xmoment xdate_moment(double days);

#endif
