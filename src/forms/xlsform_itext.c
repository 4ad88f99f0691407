/* Translations. Labels, hints, messages and choices that have languages, media or guidance are kept
 * in itext; all others stand where they are used. Every language gets every entry: "-" where it has
 * none. */
#include "forms/xlsform_internal.h"

/* What a generated or looped question says; then its row. */
static const char *item_text(struct compiler *c, const struct item *item, enum text_kind kind,
                             const char *language);

static const char *replace_mark(struct compiler *c, const char *text, const char *mark,
                                const char *with)
{
    struct buf b;
    buf_init(&b, c->arena);
    for (const char *found; (found = strstr(text, mark)); text = found + strlen(mark)) {
        buf_bytes(&b, text, (size_t)(found - text));
        buf_add(&b, with);
    }
    buf_add(&b, text);
    return buf_text(&b);
}

static const char *item_text(struct compiler *c, const struct item *item, enum text_kind kind,
                             const char *language)
{
    if (item->choice_row)
        return row_text(c, &c->choice_texts, item->choice_row, kind, language);
    if (item->heading)
        return kind == TEXT_LABEL ? item->heading : "";
    if (item->is_plain_note && kind != TEXT_LABEL)
        return "";
    const char *text = row_text(c, &c->survey_texts, item->row, kind, language);
    if (!item->loop_row || !strstr(text, "%("))
        return text;
    text = replace_mark(c, text, "%(name)s", table_cell(c, item->loop_row, c->choice_name_column));
    return replace_mark(c, text, "%(label)s",
                        row_text(c, &c->choice_texts, item->loop_row, TEXT_LABEL, language));
}

const char *item_label(struct compiler *c, const struct item *item)
{
    return item_text(c, item, TEXT_LABEL, NULL);
}

bool label_needs_itext(struct compiler *c, const struct item *item)
{
    if (item->choice_row)
        return row_is_translated(c, &c->choice_texts, item->choice_row, TEXT_LABEL);
    return !item->heading && item->row &&
           (row_is_translated(c, &c->survey_texts, item->row, TEXT_LABEL) ||
            row_has_media(c, &c->survey_texts, item->row));
}

bool hint_needs_itext(struct compiler *c, const struct item *item)
{
    return !item->heading && item->row && !item->is_plain_note &&
           (row_is_translated(c, &c->survey_texts, item->row, TEXT_HINT) ||
            *row_text(c, &c->survey_texts, item->row, TEXT_GUIDANCE, NULL));
}

bool message_needs_itext(struct compiler *c, const struct item *item, enum text_kind kind)
{
    return item->row && (row_is_translated(c, &c->survey_texts, item->row, kind) ||
                         has_output(row_text(c, &c->survey_texts, item->row, kind, NULL)));
}

bool item_is_visible(struct compiler *c, const struct item *item)
{
    if (item->kind != ITEM_QUESTION)
        return true;
    if (!*item->type->control)
        return false;
    bool is_computed = *item->calculation || item->is_triggered;
    return !is_computed || *item_label(c, item) || *item_text(c, item, TEXT_HINT, NULL);
}

/* Entries ------------------------------------------------------------------------------------- */

/* One id of itext: a question's text of some kinds, or a choice. */
struct entry {
    const char *id;
    const struct item *item;      /* NULL: a choice */
    const struct book_row *row;   /* of the choice; NULL: the added choice "other" */
    enum text_kind first, second; /* the plain text; guidance, for hints */
    bool has_media;
};

struct itext {
    struct compiler *c;
    struct entry *entries;
    size_t count, capacity;
    const char *languages[64];
    size_t language_count;
};

static void add_language(struct itext *t, const char *language)
{
    for (size_t i = 0; i < t->language_count; i++)
        if (text_equal(t->languages[i], language))
            return;
    if (t->language_count < sizeof t->languages / sizeof *t->languages)
        t->languages[t->language_count++] = language;
}

/* Languages of a kind's columns in which the row says something. */
static void add_row_languages(struct itext *t, const struct texts *texts,
                              const struct book_row *row, enum text_kind kind)
{
    struct compiler *c = t->c;
    const struct text_columns *columns = &texts->kinds[kind];
    for (size_t i = 0; row && i < columns->count; i++) {
        const char *tag = columns->columns[i]->language;
        if (*table_cell(c, row, columns->columns[i]->index))
            add_language(t, *tag ? tag : c->default_language);
    }
}

static void add_entry(struct itext *t, struct entry e)
{
    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? t->capacity * 2 : 64;
        struct entry *larger = arena_array(t->c->arena, capacity, sizeof *larger);
        if (t->count)
            memcpy(larger, t->entries, t->count * sizeof *larger);
        t->entries = larger;
        t->capacity = capacity;
    }
    t->entries[t->count++] = e;
    bool is_choice = !e.item || e.item->choice_row;
    const struct texts *texts = is_choice ? &t->c->choice_texts : &t->c->survey_texts;
    const struct book_row *row = !e.item ? e.row : is_choice ? e.item->choice_row : e.item->row;
    add_row_languages(t, texts, row, e.first);
    add_row_languages(t, texts, row, e.second);
    for (int kind = TEXT_IMAGE; e.has_media && kind <= TEXT_SAY; kind++)
        add_row_languages(t, texts, row, (enum text_kind)kind);
}

static const struct {
    enum text_kind kind;
    const char *suffix;
} messages[] = {
    {TEXT_CONSTRAINT, "jr:constraintMsg"},
    {TEXT_REQUIRED, "jr:requiredMsg"},
    {TEXT_NO_APP, "jr:noAppErrorString"},
};

static void add_item(struct itext *t, const struct item *item)
{
    struct compiler *c = t->c;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
        if (message_needs_itext(c, item, messages[i].kind))
            add_entry(t, (struct entry){
                             .id = text_print(c->arena, "%s:%s", item->path, messages[i].suffix),
                             .item = item,
                             .first = messages[i].kind,
                             .second = messages[i].kind});
    if (label_needs_itext(c, item))
        add_entry(t, (struct entry){.id = text_print(c->arena, "%s:label", item->path),
                                    .item = item,
                                    .first = TEXT_LABEL,
                                    .second = TEXT_LABEL,
                                    .has_media = true});
    if (hint_needs_itext(c, item))
        add_entry(t, (struct entry){.id = text_print(c->arena, "%s:hint", item->path),
                                    .item = item,
                                    .first = TEXT_HINT,
                                    .second = TEXT_GUIDANCE});
}

static void add_items(struct itext *t, const struct item *item)
{
    for (const struct item *i = item->first; i; i = i->next) {
        if (i->row || i->choice_row)
            add_item(t, i);
        add_items(t, i);
    }
}

static void add_choices(struct itext *t)
{
    struct compiler *c = t->c;
    for (const struct choice_list *l = c->lists; l; l = l->next)
        for (size_t i = 0; l->needs_itext && i < l->count + l->has_other; i++)
            add_entry(t, (struct entry){.id = text_print(c->arena, "%s-%zu", l->name, i),
                                        .row = i < l->count ? l->rows[i] : NULL,
                                        .first = TEXT_LABEL,
                                        .second = TEXT_LABEL,
                                        .has_media = true});
}

/* Writing ------------------------------------------------------------------------------------- */

static const char *entry_text(const struct itext *t, const struct entry *e, enum text_kind kind,
                              const char *language)
{
    struct compiler *c = t->c;
    if (e->item)
        return item_text(c, e->item, kind, language);
    if (!e->row)
        return kind == TEXT_LABEL ? "Other" : "";
    return row_text(c, &c->choice_texts, e->row, kind, language);
}

static struct place entry_place(const struct itext *t, const struct entry *e, enum text_kind kind)
{
    const struct texts *texts = e->item ? &t->c->survey_texts : &t->c->choice_texts;
    const struct table *table = e->item ? &t->c->survey : &t->c->choices;
    const struct text_columns *columns = &texts->kinds[kind];
    size_t column = columns->count ? columns->columns[0]->index : NO_COLUMN;
    return place_of(table, e->item ? e->item->row : e->row, column);
}

static void write_value(struct itext *t, struct buf *out, const struct entry *e,
                        enum text_kind kind, const char *language, const char *form)
{
    const char *text = entry_text(t, e, kind, language);
    if (!*text && !*entry_text(t, e, kind, NULL))
        return;
    buf_add(out, "<value");
    if (*form)
        buf_print(out, " form=\"%s\"", form);
    buf_char(out, '>');
    if (*text)
        write_label(t->c, out, text, e->item, entry_place(t, e, kind));
    else
        buf_char(out, '-');
    buf_add(out, "</value>");
}

static void write_media(struct itext *t, struct buf *out, const struct entry *e,
                        const char *language)
{
    static const struct {
        enum text_kind kind;
        const char *form, *folder;
    } rows[] = {{TEXT_IMAGE, "image", "jr://images/"},
                {TEXT_BIG_IMAGE, "big-image", "jr://images/"},
                {TEXT_AUDIO, "audio", "jr://audio/"},
                {TEXT_VIDEO, "video", "jr://video/"},
                {TEXT_SAY, "say", ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = entry_text(t, e, rows[i].kind, language);
        if (!*text)
            continue;
        buf_print(out, "<value form=\"%s\">", rows[i].form);
        if (!text_starts(text, "jr://"))
            buf_add(out, rows[i].folder);
        write_label(t->c, out, text, e->item, entry_place(t, e, rows[i].kind));
        buf_add(out, "</value>");
    }
}

static void write_entry(struct itext *t, struct buf *out, const struct entry *e,
                        const char *language)
{
    buf_add(out, "<text id=\"");
    text_escape_xml(out, e->id);
    buf_add(out, "\">");
    write_value(t, out, e, e->first, language, "");
    if (e->second != e->first)
        write_value(t, out, e, e->second, language, "guidance");
    if (e->has_media)
        write_media(t, out, e, language);
    buf_add(out, "</text>");
}

void write_itext(struct compiler *c, struct buf *out)
{
    struct itext t = {.c = c};
    add_items(&t, c->root);
    add_choices(&t);
    if (t.count == 0)
        return;
    if (t.language_count == 0)
        add_language(&t, c->default_language);
    buf_add(out, "<itext>");
    for (size_t i = 0; i < t.language_count; i++) {
        const char *language = t.languages[i];
        buf_add(out, "<translation");
        write_attribute(out, "lang", language);
        if (text_equal(language, c->default_language))
            write_attribute(out, "default", "true()");
        buf_char(out, '>');
        for (size_t k = 0; k < t.count; k++)
            write_entry(&t, out, &t.entries[k], language);
        buf_add(out, "</translation>");
    }
    buf_add(out, "</itext>");
}
