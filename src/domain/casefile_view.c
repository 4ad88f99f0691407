/* A case as JSON: for staff (GET /v1/cases/:ref) and for the applicant (docs/api.md). */
#include "domain/casefile_own.h"

#include "base/buf.h"
#include "base/ident.h"
#include "base/text.h"
#include "domain/catalogue.h"
#include "domain/letter.h"
#include "domain/office.h"
#include "domain/submission.h"
#include "domain/tenant.h"
#include "engine/form.h"
#include "formats/json.h"
#include "forms/record.h"
#include "store/store.h"

#include <string.h>

QUERY(case_files, "select name, size, media_type, blob_hash from attachments "
                  "where tenant = $1 and submission_id = $2 order by name");

/* The sheet ---------------------------------------------------------------------------------- */

/* A kept submission is judged at the moment it came, or today() would give two answers. */
struct kept_host {
    int64_t now_ms;
    int32_t offset_min;
};

static int64_t kept_now(void *self)
{
    return ((struct kept_host *)self)->now_ms;
}

static int32_t kept_offset(void *self, int64_t at_ms)
{
    (void)at_ms;
    return ((struct kept_host *)self)->offset_min;
}

static uint64_t kept_random(void *self)
{
    (void)self;
    return 0;
}

static const char *kept_property(void *self, const char *name)
{
    (void)self;
    (void)name;
    return "";
}

static struct err *open_sheet(struct casefile *c, const struct submission_kept *kept,
                              struct sheet **out)
{
    struct kept_host *self = arena_alloc(c->arena, sizeof *self);
    struct host *host = arena_alloc(c->arena, sizeof *host);
    struct record record;
    *self = (struct kept_host){kept->received_at, c->office->tenant->utc_offset_min};
    *host = (struct host){self, kept_now, kept_offset, kept_random, kept_property};
    TRY(record_read(c->arena, c->version->form, kept->xml, kept->xml_size, &record));
    return form_open(c->arena, c->version->form, host, record.answers, record.count, out);
}

struct err *case_sheet(struct casefile *c, struct sheet **out)
{
    struct submission_kept kept;
    TRY(submission_load(c->tx, c->tenant, c->submission_id, &kept));
    return open_sheet(c, &kept, out);
}

/* Files and materials ------------------------------------------------------------------------ */

struct file {
    const char *name, *media_type, *hash;
    int64_t size;
};
struct files {
    struct file *items;
    size_t count;
};

static struct err *load_files(struct casefile *c, struct files *out)
{
    struct rows *r;
    *out = (struct files){NULL, 0};
    TRY(sql_rows(c->tx, &case_files, ARGS(sql_int(c->tenant), sql_int(c->submission_id)), &r));
    while (rows_next(r)) {
        out->items = arena_room(c->arena, out->items, out->count, sizeof *out->items);
        out->items[out->count++] = (struct file){.name = rows_text(r, 0),
                                                 .size = rows_int(r, 1),
                                                 .media_type = rows_text(r, 2),
                                                 .hash = rows_text(r, 3)};
    }
    return rows_end(r);
}

static const struct file *find_file(const struct files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++)
        if (text_equal(files->items[i].name, name) && *files->items[i].hash)
            return &files->items[i];
    return NULL;
}

struct looking {
    struct casefile *c;
    struct json_out *j;
    const char *language;
    struct sheet *sheet;
    const struct question *questions;
    size_t question_count;
    struct files files;
};

static const struct question *find_question(const struct looking *l, const char *path)
{
    for (size_t i = 0; *path && i < l->question_count; i++)
        if (text_equal(l->questions[i].path, path))
            return &l->questions[i];
    return NULL;
}

static struct err *is_needed(const struct looking *l, const struct service_material *m,
                             bool *is_needed_out)
{
    const struct question *q = find_question(l, m->question);
    *is_needed_out = true;
    if (q) {
        *is_needed_out = q->is_relevant;
        return NULL;
    }
    if (!*m->when)
        return NULL;
    return form_rule(l->c->arena, l->sheet, text_print(l->c->arena, "material/%s", m->name),
                     is_needed_out);
}

static struct err *material_state(const struct looking *l, const struct service_material *m,
                                  const char **state_out, const struct file **file_out)
{
    bool needed;
    const struct question *q = find_question(l, m->question);
    *file_out = q && *q->value ? find_file(&l->files, q->value) : NULL;
    TRY(is_needed(l, m, &needed));
    if (!needed)
        *state_out = "not_needed";
    else if (*file_out)
        *state_out = "present";
    else if (m->is_exempt && !q)
        *state_out = "held";
    else if (!q) /* a paper shown at the counter: whoever accepted has seen it */
        *state_out = l->c->flow.has_accepted ? "present" : "missing";
    else
        *state_out = q->is_required || text_equal(m->need, "required") ? "missing" : "not_needed";
    return NULL;
}

static void write_file(const struct looking *l, const struct file *f)
{
    json_open_object(l->j, NULL);
    json_put_text(l->j, "name", f->name);
    json_put_int(l->j, "size", f->size);
    json_put_text(l->j, "media_type", f->media_type);
    json_put_text(l->j, "url",
                  text_print(l->c->arena, "/v1/cases/%s/files/%s", l->c->ref, f->name));
    json_close_object(l->j);
}

static struct err *write_materials(const struct looking *l)
{
    const struct service *s = l->c->service;
    json_open_array(l->j, "materials");
    for (size_t i = 0; i < s->material_count; i++) {
        const struct service_material *m = &s->materials[i];
        const struct file *file;
        const char *state;
        TRY(material_state(l, m, &state, &file));
        json_open_object(l->j, NULL);
        json_put_text(l->j, "name", m->name);
        json_put_text(l->j, "label", case_label(l->language, m->label, m->label_en));
        json_put_text(l->j, "criteria", m->criteria);
        json_put_text(l->j, "guide", m->guide);
        json_put_text(l->j, "path", m->question);
        json_put_text(l->j, "state", state);
        json_put_text(l->j, "when", m->when);
        json_open_array(l->j, "files");
        if (file)
            write_file(l, file);
        json_close_array(l->j);
        json_close_object(l->j);
    }
    json_close_array(l->j);
    return NULL;
}

struct err *case_materials(struct casefile *c, const struct case_material **out, size_t *count_out)
{
    struct looking l = {.c = c, .language = "zh"};
    const struct service *s = c->service;
    struct case_material *list = arena_array(c->arena, s->material_count + 1, sizeof *list);
    TRY(case_sheet(c, &l.sheet));
    TRY(sheet_questions(c->arena, l.sheet, l.language, &l.questions, &l.question_count));
    TRY(load_files(c, &l.files));
    for (size_t i = 0; i < s->material_count; i++) {
        const struct file *file;
        list[i].material = &s->materials[i];
        TRY(material_state(&l, &s->materials[i], &list[i].state, &file));
        list[i].file = file ? file->name : "";
    }
    *out = list;
    *count_out = s->material_count;
    return NULL;
}

/* Answers ------------------------------------------------------------------------------------ */

static bool is_question(const struct question *q)
{
    return q->kind != QUESTION_GROUP && q->kind != QUESTION_REPEAT && q->kind != QUESTION_NOTE &&
           q->kind != QUESTION_HIDDEN && q->kind != QUESTION_TRIGGER;
}

static bool is_personal_number(const struct service *s, const char *name)
{
    return *name && (text_equal(name, s->applicant_id) || text_equal(name, s->proxy_id) ||
                     text_equal(name, s->applicant_phone));
}

/* The labels of what was chosen, joined; values that are no choice stay as they are. */
static struct err *chosen_labels(const struct looking *l, const struct question *q,
                                 const char **out)
{
    const struct choice *choices;
    size_t count, found = 0;
    struct buf b;
    buf_init(&b, l->c->arena);
    TRY(sheet_choices(l->c->arena, l->sheet, q->path, l->language, &choices, &count));
    const char *padded = text_print(l->c->arena, " %s ", q->value);
    for (size_t i = 0; i < count; i++) {
        if (!strstr(padded, text_print(l->c->arena, " %s ", choices[i].value)))
            continue;
        buf_add(&b, found++ ? "、" : "");
        buf_add(&b, choices[i].label);
    }
    *out = found ? buf_text(&b) : q->value;
    return NULL;
}

static struct err *write_answer(const struct looking *l, const struct question *q)
{
    bool is_choice = q->kind == QUESTION_SELECT_ONE || q->kind == QUESTION_SELECT_MANY;
    bool is_masked = is_personal_number(l->c->service, q->name), has_finding;
    const char *value = is_masked ? ident_masked(l->c->arena, q->value) : q->value;
    const char *display = value;
    const struct question *group = find_question(l, q->parent);
    struct finding finding;
    if (is_choice)
        TRY(chosen_labels(l, q, &display));
    TRY(sheet_finding(l->c->arena, l->sheet, q->path, l->language, &finding, &has_finding));
    json_open_object(l->j, NULL);
    json_put_text(l->j, "path", q->path);
    json_put_text(l->j, "label", q->label);
    json_put_text(l->j, "value", value);
    json_put_text(l->j, "display", display);
    json_put_text(l->j, "group", group ? group->label : "");
    json_put_text(l->j, "finding", has_finding ? finding.message : "");
    json_close_object(l->j);
    return NULL;
}

static struct err *write_answers(const struct looking *l)
{
    json_open_array(l->j, "answers");
    for (size_t i = 0; i < l->question_count; i++)
        if (is_question(&l->questions[i]) && l->questions[i].kind != QUESTION_FILE &&
            l->questions[i].is_relevant && *l->questions[i].value)
            TRY(write_answer(l, &l->questions[i]));
    json_close_array(l->j);
    return NULL;
}

/* Clock, timeline, actions ------------------------------------------------------------------- */

static void write_reading(struct json_out *j, const char *key, bool has_reading,
                          const struct clock_reading *r)
{
    if (!has_reading) {
        json_put_null(j, key);
        return;
    }
    json_open_object(j, key);
    json_put_int(j, "budget", r->budget);
    json_put_int(j, "used", r->used);
    json_put_int(j, "left", r->left);
    put_day(j, "due_on", r->has_due, r->due);
    json_put_bool(j, "is_running", r->is_running);
    json_put_bool(j, "is_late", r->is_late);
    json_put_bool(j, "is_provisional", r->is_provisional && r->has_due);
    json_close_object(j);
}

static void write_clock(const struct looking *l, const struct case_clock *clock)
{
    struct json_out *j = l->j;
    const struct clock_reading *r = &clock->legal;
    if (!clock->has_legal) {
        json_put_null(j, "clock");
    } else {
        json_open_object(j, "clock");
        json_put_int(j, "budget", r->budget);
        json_put_int(j, "used", r->used);
        json_put_int(j, "left", r->left);
        put_day(j, "due_on", r->has_due, r->due);
        json_put_text(j, "unit", clock_unit_name(clock->unit));
        json_put_bool(j, "is_running", r->is_running);
        json_put_bool(j, "is_late", r->is_late);
        json_put_bool(j, "is_provisional", r->has_due && r->is_provisional);
        put_day(j, "promised_on", clock->has_promised && clock->promised.has_due,
                clock->promised.due);
        json_put_text(j, "stopped_for", r->stopped_for);
        json_close_object(j);
    }
    write_reading(j, "step_clock", clock->has_step, &clock->step);
    put_day(j, "answer_by", !l->c->flow.has_accepted && !*l->c->flow.outcome, clock->answer_by);
    if (!clock->is_deemed) {
        json_put_null(j, "deemed_accepted");
        return;
    }
    json_open_object(j, "deemed_accepted");
    put_day(j, "on", true, l->c->received_on);
    json_put_text(j, "reason",
                  case_label(l->language,
                             "收件后 5 个工作日内没有一次性告知，依法自收件之日起视为受理。",
                             "No notice was given within 5 working days of receipt: by law it "
                             "counts as accepted from the day of receipt."));
    json_close_object(j);
}

static const char *event_by(const struct casefile *c, const struct case_event *e,
                            const char *unit_name)
{
    (void)c;
    return *e->actor_name ? e->actor_name : unit_name;
}

static void write_event_files(const struct looking *l, const struct case_event *e,
                              const struct case_event_file *files, size_t count)
{
    json_open_array(l->j, "files");
    for (size_t i = 0; i < count; i++) {
        if (files[i].seq != e->seq)
            continue;
        json_open_object(l->j, NULL);
        json_put_text(l->j, "name", files[i].name);
        json_put_text(l->j, "kind", files[i].kind);
        json_put_int(l->j, "size", files[i].size);
        json_put_text(l->j, "media_type", files[i].media_type);
        json_put_text(l->j, "url",
                      text_print(l->c->arena, "/v1/cases/%s/events/%d/files/%s", l->c->ref, e->seq,
                                 files[i].name));
        json_close_object(l->j);
    }
    json_close_array(l->j);
}

static struct err *write_timeline(const struct looking *l, const char *const *said, bool for_staff)
{
    struct casefile *c = l->c;
    const struct case_event_file *files;
    size_t file_count = 0;
    if (for_staff)
        TRY(case_event_files(c, &files, &file_count));
    json_open_array(l->j, "timeline");
    for (size_t i = 0; i < c->event_count; i++) {
        const struct case_event *e = &c->events[i];
        const char *by = "";
        if (*e->from_step && e->person_id)
            TRY(case_unit_name(c, e->from_step, &by));
        json_open_object(l->j, NULL);
        put_day(l->j, "on", true, e->on_day);
        json_put_int(l->j, "at", e->at);
        json_put_text(l->j, "label", event_label(c, l->language, e));
        json_put_text(l->j, "by", for_staff ? event_by(c, e, by) : by);
        json_put_text(l->j, "text", e->reason);
        json_put_text(l->j, "said", said[i]);
        if (for_staff) {
            json_put_text(l->j, "note", e->note);
            write_event_files(l, e, files, file_count);
        }
        json_put_text(l->j, "kind", *e->outcome.effect ? e->outcome.effect : e->kind);
        json_close_object(l->j);
    }
    json_close_array(l->j);
    return NULL;
}

/* What the applicant was told, newest last. Nothing is sent outside: he reads it when he tracks the
 * case, and who left no telephone number gets it printed. */
static void write_messages(const struct looking *l, const char *const *said)
{
    const struct casefile *c = l->c;
    json_put_bool(l->j, "needs_slip", !*c->phone);
    json_open_array(l->j, "messages");
    for (size_t i = 0; i < c->event_count; i++) {
        const struct case_event *e = &c->events[i];
        if (!*said[i])
            continue;
        json_open_object(l->j, NULL);
        put_day(l->j, "on", true, e->on_day);
        json_put_int(l->j, "at", e->at);
        json_put_text(l->j, "kind", *e->outcome.effect ? e->outcome.effect : e->kind);
        json_put_text(l->j, "text", said[i]);
        json_close_object(l->j);
    }
    json_close_array(l->j);
}

static struct err *write_action(const struct looking *l, const struct service_action *action)
{
    const char *unit = "";
    if (*action->next && !text_equal(action->next, "end"))
        TRY(case_unit_name(l->c, action->next, &unit));
    json_open_object(l->j, NULL);
    json_put_text(l->j, "name", action->name);
    json_put_text(l->j, "label", case_label(l->language, action->label, action->label_en));
    json_put_text(l->j, "needs", action->needs);
    json_put_text(l->j, "effect", action->effect);
    json_put_text(l->j, "kind", action->kind);
    json_put_text(l->j, "to_unit", unit);
    json_close_object(l->j);
    return NULL;
}

/* Rights × unit × area × flow: each post of the actor that covers the case's area. */
static struct err *find_actions(const struct looking *l, const struct actor *who, bool *is_open,
                                bool *can_take_back_out)
{
    struct casefile *c = l->c;
    const struct post **posts, **overrides;
    size_t count, override_count;
    const bool *conditions;
    TRY(case_judge_actions(c, &conditions));
    case_set_conditions(c, conditions);
    TRY(case_posts(c, who, RIGHT_CASE_ACT, &posts, &count));
    TRY(case_posts(c, who, RIGHT_CASE_OVERRIDE, &overrides, &override_count));
    *can_take_back_out = false;
    for (size_t i = 0; i < count; i++) {
        struct flow_input in = case_input(c, who, posts[i], override_count > 0);
        struct flow_outcome unused;
        const size_t *indexes;
        size_t found = flow_possible(c->arena, &c->workflow, &c->flow, &in, &indexes);
        for (size_t k = 0; k < found; k++)
            is_open[indexes[k]] = true;
        if (!flow_take_back(c->arena, &c->workflow, &c->flow, &in, &unused))
            *can_take_back_out = true;
    }
    return NULL;
}

static struct err *write_actions(const struct looking *l, const struct actor *who)
{
    const struct service *s = l->c->service;
    bool *is_open = arena_array(l->c->arena, s->action_count + 1, sizeof *is_open);
    bool can_take_back;
    TRY(find_actions(l, who, is_open, &can_take_back));
    json_open_array(l->j, "actions");
    for (size_t i = 0; i < s->action_count; i++)
        if (is_open[i])
            TRY(write_action(l, &s->actions[i]));
    json_close_array(l->j);
    json_put_bool(l->j, "can_take_back", can_take_back);
    return NULL;
}

static struct err *write_steps(const struct looking *l)
{
    const struct service *s = l->c->service;
    json_put_text(l->j, "step", l->c->flow.step);
    json_open_array(l->j, "steps");
    for (size_t i = 0; i < s->step_count; i++) {
        const struct service_step *step = &s->steps[i];
        const char *unit;
        TRY(case_unit_name(l->c, step->name, &unit));
        if (text_equal(step->unit, "applicant"))
            unit = case_label(l->language, "申请人", "Applicant");
        json_open_object(l->j, NULL);
        json_put_text(l->j, "name", step->name);
        json_put_text(l->j, "label", case_label(l->language, step->label, step->label_en));
        json_put_text(l->j, "unit", unit);
        json_put_text(l->j, "criteria", step->criteria);
        json_close_object(l->j);
    }
    json_close_array(l->j);
    return NULL;
}

/* The whole ---------------------------------------------------------------------------------- */

static void write_service(const struct looking *l)
{
    const struct service *s = l->c->service;
    json_open_object(l->j, "service");
    json_put_text(l->j, "code", l->c->version->code);
    json_put_text(l->j, "title", case_label(l->language, s->title, s->title_en));
    json_put_text(l->j, "version", l->c->version->version);
    json_put_text(l->j, "picture", s->picture);
    json_close_object(l->j);
}

static void write_dates(const struct looking *l)
{
    const struct casefile *c = l->c;
    put_day(l->j, "received_on", true, c->received_on);
    put_day(l->j, "accepted_on", c->has_accepted_on, c->accepted_on);
    put_day(l->j, "decided_on", c->has_decided_on, c->decided_on);
    put_day(l->j, "delivered_on", c->has_delivered_on, c->delivered_on);
    json_put_int(l->j, "limit_legal", c->service->limit_legal);
    json_put_text(l->j, "limit_legal_unit", c->service->limit_legal_unit);
    json_put_int(l->j, "limit_promised", c->service->limit_promised);
    json_put_text(l->j, "limit_promised_unit", c->service->limit_promised_unit);
}

static void write_person(const struct looking *l)
{
    struct casefile *c = l->c;
    const char *tail = *c->id_tail ? text_print(c->arena, "**************%s", c->id_tail) : "";
    json_open_object(l->j, "applicant");
    json_put_text(l->j, "name", c->applicant_name);
    json_put_text(l->j, "id_masked", tail);
    json_put_text(l->j, "phone_masked", ident_masked(c->arena, c->phone));
    json_put_int(l->j, "identity_level", c->identity_level);
    json_put_text(l->j, "proxy", c->proxy_name);
    json_close_object(l->j);
}

static struct err *open_looking(struct casefile *c, struct json_out *j, const char *language,
                                struct looking *l, const char **findings_out)
{
    struct submission_kept kept;
    *l = (struct looking){.c = c, .j = j, .language = language};
    TRY(submission_load(c->tx, c->tenant, c->submission_id, &kept));
    *findings_out = *kept.findings ? kept.findings : "[]";
    TRY(open_sheet(c, &kept, &l->sheet));
    TRY(sheet_questions(c->arena, l->sheet, language, &l->questions, &l->question_count));
    return load_files(c, &l->files);
}

static void write_head(const struct looking *l, const char *sentence)
{
    struct casefile *c = l->c;
    json_put_text(l->j, "ref", c->ref);
    json_put_int(l->j, "version", c->seq);
    json_put_text(l->j, "state", c->flow.state);
    json_put_text(l->j, "outcome", c->flow.outcome);
    json_put_text(l->j, "sentence", sentence);
    json_put_text(l->j, "area", c->area_name);
    json_put_text(l->j, "channel", c->channel);
    write_service(l);
    write_person(l);
    write_dates(l);
}

struct err *casefile_write_staff(struct tx *tx, struct json_out *j, struct office *o,
                                 const struct actor *who, const char *ref, const char *language)
{
    struct casefile *c;
    struct looking l;
    struct case_clock clock;
    const char *findings, *sentence;
    TRY(case_load(tx, o, who, RIGHT_CASE_READ, ref, &c));
    TRY(open_looking(c, j, language, &l, &findings));
    TRY(case_clock_read(c, &clock));
    TRY(case_sentence(c, &clock, language, &sentence));
    write_head(&l, sentence);
    TRY(write_steps(&l));
    write_clock(&l, &clock);
    TRY(write_answers(&l));
    TRY(write_materials(&l));
    json_put_raw(j, "findings", findings);
    TRY(write_notices(c, j));
    TRY(write_visits(c, j));
    json_put_int(j, "wasted_count", c->wasted_count);
    const char *const *said;
    TRY(case_said(c, &clock, language, &said));
    write_messages(&l, said);
    TRY(write_timeline(&l, said, true));
    TRY(write_actions(&l, who));
    write_letter_list(c, j, language);
    bool is_rated;
    return write_rating(c, j, &is_rated);
}

/* The applicant ------------------------------------------------------------------------------ */

QUERY(notice_open, "select items, issued_on from notices where tenant = $1 and case_id = $2 and "
                   "answered_at is null order by number desc limit 1");

static struct err *write_open_notice(struct casefile *c, struct json_out *j)
{
    struct rows *r;
    bool has_row = false;
    if (text_equal(c->flow.state, "waiting"))
        TRY(sql_row(c->tx, &notice_open, ARGS(sql_int(c->tenant), sql_int(c->id)), &r, &has_row));
    if (!has_row) {
        json_put_null(j, "notice");
        return NULL;
    }
    json_open_object(j, "notice");
    json_put_raw(j, "items", rows_text(r, 0));
    put_day(j, "issued_on", true, (day)rows_int(r, 1));
    json_close_object(j);
    return NULL;
}

/* His own answers, in full, only while he is asked to mend them. */
static struct err *write_own_answers(const struct looking *l)
{
    json_open_array(l->j, "answers");
    for (size_t i = 0; i < l->question_count; i++) {
        const struct question *q = &l->questions[i];
        if (!is_question(q) || !q->is_relevant || !*q->value)
            continue;
        json_open_object(l->j, NULL);
        json_put_text(l->j, "path", q->path);
        json_put_text(l->j, "text", q->value);
        json_close_object(l->j);
    }
    json_close_array(l->j);
    return NULL;
}

/* The six digits come from the first submission; a correction replaces the current one. */
static struct err *write_papers_of(struct casefile *c, struct json_out *j)
{
    struct submission_kept first, current;
    TRY(submission_load(c->tx, c->tenant, c->id, &first));
    TRY(submission_load(c->tx, c->tenant, c->submission_id, &current));
    json_put_text(j, "code", casefile_code(c->arena, c->office->tenant->secret, first.instance_id));
    json_put_text(j, "instance_id", current.instance_id);
    return NULL;
}

struct err *casefile_write_applicant(struct tx *tx, struct json_out *j, struct office *o,
                                     int64_t case_id, const char *language)
{
    struct casefile *c;
    struct looking l;
    struct case_clock clock;
    const char *sentence;
    TRY(case_load_id(tx, o, case_id, &c));
    TRY(case_clock_read(c, &clock));
    TRY(case_sentence(c, &clock, language, &sentence));
    l = (struct looking){.c = c, .j = j, .language = language};
    bool can_correct = text_equal(c->flow.state, "waiting");
    bool can_rate = c->has_decided_on && !text_equal(c->flow.outcome, "withdrawn");
    bool is_rated;
    json_put_text(j, "ref", c->ref);
    write_service(&l);
    json_put_text(j, "state", c->flow.state);
    json_put_text(j, "outcome", c->flow.outcome);
    json_put_text(j, "sentence", sentence);
    put_day(j, "due_on", clock.has_legal && clock.legal.has_due, clock.legal.due);
    put_day(j, "promised_on", clock.has_promised && clock.promised.has_due, clock.promised.due);
    json_put_bool(j, "is_provisional",
                  (clock.legal.has_due && clock.legal.is_provisional) ||
                      (clock.promised.has_due && clock.promised.is_provisional));
    json_open_object(j, "applicant");
    json_put_text(j, "name_masked", ident_masked_name(c->arena, c->applicant_name));
    json_close_object(j);
    const char *const *said;
    TRY(case_said(c, &clock, language, &said));
    TRY(write_timeline(&l, said, false));
    TRY(write_open_notice(c, j));
    json_put_bool(j, "can_correct", can_correct);
    json_put_bool(j, "can_withdraw", *c->flow.step && !*c->flow.outcome);
    TRY(write_rating(c, j, &is_rated));
    json_put_bool(j, "can_rate", can_rate && !is_rated);
    write_letter_list(c, j, language);
    TRY(write_visits(c, j));
    json_put_text(j, "phone", o->tenant->phone);
    json_put_text(j, "qr", letter_qr(c->arena, o, c->ref));
    json_put_int(j, "received_at", c->opened_at);
    TRY(write_papers_of(c, j));
    if (!can_correct)
        return NULL;
    const char *findings;
    TRY(open_looking(c, j, language, &l, &findings));
    return write_own_answers(&l);
}

struct err *casefile_file(struct tx *tx, struct office *o, const struct actor *who, const char *ref,
                          const char *name, const char **hash_out, const char **media_type_out)
{
    struct casefile *c;
    struct files files;
    TRY(case_load(tx, o, who, RIGHT_FILE_READ, ref, &c));
    TRY(load_files(c, &files));
    const struct file *file = find_file(&files, name);
    if (!file)
        return case_missing(c->arena);
    *hash_out = file->hash;
    *media_type_out = file->media_type;
    return NULL;
}
