/* Faults of a workflow, found when a workbook is published, so that no case ever meets them. */
#include "flow/flow.h"

#include "base/arena.h"
#include "base/buf.h"

#include <string.h>

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static const char *place(struct notes *n, const char *sheet, size_t index)
{
    return text_print(n->arena, "%s!%zu", sheet, index);
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && !is(*words, word))
        words++;
    return *words != NULL;
}

static void check_action_names(const struct workflow *w, size_t i, struct notes *n)
{
    static const char *const effects[] = {"",       "notice",  "accept",    "refuse",   "decline",
                                          "grant",  "deliver", "publicise", "withdraw", "stop",
                                          "resume", "extend",  NULL};
    static const char *const kinds[] = {"", "forward", "return", "take-back", "refer", NULL};
    const struct flow_action *action = &w->actions[i];
    if (!is_one_of(action->effect, effects))
        note_add(
            n, NOTE_ERROR, "flow.effect", place(n, "actions", i), "",
            "There is no effect '%s'. Use notice, accept, refuse, decline, grant, deliver, "
            "publicise, withdraw, stop, resume or extend.",
            "没有“%s”这种效力，请用 notice、accept、refuse、decline、grant、deliver、publicise、"
            "withdraw、stop、resume 或 extend。",
            action->effect);
    if (!is_one_of(action->kind, kinds))
        note_add(n, NOTE_ERROR, "flow.kind", place(n, "actions", i), "forward",
                 "There is no kind '%s'. Use forward, return, take-back or refer.",
                 "没有“%s”这种类型，请用 forward、return、take-back 或 refer。", action->kind);
    for (size_t j = 0; j < i; j++)
        if (is(w->actions[j].step, action->step) && is(w->actions[j].name, action->name))
            note_add(n, NOTE_ERROR, "flow.action_twice", place(n, "actions", i), "",
                     "The action '%s' stands twice at the step '%s'. Rename one.",
                     "环节中“%s”这个操作重复（环节“%s”），请改其中一个的名称。", action->name,
                     action->step);
}

static void check_action_steps(const struct workflow *w, size_t i, struct notes *n)
{
    const struct flow_action *action = &w->actions[i];
    const struct flow_step *to = flow_step_find(w, action->next);
    if (!flow_step_find(w, action->step))
        note_add(n, NOTE_ERROR, "flow.no_step", place(n, "actions", i), "",
                 "There is no step '%s'. Add it to the sheet 'steps'.",
                 "没有环节“%s”，请在 steps 表中添加。", action->step);
    if (*action->next && !is(action->next, "end") && !to)
        note_add(n, NOTE_ERROR, "flow.no_step", place(n, "actions", i), "end",
                 "There is no step '%s' to go to. Add it to the sheet 'steps', or write 'end'.",
                 "要去的环节“%s”不存在，请在 steps 表中添加，或写 end。", action->next);
    if (to && is(to->unit, "applicant") && !is(action->effect, "notice") && !*action->effect)
        note_add(n, NOTE_WARNING, "flow.no_notice", place(n, "actions", i), "notice",
                 "'%s' sends the case to the applicant without a notice. Give it the effect "
                 "'notice', so that it is said once and counted.",
                 "“%s”把办件退给申请人却没有一次性告知，请把效力写成 notice。", action->name);
    if (is(action->effect, "notice") && (!to || !is(to->unit, "applicant")))
        note_add(n, NOTE_WARNING, "flow.notice_target", place(n, "actions", i), "",
                 "The notice '%s' does not lead to a step of the applicant, so nothing can be "
                 "corrected.",
                 "告知“%s”没有转到申请人的环节，申请人无法补正。", action->name);
}

static size_t ways_out(const struct workflow *w, const char *step)
{
    size_t count = 0;
    for (size_t i = 0; i < w->action_count; i++)
        count +=
            is(w->actions[i].step, step) && *w->actions[i].next && !is(w->actions[i].next, step);
    return count;
}

static void check_step(const struct workflow *w, size_t i, struct notes *n)
{
    const struct flow_step *s = &w->steps[i];
    for (size_t j = 0; j < i; j++)
        if (is(w->steps[j].name, s->name))
            note_add(n, NOTE_ERROR, "flow.step_twice", place(n, "steps", i), "",
                     "The step '%s' stands twice. Rename one.",
                     "环节“%s”重复，请改其中一个的名称。", s->name);
    if (!*s->unit)
        note_add(n, NOTE_ERROR, "flow.no_unit", place(n, "steps", i), "",
                 "The step '%s' has no unit, so nobody would see the case. Name one.",
                 "环节“%s”没有经办单位，没有人会看到办件，请填写。", s->name);
    if (ways_out(w, s->name) == 0)
        note_add(n, NOTE_ERROR, "flow.no_way_out", place(n, "steps", i), "",
                 "No action leads away from the step '%s', so a case would stay there for ever.",
                 "环节“%s”没有任何出口，办件会永远停在那里。", s->name);
    if (is(s->unit, "village") && !*s->role)
        note_add(n, NOTE_WARNING, "flow.no_role", place(n, "steps", i), "",
                 "The step '%s' is for the village but names no role, so any post there may act.",
                 "环节“%s”由村办理但没有写岗位，村里任何岗位都能办。", s->name);
    if (!s->clock_runs && !*s->stop_cause && !is(s->unit, "applicant"))
        note_add(
            n, NOTE_WARNING, "flow.no_cause", place(n, "steps", i), "",
            "The clock stops at '%s' without a lawful cause, so it will run on. Name the cause.",
            "环节“%s”写了不计时却没有法定事由，时限仍会照算，请填写事由。", s->name);
}

static void mark_reachable(const struct workflow *w, const char *step, bool *is_reached)
{
    for (size_t i = 0; i < w->step_count; i++) {
        if (!is(w->steps[i].name, step) || is_reached[i])
            continue;
        is_reached[i] = true;
        for (size_t j = 0; j < w->action_count; j++)
            if (is(w->actions[j].step, step))
                mark_reachable(w, w->actions[j].next, is_reached);
    }
}

/* Can the step be left for good? Walks back from "end". */
static void mark_ending(const struct workflow *w, const char *target, bool *ends)
{
    for (size_t j = 0; j < w->action_count; j++) {
        if (!is(w->actions[j].next, target))
            continue;
        for (size_t i = 0; i < w->step_count; i++)
            if (is(w->steps[i].name, w->actions[j].step) && !ends[i]) {
                ends[i] = true;
                mark_ending(w, w->steps[i].name, ends);
            }
    }
}

static void check_ways(const struct workflow *w, struct notes *n)
{
    bool *is_reached = arena_array(n->arena, w->step_count, sizeof *is_reached);
    bool *ends = arena_array(n->arena, w->step_count, sizeof *ends);
    mark_reachable(w, w->steps[0].name, is_reached);
    mark_ending(w, "end", ends);
    for (size_t i = 0; i < w->step_count; i++) {
        if (!is_reached[i])
            note_add(n, NOTE_WARNING, "flow.unreachable", place(n, "steps", i), "",
                     "No action leads to the step '%s'.", "没有任何操作通向环节“%s”。",
                     w->steps[i].name);
        if (!ends[i] && ways_out(w, w->steps[i].name) > 0)
            note_add(n, NOTE_ERROR, "flow.no_end", place(n, "steps", i), "",
                     "From the step '%s' a case can never come to an end.",
                     "从环节“%s”出发，办件永远无法办结。", w->steps[i].name);
    }
}

void flow_check(const struct workflow *w, struct notes *notes)
{
    for (size_t i = 0; i < w->step_count; i++)
        check_step(w, i, notes);
    for (size_t i = 0; i < w->action_count; i++) {
        check_action_names(w, i, notes);
        check_action_steps(w, i, notes);
    }
    if (w->step_count > 0)
        check_ways(w, notes);
}
