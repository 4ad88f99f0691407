/* The sheet `choices`: lists by name, in the order of the sheet, and their faults. */
#include "forms/alias.h"
#include "forms/xlsform_internal.h"

uint64_t name_hash(const char *text)
{
    uint64_t h = 1469598103934665603u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return h ^ h >> 29;
}

/* The slot that holds the list, or the empty one where it belongs. */
static struct choice_list **slot_of(const struct compiler *c, const char *name)
{
    size_t at = name_hash(name) & (c->list_capacity - 1);
    while (c->list_slots[at] && !text_equal(c->list_slots[at]->name, name))
        at = (at + 1) & (c->list_capacity - 1);
    return &c->list_slots[at];
}

struct choice_list *choice_list_find(struct compiler *c, const char *name)
{
    if (c->last_list && text_equal(c->last_list->name, name))
        return c->last_list;
    struct choice_list *found = c->list_capacity ? *slot_of(c, name) : NULL;
    if (found)
        c->last_list = found;
    return found;
}

static void grow_slots(struct compiler *c)
{
    if (c->list_count * 2 < c->list_capacity)
        return;
    c->list_capacity = c->list_capacity ? c->list_capacity * 2 : 64;
    c->list_slots = arena_array(c->arena, c->list_capacity, sizeof(void *));
    for (struct choice_list *l = c->lists; l; l = l->next)
        *slot_of(c, l->name) = l;
}

static struct choice_list *list_add(struct compiler *c, const char *name, uint32_t row)
{
    struct choice_list *l = choice_list_find(c, name);
    if (l)
        return l;
    grow_slots(c);
    l = arena_alloc(c->arena, sizeof *l);
    *l = (struct choice_list){.name = name, .first_row = row};
    *slot_of(c, name) = l;
    if (!c->lists_end)
        c->lists_end = &c->lists;
    *c->lists_end = l;
    c->lists_end = &l->next;
    c->list_count++;
    return c->last_list = l;
}

/* Room doubles at each power of two from 8 on. */
static void row_add(struct compiler *c, struct choice_list *l, const struct book_row *row)
{
    size_t n = l->count;
    if (n == 0 || (n >= 8 && (n & (n - 1)) == 0)) {
        const struct book_row **rows = arena_array(c->arena, n ? n * 2 : 8, sizeof *rows);
        if (n)
            memcpy(rows, l->rows, n * sizeof *rows);
        l->rows = rows;
    }
    ((const struct book_row **)l->rows)[l->count++] = row;
}

static void check_headers(struct compiler *c)
{
    const struct table *t = &c->choices;
    if (t->row_count == 0)
        return;
    static const char *const needed[] = {"list_name", "name"};
    for (size_t i = 0; i < 2; i++) {
        if (table_column(t, needed[i]))
            continue;
        const char *where = fault_at(c, (struct place){t, t->header_row, NO_COLUMN});
        note_add(&c->notes, NOTE_ERROR, "header.missing", where, needed[i],
                 "The sheet '%s' needs the column '%s'.", "工作表“%s”缺少列“%s”。", t->sheet->name,
                 needed[i]);
    }
    for (size_t i = 0; i < t->column_count; i++) {
        const struct column *column = &t->columns[i];
        if (column->is_known || !strchr(column->name, ' '))
            continue;
        const char *where = fault_at(c, (struct place){t, t->header_row, column->index});
        note_add(&c->notes, NOTE_WARNING, "header.blank", where,
                 alias_snake(c->arena, column->name),
                 "The column '%s' holds blanks and is left out. Write '_' instead.",
                 "列名“%s”含空格，已略去，请改用下划线。", column->name);
    }
}

static bool row_needs_itext(struct compiler *c, const struct book_row *row)
{
    const struct texts *t = &c->choice_texts;
    return row_is_translated(c, t, row, TEXT_LABEL) || row_has_media(c, t, row) ||
           has_output(row_text(c, t, row, TEXT_LABEL, NULL));
}

void choices_read(struct compiler *c)
{
    if (!table_open(c, "choices", &c->choices))
        return;
    const struct table *t = &c->choices;
    check_headers(c);
    table_texts(c, t, &c->choice_texts);
    size_t list_column = c->choice_list_column = table_index(t, "list_name");
    c->choice_name_column = table_index(t, "name");
    for (size_t i = 0; i < t->row_count; i++) {
        const char *name = table_cell(c, &t->rows[i], list_column);
        if (!*name)
            continue;
        if (strpbrk(name, "'\"")) {
            const char *where = fault_at(c, place_of(t, &t->rows[i], list_column));
            note_add(&c->notes, NOTE_ERROR, "list.quote", where, "",
                     "The list name %s must not hold quotes.", "列表名 %s 不能含引号。", name);
        }
        struct choice_list *l = list_add(c, name, t->rows[i].number);
        row_add(c, l, &t->rows[i]);
        l->needs_itext = l->needs_itext || row_needs_itext(c, &t->rows[i]);
    }
}

static void check_twice(struct compiler *c, const struct choice_list *l)
{
    size_t capacity = 16;
    while (capacity < l->count * 2)
        capacity *= 2;
    const char **seen = arena_array(c->arena, capacity, sizeof *seen);
    for (size_t i = 0; i < l->count && !gives_up(c); i++) {
        const char *name = table_cell(c, l->rows[i], c->choice_name_column);
        size_t at = name_hash(name) & (capacity - 1);
        while (seen[at] && !text_equal(seen[at], name))
            at = (at + 1) & (capacity - 1);
        if (seen[at] && *name) {
            const char *where =
                fault_at(c, place_of(&c->choices, l->rows[i], c->choice_name_column));
            note_add(
                &c->notes, NOTE_ERROR, "choice.duplicate", where, "",
                "The choice '%s' stands twice in the list '%s'. Remove one, or set "
                "allow_choice_duplicates to yes.",
                "选项“%s”在列表“%s”中重复，请删去一个，或把 allow_choice_duplicates 设为 yes。",
                name, l->name);
        }
        seen[at] = name;
    }
}

static void check_row(struct compiler *c, const struct choice_list *l, const struct book_row *row)
{
    const char *name = table_cell(c, row, c->choice_name_column);
    if (!*name) {
        const char *where = fault_at(c, place_of(&c->choices, row, c->choice_name_column));
        note_add(&c->notes, NOTE_ERROR, "choice.no_name", where, "",
                 "A choice of the list '%s' has no name. Fill in the column name.",
                 "列表“%s”中有选项缺少名称，请填写 name 列。", l->name);
    }
    if (!*row_text(c, &c->choice_texts, row, TEXT_LABEL, NULL) &&
        !row_has_media(c, &c->choice_texts, row)) {
        const char *where = fault_at(c, place_of(&c->choices, row, NO_COLUMN));
        note_add(&c->notes, NOTE_WARNING, "choice.no_label", where, name,
                 "The choice '%s' has no label.", "选项“%s”没有标题。", name);
    }
}

void choices_check(struct compiler *c)
{
    if (c->choice_name_column == NO_COLUMN)
        return;
    for (struct choice_list *l = c->lists; l && !gives_up(c); l = l->next) {
        for (size_t i = 0; i < l->count && !gives_up(c); i++)
            check_row(c, l, l->rows[i]);
        if (!c->allow_duplicates)
            check_twice(c, l);
    }
}
