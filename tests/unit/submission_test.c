/* Submissions, from the workbook to the receipt: idempotent, judged, kept and flagged, with files,
 * with what they write in a registry. */
#include "domain/submission.h"

#include "domain/draft.h"
#include "domain/registry.h"
#include "town.h"

/* A service of two steps: who asks, how old, a photo from eighty on; saved as a resident. */
static const char help_md[] =
    "## settings\n\n| form_title | form_id | version |\n|---|---|---|\n| 帮扶 | help | 1 |\n\n"
    "## survey\n\n| type | name | label | required | relevant | constraint | save_to |\n"
    "|---|---|---|---|---|---|---|\n"
    "| text | applicant_name | 姓名 | yes | | | name_full |\n"
    "| text | applicant_id | 身份证 | | | | id_number |\n"
    "| integer | age | 年龄 | yes | | . < 120 | |\n"
    "| text | village | 村 | | | | |\n"
    "| image | photo | 照片 | | ${age} >= 80 | | |\n\n"
    "## entities\n\n| list_name | label |\n|---|---|\n| residents | ${applicant_name} |\n\n";
static const char steps_md[] =
    "## service\n\n| name | kind | legal_basis | level | owner_unit | audience | case_kind | "
    "limit_promised | limit_promised_unit | condition | has_fee | result_name | delivery | visits "
    "| "
    "online | booking | self_service | post | assist | scope | place | hours | phone_ask | "
    "phone_complain | keywords |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|-"
    "--|"
    "---|\n"
    "| 帮扶 | 05 | 法 | 乡 | fwzx | 自然人 | 承诺件 | 5 | wd | 无 | 否 | 结果 | 窗口 | 0 | 是 | 否 "
    "| 否 "
    "| 否 | 是 | 本县 | 大厅 | 工作日 | 000 | 000 | 困难 补助 |\n\n"
    "## steps\n\n| name | label | unit | role | limit | limit_unit | clock |\n"
    "|---|---|---|---|---|---|---|\n| check | 受理 | fwzx | clerk | 5 | wd | runs |\n\n"
    "## actions\n\n| step | action | label | next | needs | effect | kind |\n"
    "|---|---|---|---|---|---|---|\n"
    "| check | grant | 同意 | end | | grant | forward |\n"
    "| check | decline | 不予受理 | end | reason | decline | forward |\n\n";

QUERY(test_submissions, "select count(*) from submissions where tenant = $1");
QUERY(test_cases, "select count(*) from cases where tenant = $1");
QUERY(test_flagged, "select count(*) from submissions where tenant = $1 and is_acceptable = 0");
QUERY(test_created, "select count(*) from audit_entries where tenant = $1 "
                    "and op = 'submission.create'");
QUERY(test_resident_versions, "select count(*) from entity_versions where tenant = $1");
QUERY(test_residents, "select count(*) from entities where tenant = $1");

static const char *xml_of(struct town *t, const char *id, const char *name, const char *number,
                          const char *age, const char *photo)
{
    return text_print(t->arena,
                      "<data id=\"help\" version=\"1\" "
                      "xmlns:orx=\"http://openrosa.org/xforms\"><applicant_name>%s"
                      "</applicant_name><applicant_id>%s</applicant_id><age>%s</age>"
                      "<village>十堡村</village>%s%s%s"
                      "<orx:meta><orx:instanceID>%s</orx:instanceID></orx:meta></data>",
                      name, number, age, *photo ? "<photo>" : "", photo, *photo ? "</photo>" : "",
                      id);
}

static struct submission_input input_of(const char *channel, const char *xml)
{
    return (struct submission_input){.channel = channel,
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
}

static struct err *send(struct town *t, const struct actor *who, const struct submission_input *in,
                        struct submission **out, const char **findings_out)
{
    TRY(submission_prepare(t->office, t->arena, who, in, out, findings_out));
    return store_write(t->store, t->arena, submission_store, *out);
}

static const char *send_code(struct town *t, const char *channel, const char *xml,
                             struct submission **out)
{
    struct submission *s = NULL;
    const char *findings;
    struct submission_input in = input_of(channel, xml);
    struct err *e = send(t, town_nobody(t), &in, &s, &findings);
    if (out)
        *out = s;
    return CODE(e);
}

static void help_open(struct town *t, bool has_steps)
{
    town_open(t);
    town_publish(t, has_steps ? text_print(t->arena, "%s%s", help_md, steps_md) : help_md);
}

static void opens_a_case_once(void **state)
{
    (void)state;
    struct town t;
    help_open(&t, true);
    const char *xml = xml_of(&t, "uuid:1", "张三", "", "70", "");
    struct submission *first, *again, *other;
    assert_string_equal(send_code(&t, "web", xml, &first), "");
    assert_true(strlen(first->receipt.ref) > 10);
    assert_int_equal(strlen(first->receipt.code), 6);
    assert_int_equal(strlen(first->receipt.head_hash), 64);
    assert_string_equal(send_code(&t, "web", xml, &again), "");
    assert_true(again->was_known && !first->was_known);
    assert_string_equal(again->receipt.ref, first->receipt.ref);
    assert_string_equal(again->receipt.code, first->receipt.code);
    assert_string_equal(again->receipt.head_hash, first->receipt.head_hash);
    assert_int_equal(again->receipt.sequence, first->receipt.sequence);
    assert_int_equal(again->receipt.received_at, first->receipt.received_at);
    const char *changed = xml_of(&t, "uuid:1", "李四", "", "70", "");
    assert_string_equal(send_code(&t, "web", changed, &other), "submission.other_content");
    assert_int_equal(town_count(&t, &test_submissions), 1);
    assert_int_equal(town_count(&t, &test_cases), 1);
    assert_int_equal(town_count(&t, &test_created), 1);
    town_close(&t);
}

static void refuses_people_and_keeps_devices(void **state)
{
    (void)state;
    static const struct {
        const char *name, *age, *photo, *web, *findings;
    } rows[] = {
        {"张三", "70", "", "", ""},
        {"", "70", "", "submission.invalid", "answer.required"},
        {"张三", "130", "", "submission.invalid", "answer.constraint"},
        {"张三", "seventy", "", "submission.invalid", "answer.type"},
        {"张三", "85", "a.jpg", "submission.invalid", "file.missing"},
    };
    struct town t;
    help_open(&t, true);
    int64_t kept = 0, flagged = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *id = text_print(t.arena, "uuid:%zu", i);
        const char *xml = xml_of(&t, id, rows[i].name, "", rows[i].age, rows[i].photo);
        struct submission *s;
        const char *findings;
        struct submission_input in = input_of("web", xml);
        assert_string_equal(CODE(send(&t, town_nobody(&t), &in, &s, &findings)), rows[i].web);
        assert_true(strstr(findings, rows[i].findings) != NULL);
        kept += !*rows[i].web;
        assert_int_equal(town_count(&t, &test_submissions), kept);
        if (!*rows[i].web)
            continue;
        assert_string_equal(send_code(&t, "openrosa", xml, &s), "");
        kept++;
        flagged += !text_equal(rows[i].findings, "file.missing"); /* a device sends files later */
        assert_int_equal(town_count(&t, &test_flagged), flagged);
    }
    town_close(&t);
}

/* The workbook's column `identity` names the level; a device is kept whatever it sends. */
static void asks_for_the_identity_it_needs(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    const char *steps = text_print(t.arena, "%s", steps_md);
    char *head = strstr(steps, "| keywords |"), *cells = strstr(steps, "| 困难 补助 |");
    memcpy(head, "| identity |", 12);
    memcpy(cells, "| verified      |", strlen("| 困难 补助 |"));
    town_publish(&t, text_print(t.arena, "%s%s", help_md, steps));
    struct submission *s;
    const char *xml = xml_of(&t, "uuid:1", "张三", "", "70", "");
    assert_string_equal(send_code(&t, "web", xml, &s), "submission.identity");
    assert_string_equal(send_code(&t, "helper", xml, &s), "submission.identity");
    assert_int_equal(town_count(&t, &test_submissions), 0);
    assert_string_equal(send_code(&t, "counter", xml, &s), "");
    const char *device = xml_of(&t, "uuid:2", "李四", "", "70", "");
    assert_string_equal(send_code(&t, "openrosa", device, &s), "");
    town_close(&t);
}

static void names_the_form_that_is_meant(void **state)
{
    (void)state;
    struct town t;
    help_open(&t, true);
    static const struct {
        const char *xml, *code;
    } rows[] = {
        {"<data id=\"nothing\" version=\"1\"><a/></data>", "submission.no_service"},
        {"<data id=\"help\" version=\"0\"><age>7</age></data>", "submission.version"},
        {"<data id=\"help\" version=\"1\"><age>7</age></data>", "submission.instance_id"},
        {"<!DOCTYPE data><data id=\"help\" version=\"1\"/>", "xml.doctype"},
        {"<data id=\"help\"", "xml.syntax"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(send_code(&t, "web", rows[i].xml, NULL), rows[i].code);
    assert_int_equal(town_count(&t, &test_submissions), 0);
    town_close(&t);
}

/* Files --------------------------------------------------------------------------------------- */

static const char *blob(struct town *t, const char *bytes, int64_t *size_out)
{
    struct upload *u;
    const char *hash;
    OK(store_blob_begin(t->store, t->arena, &u));
    OK(store_blob_add(u, bytes, strlen(bytes)));
    OK(store_blob_finish(u, &hash, size_out));
    return hash;
}

static const char *upload(struct town *t, const char *instance, const char *name, const char *bytes,
                          const char *key)
{
    struct upload_new u = {.office = t->office,
                           .who = town_nobody(t),
                           .instance_id = instance,
                           .name = name,
                           .media_type = "image/jpeg",
                           .key = key};
    u.blob_hash = blob(t, bytes, &u.size);
    return CODE(store_write(t->store, t->arena, upload_work, &u));
}

static void takes_the_files_of_its_key(void **state)
{
    (void)state;
    struct town t;
    help_open(&t, true);
    assert_string_equal(upload(&t, "uuid:f", "a.jpg", "one", "k1"), "");
    assert_string_equal(upload(&t, "uuid:f", "a.jpg", "two", "k1"), "");
    assert_string_equal(upload(&t, "uuid:f", "a.jpg", "three", "k2"), "upload.key");
    assert_string_equal(upload(&t, "uuid:f", "../a.jpg", "four", "k1"), "upload.name");
    assert_string_equal(upload(&t, "uuid:f", ".a.jpg", "four", "k1"), "upload.name");
    assert_string_equal(upload(&t, "uuid:f", "a.jpg", "four", ""), "upload.name");
    struct submission_input in = input_of("web", xml_of(&t, "uuid:f", "张三", "", "85", "a.jpg"));
    struct submission *s;
    const char *findings;
    in.key = "k2"; /* another's key: as if there were no file */
    assert_string_equal(CODE(send(&t, town_nobody(&t), &in, &s, &findings)), "submission.invalid");
    in.key = "k1";
    OK(send(&t, town_nobody(&t), &in, &s, &findings));
    assert_int_equal(s->receipt.present_count, 1);
    assert_int_equal(s->receipt.missing_count, 0);
    assert_string_equal(s->receipt.files_present[0], "a.jpg");
    const void *bytes;
    size_t size;
    OK(store_blob_read(t.store, t.arena, t.office->tenant->id, secret_sha256_hex(t.arena, "two", 3),
                       &bytes, &size));
    assert_memory_equal(bytes, "two", 3);
    town_close(&t);
}

static void fills_in_the_files_of_devices(void **state)
{
    (void)state;
    struct town t;
    help_open(&t, true);
    struct submission_input in =
        input_of("openrosa", xml_of(&t, "uuid:d", "张三", "", "85", "a.jpg"));
    struct submission *s;
    const char *findings;
    OK(send(&t, town_nobody(&t), &in, &s, &findings));
    assert_int_equal(s->receipt.missing_count, 1);
    int64_t size;
    struct submission_file file = {"a.jpg", "image/jpeg", blob(&t, "photo", &size), 5};
    in.files = &file;
    in.file_count = 1;
    OK(send(&t, town_nobody(&t), &in, &s, &findings));
    assert_int_equal(s->receipt.missing_count, 0);
    assert_int_equal(s->receipt.present_count, 1);
    file.hash = blob(&t, "other", &size);
    assert_string_equal(CODE(send(&t, town_nobody(&t), &in, &s, &findings)),
                        "submission.file_other_content");
    file.hash = blob(&t, "photo", &size);
    OK(send(&t, town_nobody(&t), &in, &s, &findings));
    assert_int_equal(town_count(&t, &test_submissions), 1);
    town_close(&t);
}

/* Registries ---------------------------------------------------------------------------------- */

struct settle {
    struct town *town;
    int64_t submission_id;
};

static struct err *settle_work(struct tx *tx, void *job)
{
    const struct settle *s = job;
    return registry_apply_submission(tx, s->town->terminal, s->submission_id);
}

static void writes_a_plain_form_at_once(void **state)
{
    (void)state;
    struct town t;
    help_open(&t, false);
    static const char id[] = "000000194403020013";
    assert_string_equal(send_code(&t, "web", xml_of(&t, "uuid:a", "张三", id, "70", ""), NULL), "");
    assert_int_equal(town_count(&t, &test_residents), 1);
    /* The same person again: no second entry. */
    assert_string_equal(send_code(&t, "web", xml_of(&t, "uuid:b", "张三丰", id, "70", ""), NULL),
                        "");
    assert_int_equal(town_count(&t, &test_residents), 1);
    assert_string_equal(send_code(&t, "web", xml_of(&t, "uuid:c", "王五", "", "70", ""), NULL), "");
    assert_int_equal(town_count(&t, &test_residents), 2);
    town_close(&t);
}

static void writes_a_case_when_it_is_granted(void **state)
{
    (void)state;
    struct town t;
    help_open(&t, true);
    static const char id[] = "000000194403020013";
    struct submission *s;
    assert_string_equal(send_code(&t, "web", xml_of(&t, "uuid:a", "张三", id, "70", ""), &s), "");
    assert_int_equal(town_count(&t, &test_residents), 0);
    struct settle settle = {&t, s->receipt.case_id};
    OK(store_write(t.store, t.arena, settle_work, &settle));
    OK(store_write(t.store, t.arena, settle_work, &settle)); /* twice changes nothing */
    assert_int_equal(town_count(&t, &test_residents), 1);
    assert_int_equal(town_count(&t, &test_resident_versions), 1);
    town_close(&t);
}

/* A phone in the field may still hold the form of yesterday; a page is told to load it anew. */
static void takes_old_versions_of_devices_only(void **state)
{
    (void)state;
    struct town t;
    help_open(&t, true);
    char *newer = arena_text(t.arena, text_print(t.arena, "%s%s", help_md, steps_md));
    strstr(newer, "| help | 1 |")[9] = '2';
    town_publish(&t, newer);
    const char *xml = xml_of(&t, "uuid:old", "张三", "", "70", "");
    assert_string_equal(send_code(&t, "web", xml, NULL), "submission.version");
    assert_int_equal(town_count(&t, &test_submissions), 0);
    assert_string_equal(send_code(&t, "openrosa", xml, NULL), "");
    assert_int_equal(town_count(&t, &test_submissions), 1);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_a_case_once),
        cmocka_unit_test(refuses_people_and_keeps_devices),
        cmocka_unit_test(asks_for_the_identity_it_needs),
        cmocka_unit_test(names_the_form_that_is_meant),
        cmocka_unit_test(takes_the_files_of_its_key),
        cmocka_unit_test(fills_in_the_files_of_devices),
        cmocka_unit_test(writes_a_plain_form_at_once),
        cmocka_unit_test(writes_a_case_when_it_is_granted),
        cmocka_unit_test(takes_old_versions_of_devices_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
