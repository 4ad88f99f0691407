/* Steps and actions of a case. The invariant of this file: whatever is applied, the case is either
 * closed or has at least one holder (tests/unit/flow_test.c plays random sequences). */
#include "flow/flow.h"

#include "base/arena.h"
#include "base/check.h"

#include <string.h>

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool is_separator(char c)
{
    return c == ' ' || c == ',' || c == ';' || c == '\t' || c == '\n';
}

/* The next word of a list, moved behind it; 0 at the end. */
static size_t word_next(const char **at, const char **word_out)
{
    while (is_separator(**at))
        (*at)++;
    *word_out = *at;
    while (**at && !is_separator(**at))
        (*at)++;
    return (size_t)(*at - *word_out);
}

static bool has_word(const char *list, const char *word)
{
    const char *found;
    for (size_t size; (size = word_next(&list, &found)) > 0;)
        if (size == strlen(word) && memcmp(found, word, size) == 0)
            return true;
    return false;
}

static size_t word_count(const char *list)
{
    const char *word;
    size_t count = 0;
    while (word_next(&list, &word) > 0)
        count++;
    return count;
}

const struct flow_step *flow_step_find(const struct workflow *w, const char *name)
{
    for (size_t i = 0; i < w->step_count; i++)
        if (is(w->steps[i].name, name))
            return &w->steps[i];
    return NULL;
}

/* Steps that do not stand in an office: somebody else minds the case meanwhile. */
static bool waits_for_applicant(const struct flow_step *s, bool has_submitter)
{
    return is(s->unit, "applicant") || (is(s->unit, "submitter") && !has_submitter);
}

static const struct flow_step *first_office_step(const struct workflow *w)
{
    for (size_t i = 0; i < w->step_count; i++)
        if (!is(w->steps[i].unit, "applicant") && !is(w->steps[i].unit, "submitter"))
            return &w->steps[i];
    return NULL;
}

/* Who answers for the step: itself, or the office that minds it. NULL: no office at all. */
static const struct flow_step *minding_step(const struct workflow *w, const struct flow_case *c,
                                            const struct flow_step *s)
{
    if (!waits_for_applicant(s, c->has_submitter))
        return s;
    const struct flow_step *minder = flow_step_find(w, c->minder_step);
    return minder ? minder : first_office_step(w);
}

static bool has_acted(const struct flow_case *c, const char *unit, size_t size)
{
    for (size_t i = 0; i < c->acted_count; i++)
        if (strlen(c->acted_units[i]) == size && memcmp(c->acted_units[i], unit, size) == 0)
            return true;
    return false;
}

/* Holders ------------------------------------------------------------------------------------ */

static void add_unit_holders(struct arena *a, const struct flow_case *c, const struct flow_step *s,
                             struct flow_holder *holders, size_t *count)
{
    const char *list = s->unit, *word;
    for (size_t size; (size = word_next(&list, &word)) > 0;) {
        /* Signatures count at the step where the case stands, never at another one. */
        if (s->is_joint && is(s->name, c->step) && has_acted(c, word, size))
            continue;
        holders[(*count)++] = (struct flow_holder){FLOW_UNIT, arena_copy(a, word, size), s->role};
    }
}

size_t flow_holders(struct arena *a, const struct workflow *w, const struct flow_case *c,
                    const struct flow_holder **holders_out)
{
    *holders_out = NULL;
    if (!*c->step)
        return 0;
    const struct flow_step *at = flow_step_find(w, c->step);
    const struct flow_step *s = at ? minding_step(w, c, at) : NULL;
    struct flow_holder *holders = arena_array(a, s ? word_count(s->unit) + 1 : 1, sizeof *holders);
    size_t count = 0;
    if (s && is(s->unit, "village"))
        holders[count++] = (struct flow_holder){FLOW_VILLAGE, "", s->role};
    else if (s && is(s->unit, "submitter"))
        holders[count++] = (struct flow_holder){FLOW_SUBMITTER, "", ""};
    else if (s)
        add_unit_holders(a, c, s, holders, &count);
    if (count == 0)
        holders[count++] = (struct flow_holder){FLOW_ANYONE, "", ""};
    *holders_out = holders;
    return count;
}

/* May he? ------------------------------------------------------------------------------------ */

static bool needs_leader(const struct flow_case *c, const struct flow_action *action)
{
    return has_word(action->needs, "leader") || is(action->effect, "extend") ||
           (is(action->effect, "notice") && c->notice_count > 0);
}

static struct err *wrong_unit(struct arena *a)
{
    return err_new(a, ERR_DENIED, "flow.wrong_unit", "",
                   "This case is with another unit. Ask that unit to act.",
                   "这个办件现在由别的单位经办，请由该单位处理。");
}

static struct err *wrong_role(struct arena *a, const char *role)
{
    return err_new(a, ERR_DENIED, "flow.wrong_role", "",
                   "This step is for the role '%s'. Ask a colleague who holds it.",
                   "这一环节由“%s”岗位办理，请交给该岗位的同事。", role);
}

static bool has_role(const struct flow_step *s, const struct flow_input *in)
{
    return !*s->role || has_word(s->role, in->actor_role) || in->is_leader;
}

static struct err *check_office(struct arena *a, const struct flow_case *c,
                                const struct flow_step *s, const struct flow_input *in)
{
    if (!*in->actor_post)
        return wrong_unit(a);
    if (!is(s->unit, "village") && !has_word(s->unit, in->actor_unit))
        return wrong_unit(a);
    if (!has_role(s, in))
        return wrong_role(a, s->role);
    if (s->is_joint && is(s->name, c->step) && has_acted(c, in->actor_unit, strlen(in->actor_unit)))
        return err_new(a, ERR_CONFLICT, "flow.acted", "",
                       "Your unit has signed already. The case waits for the others.",
                       "您的单位已经会签过了，正在等其他单位。");
    return NULL;
}

static struct err *check_actor(struct arena *a, const struct workflow *w, const struct flow_case *c,
                               const struct flow_step *s, const struct flow_action *action,
                               const struct flow_input *in)
{
    bool is_leaders = needs_leader(c, action);
    if (is_leaders && !in->is_leader)
        return is(action->effect, "notice")
                   ? err_new(a, ERR_CONFLICT, "flow.second_notice", "",
                             "The one-time notice has been given. A second one needs a leader.",
                             "一次性告知已经发过，再次告知须由领导批准并写明理由。")
                   : err_new(a, ERR_DENIED, "flow.leader_needed", "",
                             "This needs a leader. Ask one who may approve it.",
                             "这一步须由有批准权的领导办理。");
    if (is_leaders && *in->actor_post)
        return NULL;
    if (is(s->unit, "applicant") && in->is_applicant)
        return NULL;
    if (is(s->unit, "submitter") && (in->is_submitter || in->is_applicant))
        return NULL;
    const struct flow_step *office = minding_step(w, c, s);
    if (!office || is(office->unit, "submitter"))
        return wrong_unit(a);
    return check_office(a, c, office, in);
}

static struct err *check_condition(struct arena *a, const struct flow_case *c,
                                   const struct flow_action *action)
{
    bool decides = is(action->effect, "accept") || is(action->effect, "withdraw") ||
                   is(action->effect, "notice") || is(action->effect, "decline");
    if (decides && *c->outcome)
        return err_new(a, ERR_CONFLICT, "flow.not_now", "",
                       "This case has been decided. That can no longer be done.",
                       "这个办件已经作出决定，不能再这样办理。");
    if (is(action->effect, "stop") && !c->is_clock_running)
        return err_new(a, ERR_CONFLICT, "flow.not_now", "",
                       "The legal clock does not run, so it cannot be stopped.",
                       "法定时限现在没有计时，无需中止。");
    if (!action->condition_holds)
        return err_new(a, ERR_CONFLICT, "flow.condition", "",
                       "The condition of this action is not met by the answers.",
                       "填报内容不符合这一操作的条件。");
    return NULL;
}

static bool needs_reason(const struct flow_case *c, const struct flow_action *action)
{
    /* A notice has its items, and they say why. */
    bool goes_back = is(action->kind, "return") && !is(action->effect, "notice");
    return has_word(action->needs, "reason") || goes_back || is(action->kind, "refer") ||
           is(action->effect, "refuse") || is(action->effect, "decline") ||
           is(action->effect, "stop") || (is(action->effect, "notice") && c->notice_count > 0);
}

static struct err *check_needs(struct arena *a, const struct flow_case *c,
                               const struct flow_action *action, const struct flow_input *in)
{
    if (needs_reason(c, action) && !*in->reason)
        return err_new(a, ERR_INVALID, "flow.reason_needed", "reason",
                       "Write the reason. The applicant or the next unit will read it.",
                       "请写明理由，申请人或下一经办单位会看到。");
    if (has_word(action->needs, "note") && !*in->note)
        return err_new(a, ERR_INVALID, "flow.note_needed", "note", "Write a note for this step.",
                       "请填写办理意见。");
    if (has_word(action->needs, "file") && !in->has_file)
        return err_new(a, ERR_INVALID, "flow.file_needed", "file",
                       "Attach the file that this step needs.", "请上传这一环节需要的文件。");
    if (has_word(action->needs, "signature") && !in->has_signature)
        return err_new(a, ERR_INVALID, "flow.signature_needed", "files",
                       "Let the person concerned sign on the screen, or photograph the signature.",
                       "请让当事人在屏幕上签字，或拍下签字页。");
    if (has_word(action->needs, "visit") && !in->has_visit)
        return err_new(a, ERR_INVALID, "flow.visit_needed", "visit",
                       "Record the applicant's visit and its cause.",
                       "请登记申请人这次到场及原因。");
    if (is(action->effect, "notice") && in->notice_item_count == 0)
        return err_new(a, ERR_INVALID, "flow.items_needed", "items",
                       "List everything that is missing: the notice is given once.",
                       "请列出全部所缺内容：一次性告知只发一次。");
    if (has_word(action->needs, "fields") && in->notice_item_count == 0)
        return err_new(a, ERR_INVALID, "flow.items_needed", "items",
                       "Name at least one question or material that this is about.",
                       "请至少指明一道题或一份材料。");
    if (is(action->effect, "extend") && in->amount <= 0)
        return err_new(a, ERR_INVALID, "flow.amount_needed", "amount",
                       "Say by how much the limit is extended.", "请写明延长多少。");
    return NULL;
}

/* Outcomes ----------------------------------------------------------------------------------- */

static const char *decided_as(const char *effect)
{
    return is(effect, "grant")      ? "granted"
           : is(effect, "refuse")   ? "refused"
           : is(effect, "decline")  ? "declined"
           : is(effect, "withdraw") ? "withdrawn"
                                    : "";
}

static const char *state_at(const struct flow_case *c, const struct flow_step *to,
                            const char *outcome)
{
    if (!to)
        return "closed";
    if (*outcome)
        return "decided";
    return waits_for_applicant(to, c->has_submitter) ? "waiting" : "open";
}

/* The clock follows the step the case stands in. A stop needs its lawful cause: without one the
 * clock runs on, whatever the sheet wishes. */
static void set_clock(const struct flow_case *c, const struct flow_step *to,
                      const struct flow_input *in, struct flow_outcome *out)
{
    bool is_accepted = c->has_accepted || out->accepts;
    out->starts_clock = is(out->effect, "accept") && !c->has_accepted;
    bool is_running = c->is_clock_running || out->starts_clock;
    out->stop_reason = "";
    if (!is_accepted || c->is_clock_ended)
        return;
    if (!to || *out->outcome) {
        out->ends_clock = true;
        return;
    }
    bool keeps = is(out->effect, "extend") || out->stays;
    const char *cause = is(out->effect, "stop") ? in->reason : to->stop_cause;
    if (is(out->effect, "notice") && !*cause && !to->clock_runs)
        cause = "补正";
    bool should_stop = (is(out->effect, "stop") || !to->clock_runs) && *cause;
    if (is_running && should_stop && !keeps) {
        out->stops_clock = true;
        out->stop_reason = cause;
    }
    out->resumes_clock = !is_running && !should_stop && !keeps;
}

/* The last signature moves the case. A notice, a return or a decision against it is no signature:
 * it takes effect at once and ends the signatures that are open. */
static bool is_signature(const struct flow_action *action)
{
    bool goes_on = !*action->effect || is(action->effect, "accept") ||
                   is(action->effect, "grant") || is(action->effect, "publicise") ||
                   is(action->effect, "deliver");
    return goes_on && (!*action->kind || is(action->kind, "forward"));
}

static struct err *decide(struct arena *a, const struct workflow *w, const struct flow_case *c,
                          const struct flow_action *action, const struct flow_input *in,
                          struct flow_outcome *outcome_out)
{
    const struct flow_step *here = flow_step_find(w, c->step);
    const char *next = *action->next ? action->next : c->step;
    const struct flow_step *to = is(next, "end") ? NULL : flow_step_find(w, next);
    if (!to && !is(next, "end"))
        return err_new(a, ERR_CONFLICT, "flow.no_step", "",
                       "The action leads to a step '%s' that does not exist.",
                       "这一操作要去的环节“%s”不存在。", next);
    struct flow_outcome out = {.effect = action->effect, .extend_by = in->amount};
    const char *decided = decided_as(action->effect);
    out.stays = here && here->is_joint && is_signature(action) &&
                c->acted_count + 1 < word_count(here->unit);
    if (out.stays)
        to = here;
    out.outcome = out.stays || !*decided ? c->outcome : decided;
    out.to_step = to ? to->name : "";
    out.state = state_at(c, to, out.outcome);
    out.gives_notice = is(action->effect, "notice");
    out.accepts =
        !c->has_accepted && !out.stays &&
        (is(action->effect, "accept") || is(decided, "granted") || is(decided, "refused"));
    if (!is(action->effect, "extend"))
        out.extend_by = 0;
    set_clock(c, to, in, &out);
    *outcome_out = out;
    return NULL;
}

static const struct flow_action *find_action(const struct workflow *w, const struct flow_case *c,
                                             const char *name)
{
    for (size_t i = 0; i < w->action_count; i++)
        if (is(w->actions[i].step, c->step) && is(w->actions[i].name, name))
            return &w->actions[i];
    return NULL;
}

static struct err *check_possible(struct arena *a, const struct workflow *w,
                                  const struct flow_case *c, const struct flow_action *action,
                                  const struct flow_input *in)
{
    const struct flow_step *s = flow_step_find(w, c->step);
    if (!s)
        return err_new(a, ERR_CONFLICT, "flow.no_step", "",
                       "The case stands at a step '%s' that its service does not have.",
                       "办件所在的环节“%s”在事项中不存在。", c->step);
    TRY(check_actor(a, w, c, s, action, in));
    return check_condition(a, c, action);
}

struct err *flow_apply(struct arena *a, const struct workflow *w, const struct flow_case *c,
                       const struct flow_input *in, struct flow_outcome *outcome_out)
{
    if (!*c->step)
        return err_new(a, ERR_CONFLICT, "flow.not_now", "", "This case is closed.",
                       "这个办件已经办结。");
    if (is(in->action, "take-back"))
        return flow_take_back(a, w, c, in, outcome_out);
    const struct flow_action *action = find_action(w, c, in->action);
    if (!action)
        return err_new(a, ERR_MISSING, "flow.no_action", "",
                       "There is no action '%s' at this step. Open the case again.",
                       "当前环节没有“%s”这一操作，请重新打开办件。", in->action);
    TRY(check_possible(a, w, c, action, in));
    if (is(action->kind, "take-back"))
        return flow_take_back(a, w, c, in, outcome_out);
    TRY(check_needs(a, c, action, in));
    return decide(a, w, c, action, in, outcome_out);
}

size_t flow_possible(struct arena *a, const struct workflow *w, const struct flow_case *c,
                     const struct flow_input *in, const size_t **indexes_out)
{
    size_t *indexes = arena_array(a, w->action_count + 1, sizeof *indexes);
    size_t count = 0;
    for (size_t i = 0; *c->step && i < w->action_count; i++)
        if (is(w->actions[i].step, c->step) && !is(w->actions[i].kind, "take-back") &&
            !check_possible(a, w, c, &w->actions[i], in))
            indexes[count++] = i;
    *indexes_out = indexes;
    return count;
}

struct err *flow_take_back(struct arena *a, const struct workflow *w, const struct flow_case *c,
                           const struct flow_input *in, struct flow_outcome *outcome_out)
{
    const struct flow_step *to = flow_step_find(w, c->previous_step);
    bool was_told = is(c->last_effect, "notice") || *decided_as(c->last_effect);
    if (!*c->step || !to || was_told || !*in->actor_post || !is(c->last_actor_post, in->actor_post))
        return err_new(a, ERR_CONFLICT, "flow.no_take_back", "",
                       "This cannot be taken back: another person has acted, or the applicant "
                       "was told.",
                       "不能撤回：后面的人已经办理，或者已经告知申请人。");
    struct flow_outcome out = {.to_step = to->name,
                               .outcome = c->outcome,
                               .state = state_at(c, to, c->outcome),
                               .effect = "",
                               .is_take_back = true,
                               .stays = c->last_was_sign};
    set_clock(c, to, in, &out);
    *outcome_out = out;
    return NULL;
}

struct err *flow_withdraw(struct arena *a, const struct flow_case *c,
                          struct flow_outcome *outcome_out)
{
    if (!*c->step || *c->outcome)
        return err_new(a, ERR_CONFLICT, "flow.not_now", "",
                       "This case has been decided and can no longer be withdrawn.",
                       "这个办件已经作出决定，不能再撤回申请。");
    *outcome_out = (struct flow_outcome){.to_step = "",
                                         .state = "closed",
                                         .outcome = "withdrawn",
                                         .effect = "withdraw",
                                         .stop_reason = "",
                                         .ends_clock = c->has_accepted && !c->is_clock_ended};
    return NULL;
}

struct err *flow_correct(struct arena *a, const struct workflow *w, const struct flow_case *c,
                         struct flow_outcome *outcome_out)
{
    const struct flow_step *here = *c->step ? flow_step_find(w, c->step) : NULL;
    if (!here || !is(c->state, "waiting"))
        return err_new(a, ERR_CONFLICT, "flow.not_now", "",
                       "This case does not wait for a correction.", "这个办件现在不需要补正。");
    struct flow_action on = {.next = c->minder_step, .needs = "", .effect = "", .kind = "return"};
    for (size_t i = w->action_count; i-- > 0;) {
        const struct flow_action *action = &w->actions[i];
        bool goes_on = !*action->effect || is(action->effect, "resume");
        if (is(action->step, here->name) && goes_on && *action->next && !is(action->next, "end") &&
            !is(action->next, here->name))
            on.next = action->next;
    }
    const struct flow_step *office = first_office_step(w);
    if (!*on.next && office)
        on.next = office->name;
    struct flow_input in = {.reason = ""};
    return decide(a, w, c, &on, &in, outcome_out);
}

/* Facts in order ----------------------------------------------------------------------------- */

/* What an instant case still has to go through: where the sheet's grant leads. */
static const struct flow_step *step_after_grant(const struct workflow *w)
{
    for (size_t i = 0; i < w->action_count; i++)
        if (is(w->actions[i].effect, "grant"))
            return flow_step_find(w, w->actions[i].next);
    return NULL;
}

static bool has_accept(const struct workflow *w)
{
    for (size_t i = 0; i < w->action_count; i++)
        if (is(w->actions[i].effect, "accept"))
            return true;
    return false;
}

void flow_open(const struct workflow *w, bool is_instant, bool has_submitter,
               struct flow_case *case_out, struct flow_outcome *outcome_out)
{
    CHECK(w->step_count > 0);
    struct flow_case c = {.state = "open",
                          .step = "",
                          .outcome = "",
                          .has_submitter = has_submitter,
                          .previous_step = "",
                          .last_actor_post = "",
                          .last_effect = "",
                          .minder_step = ""};
    const struct flow_step *to = is_instant ? step_after_grant(w) : &w->steps[0];
    struct flow_outcome out = {.to_step = to ? to->name : "",
                               .outcome = is_instant ? "granted" : "",
                               .effect = is_instant ? "grant" : "",
                               .stop_reason = ""};
    out.state = state_at(&c, to, out.outcome);
    /* A service whose officers never accept by an act accepts by receiving. */
    out.accepts = is_instant || !has_accept(w);
    out.starts_clock = out.accepts && !is_instant;
    *case_out = c;
    *outcome_out = out;
}

static void add_signature(struct arena *a, struct flow_case *c, const char *unit)
{
    const char **units = arena_array(a, c->acted_count + 1, sizeof *units);
    for (size_t i = 0; i < c->acted_count; i++)
        units[i] = c->acted_units[i];
    units[c->acted_count] = unit;
    c->acted_units = units;
    c->acted_count++;
}

static void advance_signatures(struct arena *a, struct flow_case *c, const char *unit,
                               const struct flow_outcome *o)
{
    if (o->stays && o->is_take_back)
        c->acted_count -= c->acted_count > 0;
    else if (o->stays)
        add_signature(a, c, unit);
    else
        c->acted_count = 0;
}

static void advance_clock(struct flow_case *c, const struct flow_outcome *o)
{
    c->has_accepted = c->has_accepted || o->accepts;
    c->is_clock_running = (c->is_clock_running || o->starts_clock || o->resumes_clock) &&
                          !o->stops_clock && !o->ends_clock;
    c->is_clock_ended = c->is_clock_ended || o->ends_clock || (*o->outcome && o->accepts);
}

void flow_advance(struct arena *a, const struct workflow *w, struct flow_case *c,
                  const char *actor_unit, const char *actor_post, const struct flow_outcome *o)
{
    const struct flow_step *to = flow_step_find(w, o->to_step);
    advance_signatures(a, c, actor_unit, o);
    advance_clock(c, o);
    bool can_be_taken_back = !o->is_take_back && *c->step && *o->to_step;
    c->previous_step = can_be_taken_back ? c->step : "";
    c->last_actor_post = can_be_taken_back ? actor_post : "";
    c->last_was_sign = o->stays && !o->is_take_back;
    c->last_effect = o->effect;
    c->notice_count += o->gives_notice;
    c->step = o->to_step;
    c->state = o->state;
    c->outcome = o->outcome;
    if (to && !waits_for_applicant(to, c->has_submitter) && !is(to->unit, "submitter"))
        c->minder_step = to->name;
}
