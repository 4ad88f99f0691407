#include "domain/letter.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "domain/casefile_own.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/submission.h"
#include "domain/tenant.h"
#include "engine/form.h"
#include "formats/json.h"
#include "formats/pdf.h"
#include "store/store.h"

#include <string.h>

QUERY(letter_kept, "select blob_hash from letters where tenant = $1 and case_id = $2 and name = $3 "
                   "order by number desc limit 1");
QUERY(letter_add,
      "insert into letters (tenant, case_id, name, number, blob_hash, made_at, person_id) "
      "select $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5, $6 from letters "
      "where tenant = $1 and case_id = $2 and name = $3");
QUERY(notice_last,
      "select items from notices where tenant = $1 and case_id = $2 order by number desc limit 1");

const char *letter_qr(struct arena *a, const struct office *o, const char *ref)
{
    const struct json *settings;
    const char *text = o->tenant->settings, *address = "";
    if (*text && !json_read(a, text, strlen(text), &settings))
        address = json_get_text(settings, "address");
    return *address ? text_print(a, "%s/#/track/%s", address, ref)
                    : text_print(a, "bangban:%s", ref);
}

/* What a letter may say of its case ------------------------------------------------------------ */

struct writing {
    struct casefile *c;
    struct arena *arena;
    const struct letter_ask *ask;
    struct case_clock clock;
    const char *code;               /* six digits */
    const struct case_event *event; /* that called for the letter; NULL for a receipt */
    day on;                         /* its day */
    struct sheet *sheet;
    struct pdf *pdf;
    bool is_slip;
};

static struct err *notice_items(const struct writing *w, const char **out)
{
    struct rows *r;
    struct buf b;
    bool has_row;
    const struct json *items = NULL;
    buf_init(&b, w->arena);
    TRY(sql_row(w->c->tx, &notice_last, ARGS(sql_int(w->c->tenant), sql_int(w->c->id)), &r,
                &has_row));
    const char *text = has_row ? rows_text(r, 0) : "[]";
    TRY(json_read(w->arena, text, strlen(text), &items));
    for (size_t i = 0; i < json_count(items); i++) {
        const struct json *item = json_at(items, i);
        const char *label = json_get_text(item, "label"), *say = json_get_text(item, "text");
        buf_print(&b, "%s%zu. %s%s%s", i ? "\n" : "", i + 1, label, *label && *say ? "：" : "",
                  say);
    }
    *out = buf_text(&b);
    return NULL;
}

static const char *latest(const struct writing *w, bool legal)
{
    const struct case_clock *k = &w->clock;
    const struct clock_reading *r = legal ? &k->legal : k->has_promised ? &k->promised : &k->legal;
    if (!r->has_due)
        return day_words(w->arena, "zh", k->answer_by);
    const char *words = day_words(w->arena, "zh", r->due);
    return r->is_provisional ? text_join(w->arena, words, "（暂定）") : words;
}

static const char *long_day(struct arena *a, day d)
{
    int year, month, day_of_month;
    day_to_date(d, &year, &month, &day_of_month);
    return text_print(a, "%d 年 %d 月 %d 日", year, month, day_of_month);
}

static const char *track_words(const struct writing *w)
{
    const char *address = letter_qr(w->arena, w->c->office, w->c->ref);
    return text_starts(address, "bangban:") ? "扫下面的二维码" : address;
}

static struct err *case_field(const struct writing *w, const char *name, const char **out)
{
    struct casefile *c = w->c;
    const struct tenant *tenant = c->office->tenant;
    const struct {
        const char *name, *value;
    } fields[] = {
        {"ref", c->ref},
        {"applicant", c->applicant_name},
        {"proxy", c->proxy_name},
        {"service", c->service->title},
        {"area", c->area_name},
        {"received_on", long_day(w->arena, c->received_on)},
        {"accepted_on", c->has_accepted_on ? long_day(w->arena, c->accepted_on) : ""},
        {"decided_on", c->has_decided_on ? long_day(w->arena, c->decided_on) : ""},
        {"today", long_day(w->arena, w->on)},
        {"due", latest(w, false)},
        {"due_legal", latest(w, true)},
        {"reason", w->event && *w->event->reason ? w->event->reason : c->decision_reason},
        {"phone", tenant->phone},
        {"town", tenant->name},
        {"code", casefile_code_groups(w->arena, w->code)},
        {"track", track_words(w)},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (text_equal(fields[i].name, name)) {
            *out = fields[i].value;
            return NULL;
        }
    if (text_equal(name, "notice_items"))
        return notice_items(w, out);
    if (text_equal(name, "unit"))
        return case_unit_name(c, c->flow.step, out);
    *out = "";
    return NULL;
}

/* The label of a choice, or the answer as it is. */
static struct err *answer_display(const struct writing *w, const char *name, const char **out)
{
    const struct form_version *v = w->c->version;
    *out = "";
    for (size_t i = 0; i < v->question_count; i++) {
        if (!text_equal(v->questions[i].name, name))
            continue;
        const struct choice *choices;
        size_t count;
        *out = sheet_value(w->sheet, v->questions[i].path);
        if (!**out ||
            sheet_choices(w->arena, w->sheet, v->questions[i].path, "zh", &choices, &count))
            return NULL;
        for (size_t k = 0; k < count; k++)
            if (text_equal(choices[k].value, *out))
                *out = choices[k].label;
        return NULL;
    }
    return NULL;
}

/* ${question} and ${case.field} filled in; <br> is a line break. */
static struct err *fill_in(const struct writing *w, const char *body, const char **out)
{
    struct buf b;
    buf_init(&b, w->arena);
    for (const char *at = body; *at;) {
        const char *end = text_starts(at, "${") ? strchr(at, '}') : NULL;
        if (text_starts(at, "<br>")) {
            buf_char(&b, '\n');
            at += 4;
        } else if (end) {
            const char *value, *name = arena_copy(w->arena, at + 2, (size_t)(end - at - 2));
            name = text_trim(w->arena, name);
            if (text_starts(name, "case."))
                TRY(case_field(w, name + 5, &value));
            else
                TRY(answer_display(w, name, &value));
            buf_add(&b, value);
            at = end + 1;
        } else {
            buf_char(&b, *at++);
        }
    }
    *out = buf_text(&b);
    return NULL;
}

/* Pages -------------------------------------------------------------------------------------- */

static const char *hall_name(const struct writing *w)
{
    return text_print(w->arena, "%s便民服务中心", w->c->office->tenant->name);
}

static void put_strip(const struct writing *w, const char *above)
{
    const struct tenant *tenant = w->c->office->tenant;
    const char *below = text_print(w->arena, "电话　%s", tenant->phone);
    pdf_strip(w->pdf, letter_qr(w->arena, w->c->office, w->c->ref), above,
              casefile_code_groups(w->arena, w->code), below);
}

static void put_number(const struct writing *w, day on)
{
    pdf_line(w->pdf, text_print(w->arena, "办件号　%s", w->c->ref), long_day(w->arena, on));
    pdf_rule(w->pdf);
    pdf_space(w->pdf, 2);
}

static struct err *put_materials(const struct writing *w)
{
    static const double shares[] = {3, 2, 3};
    static const char *const head[] = {"收下的材料", "份数", "怎么收的"};
    const struct case_material *list;
    size_t count, shown = 0;
    TRY(case_materials(w->c, &list, &count));
    for (size_t i = 0; i < count; i++) {
        bool is_held = text_equal(list[i].state, "held");
        bool is_paper = text_equal(list[i].state, "present") && !*list[i].file;
        if (!is_held && !text_equal(list[i].state, "present"))
            continue;
        const char *cells[] = {list[i].material->label, is_held ? "免交" : "1",
                               is_held    ? "系统核对，不用交"
                               : is_paper ? "窗口看过"
                                          : "照片或扫描件"};
        if (shown++ == 0)
            pdf_row(w->pdf, true, head, shares, 3);
        pdf_row(w->pdf, false, cells, shares, 3);
    }
    if (shown > 0)
        pdf_space(w->pdf, 4);
    return NULL;
}

static struct err *receipt_sentence(const struct writing *w, const char **out)
{
    struct casefile *c = w->c;
    const char *unit, *title = c->service->title;
    if (c->has_decided_on) {
        TRY(case_sentence(c, &w->clock, "zh", out));
        *out = text_print(w->arena, "您办的%s，%s", title, *out);
        return NULL;
    }
    TRY(case_unit_name(c, c->flow.step, &unit));
    bool is_running = w->clock.has_legal && w->clock.legal.has_due;
    const char *promised = latest(w, false), *legal = latest(w, true);
    *out = is_running ? text_print(w->arena, "您办的%s，我们已经收下。%s来办，最晚 %s有结果。",
                                   title, unit, promised)
                      : text_print(w->arena,
                                   "您办的%s，我们已经收下。最晚 %s告诉您材料齐不齐；缺什么，"
                                   "一次说清。",
                                   title, promised);
    if (is_running && !text_equal(promised, legal))
        *out = text_print(w->arena, "%s法律规定的最晚日子是 %s。", *out, legal);
    return NULL;
}

static struct err *write_receipt_a4(const struct writing *w)
{
    const char *sentence;
    TRY(receipt_sentence(w, &sentence));
    pdf_text(w->pdf, PDF_TITLE, PDF_CENTER, "收件回执");
    put_number(w, w->c->received_on);
    pdf_text(w->pdf, PDF_STRONG, PDF_LEFT, text_print(w->arena, "%s：", w->c->applicant_name));
    pdf_paragraph(w->pdf, sentence);
    pdf_space(w->pdf, 4);
    TRY(put_materials(w));
    pdf_paragraph(w->pdf, "不用您再来。有事我们打电话。");
    pdf_signature(w->pdf, hall_name(w), long_day(w->arena, w->c->received_on));
    put_strip(w, "扫一扫，或打电话、到村里，报这 6 个数就能查：");
    return NULL;
}

static struct err *write_receipt_slip(const struct writing *w)
{
    struct casefile *c = w->c;
    const char *said = c->has_decided_on
                           ? "收下了，已经办好"
                           : text_print(w->arena, "收下了，最晚 %s%s", latest(w, false),
                                        w->clock.legal.has_due ? "有结果" : "告诉您材料齐不齐");
    pdf_text(w->pdf, PDF_SMALL, PDF_CENTER,
             text_print(w->arena, "%s帮办", c->office->tenant->name));
    pdf_text(w->pdf, PDF_TITLE, PDF_CENTER, c->service->title);
    pdf_text(w->pdf, PDF_STRONG, PDF_CENTER, said);
    put_strip(w, "报这 6 个数就能查");
    pdf_rule(w->pdf);
    pdf_text(w->pdf, PDF_BODY, PDF_LEFT,
             text_print(w->arena, "办件号 %s\n%s", c->ref, long_day(w->arena, c->received_on)));
    pdf_rule(w->pdf);
    pdf_text(w->pdf, PDF_STRONG, PDF_LEFT, "不用您再来。有事我们打电话。");
    return NULL;
}

static const char *own_title(const char *name)
{
    return text_equal(name, "message") ? "办件进展" : "收件回执";
}

/* For whoever has no telephone: the last thing he was told, on paper. */
static struct err *write_message(const struct writing *w)
{
    struct casefile *c = w->c;
    const char *const *said;
    TRY(case_said(c, &w->clock, "zh", &said));
    size_t last = c->event_count;
    while (last > 1 && !*said[last - 1])
        last--;
    pdf_text(w->pdf, PDF_SMALL, PDF_CENTER, hall_name(w));
    pdf_text(w->pdf, PDF_TITLE, PDF_CENTER, c->service->title);
    pdf_text(w->pdf, PDF_STRONG, PDF_LEFT, text_print(w->arena, "%s：", c->applicant_name));
    pdf_paragraph(w->pdf, said[last - 1]);
    pdf_text(w->pdf, PDF_BODY, PDF_LEFT,
             text_print(w->arena, "办件号 %s\n%s", c->ref,
                        long_day(w->arena, c->events[last - 1].on_day)));
    put_strip(w, "报这 6 个数就能查");
    return NULL;
}

/* The first line, when it ends in a colon, is the salutation: it stands out and is not set in. */
static void put_body(const struct writing *w, const char *body)
{
    const char *end = strchr(body, '\n');
    size_t size = end ? (size_t)(end - body) : 0;
    if (end && size > 3 && memcmp(end - 3, "：", 3) == 0) {
        pdf_text(w->pdf, PDF_STRONG, PDF_LEFT, arena_copy(w->arena, body, size));
        body = end + 1;
    }
    pdf_paragraph(w->pdf, body);
}

static struct err *write_letter(const struct writing *w, const struct service_letter *letter)
{
    const char *title, *body, *unit;
    TRY(fill_in(w, *letter->title ? letter->title : letter->label, &title));
    TRY(fill_in(w, letter->body, &body));
    unit = hall_name(w);
    if (w->event)
        TRY(case_signing_unit(w->c, case_event_step(w->c, w->event), &unit));
    pdf_text(w->pdf, PDF_TITLE, PDF_CENTER, title);
    put_number(w, w->on);
    put_body(w, body);
    pdf_signature(w->pdf, unit, long_day(w->arena, w->on));
    put_strip(w, "扫一扫，或打电话、到村里，报这 6 个数就能查：");
    return NULL;
}

static struct err *letter_missing(struct arena *a)
{
    return err_new(a, ERR_MISSING, "letter.missing", "",
                   "This case has no such letter. It is made when the step that calls for it is "
                   "taken.",
                   "这个办件没有这份文书，办到相应环节时才会出具。");
}

static const struct service_letter *letter_find(const struct service *s, const char *name)
{
    for (size_t i = 0; i < s->letter_count; i++)
        if (text_equal(s->letters[i].name, name))
            return &s->letters[i];
    return NULL;
}

static const char *paper_of(const struct casefile *c, const struct letter_ask *ask)
{
    const struct service_letter *letter = letter_find(c->service, ask->name);
    return *ask->paper ? ask->paper : letter && *letter->paper ? letter->paper : "a4";
}

static struct err *render(struct casefile *c, const struct letter_ask *ask, const void **bytes_out,
                          size_t *size_out)
{
    const struct service_letter *letter = letter_find(c->service, ask->name);
    struct submission_kept kept;
    struct writing w = {.c = c, .arena = c->arena, .ask = ask};
    w.is_slip = text_equal(paper_of(c, ask), "slip");
    TRY(submission_load(c->tx, c->tenant, c->id, &kept));
    w.event = case_letter_event(c, ask->name);
    w.on = c->today;
    if (letter && w.event) { /* as it stood when the letter was called for */
        w.on = c->today = w.event->on_day;
        c->as_of_ms = w.event->at;
    }
    w.code = casefile_code(c->arena, c->office->tenant->secret, kept.instance_id);
    TRY(case_clock_read(c, &w.clock));
    TRY(case_sheet(c, &w.sheet));
    TRY(pdf_new(
        c->arena, w.is_slip ? PDF_SLIP_80 : PDF_A4,
        text_print(c->arena, "%s %s", letter ? letter->label : own_title(ask->name), c->ref),
        &w.pdf));
    if (letter)
        TRY(write_letter(&w, letter));
    else if (text_equal(ask->name, "message"))
        TRY(write_message(&w));
    else
        TRY(w.is_slip ? write_receipt_slip(&w) : write_receipt_a4(&w));
    return pdf_end(w.pdf, bytes_out, size_out);
}

/* Reading and keeping ------------------------------------------------------------------------ */

static struct err *load(struct tx *tx, struct letter_ask *ask, struct casefile **out)
{
    if (*ask->ref)
        TRY(case_load(tx, ask->office, ask->who, RIGHT_CASE_READ, ask->ref, out));
    else
        TRY(case_load_id(tx, ask->office, ask->who->case_id, out));
    ask->case_id = (*out)->id;
    bool is_own = text_equal(ask->name, "receipt") || text_equal(ask->name, "message");
    if (!is_own &&
        (!letter_find((*out)->service, ask->name) || !case_letter_event(*out, ask->name)))
        return letter_missing(tx_arena(tx));
    return NULL;
}

struct err *letter_read(struct tx *tx, struct letter_ask *ask, const void **bytes_out,
                        size_t *size_out)
{
    struct casefile *c;
    struct rows *r;
    bool has_row;
    TRY(load(tx, ask, &c));
    TRY(sql_row(tx, &letter_kept, ARGS(sql_int(c->tenant), sql_int(c->id), sql_text(ask->name)), &r,
                &has_row));
    const struct service_letter *letter = letter_find(c->service, ask->name);
    bool is_own_paper = !*ask->paper || (letter && text_equal(ask->paper, letter->paper));
    if (has_row && is_own_paper)
        return store_blob_read(tx_store(tx), tx_arena(tx), c->tenant, rows_text(r, 0), bytes_out,
                               size_out);
    return render(c, ask, bytes_out, size_out);
}

struct issue {
    struct letter_ask *ask;
    const void *bytes;
    size_t size;
    const char *hash;
};

static struct err *issue_render(struct tx *tx, void *job)
{
    struct issue *issue = job;
    struct casefile *c;
    TRY(load(tx, issue->ask, &c));
    return render(c, issue->ask, &issue->bytes, &issue->size);
}

static struct err *issue_keep(struct tx *tx, void *job)
{
    const struct issue *issue = job;
    const struct actor *who = issue->ask->who;
    TRY(store_blob_keep(tx, who->tenant, issue->hash));
    return sql_run(tx, &letter_add,
                   ARGS(sql_int(who->tenant), sql_int(issue->ask->case_id),
                        sql_text(issue->ask->name), sql_text(issue->hash), sql_int(tx_now_ms(tx)),
                        sql_int_or_null(who->person_id, who->person_id != 0)),
                   NULL);
}

struct err *letter_issue(struct arena *a, struct letter_ask *ask)
{
    struct store *store = ask->office->store;
    struct issue issue = {.ask = ask};
    struct upload *upload;
    int64_t size;
    TRY(store_read(store, a, issue_render, &issue));
    TRY(store_blob_begin(store, a, &upload));
    TRY(store_blob_add(upload, issue.bytes, issue.size));
    TRY(store_blob_finish(upload, &issue.hash, &size));
    return store_write(store, a, issue_keep, &issue);
}
