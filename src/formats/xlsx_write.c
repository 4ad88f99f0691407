/* Writing .xlsx with libxlsxwriter: every cell is text with the format '@', so that Excel never
 * makes a number of an ID card; faults become comments of their cells, and the cells are coloured.
 */
#include "formats/book.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { CELL_LIMIT = 32767, WIDTH_LIMIT = 60, NAME_LIMIT = 31 };

struct writer {
    struct arena *arena;
    lxw_workbook *workbook;
    lxw_format *text, *header, *fault;
    const struct notes *comments;
};

static struct err *failed(struct arena *a, lxw_error code)
{
    return err_new(a, ERR_INVALID, "workbook.not_written", "",
                   "The workbook cannot be written: %s.", "无法写出工作簿：%s。",
                   lxw_strerror(code));
}

/* Sheet names hold at most 31 characters, and none of []:*?/\ . */
static const char *sheet_name(struct arena *a, const char *name)
{
    struct buf b;
    buf_init(&b, a);
    size_t count = 0;
    for (const char *p = name; *p && count < NAME_LIMIT; count++) {
        const char *start = p;
        (void)text_next(&p);
        if (strchr("[]:*?/\\", *start))
            buf_char(&b, '_');
        else
            buf_bytes(&b, start, (size_t)(p - start));
    }
    return buf_text(&b);
}

static const struct note *note_of(const struct writer *w, const char *place)
{
    for (const struct note *n = w->comments ? w->comments->first : NULL; n; n = n->next)
        if (text_equal(n->where, place))
            return n;
    return NULL;
}

static lxw_error write_comment(const struct writer *w, lxw_worksheet *to, lxw_row_t row,
                               lxw_col_t column, const struct note *n)
{
    const char *text = text_print(w->arena, "%s\n%s%s%s", n->message_zh, n->message,
                                  *n->suggestion ? "\n→ " : "", n->suggestion);
    return worksheet_write_comment(to, row, column, text);
}

static lxw_error write_cell(const struct writer *w, lxw_worksheet *to, const char *sheet,
                            const struct book_row *row, size_t column, bool is_header)
{
    const char *text = row->cells[column];
    lxw_row_t at = row->number - 1;
    lxw_col_t col = (lxw_col_t)column;
    const struct note *n =
        w->comments ? note_of(w, book_place(w->arena, sheet, column, row->number)) : NULL;
    if (n) {
        lxw_error e = write_comment(w, to, at, col, n);
        if (e != LXW_NO_ERROR)
            return e;
    }
    if (!*text && !n)
        return LXW_NO_ERROR;
    lxw_format *format = n ? w->fault : is_header ? w->header : w->text;
    return worksheet_write_string(to, at, col, text, format);
}

/* Wide enough for what stands there, within reason. Chinese characters are two wide. */
static void set_widths(const struct writer *w, lxw_worksheet *to, const struct book_sheet *s)
{
    for (size_t column = 0; s->count && column < s->rows[0].count; column++) {
        size_t widest = 8;
        for (size_t i = 0; i < s->count; i++) {
            const char *text = book_cell(&s->rows[i], column);
            size_t width = text_length(text) + (strlen(text) - text_length(text)) / 2;
            if (width > widest)
                widest = width;
        }
        if (widest > WIDTH_LIMIT)
            widest = WIDTH_LIMIT;
        worksheet_set_column(to, (lxw_col_t)column, (lxw_col_t)column, (double)widest + 2, w->text);
    }
}

static lxw_error write_sheet(const struct writer *w, const struct book_sheet *s)
{
    lxw_worksheet *to = workbook_add_worksheet(w->workbook, sheet_name(w->arena, s->name));
    if (!to)
        return LXW_ERROR_SHEETNAME_ALREADY_USED;
    set_widths(w, to, s);
    worksheet_freeze_panes(to, 1, 0);
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->rows[i].count; k++) {
            if (strlen(s->rows[i].cells[k]) > CELL_LIMIT)
                return LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED;
            lxw_error e = write_cell(w, to, s->name, &s->rows[i], k, i == 0);
            if (e != LXW_NO_ERROR)
                return e;
        }
    return LXW_NO_ERROR;
}

static void make_formats(struct writer *w)
{
    w->text = workbook_add_format(w->workbook);
    format_set_num_format(w->text, "@");
    format_set_text_wrap(w->text);
    format_set_align(w->text, LXW_ALIGN_VERTICAL_TOP);
    w->header = workbook_add_format(w->workbook);
    format_set_num_format(w->header, "@");
    format_set_bold(w->header);
    format_set_bg_color(w->header, 0xE8F1F8);
    w->fault = workbook_add_format(w->workbook);
    format_set_num_format(w->fault, "@");
    format_set_text_wrap(w->fault);
    format_set_bg_color(w->fault, 0xFDE0DC);
}

/* This version of libxlsxwriter writes to a name only: a file that lives in memory has one. */
static int memory_file(struct arena *a, const char **name_out)
{
    int fd = memfd_create("workbook", MFD_CLOEXEC);
    *name_out = text_print(a, "/proc/self/fd/%d", fd);
    return fd;
}

static bool read_back(struct arena *a, int fd, const void **bytes_out, size_t *size_out)
{
    struct stat s;
    if (fstat(fd, &s) != 0)
        return false;
    char *bytes = arena_alloc(a, (size_t)s.st_size + 1);
    if (pread(fd, bytes, (size_t)s.st_size, 0) != s.st_size)
        return false;
    *bytes_out = bytes;
    *size_out = (size_t)s.st_size;
    return true;
}

static lxw_error write_book(struct writer *w, const struct book *book)
{
    lxw_doc_properties properties = {.created = 1577836800}; /* fixed: equal books, equal bytes */
    workbook_set_properties(w->workbook, &properties);
    make_formats(w);
    lxw_error e = LXW_NO_ERROR;
    for (size_t i = 0; i < book->count && e == LXW_NO_ERROR; i++)
        e = write_sheet(w, &book->sheets[i]);
    lxw_error closing = workbook_close(w->workbook);
    return e == LXW_NO_ERROR ? closing : e;
}

struct err *xlsx_write(struct arena *a, const struct book *book, const struct notes *comments,
                       const void **bytes_out, size_t *size_out)
{
    const char *name;
    int fd = memory_file(a, &name);
    struct writer w = {.arena = a, .comments = comments};
    w.workbook = fd < 0 ? NULL : workbook_new(name);
    if (!w.workbook)
        return failed(a, LXW_ERROR_CREATING_TMPFILE);
    lxw_error e = write_book(&w, book);
    bool is_read = e == LXW_NO_ERROR && read_back(a, fd, bytes_out, size_out);
    (void)close(fd);
    return is_read ? NULL : failed(a, e == LXW_NO_ERROR ? LXW_ERROR_CREATING_TMPFILE : e);
}
