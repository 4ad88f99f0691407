/* The legal clock: a budget and an append-only ledger. No due date is stored as a fact: it is read
 * each time, so a new holiday table needs no repair of data. Pure. Rules: domain.md f. */
#ifndef FLOW_CLOCK_H
#define FLOW_CLOCK_H

#include "base/day.h"
#include "base/err.h"

enum clock_unit { CLOCK_WORKING_DAY, CLOCK_DAY, CLOCK_HOUR };
enum clock_event_kind { CLOCK_START, CLOCK_STOP, CLOCK_RESUME, CLOCK_EXTEND, CLOCK_END };
struct clock_event {
    enum clock_event_kind kind;
    day on_day;
    int64_t at_ms;      /* hours are counted from instants */
    int32_t amount;     /* extend */
    const char *reason; /* stop: lawful cause; must not be "" */
    day told_on;        /* stop: day of the written notice; the clock runs on until that day, and */
    bool has_told_on;   /* without a notice for ever */
};
struct clock_ledger {
    enum clock_unit unit; /* days are never turned into hours */
    int32_t limit;        /* the budget before extensions */
    const struct clock_event *events;
    size_t count;
};
struct clock_now {
    day today;
    int64_t now_ms; /* UTC */
    int32_t utc_offset_min;
};
struct clock_reading {
    int32_t budget, used, left; /* in the limit's unit; left < 0: late by that much. A begun hour
                                   counts as used, the first day does not */
    day due;                    /* if has_due: not while stopped, not before the start, not ended */
    int64_t due_ms;             /* hours only: the instant */
    bool has_due, is_started, is_running, is_ended, is_late;
    bool is_provisional;     /* 暂定: due lies beyond calendar.published_until */
    const char *stopped_for; /* lawful cause while stopped, else "" */
};
/* Errors: ERR_INVALID clock.order (events that cannot follow each other, or go back in time),
 * clock.no_reason (a stop without its lawful cause). */
MUST_CHECK struct err *clock_read(struct arena *a, const struct clock_ledger *ledger,
                                  const struct calendar *cal, const struct clock_now *now,
                                  struct clock_reading *reading_out);
bool clock_unit_find(const char *name, enum clock_unit *unit_out); /* wd d h, 工作日 天 小时 */
const char *clock_unit_name(enum clock_unit unit);
bool clock_event_find(const char *name, enum clock_event_kind *kind_out); /* start stop ... */

#endif
