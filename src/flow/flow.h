/* Case steps: facts in, outcome out. Pure: conditions were judged by the caller (engine), rights
 * are handed in, nothing is written. */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "base/day.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct flow_step {
    const char *name, *unit, *role; /* unit: code, "village", "applicant", "submitter" */
    bool clock_runs, is_joint;
    const char *stop_cause;
    int32_t limit;
    const char *limit_unit;
};
struct flow_action {
    const char *step, *name, *next; /* next: step name, or "end" */
    const char *needs, *effect, *kind;
    bool condition_holds; /* `when`, judged by the caller */
};
struct workflow {
    const struct flow_step *steps;
    size_t step_count;
    const struct flow_action *actions;
    size_t action_count;
};
/* Faults of a workflow: unreachable or missing steps, an open step without any way out, a notice
 * without a way back, ... as notes (where = "actions!row" is added by the caller through index). */
void flow_check(const struct workflow *w, struct notes *notes);

struct flow_case {
    const char *state, *step; /* state: open, waiting, decided, closed */
    int32_t notice_count;
    bool has_accepted;
    const char *previous_step;      /* for take-back: where it came from */
    const char *last_actor_post;    /* who brought it here */
    const char *const *acted_units; /* joint step: who has acted already */
    size_t acted_count;
};
struct flow_input {
    const char *action;
    const char *actor_unit, *actor_role; /* of the post he acts with */
    const char *actor_post;
    bool is_leader; /* may override a second notice */
    const char *reason, *note;
    bool has_file, has_visit;
    size_t notice_item_count;
};
struct flow_outcome {
    const char *to_step; /* "" = ended */
    const char *state;   /* new state */
    const char *outcome; /* "", granted, refused, declined, withdrawn */
    const char *effect;
    bool starts_clock, stops_clock, resumes_clock, ends_clock;
    const char *stop_reason;
    bool stays; /* joint step: others must still act */
};
/* Errors: ERR_MISSING flow.no_action; ERR_CONFLICT flow.not_now, flow.second_notice,
 * flow.condition; ERR_DENIED flow.wrong_role, flow.wrong_unit; ERR_INVALID flow.reason_needed,
 * flow.note_needed, flow.file_needed, flow.items_needed. */
MUST_CHECK struct err *flow_apply(struct arena *a, const struct workflow *w,
                                  const struct flow_case *c, const struct flow_input *in,
                                  struct flow_outcome *outcome_out);
/* The actions that this actor could take now, in sheet order (index into w->actions). */
size_t flow_possible(struct arena *a, const struct workflow *w, const struct flow_case *c,
                     const struct flow_input *in, const size_t **indexes_out);

#endif
