/* Cases on a real database: opening, acting, clocks, deemed acceptance, tracking, rating, work
 * lists, and that what is derived can be rebuilt. The catalogue and the submissions are doubles:
 * one service made here; everything else is the program's own. */
#include "domain/casefile.h"

#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/calendar.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/rating.h"
#include "domain/registry.h"
#include "domain/report.h"
#include "domain/submission.h"
#include "domain/tracking.h"
#include "domain/visit.h"
#include "domain/work.h"
#include "formats/json.h"
#include "store_help.h"
#include "test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { TENANT = 1, TOWN = 10, VILLAGE = 11, OTHER_VILLAGE = 12, SERVICE = 30, VERSION = 31 };

/* The service -------------------------------------------------------------------------------- */

static const struct service_step steps[] = {
    {.name = "intake",
     .label = "窗口受理",
     .label_en = "Intake",
     .unit = "fwzx",
     .role = "clerk",
     .limit = 3,
     .limit_unit = "wd",
     .stop_cause = "",
     .criteria = ""},
    {.name = "correct",
     .label = "补正",
     .label_en = "",
     .unit = "applicant",
     .role = "",
     .limit_unit = "",
     .stop_cause = "申请人补正",
     .criteria = ""},
    {.name = "review",
     .label = "会审",
     .label_en = "",
     .unit = "xcl shj",
     .role = "officer",
     .limit = 5,
     .limit_unit = "wd",
     .clock_runs = true,
     .is_joint = true,
     .stop_cause = "",
     .criteria = ""},
    {.name = "home",
     .label = "入户",
     .label_en = "",
     .unit = "village",
     .role = "helper",
     .limit_unit = "",
     .stop_cause = "入户核查",
     .criteria = ""},
    {.name = "decide",
     .label = "审定",
     .label_en = "",
     .unit = "xmz",
     .role = "officer",
     .limit = 5,
     .limit_unit = "wd",
     .clock_runs = true,
     .stop_cause = "",
     .criteria = ""},
    {.name = "reply",
     .label = "送达",
     .label_en = "",
     .unit = "fwzx",
     .role = "clerk",
     .limit_unit = "",
     .clock_runs = true,
     .stop_cause = "",
     .criteria = ""},
};
#define ACTION(s, n, to, need, eff, k)                                                             \
    {                                                                                              \
        .step = s, .name = n, .label = n, .label_en = n, .next = to, .when = "", .needs = need,    \
        .effect = eff, .kind = k, .letter = ""                                                     \
    }
static const struct service_action actions[] = {
    ACTION("intake", "accept", "review", "", "accept", "forward"),
    ACTION("intake", "notice", "correct", "", "notice", "return"),
    ACTION("intake", "decline", "end", "reason", "decline", "forward"),
    ACTION("review", "agree", "decide", "", "", "forward"),
    ACTION("review", "back", "intake", "reason", "", "return"),
    ACTION("review", "look", "home", "reason", "", "refer"),
    ACTION("home", "seen", "review", "", "", "forward"),
    ACTION("decide", "grant", "reply", "", "grant", "forward"),
    ACTION("decide", "refuse", "reply", "", "refuse", "forward"),
    ACTION("decide", "back", "review", "reason", "", "return"),
    ACTION("decide", "stop", "", "", "stop", ""),
    ACTION("decide", "resume", "", "", "resume", ""),
    ACTION("decide", "extend", "", "leader", "extend", ""),
    ACTION("reply", "deliver", "end", "", "deliver", "forward"),
};
static const struct service service = {.code = "allowance",
                                       .version = "1",
                                       .title = "高龄津贴",
                                       .title_en = "Allowance",
                                       .picture = "",
                                       .case_kind = "promised",
                                       .limit_legal = 20,
                                       .limit_promised = 10,
                                       .limit_legal_unit = "wd",
                                       .limit_promised_unit = "wd",
                                       .steps = steps,
                                       .step_count = COUNT(steps),
                                       .actions = actions,
                                       .action_count = COUNT(actions),
                                       .applicant_id = "",
                                       .applicant_name = "",
                                       .applicant_phone = "",
                                       .proxy_id = ""};
static const struct form_version version = {.service_id = SERVICE,
                                            .id = VERSION,
                                            .code = "allowance",
                                            .version = "1",
                                            .title = "高龄津贴",
                                            .service = &service};

struct err *catalogue_version(struct catalogue *c, struct tx *tx, int64_t id,
                              const struct form_version **out)
{
    (void)c, (void)tx;
    assert_int_equal(id, VERSION);
    *out = &version;
    return NULL;
}

const struct catalogue_view *catalogue_view(struct catalogue *c, struct arena *a)
{
    (void)c, (void)a;
    return NULL;
}

const struct form_version *catalogue_live(const struct catalogue_view *v, const char *code)
{
    (void)v;
    return text_equal(code, "allowance") ? &version : NULL;
}

static int applied; /* how often a grant wrote to the registries */

struct err *registry_apply_submission(struct tx *tx, const struct actor *who, int64_t submission_id)
{
    (void)tx, (void)who;
    assert_true(submission_id > 0);
    applied++;
    return NULL;
}

struct err *registry_need(struct tx *tx, int64_t tenant, const char *name, const char *label,
                          const char *properties, int64_t *id_out)
{
    (void)tx, (void)tenant, (void)name, (void)label, (void)properties;
    *id_out = 0;
    return NULL;
}

struct err *submission_load(struct tx *tx, int64_t tenant, int64_t id, struct submission_kept *out)
{
    (void)tx, (void)tenant, (void)id, (void)out;
    fail_msg("no test here reads a submission");
    return NULL;
}

/* The office --------------------------------------------------------------------------------- */

QUERY(test_tenant, "insert into tenants (tenant, code, name, time_zone, utc_offset_min, phone, "
                   "settings, secret, created_at) values ($1, '000000100000', '云溪镇', "
                   "'Asia/Shanghai', 480, '000-12345', '{}', $2, 0)");
QUERY(test_service, "insert into services (tenant, id, code, created_at) "
                    "values ($1, $2, 'allowance', 0)");
QUERY(test_area, "insert into areas (tenant, id, parent_id, code, name, kind, valid_from, "
                 "valid_to) values ($1, $2, null, $3, $4, 'village', 0, null)");
QUERY(test_within, "insert into area_within (tenant, area_id, ancestor_id) values ($1, $2, $3)");
QUERY(test_unit, "insert into units (tenant, id, parent_id, code, name, kind, area_id, "
                 "valid_from, valid_to) values ($1, $2, null, $3, $3, 'office', 10, 0, null)");
QUERY(test_post,
      "insert into posts (tenant, id, person_id, unit_id, area_id, role, valid_from, "
      "valid_to, created_at, created_by) values ($1, $2, $2, $3, $4, $5, 0, null, 0, 0)");

static const struct {
    int64_t id;
    const char *code;
} units[] = {{20, "fwzx"}, {21, "xcl"}, {22, "shj"}, {23, "xmz"}, {24, "dzb"}, {25, "cun"}};
static const struct {
    const char *name, *unit, *role;
    int64_t area;
} people[] = {
    {"window", "fwzx", "clerk", TOWN},         {"canlian", "xcl", "officer", TOWN},
    {"social", "shj", "officer", TOWN},        {"minzheng", "xmz", "officer", TOWN},
    {"leader", "dzb", "leader", TOWN},         {"helper", "cun", "helper", VILLAGE},
    {"other", "cun", "helper", OTHER_VILLAGE},
};

struct fixture {
    struct arena *arena;
    const char *dir;
    struct store *store;
    struct tenant tenant;
    struct office office;
    struct actor actors[COUNT(people)];
    struct actor resident;
    bool leader_rights[RIGHT_COUNT], staff_rights[RIGHT_COUNT];
    struct post posts[COUNT(people)];
    int64_t now_ms;
};

static int64_t fixture_now(void *self)
{
    return ((struct fixture *)self)->now_ms;
}

static void set_day(struct fixture *f, const char *text)
{
    day d = 0;
    assert_true(day_read(text, &d));
    f->now_ms = (int64_t)d * 86400000 + 2 * 3600000;
}

static int64_t unit_id(const char *code)
{
    for (size_t i = 0; i < COUNT(units); i++)
        if (text_equal(units[i].code, code))
            return units[i].id;
    return 0;
}

static struct err *fill(struct tx *tx, void *job)
{
    struct fixture *f = job;
    static const int64_t within[][2] = {{TOWN, TOWN},
                                        {VILLAGE, VILLAGE},
                                        {VILLAGE, TOWN},
                                        {OTHER_VILLAGE, OTHER_VILLAGE},
                                        {OTHER_VILLAGE, TOWN}};
    TRY(sql_run(tx, &test_tenant, ARGS(sql_int(TENANT), sql_bytes(f->tenant.secret, TENANT_SECRET)),
                NULL));
    TRY(sql_run(tx, &test_service, ARGS(sql_int(TENANT), sql_int(SERVICE)), NULL));
    TRY(sql_run(
        tx, &test_area,
        ARGS(sql_int(TENANT), sql_int(VILLAGE), sql_text("000000100200"), sql_text("十堡村")),
        NULL));
    for (size_t i = 0; i < COUNT(within); i++)
        TRY(sql_run(tx, &test_within,
                    ARGS(sql_int(TENANT), sql_int(within[i][0]), sql_int(within[i][1])), NULL));
    for (size_t i = 0; i < COUNT(units); i++)
        TRY(sql_run(tx, &test_unit,
                    ARGS(sql_int(TENANT), sql_int(units[i].id), sql_text(units[i].code)), NULL));
    for (size_t i = 0; i < COUNT(people); i++)
        TRY(sql_run(tx, &test_post,
                    ARGS(sql_int(TENANT), sql_int(100 + (int64_t)i),
                         sql_int(unit_id(people[i].unit)), sql_int(people[i].area),
                         sql_text(people[i].role)),
                    NULL));
    static const char year[] =
        "{\"year\":2026,\"source\":\"国办发明电〔2025〕7号\",\"holidays\":[{\"name\":\"国庆节\","
        "\"off_from\":\"2026-10-01\",\"off_to\":\"2026-10-07\"}],"
        "\"extra_working_days\":[\"2026-10-10\"]}";
    const struct json *calendar;
    TRY(json_read(tx_arena(tx), year, sizeof year - 1, &calendar));
    return calendar_load(tx, TENANT, calendar);
}

static void make_actors(struct fixture *f)
{
    for (int r = 0; r < RIGHT_COUNT; r++) {
        f->leader_rights[r] = true;
        f->staff_rights[r] = r != RIGHT_CASE_OVERRIDE;
    }
    for (size_t i = 0; i < COUNT(people); i++) {
        bool is_leader = text_equal(people[i].role, "leader");
        f->posts[i] = (struct post){.id = 100 + (int64_t)i,
                                    .unit_id = unit_id(people[i].unit),
                                    .area_id = people[i].area,
                                    .unit_code = people[i].unit,
                                    .unit_name = people[i].unit,
                                    .area_name = "",
                                    .role = people[i].role,
                                    .rights = is_leader ? f->leader_rights : f->staff_rights};
        f->actors[i] = (struct actor){.tenant = TENANT,
                                      .person_id = 100 + (int64_t)i,
                                      .name = people[i].name,
                                      .posts = &f->posts[i],
                                      .post_count = 1,
                                      .utc_offset_min = 480,
                                      .channel = "web",
                                      .request_hash = ""};
    }
    f->resident = (struct actor){.tenant = TENANT,
                                 .name = "",
                                 .identity_level = -1,
                                 .utc_offset_min = 480,
                                 .channel = "web",
                                 .request_hash = ""};
}

static int fixture_open(void **state)
{
    struct arena *a = arena_new();
    struct fixture *f = arena_alloc(a, sizeof *f);
    secret_init();
    f->arena = a;
    f->dir = help_dir(a);
    set_day(f, "2026-11-24");
    struct store_options options = help_options(f->dir);
    options.now_ms = fixture_now;
    options.self = f;
    f->tenant = (struct tenant){.id = TENANT,
                                .code = "000000100000",
                                .name = "云溪镇",
                                .time_zone = "Asia/Shanghai",
                                .phone = "000-12345",
                                .settings = "{}",
                                .utc_offset_min = 480,
                                .secret = {7}};
    make_actors(f);
    struct err *e = store_open(a, &options, &f->store);
    f->office = (struct office){.store = f->store, .tenant = &f->tenant, .data_dir = f->dir};
    if (!e)
        e = store_write(f->store, a, fill, f);
    if (e)
        print_error("%s: %s\n", e->code, e->message);
    *state = f;
    return e ? -1 : 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    if (f->store)
        store_close(f->store);
    help_remove(f->dir);
    arena_free(f->arena);
    return 0;
}

static const struct actor *actor(struct fixture *f, const char *name)
{
    for (size_t i = 0; i < COUNT(people); i++)
        if (text_equal(people[i].name, name))
            return &f->actors[i];
    fail_msg("nobody is called %s", name);
    return NULL;
}

/* Doing -------------------------------------------------------------------------------------- */

struct doing {
    struct fixture *f;
    const struct actor *who;
    bool is_instant;
    int64_t case_id;
    const char *ref, *code;
};

static struct err *open_work(struct tx *tx, void *job)
{
    struct doing *d = job;
    int64_t id = tx_new_id(tx);
    const char *code = text_print(tx_arena(tx), "%06lld", (long long)(id % 1000000));
    const unsigned char *secret = d->f->tenant.secret;
    struct casefile_opening o = {.service_id = SERVICE,
                                 .form_version_id = VERSION,
                                 .submission_id = id,
                                 .area_id = VILLAGE,
                                 .service = &service,
                                 .channel = "web",
                                 .applicant_name = "张老三",
                                 .applicant_id = "000000194403020013",
                                 .applicant_phone = "000-1234567",
                                 .applicant_id_hash =
                                     tenant_hash(tx_arena(tx), secret, "id", "000000194403020013"),
                                 .proxy_name = "",
                                 .proxy_id = "",
                                 .proxy_id_hash = "",
                                 .code = code,
                                 .code_hash = tenant_hash(tx_arena(tx), secret, "code", code),
                                 .is_instant_granted = d->is_instant};
    struct casefile_opened opened;
    TRY(casefile_open(tx, d->who, &o, &opened));
    d->case_id = opened.case_id;
    d->ref = opened.ref;
    d->code = opened.code;
    return NULL;
}

static struct doing opened(struct fixture *f)
{
    struct doing d = {.f = f, .who = &f->resident};
    struct err *e = store_write(f->store, f->arena, open_work, &d);
    if (e)
        print_error("%s: %s\n", e->code, e->message);
    assert_null(e);
    return d;
}

QUERY(test_state, "select state, step, outcome, seq, accepted_on, due_on, promised_on, "
                  "notice_count, visit_count, decided_on from case_states where tenant = $1 and "
                  "case_id = $2");
QUERY(test_items, "select unit_id, role, person_id from work_items where tenant = $1 and "
                  "case_id = $2 order by unit_id, role, person_id");
QUERY(test_clock, "select clock, kind, on_day, reason from clock_events where tenant = $1 and "
                  "case_id = $2 order by at, clock, seq");

struct seen {
    int64_t case_id, seq;
    const char *state, *step, *outcome, *items;
    const char *accepted_on, *due_on, *promised_on;
    int64_t notice_count, visit_count;
};

static const char *day_text(struct arena *a, const struct rows *r, int column)
{
    char text[16];
    return rows_is_null(r, column) ? "" : arena_text(a, day_print(text, (day)rows_int(r, column)));
}

static struct err *see_work(struct tx *tx, void *job)
{
    struct seen *s = job;
    struct rows *r;
    bool has_row;
    struct buf b;
    buf_init(&b, tx_arena(tx));
    TRY(sql_row(tx, &test_state, ARGS(sql_int(TENANT), sql_int(s->case_id)), &r, &has_row));
    assert_true(has_row);
    s->state = rows_text(r, 0);
    s->step = rows_text(r, 1);
    s->outcome = rows_text(r, 2);
    s->seq = rows_int(r, 3);
    s->accepted_on = day_text(tx_arena(tx), r, 4);
    s->due_on = day_text(tx_arena(tx), r, 5);
    s->promised_on = day_text(tx_arena(tx), r, 6);
    s->notice_count = rows_int(r, 7);
    s->visit_count = rows_int(r, 8);
    TRY(sql_rows(tx, &test_items, ARGS(sql_int(TENANT), sql_int(s->case_id)), &r));
    while (rows_next(r))
        buf_print(&b, "%s%lld/%s", b.size ? " " : "", (long long)rows_int(r, 0), rows_text(r, 1));
    s->items = buf_text(&b);
    return rows_end(r);
}

static struct seen see(struct fixture *f, int64_t case_id)
{
    struct seen s = {.case_id = case_id};
    assert_null(store_read(f->store, f->arena, see_work, &s));
    return s;
}

static struct casefile_act make_act(struct fixture *f, const struct doing *d, const char *who,
                                    const char *action, int64_t at)
{
    static const struct casefile_item items[] = {{"", "bank_card", "请补银行卡照片"}};
    return (struct casefile_act){.office = &f->office,
                                 .who = actor(f, who),
                                 .ref = d->ref,
                                 .action = action,
                                 .version = at,
                                 .reason = "材料看不清",
                                 .note = "同意",
                                 .items = items,
                                 .item_count = 1,
                                 .visit_cause = "",
                                 .amount = 10,
                                 .letter = ""};
}

/* "" or the code of the refusal. */
static const char *act(struct fixture *f, const struct doing *d, const char *who,
                       const char *action)
{
    struct casefile_act a = make_act(f, d, who, action, see(f, d->case_id).seq);
    struct err *e = store_write(f->store, f->arena, casefile_act_work, &a);
    return e ? e->code : "";
}

static struct err *correct_work(struct tx *tx, void *job)
{
    struct doing *d = job;
    return casefile_corrected(tx, &d->f->office, d->who, d->case_id, tx_new_id(tx));
}

/* Tests -------------------------------------------------------------------------------------- */

static void goes_from_opening_to_delivery(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *who, *action, *code, *state, *step, *items;
    } rows[] = {
        {"canlian", "accept", "flow.wrong_unit", "open", "intake", "20/clerk"},
        {"other", "accept", "case.missing", "open", "intake", "20/clerk"},
        {"window", "notice", "", "waiting", "correct", "20/clerk"},
        {"window", "corrected", "", "open", "intake", "20/clerk"},
        {"window", "notice", "flow.second_notice", "open", "intake", "20/clerk"},
        {"leader", "notice", "", "waiting", "correct", "20/clerk"},
        {"window", "corrected", "", "open", "intake", "20/clerk"},
        {"window", "accept", "", "open", "review", "21/officer 22/officer"},
        {"canlian", "agree", "", "open", "review", "22/officer"},
        {"canlian", "agree", "flow.acted", "open", "review", "22/officer"},
        {"social", "back", "", "open", "intake", "20/clerk"},
        {"window", "accept", "", "open", "review", "21/officer 22/officer"},
        {"social", "agree", "", "open", "review", "21/officer"},
        {"social", "take-back", "", "open", "review", "21/officer 22/officer"},
        {"canlian", "look", "", "open", "home", "0/helper"},
        {"other", "seen", "case.missing", "open", "home", "0/helper"},
        {"helper", "seen", "", "open", "review", "21/officer 22/officer"},
        {"canlian", "agree", "", "open", "review", "22/officer"},
        {"social", "agree", "", "open", "decide", "23/officer"},
        {"minzheng", "grant", "", "decided", "reply", "20/clerk"},
        {"minzheng", "take-back", "flow.no_take_back", "decided", "reply", "20/clerk"},
        {"window", "deliver", "", "closed", "", ""},
    };
    struct doing d = opened(f);
    assert_string_equal(see(f, d.case_id).items, "20/clerk");
    applied = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *code = "";
        d.who = actor(f, rows[i].who);
        if (text_equal(rows[i].action, "corrected"))
            assert_null(store_write(f->store, f->arena, correct_work, &d));
        else
            code = act(f, &d, rows[i].who, rows[i].action);
        struct seen s = see(f, d.case_id);
        assert_string_equal(code, rows[i].code);
        assert_string_equal(s.state, rows[i].state);
        assert_string_equal(s.step, rows[i].step);
        assert_string_equal(s.items, rows[i].items);
    }
    assert_string_equal(see(f, d.case_id).outcome, "granted");
    assert_int_equal(see(f, d.case_id).notice_count, 2);
    assert_int_equal(applied, 1);
}

static void refuses_an_old_version(void **state)
{
    struct fixture *f = *state;
    struct doing d = opened(f);
    int64_t version_seen = see(f, d.case_id).seq;
    struct casefile_act first = make_act(f, &d, "window", "accept", version_seen);
    struct casefile_act second = make_act(f, &d, "window", "decline", version_seen);
    assert_null(store_write(f->store, f->arena, casefile_act_work, &first));
    struct err *e = store_write(f->store, f->arena, casefile_act_work, &second);
    assert_non_null(e);
    assert_string_equal(e->code, "case.changed");
    assert_int_equal(e->kind, ERR_CONFLICT);
    assert_string_equal(see(f, d.case_id).step, "review");
}

static void counts_both_limits_from_acceptance(void **state)
{
    struct fixture *f = *state;
    set_day(f, "2026-09-24");
    struct doing d = opened(f);
    /* The index holds what will be if nobody answers: the same, since the receipt was today. */
    assert_string_equal(see(f, d.case_id).due_on, "2026-10-28");
    assert_string_equal(act(f, &d, "window", "accept"), "");
    struct seen s = see(f, d.case_id);
    /* This calendar closes 1-7 October only, and opens Saturday the 10th. */
    assert_string_equal(s.accepted_on, "2026-09-24");
    assert_string_equal(s.promised_on, "2026-10-14");
    assert_string_equal(s.due_on, "2026-10-28");
    /* A visit to the home stops it only with notice in writing: none here, so it runs on. */
    assert_string_equal(act(f, &d, "canlian", "look"), "");
    assert_string_equal(see(f, d.case_id).due_on, "2026-10-28");
    set_day(f, "2026-09-30");
    assert_string_equal(act(f, &d, "helper", "seen"), "");
    assert_string_equal(see(f, d.case_id).due_on, "2026-10-28");
    assert_string_equal(act(f, &d, "canlian", "agree"), "");
    assert_string_equal(act(f, &d, "social", "agree"), "");
    struct casefile_act stop = make_act(f, &d, "minzheng", "stop", see(f, d.case_id).seq);
    stop.has_told_on = true;
    assert_true(day_read("2026-09-30", &stop.told_on));
    assert_null(store_write(f->store, f->arena, casefile_act_work, &stop));
    assert_string_equal(see(f, d.case_id).due_on, "");
    set_day(f, "2026-10-20");
    assert_string_equal(act(f, &d, "minzheng", "resume"), "");
    /* 4 days were used: 16 of 20 and 6 of 10 are left. */
    assert_string_equal(see(f, d.case_id).due_on, "2026-11-11");
    assert_string_equal(see(f, d.case_id).promised_on, "2026-10-28");
    assert_string_equal(act(f, &d, "minzheng", "extend"), "flow.leader_needed");
    assert_string_equal(act(f, &d, "leader", "extend"), "");
    assert_string_equal(see(f, d.case_id).due_on, "2026-11-25");
}

static void deems_accepted_what_nobody_answered(void **state)
{
    struct fixture *f = *state;
    set_day(f, "2026-11-02");
    struct doing late = opened(f), asked = opened(f);
    set_day(f, "2026-11-09");
    assert_string_equal(act(f, &asked, "window", "notice"), "");
    set_day(f, "2026-11-12");
    asked.who = &f->actors[0];
    assert_null(store_write(f->store, f->arena, correct_work, &asked));
    assert_string_equal(act(f, &late, "window", "accept"), "");
    assert_string_equal(act(f, &asked, "window", "accept"), "");
    /* 2 November + 5 working days is the 9th: nobody answered the first one by then. */
    assert_string_equal(see(f, late.case_id).accepted_on, "2026-11-02");
    assert_string_equal(see(f, late.case_id).promised_on, "2026-11-16");
    assert_string_equal(see(f, asked.case_id).accepted_on, "2026-11-12");
}

static void decides_an_instant_case_at_once(void **state)
{
    struct fixture *f = *state;
    struct doing d = {.f = f, .who = &f->resident, .is_instant = true};
    assert_null(store_write(f->store, f->arena, open_work, &d));
    struct seen s = see(f, d.case_id);
    assert_string_equal(s.state, "decided");
    assert_string_equal(s.outcome, "granted");
    assert_string_equal(s.items, "20/clerk");
    assert_int_equal(s.visit_count, 0);
}

static void counts_visits_with_their_cause(void **state)
{
    struct fixture *f = *state;
    struct doing d = opened(f);
    struct visit_new visit = {&f->office, actor(f, "window"), d.ref, "file", "", false};
    assert_null(store_write(f->store, f->arena, visit_add_work, &visit));
    visit.cause = "白跑：材料没带齐";
    assert_null(store_write(f->store, f->arena, visit_add_work, &visit));
    assert_int_equal(see(f, d.case_id).visit_count, 2);
    visit.cause = "散步";
    struct err *e = store_write(f->store, f->arena, visit_add_work, &visit);
    assert_non_null(e);
    assert_string_equal(e->code, "visit.cause");
    visit = (struct visit_new){&f->office, actor(f, "other"), d.ref, "file", "", false};
    e = store_write(f->store, f->arena, visit_add_work, &visit);
    assert_non_null(e);
    assert_string_equal(e->code, "case.missing");
}

static const char *track(struct fixture *f, const char *typed, const char *last4, int64_t *id)
{
    struct tracking t = {.office = &f->office, .who = &f->resident, .typed = typed, .last4 = last4};
    assert_null(store_write(f->store, f->arena, tracking_work, &t));
    *id = t.case_id;
    return t.refusal ? t.refusal->code : "";
}

static void finds_a_case_by_paper_and_four_digits(void **state)
{
    struct fixture *f = *state;
    struct doing d = opened(f), other = opened(f);
    int64_t id;
    assert_string_equal(track(f, d.ref, "0013", &id), "");
    assert_true(id == d.case_id);
    assert_string_equal(track(f, casefile_code_groups(f->arena, d.code), "0013", &id), "");
    assert_true(id == d.case_id);
    for (int i = 0; i < TRACKING_TRIES; i++)
        assert_string_equal(track(f, d.ref, "9999", &id), "track.no_match");
    assert_string_equal(track(f, d.ref, "0013", &id), "track.locked");
    assert_string_equal(track(f, other.ref, "0013", &id), "");
    f->now_ms += (int64_t)TRACKING_LOCK_SECONDS * 1000 + 1;
    assert_string_equal(track(f, d.ref, "0013", &id), "");
}

static void takes_one_rating_after_the_decision(void **state)
{
    struct fixture *f = *state;
    struct doing d = opened(f);
    struct actor self = f->resident;
    self.case_id = d.case_id;
    struct rating_new rating = {&f->office, &self, 5, "很快"};
    struct err *e = store_write(f->store, f->arena, rating_add_work, &rating);
    assert_non_null(e);
    assert_string_equal(e->code, "rating.too_early");
    assert_string_equal(act(f, &d, "window", "decline"), "");
    assert_null(store_write(f->store, f->arena, rating_add_work, &rating));
    e = store_write(f->store, f->arena, rating_add_work, &rating);
    assert_non_null(e);
    assert_string_equal(e->code, "rating.given");
}

static void lets_the_applicant_withdraw(void **state)
{
    struct fixture *f = *state;
    struct doing d = opened(f);
    struct actor self = f->resident;
    self.case_id = d.case_id;
    struct casefile_withdrawal w = {&f->office, &self, "不办了"};
    assert_null(store_write(f->store, f->arena, casefile_withdraw_work, &w));
    assert_string_equal(see(f, d.case_id).outcome, "withdrawn");
    assert_non_null(store_write(f->store, f->arena, casefile_withdraw_work, &w));
}

/* Lists -------------------------------------------------------------------------------------- */

struct listing {
    struct fixture *f;
    const char *who, *state;
    const struct json *json;
};

static struct err *list_work(struct tx *tx, void *job)
{
    struct listing *l = job;
    struct work_filter filter = {"", "", "", l->state, 0};
    struct buf b;
    struct json_out j;
    buf_init(&b, tx_arena(tx));
    json_start(&j, &b);
    json_open_object(&j, NULL);
    TRY(work_write(tx, &j, &l->f->office, actor(l->f, l->who), &filter, "zh"));
    TRY(report_write_trips(tx, &j, &l->f->office, actor(l->f, l->who), "zh"));
    json_close_object(&j);
    return json_read(tx_arena(tx), buf_text(&b), b.size, &l->json);
}

static const struct json *list(struct fixture *f, const char *who, const char *which)
{
    struct listing l = {f, who, which, NULL};
    struct err *e = store_read(f->store, f->arena, list_work, &l);
    if (e)
        print_error("%s: %s\n", e->code, e->message);
    assert_null(e);
    return l.json;
}

/* 行政许可法 32: five working days without a notice, and the days count from the receipt, in the
 * work list, too, although nobody touched the case. */
static void lists_what_the_law_accepted(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *today, *answer_by, *promised_on;
        int left, late, due_today;
        bool is_deemed;
    } rows[] = {
        {"2026-11-02", "2026-11-09", "", 5, 0, 0, false},
        {"2026-11-09", "2026-11-09", "", 0, 0, 0, false},
        {"2026-11-10", "", "2026-11-16", 4, 0, 0, true},
        {"2026-11-16", "", "2026-11-16", 0, 0, 1, true},
        {"2026-11-17", "", "2026-11-16", -1, 1, 0, true},
    };
    set_day(f, "2026-11-02");
    (void)opened(f);
    for (size_t i = 0; i < COUNT(rows); i++) {
        set_day(f, rows[i].today);
        for (size_t k = 0; k < 2; k++) {
            const struct json *seen = list(f, "window", k ? "open" : "mine");
            const struct json *item = json_at(json_get(seen, "items"), 0);
            assert_string_equal(json_get_text(item, "answer_by"), rows[i].answer_by);
            assert_string_equal(json_get_text(item, "promised_on"), rows[i].promised_on);
            assert_int_equal(json_get_int(item, "left", 99), rows[i].left);
            assert_int_equal(json_get_bool(item, "is_deemed_accepted", false), rows[i].is_deemed);
            assert_int_equal(json_get_int(seen, "late", 99), rows[i].late);
            assert_int_equal(json_get_int(seen, "due_today", 99), rows[i].due_today);
        }
    }
}

static void lists_what_stands_with_ones_posts(void **state)
{
    struct fixture *f = *state;
    set_day(f, "2026-11-02");
    struct doing first = opened(f), second = opened(f), third = opened(f);
    assert_string_equal(act(f, &second, "window", "accept"), "");
    assert_string_equal(act(f, &third, "window", "accept"), "");
    assert_string_equal(act(f, &third, "canlian", "agree"), "");
    set_day(f, "2026-11-17");
    static const struct {
        const char *who, *state;
        int total;
    } rows[] = {
        {"window", "mine", 1},   {"canlian", "mine", 1}, {"social", "mine", 2},
        {"minzheng", "mine", 0}, {"helper", "mine", 0},  {"other", "open", 0},
        {"helper", "open", 3},   {"leader", "open", 3},  {"leader", "closed", 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct json *j = list(f, rows[i].who, rows[i].state);
        assert_int_equal(json_get_int(j, "total", -1), rows[i].total);
        assert_int_equal(json_count(json_get(j, "items")), rows[i].total);
    }
    const struct json *mine = list(f, "social", "mine");
    const struct json *item = json_at(json_get(mine, "items"), 0);
    assert_int_equal(json_get_int(mine, "late", -1), 2);
    assert_int_equal(json_get_int(item, "left", 0), -1);
    assert_string_equal(json_get_text(item, "promised_on"), "2026-11-16");
    assert_int_equal(json_get_int(item, "used", -1), 11);
    assert_string_equal(json_get_text(item, "step_label"), "会审");
    struct visit_new visit = {&f->office, actor(f, "window"), first.ref, "wasted_missing", "",
                              false};
    assert_null(store_write(f->store, f->arena, visit_add_work, &visit));
    const struct json *trips = json_at(json_get(list(f, "leader", "open"), "by_service"), 0);
    assert_int_equal(json_get_int(trips, "cases", -1), 3);
    assert_int_equal(json_get_int(trips, "visits", -1), 1);
    assert_int_equal(json_get_int(trips, "wasted", -1), 1);
}

/* Rebuild and random play --------------------------------------------------------------------- */

QUERY(test_states_all, "select * from case_states where tenant = $1 order by case_id");
QUERY(test_items_all, "select * from work_items where tenant = $1 order by case_id, unit_id, role, "
                      "person_id");
QUERY(test_states_drop, "delete from case_states where tenant = $1");
QUERY(test_items_drop, "delete from work_items where tenant = $1");
QUERY(test_lost, "select count(*) from case_states s where s.tenant = $1 and s.state <> 'closed' "
                 "and not exists (select 1 from work_items i where i.tenant = s.tenant and "
                 "i.case_id = s.case_id)");
QUERY(test_left_over, "select count(*) from work_items i join case_states s on "
                      "s.tenant = i.tenant and s.case_id = i.case_id where i.tenant = $1 and "
                      "(s.state = 'closed' or s.step <> i.step)");

/* Work runs on the writer's thread, where cmocka cannot fail a test: it returns an error. */
static struct err *broken(struct tx *tx, const char *what)
{
    return err_new(tx_arena(tx), ERR_INTERNAL, "test.broken", "", "%s", "%s", what);
}

static struct err *dump(struct tx *tx, const struct query *q, int columns, struct buf *b)
{
    struct rows *r;
    TRY(sql_rows(tx, q, ARGS(sql_int(TENANT)), &r));
    while (rows_next(r)) {
        for (int i = 0; i < columns; i++)
            buf_print(b, "%s|", rows_is_null(r, i) ? "-" : rows_text(r, i));
        buf_char(b, '\n');
    }
    return rows_end(r);
}

static struct err *rebuild_work(struct tx *tx, void *job)
{
    struct fixture *f = job;
    struct buf before, after;
    buf_init(&before, tx_arena(tx));
    buf_init(&after, tx_arena(tx));
    TRY(dump(tx, &test_states_all, 20, &before));
    TRY(dump(tx, &test_items_all, 8, &before));
    TRY(sql_run(tx, &test_states_drop, ARGS(sql_int(TENANT)), NULL));
    TRY(sql_run(tx, &test_items_drop, ARGS(sql_int(TENANT)), NULL));
    TRY(casefile_rebuild(tx, &f->office));
    TRY(dump(tx, &test_states_all, 20, &after));
    TRY(dump(tx, &test_items_all, 8, &after));
    bool is_same = before.size > 1000 && text_equal(buf_text(&before), buf_text(&after));
    return is_same ? NULL : broken(tx, "the rebuilt rows differ");
}

static int64_t count_of(struct tx *tx, const struct query *q)
{
    struct rows *r;
    bool has_row;
    assert_null(sql_row(tx, q, ARGS(sql_int(TENANT)), &r, &has_row));
    return rows_int(r, 0);
}

static uint32_t next_random(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*seed >> 33) % below;
}

enum { GAME_CASES = 150 };
struct game {
    struct fixture *f;
    uint64_t seed;
    int done;
    struct doing cases[GAME_CASES];
};

static const char *random_action(struct game *g, const char *step)
{
    for (;;) {
        const struct service_action *action = &actions[next_random(&g->seed, COUNT(actions))];
        bool ends_soon = text_equal(action->name, "decline") && next_random(&g->seed, 8) > 0;
        if ((!*step || text_equal(action->step, step) || text_equal(step, "correct")) && !ends_soon)
            return action->name;
    }
}

static struct err *play_one(struct tx *tx, struct game *g, struct doing *d)
{
    struct seen s = {.case_id = d->case_id};
    TRY(see_work(tx, &s));
    if (!*s.step)
        return NULL;
    const char *who = people[next_random(&g->seed, COUNT(people))].name;
    uint32_t dice = next_random(&g->seed, 12);
    if (dice < 3 && text_equal(s.state, "waiting")) {
        d->who = actor(g->f, "window");
        return correct_work(tx, d);
    }
    const char *action = dice == 11 ? "take-back" : random_action(g, s.step);
    struct casefile_act a = make_act(g->f, d, who, action, s.seq);
    g->done += casefile_act_work(tx, &a) == NULL;
    return NULL;
}

static struct err *deal_work(struct tx *tx, void *job)
{
    struct game *g = job;
    for (int i = 0; i < GAME_CASES; i++) {
        g->cases[i] = (struct doing){.f = g->f};
        g->cases[i].who = i % 3 ? &g->f->resident : actor(g->f, "helper");
        TRY(open_work(tx, &g->cases[i]));
        g->cases[i].ref = arena_text(g->f->arena, g->cases[i].ref);
    }
    return NULL;
}

/* One act on every case, all in one transaction: the flow refuses before anything is written. */
static struct err *round_work(struct tx *tx, void *job)
{
    struct game *g = job;
    for (int i = 0; i < GAME_CASES; i++)
        TRY(play_one(tx, g, &g->cases[i]));
    if (count_of(tx, &test_lost) > 0)
        return broken(tx, "an open case stands in no work list");
    return count_of(tx, &test_left_over) ? broken(tx, "a work item is left over") : NULL;
}

static void keeps_every_case_and_rebuilds_the_same(void **state)
{
    enum { ROUNDS = 60, EIGHT_HOURS = 8 * 3600000 };
    struct fixture *f = *state;
    struct game *g = arena_alloc(f->arena, sizeof *g);
    g->f = f;
    g->seed = 2026;
    assert_null(store_write(f->store, f->arena, deal_work, g));
    for (int i = 0; i < ROUNDS; i++) {
        struct arena *a = arena_new();
        f->now_ms += EIGHT_HOURS;
        struct err *e = store_write(f->store, a, round_work, g);
        if (e)
            print_error("%s\n", e->message);
        assert_null(e);
        arena_free(a);
    }
    print_message("# %d acts done\n", g->done);
    assert_true(g->done > 500);
    struct err *e = store_write(f->store, f->arena, rebuild_work, f);
    if (e)
        print_error("%s: %s\n", e->code, e->message);
    assert_null(e);
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)
    const struct CMUnitTest tests[] = {
        WITH(goes_from_opening_to_delivery),         WITH(refuses_an_old_version),
        WITH(counts_both_limits_from_acceptance),    WITH(deems_accepted_what_nobody_answered),
        WITH(decides_an_instant_case_at_once),       WITH(counts_visits_with_their_cause),
        WITH(finds_a_case_by_paper_and_four_digits), WITH(takes_one_rating_after_the_decision),
        WITH(lets_the_applicant_withdraw),           WITH(lists_what_the_law_accepted),
        WITH(lists_what_stands_with_ones_posts),     WITH(keeps_every_case_and_rebuilds_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
