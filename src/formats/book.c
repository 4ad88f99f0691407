/* What all kinds of workbooks share: cells, places, telling the kinds apart, the JSON form. */
#include "formats/book.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/text.h"
#include "formats/json.h"

#include <string.h>

const char *book_cell(const struct book_row *row, size_t column)
{
    return column < row->count ? row->cells[column] : "";
}

static void print_letters(struct buf *b, size_t column)
{
    if (column >= 26)
        print_letters(b, column / 26 - 1);
    buf_char(b, (char)('A' + column % 26));
}

const char *book_place(struct arena *a, const char *sheet, size_t column, uint32_t row)
{
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, sheet);
    if (row > 0) {
        buf_char(&b, '!');
        print_letters(&b, column);
        buf_print(&b, "%u", row);
    }
    return buf_text(&b);
}

/* JSON ---------------------------------------------------------------------------------------- */

static const char *json_cell(struct arena *a, const struct json *value)
{
    struct buf b;
    switch (json_type_of(value)) {
    case JSON_TEXT:
        return json_text(value, "");
    case JSON_INT:
        return text_print(a, "%lld", (long long)json_int(value, 0));
    case JSON_REAL:
        buf_init(&b, a);
        number_print(&b, json_real(value, 0));
        return buf_text(&b);
    case JSON_BOOL:
        return json_bool(value, false) ? "TRUE" : "FALSE";
    default:
        return "";
    }
}

static bool json_row(struct arena *a, const struct json *from, struct book_row *row)
{
    const char **cells = arena_array(a, json_count(from), sizeof *cells);
    size_t count = 0;
    for (size_t i = 0; i < json_count(from); i++) {
        cells[i] = json_cell(a, json_at(from, i));
        if (*cells[i])
            count = i + 1;
    }
    row->cells = cells;
    row->count = count;
    return count > 0;
}

static struct err *json_sheet(struct arena *a, const char *name, const struct json *from,
                              struct book_sheet *sheet)
{
    struct book_row *rows = arena_array(a, json_count(from), sizeof *rows);
    size_t count = 0;
    for (size_t i = 0; i < json_count(from); i++) {
        if (json_type_of(json_at(from, i)) != JSON_ARRAY)
            return err_new(a, ERR_INVALID, "workbook.json_shape", name,
                           "A sheet is an array of rows, a row an array of cells.",
                           "工作表应是行的数组，行应是单元格的数组。");
        rows[count].number = (uint32_t)i + 1;
        count += json_row(a, json_at(from, i), &rows[count]);
    }
    *sheet = (struct book_sheet){name, rows, count};
    return NULL;
}

struct err *book_from_json(struct arena *a, const char *text, size_t size,
                           const struct book **book_out)
{
    const struct json *top;
    TRY(json_read(a, text, size, &top));
    if (json_type_of(top) != JSON_OBJECT)
        return err_new(a, ERR_INVALID, "workbook.json_shape", "",
                       "A workbook is an object: sheet name, then an array of rows.",
                       "工作簿应是对象：表名对应行的数组。");
    struct book *book = arena_alloc(a, sizeof *book);
    struct book_sheet *sheets = arena_array(a, json_count(top), sizeof *sheets);
    book->sheets = sheets;
    book->count = json_count(top);
    for (size_t i = 0; i < book->count; i++) {
        const char *name = json_key_at(top, i);
        TRY(json_sheet(a, name, json_get(top, name), &sheets[i]));
    }
    *book_out = book;
    return NULL;
}

/* Telling kinds apart ------------------------------------------------------------------------- */

static struct err *text_book(struct arena *a, const char *text, size_t size,
                             const struct book **book_out, enum book_kind *kind_out)
{
    if (!text_is_utf8(text, size))
        return err_new(a, ERR_INVALID, "workbook.damaged", "",
                       "This is no workbook: neither .xlsx nor text in UTF-8.",
                       "这不是工作簿：既不是 .xlsx，也不是 UTF-8 文本。");
    const char *copy = arena_copy(a, text, size);
    if (text_starts(copy, "\xEF\xBB\xBF"))
        copy += 3;
    while (*copy && strchr(" \t\r\n", *copy))
        copy++;
    *kind_out = *copy == '{' ? BOOK_JSON : BOOK_MD;
    if (*copy == '{')
        return book_from_json(a, copy, strlen(copy), book_out);
    return md_read(a, copy, book_out);
}

struct err *book_read(struct arena *a, const void *bytes, size_t size, const struct book **book_out,
                      enum book_kind *kind_out)
{
    if (size > LIMIT_WORKBOOK_UPLOAD)
        return err_new(a, ERR_TOO_BIG, "workbook.too_big", "",
                       "The workbook is larger than %d bytes.", "工作簿超过 %d 字节。",
                       LIMIT_WORKBOOK_UPLOAD);
    if (size >= 4 && memcmp(bytes, "\xD0\xCF\x11\xE0", 4) == 0)
        return err_new(a, ERR_INVALID, "workbook.old_xls", "",
                       "This is an old .xls file, or the workbook has a password. Open it in Excel "
                       "or WPS, remove the password, and save it as .xlsx.",
                       "这是旧版 .xls 文件，或工作簿带有密码。请用 Excel 或 WPS "
                       "打开，去除密码，另存为 .xlsx。");
    if (size >= 4 && memcmp(bytes, "PK\3\4", 4) == 0) {
        *kind_out = BOOK_XLSX;
        return xlsx_read(a, bytes, size, book_out);
    }
    return text_book(a, bytes, size, book_out, kind_out);
}
