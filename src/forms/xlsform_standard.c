/* A plain XLSForm of a workbook: sheets and columns of ours left out, names in English. */
#include "forms/alias.h"
#include "forms/xlsform_internal.h"

static bool is_standard_sheet(const char *name)
{
    static const char *const names[] = {"survey",   "choices",          "settings",
                                        "entities", "external_choices", "osm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_equal(names[i], name))
            return true;
    return false;
}

/* The header of a column as XLSForm writes it; NULL: leave the column out. */
static const char *standard_header(struct arena *a, const struct column *column)
{
    static const char *const media[] = {"image", "big-image", "audio", "video"};
    if (text_equal(column->name, "say") || text_equal(column->name, "role"))
        return NULL;
    const char *name = column->name;
    for (size_t i = 0; i < sizeof media / sizeof *media; i++)
        if (text_equal(name, media[i]))
            name = text_print(a, "media::%s", media[i]);
    return *column->language ? text_print(a, "%s::%s", name, column->language) : name;
}

/* "单选 yes_no" -> "select_one yes_no". */
static const char *standard_type(struct arena *a, const char *text)
{
    const char *found = alias_find(a, ALIAS_TYPES, text);
    if (found)
        return found;
    const char *space = strchr(text, ' ');
    found = space ? alias_find(a, ALIAS_TYPES, arena_copy(a, text, (size_t)(space - text))) : NULL;
    if (!found)
        return text;
    const char *rest = space;
    const char *other = strstr(rest, " 或其他");
    if (other)
        rest = text_print(a, "%.*s or_other", (int)(other - rest), rest);
    return text_print(a, "%s%s", found, rest);
}

static void standard_sheet(struct compiler *c, const char *name, struct table *t,
                           struct book_sheet *out)
{
    struct arena *a = c->arena;
    struct book_row *rows = arena_array(a, t->sheet->count, sizeof *rows);
    const char **header = arena_array(a, t->column_count, sizeof *header);
    const struct column **kept = arena_array(a, t->column_count, sizeof(void *));
    size_t width = 0;
    for (size_t i = 0; i < t->column_count; i++) {
        const char *text = standard_header(a, &t->columns[i]);
        if (!text)
            continue;
        kept[width] = &t->columns[i];
        header[width++] = text;
    }
    rows[0] = (struct book_row){t->header_row, header, width};
    for (size_t i = 0; i < t->row_count; i++) {
        const char **cells = arena_array(a, width, sizeof *cells);
        for (size_t k = 0; k < width; k++) {
            cells[k] = book_cell(&t->rows[i], kept[k]->index);
            if (text_equal(name, "survey") && text_equal(kept[k]->name, "type"))
                cells[k] = standard_type(a, text_trim(a, cells[k]));
        }
        rows[i + 1] = (struct book_row){t->rows[i].number, cells, width};
    }
    *out = (struct book_sheet){name, rows, t->row_count + 1};
}

struct err *xlsform_standard(struct arena *a, const struct book *book,
                             const struct book **standard_out)
{
    const struct xlsform_options options = {"", true};
    struct compiler c = {.arena = a, .book = book, .options = &options};
    notes_init(&c.notes, a);
    struct book_sheet *sheets = arena_array(a, book->count, sizeof *sheets);
    struct book *standard = arena_alloc(a, sizeof *standard);
    standard->sheets = sheets;
    for (size_t i = 0; i < book->count; i++) {
        const char *name = alias_find(a, ALIAS_SHEETS, book->sheets[i].name);
        struct table t;
        if (name && is_standard_sheet(name) && table_open(&c, name, &t) &&
            t.sheet == &book->sheets[i] && t.sheet->count > 0)
            standard_sheet(&c, name, &t, &sheets[standard->count++]);
    }
    *standard_out = standard;
    return NULL;
}
