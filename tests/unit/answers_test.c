/* Answer tables: a column a question, a table a repeat, wide forms in parts; the same when made
 * anew. */
#include "domain/answers.h"

#include "domain/derive.h"
#include "domain/rebuild.h"
#include "domain/submission.h"
#include "store_help.h"
#include "town.h"

enum { MANY = 250 };

/* A household with members and their animals, a version with one question more, and many notes. */
static const char *form_of(struct arena *a, const char *version, const char *more)
{
    struct buf b;
    buf_init(&b, a);
    buf_print(&b,
              "## settings\n\n| form_title | form_id | version |\n|---|---|---|\n"
              "| 入户 | House-Visit | %s |\n\n## survey\n\n| type | name | label |\n|---|---|---|\n"
              "| text | Head | 户主 |\n| integer | people | 人数 |\n| decimal | land | 面积 |\n"
              "| date | seen | 日期 |\n| note | hello | 您好 |\n| text | tenant | 租户 |\n"
              "| text | select | 选 |\n%s| begin repeat | member | 成员 |\n| text | name | 姓名 |\n"
              "| integer | age | 年龄 |\n| begin repeat | pet | 动物 |\n| text | name | 名 |\n"
              "| end repeat | | |\n| end repeat | | |\n",
              version, more);
    for (int i = 0; i < MANY; i++)
        buf_print(&b, "| text | q%d | 题%d |\n", i, i);
    return buf_text(&b);
}

static void submit(struct town *t, const char *version, const char *id, const char *inner)
{
    const char *xml = text_print(
        t->arena,
        "<data id=\"House-Visit\" version=\"%s\" xmlns:orx=\"http://openrosa.org/xforms\">%s"
        "<orx:meta><orx:instanceID>uuid:%s</orx:instanceID></orx:meta></data>",
        version, inner, id);
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
    t->now_ms += 1000;
}

/* Read one text column. */
struct look {
    const char *sql;
    struct buf out;
};

static struct err *look_read(struct tx *tx, void *job)
{
    struct look *l = job;
    struct rows *r;
    TRY(sql_rows_text(tx, l->sql, NO_ARGS, &r));
    while (rows_next(r))
        buf_print(&l->out, "%s%s", l->out.size ? ";" : "", rows_text(r, 0));
    return rows_end(r);
}

static const char *look(struct town *t, const char *sql)
{
    struct look l = {.sql = sql};
    buf_init(&l.out, t->arena);
    OK(store_read(t->store, t->arena, look_read, &l));
    return buf_text(&l.out);
}

static void derive_all(struct town *t)
{
    struct arena *a = arena_new();
    t->now_ms += 5000; /* settled */
    OK(derive_tick(t->office, a));
    arena_free(a);
}

static const struct {
    const char *sql, *values;
} looks[] = {
    {"select head || '|' || people || '|' || seen || '|' || tenant_2 || '|' || \"select\" from "
     "answers_house_visit where head = '张三'",
     "张三|3|2026-11-24|甲|乙"},
    {"select case when land > 1.5 and land < 1.7 then 'ok' end from answers_house_visit "
     "where head = '张三'",
     "ok"},
    {"select case when people is null then 'null' end from answers_house_visit where head = '李四'",
     "null"},
    {"select instance_id || ' ' || version from answers_house_visit order by received_at",
     "uuid:a 1;uuid:b 1;uuid:c 2"},
    {"select position || ' ' || name || ' ' || coalesce(age, -1) from answers_house_visit_member "
     "order by submission_id, position",
     "1 王五 40;2 赵六 -1"},
    {"select position || ' ' || name from answers_house_visit_pet order by position",
     "1.1 狗;2.1 猫;2.2 马"},
    {"select q0 || ' ' || b.q249 from answers_house_visit a join answers_house_visit_2 b "
     "on b.tenant = a.tenant and b.submission_id = a.submission_id where q0 is not null",
     "first last"},
    {"select extra from answers_house_visit_2 where extra is not null", "new"},
    {"select cast(max(n) as text) from (select count(*) as n from answer_columns "
     "group by table_name) x",
     "200"},
    {"select cast(count(*) as text) from answer_columns where column_name like '%hello%'", "0"},
};

static void check_looks(struct town *t)
{
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        assert_string_equal(look(t, looks[i].sql), looks[i].values);
}

static void answers_lie_in_columns(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    town_publish(&t, form_of(t.arena, "1", ""));
    submit(&t, "1", "a",
           "<Head>张三</Head><people>3</people><land>1.60</land><seen>2026-11-24</seen>"
           "<tenant>甲</tenant><select>乙</select><member><name>王五</name><age>40</age>"
           "<pet><name>狗</name></pet></member><member><name>赵六</name><age/>"
           "<pet><name>猫</name></pet><pet><name>马</name></pet></member>"
           "<q0>first</q0><q249>last</q249>");
    submit(&t, "1", "b", "<Head>李四</Head><people>many</people>");
    derive_all(&t);
    town_publish(&t, form_of(t.arena, "2", "| text | extra | 新 |\n"));
    submit(&t, "2", "c", "<Head>王</Head><extra>new</extra>");
    derive_all(&t);
    check_looks(&t);
    OK(store_write(t.store, t.arena, rebuild_work, t.office));
    derive_all(&t); /* what was not settled */
    check_looks(&t);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(answers_lie_in_columns)};
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
