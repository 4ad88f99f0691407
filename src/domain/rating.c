#include "domain/rating.h"

#include "base/buf.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/casefile_own.h"
#include "store/store.h"

QUERY(rating_insert,
      "insert into ratings (tenant, case_id, contact, level, words, at) "
      "values ($1, $2, 'decided', $3, $4, $5) on conflict (tenant, case_id, contact) do nothing");

static const char *const level_words[] = {"非常不满意", "不满意", "基本满意", "满意", "非常满意"};

static struct err *check_rating(struct casefile *c, const struct rating_new *rating)
{
    if (rating->level < 1 || rating->level > 5)
        return err_new(c->arena, ERR_INVALID, "rating.level", "level",
                       "Give one of five levels, 1 to 5.", "请在五个等级中选一个（1 到 5）。");
    if (!c->has_decided_on || text_equal(c->flow.outcome, "withdrawn"))
        return err_new(c->arena, ERR_CONFLICT, "rating.too_early", "",
                       "A rating is asked for once there is a decision.",
                       "办出结果之后再请您评价。");
    return NULL;
}

struct err *rating_add_work(struct tx *tx, void *job)
{
    struct rating_new *rating = job;
    struct casefile *c;
    int64_t changed;
    TRY(case_load_id(tx, rating->office, rating->who->case_id, &c));
    TRY(check_rating(c, rating));
    TRY(sql_run(tx, &rating_insert,
                ARGS(sql_int(c->tenant), sql_int(c->id), sql_int(rating->level),
                     sql_text(rating->words), sql_int(tx_now_ms(tx))),
                &changed));
    if (changed == 0)
        return err_new(c->arena, ERR_CONFLICT, "rating.given", "",
                       "You have rated this case already. Thank you.", "您已经评价过了，谢谢。");
    struct case_event e = {.kind = "rated",
                           .action = "",
                           .reason = level_words[rating->level - 1],
                           .note = rating->words,
                           .outcome = {.effect = ""}};
    TRY(case_append(c, rating->who, NULL, &e));
    TRY(case_write_state(c, false));
    return audit_add(tx, rating->who, "case.rate", text_print(c->arena, "case:%s", c->ref), "ok");
}
