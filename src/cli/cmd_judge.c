/* bangban judge FORM SUBMISSION.xml...: what the hall would say to these submissions. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/command.h"
#include "engine/xpath.h"
#include "formats/json.h"
#include "forms/form_source.h"
#include "forms/record.h"

struct judging {
    const struct command_line *line;
    const struct form *form;
    struct host host;
    bool has_now;
    int64_t now_ms;
    int32_t offset_min;
    bool is_refused; /* one of them */
};

static int64_t now_ms(void *self)
{
    const struct judging *j = self;
    return j->has_now ? j->now_ms : clock_now_ms(NULL);
}

static int32_t offset_min(void *self, int64_t at_ms)
{
    const struct judging *j = self;
    (void)at_ms;
    return j->offset_min;
}

static uint64_t random_64(void *self)
{
    uint64_t number;
    (void)self;
    secret_random(&number, sizeof number);
    return number;
}

static const char *property(void *self, const char *name)
{
    (void)self, (void)name;
    return "";
}

/* --now 2026-11-24 or 2026-11-24T10:00:00+08:00; --offset 480: minutes east of UTC. */
static struct err *read_time(struct judging *j)
{
    enum { SHANGHAI_MIN = 480, DAY_MS = 86400000, MINUTE_MS = 60000 };
    struct arena *a = j->line->arena;
    const char *offset = command_option(j->line, "--offset");
    const char *now = command_option(j->line, "--now");
    int64_t minutes = SHANGHAI_MIN;
    struct xvalue v;
    if (*offset && (!text_to_int(offset, &minutes) || minutes < -1440 || minutes > 1440))
        return err_new(a, ERR_USAGE, "judge.offset", "--offset", "--offset takes minutes.",
                       "--offset 后面写分钟数。");
    j->offset_min = (int32_t)minutes;
    j->has_now = *now;
    if (!*now)
        return NULL;
    if (!xdate_read(now, j->offset_min, &v) || v.kind == XVALUE_TIME)
        return err_new(a, ERR_USAGE, "judge.now", "--now",
                       "--now takes a date or a date with a time, as 2026-11-24T10:00:00+08:00.",
                       "--now 后面写日期或日期时间，如 2026-11-24T10:00:00+08:00。");
    j->now_ms = (int64_t)(v.as.number * DAY_MS + 0.5) - minutes * MINUTE_MS;
    return NULL;
}

static struct err *load_form(struct judging *j)
{
    struct arena *a = j->line->arena;
    const void *bytes, *image;
    size_t size, image_size;
    struct notes notes;
    notes_init(&notes, a);
    TRY(command_read_file(a, j->line->words[0], LIMIT_WORKBOOK_UPLOAD, &bytes, &size));
    TRY(form_source_read(a, bytes, size, &notes, &image, &image_size));
    if (!image) {
        command_print_notes(j->line, &notes);
        return err_new(a, ERR_INVALID, "", j->line->words[0], "The form has faults.",
                       "表单有错误。");
    }
    return form_load(a, image, image_size, &j->form);
}

static void print_json(struct buf *b, const struct verdict *v)
{
    struct json_out out;
    json_start(&out, b);
    json_open_object(&out, NULL);
    json_put_bool(&out, "acceptable", v->finding_count == 0);
    json_open_array(&out, "findings");
    for (size_t i = 0; i < v->finding_count; i++) {
        json_open_object(&out, NULL);
        json_put_text(&out, "path", v->findings[i].path);
        json_put_text(&out, "kind", finding_kind_name(v->findings[i].kind));
        json_put_text(&out, "code", v->findings[i].code);
        json_put_text(&out, "message", v->findings[i].message);
        json_close_object(&out);
    }
    json_close_array(&out);
    json_close_object(&out);
    buf_char(b, '\n');
}

static void print_text(struct buf *b, const struct judging *j, const char *file,
                       const struct verdict *v)
{
    bool zh = j->line->is_chinese;
    if (v->finding_count == 0)
        buf_print(b, "%s: %s\n", file, zh ? "可以受理" : "acceptable");
    for (size_t i = 0; i < v->finding_count; i++)
        buf_print(b, "%s: %s %s [%s] %s\n", file, v->findings[i].path,
                  finding_kind_name(v->findings[i].kind), v->findings[i].code,
                  v->findings[i].message);
}

/* A document that cannot be read at all is one finding of its own. */
static struct verdict unreadable(struct arena *a, const struct judging *j, const struct err *e)
{
    struct finding *f = arena_alloc(a, sizeof *f);
    *f = (struct finding){e->where, FINDING_STRUCTURE, e->code,
                          j->line->is_chinese ? e->message_zh : e->message};
    return (struct verdict){.findings = f, .finding_count = 1};
}

static struct err *judge_one(struct judging *j, struct arena *a, const char *file)
{
    const void *bytes;
    size_t size;
    struct record record;
    struct sheet *sheet;
    struct verdict verdict;
    const char *language = j->line->is_chinese ? "zh" : "en";
    TRY(command_read_file(a, file, LIMIT_XML_BYTES, &bytes, &size));
    struct err *e = (j->has_now ? record_judge_at : record_judge)(
        a, j->form, &j->host, bytes, size, language, &record, &sheet, &verdict);
    if (e && e->kind != ERR_INVALID && e->kind != ERR_TOO_BIG)
        return e;
    if (e)
        verdict = unreadable(a, j, e);
    j->is_refused |= verdict.finding_count > 0;
    struct buf b;
    buf_init(&b, a);
    if (j->line->is_json)
        print_json(&b, &verdict);
    else
        print_text(&b, j, file, &verdict);
    command_print(buf_text(&b));
    return NULL;
}

static struct err *run(const struct command_line *c)
{
    struct judging j = {.line = c};
    if (c->word_count < 2)
        return err_new(c->arena, ERR_USAGE, "command.words", "", "Usage: bangban %s",
                       "用法：bangban %s", cmd_judge.usage);
    j.host = (struct host){&j, now_ms, offset_min, random_64, property};
    secret_init();
    TRY(read_time(&j));
    TRY(load_form(&j));
    for (size_t i = 1; i < c->word_count; i++) {
        struct arena *a = arena_new();
        struct err *e = err_copy(c->arena, judge_one(&j, a, c->words[i]));
        arena_free(a);
        TRY(e);
    }
    return j.is_refused ? err_new(c->arena, ERR_INVALID, "", "", "Not acceptable.", "不能受理。")
                        : NULL;
}

const struct command cmd_judge = {
    .name = "judge",
    .usage = "judge FORM SUBMISSION.xml... [--now TIME] [--offset MIN]",
    .summary = "Say what the hall would say to a submission",
    .summary_zh = "像大厅那样检查一份填报",
    .run = run,
    .flags = "",
};
