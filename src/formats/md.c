/* The text form of a workbook: "# sheet", then a table. Other lines, and headings without a table,
 * are remarks and are skipped.
 *   # survey
 *   | type | name | label |
 *   | --- | --- | --- |
 *   | text | who | Who? |
 * In a cell "\|" is a bar, "\\" a backslash, "<br>" a line end. The line of dashes is no row. */
#include "formats/book.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

struct md_reader {
    struct arena *arena;
    struct book_sheet *sheets;
    size_t sheet_count, sheet_capacity;
    struct book_row *rows; /* of the last sheet */
    size_t row_count, row_capacity;
    uint32_t row_number;
    size_t cells;
};

static void *grown(struct arena *a, void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 16;
    void *larger = arena_array(a, *capacity, size);
    if (count)
        memcpy(larger, items, count * size);
    return larger;
}

static void end_sheet(struct md_reader *r)
{
    if (r->sheet_count == 0)
        return;
    if (r->row_count == 0) { /* a heading without a table is a remark */
        r->sheet_count--;
        return;
    }
    struct book_sheet *last = &r->sheets[r->sheet_count - 1];
    last->rows = r->rows;
    last->count = r->row_count;
    r->rows = NULL;
    r->row_count = r->row_capacity = 0;
    r->row_number = 0;
}

static void start_sheet(struct md_reader *r, const char *name)
{
    end_sheet(r);
    r->sheets = grown(r->arena, r->sheets, r->sheet_count, &r->sheet_capacity, sizeof *r->sheets);
    r->sheets[r->sheet_count++] = (struct book_sheet){.name = name};
}

/* The next cell of a row; *p is behind its left bar and moves behind its right bar. False: no more.
 */
static bool next_cell(struct arena *a, const char **p, const char *end, const char **cell_out)
{
    struct buf b;
    buf_init(&b, a);
    const char *at = *p;
    for (; at < end && *at != '|'; at++) {
        bool is_escape = *at == '\\' && at + 1 < end && strchr("\\|<", at[1]);
        if (is_escape)
            buf_char(&b, *++at);
        else if (end - at >= 4 && memcmp(at, "<br>", 4) == 0)
            buf_char(&b, '\n'), at += 3;
        else
            buf_char(&b, *at);
    }
    const char *text = text_trim(a, buf_text(&b));
    if (at >= end && !*text)
        return false;
    *p = at < end ? at + 1 : end;
    *cell_out = text;
    return true;
}

static bool is_rule(const char *line, const char *end)
{
    bool has_dash = false;
    for (; line < end; line++) {
        has_dash |= *line == '-';
        if (!strchr("|-: \t", *line))
            return false;
    }
    return has_dash;
}

static size_t count_bars(const char *line, const char *end)
{
    size_t bars = 0;
    for (; line < end; line++)
        bars += *line == '|';
    return bars;
}

/* line is behind the first bar. */
static void read_row(struct md_reader *r, const char *line, const char *end)
{
    r->row_number++;
    const char **cells = arena_array(r->arena, count_bars(line, end) + 1, sizeof *cells);
    size_t filled = 0;
    for (size_t i = 0; next_cell(r->arena, &line, end, &cells[i]); i++)
        if (*cells[i])
            filled = i + 1;
    if (filled == 0)
        return;
    r->cells += filled;
    r->rows = grown(r->arena, r->rows, r->row_count, &r->row_capacity, sizeof *r->rows);
    r->rows[r->row_count++] = (struct book_row){r->row_number, cells, filled};
}

static void read_line(struct md_reader *r, const char *line, const char *end)
{
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    while (end > line && strchr(" \t\r", end[-1]))
        end--;
    if (line < end && *line == '#') {
        while (line < end && *line == '#')
            line++;
        start_sheet(r, text_trim(r->arena, arena_copy(r->arena, line, (size_t)(end - line))));
    } else if (line < end && *line == '|' && r->sheet_count > 0) {
        if (r->row_number != 1 || !is_rule(line, end))
            read_row(r, line + 1, end);
    }
}

struct err *md_read(struct arena *a, const char *text, const struct book **book_out)
{
    struct md_reader r = {.arena = a};
    while (*text) {
        const char *end = strchr(text, '\n');
        if (!end)
            end = text + strlen(text);
        read_line(&r, text, end);
        if (r.cells > LIMIT_WORKBOOK_CELLS)
            return err_new(a, ERR_TOO_BIG, "workbook.too_big", "",
                           "The workbook holds too many cells.", "工作簿的单元格太多。");
        text = *end ? end + 1 : end;
    }
    end_sheet(&r);
    if (r.sheet_count == 0)
        return err_new(a, ERR_INVALID, "workbook.no_sheets", "",
                       "There is no sheet: write '# survey' and a table below it.",
                       "没有工作表：请写“# survey”，下面写表格。");
    struct book *book = arena_alloc(a, sizeof *book);
    *book = (struct book){r.sheets, r.sheet_count};
    *book_out = book;
    return NULL;
}

/* Writing */

static void write_cell(struct buf *b, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\n')
            buf_add(b, "<br>");
        else if (*p == '|' || *p == '\\' || strncmp(p, "<br>", 4) == 0)
            buf_char(b, '\\'), buf_char(b, *p);
        else if (*p != '\r')
            buf_char(b, *p);
    }
}

static void write_row(struct buf *b, const struct book_row *row, size_t width)
{
    buf_char(b, '|');
    for (size_t i = 0; i < width; i++) {
        buf_char(b, ' ');
        write_cell(b, book_cell(row, i));
        buf_add(b, *book_cell(row, i) ? " |" : "|");
    }
    buf_char(b, '\n');
}

static size_t sheet_width(const struct book_sheet *s)
{
    size_t width = 1;
    for (size_t i = 0; i < s->count; i++)
        if (s->rows[i].count > width)
            width = s->rows[i].count;
    return width;
}

struct err *md_write(struct arena *a, const struct book *book, const char **text_out)
{
    struct buf b;
    buf_init(&b, a);
    for (size_t i = 0; i < book->count; i++) {
        const struct book_sheet *s = &book->sheets[i];
        buf_print(&b, "%s# %s\n\n", i ? "\n" : "", s->name);
        for (size_t k = 0; k < s->count; k++) {
            write_row(&b, &s->rows[k], sheet_width(s));
            for (size_t c = 0; k == 0 && c < sheet_width(s); c++)
                buf_add(&b, c ? " --- |" : "| --- |");
            if (k == 0)
                buf_char(&b, '\n');
        }
    }
    *text_out = buf_text(&b);
    return NULL;
}
