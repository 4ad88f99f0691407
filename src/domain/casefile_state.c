/* Where a case stands, derived: case_states and work_items. Every case that is not closed has a
 * work item; what names no unit that exists is shown to everybody who may read the case. */
#include "domain/casefile_own.h"

#include "base/text.h"
#include "domain/office.h"
#include "store/store.h"

QUERY(case_state_set,
      "insert into case_states (tenant, case_id, state, outcome, step, unit_id, area_id, "
      "service_id, submission_id, seq, accepted_on, decided_on, delivered_on, due_on, "
      "promised_on, step_due_on, is_provisional, notice_count, visit_count, changed_at, "
      "answer_by, order_on) "
      "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
      "$19, $20, $21, $22) on conflict (tenant, case_id) do update set state = excluded.state, "
      "outcome = excluded.outcome, step = excluded.step, unit_id = excluded.unit_id, "
      "submission_id = excluded.submission_id, seq = excluded.seq, "
      "accepted_on = excluded.accepted_on, decided_on = excluded.decided_on, "
      "delivered_on = excluded.delivered_on, due_on = excluded.due_on, "
      "promised_on = excluded.promised_on, step_due_on = excluded.step_due_on, "
      "is_provisional = excluded.is_provisional, notice_count = excluded.notice_count, "
      "visit_count = excluded.visit_count, changed_at = excluded.changed_at, "
      "answer_by = excluded.answer_by, order_on = excluded.order_on");
QUERY(work_items_clear, "delete from work_items where tenant = $1 and case_id = $2");
QUERY(work_item_add,
      "insert into work_items (tenant, case_id, unit_id, role, area_id, step, person_id, since, "
      "is_waiting, order_on, due_on) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
      "on conflict (tenant, case_id, unit_id, role, person_id) do nothing");
/* The newest row of that code, whatever the day, so that a rebuild gives the same. */
QUERY(
    case_unit_by_code,
    "select id, name from units where tenant = $1 and code = $2 order by valid_from desc limit 1");
QUERY(cases_all, "select id from cases where tenant = $1 and id > $2 order by id limit 1000");
QUERY(cases_open_all,
      "select case_id from case_states where tenant = $1 and case_id > $2 and state <> 'closed' "
      "order by case_id limit 1000");

static struct err *find_unit(struct casefile *c, const char *code, int64_t *id_out,
                             const char **name_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row_kept(c->tx, &case_unit_by_code, ARGS(sql_int(c->tenant), sql_text(code)), &r,
                     &has_row));
    *id_out = has_row ? rows_int(r, 0) : 0;
    if (name_out)
        *name_out = has_row ? rows_text(r, 1) : code;
    return NULL;
}

struct item {
    int64_t unit_id, person_id;
    const char *role;
};

static struct err *make_item(struct casefile *c, const struct flow_holder *h, struct item *out)
{
    struct item item = {0, 0, h->role};
    if (h->kind == FLOW_UNIT)
        TRY(find_unit(c, h->unit, &item.unit_id, NULL));
    if (h->kind == FLOW_SUBMITTER)
        item.person_id = c->submitter_id;
    if (h->kind == FLOW_UNIT && item.unit_id == 0)
        item.role = "";
    *out = item;
    return NULL;
}

/* The days by which open cases are put in order and counted. */
struct days {
    bool has_due, has_promised, has_answer_by, is_provisional;
    day due, promised, answer_by, order_on;
};

static struct days days_of(const struct casefile *c, const struct case_clock *clock)
{
    enum { NO_DAY = 99999 }; /* the year 2243: no clock runs, so nothing presses */
    struct days d = {.has_due = clock->has_legal && clock->legal.has_due,
                     .has_promised = clock->has_promised && clock->promised.has_due,
                     .has_answer_by = clock->may_be_deemed,
                     .due = clock->legal.due,
                     .promised = clock->promised.due,
                     .answer_by = clock->answer_by};
    d.is_provisional = (d.has_due && clock->legal.is_provisional) ||
                       (d.has_promised && clock->promised.is_provisional);
    bool is_before = !c->flow.has_accepted && !*c->flow.outcome;
    d.order_on = is_before        ? clock->answer_by
                 : d.has_promised ? d.promised
                 : d.has_due      ? d.due
                                  : NO_DAY;
    return d;
}

static struct sql_arg day_or_null(bool has_day, day d)
{
    return sql_int_or_null(d, has_day);
}

/* What is counted as late: before acceptance never sooner than the law accepts. */
static struct sql_arg item_due(const struct days *d)
{
    day due = d->has_promised ? d->promised : d->due;
    if (d->has_answer_by && due < d->answer_by)
        due = d->answer_by;
    return day_or_null(d->has_promised || d->has_due, due);
}

static struct err *write_items(struct casefile *c, bool is_new, const struct days *d,
                               int64_t *unit_id_out)
{
    const struct flow_holder *holders;
    size_t count = flow_holders(c->arena, &c->workflow, &c->flow, &holders);
    if (!is_new)
        TRY(sql_run(c->tx, &work_items_clear, ARGS(sql_int(c->tenant), sql_int(c->id)), NULL));
    *unit_id_out = 0;
    for (size_t i = 0; i < count; i++) {
        struct item item;
        TRY(make_item(c, &holders[i], &item));
        if (i == 0)
            *unit_id_out = item.unit_id;
        TRY(sql_run(c->tx, &work_item_add,
                    ARGS(sql_int(c->tenant), sql_int(c->id), sql_int(item.unit_id),
                         sql_text(item.role), sql_int(c->area_id), sql_text(c->flow.step),
                         sql_int(item.person_id), sql_int(c->since),
                         sql_int(text_equal(c->flow.state, "waiting")), sql_int(d->order_on),
                         item_due(d)),
                    NULL));
    }
    return NULL;
}

struct err *case_write_state(struct casefile *c, bool is_new)
{
    struct case_clock clock = {0};
    int64_t unit_id;
    /* A case that is over when it opens has no clock, and opening is on the hot path. */
    if (!is_new || *c->flow.step)
        TRY(case_clock_ahead(c, &clock));
    const struct days d = days_of(c, &clock);
    /* The opening step has no ledger of its own: its day is read, not indexed. */
    bool has_step = clock.has_step && clock.step.has_due && c->flow.has_accepted;
    TRY(write_items(c, is_new, &d, &unit_id));
    return sql_run(
        c->tx, &case_state_set,
        ARGS(sql_int(c->tenant), sql_int(c->id), sql_text(c->flow.state), sql_text(c->flow.outcome),
             sql_text(c->flow.step), sql_int_or_null(unit_id, unit_id != 0), sql_int(c->area_id),
             sql_int(c->service_id), sql_int(c->submission_id), sql_int(c->seq),
             day_or_null(c->has_accepted_on, c->accepted_on),
             day_or_null(c->has_decided_on, c->decided_on),
             day_or_null(c->has_delivered_on, c->delivered_on), day_or_null(d.has_due, d.due),
             day_or_null(d.has_promised, d.promised), day_or_null(has_step, clock.step.due),
             sql_int(d.is_provisional), sql_int(c->flow.notice_count), sql_int(c->visit_count),
             sql_int(c->changed_at), day_or_null(d.has_answer_by, d.answer_by),
             sql_int(d.order_on)),
        NULL);
}

struct err *case_unit_name(struct casefile *c, const char *step_name, const char **name_out)
{
    struct flow_case at = c->flow;
    const struct flow_holder *holders;
    int64_t id;
    at.step = step_name;
    if (!text_equal(step_name, c->flow.step))
        at.acted_count = 0;
    size_t count = flow_holders(c->arena, &c->workflow, &at, &holders);
    *name_out = count && holders[0].kind == FLOW_VILLAGE ? c->area_name : c->office->tenant->name;
    if (count && holders[0].kind == FLOW_UNIT)
        TRY(find_unit(c, holders[0].unit, &id, name_out));
    for (size_t i = 1; i < count; i++) {
        const char *other;
        TRY(find_unit(c, holders[i].unit, &id, &other));
        *name_out = text_join(c->arena, text_join(c->arena, *name_out, "、"), other);
    }
    return NULL;
}

QUERY(case_unit_kind, "select kind from units where tenant = $1 and name = $2 "
                      "order by valid_from desc limit 1");

struct err *case_signing_unit(struct casefile *c, const char *step_name, const char **name_out)
{
    struct rows *r;
    bool has_row;
    TRY(case_unit_name(c, step_name, name_out));
    TRY(sql_row(c->tx, &case_unit_kind, ARGS(sql_int(c->tenant), sql_text(*name_out)), &r,
                &has_row));
    bool is_village = !has_row && text_equal(*name_out, c->area_name);
    bool is_own = (is_village || (has_row && !text_equal(rows_text(r, 0), "district"))) &&
                  !text_starts(*name_out, c->office->tenant->name);
    if (is_own)
        *name_out = text_join(c->arena, c->office->tenant->name, *name_out);
    return NULL;
}

/* Rebuild ------------------------------------------------------------------------------------ */

static struct err *rewrite(struct tx *tx, struct office *o, const struct query *which)
{
    struct arena *a = tx_arena(tx);
    int64_t last = 0, *ids = arena_array(a, 1000, sizeof *ids);
    for (size_t count = 1; count > 0;) {
        struct rows *r;
        count = 0;
        TRY(sql_rows(tx, which, ARGS(sql_int(o->tenant->id), sql_int(last)), &r));
        while (rows_next(r))
            ids[count++] = rows_int(r, 0);
        TRY(rows_end(r));
        for (size_t i = 0; i < count; i++) {
            struct casefile *c;
            TRY(case_load_id(tx, o, ids[i], &c));
            TRY(case_write_state(c, false));
        }
        if (count > 0)
            last = ids[count - 1];
    }
    return NULL;
}

struct err *casefile_rebuild(struct tx *tx, struct office *o)
{
    return rewrite(tx, o, &cases_all);
}

struct err *casefile_recount(struct tx *tx, struct office *o)
{
    return rewrite(tx, o, &cases_open_all);
}
