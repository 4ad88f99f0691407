/* Reading a ledger is one walk: each stretch between a start (or resumption) and the next stop is
 * measured in the ledger's own unit, and what remains is counted from the last resumption. */
#include "flow/clock.h"

#include <string.h>

static const struct {
    const char *name;
    enum clock_unit unit;
} unit_names[] = {
    {"wd", CLOCK_WORKING_DAY},
    {"d", CLOCK_DAY},
    {"h", CLOCK_HOUR},
    {"工作日", CLOCK_WORKING_DAY},
    {"天", CLOCK_DAY},
    {"日", CLOCK_DAY},
    {"自然日", CLOCK_DAY},
    {"小时", CLOCK_HOUR},
    {"working day", CLOCK_WORKING_DAY},
    {"day", CLOCK_DAY},
    {"hour", CLOCK_HOUR},
    {"个工作日", CLOCK_WORKING_DAY},
};

bool clock_unit_find(const char *name, enum clock_unit *unit_out)
{
    for (size_t i = 0; i < sizeof unit_names / sizeof *unit_names; i++)
        if (strcmp(unit_names[i].name, name) == 0) {
            *unit_out = unit_names[i].unit;
            return true;
        }
    return false;
}

const char *clock_unit_name(enum clock_unit unit)
{
    return unit_names[unit].name;
}

static const char *const event_names[] = {"start", "stop", "resume", "extend", "end"};

bool clock_event_find(const char *name, enum clock_event_kind *kind_out)
{
    for (size_t i = 0; i < sizeof event_names / sizeof *event_names; i++)
        if (strcmp(event_names[i], name) == 0) {
            *kind_out = (enum clock_event_kind)i;
            return true;
        }
    return false;
}

/* The walk's state. Time used is in days, or for hours in milliseconds. */
struct walk {
    struct arena *arena;
    const struct clock_ledger *ledger;
    const struct calendar *cal;
    int64_t used, extended;
    day since; /* the running stretch began */
    int64_t since_ms;
    bool is_started, is_running, is_ended;
    bool is_pending; /* a stop whose written notice has not been given by the time of reading */
    struct clock_event stop;
    const char *stopped_for;
};

static int64_t stretch(const struct walk *w, day to, int64_t to_ms)
{
    int64_t length;
    if (w->ledger->unit == CLOCK_HOUR)
        length = to_ms - w->since_ms;
    else if (w->ledger->unit == CLOCK_DAY)
        length = to - w->since;
    else
        length = day_working_between(w->cal, w->since, to);
    return length > 0 ? length : 0;
}

/* Stop counting at the day the applicant had it in writing, if that has come by `until`. */
static void walk_settle_stop(struct walk *w, day until)
{
    if (!w->is_pending || !w->stop.has_told_on)
        return;
    bool is_late_notice = w->stop.told_on > w->stop.on_day;
    day from = is_late_notice ? w->stop.told_on : w->stop.on_day;
    if (from > until)
        return;
    /* A notice given later: hours run to the end of the stopping event's day at the least. */
    int64_t from_ms =
        w->stop.at_ms + (is_late_notice ? (int64_t)(from - w->stop.on_day) : 0) * 86400000;
    w->used += stretch(w, from, from_ms);
    w->is_running = false;
    w->is_pending = false;
    w->stopped_for = w->stop.reason;
}

static struct err *order_fault(struct walk *w, size_t index)
{
    return err_new(
        w->arena, ERR_INVALID, "clock.order", "",
        "Event %zu of the clock cannot follow the one before it. Check its kind and day.",
        "时钟的第 %zu 条记录不能接在前一条之后，请核对种类和日期。", index + 1);
}

static void walk_start(struct walk *w, const struct clock_event *e)
{
    w->is_started = w->is_running = true;
    w->since = e->on_day;
    w->since_ms = e->at_ms;
    w->stopped_for = "";
}

static struct err *walk_stop(struct walk *w, const struct clock_event *e, size_t index)
{
    if (!w->is_running || w->is_pending)
        return order_fault(w, index);
    if (!e->reason || !*e->reason)
        return err_new(w->arena, ERR_INVALID, "clock.no_reason", "",
                       "The clock stops for a lawful cause only. Name the cause.",
                       "停止计时必须有法定事由，请写明事由。");
    w->is_pending = true;
    w->stop = *e;
    return NULL;
}

static struct err *walk_event(struct walk *w, const struct clock_event *e, size_t index)
{
    if (w->is_ended || w->is_started == (e->kind == CLOCK_START))
        return order_fault(w, index);
    switch (e->kind) {
    case CLOCK_START:
        walk_start(w, e);
        return NULL;
    case CLOCK_STOP:
        return walk_stop(w, e, index);
    case CLOCK_RESUME:
        if (w->is_running && !w->is_pending)
            return order_fault(w, index);
        if (!w->is_running)
            walk_start(w, e);
        w->is_pending = false;
        return NULL;
    case CLOCK_EXTEND:
        w->extended += e->amount;
        return NULL;
    case CLOCK_END:
        if (w->is_running)
            w->used += stretch(w, e->on_day, e->at_ms);
        w->is_running = w->is_pending = false;
        w->is_ended = true;
        w->stopped_for = "";
        return NULL;
    }
    return NULL;
}

static struct err *walk_all(struct walk *w)
{
    for (size_t i = 0; i < w->ledger->count; i++) {
        const struct clock_event *e = &w->ledger->events[i];
        if (i > 0 && e->on_day < e[-1].on_day)
            return order_fault(w, i);
        walk_settle_stop(w, e->on_day);
        TRY(walk_event(w, e, i));
    }
    return NULL;
}

enum { HOUR_MS = 3600000 };

static void read_due(const struct walk *w, const struct clock_now *now, struct clock_reading *r)
{
    int32_t remaining = r->budget - (int32_t)w->used;
    r->has_due = true;
    switch (w->ledger->unit) {
    case CLOCK_WORKING_DAY:
        r->due = day_add_working(w->cal, w->since, remaining);
        break;
    case CLOCK_DAY:
        r->due = day_add_natural(w->cal, w->since, remaining);
        break;
    case CLOCK_HOUR:
        r->due_ms = w->since_ms + (int64_t)r->budget * HOUR_MS - w->used;
        r->due = day_of_ms(r->due_ms, now->utc_offset_min);
        break;
    }
    r->is_provisional = r->due > w->cal->published_until;
}

/* A limit in calendar days that was moved by a day off (民法典 203) is not late on the day it was
 * moved to, so that what is left is counted to that day. */
static int32_t read_left(const struct walk *w, const struct clock_now *now,
                         const struct clock_reading *r)
{
    if (w->ledger->unit == CLOCK_DAY && r->has_due)
        return r->due - now->today;
    return r->budget - r->used;
}

struct err *clock_read(struct arena *a, const struct clock_ledger *ledger,
                       const struct calendar *cal, const struct clock_now *now,
                       struct clock_reading *reading_out)
{
    struct walk w = {.arena = a, .ledger = ledger, .cal = cal, .stopped_for = ""};
    TRY(walk_all(&w));
    walk_settle_stop(&w, now->today);
    struct clock_reading r = {.budget = ledger->limit + (int32_t)w.extended,
                              .is_started = w.is_started,
                              .is_running = w.is_running,
                              .is_ended = w.is_ended,
                              .stopped_for = w.stopped_for};
    int64_t used = w.used + (w.is_running ? stretch(&w, now->today, now->now_ms) : 0);
    r.used = (int32_t)(ledger->unit == CLOCK_HOUR ? (used + HOUR_MS - 1) / HOUR_MS : used);
    if (w.is_running)
        read_due(&w, now, &r);
    r.left = read_left(&w, now, &r);
    r.is_late = w.is_started && r.left < 0;
    *reading_out = r;
    return NULL;
}
