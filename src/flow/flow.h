/* Case steps: facts in, outcome out. Pure: conditions were judged by the caller (engine), rights
 * and areas are handed in, nothing is written. A case never stands anywhere without a holder. */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "base/day.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct flow_step {
    /* unit: code (several, separated by blanks, if joint), "village", "applicant", "submitter" */
    const char *name, *unit, *role; /* role "": any post of the unit */
    bool clock_runs, is_joint;
    const char *stop_cause;
    int32_t limit;
    const char *limit_unit;
};
struct flow_action {
    const char *step, *name, *next; /* next: step name, "end", or "" = stays where it is */
    const char *needs, *effect, *kind;
    bool condition_holds; /* `when`, judged by the caller */
};
struct workflow {
    const struct flow_step *steps; /* the first is where a case opens */
    size_t step_count;
    const struct flow_action *actions;
    size_t action_count;
};
const struct flow_step *flow_step_find(const struct workflow *w, const char *name); /* or NULL */

/* Faults of a workflow: unreachable or missing steps, an open step without any way out, a notice
 * without a way back, ... as notes. where is "steps!N" or "actions!N", N counting rows from 0: the
 * caller turns it into a cell. */
void flow_check(const struct workflow *w, struct notes *notes);

/* Where a case stands. Made by flow_open() and flow_advance() alone, from facts in order. */
struct flow_case {
    const char *state, *step; /* state: open, waiting, decided, closed; step "" when closed */
    const char *outcome;      /* "", granted, refused, declined, withdrawn */
    int32_t notice_count;
    bool has_accepted, is_clock_running, is_clock_ended;
    bool has_submitter;             /* a member of staff or a helper filed it */
    const char *previous_step;      /* where it came from; "" = cannot be taken back */
    const char *last_actor_post;    /* who brought it here */
    const char *last_effect;        /* of what was done last */
    bool last_was_sign;             /* the last act was one signature of a joint step */
    const char *minder_step;        /* last step of an office: minds it while others are awaited */
    const char *const *acted_units; /* joint step: who has acted already */
    size_t acted_count;
};
struct flow_input {
    const char *action;
    const char *actor_unit, *actor_role; /* of the post he acts with */
    const char *actor_post;
    bool is_leader;    /* right case.override: a second notice, an extension */
    bool is_applicant; /* the applicant himself, proven for this case */
    bool is_submitter; /* who filed it */
    const char *reason, *note;
    bool has_file, has_signature, has_visit;
    size_t notice_item_count;
    int32_t amount; /* extension, in the limit's unit */
};
struct flow_outcome {
    const char *to_step; /* "" = ended */
    const char *state;   /* new state */
    const char *outcome; /* "", granted, refused, declined, withdrawn */
    const char *effect;
    bool accepts; /* becomes accepted with this */
    bool gives_notice;
    bool starts_clock, stops_clock, resumes_clock, ends_clock;
    const char *stop_reason;
    int32_t extend_by;
    bool stays;        /* joint step: others must still act */
    bool is_take_back; /* and, when it stays, a signature is withdrawn */
};

/* A new case. is_instant: decided at once (即办件 with a clean verdict), so that only what follows
 * a grant is left to do. has_submitter as in flow_case. */
void flow_open(const struct workflow *w, bool is_instant, bool has_submitter,
               struct flow_case *case_out, struct flow_outcome *outcome_out);

/* Errors: ERR_MISSING flow.no_action; ERR_CONFLICT flow.not_now, flow.acted, flow.second_notice,
 * flow.condition, flow.no_step; ERR_DENIED flow.wrong_role, flow.wrong_unit, flow.leader_needed;
 * ERR_INVALID flow.reason_needed, flow.note_needed, flow.file_needed, flow.signature_needed,
 * flow.visit_needed, flow.items_needed, flow.amount_needed. */
MUST_CHECK struct err *flow_apply(struct arena *a, const struct workflow *w,
                                  const struct flow_case *c, const struct flow_input *in,
                                  struct flow_outcome *outcome_out);
/* The actions that this actor could take now, in sheet order (index into w->actions). */
size_t flow_possible(struct arena *a, const struct workflow *w, const struct flow_case *c,
                     const struct flow_input *in, const size_t **indexes_out);

/* Take back what the same post did last, until the next person has acted. What the applicant was
 * told (notice, decision) cannot be taken back. Errors: ERR_CONFLICT flow.no_take_back. */
MUST_CHECK struct err *flow_take_back(struct arena *a, const struct workflow *w,
                                      const struct flow_case *c, const struct flow_input *in,
                                      struct flow_outcome *outcome_out);
/* The applicant withdraws, from any step before the decision. Errors: ERR_CONFLICT flow.not_now. */
MUST_CHECK struct err *flow_withdraw(struct arena *a, const struct flow_case *c,
                                     struct flow_outcome *outcome_out);
/* The applicant sent what was missing: on to the step that the sheet names, else back to who gave
 * the notice. Errors: ERR_CONFLICT flow.not_now: it does not wait for the applicant. */
MUST_CHECK struct err *flow_correct(struct arena *a, const struct workflow *w,
                                    const struct flow_case *c, struct flow_outcome *outcome_out);

/* The case after an outcome. */
void flow_advance(struct arena *a, const struct workflow *w, struct flow_case *c,
                  const char *actor_unit, const char *actor_post,
                  const struct flow_outcome *outcome);

/* Who has the case in the work list now. Never empty for a case that is not closed. */
enum flow_holder_kind {
    FLOW_UNIT,      /* posts of that unit and role */
    FLOW_VILLAGE,   /* posts of that role whose area covers the case */
    FLOW_SUBMITTER, /* the person who filed it */
    FLOW_ANYONE     /* nobody is named: all who may read the case */
};
struct flow_holder {
    enum flow_holder_kind kind;
    const char *unit, *role;
};
size_t flow_holders(struct arena *a, const struct workflow *w, const struct flow_case *c,
                    const struct flow_holder **holders_out);

#endif
