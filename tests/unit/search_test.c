/* Search words follow the facts: what running filled step by step is what a rebuild fills at once.
 */
#include "domain/search.h"

#include "base/words.h"
#include "domain/derive.h"
#include "domain/registry.h"
#include "store_help.h"
#include "town.h"

QUERY(test_words, "select kind || ' ' || object_id || ' ' || area_id || ' ' || word from words "
                  "order by kind, object_id, area_id, word");
QUERY(test_words_spoil, "delete from words where word = 'ming'");
QUERY(test_words_clear, "delete from words");
QUERY(test_progress_clear, "delete from derived_progress");
QUERY(test_case_add,
      "insert into cases (tenant, id, ref, service_id, form_version_id, submission_id, area_id, "
      "channel, applicant_name, applicant_id_hash, applicant_id_tail, applicant_phone, "
      "identity_level, proxy_name, proxy_id_hash, code_hash, opened_at, received_on) "
      "values ($1, $2, $3, 1, 1, 1, $4, 'web', $5, '', '002X', '000-1234567', 0, '', '', '', $6, "
      "0)");

static struct err *words_read(struct tx *tx, void *job)
{
    struct buf *b = job;
    struct rows *r;
    TRY(sql_rows(tx, &test_words, NO_ARGS, &r));
    while (rows_next(r))
        buf_print(b, "%s\n", rows_text(r, 0));
    return rows_end(r);
}

static const char *words_of(struct town *t)
{
    struct buf b;
    buf_init(&b, t->arena);
    OK(store_read(t->store, t->arena, words_read, &b));
    return buf_text(&b);
}

static void derive_all(struct town *t)
{
    struct arena *a = arena_new();
    OK(derive_tick(t->office, a));
    arena_free(a);
}

struct entry {
    struct town *town;
    const char *label, *id_number, *area;
    int64_t id, number;
};

static struct err *entry_write(struct tx *tx, void *job)
{
    struct entry *e = job;
    const struct town *t = e->town;
    struct arena *a = tx_arena(tx);
    const struct entity_property properties[] = {{"name_full", e->label},
                                                 {"id_number", e->id_number}};
    const struct areas *areas = catalogue_view(t->office->catalogue, a)->areas;
    const struct entity_write w = {.registry = "residents",
                                   .uuid = "",
                                   .label = e->label,
                                   .properties = properties,
                                   .property_count = 2,
                                   .area_id = area_named(areas, e->area)->id,
                                   .is_create = true};
    return registry_write(tx, t->terminal, t->office->tenant->secret, &w, &e->id);
}

static void put_entry(struct town *t, const char *label, const char *id_number, const char *area)
{
    struct entry e = {t, label, id_number, area, 0, 0};
    OK(store_write(t->store, t->arena, entry_write, &e));
    t->now_ms += 1000;
}

static struct err *case_write(struct tx *tx, void *job)
{
    const struct entry *e = job;
    struct arena *a = tx_arena(tx);
    const struct areas *areas = catalogue_view(e->town->office->catalogue, a)->areas;
    return sql_run(tx, &test_case_add,
                   ARGS(sql_int(e->town->office->tenant->id), sql_int(tx_new_id(tx)),
                        sql_text(text_print(a, "261124-%04d-7", (int)e->number)),
                        sql_int(area_named(areas, e->area)->id), sql_text(e->label),
                        sql_int(tx_now_ms(tx))),
                   NULL);
}

static void put_case(struct town *t, const char *name, int64_t number)
{
    struct entry e = {t, name, "", "十堡村", 0, number};
    OK(store_write(t->store, t->arena, case_write, &e));
    t->now_ms += 1000;
}

static struct err *spoil(struct tx *tx, void *job)
{
    (void)job;
    return sql_run(tx, &test_words_spoil, NO_ARGS, NULL);
}

/* The derived part of a rebuild: the cases of this test have no forms, which the rest would ask
 * for; the whole is tried in tests/api/test_search.py. */
static struct err *refill(struct tx *tx, void *office)
{
    TRY(sql_run(tx, &test_words_clear, NO_ARGS, NULL));
    TRY(sql_run(tx, &test_progress_clear, NO_ARGS, NULL));
    return derive_rebuild(tx, office);
}

static void rebuilt_words_are_those_of_running(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    for (int64_t i = 0; i < 40; i++) { /* more than one step */
        put_entry(&t, i % 2 ? "张小明" : "单雄信",
                  text_print(t.arena, "%017lld%s", (long long)i, i % 3 ? "1" : "X"), "十堡村");
        put_case(&t, "吕布", i);
        if (i % 7 == 0)
            derive_all(&t);
    }
    put_entry(&t, "张晓明",
              "00000000000000001"
              "1",
              "上河村"); /* another name, another place */
    t.now_ms += 5000;    /* settled */
    derive_all(&t);
    const char *running = words_of(&t);
    assert_non_null(strstr(running, " lb\n"));
    assert_non_null(strstr(running, " 002x\n"));
    assert_null(strstr(running, "0000000000000"));  /* no number in clear */
    OK(store_write(t.store, t.arena, spoil, NULL)); /* the control: a change is seen */
    assert_string_not_equal(words_of(&t), running);
    OK(store_write(t.store, t.arena, refill, t.office));
    assert_string_equal(words_of(&t), running);
    derive_all(&t); /* nothing is left */
    assert_string_equal(words_of(&t), running);
    town_close(&t);
}

static struct err *search_read(struct tx *tx, void *job)
{
    struct {
        struct search search;
        struct buf out;
    } *l = job;
    struct json_out j;
    buf_init(&l->out, tx_arena(tx));
    json_start(&j, &l->out);
    json_open_object(&j, NULL);
    TRY(search_write(tx, &j, &l->search));
    json_close_object(&j);
    return NULL;
}

static const char *found(struct town *t, const struct actor *who, const char *typed)
{
    struct {
        struct search search;
        struct buf out;
    } l = {.search = {t->office, who, typed, "", "zh"}};
    OK(store_read(t->store, t->arena, search_read, &l));
    return buf_text(&l.out);
}

/* role, area, typed: is 张小明 of 十堡村 found? */
static const struct {
    const char *role, *area, *typed;
    bool is_found;
} looks[] = {
    {"clerk", "", "张", true},
    {"clerk", "", "小明", true},
    {"clerk", "", "zxm", true},
    {"clerk", "", "zhangxm", true},
    {"clerk", "", "xiaoming", true},
    {"clerk", "", "00000000000000011X", true},
    {"clerk", "", "00000000000000011x", true},
    {"clerk", "", "011X", true},
    {"clerk", "", "张明", false},
    {"clerk", "", "000000000000000110", false},
    {"clerk", "000000100200", "张", true},
    {"clerk", "000000100201", "张", false},
    {"clerk", "000000100201", "00000000000000011X", false},
    {"helper", "000000100200", "张", false}, /* no right to registries */
    {"admin", "", "张", false},
};

static void shows_what_the_actor_may_see(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    put_entry(&t, "张小明", "00000000000000011X", "十堡村");
    derive_all(&t);
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        const char *name = text_print(t.arena, "p%zu", i);
        const char *area = *looks[i].area ? looks[i].area : TOWN_CODE;
        const struct actor *who =
            town_actor(&t, town_person(&t, name, "fwzx", area, looks[i].role));
        bool is_found = strstr(found(&t, who, looks[i].typed), "张小明") != NULL;
        if (is_found != looks[i].is_found)
            fail_msg("%s in '%s' types %s", looks[i].role, looks[i].area, looks[i].typed);
    }
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuilt_words_are_those_of_running),
        cmocka_unit_test(shows_what_the_actor_may_see),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
