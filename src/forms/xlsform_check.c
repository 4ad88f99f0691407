/* What can only be checked when the whole tree is known: names in their surroundings, labels,
 * triggers, geometry. */
#include "forms/xlsform_internal.h"

static void fault(struct compiler *c, struct place place, const char *code, const char *english,
                  const char *chinese, const char *name)
{
    const char *where = fault_at(c, place);
    note_add(&c->notes, NOTE_ERROR, code, where, "", "%s: %s", "%s：%s", english, name);
    c->notes.last->message_zh = text_print(c->arena, "%s：%s", chinese, name);
}

/* Names --------------------------------------------------------------------------------------- */

static void check_siblings(struct compiler *c, const struct item *item)
{
    for (const struct item *i = item->parent->first; i && i != item; i = i->next) {
        if (!text_equal_fold(i->name, item->name))
            continue;
        struct place place = survey_place(c, item->row ? item : i, S_NAME);
        if (text_equal(i->name, item->name)) {
            bool are_externals = item->kind == ITEM_QUESTION && i->kind == ITEM_QUESTION &&
                                 item->type->flags & i->type->flags & TYPE_EXTERNAL;
            if (!are_externals)
                fault(c, place, "name.duplicate", "This name is used twice in the same group",
                      "同一分组内名称重复", item->name);
        } else {
            const char *where = fault_at(c, place);
            note_add(&c->notes, NOTE_WARNING, "name.case", where, "",
                     "The names '%s' and '%s' differ only by case.", "名称“%s”与“%s”仅大小写不同。",
                     i->name, item->name);
        }
        return;
    }
}

static void check_repeat_name(struct compiler *c, const struct item *item)
{
    if (text_equal(item->name, c->root->name))
        fault(c, survey_place(c, item, S_NAME), "name.repeat_is_root",
              "A repeat must not be named like the form itself", "重复组不能与表单根节点同名",
              item->name);
    if (repeats_of_name(c, item) > 1)
        fault(c, survey_place(c, item, S_NAME), "name.repeat_twice",
              "Two repeats have the same name", "两个重复组同名", item->name);
}

/* Labels and types ---------------------------------------------------------------------------- */

static void check_label(struct compiler *c, const struct item *item)
{
    bool is_shown = *item->type->control && item_is_visible(c, item);
    if (!item->row || !is_shown)
        return;
    bool has_media = row_has_media(c, &c->survey_texts, item->row);
    bool has_image = *row_text(c, &c->survey_texts, item->row, TEXT_IMAGE, NULL);
    if (*row_text(c, &c->survey_texts, item->row, TEXT_BIG_IMAGE, NULL) && !has_image)
        fault(c, place_of(&c->survey, item->row, NO_COLUMN), "media.no_image",
              "big-image needs an image as well", "使用 big-image 时还须有 image", item->name);
    if (*item_label(c, item) || has_media ||
        *row_text(c, &c->survey_texts, item->row, TEXT_HINT, NULL))
        return;
    const struct text_columns *labels = &c->survey_texts.kinds[TEXT_LABEL];
    size_t column = labels->count ? labels->columns[0]->index : NO_COLUMN;
    fault(c, place_of(&c->survey, item->row, column), "question.no_label",
          "This question needs a label or a hint", "此题需要标题或提示", item->name);
}

static void check_calculation(struct compiler *c, const struct item *item)
{
    if (!(item->type->flags & TYPE_CALCULATED) || *item->calculation || !item->row)
        return;
    const char *text = survey_cell(c, item, S_DEFAULT);
    if (*text && is_dynamic_default(text, item->type))
        return;
    fault(c, survey_place(c, item, S_CALCULATION), "calculate.missing",
          "A calculate question needs a calculation", "计算题需要填写公式", item->name);
}

static void check_search(struct compiler *c, const struct item *item)
{
    if (item->type->flags & TYPE_FILE_LIST && strstr(item->appearance, "search("))
        fault(c, survey_place(c, item, S_APPEARANCE), "select.search_file",
              "search() does not work with a select from a file", "search() 不能与文件选项同用",
              item->name);
}

static bool has_external_list(struct compiler *c, const char *name)
{
    size_t column = table_index(&c->external_choices, "list_name");
    for (size_t i = 0; i < c->external_choices.row_count; i++)
        if (text_equal(table_cell(c, &c->external_choices.rows[i], column), name))
            return true;
    return false;
}

static void check_external(struct compiler *c, const struct item *item)
{
    if (!text_equal(item->type->name, "select_one_external"))
        return;
    if (!c->external_choices.sheet || !has_external_list(c, item->list))
        fault(c, survey_place(c, item, S_TYPE), "list.unknown_external",
              "The sheet 'external_choices' has no such list", "“external_choices”表没有此列表",
              item->list);
}

/* Triggers ------------------------------------------------------------------------------------ */

static void trigger_fault(struct compiler *c, const struct item *item, bool is_list)
{
    struct place place = survey_place(c, item, S_TRIGGER);
    if (is_list)
        fault(c, place, "trigger.no_comma", "Put a comma between the references",
              "引用之间请用逗号分开", survey_cell(c, item, S_TRIGGER));
    else
        fault(c, place, "reference.broken", "A trigger is a reference such as ${question}",
              "触发项应写成 ${题目名}", survey_cell(c, item, S_TRIGGER));
}

static void add_trigger(struct compiler *c, struct item *item, const char *word)
{
    const char *name = single_reference(c, word);
    if (!name) {
        const char *second = strstr(word, "${");
        trigger_fault(c, item, second && strstr(second + 2, "${"));
        return;
    }
    struct item *source = find_item(c, name, survey_place(c, item, S_TRIGGER));
    if (!source)
        return;
    if (source->kind != ITEM_QUESTION || !item_is_visible(c, source)) {
        fault(c, survey_place(c, item, S_TRIGGER), "trigger.not_visible",
              "A trigger must be a question that is shown", "触发项须是会显示的题目", name);
        return;
    }
    struct trigger *t = arena_alloc(c->arena, sizeof *t);
    t->target = item;
    struct trigger **end = &source->triggers;
    while (*end)
        end = &(*end)->next;
    *end = t;
}

static void read_triggers(struct compiler *c, struct item *item)
{
    const char *text = survey_cell(c, item, S_TRIGGER);
    if (!*text || item->kind != ITEM_QUESTION)
        return;
    item->is_triggered = true;
    while (*text) {
        size_t size = strcspn(text, ",");
        const char *word = text_trim(c->arena, arena_copy(c->arena, text, size));
        if (*word)
            add_trigger(c, item, word);
        text += size + (text[size] == ',');
    }
}

static void check_background(struct compiler *c, const struct item *item)
{
    if (!text_equal(item->type->name, "background-geopoint"))
        return;
    if (!*survey_cell(c, item, S_TRIGGER))
        fault(c, survey_place(c, item, S_TRIGGER), "geopoint.no_trigger",
              "background-geopoint needs a trigger", "background-geopoint 需要填写 trigger",
              item->name);
    if (*item->calculation)
        fault(c, survey_place(c, item, S_CALCULATION), "geopoint.calculation",
              "background-geopoint takes no calculation", "background-geopoint 不能有 calculation",
              item->name);
}

/* Geometry ------------------------------------------------------------------------------------ */

static bool is_file_stem(struct compiler *c, const struct item *item, const char *name)
{
    for (const struct item *i = item->first; i; i = i->next) {
        if (i->kind == ITEM_QUESTION && i->type->flags & TYPE_FILE_LIST &&
            text_equal(file_stem(c, i->list), name))
            return true;
        if (i->kind == ITEM_QUESTION && i->type->flags & TYPE_EXTERNAL && text_equal(i->name, name))
            return true;
        if (is_file_stem(c, i, name))
            return true;
    }
    return false;
}

static void check_geometry(struct compiler *c, const struct item *item)
{
    const char *value = parameter_of(item, "reference-geometry");
    if (!value)
        return;
    struct choice_list *list = choice_list_find(c, value);
    if (list)
        list->is_used = true;
    bool is_ambiguous = false;
    const char *name = single_reference(c, value);
    const struct item *target = name ? find_quietly(c, name, &is_ambiguous) : NULL;
    bool is_entity_list = false;
    for (const struct entity *e = c->entities; e; e = e->next)
        is_entity_list |= text_equal(e->list, value);
    bool is_good = name ? !target || target->kind == ITEM_REPEAT
                        : list || is_entity_list || is_file_stem(c, c->root, value);
    if (!is_good)
        fault(c, survey_place(c, item, S_PARAMETERS), "geometry.unknown",
              "reference-geometry must name a choice list, an entity list, a file or a repeat",
              "reference-geometry 应是选项列表、台账、文件或重复组", value);
}

/* All ----------------------------------------------------------------------------------------- */

static void check_item(struct compiler *c, struct item *item)
{
    bool is_ambiguous = false;
    (void)find_quietly(c, item->name, &is_ambiguous);
    if (is_ambiguous || c->has_case_twins)
        check_siblings(c, item);
    if (item->kind == ITEM_REPEAT)
        check_repeat_name(c, item);
    if (item->kind != ITEM_QUESTION)
        return;
    parameters_check(c, item);
    check_label(c, item);
    check_calculation(c, item);
    check_search(c, item);
    check_external(c, item);
    check_background(c, item);
    check_geometry(c, item);
}

static void check_items(struct compiler *c, struct item *item)
{
    for (struct item *i = item->first; i && !gives_up(c); i = i->next) {
        check_item(c, i);
        check_items(c, i);
    }
}

static void read_all_triggers(struct compiler *c, struct item *item)
{
    for (struct item *i = item->first; i; i = i->next) {
        read_triggers(c, i);
        read_all_triggers(c, i);
    }
}

void survey_check(struct compiler *c)
{
    read_all_triggers(c, c->root);
    check_items(c, c->root);
    check_items(c, c->meta);
}
