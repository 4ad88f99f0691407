/* The body of an XForm: controls and their choices. */
#include "forms/xform_model.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

/* One row per control; a question type of the body is a row here. */
static const struct {
    const char *element;
    enum question_kind kind;
} control_rows[] = {
    {"input", QUESTION_TEXT},         {"secret", QUESTION_TEXT},
    {"textarea", QUESTION_TEXT},      {"select1", QUESTION_SELECT_ONE},
    {"select", QUESTION_SELECT_MANY}, {"rank", QUESTION_RANK},
    {"range", QUESTION_RANGE},        {"upload", QUESTION_FILE},
    {"trigger", QUESTION_TRIGGER},    {"group", QUESTION_GROUP},
    {"repeat", QUESTION_REPEAT},
};

/* What an input asks for is the bind's type. */
static const enum question_kind input_kinds[IMAGE_TYPES] = {
    [IMAGE_TYPE_STRING] = QUESTION_TEXT,       [IMAGE_TYPE_INT] = QUESTION_INTEGER,
    [IMAGE_TYPE_DECIMAL] = QUESTION_DECIMAL,   [IMAGE_TYPE_BOOLEAN] = QUESTION_TEXT,
    [IMAGE_TYPE_DATE] = QUESTION_DATE,         [IMAGE_TYPE_TIME] = QUESTION_TIME,
    [IMAGE_TYPE_DATETIME] = QUESTION_DATETIME, [IMAGE_TYPE_GEOPOINT] = QUESTION_GEO,
    [IMAGE_TYPE_GEOTRACE] = QUESTION_GEO,      [IMAGE_TYPE_GEOSHAPE] = QUESTION_GEO,
    [IMAGE_TYPE_BINARY] = QUESTION_FILE,       [IMAGE_TYPE_BARCODE] = QUESTION_BARCODE,
    [IMAGE_TYPE_INTENT] = QUESTION_TEXT,
};

static bool control_kind(const struct xml_node *n, enum question_kind *kind_out)
{
    for (size_t i = 0; i < sizeof control_rows / sizeof *control_rows; i++)
        if (xf_is(n, control_rows[i].element)) {
            *kind_out = control_rows[i].kind;
            return true;
        }
    return false;
}

static void read_controls(struct xform *f, const struct xml_node *parent, struct xf_control *around,
                          struct xf_node *context);

static struct xf_control *add_control(struct xform *f, struct xf_control *around,
                                      enum question_kind kind)
{
    struct xf_control *c = arena_alloc(f->arena, sizeof *c);
    *c = (struct xf_control){.kind = kind,
                             .parent = around,
                             .appearance = "",
                             .mediatype = "",
                             .value_name = "",
                             .label_name = ""};
    struct xf_control **first = around ? &around->first_child : &f->controls;
    struct xf_control **last = around ? &around->last_child : &f->last_control;
    if (*last)
        (*last)->next = c;
    else
        *first = c;
    *last = c;
    return c;
}

/* Choices ------------------------------------------------------------------------------------- */

static struct xf_list *add_list(struct xform *f)
{
    struct xf_list *list = arena_alloc(f->arena, sizeof *list);
    *list = (struct xf_list){.index = IMAGE_NONE, .next = f->lists};
    list->tail = &list->items;
    f->lists = list;
    return list;
}

static void add_item(struct xform *f, struct xf_list *list, const char *value,
                     struct xf_caption *caption)
{
    struct xf_item *item = arena_alloc(f->arena, sizeof *item);
    *item = (struct xf_item){.value = value, .caption = caption};
    *list->tail = item;
    list->tail = &item->next;
}

/* The last name of "name", "properties/name", "@id". */
static const char *last_name(struct xform *f, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return text_trim(f->arena, *name == '@' ? name + 1 : name);
}

/* "jr:itext(itextId)" -> "itextId" */
static const char *itext_argument(struct xform *f, const char *ref)
{
    const char *p = text_trim(f->arena, ref);
    if (!text_starts(p, "jr:itext("))
        return NULL;
    p += strlen("jr:itext(");
    const char *end = strchr(p, ')');
    return end ? text_trim(f->arena, arena_copy(f->arena, p, (size_t)(end - p))) : NULL;
}

static const struct xml_node *root_of_instance(const struct xform *f, const char *id)
{
    for (const struct xf_instance *i = f->instances; i; i = i->next)
        if (text_equal(i->id, id))
            return i->root;
    return NULL;
}

/* The items of "instance('id')/root/item" without a filter; NULL: it is something else. */
static const struct xml_node *plain_items(struct xform *f, const char *nodeset, const char **name)
{
    const char *p = text_trim(f->arena, nodeset);
    if (!text_starts(p, "instance('"))
        return NULL;
    p += strlen("instance('");
    const char *end = strstr(p, "')/");
    if (!end)
        return NULL;
    const struct xml_node *root = root_of_instance(f, arena_copy(f->arena, p, (size_t)(end - p)));
    const char *rest = end + 3;
    const char *slash = strchr(rest, '/');
    if (!root || !slash || strpbrk(slash + 1, "/[( *@|"))
        return NULL;
    if (!text_equal(root->name, arena_copy(f->arena, rest, (size_t)(slash - rest))))
        return NULL;
    *name = slash + 1;
    return root;
}

static const char *item_text(struct xform *f, const struct xml_node *item, const char *name)
{
    const struct xml_node *n = xf_child(item, name);
    return n ? text_trim(f->arena, xml_text(f->arena, n)) : "";
}

static struct xf_caption *item_caption(struct xform *f, const struct xf_control *c,
                                       const struct xml_node *item)
{
    const char *label = item_text(f, item, c->label_name);
    if (!c->has_itext_labels)
        return xform_message(f, label);
    struct xf_caption *caption = arena_alloc(f->arena, sizeof *caption);
    caption->itext = label;
    return caption;
}

/* The list that another control with the same itemset made. */
static struct xf_list *find_list(const struct xform *f, const char *nodeset,
                                 const struct xf_control *c)
{
    for (struct xf_list *l = f->lists; l; l = l->next)
        if (l->nodeset && text_equal(l->nodeset, nodeset) &&
            text_equal(l->value_name, c->value_name) && text_equal(l->label_name, c->label_name) &&
            l->has_itext_labels == c->has_itext_labels)
            return l;
    return NULL;
}

static struct xf_list *list_of_instance(struct xform *f, const char *nodeset,
                                        const struct xml_node *root, const char *name,
                                        const struct xf_control *c)
{
    struct xf_list *list = find_list(f, nodeset, c);
    if (list)
        return list;
    list = add_list(f);
    list->nodeset = nodeset;
    list->value_name = c->value_name;
    list->label_name = c->label_name;
    list->has_itext_labels = c->has_itext_labels;
    for (const struct xml_node *i = root->first_child; i; i = i->next)
        if (xf_is(i, name))
            add_item(f, list, item_text(f, i, c->value_name), item_caption(f, c, i));
    return list;
}

static void read_itemset(struct xform *f, const struct xml_node *itemset, struct xf_control *c)
{
    const char *nodeset = xf_attribute(itemset, "nodeset");
    const struct xml_node *value = xf_child(itemset, "value");
    const struct xml_node *label = xf_child(itemset, "label");
    const char *label_ref = label ? xf_attribute(label, "ref") : "";
    const char *itext = itext_argument(f, label_ref);
    c->value_name = value ? last_name(f, xf_attribute(value, "ref")) : "value";
    c->label_name = last_name(f, itext ? itext : label_ref);
    c->has_itext_labels = itext != NULL;
    const char *name = NULL;
    const struct xml_node *root = plain_items(f, nodeset, &name);
    if (root)
        c->list = list_of_instance(f, nodeset, root, name, c);
    else
        c->itemset = xform_expression(f, IMAGE_EXPRESSION_ITEMSET, c->node, nodeset,
                                      c->node ? c->node->path : nodeset);
}

static void read_choices(struct xform *f, const struct xml_node *xml, struct xf_control *c)
{
    for (const struct xml_node *n = xml->first_child; n; n = n->next) {
        const struct xml_node *value = xf_is(n, "item") ? xf_child(n, "value") : NULL;
        if (value && !c->list)
            c->list = add_list(f);
        if (value)
            add_item(f, c->list, text_trim(f->arena, xml_text(f->arena, value)),
                     xform_caption(f, xf_child(n, "label"), c->node));
        else if (xf_is(n, "itemset"))
            read_itemset(f, n, c);
    }
}

/* Controls ------------------------------------------------------------------------------------ */

static struct xf_node *control_node(struct xform *f, const struct xml_node *xml,
                                    struct xf_node *context)
{
    const char *path = xf_attribute(xml, xf_is(xml, "repeat") ? "nodeset" : "ref");
    if (!*path)
        path = xf_attribute(xml, "nodeset");
    const char *bind_id = xf_attribute(xml, "bind");
    for (const struct xml_node *b = f->model->first_child; *bind_id && b; b = b->next)
        if (xf_is(b, "bind") && text_equal(xf_attribute(b, "id"), bind_id))
            path = xf_attribute(b, "nodeset");
    if (!*path)
        return NULL;
    struct xf_node *n = xform_node(f, context, path);
    if (!n)
        note_add(f->notes, NOTE_ERROR, "form.control_without_node", path, "",
                 "A question of the body names %s, which the instance does not have.",
                 "题目指向 %s，但 instance 中没有该节点。", path);
    return n;
}

static void read_repeat(struct xform *f, const struct xml_node *xml, struct xf_control *c)
{
    const char *count = xf_attribute(xml, "count");
    c->node->is_repeat = true;
    c->node->is_fixed = *count || text_starts(xf_attribute(xml, "noAddRemove"), "true");
    if (!text_is_blank(count) && !c->node->count)
        c->node->count = xform_expression(f, IMAGE_EXPRESSION_COUNT, c->node, count, c->node->path);
}

/* <group ref="/d/r"><label/><repeat nodeset="/d/r"> is one repeat. */
static const struct xml_node *repeat_inside(struct xform *f, const struct xml_node *group,
                                            struct xf_node *context)
{
    const struct xml_node *repeat = xf_child(group, "repeat");
    if (!repeat || xf_is(group, "repeat"))
        return NULL;
    const char *ref = xf_attribute(group, "ref");
    struct xf_node *own = *ref ? xform_node(f, context, ref) : NULL;
    struct xf_node *inner = xform_node(f, context, xf_attribute(repeat, "nodeset"));
    size_t controls = 0;
    enum question_kind kind;
    for (const struct xml_node *n = group->first_child; n; n = n->next)
        controls += n->kind == XML_ELEMENT && control_kind(n, &kind);
    return inner && controls == 1 && (!own || own == inner) ? repeat : NULL;
}

static enum question_kind asked_kind(const struct xf_control *c)
{
    if (c->kind != QUESTION_TEXT || !c->node)
        return c->kind;
    if (c->node->type == IMAGE_TYPE_STRING && c->node->is_readonly && !c->node->calculate)
        return QUESTION_NOTE;
    return input_kinds[c->node->type];
}

static void read_control(struct xform *f, const struct xml_node *xml, enum question_kind kind,
                         struct xf_control *around, struct xf_node *context)
{
    const struct xml_node *repeat = repeat_inside(f, xml, context);
    const struct xml_node *holder = repeat ? repeat : xml;
    struct xf_node *node = control_node(f, holder, context);
    if (!node && kind != QUESTION_GROUP)
        return;
    struct xf_control *c = add_control(f, around, repeat ? QUESTION_REPEAT : kind);
    c->node = node;
    c->kind = asked_kind(c);
    c->label = xform_caption(f, xf_child(xml, "label"), node);
    c->hint = xform_caption(f, xf_child(xml, "hint"), node);
    if (!c->label && repeat)
        c->label = xform_caption(f, xf_child(repeat, "label"), node);
    c->appearance = xf_attribute(xml, "appearance");
    if (!*c->appearance)
        c->appearance = xf_attribute(holder, "appearance");
    c->mediatype = xf_attribute(xml, "mediatype");
    if (node && !node->control)
        node->control = c;
    if (c->kind == QUESTION_REPEAT)
        read_repeat(f, holder, c);
    if (kind == QUESTION_GROUP || kind == QUESTION_REPEAT)
        read_controls(f, holder, c, node ? node : context);
    else
        read_choices(f, xml, c);
}

static void read_controls(struct xform *f, const struct xml_node *parent, struct xf_control *around,
                          struct xf_node *context)
{
    for (const struct xml_node *n = parent->first_child; n; n = n->next) {
        enum question_kind kind;
        if (n->kind == XML_ELEMENT && control_kind(n, &kind))
            read_control(f, n, kind, around, context);
    }
}

/* setvalue may stand in any control, also in a repeat. */
static void read_actions(struct xform *f, const struct xml_node *parent, struct xf_node *context)
{
    for (const struct xml_node *n = parent->first_child; n; n = n->next) {
        if (n->kind != XML_ELEMENT)
            continue;
        if (xf_is(n, "setvalue")) {
            xform_read_action(f, n, context);
            continue;
        }
        const char *ref = xf_attribute(n, xf_is(n, "repeat") ? "nodeset" : "ref");
        struct xf_node *node = *ref ? xform_node(f, context, ref) : NULL;
        read_actions(f, n, node ? node : context);
    }
}

void xform_read_body(struct xform *f, const struct xml_node *body)
{
    read_controls(f, body, NULL, f->root);
    read_actions(f, body, f->root);
}
