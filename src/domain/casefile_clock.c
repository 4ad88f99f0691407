/* The ledgers of a case: one of the whole case, one of each step, written when an act says so and
 * read each time anew (domain.md f). */
#include "domain/casefile_own.h"

#include "base/text.h"
#include "domain/office.h"
#include "domain/tenant.h"
#include "store/store.h"

enum { NOTICE_DAYS = 5 }; /* 行政许可法 32 */

QUERY(clock_event_add,
      "insert into clock_events (tenant, case_id, clock, seq, kind, on_day, at, amount, unit, "
      "reason, told_on, person_id) select $1, $2, $3, coalesce(max(seq), 0) + 1, $4, $5, $6, $7, "
      "$8, $9, $10, $11 from clock_events where tenant = $1 and case_id = $2 and clock = $3");
QUERY(clock_event_first,
      "insert into clock_events (tenant, case_id, clock, seq, kind, on_day, at, amount, unit, "
      "reason, told_on, person_id) values ($1, $2, $3, $12, $4, $5, $6, $7, $8, $9, $10, $11)");
QUERY(clock_events_of, "select kind, on_day, at, amount, unit, reason, told_on from clock_events "
                       "where tenant = $1 and case_id = $2 and clock = $3 order by seq");

/* Reading ------------------------------------------------------------------------------------ */

/* The events since the last start: a step that is entered again begins its limit again. */
static void ledger_add(struct casefile *c, struct clock_ledger *l, struct clock_event **events,
                       const struct clock_event *e, const char *unit)
{
    if (e->kind == CLOCK_START) {
        l->count = 0;
        l->limit = e->amount;
        clock_unit_find(unit, &l->unit);
    }
    *events = arena_room(c->arena, *events, l->count, sizeof **events);
    (*events)[l->count++] = *e;
    l->events = *events;
}

static void written_add(struct casefile *c, const struct ledger_entry *written, const char *clock,
                        struct clock_ledger *l, struct clock_event **events)
{
    if (!written)
        return;
    written_add(c, written->next, clock, l, events);
    if (text_equal(written->clock, clock))
        ledger_add(c, l, events, &written->event, written->unit);
}

static struct err *read_ledger(struct casefile *c, const char *clock, struct clock_ledger *out)
{
    struct clock_event *events = NULL;
    struct clock_ledger ledger = {.unit = CLOCK_WORKING_DAY};
    struct rows *r;
    if (c->is_opening) {
        written_add(c, c->written, clock, &ledger, &events);
        *out = ledger;
        return NULL;
    }
    TRY(sql_rows(c->tx, &clock_events_of, ARGS(sql_int(c->tenant), sql_int(c->id), sql_text(clock)),
                 &r));
    while (rows_next(r)) {
        struct clock_event e = {.on_day = (day)rows_int(r, 1),
                                .at_ms = rows_int(r, 2),
                                .amount = (int32_t)rows_int(r, 3),
                                .reason = rows_text(r, 5),
                                .told_on = (day)rows_int(r, 6),
                                .has_told_on = !rows_is_null(r, 6)};
        if (c->as_of_ms && e.at_ms > c->as_of_ms)
            continue;
        clock_event_find(rows_text(r, 0), &e.kind);
        ledger_add(c, &ledger, &events, &e, rows_text(r, 4));
    }
    *out = ledger;
    return rows_end(r);
}

static struct clock_now case_now(const struct casefile *c)
{
    return (struct clock_now){c->today, c->as_of_ms ? c->as_of_ms : tx_now_ms(c->tx),
                              c->utc_offset_min};
}

static bool accepts_by_act(const struct workflow *w)
{
    for (size_t i = 0; i < w->action_count; i++)
        if (text_equal(w->actions[i].effect, "accept"))
            return true;
    return false;
}

/* Not accepted, not decided, and accepting is an act that somebody may have forgotten. */
static bool awaits_acceptance(const struct casefile *c)
{
    return !c->flow.has_accepted && !*c->flow.outcome && accepts_by_act(&c->workflow);
}

struct err *case_is_deemed(struct casefile *c, bool *is_deemed_out)
{
    const struct calendar *cal;
    *is_deemed_out = false;
    if (!awaits_acceptance(c))
        return NULL;
    TRY(case_calendar(c, &cal));
    day last = day_add_working(cal, c->received_on, NOTICE_DAYS);
    *is_deemed_out = c->has_notice_on ? c->notice_on > last : c->today > last;
    return NULL;
}

static int32_t case_limit(const struct service *s, const char **unit_out)
{
    bool has_legal = s->limit_legal > 0;
    *unit_out = has_legal ? s->limit_legal_unit : s->limit_promised_unit;
    return has_legal ? s->limit_legal : s->limit_promised;
}

/* Before acceptance there is no ledger; after five days without a notice it reads as if it had
 * started with the receipt. */
static struct err *read_case_ledger(struct casefile *c, struct case_clock *out,
                                    struct clock_ledger *ledger)
{
    TRY(read_ledger(c, "case", ledger));
    TRY(case_is_deemed(c, &out->is_deemed));
    if (!out->is_deemed && !out->may_be_deemed)
        return NULL;
    struct clock_event *start = arena_alloc(c->arena, sizeof *start);
    const char *unit;
    start->kind = CLOCK_START;
    start->on_day = c->received_on;
    start->at_ms = c->opened_at;
    start->reason = "";
    ledger->limit = case_limit(c->service, &unit);
    clock_unit_find(unit, &ledger->unit);
    ledger->events = start;
    ledger->count = ledger->limit > 0;
    return NULL;
}

static struct err *read_step(struct casefile *c, const struct calendar *cal, struct case_clock *out)
{
    struct clock_now now = case_now(c);
    struct clock_ledger ledger;
    const struct service_step *step = *c->flow.step ? case_step(c, c->flow.step) : NULL;
    if (!step || step->limit <= 0)
        return NULL;
    TRY(read_ledger(c, step->name, &ledger));
    struct clock_event start = {.kind = CLOCK_START, .on_day = c->received_on, .reason = ""};
    if (ledger.count == 0) { /* the step in which the case opened: its start is the receipt */
        start.at_ms = c->opened_at;
        ledger.events = &start;
        ledger.count = 1;
        ledger.limit = step->limit;
        clock_unit_find(step->limit_unit, &ledger.unit);
    }
    out->has_step = true;
    return clock_read(c->arena, &ledger, cal, &now, &out->step);
}

static struct err *read_clocks(struct casefile *c, bool ahead, struct case_clock *out)
{
    const struct calendar *cal;
    struct clock_now now = case_now(c);
    struct clock_ledger ledger;
    struct case_clock clock = {0};
    TRY(case_calendar(c, &cal));
    clock.answer_by = day_add_working(cal, c->received_on, NOTICE_DAYS);
    bool was_noticed = c->has_notice_on && c->notice_on <= clock.answer_by;
    clock.may_be_deemed = ahead && awaits_acceptance(c) && !was_noticed;
    TRY(read_case_ledger(c, &clock, &ledger));
    clock.unit = ledger.unit;
    if (ledger.count > 0) {
        clock.has_legal = true;
        TRY(clock_read(c->arena, &ledger, cal, &now, &clock.legal));
        enum clock_unit unit = ledger.unit;
        if (c->service->limit_promised > 0) {
            ledger.limit = c->service->limit_promised;
            clock_unit_find(c->service->limit_promised_unit, &unit);
            ledger.unit = unit;
            clock.has_promised = true;
            TRY(clock_read(c->arena, &ledger, cal, &now, &clock.promised));
        }
    }
    TRY(read_step(c, cal, &clock));
    *out = clock;
    return NULL;
}

struct err *case_clock_read(struct casefile *c, struct case_clock *out)
{
    return read_clocks(c, false, out);
}

struct err *case_clock_ahead(struct casefile *c, struct case_clock *out)
{
    return read_clocks(c, true, out);
}

/* Writing ------------------------------------------------------------------------------------ */

struct entry {
    const char *clock, *kind, *unit, *reason;
    day on_day;
    int32_t amount;
    bool has_told_on;
    day told_on;
};

static int32_t write_down(struct casefile *c, const struct entry *e)
{
    struct ledger_entry *w = arena_alloc(c->arena, sizeof *w);
    *w = (struct ledger_entry){.next = c->written, .clock = e->clock, .unit = e->unit, .seq = 1};
    w->event = (struct clock_event){.on_day = e->on_day,
                                    .at_ms = tx_now_ms(c->tx),
                                    .amount = e->amount,
                                    .reason = e->reason,
                                    .told_on = e->told_on,
                                    .has_told_on = e->has_told_on};
    clock_event_find(e->kind, &w->event.kind);
    for (const struct ledger_entry *older = c->written; older; older = older->next)
        w->seq += text_equal(older->clock, e->clock);
    c->written = w;
    return w->seq;
}

static struct err *add_first(struct casefile *c, const struct clock_act *act, const struct entry *e)
{
    return sql_run(
        c->tx, &clock_event_first,
        ARGS(sql_int(c->tenant), sql_int(c->id), sql_text(e->clock), sql_text(e->kind),
             sql_int(e->on_day), sql_int(tx_now_ms(c->tx)), sql_int(e->amount), sql_text(e->unit),
             sql_text(e->reason), sql_int_or_null(e->told_on, e->has_told_on),
             sql_int_or_null(act->person_id, act->person_id != 0), sql_int(write_down(c, e))),
        NULL);
}

static struct err *add_entry(struct casefile *c, const struct clock_act *act, const struct entry *e)
{
    if (c->is_opening)
        return add_first(c, act, e);
    return sql_run(c->tx, &clock_event_add,
                   ARGS(sql_int(c->tenant), sql_int(c->id), sql_text(e->clock), sql_text(e->kind),
                        sql_int(e->on_day), sql_int(tx_now_ms(c->tx)), sql_int(e->amount),
                        sql_text(e->unit), sql_text(e->reason),
                        sql_int_or_null(e->told_on, e->has_told_on),
                        sql_int_or_null(act->person_id, act->person_id != 0)),
                   NULL);
}

static struct err *write_case_clock(struct casefile *c, const struct clock_act *act)
{
    const struct flow_outcome *o = act->outcome;
    const char *unit;
    int32_t limit = case_limit(c->service, &unit);
    struct entry e = {.clock = "case", .unit = unit, .reason = "", .on_day = c->today};
    if (limit <= 0)
        return NULL;
    if (o->starts_clock) {
        e.kind = "start";
        e.amount = limit;
        e.on_day = act->accepted_on;
        TRY(add_entry(c, act, &e));
    }
    e.on_day = c->today;
    e.amount = 0;
    if (o->extend_by > 0) {
        e.kind = "extend";
        e.amount = o->extend_by;
        TRY(add_entry(c, act, &e));
        e.amount = 0;
    }
    if (o->resumes_clock) {
        e.kind = "resume";
        TRY(add_entry(c, act, &e));
    }
    if (o->stops_clock) {
        struct entry stop = e;
        stop.kind = "stop";
        stop.reason = o->stop_reason;
        stop.has_told_on = act->has_told_on;
        stop.told_on = act->told_on;
        TRY(add_entry(c, act, &stop));
    }
    if (o->ends_clock && (c->flow.is_clock_running || c->flow.has_accepted)) {
        e.kind = "end";
        TRY(add_entry(c, act, &e));
    }
    return NULL;
}

/* Called before the event is folded: c still stands at the old step. */
struct err *case_clock_write(struct casefile *c, const struct clock_act *act)
{
    const char *to = act->outcome->to_step;
    const struct service_step *step = case_step(c, to), *left = case_step(c, act->from_step);
    struct entry e = {.reason = "", .on_day = c->today};
    TRY(write_case_clock(c, act));
    if (text_equal(act->from_step, to))
        return NULL;
    if (left && left->limit > 0) {
        struct clock_ledger ledger;
        TRY(read_ledger(c, left->name, &ledger));
        e.clock = left->name;
        e.kind = "end";
        e.unit = left->limit_unit;
        if (ledger.count > 0)
            TRY(add_entry(c, act, &e));
    }
    if (!step || step->limit <= 0)
        return NULL;
    e.clock = step->name;
    e.kind = "start";
    e.unit = step->limit_unit;
    e.amount = step->limit;
    return add_entry(c, act, &e);
}
