#include "domain/visit.h"

#include "base/buf.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/casefile_own.h"
#include "store/store.h"

QUERY(visit_insert,
      "insert into visits (tenant, id, case_id, on_day, at, cause, is_wasted, note, person_id) "
      "values ($1, $2, $3, $4, $5, $6, $7, $8, $9)");

const struct visit_cause visit_causes[] = {
    {"file", "交材料", "Handed in the application", false},
    {"supplement", "补材料", "Brought what was missing", false},
    {"sign", "面签", "Signed in person", false},
    {"collect", "领结果", "Collected the result", false},
    {"ask", "来问", "Came to ask", false},
    {"wasted_missing", "白跑：材料没带齐", "For nothing: papers missing", true},
    {"wasted_closed", "白跑：窗口没人", "For nothing: the counter was closed", true},
    {"wasted_system", "白跑：系统不通", "For nothing: the system was down", true},
    {"other", "其他", "Other", false},
    {NULL, NULL, NULL, false},
};

const struct visit_cause *visit_cause_find(const char *name)
{
    for (const struct visit_cause *cause = visit_causes; cause->name; cause++)
        if (text_equal(cause->name, name) || text_equal(cause->label, name))
            return cause;
    return NULL;
}

struct err *case_visit_add(struct casefile *c, const struct actor *who, const struct post *post,
                           const char *cause_name, bool is_wasted, const char *note)
{
    const struct visit_cause *cause = visit_cause_find(cause_name);
    if (!cause)
        return err_new(c->arena, ERR_INVALID, "visit.cause", "cause",
                       "There is no cause '%s' of a visit. Choose one of the list.",
                       "没有“%s”这种到场原因，请从列表中选择。", cause_name);
    struct case_event e = {.kind = "visit",
                           .action = cause->name,
                           .reason = cause->label,
                           .note = note,
                           .is_wasted = is_wasted || cause->is_wasted,
                           .outcome = {.effect = ""}};
    TRY(sql_run(c->tx, &visit_insert,
                ARGS(sql_int(c->tenant), sql_int(tx_new_id(c->tx)), sql_int(c->id),
                     sql_int(c->today), sql_int(tx_now_ms(c->tx)), sql_text(cause->name),
                     sql_int(e.is_wasted), sql_text(note),
                     sql_int_or_null(who->person_id, who->person_id != 0)),
                NULL));
    return case_append(c, who, post, &e);
}

struct err *visit_add_work(struct tx *tx, void *job)
{
    struct visit_new *v = job;
    struct casefile *c;
    const struct post **posts;
    size_t count;
    TRY(case_load(tx, v->office, v->who, RIGHT_CASE_READ, v->ref, &c));
    TRY(case_posts(c, v->who, RIGHT_CASE_READ, &posts, &count));
    TRY(case_visit_add(c, v->who, count ? posts[0] : NULL, v->cause, v->is_wasted, v->note));
    TRY(case_write_state(c, false));
    return audit_add(tx, v->who, "case.visit", text_print(c->arena, "case:%s", c->ref), "ok");
}
