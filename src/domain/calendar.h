/* The calendar of working days: rows of the database, loaded from a notice; nothing compiled in. */
#ifndef DOMAIN_CALENDAR_H
#define DOMAIN_CALENDAR_H

#include "base/day.h"
#include "base/err.h"

struct json;
struct tx;

/* Load one year: {year, source, off_days: ["2026-01-01"], extra_working_days: [...]} or, instead of
 * off_days, holidays: [{name, off_from, off_to}]. Loading a year again replaces it. The indexes of
 * due days follow with casefile_recount(). Errors: ERR_INVALID calendar.year, calendar.day. */
MUST_CHECK struct err *calendar_load(struct tx *tx, int64_t tenant, const struct json *year);
/* The tenant's calendar, Saturday and Sunday off; lives in tx's arena. */
MUST_CHECK struct err *calendar_read(struct tx *tx, int64_t tenant, const struct calendar **out);

struct actor;
struct json_out;
struct office;
/* Load a year and count the open cases' days anew. store_work. */
struct calendar_new {
    struct office *office;
    const struct actor *who;
    const struct json *year;
};
MUST_CHECK struct err *calendar_load_work(struct tx *tx, void *calendar_new);

/* GET /v1/calendar: {published_until, weekend:[5,6], off_days, extra_working_days, sources}. */
MUST_CHECK struct err *calendar_write(struct tx *tx, struct json_out *j, int64_t tenant);

#endif
