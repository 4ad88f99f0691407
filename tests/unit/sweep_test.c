/* Sweeping, with the clock moved: what has run out goes, what somebody still needs stays. */
#include "domain/sweep.h"

#include "town.h"

QUERY(test_draft, "insert into drafts (tenant, id, code_hash, key_hash, service_id, "
                  "form_version_id, instance_id, answers, person_id, created_at, changed_at, "
                  "expires_at, ended_at, version) values ($1, $2, $3, 'k', 1, 1, $3, '[]', null, "
                  "0, 0, $4, null, 1)");
QUERY(test_upload, "insert into uploads (tenant, instance_id, name, blob_hash, size, media_type, "
                   "created_at, key_hash) values ($1, $2, 'a.jpg', $3, 1, '', $4, 'k')");
QUERY(test_blob, "insert into blobs (tenant, hash, size, created_at) values ($1, $2, 1, 0) "
                 "on conflict (tenant, hash) do nothing");
QUERY(test_attachment, "insert into attachments (tenant, submission_id, name, blob_hash, size, "
                       "media_type) values ($1, 1, 'a.jpg', $2, 1, '')");
QUERY(test_claim, "insert into claim_codes (tenant, code_hash, entity_id, case_id, "
                  "identity_level, created_at, expires_at, used_at, person_id, failed_count) "
                  "values ($1, $2, null, null, 1, 0, $3, null, null, 0)");
QUERY(count_drafts, "select count(*) from drafts where tenant = $1");
QUERY(count_uploads, "select count(*) from uploads where tenant = $1");
QUERY(count_blobs, "select count(*) from blobs where tenant = $1");
QUERY(count_sessions, "select count(*) from sessions where tenant = $1");
QUERY(count_claims, "select count(*) from claim_codes where tenant = $1");
QUERY(count_entries, "select count(*) from audit_entries where tenant = $1 and op = 'sweep'");

#define DAYS(n) ((int64_t)(n)*86400 * 1000)

static struct err *upload(struct tx *tx, int64_t tenant, const char *instance, const char *hash)
{
    TRY(sql_run(tx, &test_blob, ARGS(sql_int(tenant), sql_text(hash)), NULL));
    return sql_run(
        tx, &test_upload,
        ARGS(sql_int(tenant), sql_text(instance), sql_text(hash), sql_int(tx_now_ms(tx))), NULL);
}

static struct err *fill(struct tx *tx, void *job)
{
    const struct town *t = job;
    int64_t tenant = t->office->tenant->id, now = tx_now_ms(tx);
    const char *token;
    TRY(sql_run(tx, &test_draft,
                ARGS(sql_int(tenant), sql_int(1), sql_text("alive"), sql_int(now + DAYS(30))),
                NULL));
    TRY(sql_run(tx, &test_draft,
                ARGS(sql_int(tenant), sql_int(2), sql_text("short"), sql_int(now + DAYS(1))),
                NULL));
    TRY(upload(tx, tenant, "alive", "of a draft"));
    TRY(upload(tx, tenant, "forgotten", "nobody's"));
    TRY(upload(tx, tenant, "submitted", "attached"));
    TRY(sql_run(tx, &test_attachment, ARGS(sql_int(tenant), sql_text("attached")), NULL));
    TRY(sql_run(tx, &test_claim, ARGS(sql_int(tenant), sql_text("old"), sql_int(now + DAYS(1))),
                NULL));
    TRY(sql_run(tx, &test_claim, ARGS(sql_int(tenant), sql_text("new"), sql_int(now + DAYS(14))),
                NULL));
    TRY(session_open(tx, &(struct session_new){.tenant = tenant, .seconds = 3600}, &token));
    return session_open(tx, &(struct session_new){.tenant = tenant, .seconds = 86400 * 20}, &token);
}

static void takes_away_what_has_run_out(void **state)
{
    (void)state;
    static const struct {
        int64_t after_days;
        int drafts, uploads, blobs, sessions, claims, entries;
    } rows[] = {
        {0, 2, 3, 3, 2, 2, 0},  {6, 1, 3, 3, 1, 1, 1},  {8, 1, 1, 2, 1, 1, 2},
        {16, 1, 1, 2, 1, 0, 3}, {40, 0, 0, 1, 0, 0, 4}, {41, 0, 0, 1, 0, 0, 4},
    };
    struct town t;
    town_open(&t);
    OK(store_write(t.store, t.arena, fill, &t));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        t.now_ms = TOWN_START_MS + DAYS(rows[i].after_days);
        OK(office_tick(t.office, t.arena));
        assert_int_equal(town_count(&t, &count_drafts), rows[i].drafts);
        assert_int_equal(town_count(&t, &count_uploads), rows[i].uploads);
        assert_int_equal(town_count(&t, &count_blobs), rows[i].blobs);
        assert_int_equal(town_count(&t, &count_sessions), rows[i].sessions);
        assert_int_equal(town_count(&t, &count_claims), rows[i].claims);
        assert_int_equal(town_count(&t, &count_entries), rows[i].entries);
    }
    town_close(&t);
}

static struct err *fill_many(struct tx *tx, void *job)
{
    const struct town *t = job;
    for (int i = 0; i < SWEEP_MOST + 10; i++)
        TRY(upload(tx, t->office->tenant->id, text_print(tx_arena(tx), "i%d", i), "same"));
    return NULL;
}

static void takes_a_bounded_number_at_a_time(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    OK(store_write(t.store, t.arena, fill_many, &t));
    t.now_ms += DAYS(8);
    OK(office_tick(t.office, t.arena));
    assert_int_equal(town_count(&t, &count_uploads), 10);
    assert_int_equal(town_count(&t, &count_blobs), 1); /* others still name it */
    OK(office_tick(t.office, t.arena));
    assert_int_equal(town_count(&t, &count_uploads), 0);
    assert_int_equal(town_count(&t, &count_blobs), 0);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_away_what_has_run_out),
        cmocka_unit_test(takes_a_bounded_number_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
