/* Steps and actions: one row a rule, then ≥ 10,000 random sequences on several workflows in which
 * no case may get lost, be signed twice by one unit, or leave its clock in a state of its own. */
#include "flow/flow.h"

#include "base/arena.h"
#include "base/text.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* 受理 → 联审（两局会签）→ 审定 → 送达, with a notice and returns. */
static const struct flow_step joint_steps[] = {
    {.name = "intake", .unit = "fwzx", .role = "clerk", .stop_cause = ""},
    {.name = "correct", .unit = "applicant", .role = "", .stop_cause = "补正"},
    {.name = "joint",
     .unit = "shj xcl",
     .role = "officer",
     .clock_runs = true,
     .is_joint = true,
     .stop_cause = ""},
    {.name = "visit", .unit = "village", .role = "helper", .stop_cause = "入户核查"},
    {.name = "decide", .unit = "xmz", .role = "officer", .clock_runs = true, .stop_cause = ""},
    {.name = "hand", .unit = "fwzx", .role = "clerk", .clock_runs = true, .stop_cause = ""},
};
static const struct flow_action joint_actions[] = {
    {"intake", "accept", "joint", "", "accept", "forward", true},
    {"intake", "notice", "correct", "", "notice", "", true},
    {"intake", "decline", "end", "", "decline", "", true},
    {"correct", "sent", "intake", "", "", "forward", true},
    {"correct", "withdraw", "end", "", "withdraw", "", true},
    {"joint", "agree", "decide", "", "", "forward", true},
    {"joint", "back", "intake", "", "", "return", true},
    {"joint", "look", "visit", "", "", "refer", true},
    {"visit", "seen", "joint", "note", "", "forward", true},
    {"visit", "never", "joint", "", "", "forward", false},
    {"decide", "grant", "hand", "", "grant", "forward", true},
    {"decide", "refuse", "hand", "", "refuse", "", true},
    {"decide", "back", "joint", "", "", "return", true},
    {"decide", "stop", "", "", "stop", "", true},
    {"decide", "resume", "", "", "resume", "", true},
    {"decide", "extend", "", "leader", "extend", "", true},
    {"hand", "deliver", "end", "visit", "deliver", "", true},
};
static const struct flow_step short_steps[] = {
    {.name = "desk", .unit = "fwzx", .role = "", .clock_runs = true, .stop_cause = ""},
};
static const struct flow_action short_actions[] = {
    {"desk", "grant", "end", "", "grant", "", true},
    {"desk", "refuse", "end", "", "refuse", "", true},
};
static const struct flow_step helper_steps[] = {
    {.name = "paper", .unit = "submitter", .role = "", .stop_cause = ""},
    {.name = "ask", .unit = "applicant", .role = "", .stop_cause = "补正"},
    {.name = "three",
     .unit = "shj,jfj,nyj",
     .role = "",
     .clock_runs = true,
     .is_joint = true,
     .stop_cause = ""},
    {.name = "two",
     .unit = "shj yjj",
     .role = "officer",
     .clock_runs = true,
     .is_joint = true,
     .stop_cause = ""},
};
static const struct flow_action helper_actions[] = {
    {"paper", "send", "three", "", "", "", true},
    {"ask", "sent", "three", "", "resume", "", true},
    {"three", "agree", "two", "", "", "forward", true},
    {"three", "notice", "ask", "", "notice", "", true},
    {"three", "no", "end", "", "refuse", "", true},
    {"two", "agree", "end", "", "grant", "forward", true},
    {"two", "back", "three", "", "", "return", true},
    {"two", "paper", "paper", "", "", "return", true},
};
#define WORKFLOW(n)                                                                                \
    {                                                                                              \
        n##_steps, COUNT(n##_steps), n##_actions, COUNT(n##_actions)                               \
    }
static const struct workflow workflows[] = {WORKFLOW(joint), WORKFLOW(short), WORKFLOW(helper)};

/* "clerk@fwzx": a post of that unit and role; its text is also the post's name. */
static struct flow_input input(struct arena *a, const char *actor, const char *action)
{
    struct flow_input in = {.action = action,
                            .actor_unit = "",
                            .actor_role = "",
                            .actor_post = "",
                            .reason = "理由",
                            .note = "意见",
                            .has_file = true,
                            .has_signature = true,
                            .has_visit = true,
                            .notice_item_count = 2,
                            .amount = 10};
    const char *at = strchr(actor, '@');
    in.is_applicant = strcmp(actor, "applicant") == 0;
    in.is_submitter = strcmp(actor, "submitter") == 0;
    if (!at)
        return in;
    in.actor_post = arena_text(a, actor);
    in.actor_role = arena_copy(a, actor, (size_t)(at - actor));
    in.actor_unit = arena_text(a, at + 1);
    in.is_leader = strcmp(in.actor_role, "leader") == 0;
    return in;
}

static struct err *play(struct arena *a, const struct workflow *w, struct flow_case *c,
                        const char *actor, const char *action)
{
    struct flow_input in = input(a, actor, action);
    struct flow_outcome out;
    if (strcmp(action, "corrected") == 0)
        TRY(flow_correct(a, w, c, &out));
    else
        TRY(flow_apply(a, w, c, &in, &out));
    flow_advance(a, w, c, in.actor_unit, in.actor_post, &out);
    return NULL;
}

static struct flow_case opened(struct arena *a, const struct workflow *w, bool has_submitter)
{
    struct flow_case c;
    struct flow_outcome out;
    flow_open(w, false, has_submitter, &c, &out);
    flow_advance(a, w, &c, "", "", &out);
    return c;
}

/* Words: "actor action > step state" or "actor action ! code". */
static void play_line(struct arena *a, const struct workflow *w, struct flow_case *c,
                      const char *line)
{
    char actor[32], action[32], sign[2], expected[32], state[32] = "";
    assert_true(sscanf(line, "%31s %31s %1s %31s %31s", actor, action, sign, expected, state) >= 4);
    struct err *e = play(a, w, c, actor, action);
    if (*sign == '!') {
        if (!e)
            print_error("%s\n", line);
        assert_non_null(e);
        assert_string_equal(e->code, expected);
        assert_true(*e->message && *e->message_zh);
        return;
    }
    assert_null(e);
    assert_string_equal(*c->step ? c->step : "end", expected);
    if (*state)
        assert_string_equal(c->state, state);
}

static void follows_the_sheet(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "clerk@shj accept ! flow.wrong_unit",
        "officer@fwzx accept ! flow.wrong_role",
        "clerk@fwzx grant ! flow.no_action",
        "applicant accept ! flow.wrong_unit",
        "clerk@fwzx notice > correct waiting",
        "clerk@shj sent ! flow.wrong_unit",
        "clerk@fwzx take-back ! flow.no_take_back",
        "applicant corrected > intake open",
        "clerk@fwzx notice ! flow.second_notice",
        "leader@dzb notice > correct waiting",
        "applicant corrected > intake open",
        "clerk@fwzx accept > joint open",
        "clerk@shj take-back ! flow.no_take_back",
        "clerk@fwzx take-back > intake open",
        "clerk@fwzx take-back ! flow.no_take_back",
        "clerk@fwzx accept > joint open",
        "officer@shj agree > joint open",
        "officer@shj agree ! flow.acted",
        "clerk@fwzx take-back ! flow.no_take_back",
        "officer@shj take-back > joint open",
        "officer@shj agree > joint open",
        "officer@xmz agree ! flow.wrong_unit",
        "officer@xcl back > intake open",
        "clerk@fwzx accept > joint open",
        "officer@shj agree > joint open",
        "officer@xcl agree > decide open",
        "officer@xmz extend ! flow.leader_needed",
        "leader@xmz extend > decide open",
        "officer@xmz stop > decide open",
        "officer@xmz stop ! flow.not_now",
        "officer@xmz back > joint open",
        "officer@xcl look > visit open",
        "helper@cun never ! flow.condition",
        "helper@cun seen > joint open",
        "officer@shj agree > joint open",
        "officer@xcl agree > decide open",
        "officer@xmz grant > hand decided",
        "officer@xmz take-back ! flow.no_take_back",
        "clerk@fwzx deliver > end closed",
        "clerk@fwzx deliver ! flow.not_now",
    };
    struct arena *a = arena_new();
    struct flow_case c = opened(a, &workflows[0], false);
    for (size_t i = 0; i < COUNT(lines); i++)
        play_line(a, &workflows[0], &c, lines[i]);
    assert_string_equal(c.outcome, "granted");
    assert_int_equal(c.notice_count, 2);
    assert_true(c.has_accepted && c.is_clock_ended && !c.is_clock_running);
    arena_free(a);
}

static void asks_for_what_is_needed(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const struct {
        const char *action, *code, *where;
    } rows[] = {
        {"notice", "flow.items_needed", "items"},
        {"decline", "flow.reason_needed", "reason"},
    };
    struct flow_case c = opened(a, &workflows[0], false);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct flow_input in = input(a, "clerk@fwzx", rows[i].action);
        struct flow_outcome out;
        in.reason = in.note = "";
        in.has_file = in.has_visit = false;
        in.notice_item_count = 0;
        struct err *e = flow_apply(a, &workflows[0], &c, &in, &out);
        assert_non_null(e);
        assert_string_equal(e->code, rows[i].code);
        assert_string_equal(e->where, rows[i].where);
    }
    arena_free(a);
}

static void each_need_of_the_sheet_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *needs, *code, *where;
    } rows[] = {
        {"reason", "flow.reason_needed", "reason"},
        {"note", "flow.note_needed", "note"},
        {"file", "flow.file_needed", "file"},
        {"signature", "flow.signature_needed", "files"},
        {"visit", "flow.visit_needed", "visit"},
        {"fields", "flow.items_needed", "items"},
        {"leader", "flow.leader_needed", ""},
        {"note file", "flow.file_needed", "file"}, /* the note is there */
    };
    static const struct flow_step step = {
        .name = "a", .unit = "fwzx", .role = "", .stop_cause = ""};
    struct arena *a = arena_new();
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct flow_action action = {"a", "go", "end", rows[i].needs, "", "", true};
        const struct workflow w = {&step, 1, &action, 1};
        struct flow_case c = opened(a, &w, false);
        struct flow_input in = input(a, "clerk@fwzx", "go");
        struct flow_outcome out;
        in.has_file = in.has_signature = in.has_visit = false;
        in.reason = "";
        in.note = i + 1 == COUNT(rows) ? "意见" : "";
        in.notice_item_count = 0;
        struct err *e = flow_apply(a, &w, &c, &in, &out);
        assert_non_null(e);
        assert_string_equal(e->code, rows[i].code);
        assert_string_equal(e->where, rows[i].where);
        in = input(a, "leader@fwzx", "go");
        assert_null(flow_apply(a, &w, &c, &in, &out));
    }
    arena_free(a);
}

static void decides_an_instant_case_when_it_opens(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct flow_case c;
    struct flow_outcome out;
    flow_open(&workflows[1], true, false, &c, &out);
    flow_advance(a, &workflows[1], &c, "", "", &out);
    assert_string_equal(c.state, "closed");
    assert_string_equal(c.outcome, "granted");
    flow_open(&workflows[0], true, false, &c, &out);
    flow_advance(a, &workflows[0], &c, "", "", &out);
    assert_string_equal(c.state, "decided");
    assert_string_equal(c.step, "hand");
    arena_free(a);
}

static void lets_the_applicant_withdraw_until_the_decision(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct workflow *w = &workflows[0];
    struct flow_case c = opened(a, w, false);
    struct flow_outcome out;
    assert_null(flow_withdraw(a, &c, &out));
    assert_string_equal(out.outcome, "withdrawn");
    assert_string_equal(out.state, "closed");
    c.outcome = "granted";
    assert_non_null(flow_withdraw(a, &c, &out));
    arena_free(a);
}

static void finds_faults_of_a_workflow(void **state)
{
    (void)state;
    static const struct flow_step steps[] = {
        {.name = "a", .unit = "fwzx", .role = "clerk", .clock_runs = true, .stop_cause = ""},
        {.name = "b", .unit = "", .role = "", .clock_runs = true, .stop_cause = ""},
        {.name = "c", .unit = "village", .role = "", .stop_cause = ""},
    };
    static const struct flow_action actions[] = {
        {"a", "x", "nowhere", "", "bless", "sideways", true},
        {"z", "y", "end", "", "", "", true},
        {"a", "x", "b", "", "notice", "", true},
    };
    static const char *const codes[] = {
        "flow.no_unit",     "flow.no_way_out", "flow.no_role",       "flow.no_cause",
        "flow.effect",      "flow.kind",       "flow.no_step",       "flow.action_twice",
        "flow.unreachable", "flow.no_end",     "flow.notice_target",
    };
    struct workflow w = {steps, COUNT(steps), actions, COUNT(actions)};
    struct arena *a = arena_new();
    struct notes notes;
    notes_init(&notes, a);
    flow_check(&w, &notes);
    for (size_t i = 0; i < COUNT(codes); i++) {
        const struct note *n = notes.first;
        while (n && strcmp(n->code, codes[i]) != 0)
            n = n->next;
        if (!n)
            print_error("missing %s\n", codes[i]);
        assert_non_null(n);
        assert_true(strchr(n->where, '!') != NULL);
    }
    for (size_t i = 0; i < COUNT(workflows); i++) {
        notes_init(&notes, a);
        flow_check(&workflows[i], &notes);
        assert_int_equal(notes.error_count, 0);
    }
    arena_free(a);
}

/* Random play -------------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*seed >> 33) % below;
}

static bool holds_case(const struct flow_holder *holders, size_t count, const char *unit)
{
    for (size_t i = 0; i < count; i++)
        if (holders[i].kind == FLOW_UNIT && strcmp(holders[i].unit, unit) == 0)
            return true;
    return false;
}

/* What must hold after every act, whoever did it. */
static void check_invariants(struct arena *a, const struct workflow *w, const struct flow_case *c)
{
    const struct flow_holder *holders;
    size_t count = flow_holders(a, w, c, &holders);
    assert_int_equal(strcmp(c->state, "closed") == 0, *c->step == '\0');
    assert_int_equal(count == 0, *c->step == '\0');
    assert_true(*c->step == '\0' || flow_step_find(w, c->step) != NULL);
    assert_true(strcmp(c->state, "decided") != 0 || *c->outcome);
    assert_false(c->is_clock_running && c->is_clock_ended);
    assert_true(c->has_accepted || !c->is_clock_running);
    for (size_t i = 0; i < count; i++)
        assert_true(holders[i].kind != FLOW_ANYONE);
    for (size_t i = 0; i < c->acted_count; i++) {
        assert_false(holds_case(holders, count, c->acted_units[i]));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(c->acted_units[i], c->acted_units[j]);
    }
}

/* Whoever holds the case can also do something, unless only the applicant is awaited. */
static void check_holder_can_act(struct arena *a, const struct workflow *w,
                                 const struct flow_case *c)
{
    const struct flow_holder *holders;
    size_t count = flow_holders(a, w, c, &holders);
    for (size_t i = 0; i < count; i++) {
        const char *role = *holders[i].role ? holders[i].role : "clerk";
        struct flow_input in = {.actor_unit = holders[i].unit, .actor_role = role};
        in.actor_post = "somebody";
        in.is_submitter = holders[i].kind == FLOW_SUBMITTER;
        const size_t *indexes;
        assert_true(flow_possible(a, w, c, &in, &indexes) > 0);
    }
}

static const char *const actors[] = {
    "clerk@fwzx",  "officer@shj", "officer@xcl", "officer@xmz", "helper@cun", "officer@jfj",
    "officer@nyj", "officer@yjj", "leader@shj",  "leader@xmz",  "applicant",  "submitter",
};

static const char *random_action(const struct workflow *w, const struct flow_case *c,
                                 uint64_t *seed)
{
    uint32_t dice = next_random(seed, 12);
    if (dice == 0)
        return "take-back";
    if (dice == 1)
        return "corrected";
    if (dice == 2)
        return w->actions[next_random(seed, (uint32_t)w->action_count)].name;
    for (;;) {
        const struct flow_action *action =
            &w->actions[next_random(seed, (uint32_t)w->action_count)];
        if (!*c->step || strcmp(action->step, c->step) == 0)
            return action->name;
    }
}

static void never_loses_a_case(void **state)
{
    (void)state;
    enum { SEQUENCES = 20000, ACTS = 40 };
    uint64_t seed = 20261124;
    size_t done = 0, closed = 0, taken_back = 0;
    struct arena *a = arena_new();
    for (int i = 0; i < SEQUENCES; i++) {
        const struct workflow *w = &workflows[i % (int)COUNT(workflows)];
        struct flow_case c = opened(a, w, next_random(&seed, 2));
        check_invariants(a, w, &c);
        for (int j = 0; j < ACTS && *c.step; j++) {
            const char *actor = actors[next_random(&seed, (uint32_t)COUNT(actors))];
            struct flow_case before = c;
            if (play(a, w, &c, actor, random_action(w, &c, &seed)))
                assert_memory_equal(&before, &c, sizeof c);
            else
                done++;
            taken_back +=
                c.step != before.step && *before.previous_step && c.step == before.previous_step;
            check_invariants(a, w, &c);
            check_holder_can_act(a, w, &c);
        }
        closed += !*c.step;
        arena_reset(a);
    }
    print_message("# %d sequences, %zu acts done, %zu cases closed, %zu steps back\n", SEQUENCES,
                  done, closed, taken_back);
    assert_true(done > SEQUENCES * 2 && closed > SEQUENCES / 4 && taken_back > 500);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_sheet),
        cmocka_unit_test(asks_for_what_is_needed),
        cmocka_unit_test(each_need_of_the_sheet_is_asked_for),
        cmocka_unit_test(decides_an_instant_case_when_it_opens),
        cmocka_unit_test(lets_the_applicant_withdraw_until_the_decision),
        cmocka_unit_test(finds_faults_of_a_workflow),
        cmocka_unit_test(never_loses_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
