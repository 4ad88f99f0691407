/* Reading a case: its row, its events, and what follows from them. */
#include "domain/casefile_own.h"

#include "base/buf.h"
#include "base/text.h"
#include "domain/calendar.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>

#define CASE_COLUMNS                                                                               \
    "select c.id, c.ref, c.service_id, c.form_version_id, c.area_id, c.channel, "                  \
    "c.applicant_name, c.applicant_id_tail, c.applicant_phone, c.proxy_name, "                     \
    "coalesce(c.applicant_entity_id, 0), c.identity_level, c.opened_at, c.received_on, "           \
    "coalesce((select a.name from areas a where a.tenant = c.tenant and a.id = c.area_id), '') "   \
    "from cases c "

QUERY(case_by_ref,
      CASE_COLUMNS "where c.tenant = $1 and c.ref = $2 and exists (select 1 from area_within w "
                   "where w.tenant = c.tenant and w.area_id = c.area_id and "
                   "w.ancestor_id in ($3, $4, $5, $6, $7, $8))");
QUERY(case_by_id, CASE_COLUMNS "where c.tenant = $1 and c.id = $2");
QUERY(case_events_all,
      "select seq, kind, at, on_day, coalesce(person_id, 0), coalesce(unit_id, 0), actor_name, "
      "action, from_step, to_step, reason, note, payload from case_events "
      "where tenant = $1 and case_id = $2 order by seq");
QUERY(case_event_add,
      "insert into case_events (tenant, case_id, seq, kind, at, on_day, person_id, unit_id, "
      "actor_name, action, from_step, to_step, reason, note, payload) "
      "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
QUERY(case_ancestors, "select ancestor_id from area_within where tenant = $1 and area_id = $2");

struct err *case_missing(struct arena *a)
{
    return err_new(a, ERR_MISSING, "case.missing", "",
                   "There is no such case. Check the number on the receipt.",
                   "没有这个办件，请核对回执上的编号。");
}

void casefile_workflow(struct arena *a, const struct service *s, struct workflow *out)
{
    struct flow_step *steps = arena_array(a, s->step_count + 1, sizeof *steps);
    struct flow_action *actions = arena_array(a, s->action_count + 1, sizeof *actions);
    for (size_t i = 0; i < s->step_count; i++) {
        const struct service_step *from = &s->steps[i];
        steps[i] =
            (struct flow_step){from->name,     from->unit,       from->role,  from->clock_runs,
                               from->is_joint, from->stop_cause, from->limit, from->limit_unit};
    }
    for (size_t i = 0; i < s->action_count; i++) {
        const struct service_action *from = &s->actions[i];
        actions[i] = (struct flow_action){from->step,   from->name, from->next, from->needs,
                                          from->effect, from->kind, true};
    }
    *out = (struct workflow){steps, s->step_count, actions, s->action_count};
}

/* Payload ------------------------------------------------------------------------------------ */

enum { FLAG_COUNT = 8 };
static const char *const flag_names[FLAG_COUNT] = {"accepts", "notice", "start", "stop",
                                                   "resume",  "end",    "stays", "take_back"};

static bool *flag_of(struct flow_outcome *o, size_t index)
{
    bool *flags[FLAG_COUNT] = {&o->accepts,     &o->gives_notice,  &o->starts_clock,
                               &o->stops_clock, &o->resumes_clock, &o->ends_clock,
                               &o->stays,       &o->is_take_back};
    return flags[index];
}

void event_write_payload(struct buf *b, const struct case_event *e)
{
    struct json_out j;
    struct flow_outcome o = e->outcome;
    json_start(&j, b);
    json_open_object(&j, NULL);
    if (e->submission_id)
        json_put_int(&j, "submission", e->submission_id);
    if (e->outcome.state) {
        json_put_text(&j, "state", o.state);
        json_put_text(&j, "outcome", o.outcome);
        json_put_text(&j, "effect", o.effect);
        json_open_array(&j, "did");
        for (size_t i = 0; i < FLAG_COUNT; i++)
            if (*flag_of(&o, i))
                json_put_text(&j, NULL, flag_names[i]);
        json_close_array(&j);
    }
    if (e->unit && *e->unit)
        json_put_text(&j, "unit", e->unit);
    if (e->post && *e->post)
        json_put_text(&j, "post", e->post);
    if (e->has_accepted_on)
        json_put_int(&j, "accepted_on", e->accepted_on);
    if (e->is_wasted)
        json_put_bool(&j, "wasted", true);
    json_close_object(&j);
}

static struct err *event_read_payload(struct arena *a, const char *text, struct case_event *e)
{
    const struct json *j;
    TRY(json_read(a, text, strlen(text), &j));
    e->submission_id = json_get_int(j, "submission", 0);
    e->unit = json_get_text(j, "unit");
    e->post = json_get_text(j, "post");
    e->is_wasted = json_get_bool(j, "wasted", false);
    e->has_accepted_on = json_get(j, "accepted_on") != NULL;
    e->accepted_on = (day)json_get_int(j, "accepted_on", 0);
    e->outcome.state = json_get_text(j, "state");
    e->outcome.outcome = json_get_text(j, "outcome");
    e->outcome.effect = json_get_text(j, "effect");
    e->outcome.stop_reason = "";
    e->outcome.to_step = e->to_step;
    const struct json *did = json_get(j, "did");
    for (size_t i = 0; i < json_count(did); i++)
        for (size_t f = 0; f < FLAG_COUNT; f++)
            if (text_equal(json_text(json_at(did, i), ""), flag_names[f]))
                *flag_of(&e->outcome, f) = true;
    return NULL;
}

/* Folding ------------------------------------------------------------------------------------ */

static void fold_days(struct casefile *c, const struct case_event *e)
{
    const struct flow_outcome *o = &e->outcome;
    if (o->accepts) {
        c->has_accepted_on = true;
        c->accepted_on = e->has_accepted_on ? e->accepted_on : e->on_day;
    }
    if (o->gives_notice && !c->has_notice_on) {
        c->has_notice_on = true;
        c->notice_on = e->on_day;
    }
    if (*o->outcome && !text_equal(o->outcome, c->flow.outcome)) {
        c->has_decided_on = true;
        c->decided_on = e->on_day;
        c->decision_reason = e->reason;
        c->decider_id = e->person_id;
    }
    if (text_equal(o->effect, "deliver") && !o->stays) {
        c->has_delivered_on = true;
        c->delivered_on = e->on_day;
    }
}

static bool is_step_event(const struct case_event *e)
{
    return text_equal(e->kind, "opened") || text_equal(e->kind, "action") ||
           text_equal(e->kind, "corrected");
}

void case_fold(struct casefile *c, const struct case_event *e)
{
    c->seq = e->seq;
    c->changed_at = e->at;
    if (text_equal(e->kind, "visit")) {
        c->visit_count++;
        c->wasted_count += e->is_wasted;
    }
    if (!is_step_event(e))
        return;
    if (text_equal(e->kind, "opened")) {
        struct flow_outcome unused;
        flow_open(&c->workflow, false, e->person_id != 0, &c->flow, &unused);
        c->submitter_id = e->person_id;
    }
    if (e->submission_id)
        c->submission_id = e->submission_id;
    fold_days(c, e);
    if (!text_equal(c->flow.step, e->outcome.to_step))
        c->since = e->at;
    flow_advance(c->arena, &c->workflow, &c->flow, e->unit, e->post, &e->outcome);
}

static struct err *load_events(struct casefile *c)
{
    struct rows *r;
    struct case_event *events = NULL;
    size_t count = 0;
    TRY(sql_rows(c->tx, &case_events_all, ARGS(sql_int(c->tenant), sql_int(c->id)), &r));
    while (rows_next(r)) {
        events = arena_room(c->arena, events, count, sizeof *events);
        events[count++] = (struct case_event){.seq = (int32_t)rows_int(r, 0),
                                              .kind = rows_text(r, 1),
                                              .at = rows_int(r, 2),
                                              .on_day = (day)rows_int(r, 3),
                                              .person_id = rows_int(r, 4),
                                              .unit_id = rows_int(r, 5),
                                              .actor_name = rows_text(r, 6),
                                              .action = rows_text(r, 7),
                                              .from_step = rows_text(r, 8),
                                              .to_step = rows_text(r, 9),
                                              .reason = rows_text(r, 10),
                                              .note = rows_text(r, 11),
                                              .unit = rows_text(r, 12)};
    }
    TRY(rows_end(r));
    for (size_t i = 0; i < count; i++) {
        TRY(event_read_payload(c->arena, events[i].unit, &events[i]));
        case_fold(c, &events[i]);
    }
    c->events = events;
    c->event_count = count;
    return NULL;
}

static struct err *load_row(struct tx *tx, struct office *o, const struct rows *r,
                            struct casefile **out)
{
    struct arena *a = tx_arena(tx);
    struct casefile *c = arena_alloc(a, sizeof *c);
    *c = (struct casefile){.tx = tx,
                           .arena = a,
                           .office = o,
                           .tenant = o->tenant->id,
                           .utc_offset_min = o->tenant->utc_offset_min,
                           .today = day_of_ms(tx_now_ms(tx), o->tenant->utc_offset_min),
                           .id = rows_int(r, 0),
                           .ref = rows_text(r, 1),
                           .service_id = rows_int(r, 2),
                           .form_version_id = rows_int(r, 3),
                           .area_id = rows_int(r, 4),
                           .channel = rows_text(r, 5),
                           .applicant_name = rows_text(r, 6),
                           .id_tail = rows_text(r, 7),
                           .phone = rows_text(r, 8),
                           .proxy_name = rows_text(r, 9),
                           .entity_id = rows_int(r, 10),
                           .identity_level = (int32_t)rows_int(r, 11),
                           .opened_at = rows_int(r, 12),
                           .received_on = (day)rows_int(r, 13),
                           .area_name = rows_text(r, 14),
                           .decision_reason = ""};
    TRY(catalogue_version(o->catalogue, tx, c->form_version_id, &c->version));
    c->service = c->version->service;
    casefile_workflow(a, c->service, &c->workflow);
    TRY(load_events(c));
    *out = c;
    return NULL;
}

struct err *case_load(struct tx *tx, struct office *o, const struct actor *who, enum right right,
                      const char *ref, struct casefile **out)
{
    struct rows *r;
    bool has_row;
    int64_t in[ACTOR_AREAS];
    actor_areas(who, right, in);
    TRY(sql_row(tx, &case_by_ref,
                ARGS(sql_int(who->tenant), sql_text(ref), sql_int(in[0]), sql_int(in[1]),
                     sql_int(in[2]), sql_int(in[3]), sql_int(in[4]), sql_int(in[5])),
                &r, &has_row));
    return has_row ? load_row(tx, o, r, out) : case_missing(tx_arena(tx));
}

struct err *case_load_id(struct tx *tx, struct office *o, int64_t case_id, struct casefile **out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &case_by_id, ARGS(sql_int(o->tenant->id), sql_int(case_id)), &r, &has_row));
    return has_row ? load_row(tx, o, r, out) : case_missing(tx_arena(tx));
}

const struct service_step *case_step(const struct casefile *c, const char *name)
{
    for (size_t i = 0; i < c->service->step_count; i++)
        if (text_equal(c->service->steps[i].name, name))
            return &c->service->steps[i];
    return NULL;
}

struct err *case_calendar(struct casefile *c, const struct calendar **out)
{
    if (!c->calendar)
        TRY(calendar_read(c->tx, c->tenant, &c->calendar));
    *out = c->calendar;
    return NULL;
}

/* Who acts ----------------------------------------------------------------------------------- */

struct err *case_posts(struct casefile *c, const struct actor *who, enum right right,
                       const struct post ***posts_out, size_t *count_out)
{
    const struct post **posts = arena_array(c->arena, who->post_count + 1, sizeof(struct post *));
    size_t count = 0;
    struct rows *r;
    TRY(sql_rows(c->tx, &case_ancestors, ARGS(sql_int(who->tenant), sql_int(c->area_id)), &r));
    while (rows_next(r))
        for (size_t i = 0; i < who->post_count; i++)
            if (who->posts[i].area_id == rows_int(r, 0) && who->posts[i].rights[right])
                posts[count++] = &who->posts[i];
    TRY(rows_end(r));
    *posts_out = posts;
    *count_out = count;
    return NULL;
}

struct flow_input case_input(const struct casefile *c, const struct actor *who,
                             const struct post *post, bool is_leader)
{
    return (struct flow_input){
        .action = "",
        .actor_unit = post ? post->unit_code : "",
        .actor_role = post ? post->role : "",
        .actor_post = post ? text_print(c->arena, "%lld", (long long)post->id) : "",
        .is_leader = is_leader,
        .is_applicant = who->case_id != 0 && who->case_id == c->id,
        .is_submitter = who->person_id != 0 && who->person_id == c->submitter_id,
        .reason = "",
        .note = ""};
}

struct err *case_append(struct casefile *c, const struct actor *who, const struct post *post,
                        struct case_event *e)
{
    struct buf payload;
    e->seq = c->seq + 1;
    e->at = tx_now_ms(c->tx);
    e->on_day = c->today;
    e->person_id = who->person_id;
    e->unit_id = post ? post->unit_id : 0;
    e->actor_name = who->person_id ? who->name : "";
    e->from_step = c->flow.step;
    e->unit = post ? post->unit_code : "";
    e->post = post ? text_print(c->arena, "%lld", (long long)post->id) : "";
    if (!e->to_step)
        e->to_step = is_step_event(e) ? e->outcome.to_step : c->flow.step;
    buf_init(&payload, c->arena);
    event_write_payload(&payload, e);
    TRY(sql_run(c->tx, &case_event_add,
                ARGS(sql_int(c->tenant), sql_int(c->id), sql_int(e->seq), sql_text(e->kind),
                     sql_int(e->at), sql_int(e->on_day),
                     sql_int_or_null(e->person_id, e->person_id != 0),
                     sql_int_or_null(e->unit_id, e->unit_id != 0), sql_text(e->actor_name),
                     sql_text(e->action), sql_text(e->from_step), sql_text(e->to_step),
                     sql_text(e->reason), sql_text(e->note), sql_text(buf_text(&payload))),
                NULL));
    case_fold(c, e);
    return NULL;
}
