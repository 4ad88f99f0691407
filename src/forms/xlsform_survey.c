/* The sheet `survey`: rows become a tree of groups, repeats and questions; what is wrong with a row
 * is said at its cell, and reading goes on. */
#include "forms/alias.h"
#include "forms/xlsform_internal.h"

static const char *const column_names[S_COLUMNS] = {
    [S_TYPE] = "type",
    [S_NAME] = "name",
    [S_REQUIRED] = "required",
    [S_RELEVANT] = "relevant",
    [S_CONSTRAINT] = "constraint",
    [S_CALCULATION] = "calculation",
    [S_DEFAULT] = "default",
    [S_TRIGGER] = "trigger",
    [S_READONLY] = "readonly",
    [S_APPEARANCE] = "appearance",
    [S_PARAMETERS] = "parameters",
    [S_CHOICE_FILTER] = "choice_filter",
    [S_REPEAT_COUNT] = "repeat_count",
    [S_AUTOPLAY] = "autoplay",
    [S_ROWS] = "rows",
    [S_COMPACT_TAG] = "compact_tag",
    [S_SAVE_TO] = "save_to",
    [S_DISABLED] = "disabled",
    [S_QUERY] = "query",
    [S_BIND_TYPE] = "bind::type",
    [S_ROLE] = "role",
};

static struct place row_place(const struct compiler *c, const struct book_row *row,
                              enum survey_column column)
{
    return place_of(&c->survey, row, c->survey_columns[column]);
}

static struct place whole_row(const struct compiler *c, const struct book_row *row)
{
    return place_of(&c->survey, row, NO_COLUMN);
}

/* Names --------------------------------------------------------------------------------------- */

/* NameStartChar of XML 1.0, without the colon. */
static bool is_name_start(uint32_t ch)
{
    static const uint32_t ranges[][2] = {
        {'A', 'Z'},       {'_', '_'},       {'a', 'z'},       {0xC0, 0xD6},     {0xD8, 0xF6},
        {0xF8, 0x2FF},    {0x370, 0x37D},   {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F},
        {0x2C00, 0x2FEF}, {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (ch >= ranges[i][0] && ch <= ranges[i][1])
            return true;
    return false;
}

bool is_xml_name(const char *name)
{
    const char *p = name;
    if (!is_name_start(text_next(&p)))
        return false;
    for (uint32_t ch; (ch = text_next(&p));)
        if (!is_name_start(ch) && !(ch >= '0' && ch <= '9') && ch != '-' && ch != '.')
            return false;
    return true;
}

bool is_ascii_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p >= 0x80)
            return false;
    return is_xml_name(name);
}

/* Words that names often are, and their reading. */
static const char *const readings[][2] = {
    {"姓名", "xingming"},     {"身份证号", "id_number"}, {"身份证", "id_card"},
    {"手机号", "mobile"},     {"电话", "phone"},         {"地址", "address"},
    {"住址", "address"},      {"性别", "sex"},           {"年龄", "age"},
    {"出生日期", "birthday"}, {"日期", "date"},          {"村", "village"},
    {"备注", "remarks"},      {"照片", "photo"},         {"申请人", "applicant"},
    {"单位", "unit"},         {"金额", "amount"},        {"银行卡号", "bank_card"},
    {"民族", "nation"},       {"婚姻", "marriage"},      {"残疾", "disability"},
    {"原因", "reason"},       {"类别", "category"},      {"数量", "quantity"},
};

const char *name_suggestion(struct compiler *c, const char *label)
{
    struct buf b;
    buf_init(&b, c->arena);
    for (const char *p = label; *p;) {
        size_t used = 0;
        for (size_t i = 0; i < sizeof readings / sizeof *readings && !used; i++)
            if (text_starts(p, readings[i][0])) {
                buf_print(&b, "%s%s", b.size ? "_" : "", readings[i][1]);
                used = strlen(readings[i][0]);
            }
        bool is_ascii = *p > 0 && (unsigned char)*p < 0x80;
        bool is_word =
            is_ascii && (is_xml_name((char[]){*p, 0}) || (*p >= '0' && *p <= '9' && b.size));
        if (!used && is_word)
            buf_char(&b, *p);
        p += used ? used : 1;
    }
    return buf_text(&b);
}

static void check_name(struct compiler *c, const struct book_row *row, const char *name)
{
    struct place place = row_place(c, row, S_NAME);
    if (!is_xml_name(name)) {
        const char *where = fault_at(c, place);
        note_add(
            &c->notes, NOTE_ERROR, "name.invalid", where, name_suggestion(c, name),
            "The name '%s' must begin with a letter or '_' and hold only letters, digits, '_', "
            "'-' and '.'.",
            "名称“%s”应以字母或下划线开头，只含字母、数字、“_”“-”“.”。", name);
    } else if (!is_ascii_name(name)) {
        const char *suggestion = name_suggestion(c, name);
        if (!*suggestion)
            suggestion = text_print(c->arena, "q%u", row->number);
        const char *where = fault_at(c, place);
        note_add(
            &c->notes, NOTE_ERROR, "name.not_ascii", where, suggestion,
            "The name '%s' must be in Latin letters, since phones refuse others: '%s', say. The "
            "label may be Chinese.",
            "名称“%s”须用拉丁字母（手机端不认其他文字），如“%s”；标题可用中文。", name, suggestion);
    } else if (text_equal(name, "meta")) {
        const char *where = fault_at(c, place);
        note_add(&c->notes, NOTE_ERROR, "name.reserved", where, "",
                 "The name 'meta' is reserved. Choose another.",
                 "名称“meta”已被系统占用，请改名。");
    }
}

/* Items --------------------------------------------------------------------------------------- */

struct item *item_add(struct compiler *c, struct item *parent, enum item_kind kind,
                      const struct question_type *type, const struct book_row *row,
                      const char *name)
{
    struct item *item = arena_alloc(c->arena, sizeof *item);
    *item = (struct item){.kind = kind, .type = type, .row = row, .name = name, .parent = parent};
    if (++c->item_count > ITEM_LIMIT)
        give_up(c, whole_row(c, row), "The survey has too many questions.", "题目太多。");
    item->list = item->calculation = item->relevant = item->appearance = "";
    if (!parent)
        return item;
    if (parent->last)
        parent->last->next = item;
    else
        parent->first = item;
    parent->last = item;
    return item;
}

void item_paths(struct compiler *c, struct item *item)
{
    item->depth = item->parent ? item->parent->depth + 1 : 0;
    item->path = text_print(c->arena, "%s/%s", item->parent ? item->parent->path : "", item->name);
    for (struct item *i = item->first; i; i = i->next)
        item_paths(c, i);
}

/* Types --------------------------------------------------------------------------------------- */

struct type_cell {
    const char *name; /* canonical; NULL: unknown */
    const char *list;
    bool has_other;
};

static bool cut_suffix(struct compiler *c, const char **text, const char *suffix)
{
    size_t size = strlen(*text), cut = strlen(suffix);
    if (size <= cut || !text_equal_fold(*text + size - cut, suffix))
        return false;
    *text = text_trim(c->arena, arena_copy(c->arena, *text, size - cut));
    return true;
}

/* "select_one yes_no or_other" -> select_one, yes_no, has_other. */
static struct type_cell parse_type(struct compiler *c, const char *text)
{
    struct type_cell t = {.list = ""};
    t.name = alias_find(c->arena, ALIAS_TYPES, text);
    if (t.name)
        return t;
    static const char *const others[] = {" or_other", " or other", " or specify other", " 或其他"};
    for (size_t i = 0; i < sizeof others / sizeof *others && !t.has_other; i++)
        t.has_other = cut_suffix(c, &text, others[i]);
    const char *space = strrchr(text, ' ');
    if (!space)
        return t;
    t.list = space + 1;
    t.name = alias_find(c->arena, ALIAS_TYPES, arena_copy(c->arena, text, (size_t)(space - text)));
    if (!t.name && strstr(text, " over "))
        t.name = alias_find(c->arena, ALIAS_TYPES,
                            arena_copy(c->arena, text, (size_t)(strstr(text, " over ") - text)));
    return t;
}

static struct type_memo *memo_of(struct compiler *c, const char *text)
{
    return &c->types[name_hash(text) % (sizeof c->types / sizeof *c->types)];
}

static const struct type_memo *type_of_text(struct compiler *c, const char *text)
{
    struct type_memo *memo = memo_of(c, text);
    if (memo->text && text_equal(memo->text, text))
        return memo;
    struct type_cell cell = parse_type(c, text);
    *memo = (struct type_memo){text, cell.name ? question_type_find(cell.name) : NULL, cell.list,
                               cell.has_other};
    return memo;
}

static const struct question_type *type_of_row(struct compiler *c, const struct book_row *row,
                                               struct type_cell *cell_out)
{
    const char *text = table_cell(c, row, c->survey_columns[S_TYPE]);
    const struct type_memo *memo = type_of_text(c, text);
    *cell_out =
        (struct type_cell){memo->type ? memo->type->name : NULL, memo->list, memo->has_other};
    if (!memo->type) {
        bool is_early = c->notes.error_count < SUGGESTION_LIMIT;
        const char *nearest = is_early ? alias_nearest(c->arena, ALIAS_TYPES, text) : NULL;
        const char *where = fault_at(c, row_place(c, row, S_TYPE));
        note_add(&c->notes, NOTE_ERROR, "type.unknown", where, nearest ? nearest : "",
                 "There is no question type '%s'. See the list of types in the manual.",
                 "没有题型“%s”，请参见手册中的题型表。", text);
    }
    return memo->type;
}

/* Rows ---------------------------------------------------------------------------------------- */

struct reading {
    struct compiler *c;
    struct item *current;
    const struct item *bottom; /* where this range began */
    const struct book_row *loop_row;
    size_t depth;
};

static void read_range(struct reading *r, size_t from, size_t to);

static const char *item_name(struct compiler *c, const struct book_row *row,
                             const struct question_type *type)
{
    const char *name = table_cell(c, row, c->survey_columns[S_NAME]);
    if (text_equal(type->name, "audit"))
        return "audit";
    if (*name) {
        if (!(type->flags & TYPE_EXTERNAL) || !is_xml_name(name))
            check_name(c, row, name);
        return name;
    }
    if (text_equal(type->name, "note"))
        return text_print(c->arena, "generated_note_name_%u", row->number);
    if (text_equal(type->name, "begin_group"))
        return text_print(c->arena, "generated_group_name_%u", row->number);
    if (type->flags & TYPE_META)
        return type->name;
    const char *suggestion =
        name_suggestion(c, row_text(c, &c->survey_texts, row, TEXT_LABEL, NULL));
    const char *where = fault_at(c, row_place(c, row, S_NAME));
    note_add(&c->notes, NOTE_ERROR, "name.missing", where, suggestion,
             "This question has no name. Fill in the column 'name'.",
             "此题没有名称，请填写 name 列。");
    return text_print(c->arena, "q%u", row->number);
}

static struct item *generate(struct reading *r, struct item *parent, const char *type,
                             const char *name)
{
    struct item *item = item_add(r->c, parent, ITEM_QUESTION, question_type_find(type), NULL, name);
    item->heading = "";
    return item;
}

/* table-list: the group's label becomes a note, and the first list is shown once as headings. */
static void begin_table_list(struct reading *r, struct item *group)
{
    struct compiler *c = r->c;
    const char *found = strstr(group->appearance, "table-list");
    if (!found)
        return;
    group->is_field_list_label = true;
    group->appearance = text_print(c->arena, "%.*sfield-list%s", (int)(found - group->appearance),
                                   group->appearance, found + strlen("table-list"));
    if (!*item_label(c, group))
        return;
    struct item *note =
        generate(r, group, "note",
                 text_print(c->arena, "generated_table_list_label_%u", group->row->number));
    note->row = group->row;
    note->heading = NULL;
    note->is_plain_note = true;
    group->heading = "";
}

static void in_table_list(struct reading *r, struct item *item)
{
    struct compiler *c = r->c;
    struct item *group = item->parent;
    if (!group->is_field_list_label || !(item->type->flags & TYPE_LIST))
        return;
    bool is_first = true;
    for (struct item *i = group->first; i != item; i = i->next)
        is_first = is_first && !(i->type->flags & TYPE_LIST);
    item->appearance = *item->appearance ? text_print(c->arena, "list-nolabel %s", item->appearance)
                                         : "list-nolabel";
    if (!is_first)
        return;
    struct item *head = arena_alloc(c->arena, sizeof *head);
    *head = *item; /* takes the place of item, which follows */
    head->row = NULL;
    head->heading = "";
    head->parameters = NULL;
    head->name = text_print(c->arena, "reserved_name_for_field_list_labels_%u", item->row->number);
    head->appearance = "label";
    struct item **link = &group->first;
    while (*link != item)
        link = &(*link)->next;
    *link = head;
    head->next = item;
}

static void begin_section(struct reading *r, const struct book_row *row,
                          const struct question_type *type)
{
    struct compiler *c = r->c;
    bool is_repeat = text_equal(type->name, "begin_repeat");
    if (++r->depth > NESTING_LIMIT)
        give_up(c, whole_row(c, row), "Groups are nested too deeply.", "分组嵌套太深。");
    const char *name = item_name(c, row, type);
    if (is_repeat) {
        const char *count = table_cell(c, row, c->survey_columns[S_REPEAT_COUNT]);
        if (*count && !single_reference(c, count)) {
            struct item *node =
                generate(r, r->current, "calculate", text_print(c->arena, "%s_count", name));
            node->calculation = count;
            node->is_plain_note = true; /* read-only */
        }
    }
    struct item *count = r->current->last;
    struct item *item =
        item_add(c, r->current, is_repeat ? ITEM_REPEAT : ITEM_GROUP, type, row, name);
    if (is_repeat && count && !count->row && count->is_plain_note)
        item->count = count;
    item->appearance = survey_cell(c, item, S_APPEARANCE);
    item->loop_row = r->loop_row;
    r->current = item;
    if (!is_repeat)
        begin_table_list(r, item);
}

static void end_section(struct reading *r, const struct book_row *row,
                        const struct question_type *type)
{
    struct compiler *c = r->c;
    enum item_kind kind = text_equal(type->name, "end_repeat") ? ITEM_REPEAT : ITEM_GROUP;
    if (*table_cell(c, row, c->survey_columns[S_SAVE_TO])) {
        const char *at = fault_at(c, row_place(c, row, S_SAVE_TO));
        note_add(&c->notes, NOTE_ERROR, "entity.save_group", at, "",
                 "A group or repeat cannot be saved as a property.",
                 "分组和重复组不能写入台账属性。");
    }
    if (r->current != r->bottom && r->current->kind == kind) {
        r->depth--;
        r->current = r->current->parent;
        return;
    }
    const char *where = fault_at(c, whole_row(c, row));
    note_add(&c->notes, NOTE_ERROR, "group.end_unmatched", where, "",
             "This '%s' ends nothing: there is no open group of that kind.",
             "此处的“%s”没有对应的开始行。", type->name);
}

static void or_other(struct reading *r, struct item *item)
{
    struct compiler *c = r->c;
    struct choice_list *list = choice_list_find(c, item->list);
    if (list)
        list->has_other = true;
    if (*survey_cell(c, item, S_CHOICE_FILTER)) {
        const char *where = fault_at(c, whole_row(c, item->row));
        note_add(&c->notes, NOTE_ERROR, "select.other_filter", where, "",
                 "or_other cannot be used together with choice_filter.",
                 "or_other 不能与 choice_filter 同用。");
    }
    struct item *text =
        generate(r, r->current, "text", text_print(c->arena, "%s_other", item->name));
    text->heading = "Specify other.";
    text->relevant = text_print(c->arena, "selected(../%s, 'other')", item->name);
}

static bool ends_with_any(const char *text, const char *const *ends, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_ends(text, ends[i]))
            return true;
    return false;
}

static void check_file_list(struct compiler *c, const struct item *item)
{
    static const char *const endings[] = {".csv", ".xml", ".geojson"};
    if (ends_with_any(item->list, endings, 3) && !strpbrk(item->list, "'\""))
        return;
    const char *where = fault_at(c, whole_row(c, item->row));
    note_add(&c->notes, NOTE_ERROR, "select.file_ending", where, "",
             "The file '%s' must end with .csv, .xml or .geojson.",
             "文件“%s”应以 .csv、.xml 或 .geojson 结尾。", item->list);
}

static const char *nearest_list(struct compiler *c, const char *name)
{
    const char *nearest = "";
    size_t best = 4;
    const struct choice_list *l = c->notes.error_count < SUGGESTION_LIMIT ? c->lists : NULL;
    for (; l; l = l->next) {
        size_t distance = text_distance(l->name, name, 3);
        if (distance < best) {
            best = distance;
            nearest = l->name;
        }
    }
    return nearest;
}

static void check_list(struct compiler *c, struct item *item)
{
    if (has_reference(item->list)) {
        struct item *target = NULL; /* the answers of a repeat; found when names are known */
        (void)target;
        return;
    }
    struct choice_list *list = choice_list_find(c, item->list);
    if (list) {
        bool is_search = strstr(item->appearance, "search(") != NULL;
        list->is_searched = is_search && (list->is_searched || !list->is_used);
        list->is_used = true;
        return;
    }
    if (strstr(item->appearance, "search("))
        return;
    struct buf sheets;
    buf_init(&sheets, c->arena);
    if (!c->choices.sheet)
        suggest_sheets(c, "choices", &sheets);
    const char *where = fault_at(c, survey_place(c, item, S_TYPE));
    const char *suggestion =
        *nearest_list(c, item->list)
            ? text_print(c->arena, "%s %s", item->type->name, nearest_list(c, item->list))
            : buf_text(&sheets);
    note_add(&c->notes, NOTE_ERROR, "list.unknown", where, suggestion,
             "There is no choice list '%s'. Add it to the sheet 'choices'.",
             "没有选项列表“%s”，请在“choices”表中添加。", item->list);
}

static void read_list(struct reading *r, struct item *item, const struct type_cell *cell)
{
    struct compiler *c = r->c;
    item->list = cell->list;
    item->has_other = cell->has_other;
    if (!*item->list) {
        const char *where = fault_at(c, survey_place(c, item, S_TYPE));
        note_add(&c->notes, NOTE_ERROR, "list.missing", where, "",
                 "Write the choice list behind the type: '%s my_list'.",
                 "请在题型后写上选项列表，如“%s 列表名”。", item->type->name);
    } else if (item->type->flags & TYPE_FILE_LIST) {
        check_file_list(c, item);
    } else {
        check_list(c, item);
    }
    if (cell->has_other)
        or_other(r, item);
}

static void read_question(struct reading *r, const struct book_row *row,
                          const struct question_type *type, const struct type_cell *cell)
{
    struct compiler *c = r->c;
    struct item *parent = type->flags & TYPE_IN_META ? c->meta : r->current;
    struct item *item = item_add(c, parent, ITEM_QUESTION, type, row, item_name(c, row, type));
    item->is_in_meta = parent == c->meta;
    item->loop_row = r->loop_row;
    item->appearance = survey_cell(c, item, S_APPEARANCE);
    item->calculation = survey_cell(c, item, S_CALCULATION);
    item->relevant = survey_cell(c, item, S_RELEVANT);
    parameters_read(c, item);
    if (type->flags & (TYPE_LIST | TYPE_FILE_LIST))
        read_list(r, item, cell);
    else
        item->list = cell->list;
    in_table_list(r, item);
}

/* The row of the end_loop that belongs to the begin_loop at `at`; `to` if there is none. */
static size_t loop_end(struct compiler *c, size_t at, size_t to)
{
    size_t depth = 0;
    for (size_t i = at; i < to; i++) {
        const char *text = table_cell(c, &c->survey.rows[i], c->survey_columns[S_TYPE]);
        const char *name = parse_type(c, text).name;
        if (name && text_equal(name, "begin_loop"))
            depth++;
        if (name && text_equal(name, "end_loop") && --depth == 0)
            return i;
    }
    return to;
}

static void read_loop(struct reading *r, size_t at, size_t end, const struct question_type *type,
                      const struct type_cell *cell)
{
    struct compiler *c = r->c;
    const struct book_row *row = &c->survey.rows[at];
    struct item *outer = item_add(c, r->current, ITEM_GROUP, type, row, item_name(c, row, type));
    struct choice_list *list = choice_list_find(c, cell->list);
    outer->list = cell->list;
    outer->appearance = survey_cell(c, outer, S_APPEARANCE);
    check_list(c, outer);
    if (r->depth > NESTING_LIMIT)
        give_up(c, whole_row(c, row), "Groups are nested too deeply.", "分组嵌套太深。");
    for (size_t i = 0; list && i < list->count && !gives_up(c); i++) {
        const char *name = table_cell(c, list->rows[i], c->choice_name_column);
        struct item *group =
            item_add(c, outer, ITEM_GROUP, question_type_find("begin_group"), NULL, name);
        if (!is_ascii_name(name)) {
            const char *where =
                fault_at(c, place_of(&c->choices, list->rows[i], c->choice_name_column));
            note_add(
                &c->notes, NOTE_ERROR, "name.invalid", where, "",
                "A loop makes a group of this choice, so '%s' must be a name in Latin letters.",
                "循环会用此选项生成分组，“%s”须为拉丁字母名称。", name);
        }
        group->choice_row = list->rows[i];
        struct reading inner = {c, group, group, list->rows[i], r->depth + 1};
        read_range(&inner, at + 1, end);
    }
}

static void read_section(struct reading *r, size_t i, const struct question_type *type)
{
    if (type->flags & TYPE_BEGIN)
        begin_section(r, &r->c->survey.rows[i], type);
    else
        end_section(r, &r->c->survey.rows[i], type);
}

static bool is_skipped(struct compiler *c, const struct book_row *row)
{
    if (text_equal(yes_no(table_cell(c, row, c->survey_columns[S_DISABLED])), "true()"))
        return true;
    if (*table_cell(c, row, c->survey_columns[S_TYPE]))
        return false;
    if (!*table_cell(c, row, c->survey_columns[S_NAME]) &&
        !*row_text(c, &c->survey_texts, row, TEXT_LABEL, NULL))
        return true;
    const char *where = fault_at(c, row_place(c, row, S_TYPE));
    note_add(&c->notes, NOTE_ERROR, "type.missing", where, "text",
             "This question has no type. Fill in the column 'type'.",
             "此题没有题型，请填写 type 列。");
    return true;
}

static void read_range(struct reading *r, size_t from, size_t to)
{
    struct compiler *c = r->c;
    for (size_t i = from; i < to && !gives_up(c); i++) {
        const struct book_row *row = &c->survey.rows[i];
        struct type_cell cell;
        if (is_skipped(c, row))
            continue;
        const struct question_type *type = type_of_row(c, row, &cell);
        if (!type)
            continue;
        if (text_equal(type->name, "begin_loop")) {
            size_t end = loop_end(c, i, to);
            read_loop(r, i, end, type, &cell);
            i = end;
        } else if (type->flags & (TYPE_BEGIN | TYPE_END)) {
            read_section(r, i, type);
        } else {
            read_question(r, row, type, &cell);
        }
    }
    for (; !c->is_hopeless && r->current != r->bottom; r->current = r->current->parent) {
        const char *where = fault_at(c, whole_row(c, r->current->row));
        note_add(&c->notes, NOTE_ERROR, "group.not_ended", where, "",
                 "The group '%s' is not ended. Add a row end_group or end_repeat.",
                 "分组“%s”没有结束行，请添加 end_group 或 end_repeat。", r->current->name);
    }
}

void survey_read(struct compiler *c)
{
    for (int i = 0; i < S_COLUMNS; i++)
        c->survey_columns[i] = table_index(&c->survey, column_names[i]);
    table_texts(c, &c->survey, &c->survey_texts);
    c->root = item_add(c, NULL, ITEM_ROOT, NULL, NULL, c->root_name);
    c->meta = item_add(c, NULL, ITEM_GROUP, question_type_find("begin_group"), NULL, "meta");
    c->meta->parent = c->root;
    struct reading r = {.c = c, .current = c->root, .bottom = c->root};
    read_range(&r, 0, c->survey.row_count);
}
