/* bangban check FILE…: every fault of every workbook. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/command.h"
#include "formats/book.h"
#include "forms/xform.h"
#include "forms/xlsform.h"

/* Exit code 2 without a second message: the faults have been printed. */
static struct err *faults_shown(const struct command_line *c)
{
    return err_new(c->arena, ERR_INVALID, "", "", "%s", "%s", "");
}

/* Faults of the workbook; if it has none, those that only the form image shows: cycles. */
static struct err *check_book(struct arena *a, const struct book *book, struct notes *notes_out)
{
    const struct xlsform_options options = {"", false};
    struct xlsform_result result;
    TRY(xlsform_compile(a, book, &options, &result));
    *notes_out = result.notes;
    const struct xform *form = NULL;
    if (result.xml)
        TRY(xform_read(a, result.xml, result.xml_size, notes_out, &form));
    const void *image;
    size_t size;
    if (form)
        TRY(image_build(a, form, notes_out, &image, &size));
    xlsform_locate(&result, notes_out);
    return NULL;
}

static struct err *check_file(const struct command_line *c, const char *path,
                              struct notes *notes_out)
{
    const void *bytes;
    size_t size;
    const struct book *book;
    enum book_kind kind;
    notes_init(notes_out, c->arena);
    TRY(command_read_file(c->arena, path, LIMIT_WORKBOOK_UPLOAD, &bytes, &size));
    struct err *e = book_read(c->arena, bytes, size, &book, &kind);
    if (!e)
        return check_book(c->arena, book, notes_out);
    note_add(notes_out, NOTE_ERROR, e->code, e->where, "", "%s", "%s", e->message);
    notes_out->last->message_zh = e->message_zh;
    return NULL;
}

static void print_summary(const struct command_line *c, const char *path, const struct notes *notes)
{
    struct buf b;
    buf_init(&b, c->arena);
    if (c->is_chinese)
        buf_print(&b, "%s：%zu 个错误，%zu 个提醒\n", path, notes->error_count,
                  notes->warning_count);
    else
        buf_print(&b, "%s: %zu errors, %zu warnings\n", path, notes->error_count,
                  notes->warning_count);
    command_print(buf_text(&b));
}

static struct err *run(const struct command_line *c)
{
    if (c->word_count == 0)
        return err_new(c->arena, ERR_USAGE, "command.usage", "", "Give workbooks: %s",
                       "请给出工作簿：%s", cmd_check.usage);
    size_t errors = 0;
    for (size_t i = 0; i < c->word_count; i++) {
        struct notes notes;
        TRY(check_file(c, c->words[i], &notes));
        if (notes.first || c->is_json)
            command_print_notes(c, &notes);
        if (!c->is_json)
            print_summary(c, c->words[i], &notes);
        errors += notes.error_count;
    }
    return errors ? faults_shown(c) : NULL;
}

const struct command cmd_check = {
    .name = "check",
    .usage = "check FILE...",
    .summary = "Report every fault of a workbook",
    .summary_zh = "检查工作簿，列出全部错误",
    .run = run,
    .flags = "",
};
