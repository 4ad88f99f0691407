/* Location steps: axes, tests, predicates, document order. */
#include "engine/xpath_step.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"

/* A step while it is taken. */
struct walk {
    struct xeval *e;
    enum xaxis axis;
    enum xtest test;
    const char *name, *uri;
    const uint32_t *predicates;
    uint32_t predicate_count;
};

static struct walk walk_open(struct xeval *e, uint32_t step)
{
    const uint32_t *words = e->code.words + step;
    return (struct walk){
        .e = e,
        .axis = (enum xaxis)(words[0] >> 8 & 0xF),
        .test = (enum xtest)(words[0] >> 12 & 0xF),
        .name = e->code.bytes + words[1],
        .uri = e->code.bytes + words[2],
        .predicates = words + 3,
        .predicate_count = words[0] >> 16,
    };
}

static bool has_name(const struct walk *w, struct xnode n)
{
    return text_equal(n.tree->ops->local_name(n.tree, n.id), w->name);
}

static bool has_uri(const struct walk *w, struct xnode n, const char *uri)
{
    (void)w;
    return text_equal(n.tree->ops->namespace_uri(n.tree, n.id), uri);
}

/* In forms a name without prefix means that name in any namespace, as the form's own nodes may
 * stand in the default one; in other documents it means no namespace. */
static bool passes(const struct walk *w, struct xnode n)
{
    enum xkind kind = n.tree->ops->kind(n.tree, n.id);
    enum xkind principal = w->axis == XAXIS_ATTRIBUTE   ? XKIND_ATTRIBUTE
                           : w->axis == XAXIS_NAMESPACE ? XKIND_NAMESPACE
                                                        : XKIND_ELEMENT;
    switch (w->test) {
    case XTEST_NAME:
        return kind == principal && has_name(w, n) && (!w->e->run->is_xpath1 || has_uri(w, n, ""));
    case XTEST_QUALIFIED:
        return kind == principal && has_name(w, n) && has_uri(w, n, w->uri);
    case XTEST_ANY:
        return kind == principal;
    case XTEST_ANY_OF:
        return kind == principal && has_uri(w, n, w->uri);
    case XTEST_TEXT:
        return kind == XKIND_TEXT;
    case XTEST_COMMENT:
        return kind == XKIND_COMMENT;
    case XTEST_PI:
        return kind == XKIND_PI && (!*w->name || has_name(w, n));
    default:
        return true;
    }
}

/* One node met on the way: it costs a step, and is kept if it passes. */
static struct err *meet(struct walk *w, struct xnode n, struct xnodes *out)
{
    TRY(xeval_spend(w->e, 1));
    if (!passes(w, n))
        return NULL;
    xnodes_add(w->e->run, out, n);
    return out->count > LIMIT_NODE_SET ? xeval_spend(w->e, UINT64_MAX) : NULL;
}

static struct xnode node_at(struct xnode n, uint32_t id)
{
    return (struct xnode){n.tree, id};
}

static struct err *siblings(struct walk *w, struct xnode n, uint32_t first, uint32_t stop,
                            struct xnodes *out)
{
    for (uint32_t i = first; i != XNODE_NONE && i != stop; i = n.tree->ops->next_sibling(n.tree, i))
        TRY(meet(w, node_at(n, i), out));
    return NULL;
}

/* The node behind n in document order, not below it, within top; XNODE_NONE behind the last. */
static uint32_t after_subtree(struct xnode n, uint32_t top)
{
    const struct xtree_ops *ops = n.tree->ops;
    uint32_t at = n.id;
    while (at != top && at != XNODE_NONE) {
        uint32_t next = ops->next_sibling(n.tree, at);
        if (next != XNODE_NONE)
            return next;
        at = ops->parent(n.tree, at);
    }
    return XNODE_NONE;
}

static uint32_t next_in_document(struct xnode n, uint32_t top)
{
    uint32_t child = n.tree->ops->first_child(n.tree, n.id);
    return child != XNODE_NONE ? child : after_subtree(n, top);
}

static struct err *descendants(struct walk *w, struct xnode n, struct xnodes *out)
{
    uint32_t at = n.tree->ops->first_child(n.tree, n.id);
    for (; at != XNODE_NONE; at = next_in_document(node_at(n, at), n.id))
        TRY(meet(w, node_at(n, at), out));
    return NULL;
}

static struct err *ancestors(struct walk *w, struct xnode n, struct xnodes *out)
{
    for (n = xnode_parent(n); n.id != XNODE_NONE; n = xnode_parent(n))
        TRY(meet(w, n, out));
    return NULL;
}

static bool is_attribute(struct xnode n)
{
    enum xkind kind = n.tree->ops->kind(n.tree, n.id);
    return kind == XKIND_ATTRIBUTE || kind == XKIND_NAMESPACE;
}

static struct xnode top_of(struct xnode n)
{
    for (struct xnode up = xnode_parent(n); up.id != XNODE_NONE; up = xnode_parent(n))
        n = up;
    return n;
}

/* An attribute stands behind its element and in front of the element's children. */
static struct err *following(struct walk *w, struct xnode n, struct xnodes *out)
{
    uint32_t at;
    if (is_attribute(n)) {
        n = xnode_parent(n);
        at = next_in_document(n, XNODE_NONE);
    } else {
        at = after_subtree(n, XNODE_NONE);
    }
    for (; at != XNODE_NONE; at = next_in_document(node_at(n, at), XNODE_NONE))
        TRY(meet(w, node_at(n, at), out));
    return NULL;
}

static bool is_ancestor(struct xnode of, uint32_t id)
{
    for (of = xnode_parent(of); of.id != XNODE_NONE; of = xnode_parent(of))
        if (of.id == id)
            return true;
    return false;
}

static void reverse(struct xnodes *set, size_t from)
{
    for (size_t i = from, j = set->count; i + 1 < j; i++) {
        struct xnode last = set->items[--j];
        set->items[j] = set->items[i];
        set->items[i] = last;
    }
}

static struct err *preceding(struct walk *w, struct xnode n, struct xnodes *out)
{
    size_t from = out->count;
    if (is_attribute(n))
        n = xnode_parent(n);
    uint32_t at = top_of(n).id;
    for (; at != XNODE_NONE && at != n.id; at = next_in_document(node_at(n, at), XNODE_NONE)) {
        TRY(xeval_spend(w->e, 1));
        if (!is_ancestor(n, at))
            TRY(meet(w, node_at(n, at), out));
    }
    reverse(out, from);
    return NULL;
}

static struct err *preceding_siblings(struct walk *w, struct xnode n, struct xnodes *out)
{
    size_t from = out->count;
    struct xnode parent = xnode_parent(n);
    if (parent.id == XNODE_NONE || is_attribute(n))
        return NULL;
    TRY(siblings(w, n, n.tree->ops->first_child(n.tree, parent.id), n.id, out));
    reverse(out, from);
    return NULL;
}

/* Attributes; or the declarations an element itself makes, which trees that know them list with the
 * attributes. Those it inherits are no nodes of its own here. */
static struct err *attributes(struct walk *w, struct xnode n, enum xkind kind, struct xnodes *out)
{
    const struct xtree_ops *ops = n.tree->ops;
    if (ops->kind(n.tree, n.id) != XKIND_ELEMENT)
        return NULL;
    uint32_t at = ops->first_attribute(n.tree, n.id);
    for (; at != XNODE_NONE; at = ops->next_sibling(n.tree, at))
        if (ops->kind(n.tree, at) == kind)
            TRY(meet(w, node_at(n, at), out));
    return NULL;
}

/* Nodes of the axis that pass the test, nearest first. */
static struct err *collect(struct walk *w, struct xnode n, struct xnodes *out)
{
    const struct xtree_ops *ops = n.tree->ops;
    bool is_leaf = is_attribute(n);
    struct xnode parent;
    switch (w->axis) {
    case XAXIS_CHILD:
        return is_leaf ? NULL : siblings(w, n, ops->first_child(n.tree, n.id), XNODE_NONE, out);
    case XAXIS_PARENT:
        parent = xnode_parent(n);
        return parent.id != XNODE_NONE ? meet(w, parent, out) : NULL;
    case XAXIS_SELF:
        return meet(w, n, out);
    case XAXIS_ATTRIBUTE:
        return attributes(w, n, XKIND_ATTRIBUTE, out);
    case XAXIS_DESCENDANT_OR_SELF:
        TRY(meet(w, n, out));
        return is_leaf ? NULL : descendants(w, n, out);
    case XAXIS_DESCENDANT:
        return is_leaf ? NULL : descendants(w, n, out);
    case XAXIS_ANCESTOR_OR_SELF:
        TRY(meet(w, n, out));
        return ancestors(w, n, out);
    case XAXIS_ANCESTOR:
        return ancestors(w, n, out);
    case XAXIS_FOLLOWING:
        return following(w, n, out);
    case XAXIS_FOLLOWING_SIBLING:
        return is_leaf ? NULL : siblings(w, n, ops->next_sibling(n.tree, n.id), XNODE_NONE, out);
    case XAXIS_PRECEDING:
        return preceding(w, n, out);
    case XAXIS_PRECEDING_SIBLING:
        return preceding_siblings(w, n, out);
    default:
        return attributes(w, n, XKIND_NAMESPACE, out);
    }
}

static bool is_reverse(enum xaxis axis)
{
    return axis == XAXIS_ANCESTOR || axis == XAXIS_ANCESTOR_OR_SELF || axis == XAXIS_PRECEDING ||
           axis == XAXIS_PRECEDING_SIBLING;
}

/* Predicates
 * ---------------------------------------------------------------------------------------- */

/* A predicate's values are forgotten at once: long lists cost no memory. */
static struct err *predicate_holds(struct xeval *e, uint32_t predicate, bool *out)
{
    struct xslot s;
    struct arena_mark mark = arena_mark(e->run->arena);
    TRY(xeval_node(e, predicate, &s));
    /* A path in a predicate asks whether there is such a node, in every profile. */
    *out = s.value.kind == XVALUE_NUMBER  ? s.value.as.number == (double)e->position
           : s.value.kind == XVALUE_NODES ? s.value.as.nodes.count > 0
                                          : xvalue_boolean(e->run, &s.value);
    arena_rewind(e->run->arena, mark);
    return NULL;
}

static struct err *filter_once(struct xeval *e, uint32_t predicate, struct xnodes *nodes)
{
    struct xeval inner = *e;
    size_t kept = 0;
    inner.size = nodes->count;
    if ((e->code.words[predicate] & 0xFF) == XOP_NUMBER) {
        double place = xcode_number(&e->code, predicate);
        bool is_there =
            place >= 1 && place <= (double)nodes->count && place == __builtin_trunc(place);
        if (is_there)
            nodes->items[0] = nodes->items[(size_t)place - 1];
        nodes->count = is_there;
        return NULL;
    }
    for (size_t i = 0; i < nodes->count; i++) {
        bool holds;
        inner.context = nodes->items[i];
        inner.position = i + 1;
        TRY(predicate_holds(&inner, predicate, &holds));
        if (holds)
            nodes->items[kept++] = nodes->items[i];
    }
    nodes->count = kept;
    return NULL;
}

struct err *xstep_filter(struct xeval *e, const uint32_t *predicates, uint32_t count,
                         struct xnodes *nodes)
{
    for (uint32_t i = 0; i < count; i++)
        TRY(filter_once(e, predicates[i], nodes));
    return NULL;
}

/* Look-ups by index
 * --------------------------------------------------------------------------------- */

/* The name in [name = ...], NULL if the operand is something else. */
static const char *column_of(const struct xeval *e, uint32_t node)
{
    const uint32_t *words = e->code.words + node;
    if (words[0] != (XOP_PATH | XSTART_CONTEXT << 8 | 1u << 16))
        return NULL;
    const uint32_t *step = e->code.words + words[2];
    if (step[0] != (XOP_STEP | XAXIS_CHILD << 8 | XTEST_NAME << 12))
        return NULL;
    return e->code.bytes + step[1];
}

/* Does the operand mean the same for each row? */
static bool is_fixed(const struct xeval *e, uint32_t node)
{
    uint32_t head = e->code.words[node];
    if ((head & 0xFF) == XOP_PATH)
        return (head >> 8 & 0xFF) == XSTART_ROOT || (head >> 8 & 0xFF) == XSTART_CURRENT;
    return (head & 0xFF) == XOP_TEXT || (head & 0xFF) == XOP_REF;
}

/* The key as text, if comparing with "=" means comparing texts. */
static struct err *key_text(struct xeval *e, uint32_t node, const char **text_out)
{
    struct xslot s;
    TRY(xeval_node(e, node, &s));
    *text_out = NULL;
    if (s.value.kind == XVALUE_STRING)
        *text_out = s.value.as.string;
    if (s.value.kind == XVALUE_NODES && s.value.as.nodes.count == 1) {
        struct xvalue v = xnode_value(e->run, s.value.as.nodes.items[0]);
        *text_out = v.kind == XVALUE_STRING ? v.as.string : NULL;
    }
    return NULL;
}

/* Is the step item[column = key], and has the host an index for it? */
static struct err *look_up(struct walk *w, struct xnode n, struct xnodes *out, bool *is_found_out)
{
    struct xeval *e = w->e;
    *is_found_out = false;
    if (!e->run->host->find || w->axis != XAXIS_CHILD || w->test != XTEST_NAME)
        return NULL;
    const uint32_t *words = e->code.words + w->predicates[0];
    if (words[0] != (XOP_CHAIN | 1u << 8) || words[2] != XOPERATOR_EQUAL)
        return NULL;
    const char *column = column_of(e, words[1]), *key;
    uint32_t operand = words[3];
    if (!column) {
        column = column_of(e, words[3]);
        operand = words[1];
    }
    if (!column || !is_fixed(e, operand))
        return NULL;
    TRY(key_text(e, operand, &key));
    *is_found_out = key && e->run->host->find(e->run, n, w->name, column, key, out);
    return NULL;
}

/* Steps
 * -----------------------------------------------------------------------------------------------
 */

static struct err *step_from(struct walk *w, struct xnode n, struct xnodes *out)
{
    if (w->predicate_count == 0 && !is_reverse(w->axis))
        return collect(w, n, out);
    struct xnodes found = {0};
    bool is_found = false;
    if (w->predicate_count)
        TRY(look_up(w, n, &found, &is_found));
    if (!is_found)
        TRY(collect(w, n, &found));
    TRY(xstep_filter(w->e, w->predicates + is_found, w->predicate_count - is_found, &found));
    if (is_reverse(w->axis))
        reverse(&found, 0);
    for (size_t i = 0; i < found.count; i++)
        xnodes_add(w->e->run, out, found.items[i]);
    return out->count > LIMIT_NODE_SET ? xeval_spend(w->e, UINT64_MAX) : NULL;
}

/* From nodes of which none stands below another, these axes keep the order. */
static bool keeps_order(enum xaxis axis)
{
    return axis == XAXIS_CHILD || axis == XAXIS_SELF || axis == XAXIS_ATTRIBUTE;
}

struct err *xstep_walk(struct xeval *e, const uint32_t *steps, uint32_t count, struct xslot *slot)
{
    struct xnodes *nodes = &slot->value.as.nodes;
    bool is_flat = nodes->count <= 1;
    for (uint32_t i = 0; i < count && nodes->count; i++) {
        struct walk w = walk_open(e, steps[i]);
        struct xnode room[1];
        struct xnodes from = *nodes, to = {.items = slot->room, .capacity = 1};
        if (from.items == slot->room) {
            room[0] = slot->room[0];
            from.items = room;
        }
        for (size_t n = 0; n < from.count; n++)
            TRY(step_from(&w, from.items[n], &to));
        if (from.count > 1 && !(is_flat && keeps_order(w.axis)))
            TRY(xnodes_order(e, &to));
        is_flat = to.count <= 1 || (is_flat && keeps_order(w.axis));
        *nodes = to;
    }
    return NULL;
}

/* Document order
 * ------------------------------------------------------------------------------------- */

/* Nodes of another tree stand behind those of the tree met first. */
static bool is_before(const struct xnodes *set, struct xnode a, struct xnode b)
{
    if (a.tree == b.tree)
        return a.tree->ops->order(a.tree, a.id) < b.tree->ops->order(b.tree, b.id);
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].tree == a.tree || set->items[i].tree == b.tree)
            return set->items[i].tree == a.tree;
    return false;
}

static bool is_ordered(const struct xnodes *set)
{
    for (size_t i = 1; i < set->count; i++)
        if (!is_before(set, set->items[i - 1], set->items[i]))
            return false;
    return true;
}

static void merge(const struct xnodes *set, const struct xnode *from, struct xnode *to,
                  size_t start, size_t middle, size_t end)
{
    size_t left = start, right = middle;
    for (size_t i = start; i < end; i++) {
        bool takes_left =
            left < middle && (right >= end || !is_before(set, from[right], from[left]));
        to[i] = takes_left ? from[left++] : from[right++];
    }
}

static void drop_doubles(struct xnodes *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++)
        if (kept == 0 || !xnode_same(set->items[kept - 1], set->items[i]))
            set->items[kept++] = set->items[i];
    set->count = kept;
}

struct err *xnodes_order(struct xeval *e, struct xnodes *set)
{
    if (is_ordered(set))
        return NULL;
    /* Trees are told apart by their first node in the set, so the set itself must stay. */
    const struct xnodes first = *set;
    size_t count = set->count;
    struct xnode *from = arena_array(e->run->arena, count, sizeof *from);
    struct xnode *to = arena_array(e->run->arena, count, sizeof *to);
    memcpy(from, set->items, count * sizeof *from);
    for (size_t width = 1; width < count; width *= 2) {
        TRY(xeval_spend(e, count));
        for (size_t start = 0; start < count; start += 2 * width) {
            size_t middle = start + width < count ? start + width : count;
            size_t end = middle + width < count ? middle + width : count;
            merge(&first, from, to, start, middle, end);
        }
        struct xnode *swapped = from;
        from = to;
        to = swapped;
    }
    set->items = from;
    set->capacity = count;
    drop_doubles(set);
    return NULL;
}
