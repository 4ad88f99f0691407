/* Sign-in, locks, sessions, rights in force. */
#include "domain/session.h"

#include "domain/identity.h"
#include "domain/right.h"
#include "town.h"

QUERY(test_audit_refused, "select count(*) from audit_entries where tenant = $1 "
                          "and op = 'session.open' and result <> 'ok'");

static const char *sign_in(struct town *t, const char *name, const char *password,
                           const char **token_out)
{
    struct sign_in s = {.office = t->office,
                        .name = name,
                        .password = password,
                        .request_hash = "",
                        .has_session = true};
    OK(sign_in_prepare(t->arena, &s));
    OK(store_write(t->store, t->arena, sign_in_work, &s));
    if (token_out)
        *token_out = s.token;
    return CODE(s.refusal);
}

static void tells_nobody_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name, *password, *code;
    } rows[] = {
        {"admin", "Admin-12345", ""},
        {"admin", "admin-12345", "sign_in.wrong"},
        {"nobody", "Admin-12345", "sign_in.wrong"},
        {"", "", "sign_in.wrong"},
        {"admin", "", "sign_in.wrong"},
    };
    struct town t;
    town_open(&t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(sign_in(&t, rows[i].name, rows[i].password, NULL), rows[i].code);
    assert_int_equal(town_count(&t, &test_audit_refused), 4);
    town_close(&t);
}

QUERY(test_changed, "update persons set must_change = 0");

static struct err *changed_work(struct tx *tx, void *job)
{
    (void)job;
    return sql_run(tx, &test_changed, NO_ARGS, NULL);
}

struct finding {
    struct town *town;
    const char *token;
    struct session session;
};

static struct err *find_work(struct tx *tx, void *job)
{
    struct finding *f = job;
    return session_find(tx, f->town->office, f->token, &f->session);
}

/* 等保 8.1.4.1 a: a password is changed after 90 days; a setting of 0 days ends that. */
static void asks_for_a_new_password_after_its_days(void **state)
{
    (void)state;
    static const struct {
        int64_t after_days;
        int32_t password_days;
        bool must_change;
    } rows[] = {{89, 90, false}, {91, 90, true}, {91, 0, false}, {31, 30, true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct town t;
        town_open(&t);
        assert_int_equal(t.office->tenant->password_days, 90); /* nothing was set */
        struct tenant changed = *t.office->tenant;
        changed.password_days = rows[i].password_days;
        t.office->tenant = &changed;
        struct finding f = {.town = &t};
        OK(store_write(t.store, t.arena, changed_work, NULL));
        t.now_ms += rows[i].after_days * 86400 * 1000;
        assert_string_equal(sign_in(&t, "admin", "Admin-12345", &f.token), "");
        OK(store_read(t.store, t.arena, find_work, &f));
        assert_int_equal(f.session.must_change_password, rows[i].must_change);
        assert_int_equal(f.session.actor->post_count == 0, rows[i].must_change);
        town_close(&t);
    }
}

static void locks_after_five_failures(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    for (int i = 0; i < SIGN_IN_TRIES; i++)
        assert_string_equal(sign_in(&t, "admin", "wrong", NULL), "sign_in.wrong");
    assert_string_equal(sign_in(&t, "admin", "Admin-12345", NULL), "sign_in.locked");
    t.now_ms += (int64_t)SIGN_IN_LOCK_SECONDS * 1000 - 1;
    assert_string_equal(sign_in(&t, "admin", "Admin-12345", NULL), "sign_in.locked");
    t.now_ms += 2;
    assert_string_equal(sign_in(&t, "admin", "Admin-12345", NULL), "");
    town_close(&t);
}

/* The lock stands in the database: a restart does not open it. */
static void keeps_the_lock_over_a_restart(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    for (int i = 0; i < SIGN_IN_TRIES; i++)
        (void)sign_in(&t, "admin", "wrong", NULL);
    store_close(t.store);
    town_store_open(&t);
    town_office_open(&t);
    assert_string_equal(sign_in(&t, "admin", "Admin-12345", NULL), "sign_in.locked");
    town_close(&t);
}

static void ends_sessions_in_time(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    const char *token;
    assert_string_equal(sign_in(&t, "admin", "Admin-12345", &token), "");
    /* A new administrator must choose a password first: until then, no right. */
    struct session s = town_session(&t, token);
    assert_string_equal(s.kind, "staff");
    assert_true(s.must_change_password);
    assert_false(actor_may(s.actor, RIGHT_PEOPLE_MANAGE));
    assert_int_equal(town_session(&t, "wrong").actor->identity_level, -1);
    static const struct {
        int64_t after_ms;
        bool is_signed_in;
    } rows[] = {{14 * 60000, true}, {2 * 60000, true}, {15 * 60000 + 1, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        t.now_ms += rows[i].after_ms;
        assert_int_equal(town_session(&t, token).actor->person_id != 0, rows[i].is_signed_in);
        OK(office_tick(t.office, t.arena)); /* waits behind the note that it was seen */
    }
    assert_string_equal(sign_in(&t, "admin", "Admin-12345", &token), "");
    for (int i = 0; i < 73; i++) { /* busy all day: ends after twelve hours */
        t.now_ms += 10 * 60000;
        bool is_before_end = (i + 1) * 10 < 12 * 60;
        assert_int_equal(town_session(&t, token).actor->person_id != 0, is_before_end);
        OK(office_tick(t.office, t.arena));
    }
    town_close(&t);
}

static void signs_out(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    const char *token;
    assert_string_equal(sign_in(&t, "admin", "Admin-12345", &token), "");
    struct session s = town_session(&t, token);
    struct session_end end = {t.office, s.actor, token};
    OK(store_write(t.store, t.arena, session_end_work, &end));
    assert_int_equal(town_session(&t, token).actor->person_id, 0);
    town_close(&t);
}

/* Rights -------------------------------------------------------------------------------------- */

static void gives_rights_of_posts_in_force(void **state)
{
    (void)state;
    static const struct {
        const char *role;
        enum right has, has_not;
    } rows[] = {
        {"admin", RIGHT_PEOPLE_MANAGE, RIGHT_AUDIT_READ},
        {"service_owner", RIGHT_SERVICE_PUBLISH, RIGHT_CASE_READ},
        {"clerk", RIGHT_CASE_INTAKE, RIGHT_CASE_OVERRIDE},
        {"officer", RIGHT_CASE_ACT, RIGHT_CASE_INTAKE},
        {"leader", RIGHT_CASE_OVERRIDE, RIGHT_PEOPLE_MANAGE},
        {"helper", RIGHT_SUBMIT, RIGHT_REGISTRY_READ},
        {"auditor", RIGHT_AUDIT_READ, RIGHT_CASE_READ},
    };
    struct town t;
    town_open(&t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t id = town_person(&t, text_join(t.arena, "a-", rows[i].role), "fwzx", "000000100200",
                                 rows[i].role);
        const struct actor *who = town_actor(&t, id);
        assert_true(actor_may(who, rows[i].has));
        assert_false(actor_may(who, rows[i].has_not));
        assert_string_equal(who->posts[0].area_name, "十堡村");
    }
    town_close(&t);
}

static struct err *post_end_run(struct tx *tx, void *job)
{
    return post_end(tx, job);
}

static void ends_rights_with_the_post(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    int64_t id = town_person(&t, "clerk", "fwzx", TOWN_CODE, "clerk");
    const struct actor *who = town_actor(&t, id);
    assert_true(actor_may(who, RIGHT_CASE_READ));
    struct post_end end = {t.terminal, id, who->posts[0].id};
    OK(store_write(t.store, t.arena, post_end_run, &end));
    who = town_actor(&t, id);
    assert_int_equal(who->post_count, 0);
    assert_false(actor_may(who, RIGHT_CASE_READ));
    assert_string_equal(CODE(store_write(t.store, t.arena, post_end_run, &end)), "post.missing");
    town_close(&t);
}

static void refuses_weak_passwords(void **state)
{
    (void)state;
    static const struct {
        const char *password;
        bool is_good;
    } rows[] = {
        {"Abcdef-123", true},
        {"Abcdef-12", false},
        {"abcdefghijkl", false},
        {"abcdefg123", false},
        {"abcdef-1234", true},
        {"ABCDEF-1234", true},
        {"", false},
        {"密码密码密码密码密码Aa", true},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(!password_check(a, rows[i].password), rows[i].is_good);
    for (int i = 0; i < 100; i++)
        assert_null(password_check(a, password_random(a)));
    arena_free(a);
}

/* No role may manage people, read the audit and act in cases all at once (三权分立). */
static void divides_the_powers(void **state)
{
    (void)state;
    size_t count = 0;
    for (const struct role *r = roles; r->name; r++, count++) {
        bool manages = false, audits = false, acts = false;
        for (const enum right *right = r->rights; *right != RIGHT_COUNT; right++) {
            manages = manages || *right == RIGHT_PEOPLE_MANAGE;
            audits = audits || *right == RIGHT_AUDIT_READ;
            acts = acts || *right == RIGHT_CASE_ACT;
        }
        assert_true(manages + audits + acts <= 1);
    }
    assert_int_equal(count, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_nobody_apart),
        cmocka_unit_test(asks_for_a_new_password_after_its_days),
        cmocka_unit_test(locks_after_five_failures),
        cmocka_unit_test(keeps_the_lock_over_a_restart),
        cmocka_unit_test(ends_sessions_in_time),
        cmocka_unit_test(signs_out),
        cmocka_unit_test(gives_rights_of_posts_in_force),
        cmocka_unit_test(ends_rights_with_the_post),
        cmocka_unit_test(refuses_weak_passwords),
        cmocka_unit_test(divides_the_powers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
