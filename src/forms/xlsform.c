/* Compile a workbook: read its sheets, check them, write the XForm. All faults are collected; the
 * form is written even if there are some, since writing finds more of them, and then thrown away.
 */
#include "forms/alias.h"
#include "forms/xlsform_internal.h"

#include "base/secret.h"

const char *setting(struct compiler *c, const char *name)
{
    const struct table *t = &c->settings;
    for (size_t i = t->row_count ? t->column_count : 0; i > 0; i--) /* of twins the last counts */
        if (text_equal(t->columns[i - 1].name, name))
            return table_cell(c, &t->rows[0], t->columns[i - 1].index);
    return "";
}

static struct place setting_place(const struct compiler *c, const char *name)
{
    return (struct place){&c->settings, c->settings.header_row + 1,
                          table_index(&c->settings, name)};
}

static const char *or_else(const char *text, const char *otherwise)
{
    return *text ? text : otherwise;
}

static void check_settings(struct compiler *c)
{
    if (!is_ascii_name(c->root_name)) {
        const char *where = fault_at(c, setting_place(c, "name"));
        note_add(
            &c->notes, NOTE_ERROR, "name.root", where, "data",
            "The form's name '%s' must begin with a letter or '_' and hold only Latin letters, "
            "digits, '_', '-' and '.'.",
            "表单名“%s”应以字母或下划线开头，只含拉丁字母、数字、“_”“-”“.”。", c->root_name);
    }
    if (*setting(c, "public_key") && !c->options->is_form_only) {
        const char *where = fault_at(c, setting_place(c, "public_key"));
        note_add(&c->notes, NOTE_ERROR, "settings.public_key", where, "",
                 "An encrypted form cannot be a service: nobody could check what is sent. Remove "
                 "public_key.",
                 "加密表单不能作为服务：系统无法核对内容。请删除 public_key。");
    }
    struct buf names;
    buf_init(&names, c->arena);
    suggest_sheets(c, "settings", &names);
    if (!c->settings.sheet && names.size) {
        const char *where = fault_at(c, (struct place){0});
        note_add(&c->notes, NOTE_WARNING, "sheet.similar", where, "settings",
                 "Is the sheet %s meant to be 'settings'?", "工作表 %s 是否应为“settings”？",
                 buf_text(&names));
    }
}

static void read_settings(struct compiler *c)
{
    c->clean_text = true;
    table_open(c, "settings", &c->settings);
    c->clean_text = !text_equal(yes_no(setting(c, "clean_text_values")), "false()");
    c->allow_duplicates = text_equal(yes_no(setting(c, "allow_choice_duplicates")), "true()");
    c->default_language = or_else(setting(c, "default_language"), "default");
    const char *given = c->options->root_name ? c->options->root_name : "";
    c->root_name = or_else(setting(c, "name"), or_else(given, "data"));
    c->form_id = or_else(setting(c, "form_id"), "data");
    c->title = or_else(setting(c, "form_title"), c->form_id);
    c->version = setting(c, "version");
    check_settings(c);
}

static bool open_survey(struct compiler *c)
{
    if (table_open(c, "survey", &c->survey) && table_column(&c->survey, "type"))
        return true;
    struct buf names;
    buf_init(&names, c->arena);
    suggest_sheets(c, "survey", &names);
    if (!c->survey.sheet) {
        const char *where = fault_at(c, (struct place){0});
        note_add(&c->notes, NOTE_ERROR, "sheet.missing", where, buf_text(&names),
                 "There must be a sheet 'survey' with the questions.",
                 "须有名为“survey”（问卷）的工作表，列出题目。");
    } else {
        const char *where =
            fault_at(c, (struct place){&c->survey, c->survey.header_row, NO_COLUMN});
        note_add(&c->notes, NOTE_ERROR, "header.missing", where, "type",
                 "The sheet 'survey' needs the columns 'type', 'name' and 'label'.",
                 "“survey”表需要 type、name、label 三列。");
    }
    return false;
}

static void write_namespaces(struct compiler *c, struct buf *out)
{
    static const char *const names[][2] = {
        {"xmlns", "http://www.w3.org/2002/xforms"},
        {"xmlns:h", "http://www.w3.org/1999/xhtml"},
        {"xmlns:ev", "http://www.w3.org/2001/xml-events"},
        {"xmlns:xsd", "http://www.w3.org/2001/XMLSchema"},
        {"xmlns:jr", "http://openrosa.org/javarosa"},
        {"xmlns:orx", "http://openrosa.org/xforms"},
        {"xmlns:odk", "http://www.opendatakit.org/xforms"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        write_attribute(out, names[i][0], names[i][1]);
    if (c->uses_entities)
        write_attribute(out, "xmlns:entities", "http://www.opendatakit.org/xforms/entities");
    if (!c->options->is_form_only)
        write_attribute(out, "xmlns:bangban", "urn:bangban:xforms");
    const char *more = setting(c, "namespaces"); /* esri="http://…" a="…" */
    while (*(more += strspn(more, " \n"))) {
        const char *equals = strchr(more, '='), *quote = equals ? equals + 1 : NULL;
        const char *end =
            quote && (*quote == '"' || *quote == '\'') ? strchr(quote + 1, *quote) : NULL;
        if (!end)
            break;
        const char *prefix = arena_copy(c->arena, more, (size_t)(equals - more));
        if (is_ascii_name(prefix) && strncmp(prefix, "xml", 3) != 0 && end > quote + 1)
            write_attribute(out, text_print(c->arena, "xmlns:%s", prefix),
                            arena_copy(c->arena, quote + 1, (size_t)(end - quote - 1)));
        more = end + 1;
    }
}

static void write_form(struct compiler *c, struct buf *out, const struct service *service)
{
    buf_add(out, "<?xml version=\"1.0\"?>\n<h:html");
    write_namespaces(c, out);
    buf_add(out, "><h:head><h:title>");
    text_escape_xml(out, c->title);
    buf_add(out, "</h:title>");
    struct buf body; /* first, since it finds out which instances are needed */
    buf_init(&body, c->arena);
    write_body(c, &body);
    write_model(c, out, service);
    buf_add(out, "</h:head>");
    buf_bytes(out, body.data, body.size);
    buf_add(out, "</h:html>\n");
}

/* The tree of the survey, checked; false if it is not worth writing. */
static bool read_form(struct compiler *c)
{
    choices_read(c);
    entities_read(c);
    table_open(c, "external_choices", &c->external_choices);
    table_open(c, "osm", &c->osm);
    survey_read(c);
    if (gives_up(c))
        return false;
    item_paths(c, c->root);
    item_paths(c, c->meta);
    names_index(c);
    survey_check(c);
    entities_place(c);
    choices_check(c);
    return !gives_up(c);
}

static const struct service *compile_form(struct compiler *c, struct buf *out)
{
    if (!read_form(c))
        return NULL;
    const struct service *service = c->options->is_form_only ? NULL : service_compile(c);
    write_form(c, out, service);
    return service;
}

/* Normalised cells: sheet names and texts, so that the same content in .xlsx and .md is the same.
 */
static const char *content_hash(struct compiler *c)
{
    struct buf b;
    buf_init(&b, c->arena);
    for (size_t i = 0; i < c->book->count; i++) {
        const struct book_sheet *s = &c->book->sheets[i];
        buf_print(&b, "\x1D%s", s->name);
        for (size_t k = 0; k < s->count; k++) {
            buf_char(&b, '\x1E');
            for (size_t n = 0; n < s->rows[k].count; n++)
                buf_print(&b, "\x1F%s", text_trim(c->arena, s->rows[k].cells[n]));
        }
    }
    return secret_sha256_hex(c->arena, buf_text(&b), b.size);
}

static void write_csv_row(struct compiler *c, struct buf *b, const struct book_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        buf_add(b, i ? ",\"" : "\"");
        for (const char *p = table_cell(c, row, i); *p; p++) {
            if (*p == '"')
                buf_char(b, '"');
            buf_char(b, *p);
        }
        buf_char(b, '"');
    }
    buf_add(b, "\r\n");
}

static const char *itemsets_csv(struct compiler *c)
{
    const struct table *t = &c->external_choices;
    if (!t->sheet || t->sheet->count == 0)
        return "";
    struct buf b;
    buf_init(&b, c->arena);
    for (size_t i = 0; i < t->sheet->count; i++)
        write_csv_row(c, &b, &t->sheet->rows[i]);
    return buf_text(&b);
}

static size_t count_rows(const struct item *item)
{
    size_t count = item->row != NULL;
    for (const struct item *i = item->first; i; i = i->next)
        count += count_rows(i);
    return count;
}

/* The cell that most likely made the node depend on others: its formula, else its condition. */
static void add_spots(struct compiler *c, const struct item *item, struct xlsform_result *r,
                      struct xlsform_spot *spots)
{
    static const enum survey_column columns[] = {S_CALCULATION, S_RELEVANT, S_CONSTRAINT,
                                                 S_REQUIRED};
    for (const struct item *i = item->first; i; i = i->next) {
        enum survey_column column = S_NAME;
        for (size_t k = sizeof columns / sizeof *columns; i->row && k > 0; k--)
            if (*survey_cell(c, i, columns[k - 1]))
                column = columns[k - 1];
        struct place at = survey_place(c, i, column);
        size_t index = at.column == NO_COLUMN ? 0 : at.column;
        if (i->row)
            spots[r->spot_count++] = (struct xlsform_spot){
                i->path, book_place(c->arena, c->survey.sheet->name, index, at.row)};
        add_spots(c, i, r, spots);
    }
}

static void add_all_spots(struct compiler *c, struct xlsform_result *r)
{
    if (c->is_hopeless)
        return;
    struct xlsform_spot *spots = arena_array(c->arena, count_rows(c->root), sizeof *spots);
    r->spots = spots;
    add_spots(c, c->root, r, spots);
}

void xlsform_locate(const struct xlsform_result *r, struct notes *notes)
{
    for (struct note *n = notes->first; n; n = n->next)
        for (size_t i = 0; *n->where == '/' && i < r->spot_count; i++)
            if (text_equal(r->spots[i].path, n->where))
                n->where = r->spots[i].where;
}

struct err *xlsform_compile(struct arena *a, const struct book *book,
                            const struct xlsform_options *options,
                            struct xlsform_result *result_out)
{
    struct compiler c = {.arena = a, .book = book, .options = options};
    notes_init(&c.notes, a);
    read_settings(&c);
    struct buf out;
    buf_init(&out, a);
    struct xlsform_result r = {.itemsets_csv = ""};
    if (open_survey(&c)) {
        r.service = compile_form(&c, &out);
        r.itemsets_csv = itemsets_csv(&c);
        add_all_spots(&c, &r);
    }
    faults_sort(&c);
    r.form_id = c.form_id;
    r.version = c.version;
    r.title = c.title;
    r.content_hash = content_hash(&c);
    r.notes = c.notes;
    if (c.notes.error_count == 0) {
        r.xml = buf_text(&out);
        r.xml_size = out.size;
    }
    *result_out = r;
    return NULL;
}
