/* Registries: versions and conflicts, who sees what, asked once only when proven. */
#include "domain/registry.h"

#include "domain/identity.h"
#include "town.h"

struct write {
    struct town *town;
    struct entity_write change;
    int64_t id;
};

static struct err *write_work(struct tx *tx, void *job)
{
    struct write *w = job;
    return registry_write(tx, w->town->terminal, w->town->office->tenant->secret, &w->change,
                          &w->id);
}

static struct err *area_work(struct tx *tx, void *job)
{
    struct write *w = job;
    const struct areas *all;
    TRY(areas_load(tx, w->town->office->tenant->id, day_of_ms(w->town->now_ms, 480), &all));
    const struct area *area = area_named(all, w->change.label);
    w->id = area ? area->id : 0;
    return NULL;
}

static int64_t area_id(struct town *t, const char *code)
{
    struct write w = {.town = t, .change = {.label = code}};
    OK(store_read(t->store, t->arena, area_work, &w));
    assert_true(w.id != 0);
    return w.id;
}

struct look {
    struct town *town;
    int64_t id;
    struct entity entity;
};

static struct err *look_read(struct tx *tx, void *job)
{
    struct look *l = job;
    return registry_entity(tx, l->town->office->tenant->id, l->id, &l->entity);
}

static struct entity entity_of(struct town *t, int64_t id)
{
    struct look l = {.town = t, .id = id};
    OK(store_read(t->store, t->arena, look_read, &l));
    return l.entity;
}

/* One property of the person with that uuid; the code of the error. */
static const char *change(struct town *t, const char *uuid, const char *name, const char *value,
                          int64_t base, bool is_create, int64_t *id_out)
{
    const struct entity_property property = {name, value};
    struct write w = {t,
                      {.registry = "residents",
                       .uuid = uuid,
                       .label = "张三",
                       .properties = &property,
                       .property_count = 1,
                       .base_version = base,
                       .area_id = area_id(t, "000000100200"),
                       .is_create = is_create},
                      0};
    struct err *e = store_write(t->store, t->arena, write_work, &w);
    if (id_out)
        *id_out = w.id;
    return CODE(e);
}

static void marks_conflicts(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        int64_t base;
        const char *conflict;
        int64_t version;
    } rows[] = {
        {"phone", "000-1", 1, "", 2}, /* from the current version */
        {"sex", "m", 2, "", 3},
        {"bank", "123", 1, "soft", 4},    /* from an old one, another property */
        {"phone", "000-2", 1, "hard", 5}, /* from an old one, the same property */
        {"bank", "9", 0, "hard", 6},      /* stays until somebody resolves it */
    };
    struct town t;
    int64_t id, again;
    town_open(&t);
    assert_string_equal(change(&t, "u1", "phone", "000-0", 0, false, NULL), "entity.missing");
    assert_string_equal(change(&t, "u1", "phone", "000-0", 0, true, &id), "");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_string_equal(
            change(&t, "u1", rows[i].name, rows[i].value, rows[i].base, false, &again), "");
        assert_int_equal(again, id);
        struct entity e = entity_of(&t, id);
        assert_string_equal(e.conflict, rows[i].conflict);
        assert_int_equal(e.version, rows[i].version);
        assert_string_equal(entity_value(t.arena, &e, rows[i].name), rows[i].value);
    }
    town_close(&t);
}

/* Two creations of the same person are one entry; other persons are other entries. */
static void knows_a_person_by_number(void **state)
{
    (void)state;
    struct town t;
    int64_t first, second, other;
    town_open(&t);
    assert_string_equal(change(&t, "", "id_number", "000000194403020013", 0, true, &first), "");
    assert_string_equal(change(&t, "", "id_number", "000000194403020013", 0, true, &second), "");
    assert_string_equal(change(&t, "", "id_number", "00000019600701004X", 0, true, &other), "");
    assert_int_equal(first, second);
    assert_int_not_equal(first, other);
    assert_int_equal(entity_of(&t, first).version, 2);
    town_close(&t);
}

/* Who sees what ---------------------------------------------------------------------------------
 */

struct list {
    struct town *town;
    const struct actor *who;
    const char *words, *id_number, *name, *code;
    struct buf text;
    struct json_out json;
};

static struct err *page_read(struct tx *tx, void *job)
{
    struct list *l = job;
    return registry_write_page(tx, &l->json, l->town->office, l->who, "residents", l->words, 1);
}

static struct err *people_read(struct tx *tx, void *job)
{
    struct list *l = job;
    return registry_write_people(tx, &l->json, l->town->office, l->who, l->id_number, l->name);
}

static struct err *known_read(struct tx *tx, void *job)
{
    struct list *l = job;
    return registry_write_known(tx, &l->json, l->town->office, l->who, l->code);
}

static const char *listed(struct list *l, store_work read)
{
    buf_init(&l->text, l->town->arena);
    json_start(&l->json, &l->text);
    json_open_object(&l->json, NULL);
    OK(store_read(l->town->store, l->town->arena, read, l));
    json_close_object(&l->json);
    return buf_text(&l->text);
}

static void person_make(struct town *t, const char *village, const char *name, const char *number,
                        int64_t *id_out)
{
    const struct entity_property properties[] = {
        {"name_full", name}, {"id_number", number}, {"phone", "000-7654321"}};
    struct write w = {t,
                      {.registry = "residents",
                       .uuid = "",
                       .label = name,
                       .properties = properties,
                       .property_count = 3,
                       .area_id = area_id(t, village),
                       .is_create = true},
                      0};
    OK(store_write(t->store, t->arena, write_work, &w));
    if (id_out)
        *id_out = w.id;
}

static void shows_only_the_own_area(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    person_make(&t, "000000100200", "张甲", "000000194403020013", NULL);
    person_make(&t, "000000100201", "李乙", "00000019600701004X", NULL);
    static const struct {
        const char *area, *role;
        bool sees_first, sees_second;
    } rows[] = {
        {TOWN_CODE, "clerk", true, true},         {"000000100200", "clerk", true, false},
        {"000000100201", "clerk", false, true},   {TOWN_CODE, "auditor", false, false},
        {"000000100200", "helper", false, false}, /* may intake, not read registers */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = text_print(t.arena, "p%zu", i);
        const struct actor *who =
            town_actor(&t, town_person(&t, name, "fwzx", rows[i].area, rows[i].role));
        struct list l = {.town = &t, .who = who, .words = ""};
        const char *text = listed(&l, page_read);
        assert_int_equal(strstr(text, "张甲") != NULL, rows[i].sees_first);
        assert_int_equal(strstr(text, "李乙") != NULL, rows[i].sees_second);
        assert_null(strstr(text, "000000194403020013")); /* numbers are masked */
        assert_null(strstr(text, "7654321"));
    }
    town_close(&t);
}

static void finds_people_for_intake(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    person_make(&t, "000000100200", "张甲", "000000194403020013", NULL);
    const struct actor *here =
        town_actor(&t, town_person(&t, "here", "fwzx", "000000100200", "helper"));
    const struct actor *there =
        town_actor(&t, town_person(&t, "there", "fwzx", "000000100201", "helper"));
    struct {
        const struct actor *who;
        const char *number, *name;
        bool is_found, shows_number;
    } rows[] = {
        {here, "000000194403020013", "", true, true},
        {here, "", "张", true, false},
        {there, "000000194403020013", "", false, false},
        {there, "", "张", false, false},
        {here, "", "", false, false},
        {here, "00000019600701004X", "", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct list l = {
            .town = &t, .who = rows[i].who, .id_number = rows[i].number, .name = rows[i].name};
        const char *text = listed(&l, people_read);
        assert_int_equal(strstr(text, "张甲") != NULL, rows[i].is_found);
        assert_int_equal(strstr(text, "000000194403020013") != NULL, rows[i].shows_number);
    }
    town_close(&t);
}

/* Asked once ------------------------------------------------------------------------------------
 */

static const char known_md[] =
    "## settings\n\n| form_title | form_id | version |\n|---|---|---|\n| 问 | ask | 1 |\n\n"
    "## survey\n\n| type | name | label | save_to |\n|---|---|---|---|\n"
    "| text | applicant_name | 姓名 | name_full |\n| text | phone | 电话 | |\n"
    "| text | other | 其他 | |\n\n"
    "## entities\n\n| list_name | label |\n|---|---|\n| residents | ${applicant_name} |\n";

struct claim {
    struct town *town;
    int64_t entity_id;
    int32_t level;
    const char *code;
};

static struct err *claim_work(struct tx *tx, void *job)
{
    struct claim *c = job;
    return identity_claim_new(tx, c->town->office, c->town->terminal, 0, c->entity_id, c->level,
                              &c->code);
}

static const char *open_claim(struct town *t, const char *code, const char *last4,
                              const char **token_out)
{
    struct identity_open o = {.office = t->office, .code = code, .last4 = last4};
    OK(store_write(t->store, t->arena, identity_open_work, &o));
    if (token_out)
        *token_out = o.token;
    return CODE(o.refusal);
}

static void shows_what_is_known_to_the_proven(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    town_publish(&t, known_md);
    struct claim claim = {.town = &t, .level = 1};
    person_make(&t, "000000100200", "张甲", "00000019600701004X", &claim.entity_id);
    struct list nobody = {.town = &t, .who = town_nobody(&t), .code = "ask"};
    assert_null(strstr(listed(&nobody, known_read), "张甲"));
    OK(store_write(t.store, t.arena, claim_work, &claim));
    const char *token;
    assert_string_equal(open_claim(&t, claim.code, "0013", NULL), "identity.no_match");
    assert_string_equal(open_claim(&t, "00000000", "004X", NULL), "identity.no_match");
    assert_string_equal(open_claim(&t, claim.code, "004x", &token), "");
    assert_string_equal(open_claim(&t, claim.code, "004X", NULL), "identity.no_match"); /* once */
    struct session s = town_session(&t, token);
    assert_string_equal(s.kind, "resident");
    assert_int_equal(s.actor->identity_level, 1);
    struct list proven = {.town = &t, .who = s.actor, .code = "ask"};
    const char *text = listed(&proven, known_read);
    assert_non_null(strstr(text, "{\"path\":\"/data/applicant_name\",\"text\":\"张甲\""));
    assert_non_null(strstr(text, "{\"path\":\"/data/phone\",\"text\":\"000-7654321\""));
    assert_null(strstr(text, "/data/other"));
    struct actor declared = *s.actor; /* says who he is, has not proven it */
    declared.identity_level = 0;
    struct list unproven = {.town = &t, .who = &declared, .code = "ask"};
    assert_null(strstr(listed(&unproven, known_read), "张甲"));
    town_close(&t);
}

static void locks_a_claim_that_is_guessed(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    struct claim claim = {.town = &t, .level = 2};
    person_make(&t, "000000100200", "张甲", "00000019600701004X", &claim.entity_id);
    OK(store_write(t.store, t.arena, claim_work, &claim));
    for (int i = 0; i < 5; i++)
        assert_string_equal(open_claim(&t, claim.code, "9999", NULL), "identity.no_match");
    assert_string_equal(open_claim(&t, claim.code, "004X", NULL), "identity.locked");
    for (int i = 0; i < 60; i++)
        identity_missed(t.office);
    assert_string_equal(CODE(identity_may_guess(t.office, t.arena)), "guess.too_many");
    t.now_ms += 60000;
    assert_null(identity_may_guess(t.office, t.arena));
    OK(store_write(t.store, t.arena, claim_work, &claim));
    t.now_ms += INT64_C(14) * 86400000;
    assert_string_equal(open_claim(&t, claim.code, "004X", NULL), "identity.no_match"); /* old */
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_conflicts),
        cmocka_unit_test(knows_a_person_by_number),
        cmocka_unit_test(shows_only_the_own_area),
        cmocka_unit_test(finds_people_for_intake),
        cmocka_unit_test(shows_what_is_known_to_the_proven),
        cmocka_unit_test(locks_a_claim_that_is_guessed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
