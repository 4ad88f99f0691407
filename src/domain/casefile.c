/* The verbs of a case. Each is one transaction: it decides by flow, appends facts, and lets the
 * derived rows follow. */
#include "domain/casefile.h"

#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/casefile_own.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/registry.h"
#include "domain/submission.h"
#include "domain/tenant.h"
#include "engine/form.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>

QUERY(case_add,
      "insert into cases (tenant, id, ref, service_id, form_version_id, submission_id, area_id, "
      "channel, applicant_name, applicant_id_hash, applicant_id_tail, applicant_phone, "
      "applicant_entity_id, identity_level, proxy_name, proxy_id_hash, mandate_id, code_hash, "
      "opened_at, received_on) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
      "$14, $15, $16, null, $17, $18, $19) on conflict (tenant, ref) do nothing");
QUERY(case_ref_of, "select ref from cases where tenant = $1 and id = $2");
QUERY(notice_add,
      "insert into notices (tenant, case_id, number, issued_at, issued_on, person_id, items, "
      "override_reason, answered_at) values ($1, $2, $3, $4, $5, $6, $7, $8, null)");
QUERY(notice_answered, "update notices set answered_at = $3 where tenant = $1 and case_id = $2 and "
                       "answered_at is null");

/* Opening ------------------------------------------------------------------------------------ */

static char luhn_digit(const char *text)
{
    int sum = 0, place = 0;
    for (size_t i = strlen(text); i-- > 0;) {
        if (text[i] < '0' || text[i] > '9')
            continue;
        int digit = text[i] - '0';
        if (place++ % 2 == 0)
            digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += digit;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

/* 261124-4831-7: day, random number, check digit. Four digits more when the short ones of the day
 * begin to run out, so that there is no counter that all writers wait for. */
static const char *new_ref(struct arena *a, day on, bool is_long)
{
    int year, month, day_of_month;
    day_to_date(on, &year, &month, &day_of_month);
    const char *ref =
        text_print(a, "%02d%02d%02d-%s", year % 100, month, day_of_month, secret_digits(a, 4));
    if (is_long)
        ref = text_print(a, "%s-%s", ref, secret_digits(a, 4));
    return text_print(a, "%s-%c", ref, luhn_digit(ref));
}

static const char *last_four(const char *id)
{
    size_t size = strlen(id);
    return size > 4 ? id + size - 4 : id;
}

static struct err *try_ref(struct casefile *c, const struct casefile_opening *o, const char *ref,
                           bool *is_done_out)
{
    int64_t changed = 0;
    TRY(sql_run(
        c->tx, &case_add,
        ARGS(sql_int(c->tenant), sql_int(c->id), sql_text(ref), sql_int(o->service_id),
             sql_int(o->form_version_id), sql_int(o->submission_id), sql_int(o->area_id),
             sql_text(o->channel), sql_text(o->applicant_name), sql_text(o->applicant_id_hash),
             sql_text(last_four(o->applicant_id)), sql_text(o->applicant_phone),
             sql_int_or_null(o->applicant_entity_id, o->applicant_entity_id != 0),
             sql_int(o->identity_level), sql_text(o->proxy_name), sql_text(o->proxy_id_hash),
             sql_text(o->code_hash), sql_int(c->opened_at), sql_int(c->received_on)),
        &changed));
    *is_done_out = changed == 1;
    return NULL;
}

static struct err *insert_case(struct casefile *c, const struct casefile_opening *o)
{
    enum { TRIES = 8 };
    for (int i = 0; i < TRIES; i++) {
        bool is_done;
        c->ref = new_ref(c->arena, c->today, i > 0);
        TRY(try_ref(c, o, c->ref, &is_done));
        if (is_done)
            return NULL;
    }
    return err_new(c->arena, ERR_BUSY, "case.no_number", "",
                   "No free case number was found. Try again.", "暂时取不到办件编号，请再试一次。");
}

struct err *casefile_open(struct tx *tx, const struct actor *who, const struct casefile_opening *o,
                          struct casefile_opened *opened_out)
{
    struct casefile c = {.tx = tx,
                         .arena = tx_arena(tx),
                         .tenant = who->tenant,
                         .utc_offset_min = who->utc_offset_min,
                         .id = o->submission_id,
                         .service_id = o->service_id,
                         .area_id = o->area_id,
                         .service = o->service,
                         .is_opening = true,
                         .opened_at = tx_now_ms(tx)};
    struct case_event e = {.kind = "opened", .action = "", .reason = "", .note = ""};
    c.today = c.received_on = day_of_ms(c.opened_at, who->utc_offset_min);
    casefile_workflow(c.arena, o->service, &c.workflow);
    flow_open(&c.workflow, o->is_instant_granted, who->person_id != 0, &c.flow, &e.outcome);
    e.submission_id = o->submission_id;
    TRY(insert_case(&c, o));
    TRY(case_append(&c, who, NULL, &e));
    struct clock_act act = {.outcome = &e.outcome, .from_step = "", .accepted_on = c.today};
    if (e.outcome.starts_clock)
        TRY(case_clock_write(&c, &act));
    TRY(case_write_state(&c, true));
    *opened_out = (struct casefile_opened){c.id, c.ref, o->code, c.flow.outcome};
    return NULL;
}

struct err *casefile_find_ref(struct tx *tx, int64_t tenant, int64_t case_id, const char **ref_out)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &case_ref_of, ARGS(sql_int(tenant), sql_int(case_id)), &r, &has_row));
    if (!has_row)
        return case_missing(tx_arena(tx));
    *ref_out = rows_text(r, 0);
    return NULL;
}

const char *casefile_code(struct arena *a, const unsigned char *tenant_secret,
                          const char *instance_id)
{
    const char *hash = tenant_hash(a, tenant_secret, "receipt", instance_id);
    uint64_t number = 0;
    for (size_t i = 0; i < 15; i++)
        number = number * 16 + (uint64_t)(hash[i] <= '9' ? hash[i] - '0' : hash[i] - 'a' + 10);
    return text_print(a, "%06llu", (unsigned long long)(number % 1000000));
}

const char *casefile_code_groups(struct arena *a, const char *code)
{
    return strlen(code) == 6 ? text_print(a, "%.*s %s", 3, code, code + 3) : code;
}

/* Acting ------------------------------------------------------------------------------------- */

static bool has_conditions(const struct casefile *c)
{
    for (size_t i = 0; i < c->service->action_count; i++)
        if (text_equal(c->service->actions[i].step, c->flow.step) && *c->service->actions[i].when)
            return true;
    return false;
}

struct err *case_judge_actions(struct casefile *c, const bool **conditions_out)
{
    const struct service *s = c->service;
    struct sheet *sheet;
    bool *conditions = arena_array(c->arena, s->action_count + 1, sizeof *conditions);
    for (size_t i = 0; i < s->action_count; i++)
        conditions[i] = true;
    *conditions_out = conditions;
    if (!has_conditions(c))
        return NULL;
    TRY(case_sheet(c, &sheet));
    for (size_t i = 0; i < s->action_count; i++) {
        const struct service_action *action = &s->actions[i];
        if (!text_equal(action->step, c->flow.step) || !*action->when)
            continue;
        TRY(form_rule(c->arena, sheet,
                      text_print(c->arena, "action/%s/%s", action->step, action->name),
                      &conditions[i]));
    }
    return NULL;
}

static const struct service_material *find_material(const struct service *s,
                                                    const struct casefile_item *item)
{
    for (size_t i = 0; i < s->material_count; i++) {
        const struct service_material *m = &s->materials[i];
        if (*item->material ? text_equal(m->name, item->material)
                            : *item->path && text_equal(m->question, item->path))
            return m;
    }
    return NULL;
}

/* The question's own words, for an item that names no material. */
static struct err *question_label(struct casefile *c, const char *path, const char **out)
{
    struct sheet *sheet;
    const struct question *questions;
    size_t count;
    *out = path;
    TRY(case_sheet(c, &sheet));
    TRY(sheet_questions(c->arena, sheet, "zh", &questions, &count));
    for (size_t i = 0; i < count; i++)
        if (text_equal(questions[i].path, path) && *questions[i].label)
            *out = questions[i].label;
    return NULL;
}

/* Both the place in the form and the words for people, whichever of them the clerk pointed at. */
static struct err *complete_items(struct casefile *c, struct casefile_act *act)
{
    struct casefile_item *items = arena_array(c->arena, act->item_count + 1, sizeof *items);
    const char **labels = arena_array(c->arena, act->item_count + 1, sizeof *labels);
    for (size_t i = 0; i < act->item_count; i++) {
        items[i] = act->items[i];
        const struct service_material *m = find_material(c->service, &items[i]);
        labels[i] = m ? m->label : "";
        if (m && !*items[i].path)
            items[i].path = m->question;
        if (m)
            items[i].material = m->name;
        else if (*items[i].path)
            TRY(question_label(c, items[i].path, &labels[i]));
    }
    act->items = items;
    act->labels = labels;
    return NULL;
}

static struct err *act_look(struct tx *tx, void *job)
{
    struct casefile_act *act = job;
    struct casefile *c;
    TRY(case_load(tx, act->office, act->who, RIGHT_CASE_ACT, act->ref, &c));
    TRY(complete_items(c, act));
    return case_judge_actions(c, &act->conditions);
}

struct err *casefile_act_prepare(struct arena *a, struct casefile_act *act)
{
    return store_read(act->office->store, a, act_look, act);
}

void case_set_conditions(struct casefile *c, const bool *conditions)
{
    struct flow_action *actions =
        arena_array(c->arena, c->workflow.action_count + 1, sizeof *actions);
    for (size_t i = 0; i < c->workflow.action_count; i++) {
        actions[i] = c->workflow.actions[i];
        actions[i].condition_holds = !conditions || conditions[i];
    }
    c->workflow.actions = actions;
}

static struct err *check_version(struct casefile *c, int64_t version)
{
    if (version == c->seq)
        return NULL;
    return err_new(c->arena, ERR_CONFLICT, "case.changed", "version",
                   "Somebody else has acted on this case meanwhile. Look at it again.",
                   "这个办件刚刚被别人办理过，请刷新后再看。");
}

static bool is_about_the_post(const struct err *e)
{
    return text_equal(e->code, "flow.wrong_unit") || text_equal(e->code, "flow.wrong_role") ||
           text_equal(e->code, "flow.no_take_back");
}

static bool has_file_of(const struct casefile_act *act, const char *kind)
{
    for (size_t i = 0; i < act->file_count; i++)
        if (text_equal(act->files[i].kind, kind))
            return true;
    return false;
}

/* Try each post he holds here; the refusal that says most is the one he gets. */
static struct err *apply_by_post(struct casefile *c, const struct casefile_act *act,
                                 const struct post **post_out, struct flow_outcome *out)
{
    const struct post **posts, **overrides;
    size_t count, override_count;
    struct err *refusal = NULL;
    TRY(case_posts(c, act->who, RIGHT_CASE_ACT, &posts, &count));
    TRY(case_posts(c, act->who, RIGHT_CASE_OVERRIDE, &overrides, &override_count));
    for (size_t i = 0; i < count; i++) {
        struct flow_input in = case_input(c, act->who, posts[i], override_count > 0);
        in.action = act->action;
        in.reason = act->reason;
        in.note = act->note;
        in.has_file = has_file_of(act, "");
        in.has_signature = has_file_of(act, "signature");
        in.has_visit = *act->visit_cause != '\0';
        in.notice_item_count = act->item_count;
        in.amount = act->amount;
        struct err *e = flow_apply(c->arena, &c->workflow, &c->flow, &in, out);
        *post_out = posts[i];
        if (!e)
            return NULL;
        if (!refusal || (is_about_the_post(refusal) && !is_about_the_post(e)))
            refusal = e;
    }
    return refusal ? refusal
                   : err_new(c->arena, ERR_DENIED, "flow.wrong_unit", "",
                             "You hold no post that may act on this case.",
                             "您没有可以办理这个办件的岗位。");
}

static const struct service_action *find_action(const struct casefile *c, const char *name)
{
    for (size_t i = 0; i < c->service->action_count; i++)
        if (text_equal(c->service->actions[i].step, c->flow.step) &&
            text_equal(c->service->actions[i].name, name))
            return &c->service->actions[i];
    return NULL;
}

static const char *items_json(struct casefile *c, const struct casefile_act *act)
{
    struct buf b;
    struct json_out j;
    buf_init(&b, c->arena);
    json_start(&j, &b);
    json_open_array(&j, NULL);
    for (size_t i = 0; i < act->item_count; i++) {
        json_open_object(&j, NULL);
        json_put_text(&j, "path", act->items[i].path);
        json_put_text(&j, "label", act->labels ? act->labels[i] : "");
        json_put_text(&j, "material", act->items[i].material);
        json_put_text(&j, "text", act->items[i].text);
        json_close_object(&j);
    }
    json_close_array(&j);
    return buf_text(&b);
}

static struct err *write_notice(struct casefile *c, const struct casefile_act *act)
{
    bool is_second = c->flow.notice_count > 0;
    return sql_run(c->tx, &notice_add,
                   ARGS(sql_int(c->tenant), sql_int(c->id), sql_int(c->flow.notice_count + 1),
                        sql_int(tx_now_ms(c->tx)), sql_int(c->today), sql_int(act->who->person_id),
                        sql_text(items_json(c, act)), sql_text(is_second ? act->reason : "")),
                   NULL);
}

/* A stop counts from the day the applicant had it in writing: a letter or notice of this act is
 * that writing, otherwise the actor names its day. */
static void set_told(const struct casefile *c, const struct casefile_act *act,
                     const struct flow_outcome *o, struct clock_act *clock)
{
    clock->has_told_on = act->has_told_on || o->gives_notice || *act->letter;
    clock->told_on = act->has_told_on ? act->told_on : c->today;
}

static struct err *write_outcome(struct casefile *c, const struct casefile_act *act,
                                 const struct post *post, const struct flow_outcome *o)
{
    struct case_event e = {.kind = "action",
                           .action = act->action,
                           .reason = act->reason,
                           .note = act->note,
                           .outcome = *o};
    bool is_deemed = false;
    if (o->accepts)
        TRY(case_is_deemed(c, &is_deemed));
    e.has_accepted_on = o->accepts;
    e.accepted_on = is_deemed ? c->received_on : c->today;
    struct clock_act clock = {.outcome = o,
                              .from_step = c->flow.step,
                              .accepted_on = e.accepted_on,
                              .person_id = act->who->person_id};
    set_told(c, act, o, &clock);
    if (o->gives_notice)
        TRY(write_notice(c, act));
    TRY(case_clock_write(c, &clock));
    bool is_granted = text_equal(o->outcome, "granted") && !text_equal(c->flow.outcome, "granted");
    TRY(case_append(c, act->who, post, &e));
    TRY(case_files_take(c, act, e.seq));
    if (*act->visit_cause)
        TRY(case_visit_add(c, act->who, post, act->visit_cause, false, ""));
    TRY(case_write_state(c, false));
    /* What the form saves to registries is known from the decision on, not from the asking. */
    return is_granted ? registry_apply_submission(c->tx, act->who, c->submission_id) : NULL;
}

static struct err *audit_case(struct casefile *c, const struct actor *who, const char *verb)
{
    return audit_add(c->tx, who, text_print(c->arena, "case.%s", verb),
                     text_print(c->arena, "case:%s", c->ref), "ok");
}

struct err *casefile_act_work(struct tx *tx, void *job)
{
    struct casefile_act *act = job;
    struct casefile *c;
    const struct post *post = NULL;
    struct flow_outcome outcome = {.effect = ""};
    TRY(case_load(tx, act->office, act->who, RIGHT_CASE_ACT, act->ref, &c));
    TRY(check_version(c, act->version));
    case_set_conditions(c, act->conditions);
    TRY(apply_by_post(c, act, &post, &outcome));
    const struct service_action *action = find_action(c, act->action);
    act->letter = action ? action->letter : "";
    act->case_id = c->id;
    TRY(write_outcome(c, act, post, &outcome));
    return audit_case(c, act->who, *outcome.effect ? outcome.effect : act->action);
}

struct err *casefile_withdraw_work(struct tx *tx, void *job)
{
    struct casefile_withdrawal *w = job;
    struct casefile *c;
    struct flow_outcome outcome;
    TRY(case_load_id(tx, w->office, w->who->case_id, &c));
    TRY(flow_withdraw(c->arena, &c->flow, &outcome));
    struct casefile_act act = {.who = w->who,
                               .action = "withdraw",
                               .reason = w->reason,
                               .note = "",
                               .visit_cause = "",
                               .letter = ""};
    TRY(write_outcome(c, &act, NULL, &outcome));
    return audit_case(c, w->who, "withdraw");
}

/* Correcting --------------------------------------------------------------------------------- */

static struct err *check_corrector(struct casefile *c, const struct actor *who)
{
    static const enum right rights[] = {RIGHT_CASE_INTAKE, RIGHT_CASE_ACT, RIGHT_SUBMIT};
    bool is_applicant = (who->case_id && who->case_id == c->id) ||
                        (who->subject_id && who->subject_id == c->entity_id);
    if (is_applicant)
        return NULL;
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        const struct post **posts;
        size_t count;
        TRY(case_posts(c, who, rights[i], &posts, &count));
        if (count > 0)
            return NULL;
    }
    return case_missing(c->arena);
}

struct err *casefile_corrected(struct tx *tx, struct office *o, const struct actor *who,
                               int64_t case_id, int64_t submission_id)
{
    struct casefile *c;
    struct case_event e = {.kind = "corrected", .action = "", .reason = "", .note = ""};
    TRY(case_load_id(tx, o, case_id, &c));
    TRY(check_corrector(c, who));
    TRY(flow_correct(c->arena, &c->workflow, &c->flow, &e.outcome));
    e.submission_id = submission_id;
    struct clock_act clock = {.outcome = &e.outcome,
                              .from_step = c->flow.step,
                              .accepted_on = c->today,
                              .person_id = who->person_id};
    TRY(case_clock_write(c, &clock));
    TRY(case_append(c, who, NULL, &e));
    TRY(sql_run(tx, &notice_answered,
                ARGS(sql_int(c->tenant), sql_int(c->id), sql_int(tx_now_ms(tx))), NULL));
    return case_write_state(c, false);
}
