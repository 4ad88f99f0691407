/* Model -> image: every record a row of numbers, texts pooled once, nothing that depends on the
 * machine or the hour. */
#include "forms/xform.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/text.h"
#include "forms/xform_model.h"

#include <string.h>

struct building {
    struct arena *arena;
    const struct xform *form;
    struct buf sections[IMAGE_SECTIONS];
    uint32_t counts[IMAGE_SECTIONS];
    struct buf code, texts;
    uint32_t *slots; /* open hash of offset + 1 into texts */
    size_t slot_count, text_count;
};

/* Texts --------------------------------------------------------------------------------------- */

static uint32_t text_hash(const char *text)
{
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static void grow_slots(struct building *b)
{
    const uint32_t *old = b->slots;
    size_t old_count = b->slot_count;
    b->slot_count = old_count ? old_count * 2 : 1024;
    b->slots = arena_array(b->arena, b->slot_count, sizeof *b->slots);
    for (size_t i = 0; i < old_count; i++) {
        if (!old[i])
            continue;
        size_t at = text_hash(b->texts.data + old[i] - 1) & (b->slot_count - 1);
        while (b->slots[at])
            at = (at + 1) & (b->slot_count - 1);
        b->slots[at] = old[i];
    }
}

static uint32_t put_text(struct building *b, const char *text)
{
    if ((b->text_count + 1) * 2 > b->slot_count)
        grow_slots(b);
    size_t at = text_hash(text) & (b->slot_count - 1);
    for (; b->slots[at]; at = (at + 1) & (b->slot_count - 1))
        if (text_equal(b->texts.data + b->slots[at] - 1, text))
            return b->slots[at] - 1;
    b->slots[at] = (uint32_t)b->texts.size + 1;
    b->text_count++;
    uint32_t offset = (uint32_t)b->texts.size;
    buf_bytes(&b->texts, text, strlen(text) + 1);
    return offset;
}

/* Records ------------------------------------------------------------------------------------- */

static uint32_t put_record(struct building *b, enum image_section section, const void *record)
{
    buf_bytes(&b->sections[section], record, image_layouts[section].size);
    return b->counts[section]++;
}

static uint32_t node_index(const struct xf_node *n)
{
    return n ? n->index : IMAGE_NONE;
}

static uint32_t expression_index(const struct xf_expression *e)
{
    return e ? e->index : IMAGE_NONE;
}

static uint32_t put_rich(struct building *b, const struct xf_piece *pieces)
{
    if (!pieces)
        return IMAGE_NONE;
    struct image_rich rich = {.first = b->counts[IMAGE_PIECES]};
    for (const struct xf_piece *p = pieces; p; p = p->next) {
        struct image_piece piece = {p->text ? put_text(b, p->text) : IMAGE_NONE,
                                    expression_index(p->expression)};
        put_record(b, IMAGE_PIECES, &piece);
        rich.count++;
    }
    return put_record(b, IMAGE_RICH, &rich);
}

/* itext: sorted by bytes, so that an id is found by halving. */
static uint32_t find_itext(const struct building *b, const char *id)
{
    const uint32_t *ids = (const uint32_t *)(const void *)b->sections[IMAGE_ITEXT].data;
    uint32_t low = 0, high = b->counts[IMAGE_ITEXT];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(b->texts.data + ids[middle], id);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return IMAGE_NONE;
}

static void merge_itext(const struct xf_itext **items, const struct xf_itext **spare, size_t count)
{
    if (count < 2)
        return;
    size_t half = count / 2;
    merge_itext(items, spare, half);
    merge_itext(items + half, spare, count - half);
    size_t left = 0, right = half;
    for (size_t i = 0; i < count; i++) {
        bool takes_left =
            right == count || (left < half && strcmp(items[left]->id, items[right]->id) <= 0);
        spare[i] = takes_left ? items[left++] : items[right++];
    }
    memcpy(items, spare, count * sizeof(void *));
}

static void put_itext_forms(struct building *b, const struct xf_itext *t)
{
    for (size_t l = 0; l < b->form->language_count; l++) {
        const struct xf_itext_form *from = &t->forms[l];
        struct image_itext_form to = {
            .label = put_rich(b, from->label),
            .guidance = put_rich(b, from->guidance),
            .say = put_rich(b, from->say),
            .image = put_text(b, from->image),
            .big_image = put_text(b, from->big_image),
            .audio = put_text(b, from->audio),
            .video = put_text(b, from->video),
        };
        put_record(b, IMAGE_ITEXT_FORMS, &to);
    }
}

static void put_itext(struct building *b)
{
    const struct xform *f = b->form;
    for (size_t l = 0; l < f->language_count; l++) {
        struct image_language language = {put_text(b, f->languages[l])};
        put_record(b, IMAGE_LANGUAGES, &language);
    }
    const struct xf_itext **items = arena_array(b->arena, f->itext_count, sizeof(void *));
    const struct xf_itext **spare = arena_array(b->arena, f->itext_count, sizeof(void *));
    size_t count = 0;
    for (const struct xf_itext *t = f->itext; t; t = t->next)
        items[count++] = t;
    merge_itext(items, spare, count);
    for (size_t i = 0; i < count; i++) {
        struct image_itext id = {put_text(b, items[i]->id)};
        put_record(b, IMAGE_ITEXT, &id);
        put_itext_forms(b, items[i]);
    }
}

static uint32_t put_caption(struct building *b, const struct xf_caption *c)
{
    if (!c)
        return IMAGE_NONE;
    struct image_caption caption = {IMAGE_CAPTION_RICH, IMAGE_NONE, IMAGE_NONE};
    if (c->itext) {
        caption.kind = IMAGE_CAPTION_ITEXT;
        caption.itext = find_itext(b, c->itext);
    } else {
        caption.rich = put_rich(b, c->pieces);
    }
    return put_record(b, IMAGE_CAPTIONS, &caption);
}

/* Nodes --------------------------------------------------------------------------------------- */

/* What a group forbids, it forbids to all that stands in it. */
static bool is_readonly(const struct xf_node *n)
{
    while (n && !n->is_readonly)
        n = n->parent;
    return n;
}

static uint32_t node_flags(const struct xf_node *n)
{
    bool is_unsure = n->calculate && n->calculate->flags;
    bool is_empty = n->is_repeat && (n->count || n->stand_count == 0);
    return (n->is_attribute ? IMAGE_NODE_ATTRIBUTE : 0u) | (n->is_repeat ? IMAGE_NODE_REPEAT : 0u) |
           (!n->first_child && !n->is_attribute ? IMAGE_NODE_LEAF : 0u) |
           (n->is_bound ? IMAGE_NODE_BOUND : 0u) | (n->is_fixed ? IMAGE_NODE_FIXED : 0u) |
           (is_readonly(n) ? IMAGE_NODE_READONLY : 0u) |
           (n->is_required ? IMAGE_NODE_REQUIRED : 0u) | (is_unsure ? IMAGE_NODE_UNSURE : 0u) |
           (is_empty ? IMAGE_NODE_EMPTY : 0u);
}

static const struct xf_node *innermost_repeat(const struct xf_node *n)
{
    while (n && !n->is_repeat)
        n = n->parent;
    return n;
}

static void put_dependents(struct building *b, const struct xf_expression *const *readers,
                           size_t reader_count, struct image_node *out)
{
    out->dependent_first = b->counts[IMAGE_DEPENDENTS];
    for (size_t i = 0; i < reader_count; i++)
        put_record(b, IMAGE_DEPENDENTS, &readers[i]->index);
    out->dependent_count = (uint32_t)reader_count;
}

/* Who reads each node, in the order of the expressions. */
struct readers {
    const struct xf_expression **items;
    size_t count, capacity;
};

static void add_reader(struct arena *a, struct readers *r, const struct xf_expression *e)
{
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 4;
        const struct xf_expression **more = arena_array(a, capacity, sizeof(void *));
        if (r->count)
            memcpy(more, r->items, r->count * sizeof(void *));
        r->items = more;
        r->capacity = capacity;
    }
    r->items[r->count++] = e;
}

static void put_node(struct building *b, const struct xf_node *n, const struct readers *readers)
{
    struct image_node out = {
        .parent = node_index(n->parent),
        .first_child = node_index(n->first_child),
        .next = node_index(n->next),
        .first_attribute = node_index(n->first_attribute),
        .end = n->end,
        .repeat = node_index(innermost_repeat(n)),
        .flags = node_flags(n),
        .type = n->type,
        .name = put_text(b, n->name),
        .prefix = put_text(b, n->prefix),
        .uri = put_text(b, n->uri),
        .value = put_text(b, n->first_child ? "" : n->value),
        .path = put_text(b, n->path),
        .relevant = expression_index(n->relevant),
        .calculate = expression_index(n->calculate),
        .required = expression_index(n->required),
        .readonly = expression_index(n->readonly),
        .constraint = expression_index(n->constraint),
        .count = expression_index(n->count),
        .constraint_message = put_caption(b, n->constraint_message),
        .required_message = put_caption(b, n->required_message),
        .preload = n->preload,
        .preload_param = put_text(b, n->preload_param),
        .save_to = put_text(b, n->save_to),
        .control = n->control ? n->control->index : IMAGE_NONE,
    };
    put_dependents(b, (const struct xf_expression *const *)readers->items, readers->count, &out);
    put_record(b, IMAGE_NODES, &out);
}

static void put_nodes(struct building *b)
{
    const struct xform *f = b->form;
    struct readers *readers = arena_array(b->arena, f->node_count, sizeof *readers);
    for (const struct xf_expression *e = f->expressions; e; e = e->next)
        for (const struct xf_read *r = e->reads; r; r = r->next)
            add_reader(b->arena, &readers[r->node->index], e);
    for (uint32_t i = 0; i < f->node_count; i++)
        put_node(b, f->nodes[i], &readers[i]);
}

/* Expressions --------------------------------------------------------------------------------- */

static void put_code(struct building *b, const struct xpath_code *code, uint32_t *offset_out)
{
    static const char zero[8];
    buf_bytes(&b->code, zero, (8 - b->code.size % 8) % 8);
    *offset_out = (uint32_t)b->code.size;
    buf_bytes(&b->code, code->bytes, code->size);
}

static void put_expressions(struct building *b)
{
    const struct xform *f = b->form;
    for (const struct xf_expression *e = f->expressions; e; e = e->next) {
        struct image_expression out = {.kind = e->kind,
                                       .node = node_index(e->node),
                                       .code_size = (uint32_t)e->code.size,
                                       .flags = e->flags,
                                       .place = e->place,
                                       .text = put_text(b, e->text)};
        put_code(b, &e->code, &out.code_offset);
        put_record(b, IMAGE_EXPRESSIONS, &out);
    }
    for (uint32_t i = 0; i < f->order_count; i++)
        put_record(b, IMAGE_ORDER, &f->order[i]->index);
    for (size_t i = 0; i < f->ref_count; i++) {
        struct image_ref ref = {f->refs[i].node->index, f->refs[i].mode, f->refs[i].up};
        put_record(b, IMAGE_REFS, &ref);
    }
}

/* Body ---------------------------------------------------------------------------------------- */

static uint32_t number_controls(struct xf_control *c, uint32_t next)
{
    for (; c; c = c->next) {
        c->index = next++;
        next = number_controls(c->first_child, next);
    }
    return next;
}

static uint32_t put_list(struct building *b, struct xf_list *list)
{
    if (!list || list->index != IMAGE_NONE)
        return list ? list->index : IMAGE_NONE;
    struct image_list out = {.first = b->counts[IMAGE_ITEMS]};
    for (const struct xf_item *i = list->items; i; i = i->next) {
        struct image_item item = {put_text(b, i->value), put_caption(b, i->caption)};
        put_record(b, IMAGE_ITEMS, &item);
        out.count++;
    }
    return list->index = put_record(b, IMAGE_LISTS, &out);
}

static void put_controls(struct building *b, const struct xf_control *c, uint32_t end)
{
    for (; c; c = c->next) {
        uint32_t own_end = c->next ? c->next->index : end;
        struct image_control out = {
            .kind = c->kind,
            .node = node_index(c->node),
            .parent = c->parent ? c->parent->index : IMAGE_NONE,
            .end = own_end,
            .label = put_caption(b, c->label),
            .hint = put_caption(b, c->hint),
            .appearance = put_text(b, c->appearance),
            .mediatype = put_text(b, c->mediatype),
            .list = put_list(b, c->list),
            .itemset = expression_index(c->itemset),
            .value_name = put_text(b, c->value_name),
            .label_name = put_text(b, c->label_name),
            .flags = c->has_itext_labels ? IMAGE_CONTROL_ITEXT_LABELS : 0,
        };
        put_record(b, IMAGE_CONTROLS, &out);
        put_controls(b, c->first_child, own_end);
    }
}

/* Secondary instances -------------------------------------------------------------------------- */

static struct image_tree *tree_at(struct building *b, uint32_t index)
{
    return (struct image_tree *)(void *)b->sections[IMAGE_TREE].data + index;
}

static uint32_t put_tree(struct building *b, enum xkind kind, uint32_t parent, const char *name,
                         const char *uri, const char *text)
{
    struct image_tree t = {.kind = kind,
                           .parent = parent,
                           .first_child = IMAGE_NONE,
                           .next = IMAGE_NONE,
                           .first_attribute = IMAGE_NONE,
                           .name = put_text(b, name),
                           .uri = put_text(b, uri),
                           .text = put_text(b, text)};
    return put_record(b, IMAGE_TREE, &t);
}

static uint32_t put_tree_element(struct building *b, const struct xml_node *xml, uint32_t parent)
{
    bool is_leaf = true;
    for (const struct xml_node *c = xml->first_child; c; c = c->next)
        is_leaf = is_leaf && c->kind != XML_ELEMENT;
    uint32_t own =
        put_tree(b, XKIND_ELEMENT, parent, xml->name, "", is_leaf ? xml_text(b->arena, xml) : "");
    uint32_t last = IMAGE_NONE;
    for (size_t i = 0; i < xml->attribute_count; i++) {
        const struct xml_attribute *x = &xml->attributes[i];
        uint32_t a = put_tree(b, XKIND_ATTRIBUTE, own, x->name, x->uri, x->value);
        *(last == IMAGE_NONE ? &tree_at(b, own)->first_attribute : &tree_at(b, last)->next) = a;
        last = a;
    }
    last = IMAGE_NONE;
    for (const struct xml_node *c = xml->first_child; c; c = c->next) {
        if (c->kind != XML_ELEMENT)
            continue;
        uint32_t child = put_tree_element(b, c, own);
        *(last == IMAGE_NONE ? &tree_at(b, own)->first_child : &tree_at(b, last)->next) = child;
        last = child;
    }
    return own;
}

static void put_instances(struct building *b)
{
    for (const struct xf_instance *i = b->form->instances; i; i = i->next) {
        struct image_instance out = {put_text(b, i->id), put_text(b, i->source), IMAGE_NONE};
        /* A list that is only chosen from stands in the choices already. */
        if (i->root && i->is_asked) {
            out.tree = put_tree(b, XKIND_ROOT, IMAGE_NONE, "", "", "");
            uint32_t root = put_tree_element(b, i->root, out.tree);
            tree_at(b, out.tree)->first_child = root;
        }
        put_record(b, IMAGE_INSTANCES, &out);
    }
}

/* A new sheet's values that are not those of the nodes ------------------------------------------
 */

static void put_initial(struct building *b, const char *path, const char *value)
{
    struct image_initial out = {put_text(b, path), put_text(b, value)};
    put_record(b, IMAGE_INITIAL, &out);
}

static void put_initial_below(struct building *b, const struct xf_node *n,
                              const struct xml_node *xml, const char *path);

static void put_initial_child(struct building *b, const struct xf_node *child,
                              const struct xml_node *xml, const char *path, uint32_t index)
{
    const char *own = text_print(b->arena, "%s/%s", path, child->name);
    if (child->is_repeat)
        own = text_print(b->arena, "%s[%u]", own, index);
    if (child->is_repeat && index > 1)
        put_initial(b, own, "");
    if (child->first_child) {
        put_initial_below(b, child, xml, own);
        return;
    }
    const char *value = xml_text(b->arena, xml);
    if (!text_equal(value, child->value))
        put_initial(b, own, value);
}

static void put_initial_below(struct building *b, const struct xf_node *n,
                              const struct xml_node *xml, const char *path)
{
    for (const struct xf_node *child = n->first_child; child; child = child->next) {
        uint32_t index = 0;
        if (child->is_repeat && child->count)
            continue;
        for (const struct xml_node *c = xml->first_child; c; c = c->next)
            if (c->kind == XML_ELEMENT && text_equal(c->name, child->name) && !xf_is_template(c))
                put_initial_child(b, child, c, path, ++index);
    }
}

/* The rest ------------------------------------------------------------------------------------- */

static void put_actions(struct building *b)
{
    for (const struct xf_action *a = b->form->actions; a; a = a->next) {
        struct image_action out = {a->events, a->node->index, expression_index(a->expression),
                                   put_text(b, a->text), node_index(a->source)};
        put_record(b, IMAGE_ACTIONS, &out);
    }
    for (const struct xf_rule *r = b->form->rules; r; r = r->next) {
        struct image_rule out = {put_text(b, r->name), r->expression->index};
        put_record(b, IMAGE_RULES, &out);
    }
}

static void put_entities(struct building *b)
{
    for (uint32_t i = 0; i < b->form->node_count; i++) {
        const struct xf_node *n = b->form->nodes[i];
        if (n->is_attribute || !text_equal(n->name, "entity") || !n->parent ||
            !text_equal(n->parent->name, "meta"))
            continue;
        for (const struct xf_node *a = n->first_attribute; a; a = a->next)
            if (text_equal(a->name, "dataset")) {
                struct image_entity out = {n->index, put_text(b, a->value)};
                put_record(b, IMAGE_ENTITIES, &out);
            }
    }
}

static bool has_namespace(const struct building *b, uint32_t prefix)
{
    const uint32_t *spaces = (const uint32_t *)(const void *)b->sections[IMAGE_NAMESPACES].data;
    for (uint32_t i = 0; i < b->counts[IMAGE_NAMESPACES]; i++)
        if (spaces[(size_t)2 * i] == prefix)
            return true;
    return false;
}

static void put_namespaces(struct building *b)
{
    for (uint32_t i = 0; i < b->form->node_count; i++) {
        const struct xf_node *n = b->form->nodes[i];
        struct image_namespace out = {put_text(b, n->prefix), put_text(b, n->uri)};
        if (*n->prefix && *n->uri && !has_namespace(b, out.prefix))
            put_record(b, IMAGE_NAMESPACES, &out);
    }
}

/* Together ------------------------------------------------------------------------------------ */

static void pad(struct buf *out)
{
    while (out->size % 8)
        buf_char(out, '\0');
}

static void assemble(struct building *b, struct image_header *h, struct buf *out)
{
    buf_bytes(out, h, sizeof *h);
    pad(out);
    for (int i = 0; i < IMAGE_SECTIONS; i++) {
        h->sections[i] = (struct image_span){(uint32_t)out->size, b->counts[i]};
        buf_bytes(out, b->sections[i].data, b->sections[i].size);
        pad(out);
    }
    h->code_offset = (uint32_t)out->size;
    h->code_size = (uint32_t)b->code.size;
    buf_bytes(out, b->code.data, b->code.size);
    pad(out);
    h->text_offset = (uint32_t)out->size;
    h->text_size = (uint32_t)b->texts.size;
    buf_bytes(out, b->texts.data, b->texts.size);
    pad(out);
    h->size = (uint32_t)out->size;
    memcpy(out->data, h, sizeof *h);
    size_t hashed = offsetof(struct image_header, size);
    h->hash = image_hash(out->data + hashed, out->size - hashed);
    memcpy(out->data, h, sizeof *h);
}

struct err *image_build(struct arena *a, const struct xform *form, struct notes *notes,
                        const void **bytes_out, size_t *size_out)
{
    (void)notes;
    struct building b = {.arena = a, .form = form};
    for (int i = 0; i < IMAGE_SECTIONS; i++)
        buf_init(&b.sections[i], a);
    buf_init(&b.code, a);
    buf_init(&b.texts, a);
    put_text(&b, "");
    uint32_t controls = number_controls(form->controls, 0);
    for (struct xf_list *l = form->lists; l; l = l->next)
        l->index = IMAGE_NONE; /* a form may be built again */
    put_itext(&b);
    put_nodes(&b);
    put_expressions(&b);
    put_controls(&b, form->controls, controls);
    put_instances(&b);
    put_initial_below(&b, form->root, b.form->root_xml, form->root->path);
    put_actions(&b);
    put_entities(&b);
    put_namespaces(&b);
    struct image_header h = {.id = put_text(&b, form->id),
                             .version = put_text(&b, form->version),
                             .title = put_text(&b, form->title)};
    memcpy(h.magic, IMAGE_MAGIC, sizeof h.magic);
    struct buf out;
    buf_init(&out, a);
    assemble(&b, &h, &out);
    *bytes_out = buf_text(&out);
    *size_out = out.size;
    return NULL;
}
