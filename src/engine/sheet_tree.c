/* What expressions see: the sheet and the secondary instances as trees, and the host's answers.
 * Nodes that are not relevant are not there, as on phones. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

/* The sheet ----------------------------------------------------------------------------------- */

static const struct sheet *sheet_of(const struct xtree *t)
{
    return t->self;
}

/* The document node has the number behind all others. */
#define DOCUMENT (UINT32_MAX - 1)

static enum xkind sheet_kind(const struct xtree *t, uint32_t id)
{
    if (id == DOCUMENT)
        return XKIND_ROOT;
    return sheet_def(sheet_of(t), id)->flags & IMAGE_NODE_ATTRIBUTE ? XKIND_ATTRIBUTE
                                                                    : XKIND_ELEMENT;
}

static uint32_t sheet_parent(const struct xtree *t, uint32_t id)
{
    if (id == DOCUMENT)
        return XNODE_NONE;
    return id == 0 ? DOCUMENT : sheet_of(t)->nodes[id].parent;
}

static uint32_t shown(const struct sheet *s, uint32_t id)
{
    while (id != IMAGE_NONE && s->nodes[id].flags & SHEET_HIDDEN)
        id = s->nodes[id].next;
    return id;
}

static uint32_t sheet_first_child(const struct xtree *t, uint32_t id)
{
    const struct sheet *s = sheet_of(t);
    return id == DOCUMENT ? 0 : shown(s, s->nodes[id].first_child);
}

static uint32_t sheet_next_sibling(const struct xtree *t, uint32_t id)
{
    const struct sheet *s = sheet_of(t);
    return id == DOCUMENT ? XNODE_NONE : shown(s, s->nodes[id].next);
}

static uint32_t sheet_first_attribute(const struct xtree *t, uint32_t id)
{
    const struct sheet *s = sheet_of(t);
    return id == DOCUMENT ? XNODE_NONE : shown(s, s->nodes[id].first_attribute);
}

static const char *sheet_local_name(const struct xtree *t, uint32_t id)
{
    const struct sheet *s = sheet_of(t);
    return id == DOCUMENT ? "" : form_text(s->form, sheet_def(s, id)->name);
}

static const char *sheet_namespace_uri(const struct xtree *t, uint32_t id)
{
    const struct sheet *s = sheet_of(t);
    /* Expressions name nodes without a prefix, whatever default namespace the form gave them. */
    if (id == DOCUMENT || !*form_text(s->form, sheet_def(s, id)->prefix))
        return "";
    return form_text(s->form, sheet_def(s, id)->uri);
}

static const char *sheet_text(const struct xtree *t, uint32_t id)
{
    return id == DOCUMENT ? "" : sheet_of(t)->values[id];
}

static enum xtype sheet_type(const struct xtree *t, uint32_t id)
{
    static const enum xtype types[IMAGE_TYPES] = {
        [IMAGE_TYPE_INT] = XTYPE_INT,         [IMAGE_TYPE_DECIMAL] = XTYPE_DECIMAL,
        [IMAGE_TYPE_BOOLEAN] = XTYPE_BOOLEAN, [IMAGE_TYPE_DATE] = XTYPE_DATE,
        [IMAGE_TYPE_TIME] = XTYPE_TIME,       [IMAGE_TYPE_DATETIME] = XTYPE_DATETIME,
    };
    return id == DOCUMENT ? XTYPE_STRING : types[sheet_def(sheet_of(t), id)->type];
}

static uint32_t number_below(struct sheet *s, uint32_t node, uint32_t next)
{
    s->order[node] = next++;
    for (uint32_t c = s->nodes[node].first_attribute; c != IMAGE_NONE; c = s->nodes[c].next)
        s->order[c] = next++;
    for (uint32_t c = s->nodes[node].first_child; c != IMAGE_NONE; c = s->nodes[c].next)
        next = number_below(s, c, next);
    return next;
}

static uint64_t sheet_order(const struct xtree *t, uint32_t id)
{
    struct sheet *s = t->self;
    if (id == DOCUMENT)
        return 0;
    if (!s->order)
        return (uint64_t)id + 1;
    if (s->is_order_old) {
        number_below(s, 0, 1);
        s->is_order_old = false;
    }
    return s->order[id];
}

const struct xtree_ops sheet_ops = {
    .kind = sheet_kind,
    .parent = sheet_parent,
    .first_child = sheet_first_child,
    .next_sibling = sheet_next_sibling,
    .first_attribute = sheet_first_attribute,
    .local_name = sheet_local_name,
    .namespace_uri = sheet_namespace_uri,
    .text = sheet_text,
    .type = sheet_type,
    .order = sheet_order,
};

/* Secondary instances ------------------------------------------------------------------------- */

static const struct form *form_of(const struct xtree *t)
{
    return t->self;
}

static enum xkind instance_kind(const struct xtree *t, uint32_t id)
{
    return (enum xkind)form_of(t)->tree[id].kind;
}

static uint32_t instance_parent(const struct xtree *t, uint32_t id)
{
    return form_of(t)->tree[id].parent;
}

static uint32_t instance_first_child(const struct xtree *t, uint32_t id)
{
    return form_of(t)->tree[id].first_child;
}

static uint32_t instance_next(const struct xtree *t, uint32_t id)
{
    return form_of(t)->tree[id].next;
}

static uint32_t instance_first_attribute(const struct xtree *t, uint32_t id)
{
    return form_of(t)->tree[id].first_attribute;
}

static const char *instance_name(const struct xtree *t, uint32_t id)
{
    return form_text(form_of(t), form_of(t)->tree[id].name);
}

static const char *instance_uri(const struct xtree *t, uint32_t id)
{
    return form_text(form_of(t), form_of(t)->tree[id].uri);
}

static const char *instance_text(const struct xtree *t, uint32_t id)
{
    return form_text(form_of(t), form_of(t)->tree[id].text);
}

static enum xtype instance_type(const struct xtree *t, uint32_t id)
{
    (void)t, (void)id;
    return XTYPE_STRING;
}

static uint64_t instance_order(const struct xtree *t, uint32_t id)
{
    (void)t;
    return id;
}

const struct xtree_ops instance_ops = {
    .kind = instance_kind,
    .parent = instance_parent,
    .first_child = instance_first_child,
    .next_sibling = instance_next,
    .first_attribute = instance_first_attribute,
    .local_name = instance_name,
    .namespace_uri = instance_uri,
    .text = instance_text,
    .type = instance_type,
    .order = instance_order,
};

/* The host ------------------------------------------------------------------------------------ */

static struct xnode host_root(void *self)
{
    struct sheet *s = self;
    return (struct xnode){&s->tree, DOCUMENT};
}

struct ref_visit {
    struct xpath_run *run;
    struct sheet *sheet;
    struct xnodes *out;
};

static void ref_add(void *self, uint32_t node)
{
    struct ref_visit *v = self;
    if (!sheet_is_hidden(v->sheet, node))
        xnodes_add(v->run, v->out, (struct xnode){&v->sheet->tree, node});
}

static bool holds_def(const struct sheet *s, uint32_t node, uint32_t def)
{
    uint32_t own = s->nodes[node].def;
    return own <= def && def < s->form->nodes[own].end;
}

/* Where to start looking for def: the nearest node around context that holds it. */
static uint32_t ref_start(const struct sheet *s, const struct image_ref *ref, uint32_t context)
{
    uint32_t node = context;
    for (uint32_t up = ref->mode == IMAGE_REF_UP ? ref->up : 0; up > 0 && node != 0; up--)
        node = s->nodes[node].parent;
    while (node != 0 && !holds_def(s, node, ref->node))
        node = s->nodes[node].parent;
    if (ref->mode == IMAGE_REF_ALL) {
        uint32_t repeat = s->form->nodes[ref->node].repeat;
        while (node != 0 && repeat != IMAGE_NONE && s->nodes[node].def >= repeat)
            node = s->nodes[node].parent;
    }
    return node;
}

static void host_ref(struct xpath_run *run, uint32_t ref, struct xnode context, struct xnodes *out)
{
    struct sheet *s = run->host->self;
    uint32_t count;
    const struct image_ref *refs = form_section(s->form, IMAGE_REFS, &count);
    if (ref >= count)
        return;
    struct ref_visit v = {run, s, out};
    const struct image_node *target = &s->form->nodes[refs[ref].node];
    if (target->repeat == IMAGE_NONE) {
        ref_add(&v, refs[ref].node);
        return;
    }
    bool is_ours = context.tree == &s->tree && context.id != DOCUMENT;
    sheet_each(s, is_ours ? ref_start(s, &refs[ref], context.id) : 0, refs[ref].node, ref_add, &v);
}

static struct xnode host_instance(void *self, const char *id)
{
    struct sheet *s = self;
    for (const struct attached *a = s->form->attached; a; a = a->next)
        if (text_equal(a->instance_id, id))
            return (struct xnode){list_tree(a->list), 0};
    uint32_t count;
    const struct image_instance *instances = form_section(s->form, IMAGE_INSTANCES, &count);
    for (uint32_t i = 0; i < count; i++)
        if (text_equal(form_text(s->form, instances[i].id), id)) {
            if (instances[i].tree == IMAGE_NONE)
                break;
            return (struct xnode){&s->form->instances, instances[i].tree};
        }
    return (struct xnode){&s->form->instances, XNODE_NONE};
}

static bool host_find(struct xpath_run *run, struct xnode parent, const char *item,
                      const char *column, const char *value, struct xnodes *out)
{
    enum { ROOT = 1 };
    const struct list *list = list_of(parent.tree);
    return list && parent.id == ROOT && text_equal(item, "item") &&
           list_find(list, run, column, value, out);
}

static const char *host_itext(struct xpath_run *run, const char *id)
{
    struct sheet *s = run->host->self;
    const struct image_itext_form *forms = sheet_itext(s, id);
    return forms ? sheet_rich(run->arena, s, forms->label, 0) : "";
}

static const char *host_choice_name(struct xpath_run *run, const char *value, struct xnode question,
                                    const char *path)
{
    struct sheet *s = run->host->self;
    uint32_t node =
        question.tree == &s->tree && question.id < s->count ? question.id : sheet_find(s, path);
    const char *label;
    if (node == IMAGE_NONE || !sheet_choice_label(run->arena, s, node, value, &label))
        return value;
    return label;
}

static const char *host_property(void *self, const char *name)
{
    struct sheet *s = self;
    return s->host.property ? s->host.property(s->host.self, name) : "";
}

const struct xpath_host sheet_host = {
    .root = host_root,
    .ref = host_ref,
    .instance = host_instance,
    .find = host_find,
    .itext = host_itext,
    .choice_name = host_choice_name,
    .property = host_property,
};

/* Evaluation ---------------------------------------------------------------------------------- */

void sheet_begin(struct sheet *s, struct arena *scratch)
{
    s->scratch = scratch;
    s->run.arena = scratch;
    s->run.now_ms = s->has_own_now ? s->own_now_ms : s->host.now_ms(s->host.self);
    s->run.utc_offset_min = s->host.utc_offset_min(s->host.self, s->run.now_ms);
    s->run.steps_left = LIMIT_STEPS_FORM;
}

struct err *sheet_evaluate(struct sheet *s, uint32_t expression, uint32_t context,
                           struct xvalue *value_out)
{
    const struct image_expression *e = &s->form->expressions[expression];
    struct xpath_code code = {s->form->code + e->code_offset, e->code_size};
    uint64_t budget = s->run.steps_left;
    uint64_t allowed = budget < LIMIT_STEPS ? budget : LIMIT_STEPS;
    s->run.steps_left = allowed;
    struct err *e_run = xpath_run(&s->run, &code, (struct xnode){&s->tree, context}, value_out);
    s->run.steps_left = budget - (allowed - s->run.steps_left);
    return e_run;
}

bool sheet_is_fatal(const struct err *e)
{
    return text_equal(e->code, "xpath.too_costly");
}

struct err *sheet_holds(struct sheet *s, uint32_t expression, uint32_t context, bool if_failed,
                        bool *holds_out)
{
    struct arena_mark mark = arena_mark(s->scratch);
    struct xvalue v;
    struct err *e = sheet_evaluate(s, expression, context, &v);
    if (e && sheet_is_fatal(e))
        return e;
    *holds_out = e ? if_failed : xvalue_boolean(&s->run, &v);
    if (s->scratch != s->arena)
        arena_rewind(s->scratch, mark);
    return NULL;
}
