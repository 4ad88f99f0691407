/* Reading .xlsx: ZIP parts, then SAX events. Cells become the text a reader sees; shared strings
 * are pointed to, never copied per cell; blank rows and cells leave no trace. ECMA-376 part 1, 18.
 */
#include "formats/book.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/day.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/text.h"
#include "formats/unzip.h"
#include "formats/xml.h"

#include <math.h>
#include <string.h>

enum { COLUMN_LIMIT = 16384, ROW_LIMIT = 1048576, SHEET_LIMIT = 200, NAME_SIZE = 256 };

/* A list that grows by doubling; of pointers or structs. */
struct list {
    void *items;
    size_t count, capacity;
};

static void *list_add(struct arena *a, struct list *l, size_t item_size)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? l->capacity * 2 : 16;
        void *items = arena_array(a, capacity, item_size);
        if (l->count)
            memcpy(items, l->items, l->count * item_size);
        l->items = items;
        l->capacity = capacity;
    }
    return (char *)l->items + item_size * l->count++;
}

enum style { STYLE_PLAIN, STYLE_DATE, STYLE_TIME, STYLE_DATE_TIME };

struct sheet_link { /* <sheet> of workbook.xml, then its part */
    const char *name, *relation, *part;
};

struct reader {
    struct arena *arena;   /* of the result */
    struct arena *scratch; /* of what only the reading needs */
    struct unzip *zip;
    struct xml_reader *xml;
    bool counts_from_1904, has_macros;
    struct list sheets;         /* struct sheet_link */
    struct list relations;      /* struct sheet_link, name unused */
    struct list strings;        /* const char *, in the result's arena */
    struct list formats;        /* struct number_format */
    struct list styles;         /* enum style, by cell style index */
    size_t slots, logical_size; /* cells, and bytes of text in them, so far */
    struct err *fault;
};

struct number_format {
    int64_t id;
    enum style style;
};

/* Copy of an attribute's value; "" if absent. */
static const char *value_of(struct arena *a, const struct xml_attribute *list, size_t count,
                            const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(list[i].name, name))
            return arena_copy(a, list[i].value, list[i].value_size);
    return "";
}

static int64_t int_of(const struct xml_attribute *list, size_t count, const char *name,
                      int64_t otherwise)
{
    char digits[24] = "";
    for (size_t i = 0; i < count; i++)
        if (text_equal(list[i].name, name) && list[i].value_size < sizeof digits)
            memcpy(digits, list[i].value, list[i].value_size);
    int64_t number = otherwise;
    text_to_int(digits, &number);
    return number;
}

static bool end_nothing(void *self)
{
    (void)self;
    return true;
}

static bool text_nothing(void *self, const char *text, size_t size)
{
    (void)self, (void)text, (void)size;
    return true;
}

static struct err *read_part(struct reader *r, const char *name, const struct xml_events *events)
{
    struct arena *part = arena_new();
    const char *bytes;
    size_t size;
    struct err *e = unzip_entry(part, r->zip, name, &bytes, &size);
    if (!e)
        e = xml_reader_events(r->xml, part, bytes, size, events);
    e = err_copy(r->arena, e);
    arena_free(part);
    return e ? e : r->fault;
}

/* workbook.xml and its relations -------------------------------------------------------------- */

static bool workbook_start(void *self, const char *name, const char *prefix, const char *uri,
                           const struct xml_attribute *list, size_t count)
{
    (void)prefix, (void)uri;
    struct reader *r = self;
    if (text_equal(name, "workbookPr")) {
        const char *is_1904 = value_of(r->scratch, list, count, "date1904");
        r->counts_from_1904 = text_equal(is_1904, "1") || text_equal(is_1904, "true");
    } else if (text_equal(name, "sheet") && r->sheets.count < SHEET_LIMIT) {
        struct sheet_link *s = list_add(r->scratch, &r->sheets, sizeof *s);
        s->name = value_of(r->arena, list, count, "name");
        s->relation = value_of(r->scratch, list, count, "id");
        s->part = "";
    }
    return true;
}

static bool relation_start(void *self, const char *name, const char *prefix, const char *uri,
                           const struct xml_attribute *list, size_t count)
{
    (void)prefix, (void)uri;
    struct reader *r = self;
    if (!text_equal(name, "Relationship") ||
        text_equal(value_of(r->scratch, list, count, "TargetMode"), "External"))
        return true;
    struct sheet_link *s = list_add(r->scratch, &r->relations, sizeof *s);
    s->relation = value_of(r->scratch, list, count, "Id");
    const char *target = value_of(r->scratch, list, count, "Target");
    s->part = target[0] == '/' ? target + 1 : text_join(r->scratch, "xl/", target);
    return true;
}

static const char *part_of(const struct reader *r, const char *relation)
{
    const struct sheet_link *all = r->relations.items;
    for (size_t i = 0; i < r->relations.count; i++)
        if (text_equal(all[i].relation, relation))
            return all[i].part;
    return "";
}

/* styles.xml: which cell styles show dates and times ------------------------------------------ */

static enum style builtin_style(int64_t id)
{
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 58))
        return STYLE_DATE;
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47))
        return STYLE_TIME;
    return id == 22 ? STYLE_DATE_TIME : STYLE_PLAIN;
}

/* Behind a quoted text, an escaped character or a bracket that holds no time. */
static const char *skip_literal(const char *p)
{
    const char *end = NULL;
    if (*p == '"')
        end = strchr(p + 1, '"');
    else if (*p == '[' && !strchr("hHmMsS", p[1]))
        end = strchr(p, ']');
    else if ((*p == '\\' || *p == '_' || *p == '*') && p[1])
        end = p + 1;
    return end ? end + 1 : p;
}

static enum style style_of_format(const char *format)
{
    bool has_date = false, has_time = false;
    for (const char *p = format; *p && *p != ';';) {
        const char *next = skip_literal(p);
        if (next != p) {
            p = next;
            continue;
        }
        has_date |= strchr("yYdD", *p) && !strchr("0#", p[1] ? p[1] : 'x') && p[1] != '+';
        has_time |= strchr("hHsS", *p) != NULL;
        p++;
    }
    if (has_date && has_time)
        return STYLE_DATE_TIME;
    return has_date ? STYLE_DATE : has_time ? STYLE_TIME : STYLE_PLAIN;
}

struct style_reader {
    struct reader *reader;
    bool in_cell_styles;
};

static enum style style_of_id(const struct reader *r, int64_t id)
{
    const struct number_format *all = r->formats.items;
    for (size_t i = 0; i < r->formats.count; i++)
        if (all[i].id == id)
            return all[i].style;
    return builtin_style(id);
}

static bool style_start(void *self, const char *name, const char *prefix, const char *uri,
                        const struct xml_attribute *list, size_t count)
{
    (void)prefix, (void)uri;
    struct style_reader *s = self;
    struct reader *r = s->reader;
    if (text_equal(name, "numFmt") && r->formats.count < 10000) {
        struct number_format *f = list_add(r->scratch, &r->formats, sizeof *f);
        f->id = int_of(list, count, "numFmtId", -1);
        f->style = style_of_format(value_of(r->scratch, list, count, "formatCode"));
    } else if (text_equal(name, "cellXfs") || text_equal(name, "cellStyleXfs")) {
        s->in_cell_styles = text_equal(name, "cellXfs");
    } else if (text_equal(name, "xf") && s->in_cell_styles) {
        enum style *style = list_add(r->scratch, &r->styles, sizeof *style);
        *style = style_of_id(r, int_of(list, count, "numFmtId", 0));
    }
    return true;
}

/* sharedStrings.xml --------------------------------------------------------------------------- */

/* Text of <t> elements, but not of phonetic runs <rPh>. Used for shared and for inline strings. */
struct text_reader {
    bool in_text;
    int phonetic_depth;
    struct buf text;
};

static void text_reader_start(struct text_reader *t, const char *name)
{
    t->phonetic_depth += text_equal(name, "rPh");
    t->in_text = text_equal(name, "t") && t->phonetic_depth == 0;
}

struct string_reader {
    struct reader *reader;
    struct text_reader text;
    int depth;
};

static bool string_start(void *self, const char *name, const char *prefix, const char *uri,
                         const struct xml_attribute *list, size_t count)
{
    (void)prefix, (void)uri, (void)list, (void)count;
    struct string_reader *s = self;
    s->depth++;
    if (s->depth == 2)
        s->text.text.size = 0;
    text_reader_start(&s->text, name);
    return true;
}

static bool string_end(void *self)
{
    struct string_reader *s = self;
    s->text.in_text = false;
    if (s->depth == 2) {
        const char **to = list_add(s->reader->scratch, &s->reader->strings, sizeof *to);
        *to = arena_copy(s->reader->arena, s->text.text.data, s->text.text.size);
        s->text.phonetic_depth = 0;
    }
    s->depth--;
    return true;
}

static bool string_text(void *self, const char *text, size_t size)
{
    struct string_reader *s = self;
    if (s->text.in_text)
        buf_bytes(&s->text.text, text, size);
    return true;
}

/* Cells --------------------------------------------------------------------------------------- */

enum cell_type { CELL_NUMBER, CELL_SHARED, CELL_INLINE, CELL_TEXT, CELL_BOOL, CELL_ERROR };

struct sheet_reader {
    struct reader *reader;
    struct list rows;     /* struct book_row */
    struct list cells;    /* const char *, of the row being read */
    uint32_t row, column; /* 1-based row; 0-based column */
    bool in_cell, in_value;
    enum cell_type type;
    enum style style;
    struct text_reader text;
};

/* "12.5E-3" as plain digits, so that the one reader of numbers takes it; false if too long. */
static bool expand_exponent(const char *text, char *to, size_t room)
{
    const char *e = strpbrk(text, "eE");
    int64_t exponent;
    if (!e || !text_to_int(e[1] == '+' ? e + 2 : e + 1, &exponent) || exponent > 400 ||
        exponent < -400)
        return false;
    char digits[64];
    size_t count = 0, n = 0;
    int64_t point = -1;
    for (const char *p = text + (*text == '-'); p < e && count < sizeof digits; p++)
        if (*p == '.')
            point = (int64_t)count;
        else
            digits[count++] = *p;
    point = (point < 0 ? (int64_t)count : point) + exponent;
    if (room < 900)
        return false;
    if (*text == '-')
        to[n++] = '-';
    for (int64_t i = point < 0 ? point : 0; i < (int64_t)count || i < point; i++) {
        if (i == point)
            to[n++] = '.';
        to[n++] = i >= 0 && i < (int64_t)count ? digits[i] : '0';
    }
    to[n] = '\0';
    return true;
}

static bool number_of_cell(const char *text, double *out)
{
    char plain[1024];
    if (expand_exponent(text, plain, sizeof plain))
        text = plain;
    return number_read(text, strlen(text), out);
}

static bool is_plain_integer(const char *text)
{
    size_t digits = strspn(text + (*text == '-'), "0123456789");
    return digits > 0 && !text[(*text == '-') + digits];
}

/* A serial number of days as ISO text. Day 60 is the 1900-02-29 that never was. */
static void print_serial(struct buf *b, double serial, enum style style, bool from_1904)
{
    int64_t seconds = (int64_t)floor(serial * 86400 + 0.5);
    day d = (day)(seconds / 86400) + (from_1904 ? -24107 : -25569);
    if (!from_1904 && seconds / 86400 < 60)
        d++;
    int64_t rest = seconds % 86400;
    char date[16];
    if (style != STYLE_TIME || serial >= 1)
        buf_add(b, day_print(date, d));
    if (style == STYLE_DATE || (style == STYLE_DATE_TIME && rest == 0))
        return;
    if (serial >= 1 && (style == STYLE_DATE_TIME || style == STYLE_TIME))
        buf_char(b, 'T');
    buf_print(b, "%02d:%02d:%02d", (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

static const char *number_text(struct sheet_reader *s, const char *text)
{
    double number;
    if ((s->style == STYLE_PLAIN && is_plain_integer(text)) || !number_of_cell(text, &number))
        return arena_text(s->reader->arena, text);
    struct buf b;
    buf_init(&b, s->reader->arena);
    if (s->style != STYLE_PLAIN && number >= 0 && number < 2958466)
        print_serial(&b, number, s->style, s->reader->counts_from_1904);
    else
        number_print(&b, number);
    return buf_text(&b);
}

static const char *shared_text(const struct reader *r, const char *text)
{
    int64_t index;
    bool is_there = text_to_int(text, &index) && index >= 0 && (size_t)index < r->strings.count;
    return is_there ? ((const char *const *)r->strings.items)[index] : "";
}

static const char *cell_text(struct sheet_reader *s)
{
    const char *text = buf_text(&s->text.text);
    switch (s->type) {
    case CELL_SHARED:
        return shared_text(s->reader, text);
    case CELL_NUMBER:
        return *text ? number_text(s, text) : "";
    case CELL_BOOL:
        return text_equal(text, "1") ? "TRUE" : *text ? "FALSE" : "";
    default:
        return *text ? arena_copy(s->reader->arena, text, s->text.text.size) : "";
    }
}

static bool too_big(struct sheet_reader *s)
{
    s->reader->fault = err_new(s->reader->arena, ERR_TOO_BIG, "workbook.too_big", "",
                               "The workbook holds too many cells or too much text.",
                               "工作簿的单元格或文字太多。");
    return false;
}

static bool cell_keep(struct sheet_reader *s)
{
    struct reader *r = s->reader;
    const char *text = cell_text(s);
    if (!*text)
        return true;
    r->slots += s->column + 1 - (s->cells.count <= s->column ? s->cells.count : s->column);
    r->logical_size += strlen(text);
    if (r->slots > LIMIT_WORKBOOK_CELLS || r->logical_size > LIMIT_WORKBOOK_BYTES)
        return too_big(s);
    while (s->cells.count <= s->column)
        *(const char **)list_add(r->scratch, &s->cells, sizeof(char *)) = "";
    ((const char **)s->cells.items)[s->column] = text;
    return true;
}

static void row_keep(struct sheet_reader *s)
{
    if (s->cells.count == 0)
        return;
    struct book_row *row = list_add(s->reader->scratch, &s->rows, sizeof *row);
    const char **cells = arena_array(s->reader->arena, s->cells.count, sizeof *cells);
    memcpy(cells, s->cells.items, s->cells.count * sizeof *cells);
    *row = (struct book_row){s->row, cells, s->cells.count};
    s->cells.count = 0;
}

/* "XFD1048576" -> column 16383; a cell without a reference follows the last. */
static void locate(struct sheet_reader *s, const struct xml_attribute *list, size_t count)
{
    s->column++;
    for (size_t i = 0; i < count; i++) {
        if (!text_equal(list[i].name, "r"))
            continue;
        uint32_t column = 0;
        for (size_t k = 0;
             k < list[i].value_size && k < 3 && list[i].value[k] >= 'A' && list[i].value[k] <= 'Z';
             k++)
            column = column * 26 + (uint32_t)(list[i].value[k] - 'A' + 1);
        if (column >= 1 && column <= COLUMN_LIMIT)
            s->column = column - 1;
    }
}

static enum cell_type type_of_cell(const struct xml_attribute *list, size_t count)
{
    static const struct {
        const char *text;
        enum cell_type type;
    } rows[] = {{"s", CELL_SHARED}, {"inlineStr", CELL_INLINE}, {"str", CELL_TEXT},
                {"b", CELL_BOOL},   {"e", CELL_ERROR},          {"d", CELL_TEXT}};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; text_equal(list[i].name, "t") && k < sizeof rows / sizeof *rows; k++)
            if (strlen(rows[k].text) == list[i].value_size &&
                memcmp(rows[k].text, list[i].value, list[i].value_size) == 0)
                return rows[k].type;
    return CELL_NUMBER;
}

static void start_cell(struct sheet_reader *s, const struct xml_attribute *list, size_t count)
{
    const struct reader *r = s->reader;
    locate(s, list, count);
    s->in_cell = true;
    s->type = type_of_cell(list, count);
    s->text.text.size = 0;
    s->text.phonetic_depth = 0;
    s->style = STYLE_PLAIN;
    if (s->type != CELL_NUMBER)
        return;
    int64_t style = int_of(list, count, "s", -1);
    if (style >= 0 && (size_t)style < r->styles.count)
        s->style = ((const enum style *)r->styles.items)[style];
}

static void start_row(struct sheet_reader *s, const struct xml_attribute *list, size_t count)
{
    row_keep(s);
    int64_t number = int_of(list, count, "r", (int64_t)s->row + 1);
    s->row = number > (int64_t)s->row && number <= ROW_LIMIT ? (uint32_t)number : s->row + 1;
    s->column = UINT32_MAX; /* so that the next cell is column 0 */
}

static bool sheet_start(void *self, const char *name, const char *prefix, const char *uri,
                        const struct xml_attribute *list, size_t count)
{
    (void)prefix, (void)uri;
    struct sheet_reader *s = self;
    if (s->in_cell) {
        s->in_value = text_equal(name, "v") && s->type != CELL_INLINE;
        if (s->type == CELL_INLINE)
            text_reader_start(&s->text, name);
    } else if (name[0] == 'c' && !name[1]) {
        start_cell(s, list, count);
    } else if (text_equal(name, "row")) {
        start_row(s, list, count);
    }
    return true;
}

/* Events tell the end without a name: what is open decides. A cell's parts end before the cell. */
struct depth_reader {
    struct sheet_reader sheet;
    int depth, cell_depth;
};

static bool depth_start(void *self, const char *name, const char *prefix, const char *uri,
                        const struct xml_attribute *list, size_t count)
{
    struct depth_reader *d = self;
    bool was_in_cell = d->sheet.in_cell;
    d->depth++;
    sheet_start(&d->sheet, name, prefix, uri, list, count);
    if (d->sheet.in_cell && !was_in_cell)
        d->cell_depth = d->depth;
    return true;
}

static bool depth_end(void *self)
{
    struct depth_reader *d = self;
    struct sheet_reader *s = &d->sheet;
    s->in_value = s->text.in_text = false;
    bool is_cell = s->in_cell && d->depth == d->cell_depth;
    d->depth--;
    if (!is_cell)
        return true;
    s->in_cell = false;
    return cell_keep(s);
}

static bool depth_text(void *self, const char *text, size_t size)
{
    struct depth_reader *d = self;
    if (d->sheet.in_value || d->sheet.text.in_text)
        buf_bytes(&d->sheet.text.text, text, size);
    return true;
}

static struct err *read_sheet(struct reader *r, const struct sheet_link *link,
                              struct book_sheet *out)
{
    struct depth_reader d = {.sheet.reader = r};
    buf_init(&d.sheet.text.text, r->scratch);
    *out = (struct book_sheet){.name = link->name};
    if (!*link->part || !strstr(link->part, "worksheets/"))
        return NULL; /* a chart sheet */
    TRY(read_part(r, link->part, &(struct xml_events){&d, depth_start, depth_end, depth_text}));
    row_keep(&d.sheet);
    struct book_row *rows = arena_array(r->arena, d.sheet.rows.count, sizeof *rows);
    if (d.sheet.rows.count)
        memcpy(rows, d.sheet.rows.items, d.sheet.rows.count * sizeof *rows);
    out->rows = rows;
    out->count = d.sheet.rows.count;
    return NULL;
}

/* The file ------------------------------------------------------------------------------------ */

static struct err *read_strings(struct reader *r)
{
    struct string_reader s = {.reader = r};
    buf_init(&s.text.text, r->scratch);
    if (!unzip_has(r->zip, "xl/sharedStrings.xml"))
        return NULL;
    return read_part(r, "xl/sharedStrings.xml",
                     &(struct xml_events){&s, string_start, string_end, string_text});
}

static struct err *read_styles(struct reader *r)
{
    struct style_reader s = {.reader = r};
    if (!unzip_has(r->zip, "xl/styles.xml"))
        return NULL;
    return read_part(r, "xl/styles.xml",
                     &(struct xml_events){&s, style_start, end_nothing, text_nothing});
}

static bool type_start(void *self, const char *name, const char *prefix, const char *uri,
                       const struct xml_attribute *list, size_t count)
{
    (void)prefix, (void)uri, (void)name;
    struct reader *r = self;
    r->has_macros |=
        strstr(value_of(r->scratch, list, count, "ContentType"), "macroEnabled") != NULL;
    return true;
}

/* What the file says it is; its name is never asked. */
static struct err *check_parts(struct reader *r)
{
    if (!unzip_has(r->zip, "[Content_Types].xml") || !unzip_has(r->zip, "xl/workbook.xml"))
        return err_new(r->arena, ERR_INVALID, "workbook.damaged", "",
                       "The file is no Excel workbook. Save it as .xlsx.",
                       "这不是 Excel 工作簿。请另存为 .xlsx。");
    TRY(read_part(r, "[Content_Types].xml",
                  &(struct xml_events){r, type_start, end_nothing, text_nothing}));
    if (!r->has_macros && !unzip_has(r->zip, "xl/vbaProject.bin"))
        return NULL;
    return err_new(r->arena, ERR_INVALID, "workbook.macros", "",
                   "The workbook holds macros. Save it as .xlsx.",
                   "工作簿含有宏。请另存为 .xlsx。");
}

static struct err *read_book(struct reader *r, struct book *book)
{
    TRY(check_parts(r));
    TRY(read_part(r, "xl/workbook.xml",
                  &(struct xml_events){r, workbook_start, end_nothing, text_nothing}));
    TRY(read_part(r, "xl/_rels/workbook.xml.rels",
                  &(struct xml_events){r, relation_start, end_nothing, text_nothing}));
    TRY(read_styles(r));
    TRY(read_strings(r));
    struct sheet_link *links = r->sheets.items;
    struct book_sheet *sheets = arena_array(r->arena, r->sheets.count, sizeof *sheets);
    for (size_t i = 0; i < r->sheets.count; i++) {
        links[i].part = part_of(r, links[i].relation);
        TRY(read_sheet(r, &links[i], &sheets[i]));
    }
    *book = (struct book){sheets, r->sheets.count};
    return NULL;
}

struct err *xlsx_read(struct arena *a, const void *bytes, size_t size, const struct book **book_out)
{
    struct reader r = {.arena = a, .scratch = arena_new()};
    struct book *book = arena_alloc(a, sizeof *book);
    struct err *e = unzip_open(r.scratch, bytes, size, &r.zip);
    if (!e) {
        r.xml = xml_reader_new(r.scratch);
        xml_reader_limit(r.xml, LIMIT_WORKBOOK_BYTES);
        e = read_book(&r, book);
    }
    e = err_copy(a, e);
    arena_free(r.scratch);
    if (!e)
        *book_out = book;
    return e;
}
