/* What a case is said to be, in plain words of Chinese and English: never a code, always the day.
 */
#include "domain/casefile_own.h"

#include "base/buf.h"
#include "base/text.h"
#include "domain/office.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "store/store.h"

QUERY(notices_of, "select number, issued_on, items, override_reason, answered_at from notices "
                  "where tenant = $1 and case_id = $2 order by number");
QUERY(visits_of,
      "select on_day, cause, is_wasted, note from visits where tenant = $1 and case_id = $2 "
      "order by at, id");
QUERY(rating_of, "select level, words, at from ratings where tenant = $1 and case_id = $2 "
                 "order by at desc limit 1");

const char *case_label(const char *language, const char *chinese, const char *english)
{
    return text_equal(language, "en") && *english ? english : chinese;
}

static bool is_english(const char *language)
{
    return text_equal(language, "en");
}

const char *day_words(struct arena *a, const char *language, day d)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int year, month, day_of_month;
    day_to_date(d, &year, &month, &day_of_month);
    return is_english(language) ? text_print(a, "%d %s", day_of_month, months[month - 1])
                                : text_print(a, "%d 月 %d 日", month, day_of_month);
}

void put_day(struct json_out *j, const char *key, bool has_day, day d)
{
    char text[16];
    if (has_day)
        json_put_text(j, key, day_print(text, d));
    else
        json_put_null(j, key);
}

/* The sentence ----------------------------------------------------------------------------- */

static const char *ended_sentence(struct casefile *c, const char *language)
{
    static const struct {
        const char *outcome, *chinese, *english;
    } words[] = {
        {"granted", "办好了，已经批下来。", "Done: it was granted."},
        {"refused", "没有批准。", "It was refused."},
        {"declined", "这件事不予受理。", "It was not accepted."},
        {"withdrawn", "申请已经撤回。", "The application was withdrawn."},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!text_equal(words[i].outcome, c->flow.outcome))
            continue;
        const char *said = case_label(language, words[i].chinese, words[i].english);
        bool has_reason = *c->decision_reason && !text_equal(c->flow.outcome, "granted");
        return !has_reason ? said
               : is_english(language)
                   ? text_print(c->arena, "%s Reason: %s", said, c->decision_reason)
                   : text_print(c->arena, "%s理由：%s", said, c->decision_reason);
    }
    return case_label(language, "办完了。", "Done.");
}

/* The latest day the applicant may count on: promised, else by law, else the answer whether his
 * application is accepted. */
static bool latest_day(const struct case_clock *clock, day *day_out, bool *is_provisional_out)
{
    const struct clock_reading *r = clock->has_promised && clock->promised.has_due
                                        ? &clock->promised
                                    : clock->has_legal && clock->legal.has_due ? &clock->legal
                                                                               : NULL;
    *day_out = r ? r->due : clock->answer_by;
    *is_provisional_out = r && r->is_provisional;
    return r != NULL;
}

static struct err *open_sentence(struct casefile *c, const struct case_clock *clock,
                                 const char *language, const char **out)
{
    const char *unit, *stopped = clock->has_legal ? clock->legal.stopped_for : "";
    day latest;
    bool is_provisional, is_accepted = latest_day(clock, &latest, &is_provisional);
    TRY(case_unit_name(c, c->flow.step, &unit));
    if (*stopped) {
        *out = is_english(language)
                   ? text_print(c->arena, "With %s; the time stands still for: %s.", unit, stopped)
                   : text_print(c->arena, "%s在办，正在%s，这段时间不计时。", unit, stopped);
        return NULL;
    }
    const char *on = day_words(c->arena, language, latest);
    const char *mark = !is_provisional ? "" : is_english(language) ? " (provisional)" : "（暂定）";
    if (is_accepted || c->flow.has_accepted)
        *out = is_english(language)
                   ? text_print(c->arena, "%s is looking at it, until %s%s at the latest.", unit,
                                on, mark)
                   : text_print(c->arena, "%s在看，最晚 %s%s。", unit, on, mark);
    else
        *out = is_english(language)
                   ? text_print(c->arena, "%s has received it and answers by %s%s.", unit, on, mark)
                   : text_print(c->arena, "%s收到了，最晚 %s%s告诉您材料齐不齐。", unit, on, mark);
    return NULL;
}

struct err *case_sentence(struct casefile *c, const struct case_clock *clock, const char *language,
                          const char **out)
{
    const char *unit;
    if (text_equal(c->flow.state, "closed")) {
        *out = ended_sentence(c, language);
        return NULL;
    }
    if (text_equal(c->flow.state, "decided")) {
        TRY(case_unit_name(c, c->flow.step, &unit));
        bool is_granted = text_equal(c->flow.outcome, "granted");
        *out = is_english(language)
                   ? text_print(c->arena, "%s %s delivers the result.",
                                is_granted ? "It was granted." : "It was refused.", unit)
                   : text_print(c->arena, "%s，%s来送结果。", is_granted ? "批下来了" : "没有批准",
                                unit);
        return NULL;
    }
    if (text_equal(c->flow.state, "waiting")) {
        *out = case_label(language, "等您补材料，补上就接着办，不用从头来。",
                          "It waits for you: send what is missing and it goes on.");
        return NULL;
    }
    return open_sentence(c, clock, language, out);
}

/* Timeline ----------------------------------------------------------------------------------- */

/* The action of the sheet that an event took; of a case decided when it opened, its grant. */
static const struct service_action *action_of(const struct casefile *c, const struct case_event *e)
{
    bool is_instant = text_equal(e->kind, "opened") && text_equal(e->outcome.outcome, "granted");
    for (size_t i = 0; i < c->service->action_count; i++) {
        const struct service_action *action = &c->service->actions[i];
        if (is_instant
                ? text_equal(action->effect, "grant")
                : text_equal(action->step, e->from_step) && text_equal(action->name, e->action))
            return action;
    }
    return NULL;
}

const char *case_event_step(const struct casefile *c, const struct case_event *e)
{
    const struct service_action *action = action_of(c, e);
    return action ? action->step : e->from_step;
}

const char *event_label(const struct casefile *c, const char *language, const struct case_event *e)
{
    static const struct {
        const char *kind, *chinese, *english;
    } words[] = {
        {"opened", "收到申请", "Application received"},
        {"corrected", "补正的材料收到了", "Correction received"},
        {"visit", "申请人来了一趟", "The applicant came"},
        {"rated", "申请人评价", "Rating by the applicant"},
        {"message", "留言", "Message"},
    };
    const struct service_action *action = action_of(c, e);
    if (e->outcome.is_take_back)
        return case_label(language, "经办人撤回上一步", "The last act was taken back");
    if (text_equal(e->kind, "opened") && text_equal(e->outcome.outcome, "granted"))
        return case_label(language, "当场办好", "Decided at once");
    if (action)
        return case_label(language, action->label, action->label_en);
    if (text_equal(e->outcome.effect, "withdraw"))
        return case_label(language, "申请人撤回申请", "Withdrawn by the applicant");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_equal(words[i].kind, e->kind))
            return case_label(language, words[i].chinese, words[i].english);
    return e->action;
}

/* Parts that both views show ------------------------------------------------------------------- */

struct err *write_notices(struct casefile *c, struct json_out *j)
{
    struct rows *r;
    json_open_array(j, "notices");
    TRY(sql_rows(c->tx, &notices_of, ARGS(sql_int(c->tenant), sql_int(c->id)), &r));
    while (rows_next(r)) {
        json_open_object(j, NULL);
        json_put_int(j, "number", rows_int(r, 0));
        put_day(j, "issued_on", true, (day)rows_int(r, 1));
        json_put_raw(j, "items", rows_text(r, 2));
        json_put_text(j, "override_reason", rows_text(r, 3));
        json_put_bool(j, "is_answered", !rows_is_null(r, 4));
        json_close_object(j);
    }
    json_close_array(j);
    return rows_end(r);
}

struct err *write_visits(struct casefile *c, struct json_out *j)
{
    struct rows *r;
    json_open_array(j, "visits");
    TRY(sql_rows(c->tx, &visits_of, ARGS(sql_int(c->tenant), sql_int(c->id)), &r));
    while (rows_next(r)) {
        json_open_object(j, NULL);
        put_day(j, "on", true, (day)rows_int(r, 0));
        json_put_text(j, "cause", rows_text(r, 1));
        json_put_bool(j, "is_wasted", rows_int(r, 2) != 0);
        json_put_text(j, "note", rows_text(r, 3));
        json_close_object(j);
    }
    json_close_array(j);
    TRY(rows_end(r));
    json_put_int(j, "visit_count", c->visit_count);
    return NULL;
}

struct err *write_rating(struct casefile *c, struct json_out *j, bool *is_rated_out)
{
    struct rows *r;
    TRY(sql_row(c->tx, &rating_of, ARGS(sql_int(c->tenant), sql_int(c->id)), &r, is_rated_out));
    if (!*is_rated_out) {
        json_put_null(j, "rating");
        return NULL;
    }
    json_open_object(j, "rating");
    json_put_int(j, "level", rows_int(r, 0));
    json_put_text(j, "words", rows_text(r, 1));
    json_put_int(j, "at", rows_int(r, 2));
    json_close_object(j);
    return NULL;
}

const struct case_event *case_letter_event(const struct casefile *c, const char *name)
{
    for (size_t i = c->event_count; i-- > 0;) {
        const struct service_action *action = action_of(c, &c->events[i]);
        if (action && text_equal(action->letter, name) && !c->events[i].outcome.is_take_back)
            return &c->events[i];
    }
    return NULL;
}

void write_letter_list(struct casefile *c, struct json_out *j, const char *language)
{
    json_open_array(j, "letters");
    for (size_t i = 0; i < c->service->letter_count; i++) {
        const struct service_letter *letter = &c->service->letters[i];
        if (!case_letter_event(c, letter->name))
            continue;
        json_open_object(j, NULL);
        json_put_text(j, "name", letter->name);
        json_put_text(j, "label", case_label(language, letter->label, letter->label_en));
        json_close_object(j);
    }
    json_close_array(j);
}
