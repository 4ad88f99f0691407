/* Expressions of a form: compiled with resolved paths, put in the order of what reads what. A
 * circle among calculations, relevances and repeat counts is a fault that names its nodes. */
#include "forms/xform_model.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

struct scope {
    struct xform *form;
    struct xf_expression *expression;
};

/* Reads --------------------------------------------------------------------------------------- */

static void add_read(struct scope *s, struct xf_node *node, bool is_weak)
{
    struct xf_expression *e = s->expression;
    for (struct xf_read *r = e->reads; r; r = r->next)
        if (r->node == node) {
            r->is_weak = r->is_weak && is_weak;
            return;
        }
    struct xf_read *r = arena_alloc(s->form->arena, sizeof *r);
    *r = (struct xf_read){.node = node, .is_weak = is_weak, .next = e->reads};
    e->reads = r;
}

static void add_read_below(struct scope *s, struct xf_node *node)
{
    for (uint32_t i = node->index; i < node->end; i++)
        add_read(s, s->form->nodes[i], true);
}

static const char *local(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

/* Where a path starts; NULL: unknown. *first_out: names used up already. */
static struct xf_node *path_start(const struct scope *s, const struct xpath_path *path,
                                  size_t *first_out)
{
    *first_out = 0;
    if (path->from == XPATH_FROM_ROOT) {
        *first_out = 1;
        bool is_root = path->count > 0 && text_equal(local(path->names[0]), s->form->root->name);
        return is_root ? s->form->root : NULL;
    }
    struct xf_node *n = s->expression->node;
    /* A count is evaluated where the repeat stands, not in one of its instances. */
    if (n && s->expression->kind == IMAGE_EXPRESSION_COUNT)
        n = n->parent;
    for (uint32_t up = path->up; n && up > 0; up--)
        n = n->parent;
    return n;
}

static struct xf_node *path_target(const struct scope *s, const struct xpath_path *path)
{
    size_t i;
    struct xf_node *n = path_start(s, path, &i);
    for (; n && i < path->count; i++)
        n = xform_child(n, local(path->names[i]));
    return n;
}

/* References ---------------------------------------------------------------------------------- */

static uint32_t add_ref(struct xform *f, struct xf_node *node, uint32_t mode, uint32_t up)
{
    for (size_t i = 0; i < f->ref_count; i++)
        if (f->refs[i].node == node && f->refs[i].mode == mode && f->refs[i].up == up)
            return (uint32_t)i;
    if (f->ref_count == f->ref_capacity) {
        size_t capacity = f->ref_capacity ? f->ref_capacity * 2 : 64;
        struct xf_ref *more = arena_array(f->arena, capacity, sizeof *more);
        if (f->ref_count)
            memcpy(more, f->refs, f->ref_count * sizeof *more);
        f->refs = more;
        f->ref_capacity = capacity;
    }
    f->refs[f->ref_count] = (struct xf_ref){node, mode, up};
    return (uint32_t)f->ref_count++;
}

static const struct xf_node *repeat_of(const struct xf_node *n)
{
    while (n && !n->is_repeat)
        n = n->parent;
    return n;
}

static bool resolve(void *self, const struct xpath_path *path, uint32_t *ref_out)
{
    struct scope *s = self;
    if (path->is_in_predicate && path->from == XPATH_FROM_CONTEXT)
        return false;
    struct xf_node *n = path_target(s, path);
    if (!n) {
        if (path->from == XPATH_FROM_ROOT && s->expression->node)
            note_add(s->form->notes, NOTE_WARNING, "form.unknown_path", s->expression->where, "",
                     "The expression \"%s\" names a node that the form does not have.",
                     "表达式“%s”引用了表单中没有的节点。", s->expression->text);
        return false;
    }
    bool is_relative = path->from != XPATH_FROM_ROOT;
    const struct xf_node *repeat = repeat_of(n);
    /* All instances, its own among them: a running total is no circle. */
    bool is_own = path->in_repeat_argument && repeat && repeat == repeat_of(s->expression->node);
    add_read(s, n, is_own);
    uint32_t mode = is_relative                ? IMAGE_REF_UP
                    : path->in_repeat_argument ? IMAGE_REF_ALL
                                               : IMAGE_REF_NEAREST;
    *ref_out = add_ref(s->form, n, mode, is_relative ? path->up : 0);
    return true;
}

static void touch(void *self, const struct xpath_path *path)
{
    struct scope *s = self;
    size_t i;
    struct xf_node *n = path_start(s, path, &i);
    if (path->from == XPATH_FROM_ROOT && path->count > 0 && text_equal(path->names[0], "*"))
        n = s->form->root;
    for (; n && i < path->count; i++) {
        if (text_equal(path->names[i], "*")) {
            add_read_below(s, n);
            return;
        }
        n = xform_child(n, local(path->names[i]));
    }
    /* A calculation that reads "." is a circle; other paths with predicates only may be one. */
    bool is_self = path->from != XPATH_FROM_ROOT && path->up == 0 && path->count == 0;
    if (n)
        add_read(s, n, !is_self);
}

static bool has_instance(void *self, const char *id)
{
    struct scope *s = self;
    for (const struct xf_instance *i = s->form->instances; i; i = i->next)
        if (text_equal(i->id, id)) {
            if (!i->root)
                s->expression->flags |= IMAGE_EXPRESSION_OUTSIDE;
            return true;
        }
    return false;
}

static const char *namespace_uri(void *self, const char *prefix)
{
    const struct scope *s = self;
    for (const struct xml_namespace *n = s->form->html->namespaces; n; n = n->next)
        if (text_equal(n->prefix, prefix))
            return n->uri;
    return "";
}

static void compile_one(struct xform *f, struct xf_expression *e)
{
    struct scope s = {f, e};
    const struct xpath_scope scope = {.self = &s,
                                      .namespace_uri = namespace_uri,
                                      .resolve = resolve,
                                      .has_instance = has_instance,
                                      .touch = touch,
                                      .notes = f->notes,
                                      .notes_where = e->where};
    struct err *fault = xpath_compile(f->arena, e->text, &scope, &e->code);
    if (fault) {
        note_add(f->notes, NOTE_ERROR, fault->code, e->where, "", "%s", "%s",
                 text_print(f->arena, "The expression \"%s\" is not right: %s", e->text,
                            fault->message));
        f->notes->last->message_zh =
            text_print(f->arena, "表达式“%s”有误：%s", e->text, fault->message_zh);
        return;
    }
    if (xpath_code_is_volatile(&e->code))
        e->flags |= IMAGE_EXPRESSION_VOLATILE;
    if (strstr(e->text, "jr:choice-name") || strstr(e->text, "jr:itext"))
        e->flags |= IMAGE_EXPRESSION_LANGUAGE;
}

/* Order --------------------------------------------------------------------------------------- */

struct ordering {
    struct xform *form;
    struct xf_expression **stack;
    size_t depth;
    bool has_cycle;
};

static void order_expression(struct ordering *o, struct xf_expression *e);

static void report_cycle(struct ordering *o, const struct xf_expression *again)
{
    struct buf chain;
    buf_init(&chain, o->form->arena);
    size_t first = o->depth;
    while (first > 0 && o->stack[first - 1] != again)
        first--;
    for (size_t i = first ? first - 1 : 0; i < o->depth; i++)
        buf_print(&chain, "%s → ", o->stack[i]->where);
    buf_add(&chain, again->where);
    o->has_cycle = true;
    note_add(o->form->notes, NOTE_ERROR, "form.cycle", again->where, "",
             "These depend on each other in a circle: %s. Break it at one of them.",
             "这些题目循环依赖：%s。请断开其中一处。", buf_text(&chain));
}

static void order_before(struct ordering *o, struct xf_expression *e, bool is_weak)
{
    if (!e || e->state == XF_DONE)
        return;
    if (e->state == XF_NEW)
        order_expression(o, e);
    else if (!is_weak)
        report_cycle(o, e);
}

/* All that must be known before node can be read. */
static void order_node(struct ordering *o, const struct xf_node *n, bool is_weak)
{
    order_before(o, n->calculate, is_weak);
    for (; n; n = n->parent) {
        order_before(o, n->count, is_weak);
        order_before(o, n->relevant, is_weak);
    }
}

static void order_expression(struct ordering *o, struct xf_expression *e)
{
    e->state = XF_ON_STACK;
    o->stack[o->depth++] = e;
    const struct xf_node *around = e->node;
    if (around && e->kind == IMAGE_EXPRESSION_COUNT)
        around = around->parent;
    for (; around; around = around->parent)
        order_before(o, around->count, true);
    for (int weak = 0; weak < 2; weak++)
        for (const struct xf_read *r = e->reads; r; r = r->next)
            if (r->is_weak == (weak == 1))
                order_node(o, r->node, r->is_weak);
    o->depth--;
    e->state = XF_DONE;
    bool is_deciding = e->kind == IMAGE_EXPRESSION_RELEVANT ||
                       e->kind == IMAGE_EXPRESSION_CALCULATE || e->kind == IMAGE_EXPRESSION_COUNT;
    if (is_deciding) {
        e->place = o->form->order_count;
        o->form->order[o->form->order_count++] = e;
    }
}

static void order_all(struct xform *f)
{
    struct ordering o = {.form = f};
    o.stack = arena_array(f->arena, f->expression_count + 1, sizeof(struct xf_expression *));
    f->order = arena_array(f->arena, f->expression_count + 1, sizeof(struct xf_expression *));
    for (uint32_t i = 0; i < f->node_count; i++) {
        order_before(&o, f->nodes[i]->count, true);
        order_before(&o, f->nodes[i]->relevant, true);
        order_before(&o, f->nodes[i]->calculate, true);
    }
}

static bool is_unsure(const struct xf_expression *e)
{
    return e && e->flags != 0;
}

/* Whoever reads an unsure value is unsure: flags spread in the order. */
static void spread_flags(struct xform *f)
{
    for (uint32_t i = 0; i < f->order_count; i++)
        for (const struct xf_read *r = f->order[i]->reads; r; r = r->next) {
            if (is_unsure(r->node->calculate))
                f->order[i]->flags |= r->node->calculate->flags;
            for (const struct xf_node *n = r->node; n; n = n->parent)
                if (is_unsure(n->relevant))
                    f->order[i]->flags |= n->relevant->flags;
        }
}

/* A choice's label is known as long as it is offered: who asks for it reads what the filter reads.
 */
static void read_filters(struct xform *f, struct xf_expression *e)
{
    struct scope s = {f, e};
    for (struct xf_read *r = e->reads; r; r = r->next) {
        const struct xf_control *c = r->node->control;
        if (c && c->itemset)
            for (const struct xf_read *filter = c->itemset->reads; filter; filter = filter->next)
                add_read(&s, filter->node, true);
    }
}

/* Named anywhere, if only in part: pulldata('id', ...), instance(concat('id', ...)). */
static void mark_asked(struct xform *f)
{
    for (struct xf_instance *i = f->instances; i; i = i->next)
        for (const struct xf_expression *e = f->expressions; e && !i->is_asked; e = e->next)
            i->is_asked = strstr(e->text, i->id) != NULL;
}

void xform_compile(struct xform *f)
{
    mark_asked(f);
    for (struct xf_expression *e = f->expressions; e; e = e->next)
        compile_one(f, e);
    for (struct xf_expression *e = f->expressions; e; e = e->next)
        if (e->flags & IMAGE_EXPRESSION_LANGUAGE)
            read_filters(f, e);
    order_all(f);
    spread_flags(f);
}
