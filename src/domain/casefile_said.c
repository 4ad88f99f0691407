/* What the applicant is told at each event, in plain words: what happened, what he must do, and
 * until when. Derived from the events, so that a corrected wording needs no repair of data. */
#include "domain/casefile_own.h"

#include "base/buf.h"
#include "base/text.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>

QUERY(said_notices, "select items from notices where tenant = $1 and case_id = $2 order by number");

struct saying {
    struct casefile *c;
    const struct case_clock *clock;
    const char *language;
    bool is_english;
    const char *const *notices; /* the lists of what is missing, in the order they were given */
    size_t notice_count, notices_told;
};

static struct err *load_notices(struct saying *s)
{
    struct casefile *c = s->c;
    struct rows *r;
    const char **list = NULL;
    TRY(sql_rows(c->tx, &said_notices, ARGS(sql_int(c->tenant), sql_int(c->id)), &r));
    while (rows_next(r)) {
        list = arena_room(c->arena, list, s->notice_count, sizeof *list);
        list[s->notice_count++] = rows_text(r, 0);
    }
    s->notices = list;
    return rows_end(r);
}

static const char *received(const struct saying *s, const struct case_event *e)
{
    struct arena *a = s->c->arena;
    if (text_equal(e->outcome.outcome, "granted"))
        return case_label(s->language, "当场办好了，已经批下来。", "It was granted at once.");
    if (e->outcome.accepts)
        return case_label(s->language, "您的申请收到了，已经受理。",
                          "Your application was received and accepted.");
    const char *on = day_words(a, s->language, s->clock->answer_by);
    return s->is_english
               ? text_print(a,
                            "Your application was received. By %s you are told whether anything "
                            "is missing.",
                            on)
               : text_print(a, "您的申请收到了，最晚 %s告诉您材料齐不齐。", on);
}

static const char *accepted(const struct saying *s)
{
    struct arena *a = s->c->arena;
    const struct case_clock *k = s->clock;
    const struct clock_reading *r = k->has_promised && k->promised.has_due ? &k->promised
                                    : k->has_legal && k->legal.has_due     ? &k->legal
                                                                           : NULL;
    if (!r)
        return case_label(s->language, "您的申请已经受理。", "Your application was accepted.");
    const char *on = day_words(a, s->language, r->due);
    return s->is_english ? text_print(a, "Your application was accepted. The result comes by %s%s.",
                                      on, r->is_provisional ? " (provisional)" : "")
                         : text_print(a, "您的申请已经受理，最晚 %s%s有结果。", on,
                                      r->is_provisional ? "（暂定）" : "");
}

static struct err *noticed(struct saying *s, const char **out)
{
    struct arena *a = s->c->arena;
    const struct json *items = NULL;
    struct buf b;
    buf_init(&b, a);
    const char *list = s->notices_told < s->notice_count ? s->notices[s->notices_told] : "[]";
    s->notices_told++;
    TRY(json_read(a, list, strlen(list), &items));
    for (size_t i = 0; i < json_count(items); i++) {
        const struct json *item = json_at(items, i);
        const char *label = json_get_text(item, "label"), *text = json_get_text(item, "text");
        const char *colon = !*label || !*text ? "" : s->is_english ? ": " : "：";
        buf_print(&b, "%s%s%s%s", i == 0 ? "" : s->is_english ? "; " : "；", label, colon, text);
    }
    *out = s->is_english
               ? text_print(a, "Something is missing: %s. Send it and it goes on.", buf_text(&b))
               : text_print(a, "还差这些：%s。补上就接着办，不用从头来。", buf_text(&b));
    return NULL;
}

static const char *decided(const struct saying *s, const struct case_event *e)
{
    static const struct {
        const char *outcome, *chinese, *english;
    } words[] = {
        {"granted", "批下来了。", "It was granted."},
        {"refused", "没有批准。", "It was refused."},
        {"declined", "这件事不予受理。", "It was not accepted."},
        {"withdrawn", "申请已经撤回。", "The application was withdrawn."},
    };
    const char *said = "";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_equal(words[i].outcome, e->outcome.outcome))
            said = case_label(s->language, words[i].chinese, words[i].english);
    if (!*e->reason || text_equal(e->outcome.outcome, "granted"))
        return said;
    return s->is_english ? text_print(s->c->arena, "%s Reason: %s", said, e->reason)
                         : text_print(s->c->arena, "%s理由：%s", said, e->reason);
}

static const char *moved(const struct saying *s, const struct case_event *e)
{
    const struct flow_outcome *o = &e->outcome;
    if (text_equal(o->effect, "deliver"))
        return case_label(s->language, "结果已经送到。", "The result was delivered.");
    if (o->stops_clock)
        return s->is_english
                   ? text_print(s->c->arena, "The time stands still meanwhile. %s", e->reason)
                   : text_print(s->c->arena, "这段时间不计时。%s", e->reason);
    if (text_equal(o->effect, "extend"))
        return s->is_english ? text_print(s->c->arena, "The time was extended. %s", e->reason)
                             : text_print(s->c->arena, "办理期限延长了。%s", e->reason);
    return o->resumes_clock
               ? case_label(s->language, "接着办了，时间重新算。", "It goes on, and the time runs.")
               : "";
}

static struct err *say(struct saying *s, const struct case_event *e, const char *outcome_before,
                       const char **out)
{
    const struct flow_outcome *o = &e->outcome;
    *out = "";
    if (text_equal(e->kind, "opened"))
        *out = received(s, e);
    else if (text_equal(e->kind, "corrected"))
        *out = case_label(s->language, "补的材料收到了，接着办。",
                          "What was missing has come; it goes on.");
    else if (!text_equal(e->kind, "action") || o->is_take_back || o->stays)
        return NULL;
    else if (o->gives_notice)
        return noticed(s, out);
    else if (*o->outcome && !text_equal(o->outcome, outcome_before))
        *out = decided(s, e);
    else
        *out = o->accepts ? accepted(s) : moved(s, e);
    return NULL;
}

struct err *case_said(struct casefile *c, const struct case_clock *clock, const char *language,
                      const char *const **said_out)
{
    struct saying s = {c, clock, language, text_equal(language, "en"), NULL, 0, 0};
    const char **said = arena_array(c->arena, c->event_count + 1, sizeof *said);
    const char *outcome = "";
    TRY(load_notices(&s));
    for (size_t i = 0; i < c->event_count; i++) {
        TRY(say(&s, &c->events[i], outcome, &said[i]));
        if (*c->events[i].outcome.outcome)
            outcome = c->events[i].outcome.outcome;
    }
    *said_out = said;
    return NULL;
}
