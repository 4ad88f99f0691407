/* Sheets as tables: the header row becomes columns with canonical names; cells are cleaned when
 * asked for. Faults remember their place, so that all can be put into the order of the workbook. */
#include "forms/alias.h"
#include "forms/xlsform_internal.h"

#include <stdlib.h>

/* Faults -------------------------------------------------------------------------------------- */

static uint64_t place_key(struct place p)
{
    uint64_t rank = p.table ? p.table->rank : 0;
    uint64_t column = p.column == NO_COLUMN ? 0 : p.column + 1;
    return rank << 48 | (uint64_t)p.row << 20 | (column & 0xFFFFF);
}

const char *fault_at(struct compiler *c, struct place place)
{
    if (c->note_count == c->note_capacity) {
        size_t capacity = c->note_capacity ? c->note_capacity * 2 : 16;
        uint64_t *keys = arena_array(c->arena, capacity, sizeof *keys);
        if (c->note_count)
            memcpy(keys, c->note_keys, c->note_count * sizeof *keys);
        c->note_keys = keys;
        c->note_capacity = capacity;
    }
    c->note_keys[c->note_count++] = place_key(place);
    if (!place.table || !place.table->sheet)
        return "";
    size_t column = place.column == NO_COLUMN ? 0 : place.column;
    return book_place(c->arena, place.table->sheet->name, column, place.row);
}

void give_up(struct compiler *c, struct place place, const char *english, const char *chinese)
{
    if (c->is_hopeless)
        return;
    c->is_hopeless = true;
    const char *where = fault_at(c, place);
    note_add(&c->notes, NOTE_ERROR, "workbook.given_up", where, "", "%s", "%s", english);
    c->notes.last->message_zh = chinese;
}

bool gives_up(struct compiler *c)
{
    if (c->notes.error_count >= FAULT_LIMIT)
        give_up(c, (struct place){0}, "There are too many faults. Mend these first.",
                "错误太多，请先改正以上各处。");
    return c->is_hopeless;
}

size_t row_limit(struct compiler *c, const struct table *t)
{
    if (t->row_count <= SERVICE_LIMIT)
        return t->row_count;
    give_up(c, (struct place){t, 0, NO_COLUMN}, "This sheet has too many rows.", "此表行数太多。");
    return SERVICE_LIMIT;
}

struct keyed_note {
    uint64_t key;
    size_t order;
    struct note *note;
};

static int compare_notes(const void *left, const void *right)
{
    const struct keyed_note *l = left, *r = right;
    if (l->key != r->key)
        return l->key < r->key ? -1 : 1;
    return l->order < r->order ? -1 : 1;
}

void faults_sort(struct compiler *c)
{
    if (c->note_count < 2)
        return;
    struct keyed_note *all = arena_array(c->arena, c->note_count, sizeof *all);
    size_t n = 0;
    for (struct note *note = c->notes.first; note && n < c->note_count; note = note->next, n++)
        all[n] = (struct keyed_note){c->note_keys[n], n, note};
    qsort(all, n, sizeof *all, compare_notes);
    for (size_t i = 0; i < n; i++)
        all[i].note->next = i + 1 < n ? all[i + 1].note : NULL;
    c->notes.first = all[0].note;
    c->notes.last = all[n - 1].note;
}

struct place place_of(const struct table *t, const struct book_row *row, size_t column)
{
    return (struct place){t, row ? row->number : 0, column};
}

struct place survey_place(const struct compiler *c, const struct item *item,
                          enum survey_column column)
{
    return place_of(&c->survey, item ? item->row : NULL, c->survey_columns[column]);
}

/* Cells --------------------------------------------------------------------------------------- */

static bool is_control(char ch)
{
    return (unsigned char)ch < 0x20 && ch != '\n' && ch != '\t' && ch != '\r';
}

/* Without control characters, which XML cannot hold and nobody sees in a cell. */
static const char *without_controls(struct compiler *c, const char *text)
{
    const char *p = text;
    while (*p && !is_control(*p))
        p++;
    if (!*p)
        return text;
    char *copy = arena_text(c->arena, text), *to = copy;
    for (p = copy; *p; p++)
        if (!is_control(*p))
            *to++ = *p;
    *to = '\0';
    return copy;
}

/* Nothing to trim, collapse or leave out? One pass, since most cells are clean. */
static bool is_clean(const char *text)
{
    for (const char *p = text; *p; p++) {
        bool is_edge = *p == ' ' && (p == text || p[1] == ' ' || !p[1]);
        bool is_wide_blank = (p[0] == '\xC2' && p[1] == '\xA0') ||
                             (p[0] == '\xE3' && p[1] == '\x80' && p[2] == '\x80');
        if (is_edge || is_wide_blank || (unsigned char)*p < 0x20)
            return false;
    }
    return true;
}

/* Trimmed, runs of blanks made one; most cells need no copy. Line ends inside stay. */
const char *cell_clean(struct compiler *c, const char *text)
{
    if (is_clean(text))
        return text;
    text = text_trim(c->arena, without_controls(c, text));
    if (!c->clean_text || !strstr(text, "  "))
        return text;
    char *copy = arena_text(c->arena, text), *to = copy;
    for (const char *p = copy; *p; p++)
        if (*p != ' ' || to == copy || to[-1] != ' ')
            *to++ = *p;
    *to = '\0';
    return copy;
}

const char *table_cell(struct compiler *c, const struct book_row *row, size_t column)
{
    if (!row || column == NO_COLUMN)
        return "";
    const char *text = book_cell(row, column);
    return *text ? cell_clean(c, text) : "";
}

/* Curly quotes are what Excel makes of straight ones; in an expression they are never meant. */
static const char *straight_quotes(struct compiler *c, const char *text)
{
    if (!strstr(text, "\xE2\x80"))
        return text;
    struct buf b;
    buf_init(&b, c->arena);
    for (; *text; text++) {
        bool is_curly =
            strncmp(text, "\xE2\x80", 2) == 0 && text[2] && strchr("\x98\x99\x9C\x9D", text[2]);
        if (is_curly) {
            buf_char(&b, strchr("\x98\x99", text[2]) ? '\'' : '"');
            text += 2;
        } else {
            buf_char(&b, *text);
        }
    }
    return buf_text(&b);
}

const char *survey_cell(struct compiler *c, const struct item *item, enum survey_column column)
{
    if (!item->row)
        return "";
    return straight_quotes(c, table_cell(c, item->row, c->survey_columns[column]));
}

/* Headers ------------------------------------------------------------------------------------- */

struct header_parts {
    const char *parts[4];
    size_t count;
};

/* Split at "::", or at single colons where the sheet never uses "::"; "jr:x" stays together. */
static struct header_parts split_header(struct compiler *c, const char *header, bool is_double)
{
    struct header_parts h = {.count = 0};
    const char *mark = is_double ? "::" : ":";
    const char *rest = header;
    while (h.count < 4) {
        const char *end = h.count < 3 ? strstr(rest, mark) : NULL;
        if (end && !is_double && end - rest == 2 && strncmp(rest, "jr", 2) == 0)
            end = strstr(end + 1, mark);
        size_t size = end ? (size_t)(end - rest) : strlen(rest);
        h.parts[h.count++] = text_trim(c->arena, arena_copy(c->arena, rest, size));
        if (!end)
            break;
        rest = end + strlen(mark);
    }
    return h;
}

static const char *pass_group(const char *name)
{
    if (text_equal(name, "body") || text_equal(name, "control"))
        return "control";
    return text_equal(name, "bind") || text_equal(name, "instance") || text_equal(name, "attribute")
               ? name
               : "";
}

static const char *join_parts(struct compiler *c, const struct header_parts *h, size_t count)
{
    const char *joined = h->parts[0];
    for (size_t i = 1; i < count; i++)
        joined = text_print(c->arena, "%s::%s", joined, h->parts[i]);
    return joined;
}

/* The longest start of the header that is a known name; what follows is the language. */
static void name_column(struct compiler *c, const char *sheet, const struct header_parts *h,
                        struct column *column)
{
    for (size_t used = h->count; used > 0; used--) {
        const char *found = alias_find(c->arena, sheet, join_parts(c, h, used));
        if (!found)
            continue;
        column->name = found;
        column->is_known = true;
        column->language = used < h->count ? h->parts[used] : "";
        return;
    }
    const char *group = h->count > 1 ? pass_group(alias_snake(c->arena, h->parts[0])) : "";
    if (!*group)
        return;
    column->group = group;
    column->sub = h->parts[1];
    if (h->count > 2) /* body:esri:style: the whole rest is the attribute's name */
        column->sub = text_print(c->arena, "%s:%s", h->parts[1], h->parts[2]);
    column->name = text_print(c->arena, "%s::%s", group, column->sub);
    column->is_known = true;
}

static bool same_column(const struct column *a, const struct column *b)
{
    return text_equal(a->name, b->name) && text_equal(a->language, b->language);
}

static void check_twins(struct compiler *c, const struct table *t, const struct column *columns,
                        size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (same_column(&columns[i], &columns[k])) {
                const char *where = fault_at(c, (struct place){t, t->header_row, columns[i].index});
                note_add(&c->notes, NOTE_ERROR, "header.duplicate", where, "",
                         "The columns '%s' and '%s' are the same. Remove one of them.",
                         "列“%s”和“%s”是同一列，请删去一列。", columns[k].header,
                         columns[i].header);
                break;
            }
}

static void read_columns(struct compiler *c, struct table *t, const struct book_row *header)
{
    bool is_double = false;
    for (size_t i = 0; i < header->count; i++)
        is_double |= strstr(header->cells[i], "::") != NULL;
    struct column *columns = arena_array(c->arena, header->count, sizeof *columns);
    for (size_t i = 0; i < header->count && t->column_count < COLUMN_LIMIT; i++) {
        const char *text = text_trim(c->arena, without_controls(c, header->cells[i]));
        if (!*text)
            continue;
        struct column *column = &columns[t->column_count++];
        *column = (struct column){.name = text, .group = "", .sub = "", .language = ""};
        column->header = text;
        column->index = i;
        struct header_parts h = split_header(c, text, is_double);
        name_column(c, t->name, &h, column);
        column->is_element = !column->is_known && is_xml_name(text);
    }
    t->columns = columns;
    if (!text_equal(t->name, "settings"))
        check_twins(c, t, columns, t->column_count);
}

/* A workbook's only sheet is the survey, whatever its name. */
bool table_open(struct compiler *c, const char *name, struct table *table_out)
{
    *table_out = (struct table){.name = name};
    for (size_t i = 0; i < c->book->count; i++) {
        const struct book_sheet *s = &c->book->sheets[i];
        const char *canonical = alias_find(c->arena, ALIAS_SHEETS, s->name);
        bool is_only = c->book->count == 1 && !canonical && text_equal(name, "survey") &&
                       !alias_nearest(c->arena, ALIAS_SHEETS, s->name);
        if (!is_only && (!canonical || !text_equal(canonical, name)))
            continue;
        table_out->sheet = s;
        table_out->rank = i + 1;
        if (s->count == 0)
            return true;
        table_out->header_row = s->rows[0].number;
        read_columns(c, table_out, &s->rows[0]);
        table_out->rows = s->rows + 1;
        table_out->row_count = s->count - 1;
        return true;
    }
    return false;
}

const struct column *table_column(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->column_count; i++)
        if (text_equal(t->columns[i].name, name) && !*t->columns[i].language)
            return &t->columns[i];
    return NULL;
}

size_t table_index(const struct table *t, const char *name)
{
    const struct column *column = table_column(t, name);
    return column ? column->index : NO_COLUMN;
}

static const char *const text_names[TEXT_KINDS] = {
    [TEXT_LABEL] = "label",
    [TEXT_HINT] = "hint",
    [TEXT_GUIDANCE] = "guidance_hint",
    [TEXT_IMAGE] = "image",
    [TEXT_BIG_IMAGE] = "big-image",
    [TEXT_AUDIO] = "audio",
    [TEXT_VIDEO] = "video",
    [TEXT_SAY] = "say",
    [TEXT_CONSTRAINT] = "constraint_message",
    [TEXT_REQUIRED] = "required_message",
    [TEXT_NO_APP] = "no_app_error_string",
};

void table_texts(struct compiler *c, const struct table *t, struct texts *texts_out)
{
    for (int kind = 0; kind < TEXT_KINDS; kind++) {
        struct text_columns *to = &texts_out->kinds[kind];
        *to = (struct text_columns){arena_array(c->arena, t->column_count, sizeof(void *)), 0};
        if (kind == TEXT_SAY && c->options->is_form_only)
            continue;
        for (size_t i = 0; i < t->column_count; i++)
            if (text_equal(t->columns[i].name, text_names[kind]))
                to->columns[to->count++] = &t->columns[i];
    }
}

const char *row_text(struct compiler *c, const struct texts *texts, const struct book_row *row,
                     enum text_kind kind, const char *language)
{
    const struct text_columns *t = &texts->kinds[kind];
    const char *untagged = "";
    for (size_t i = 0; row && i < t->count; i++) {
        const char *tag = t->columns[i]->language;
        bool fits = !language || text_equal(tag, language);
        bool is_default = !*tag && language && text_equal(language, c->default_language);
        if (!fits && !is_default)
            continue;
        const char *text = table_cell(c, row, t->columns[i]->index);
        if (*text && fits)
            return text;
        if (*text)
            untagged = text;
    }
    return untagged;
}

bool row_is_translated(struct compiler *c, const struct texts *texts, const struct book_row *row,
                       enum text_kind kind)
{
    const struct text_columns *t = &texts->kinds[kind];
    for (size_t i = 0; row && i < t->count; i++)
        if (*t->columns[i]->language && *table_cell(c, row, t->columns[i]->index))
            return true;
    return false;
}

bool row_has_media(struct compiler *c, const struct texts *texts, const struct book_row *row)
{
    for (int kind = TEXT_IMAGE; kind <= TEXT_SAY; kind++)
        if (*row_text(c, texts, row, (enum text_kind)kind, NULL))
            return true;
    return false;
}

/* Names of sheets that look like a known one, for "did you mean". A leading '_' silences it. */
void suggest_sheets(struct compiler *c, const char *name, struct buf *names_out)
{
    for (size_t i = 0; i < c->book->count; i++) {
        const char *sheet = c->book->sheets[i].name;
        const char *nearest = *sheet == '_' ? NULL : alias_nearest(c->arena, ALIAS_SHEETS, sheet);
        if (nearest && text_equal(nearest, name))
            buf_print(names_out, "%s'%s'", names_out->size ? ", " : "", sheet);
    }
}
