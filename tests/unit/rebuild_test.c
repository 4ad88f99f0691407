/* Facts first: what is derived can be dropped and recomputed, and is the same. */
#include "domain/rebuild.h"

#include "domain/registry.h"
#include "domain/submission.h"
#include "town.h"

/* Every derived table that changes in the transaction of its fact, all columns. */
#define DUMP(name, columns, table, order)                                                          \
    QUERY(name, "select " columns " from " table " order by " order)
DUMP(test_dump_areas, "area_id || ' ' || ancestor_id", "area_within",
     "tenant, ancestor_id, area_id");
DUMP(test_dump_live, "service_id || ' ' || form_version_id", "live_versions", "service_id");
DUMP(test_dump_states,
     "case_id || ' ' || state || ' ' || outcome || ' ' || step || ' ' || coalesce(unit_id, 0) || "
     "' ' || area_id || ' ' || service_id || ' ' || submission_id || ' ' || seq || ' ' || "
     "coalesce(accepted_on, 0) || ' ' || coalesce(decided_on, 0) || ' ' || "
     "coalesce(delivered_on, 0) || ' ' || coalesce(due_on, 0) || ' ' || "
     "coalesce(promised_on, 0) || ' ' || coalesce(step_due_on, 0) || ' ' || is_provisional || ' ' "
     "|| notice_count || ' ' || visit_count || ' ' || changed_at || ' ' || coalesce(answer_by, 0) "
     "|| "
     "' ' || order_on",
     "case_states", "case_id");
DUMP(test_dump_work,
     "case_id || ' ' || unit_id || ' ' || role || ' ' || area_id || ' ' || step || ' ' || "
     "person_id || ' ' || since || ' ' || is_waiting || ' ' || order_on || ' ' || "
     "coalesce(due_on, 0)",
     "work_items", "case_id, unit_id, role, person_id");
DUMP(test_dump_entities,
     "id || ' ' || registry_id || ' ' || uuid || ' ' || label || ' ' || properties || ' ' || "
     "area_id || ' ' || version || ' ' || key_hash || ' ' || is_deleted || ' ' || conflict || ' ' "
     "|| changed_at",
     "entities", "id");
static const struct query *const dumps[] = {&test_dump_areas, &test_dump_live, &test_dump_states,
                                            &test_dump_work, &test_dump_entities};

struct dump {
    struct buf text;
    size_t rows[5];
};

static struct err *dump_read(struct tx *tx, void *job)
{
    struct dump *d = job;
    for (size_t i = 0; i < sizeof dumps / sizeof *dumps; i++) {
        struct rows *r;
        TRY(sql_rows(tx, dumps[i], NO_ARGS, &r));
        while (rows_next(r)) {
            buf_print(&d->text, "%s: %s\n", dumps[i]->name, rows_text(r, 0));
            d->rows[i]++;
        }
        TRY(rows_end(r));
    }
    return NULL;
}

static const char *dump_of(struct town *t, struct dump *d)
{
    *d = (struct dump){0};
    buf_init(&d->text, t->arena);
    OK(store_read(t->store, t->arena, dump_read, d));
    return buf_text(&d->text);
}

static const char form_md[] =
    "## settings\n\n| form_title | form_id | version |\n|---|---|---|\n| 帮扶 | help | %s |\n\n"
    "## survey\n\n| type | name | label | required | save_to |\n|---|---|---|---|---|\n"
    "| text | applicant_name | 姓名 | yes | name_full |\n"
    "| text | applicant_id | 身份证 | | id_number |\n| text | village | 村 | | |\n\n"
    "## entities\n\n| list_name | label |\n|---|---|\n| residents | ${applicant_name} |\n\n%s";
static const char steps_md[] =
    "## service\n\n| name | kind | legal_basis | level | owner_unit | audience | case_kind | "
    "limit_promised | limit_promised_unit | condition | has_fee | result_name | delivery | visits "
    "| "
    "online | booking | self_service | post | assist | scope | place | hours | phone_ask | "
    "phone_complain |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|-"
    "--|\n"
    "| 帮扶 | 05 | 法 | 乡 | fwzx | 自然人 | 承诺件 | 5 | wd | 无 | 否 | 结果 | 窗口 | 0 | 是 | 否 "
    "| 否 "
    "| 否 | 是 | 本县 | 大厅 | 工作日 | 000 | 000 |\n\n"
    "## steps\n\n| name | label | unit | role | limit | limit_unit | clock |\n"
    "|---|---|---|---|---|---|---|\n| check | 受理 | fwzx | clerk | 5 | wd | runs |\n\n"
    "## actions\n\n| step | action | label | next | needs | effect | kind |\n"
    "|---|---|---|---|---|---|---|\n| check | grant | 同意 | end | | grant | forward |\n"
    "| check | decline | 不予受理 | end | reason | decline | forward |\n\n";

static void submit(struct town *t, size_t number, const char *village)
{
    const char *xml = text_print(
        t->arena,
        "<data id=\"help\" version=\"1\" xmlns:orx=\"http://openrosa.org/xforms\">"
        "<applicant_name>张%zu</applicant_name><applicant_id>%018zu</applicant_id>"
        "<village>%s</village><orx:meta><orx:instanceID>uuid:%zu</orx:instanceID></orx:meta>"
        "</data>",
        number, number % 7, village, number);
    struct submission_input in = {.channel = "openrosa",
                                  .device = "",
                                  .language = "zh",
                                  .xml = xml,
                                  .xml_size = strlen(xml),
                                  .service = "",
                                  .version = "",
                                  .instance_id = "",
                                  .key = "",
                                  .replaces = "",
                                  .draft = "",
                                  .draft_key = "",
                                  .proxy_name = "",
                                  .proxy_id = ""};
    struct submission *s;
    const char *findings;
    OK(submission_prepare(t->office, t->arena, town_nobody(t), &in, &s, &findings));
    OK(store_write(t->store, t->arena, submission_store, s));
}

static struct err *settle_all(struct tx *tx, void *job)
{
    struct town *t = job;
    struct rows *r;
    int64_t ids[64];
    size_t count = 0;
    TRY(sql_rows(tx, &test_dump_states, NO_ARGS, &r));
    while (rows_next(r) && count < 64) {
        const char *text = rows_text(r, 0);
        if (text_to_int(arena_copy(tx_arena(tx), text, strcspn(text, " ")), &ids[count]))
            count++;
    }
    TRY(rows_end(r));
    for (size_t i = 0; i < count; i++)
        TRY(registry_apply_submission(tx, t->terminal, ids[i]));
    return NULL;
}

QUERY(test_spoil, "update entities set label = 'spoilt'");

static struct err *spoil(struct tx *tx, void *job)
{
    (void)job;
    return sql_run(tx, &test_spoil, NO_ARGS, NULL);
}

static void gives_what_running_gave(void **state)
{
    (void)state;
    struct town t;
    struct dump before, after;
    town_open(&t);
    town_publish(&t, text_print(t.arena, form_md, "1", steps_md));
    static const char *const villages[] = {"十堡村", "上河村", "", "nowhere"};
    for (size_t i = 0; i < 30; i++) {
        submit(&t, i, villages[i % 4]);
        t.now_ms += 3600000;
    }
    OK(store_write(t.store, t.arena, settle_all, &t));
    const char *first = dump_of(&t, &before);
    for (size_t i = 0; i < sizeof dumps / sizeof *dumps; i++)
        assert_true(before.rows[i] > 0);
    OK(store_write(t.store, t.arena, spoil, NULL)); /* the control: a change is seen */
    assert_string_not_equal(dump_of(&t, &after), first);
    t.now_ms += INT64_C(5) * 86400000; /* rebuilding later gives no other facts */
    OK(store_write(t.store, t.arena, rebuild_work, t.office));
    assert_string_equal(dump_of(&t, &after), first);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_what_running_gave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
