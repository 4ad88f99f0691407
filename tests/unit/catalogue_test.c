/* Publishing whole or not at all, versions, finding by everyday words, drafts on the way. */
#include "domain/catalogue.h"

#include "domain/draft.h"
#include "town.h"

QUERY(test_versions, "select count(*) from form_versions where tenant = $1");
QUERY(test_changes, "select count(*) from service_changes where tenant = $1");

static const char *workbook(struct town *t, const char *code, const char *version,
                            const char *title, const char *label)
{
    return text_print(t->arena,
                      "## settings\n\n| form_title | form_id | version |\n|---|---|---|\n"
                      "| %s | %s | %s |\n\n## survey\n\n| type | name | label |\n|---|---|---|\n"
                      "| text | a | %s |\n",
                      title, code, version, label);
}

static const char *publish(struct town *t, const char *text, bool *is_unchanged_out)
{
    const struct publish_input in = {.bytes = text, .size = strlen(text)};
    struct publish *p;
    OK(publish_check(t->office, t->arena, t->terminal, &in, &p));
    struct err *e = store_write(t->store, t->arena, publish_work, p);
    if (!e)
        OK(publish_done(p, t->arena));
    *is_unchanged_out = p->is_unchanged;
    return CODE(e);
}

static void keeps_versions_apart(void **state)
{
    (void)state;
    static const struct {
        const char *version, *label, *code;
        bool is_unchanged;
        const char *live;
        int64_t versions, changes;
    } rows[] = {
        {"1", "甲", "", false, "1", 1, 1},
        {"1", "甲", "", true, "1", 1, 1},
        {"1", "乙", "version.taken", false, "1", 1, 1},
        {"2", "乙", "", false, "2", 2, 2},
        {"1", "甲", "", false, "1", 2, 3}, /* back to an older version: a change, no new version */
        {"3", "${nothing}", "workbook.faulty", false, "1", 2, 3},
    };
    struct town t;
    town_open(&t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool is_unchanged;
        const char *text = workbook(&t, "one", rows[i].version, "一", rows[i].label);
        assert_string_equal(publish(&t, text, &is_unchanged), rows[i].code);
        assert_int_equal(is_unchanged, rows[i].is_unchanged);
        const struct form_version *live =
            catalogue_live(catalogue_view(t.office->catalogue, t.arena), "one");
        assert_string_equal(live->version, rows[i].live);
        assert_int_equal(town_count(&t, &test_versions), rows[i].versions);
        assert_int_equal(town_count(&t, &test_changes), rows[i].changes);
    }
    town_close(&t);
}

/* Two owners checked at once; the second finds the version taken when it comes to writing. */
static void refuses_the_slower_of_two(void **state)
{
    (void)state;
    struct town t;
    struct publish *checked[2];
    town_open(&t);
    for (int i = 0; i < 2; i++) {
        const char *text = workbook(&t, "one", "1", "一", i ? "乙" : "甲");
        const struct publish_input in = {.bytes = text, .size = strlen(text)};
        OK(publish_check(t.office, t.arena, t.terminal, &in, &checked[i]));
        assert_true(checked[i]->can_publish);
    }
    OK(store_write(t.store, t.arena, publish_work, checked[0]));
    assert_string_equal(CODE(store_write(t.store, t.arena, publish_work, checked[1])),
                        "version.taken");
    assert_int_equal(town_count(&t, &test_versions), 1);
    town_close(&t);
}

/* A reader keeps the catalogue it began with, while another one is published. */
static void swaps_the_catalogue_whole(void **state)
{
    (void)state;
    struct town t;
    bool is_unchanged;
    town_open(&t);
    assert_string_equal(publish(&t, workbook(&t, "one", "1", "一", "甲"), &is_unchanged), "");
    struct arena *reader = arena_new();
    const struct catalogue_view *before = catalogue_view(t.office->catalogue, reader);
    assert_string_equal(publish(&t, workbook(&t, "one", "2", "一", "乙"), &is_unchanged), "");
    assert_string_equal(catalogue_live(before, "one")->version, "1");
    const struct catalogue_view *after = catalogue_view(t.office->catalogue, reader);
    assert_string_equal(catalogue_live(after, "one")->version, "2");
    arena_free(reader);
    town_close(&t);
}

static void finds_by_everyday_words(void **state)
{
    (void)state;
    static const struct {
        const char *words, *first;
        size_t count;
    } rows[] = {
        {"", "birth", 3},
        {"生孩子", "birth", 1},
        {"孩", "birth", 1},
        {"津贴", "elder", 2},
        {"残疾", "help", 1},
        {"轮椅", "", 0},
        {"老人津贴怎么办", "elder", 1},
        {"  ELDER ", "elder", 1},
        {"准生证在哪里办", "birth", 1},
    };
    struct town t;
    bool is_unchanged;
    town_open(&t);
    assert_string_equal(
        publish(&t, workbook(&t, "birth", "1", "生育登记 生孩子 准生证", "甲"), &is_unchanged), "");
    assert_string_equal(
        publish(&t, workbook(&t, "elder", "1", "老人高龄津贴", "甲"), &is_unchanged), "");
    assert_string_equal(
        publish(&t, workbook(&t, "help", "1", "残疾补贴 津贴", "甲"), &is_unchanged), "");
    const struct catalogue_view *v = catalogue_view(t.office->catalogue, t.arena);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct form_version **found;
        assert_int_equal(catalogue_search(t.arena, v, rows[i].words, &found), rows[i].count);
        if (rows[i].count)
            assert_string_equal(found[0]->code, rows[i].first);
    }
    town_close(&t);
}

/* Drafts ----------------------------------------------------------------------------------------
 */

static void resumes_a_draft_elsewhere(void **state)
{
    (void)state;
    struct town t;
    bool is_unchanged;
    town_open(&t);
    assert_string_equal(publish(&t, workbook(&t, "one", "1", "一", "甲"), &is_unchanged), "");
    const struct actor *who = town_nobody(&t);
    struct draft_new d = {
        .office = t.office, .who = who, .service = "one", .instance_id = "uuid:d", .answers = "[]"};
    OK(store_write(t.store, t.arena, draft_new_work, &d));
    static const struct {
        bool has_key;
        int64_t version;
        const char *code;
    } rows[] = {
        {true, 1, ""}, {true, 1, "draft.changed"}, {true, 2, ""}, {false, 3, "draft.missing"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct draft_save save = {t.office,
                                  who,
                                  d.id,
                                  rows[i].version,
                                  rows[i].has_key ? d.key : "guess",
                                  "[{\"path\":\"/data/a\"}]"};
        assert_string_equal(CODE(store_write(t.store, t.arena, draft_save_work, &save)),
                            rows[i].code);
    }
    struct draft_open open = {.office = t.office,
                              .who = who,
                              .code = text_print(t.arena, "%.*s %s", 4, d.code, d.code + 4)};
    OK(store_write(t.store, t.arena, draft_open_work, &open));
    assert_null(open.refusal);
    assert_string_equal(open.key, d.key);
    assert_string_equal(open.instance_id, "uuid:d");
    assert_int_equal(open.version, 3);
    t.now_ms += INT64_C(30) * 86400000;
    OK(store_write(t.store, t.arena, draft_open_work, &open));
    assert_string_equal(CODE(open.refusal), "draft.missing");
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_versions_apart),      cmocka_unit_test(refuses_the_slower_of_two),
        cmocka_unit_test(swaps_the_catalogue_whole), cmocka_unit_test(finds_by_everyday_words),
        cmocka_unit_test(resumes_a_draft_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
