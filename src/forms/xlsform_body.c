/* The body: one control per question, groups and repeats around them. */
#include "forms/xlsform_internal.h"

static void write_some(struct buf *out, const char *name, const char *value)
{
    if (value && *value)
        write_attribute(out, name, value);
}

static struct place text_place(const struct compiler *c, const struct item *item,
                               enum text_kind kind)
{
    const struct text_columns *t = &c->survey_texts.kinds[kind];
    return place_of(&c->survey, item->row, t->count ? t->columns[0]->index : NO_COLUMN);
}

static void write_text(struct compiler *c, struct buf *out, const struct item *item,
                       const char *element, const char *text, bool needs_itext)
{
    const char *suffix = text_equal(element, "label") ? "label" : "hint";
    if (needs_itext) {
        buf_print(out, "<%s ref=\"jr:itext('%s:%s')\"/>", element, item->path, suffix);
        return;
    }
    if (!*text) {
        buf_print(out, "<%s/>", element);
        return;
    }
    buf_print(out, "<%s>", element);
    write_label(c, out, text, item, text_place(c, item, *suffix == 'l' ? TEXT_LABEL : TEXT_HINT));
    buf_print(out, "</%s>", element);
}

static void write_texts(struct compiler *c, struct buf *out, const struct item *item)
{
    bool label_itext = label_needs_itext(c, item), hint_itext = hint_needs_itext(c, item);
    const char *label = item_label(c, item);
    write_text(c, out, item, "label", label, label_itext);
    const char *hint = item->heading || item->is_plain_note
                           ? ""
                           : row_text(c, &c->survey_texts, item->row, TEXT_HINT, NULL);
    if (hint_itext || *hint)
        write_text(c, out, item, "hint", hint, hint_itext);
}

/* Itemsets ------------------------------------------------------------------------------------ */

static const char *filter_of(struct compiler *c, const struct item *item)
{
    return expression(c, survey_cell(c, item, S_CHOICE_FILTER), item,
                      survey_place(c, item, S_CHOICE_FILTER), EXPRESSION_FILTER);
}

static const char *random_nodeset(struct compiler *c, const struct item *item, const char *nodeset)
{
    const char *randomize = parameter_of(item, "randomize"), *seed = parameter_of(item, "seed");
    if (!randomize || !text_equal(yes_no(randomize), "true()"))
        return nodeset;
    if (!seed)
        return text_print(c->arena, "randomize(%s)", nodeset);
    const char *value =
        expression(c, seed, item, survey_place(c, item, S_PARAMETERS), EXPRESSION_TRIMMED);
    return text_print(c->arena, "randomize(%s, %s)", nodeset, value);
}

static void write_itemset(struct compiler *c, struct buf *out, const struct item *item,
                          const char *nodeset, const char *value, const char *label)
{
    buf_add(out, "<itemset");
    write_attribute(out, "nodeset", random_nodeset(c, item, nodeset));
    buf_add(out, "><value");
    write_attribute(out, "ref", value);
    buf_add(out, "/><label");
    write_attribute(out, "ref", label);
    buf_add(out, "/></itemset>");
}

/* The filter of a repeat's answers: questions of that repeat are seen from each of its instances.
 */
static const char *filter_in(struct compiler *c, const struct item *item, const struct item *repeat)
{
    c->filter_scope = repeat;
    const char *filter = filter_of(c, item);
    c->filter_scope = NULL;
    return filter;
}

/* From a question in the same repeat: up to the repeat's parent, and down again. */
static const char *path_to_repeat(struct compiler *c, const struct item *from,
                                  const struct item *repeat)
{
    const struct item *common = repeat->parent;
    const struct item *up = from;
    struct buf b;
    buf_init(&b, c->arena);
    while (common && !item_is_above(common, from))
        common = common->parent;
    for (; up && up != common; up = up->parent)
        buf_add(&b, b.size ? "/.." : "..");
    buf_add(&b, repeat->path + strlen(common ? common->path : ""));
    return buf_text(&b);
}

/* select_one ${name}: the answers given to that question in its repeat. */
static void write_repeat_itemset(struct compiler *c, struct buf *out, const struct item *item)
{
    const char *name = single_reference(c, item->list);
    struct place place = survey_place(c, item, S_TYPE);
    struct item *target = name ? find_item(c, name, place) : NULL;
    if (!target)
        return;
    struct item *repeat = nearest_repeat(target);
    if (!repeat) {
        const char *where = fault_at(c, place);
        note_add(&c->notes, NOTE_ERROR, "select.not_in_repeat", where, "",
                 "The question '%s' is not in a repeat, so it has no list of answers.",
                 "题目“%s”不在重复组内，没有可选的答案列表。", name);
        return;
    }
    const char *path =
        relative_path(c, item, target) ? path_to_repeat(c, item, repeat) : repeat->path;
    const char *inner = target->path + strlen(repeat->path) + 1;
    const char *filter = survey_cell(c, item, S_CHOICE_FILTER);
    const char *nodeset = text_print(c->arena, "%s[./%s != '']", path, inner);
    if (*filter)
        nodeset = text_print(c->arena, "%s[%s]", path, filter_in(c, item, repeat));
    write_itemset(c, out, item, nodeset, inner, inner);
}

static void write_file_itemset(struct compiler *c, struct buf *out, const struct item *item)
{
    bool is_geojson = text_ends(item->list, ".geojson");
    const char *value = parameter_of(item, "value"), *label = parameter_of(item, "label");
    const char *filter = filter_of(c, item);
    const char *nodeset =
        text_print(c->arena, "instance('%s')/root/item%s%s%s", file_stem(c, item->list),
                   *filter ? "[" : "", filter, *filter ? "]" : "");
    write_itemset(c, out, item, nodeset,
                  value        ? value
                  : is_geojson ? "id"
                               : "name",
                  label        ? label
                  : is_geojson ? "title"
                               : "label");
}

/* search(): the control holds the choices themselves. */
static void write_items(struct compiler *c, struct buf *out, const struct choice_list *l)
{
    for (size_t i = 0; l && i < l->count; i++) {
        buf_add(out, "<item>");
        if (l->needs_itext) {
            buf_print(out, "<label ref=\"jr:itext('%s-%zu')\"/>", l->name, i);
        } else {
            buf_add(out, "<label>");
            text_escape_xml(out, row_text(c, &c->choice_texts, l->rows[i], TEXT_LABEL, NULL));
            buf_add(out, "</label>");
        }
        buf_add(out, "<value>");
        text_escape_xml(out, table_cell(c, l->rows[i], c->choice_name_column));
        buf_add(out, "</value></item>");
    }
}

static void write_list_itemset(struct compiler *c, struct buf *out, const struct item *item,
                               const char *list)
{
    const struct choice_list *l = choice_list_find(c, list);
    const char *filter = filter_of(c, item);
    const char *nodeset = text_print(c->arena, "instance('%s')/root/item%s%s%s", list,
                                     *filter ? "[" : "", filter, *filter ? "]" : "");
    write_itemset(c, out, item, nodeset, "name",
                  l && l->needs_itext ? "jr:itext(itextId)" : "label");
}

/* reference-geometry: a list, a file's instance, or the geometries in a repeat. */
static void write_geometry(struct compiler *c, struct buf *out, const struct item *item,
                           const char *geometry)
{
    const char *name = single_reference(c, geometry);
    const struct choice_list *l = choice_list_find(c, geometry);
    struct item *repeat = name ? find_item(c, name, survey_place(c, item, S_PARAMETERS)) : NULL;
    if (repeat) {
        const char *filter = filter_in(c, item, repeat);
        write_itemset(
            c, out, item,
            text_print(c->arena, "%s[%s]", repeat->path, *filter ? filter : "./geometry != ''"),
            "geometry", "geometry");
    } else if (!name) {
        const char *filter = filter_of(c, item);
        write_itemset(c, out, item,
                      text_print(c->arena, "instance('%s')/root/item%s%s%s", geometry,
                                 *filter ? "[" : "", filter, *filter ? "]" : ""),
                      "name", l && l->needs_itext ? "jr:itext(itextId)" : "label");
    }
}

static bool uses_search(const struct item *item)
{
    const char *found = strstr(item->appearance, "search");
    return found && found[6 + strspn(found + 6, " ")] == '(';
}

static void write_choices(struct compiler *c, struct buf *out, const struct item *item)
{
    const char *geometry = parameter_of(item, "reference-geometry");
    const char *labels = parameter_of(item, "tick_labelset");
    if (item->type->flags & TYPE_FILE_LIST)
        write_file_itemset(c, out, item);
    else if (item->type->flags & TYPE_LIST && has_reference(item->list))
        write_repeat_itemset(c, out, item);
    else if (item->type->flags & TYPE_LIST && uses_search(item))
        write_items(c, out, choice_list_find(c, item->list));
    else if (item->type->flags & TYPE_LIST)
        write_list_itemset(c, out, item, item->list);
    else if (labels)
        write_list_itemset(c, out, item, labels);
    else if (geometry)
        write_geometry(c, out, item, geometry);
}

/* Controls ------------------------------------------------------------------------------------ */

static void parameter_attributes(struct buf *out, const struct item *item)
{
    static const char *const rows[][3] = {
        {"range", "start", "start"},
        {"range", "end", "end"},
        {"range", "step", "step"},
        {"range", "tick_interval", "odk:tick-interval"},
        {"range", "placeholder", "odk:placeholder"},
        {"geopoint", "capture-accuracy", "accuracyThreshold"},
        {"geopoint", "warning-accuracy", "unacceptableAccuracyThreshold"},
        {"geotrace", "incremental", "incremental"},
        {"geoshape", "incremental", "incremental"},
        {"text", "rows", "rows"},
    };
    static const char *const range_defaults[] = {"1", "10", "1"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!text_equal(rows[i][0], item->type->name))
            continue;
        const char *value = parameter_of(item, rows[i][1]);
        if (value && text_equal(rows[i][1], "incremental"))
            value = "true";
        write_some(out, rows[i][2], value ? value : i < 3 ? range_defaults[i] : "");
    }
    const char *app = parameter_of(item, "app");
    if (app && (!*item->appearance || text_equal(item->appearance, "annotate")))
        write_attribute(out, "intent", app);
}

/* Columns control::x and body::x. */
static void column_attributes(struct compiler *c, struct buf *out, const struct item *item)
{
    for (size_t i = 0; item->row && i < c->survey.column_count; i++) {
        const struct column *column = &c->survey.columns[i];
        bool is_intent = text_equal(column->name, "intent");
        if (!is_intent && !*column->group)
            continue;
        const char *text = table_cell(c, item->row, column->index);
        if (!(is_intent || text_equal(column->group, "control")) || !*text ||
            !is_attribute_name(c, is_intent ? "intent" : column->sub))
            continue;
        struct place place = place_of(&c->survey, item->row, column->index);
        const char *value =
            has_reference(text) ? expression(c, text, item, place, EXPRESSION_UNCHECKED) : text;
        write_attribute(out, is_intent ? "intent" : column->sub, value);
    }
}

static void write_query(struct compiler *c, struct buf *out, const struct item *item)
{
    if (!text_equal(item->type->name, "select_one_external"))
        return;
    const char *filter = expression(c, survey_cell(c, item, S_CHOICE_FILTER), item,
                                    survey_place(c, item, S_CHOICE_FILTER), 0);
    write_attribute(out, "query",
                    text_print(c->arena, "instance('%s')/root/item%s%s%s", item->list,
                               *filter ? "[" : "", filter, *filter ? "]" : ""));
}

static void write_triggers(struct compiler *c, struct buf *out, const struct item *item)
{
    for (const struct trigger *t = item->triggers; t; t = t->next) {
        const struct item *to = t->target;
        if (text_equal(to->type->name, "background-geopoint")) {
            buf_print(out, "<odk:setgeopoint ref=\"%s\" event=\"xforms-value-changed\"/>",
                      to->path);
            continue;
        }
        buf_print(out, "<setvalue ref=\"%s\" event=\"xforms-value-changed\"", to->path);
        write_some(out, "value",
                   expression(c, to->calculation, to, survey_place(c, to, S_CALCULATION), 0));
        buf_add(out, "/>");
    }
}

static void write_tags(struct compiler *c, struct buf *out, const struct item *item)
{
    if (!text_equal(item->type->name, "osm") || !*item->list)
        return;
    size_t list = table_index(&c->osm, "list_name"), name = table_index(&c->osm, "name");
    size_t label = table_index(&c->osm, "label");
    for (size_t i = 0; i < c->osm.row_count; i++) {
        const struct book_row *row = &c->osm.rows[i];
        if (!text_equal(table_cell(c, row, list), item->list))
            continue;
        buf_add(out, "<tag");
        write_attribute(out, "key", table_cell(c, row, name));
        buf_add(out, "><label>");
        text_escape_xml(out, table_cell(c, row, label));
        buf_add(out, "</label></tag>");
    }
}

static void write_control(struct compiler *c, struct buf *out, const struct item *item)
{
    if (!item_is_visible(c, item))
        return;
    const char *element = item->type->control;
    buf_print(out, "<%s", element);
    write_attribute(out, "ref", item->path);
    column_attributes(c, out, item); /* first, so that they win over what the type says */
    write_some(out, "appearance", item->appearance);
    write_some(out, "mediatype", item->type->mediatype);
    write_some(out, "autoplay", survey_cell(c, item, S_AUTOPLAY));
    if (!parameter_of(item, "rows"))
        write_some(out, "rows", survey_cell(c, item, S_ROWS));
    parameter_attributes(out, item);
    write_query(c, out, item);
    buf_char(out, '>');
    write_texts(c, out, item);
    write_choices(c, out, item);
    write_tags(c, out, item);
    write_triggers(c, out, item);
    buf_print(out, "</%s>", element);
}

/* Groups and repeats -------------------------------------------------------------------------- */

static void write_items_of(struct compiler *c, struct buf *out, const struct item *item);

static void group_label(struct compiler *c, struct buf *out, const struct item *item, bool always)
{
    bool needs_itext = label_needs_itext(c, item);
    const char *label = item_label(c, item);
    if (needs_itext || *label || always)
        write_text(c, out, item, "label", label, needs_itext);
}

static void write_group(struct compiler *c, struct buf *out, const struct item *item)
{
    buf_add(out, "<group");
    write_attribute(out, "ref", item->path);
    write_some(out, "appearance", item->appearance);
    column_attributes(c, out, item);
    buf_char(out, '>');
    group_label(c, out, item, false);
    write_items_of(c, out, item);
    buf_add(out, "</group>");
}

/* Values that a repeat added later starts with. */
static void write_new_values(struct compiler *c, struct buf *out, const struct item *item)
{
    for (const struct item *i = item->first; i; i = i->next) {
        if (i->kind == ITEM_GROUP)
            write_new_values(c, out, i);
        if (i->kind != ITEM_QUESTION)
            continue;
        const char *text = survey_cell(c, i, S_DEFAULT);
        if (!*text || !is_dynamic_default(text, i->type))
            continue;
        buf_add(out, "<setvalue");
        write_attribute(out, "ref", i->path);
        write_attribute(out, "event", "odk-new-repeat");
        write_attribute(out, "value", expression(c, text, i, survey_place(c, i, S_DEFAULT), 0));
        buf_add(out, "/>");
    }
    const struct entity *e = item->entity;
    if (e && !*e->id)
        buf_print(
            out, "<setvalue ref=\"%s/meta/entity/@id\" event=\"odk-new-repeat\" value=\"uuid()\"/>",
            item->path);
}

static const char *count_expression(struct compiler *c, const struct item *item)
{
    if (item->count)
        return text_print(c->arena, " %s ",
                          relative_path(c, item, item->count) ? relative_path(c, item, item->count)
                                                              : item->count->path);
    return expression(c, survey_cell(c, item, S_REPEAT_COUNT), item,
                      survey_place(c, item, S_REPEAT_COUNT), 0);
}

static void write_repeat(struct compiler *c, struct buf *out, const struct item *item)
{
    buf_add(out, "<group");
    write_attribute(out, "ref", item->path);
    buf_char(out, '>');
    group_label(c, out, item, true);
    buf_add(out, "<repeat");
    write_attribute(out, "nodeset", item->path);
    write_some(out, "jr:count", count_expression(c, item));
    write_some(out, "appearance", item->appearance);
    column_attributes(c, out, item);
    buf_char(out, '>');
    write_items_of(c, out, item);
    write_new_values(c, out, item);
    buf_add(out, "</repeat></group>");
}

static void write_items_of(struct compiler *c, struct buf *out, const struct item *item)
{
    for (const struct item *i = item->first; i && !gives_up(c); i = i->next) {
        if (i->kind == ITEM_GROUP)
            write_group(c, out, i);
        else if (i->kind == ITEM_REPEAT)
            write_repeat(c, out, i);
        else
            write_control(c, out, i);
    }
}

void write_body(struct compiler *c, struct buf *out)
{
    buf_add(out, "<h:body");
    write_some(out, "class", setting(c, "style"));
    struct buf inside;
    buf_init(&inside, c->arena);
    write_items_of(c, &inside, c->root);
    if (inside.size == 0) {
        buf_add(out, "/>");
        return;
    }
    buf_char(out, '>');
    buf_bytes(out, inside.data, inside.size);
    buf_add(out, "</h:body>");
}
