/* A case in memory: what casefile_*.c, letter.c and tracking.c share. Not for other modules. */
#ifndef DOMAIN_CASEFILE_OWN_H
#define DOMAIN_CASEFILE_OWN_H

#include "domain/casefile.h"
#include "flow/clock.h"
#include "flow/flow.h"

#include "base/arena.h"

struct calendar;
struct form_version;
struct office;
struct sheet;
struct tx;

struct case_event {
    int32_t seq;
    const char *kind; /* opened, action, corrected, visit, rated */
    int64_t at, person_id, unit_id;
    day on_day;
    const char *actor_name, *action, *from_step, *to_step, *reason, *note;
    /* payload */
    const char *unit, *post;
    struct flow_outcome outcome;
    int64_t submission_id;
    bool is_wasted, has_accepted_on;
    day accepted_on;
};

struct ledger_entry {
    struct ledger_entry *next;
    const char *clock, *unit;
    int32_t seq;
    struct clock_event event;
};

struct casefile {
    struct tx *tx;
    struct arena *arena;
    struct office *office; /* NULL while it is being opened */
    int64_t tenant;
    int32_t utc_offset_min;
    day today;
    int64_t as_of_ms; /* clocks are read as they stood then; 0: now */
    /* the row */
    int64_t id, service_id, form_version_id, area_id, entity_id, opened_at;
    const char *ref, *channel, *applicant_name, *id_tail, *phone, *proxy_name;
    const char *area_name;
    int32_t identity_level;
    day received_on;
    /* its service */
    const struct form_version *version;
    const struct service *service;
    struct workflow workflow;
    /* what follows from the events */
    const struct case_event *events;
    size_t event_count;
    struct flow_case flow;
    int32_t seq, visit_count, wasted_count;
    int64_t submission_id; /* the current one */
    int64_t submitter_id;  /* staff who filed it, 0 */
    int64_t since;         /* ms when it came to its step */
    int64_t changed_at;    /* ms of the last event */
    bool has_accepted_on, has_decided_on, has_delivered_on, has_notice_on;
    day accepted_on, decided_on, delivered_on, notice_on; /* notice_on: the first */
    const char *decision_reason;
    int64_t decider_id;
    /* read when asked for */
    const struct calendar *calendar;
    /* While it is being opened its ledgers are what this very work wrote: nothing is read back. */
    bool is_opening;
    struct ledger_entry *written; /* newest first */
};

/* Load by number, as far as the actor's area for that right reaches; ERR_MISSING case.missing. */
MUST_CHECK struct err *case_load(struct tx *tx, struct office *o, const struct actor *who,
                                 enum right right, const char *ref, struct casefile **out);
/* Load by id, without a look at areas: for the proven applicant and for our own work. */
MUST_CHECK struct err *case_load_id(struct tx *tx, struct office *o, int64_t case_id,
                                    struct casefile **out);
struct err *case_missing(struct arena *a);
const struct service_step *case_step(const struct casefile *c, const char *name); /* or NULL */
MUST_CHECK struct err *case_calendar(struct casefile *c, const struct calendar **out);
/* The post with which the actor may do something here: its area covers the case's. */
MUST_CHECK struct err *case_posts(struct casefile *c, const struct actor *who, enum right right,
                                  const struct post ***posts_out, size_t *count_out);
struct flow_input case_input(const struct casefile *c, const struct actor *who,
                             const struct post *post, bool is_leader);

/* Append an event: makes its seq, folds it into c. unit and post are those acted with. */
MUST_CHECK struct err *case_append(struct casefile *c, const struct actor *who,
                                   const struct post *post, struct case_event *e);
void case_fold(struct casefile *c, const struct case_event *e);
void event_write_payload(struct buf *b, const struct case_event *e);

/* case_states and work_items as they now must be. */
MUST_CHECK struct err *case_write_state(struct casefile *c, bool is_new);

/* The files that an act brings become the event's. ERR_INVALID file.not_sent. */
MUST_CHECK struct err *case_files_take(struct casefile *c, const struct casefile_act *act,
                                       int32_t seq);
struct case_event_file {
    int32_t seq;
    const char *name, *kind, *media_type;
    int64_t size;
};
MUST_CHECK struct err *case_event_files(struct casefile *c, const struct case_event_file **out,
                                        size_t *count_out);

/* The ledgers. */
struct case_clock {
    struct clock_reading legal, promised; /* promised: the same events, the promised limit */
    bool has_legal, has_promised, has_step, is_deemed;
    enum clock_unit unit;
    struct clock_reading step;
    day answer_by; /* before acceptance: last day of the five working days for a notice */
    /* Accepted by law once answer_by has passed: then legal and promised hold. Read ahead with
     * case_clock_ahead(), before that day. */
    bool may_be_deemed;
};
MUST_CHECK struct err *case_clock_read(struct casefile *c, struct case_clock *out);
/* The same for the indexes of due days: of a case that is not accepted, the days as they will be
 * when nobody gives a notice. */
MUST_CHECK struct err *case_clock_ahead(struct casefile *c, struct case_clock *out);
/* Write down what an outcome does to the clocks. stop: lawful cause; told_on the written notice. */
struct clock_act {
    const struct flow_outcome *outcome;
    const char *from_step;
    bool has_told_on;
    day told_on, accepted_on;
    int64_t person_id;
};
MUST_CHECK struct err *case_clock_write(struct casefile *c, const struct clock_act *act);
/* No notice within five working days of receipt: counts as accepted from that day (行政许可法 32).
 */
MUST_CHECK struct err *case_is_deemed(struct casefile *c, bool *is_deemed_out);

/* A visit of the applicant: fact, event, and the count in the state (the caller writes it). Causes:
 * visit_causes in visit.h. */
MUST_CHECK struct err *case_visit_add(struct casefile *c, const struct actor *who,
                                      const struct post *post, const char *cause, bool is_wasted,
                                      const char *note);

/* The conditions of the actions at the case's step, judged by the engine; and using them. */
MUST_CHECK struct err *case_judge_actions(struct casefile *c, const bool **conditions_out);
void case_set_conditions(struct casefile *c, const bool *conditions);

/* The current submission opened as a sheet; judged at the time it was received. */
MUST_CHECK struct err *case_sheet(struct casefile *c, struct sheet **out);
/* The materials of the current submission: present, missing, held, not_needed. */
struct case_material {
    const struct service_material *material;
    const char *state;
    const char *file; /* name of its file, "" */
};
MUST_CHECK struct err *case_materials(struct casefile *c, const struct case_material **out,
                                      size_t *count_out);
/* Names for people. */
MUST_CHECK struct err *case_unit_name(struct casefile *c, const char *step_name,
                                      const char **name_out);
/* The unit that stands under a letter of that step: with the town's name before it if it is the
 * town's own. */
MUST_CHECK struct err *case_signing_unit(struct casefile *c, const char *step_name,
                                         const char **name_out);
const char *case_label(const char *language, const char *chinese, const char *english);
const char *day_words(struct arena *a, const char *language, day d); /* 12 月 3 日; 3 December */
/* What an event is called in a timeline. */
const char *event_label(const struct casefile *c, const char *language, const struct case_event *e);
struct json_out;
void put_day(struct json_out *j, const char *key, bool has_day, day d); /* or null */
MUST_CHECK struct err *write_notices(struct casefile *c, struct json_out *j);
MUST_CHECK struct err *write_visits(struct casefile *c, struct json_out *j);
MUST_CHECK struct err *write_rating(struct casefile *c, struct json_out *j, bool *is_rated_out);
void write_letter_list(struct casefile *c, struct json_out *j, const char *language);
/* The last act that called for the letter, or NULL. */
const struct case_event *case_letter_event(const struct casefile *c, const char *name);
/* The step whose office acted. */
const char *case_event_step(const struct casefile *c, const struct case_event *e);
/* What the applicant is told by the events, in their order; an event that tells him nothing has "".
 */
MUST_CHECK struct err *case_said(struct casefile *c, const struct case_clock *clock,
                                 const char *language, const char *const **said_out);
MUST_CHECK struct err *case_sentence(struct casefile *c, const struct case_clock *clock,
                                     const char *language, const char **out);

#endif
