/* bangban workbook FILE --to xform|xlsx|md|standard|image: one form of a workbook into another. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/command.h"
#include "formats/book.h"
#include "forms/alias.h"
#include "forms/service_word.h"
#include "forms/xform.h"
#include "forms/xlsform.h"

#include <string.h>

/* A wrong --from is said before the bytes are looked at; the bytes themselves decide. */
static struct err *check_from(const struct command_line *c)
{
    static const char *const kinds[] = {"", "xlsx", "md", "json"};
    const char *from = command_option(c, "--from");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (text_equal(from, kinds[i]))
            return NULL;
    return err_new(c->arena, ERR_USAGE, "command.option", "--from",
                   "--from is xlsx, md or json, not '%s'.",
                   "--from 应为 xlsx、md 或 json，不是“%s”。", from);
}

struct output {
    const void *bytes;
    size_t size;
};

/* Exit code 2 without a second message: the faults have been printed. */
static struct err *faults_shown(const struct command_line *c)
{
    return err_new(c->arena, ERR_INVALID, "", "", "%s", "%s", "");
}

/* Notes are printed; errors among them end the command with exit code 2 and no second message. */
static struct err *end_on_faults(const struct command_line *c, const struct notes *notes)
{
    if (notes->first)
        command_print_notes(c, notes);
    else if (c->is_json)
        command_print_error("[]\n");
    return notes->error_count ? faults_shown(c) : NULL;
}

/* A file that is no workbook is a fault like others, so that readers of --json see one shape. */
static struct err *end_on_failure(const struct command_line *c, const struct err *e)
{
    struct notes notes;
    notes_init(&notes, c->arena);
    note_add(&notes, NOTE_ERROR, e->code, e->where, "", "%s", "%s", e->message);
    notes.last->message_zh = e->message_zh;
    command_print_notes(c, &notes);
    return err_new(c->arena, e->kind, "", "", "%s", "%s", "");
}

static struct err *to_form(const struct command_line *c, const struct book *book, bool is_form_only,
                           bool to_image, struct output *out)
{
    struct arena *a = c->arena;
    struct xlsform_options options = {command_option(c, "--name"), is_form_only};
    struct xlsform_result result;
    TRY(xlsform_compile(a, book, &options, &result));
    out->bytes = result.xml;
    out->size = result.xml_size;
    if (to_image && result.xml) {
        const struct xform *form;
        TRY(xform_read(a, result.xml, result.xml_size, &result.notes, &form));
        if (form)
            TRY(image_build(a, form, &result.notes, &out->bytes, &out->size));
        xlsform_locate(&result, &result.notes);
    }
    return end_on_faults(c, &result.notes);
}

static struct err *to_text(struct arena *a, const struct book *book, struct output *out)
{
    const char *text;
    TRY(md_write(a, book, &text));
    *out = (struct output){text, strlen(text)};
    return NULL;
}

/* Faults of the workbook as comments in its cells. */
static struct err *to_xlsx(const struct command_line *c, const struct book *book,
                           struct output *out)
{
    struct xlsform_options options = {command_option(c, "--name"), false};
    struct xlsform_result result = {0};
    bool has_comments = command_flag(c, "--comments");
    if (has_comments)
        TRY(xlsform_compile(c->arena, book, &options, &result));
    return xlsx_write(c->arena, book, has_comments ? &result.notes : NULL, &out->bytes, &out->size);
}

static struct err *convert(const struct command_line *c, const struct book *book,
                           struct output *out)
{
    const char *to = command_option(c, "--to");
    const struct book *standard;
    if (text_equal(to, "xform"))
        return to_form(c, book, !command_flag(c, "--service"), false, out);
    if (text_equal(to, "image"))
        return to_form(c, book, false, true, out);
    if (text_equal(to, "md"))
        return to_text(c->arena, book, out);
    if (text_equal(to, "xlsx"))
        return to_xlsx(c, book, out);
    if (text_equal(to, "standard")) {
        TRY(xlsform_standard(c->arena, book, &standard));
        return xlsx_write(c->arena, standard, NULL, &out->bytes, &out->size);
    }
    return err_new(c->arena, ERR_USAGE, "command.option", "--to",
                   "--to is xform, xlsx, md, standard or image, not '%s'.",
                   "--to 应为 xform、xlsx、md、standard 或 image，不是“%s”。", to);
}

static struct err *print_aliases(const struct command_line *c)
{
    struct buf b;
    buf_init(&b, c->arena);
    alias_print(&b);
    service_words_print(&b);
    command_print(buf_text(&b));
    return NULL;
}

static struct err *run(const struct command_line *c)
{
    if (command_flag(c, "--aliases"))
        return print_aliases(c);
    if (c->word_count != 1)
        return err_new(c->arena, ERR_USAGE, "command.usage", "", "Give one workbook: %s",
                       "请给出一个工作簿：%s", cmd_workbook.usage);
    TRY(check_from(c));
    const void *bytes;
    size_t size;
    const struct book *book;
    enum book_kind kind;
    struct output out = {NULL, 0};
    TRY(command_read_file(c->arena, c->words[0], LIMIT_WORKBOOK_UPLOAD, &bytes, &size));
    struct err *e = book_read(c->arena, bytes, size, &book, &kind);
    if (e)
        return end_on_failure(c, e);
    TRY(convert(c, book, &out));
    return command_write_file(c->arena, command_option(c, "--output"), out.bytes, out.size);
}

const struct command cmd_workbook = {
    .name = "workbook",
    .usage = "workbook FILE --to xform|xlsx|md|standard|image",
    .summary = "Turn a workbook into another form of it",
    .summary_zh = "把工作簿转换为其他形式",
    .run = run,
    .flags = "--service --comments --aliases",
};
