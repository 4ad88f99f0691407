/* Functions on nodes and on the form around them. */
#include "engine/functions.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/text.h"
#include "engine/digest.h"

XFUNCTION(count)
{
    struct xslot s;
    TRY(xarg_nodes(e, c, 0, &s));
    xslot_number(out, (double)s.value.as.nodes.count);
    return NULL;
}

static bool has_child_element(struct xnode n)
{
    const struct xtree_ops *ops = n.tree->ops;
    for (uint32_t i = ops->first_child(n.tree, n.id); i != XNODE_NONE;
         i = ops->next_sibling(n.tree, i))
        if (ops->kind(n.tree, i) == XKIND_ELEMENT)
            return true;
    return false;
}

/* An element with children counts by being there in JavaRosa, by its text elsewhere. */
static bool is_non_empty(struct xpath_run *run, struct xnode n)
{
    if (*xnode_string(run, n))
        return true;
    return !run->is_getodk && n.tree->ops->kind(n.tree, n.id) == XKIND_ELEMENT &&
           has_child_element(n);
}

XFUNCTION(count_non_empty)
{
    struct xslot s;
    double count = 0;
    TRY(xarg_nodes(e, c, 0, &s));
    TRY(xeval_spend(e, s.value.as.nodes.count));
    for (size_t i = 0; i < s.value.as.nodes.count; i++)
        count += is_non_empty(e->run, s.value.as.nodes.items[i]);
    xslot_number(out, count);
    return NULL;
}

XFUNCTION(position)
{
    struct xslot s;
    if (c->count == 0) {
        xslot_number(out, (double)e->position);
        return NULL;
    }
    TRY(xarg_nodes(e, c, 0, &s));
    bool is_there = s.value.as.nodes.count > 0;
    xslot_number(out,
                 is_there ? (double)xnode_place(s.value.as.nodes.items[0]) : __builtin_nan(""));
    return NULL;
}

XFUNCTION(last)
{
    (void)c;
    xslot_number(out, (double)e->size);
    return NULL;
}

/* The first node of the argument, or the context node; id XNODE_NONE if there is none. */
static struct err *one_node(struct xeval *e, const struct xcall *c, struct xnode *node_out)
{
    struct xslot s;
    *node_out = e->context;
    if (c->count == 0)
        return NULL;
    TRY(xarg_nodes(e, c, 0, &s));
    *node_out =
        s.value.as.nodes.count ? s.value.as.nodes.items[0] : (struct xnode){NULL, XNODE_NONE};
    return NULL;
}

static const char *local_name(struct xnode n)
{
    if (n.id == XNODE_NONE)
        return "";
    enum xkind kind = n.tree->ops->kind(n.tree, n.id);
    bool has_name = kind == XKIND_ELEMENT || kind == XKIND_ATTRIBUTE || kind == XKIND_PI ||
                    kind == XKIND_NAMESPACE;
    return has_name ? n.tree->ops->local_name(n.tree, n.id) : "";
}

XFUNCTION(local_name)
{
    struct xnode n;
    TRY(one_node(e, c, &n));
    xslot_string(out, local_name(n));
    return NULL;
}

/* Trees keep no prefixes unless they say so: the name as written needs the host. */
XFUNCTION(name)
{
    struct xnode n;
    TRY(one_node(e, c, &n));
    const char *name = local_name(n);
    const struct xpath_host *host = e->run->host;
    if (*name && host->qualified_name)
        name = host->qualified_name(e->run, n);
    xslot_string(out, name);
    return NULL;
}

XFUNCTION(namespace_uri)
{
    struct xnode n;
    TRY(one_node(e, c, &n));
    enum xkind kind = n.id == XNODE_NONE ? XKIND_TEXT : n.tree->ops->kind(n.tree, n.id);
    bool has_uri = kind == XKIND_ELEMENT || kind == XKIND_ATTRIBUTE;
    xslot_string(out, has_uri ? n.tree->ops->namespace_uri(n.tree, n.id) : "");
    return NULL;
}

/* The attribute's text, NULL if the element has none. */
static const char *attribute(struct xnode n, const char *uri, const char *name)
{
    const struct xtree_ops *ops = n.tree->ops;
    if (ops->kind(n.tree, n.id) != XKIND_ELEMENT)
        return NULL;
    for (uint32_t i = ops->first_attribute(n.tree, n.id); i != XNODE_NONE;
         i = ops->next_sibling(n.tree, i))
        if (ops->kind(n.tree, i) == XKIND_ATTRIBUTE &&
            text_equal(ops->local_name(n.tree, i), name) &&
            text_equal(ops->namespace_uri(n.tree, i), uri))
            return ops->text(n.tree, i);
    return NULL;
}

static bool has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    while (*words) {
        size_t length = strcspn(words, " \t\r\n");
        if (length == size && length && memcmp(words, word, size) == 0)
            return true;
        words += length + (words[length] != '\0');
    }
    return false;
}

static struct xnode document_of(struct xnode n)
{
    for (struct xnode up = xnode_parent(n); up.id != XNODE_NONE; up = xnode_parent(n))
        n = up;
    return n;
}

static struct err *ids_of(struct xeval *e, const struct xcall *c, const char **ids_out)
{
    struct xslot s;
    TRY(xeval_node(e, c->arguments[0], &s));
    *ids_out = "";
    if (s.value.kind != XVALUE_NODES) {
        *ids_out = xvalue_string(e->run, &s.value);
        return NULL;
    }
    for (size_t i = 0; i < s.value.as.nodes.count; i++) {
        const char *one =
            text_join(e->run->arena, " ", xnode_string(e->run, s.value.as.nodes.items[i]));
        TRY(xeval_spend(e, 1 + strlen(*ids_out) / 16));
        *ids_out = text_join(e->run->arena, *ids_out, one);
    }
    return NULL;
}

/* XPath 1.0, 4.1, with the attribute `id` as the identifier. */
XFUNCTION(id)
{
    const char *ids;
    TRY(ids_of(e, c, &ids));
    struct xnodes *found = xslot_nodes(out);
    struct xnode at = document_of(e->context), top = at;
    const struct xtree_ops *ops = at.tree->ops;
    while (at.id != XNODE_NONE) {
        const char *own = attribute(at, "", "id");
        TRY(xeval_spend(e, 1));
        if (own && has_word(ids, own))
            xnodes_add(e->run, found, at);
        uint32_t next = ops->first_child(at.tree, at.id);
        while (next == XNODE_NONE && at.id != top.id && at.id != XNODE_NONE) {
            next = ops->next_sibling(at.tree, at.id);
            if (next == XNODE_NONE)
                at = xnode_parent(at);
        }
        at.id = next;
    }
    return NULL;
}

XFUNCTION(lang)
{
    const char *wanted;
    TRY(xarg_string(e, c, 0, &wanted));
    const char *found = NULL;
    for (struct xnode n = e->context; n.id != XNODE_NONE && !found; n = xnode_parent(n))
        found = attribute(n, "http://www.w3.org/XML/1998/namespace", "lang");
    size_t size = strlen(wanted);
    bool holds = found && strlen(found) >= size && (found[size] == '\0' || found[size] == '-') &&
                 text_equal_fold(arena_copy(e->run->arena, found, size), wanted);
    xslot_boolean(out, holds);
    return NULL;
}

XFUNCTION(current)
{
    (void)c;
    struct xnodes *nodes = xslot_nodes(out);
    if (e->current.id != XNODE_NONE)
        xnodes_add(e->run, nodes, e->current);
    return NULL;
}

static struct xnode instance_root(struct xpath_run *run, const char *id)
{
    const struct xpath_host *host = run->host;
    return host->instance ? host->instance(host->self, id) : (struct xnode){NULL, XNODE_NONE};
}

XFUNCTION(instance)
{
    const char *id;
    TRY(xarg_string(e, c, 0, &id));
    struct xnodes *nodes = xslot_nodes(out);
    struct xnode root = instance_root(e->run, id);
    if (root.id != XNODE_NONE)
        xnodes_add(e->run, nodes, root);
    return NULL;
}

/* Lists
 * -----------------------------------------------------------------------------------------------
 */

/* The next element of that name from id on. */
static uint32_t next_named(struct xnode tree, uint32_t id, const char *name)
{
    const struct xtree_ops *ops = tree.tree->ops;
    for (; id != XNODE_NONE; id = ops->next_sibling(tree.tree, id))
        if (ops->kind(tree.tree, id) == XKIND_ELEMENT &&
            text_equal(ops->local_name(tree.tree, id), name))
            return id;
    return XNODE_NONE;
}

static struct xnode child_named(struct xnode n, const char *name)
{
    return (struct xnode){n.tree, next_named(n, n.tree->ops->first_child(n.tree, n.id), name)};
}

static bool column_is(struct xpath_run *run, struct xnode item, const char *column,
                      const char *value)
{
    struct xnode cell = child_named(item, column);
    return cell.id != XNODE_NONE && text_equal(xnode_string(run, cell), value);
}

/* The first row whose column reads value. */
static struct err *find_row(struct xeval *e, struct xnode root, const char *column,
                            const char *value, struct xnode *row_out)
{
    struct xnodes found = {0};
    const struct xpath_host *host = e->run->host;
    *row_out = (struct xnode){NULL, XNODE_NONE};
    if (host->find && host->find(e->run, root, "item", column, value, &found)) {
        if (found.count)
            *row_out = found.items[0];
        return NULL;
    }
    struct xnode item = child_named(root, "item");
    while (item.id != XNODE_NONE) {
        TRY(xeval_spend(e, 2));
        if (column_is(e->run, item, column, value)) {
            *row_out = item;
            return NULL;
        }
        item.id = next_named(item, item.tree->ops->next_sibling(item.tree, item.id), "item");
    }
    return NULL;
}

/* instance(id)/root/item[key = value]/want, the first of them. */
XFUNCTION(pulldata)
{
    const char *id, *want, *key, *value;
    struct xnode row;
    TRY(xarg_string(e, c, 0, &id));
    TRY(xarg_string(e, c, 1, &want));
    TRY(xarg_string(e, c, 2, &key));
    TRY(xarg_string(e, c, 3, &value));
    xslot_string(out, "");
    struct xnode root = instance_root(e->run, id);
    if (root.id != XNODE_NONE)
        root = child_named(root, "root");
    if (root.id == XNODE_NONE)
        return NULL;
    TRY(find_row(e, root, key, value, &row));
    if (row.id == XNODE_NONE)
        return NULL;
    struct xnode cell = child_named(row, want);
    if (cell.id != XNODE_NONE)
        xslot_string(out, xnode_string(e->run, cell));
    return NULL;
}

/* Repeats
 * --------------------------------------------------------------------------------------------- */

static bool set_has(const struct xnodes *set, struct xnode n)
{
    for (size_t i = 0; i < set->count; i++)
        if (xnode_same(set->items[i], n))
            return true;
    return false;
}

/* Does the node stand in one of the set's, or is one of them? Without a set: anywhere will do. */
static bool is_within(const struct xnodes *set, struct xnode n)
{
    if (!set)
        return true;
    for (; n.id != XNODE_NONE; n = xnode_parent(n))
        if (set_has(set, n))
            return true;
    return false;
}

/* Keep the instances at that place, within those chosen further out (NULL: anywhere). */
static struct err *choose(struct xeval *e, struct xnodes *instances, double place,
                          const struct xnodes *outer)
{
    size_t kept = 0;
    TRY(xeval_spend(e, instances->count));
    for (size_t i = 0; i < instances->count; i++) {
        struct xnode n = instances->items[i];
        if (!is_within(outer, n))
            continue;
        if ((double)xnode_place(n) == place)
            instances->items[kept++] = n;
    }
    instances->count = kept;
    return NULL;
}

/* A blank place is the first; that of a node that is not there is none. */
static struct err *place_argument(struct xeval *e, const struct xcall *c, uint32_t i, double *out)
{
    struct xslot s;
    TRY(xeval_node(e, c->arguments[i], &s));
    *out = s.value.kind == XVALUE_NODES && s.value.as.nodes.count == 0 ? 0 : 1;
    if (*xvalue_string(e->run, &s.value))
        *out = xvalue_number(e->run, &s.value);
    return NULL;
}

XFUNCTION(indexed_repeat)
{
    struct xslot targets, repeats[3];
    const struct xnodes *outer = NULL;
    for (uint32_t i = 0; 2 * i + 2 < c->count && i < 3; i++) {
        double place;
        TRY(xarg_nodes(e, c, 2 * i + 1, &repeats[i]));
        TRY(place_argument(e, c, 2 * i + 2, &place));
        TRY(choose(e, &repeats[i].value.as.nodes, place, outer));
        outer = &repeats[i].value.as.nodes;
    }
    TRY(xarg_nodes(e, c, 0, &targets));
    struct xnodes *found = xslot_nodes(out);
    TRY(xeval_spend(e, targets.value.as.nodes.count));
    for (size_t i = 0; i < targets.value.as.nodes.count; i++)
        if (is_within(outer, targets.value.as.nodes.items[i]))
            xnodes_add(e->run, found, targets.value.as.nodes.items[i]);
    return NULL;
}

/* Order at random
 * ------------------------------------------------------------------------------------- */

/* Park and Miller's "minimal standard": the same order on every engine for the same seed. */
struct park_miller {
    int64_t seed;
};
enum { MODULUS = 2147483647, MULTIPLIER = 16807 };

static double park_miller_next(struct park_miller *p)
{
    p->seed = p->seed * MULTIPLIER % MODULUS;
    return (double)(p->seed - 1) / (MODULUS - 1);
}

static struct park_miller park_miller_start(int64_t seed)
{
    seed %= MODULUS;
    return (struct park_miller){.seed = seed <= 0 ? seed + MODULUS - 1 : seed};
}

/* A number counts by its whole part; a text by the first eight bytes of its SHA-256. */
static int64_t seed_of_text(const char *text)
{
    unsigned char digest[DIGEST_LARGEST];
    (void)digest_make(DIGEST_SHA256, text, strlen(text), digest);
    uint64_t seed = 0;
    for (int i = 0; i < 8; i++)
        seed = seed << 8 | digest[i];
    return (int64_t)seed;
}

static int64_t seed_of_number(double number)
{
    return number > -9e18 && number < 9e18 ? (int64_t)number : 0;
}

static struct err *seed_argument(struct xeval *e, const struct xcall *c, int64_t *seed_out)
{
    struct xslot s;
    TRY(xeval_node(e, c->arguments[1], &s));
    double number = xvalue_number(e->run, &s.value);
    const char *text = xvalue_string(e->run, &s.value);
    bool is_text = number != number && s.value.kind != XVALUE_NUMBER && *text;
    *seed_out = is_text ? seed_of_text(text) : seed_of_number(number);
    return NULL;
}

/* Inside-out Fisher-Yates. */
XFUNCTION(randomize)
{
    struct xslot s;
    int64_t seed = (int64_t)(xrun_random(e->run) >> 33) + 1;
    TRY(xarg_nodes(e, c, 0, &s));
    if (c->count > 1)
        TRY(seed_argument(e, c, &seed));
    size_t count = s.value.as.nodes.count;
    TRY(xeval_spend(e, count));
    struct park_miller random = park_miller_start(seed);
    struct xnode *shuffled = arena_array(e->run->arena, count + 1, sizeof *shuffled);
    for (size_t i = 0; i < count; i++) {
        size_t j = (size_t)(park_miller_next(&random) * (double)(i + 1));
        shuffled[i] = shuffled[j];
        shuffled[j] = s.value.as.nodes.items[i];
    }
    out->value.kind = XVALUE_NODES;
    out->value.as.nodes = (struct xnodes){.items = shuffled, .count = count, .capacity = count};
    return NULL;
}

/* Labels
 * ---------------------------------------------------------------------------------------------- */

XFUNCTION(jr_itext)
{
    const char *id;
    TRY(xarg_string(e, c, 0, &id));
    const struct xpath_host *host = e->run->host;
    if (host->itext_nodes) {
        host->itext_nodes(e->run, id, xslot_nodes(out));
        return NULL;
    }
    xslot_string(out, host->itext ? host->itext(e->run, id) : "");
    return NULL;
}

/* The second argument: a quoted path, which the parser read as a path where it could. */
XFUNCTION(jr_choice_name)
{
    const char *value, *path = "";
    struct xslot s;
    TRY(xarg_string(e, c, 0, &value));
    TRY(xeval_node(e, c->arguments[1], &s));
    struct xnode question = {NULL, XNODE_NONE};
    if (s.value.kind != XVALUE_NODES)
        path = xvalue_string(e->run, &s.value);
    else if (s.value.as.nodes.count)
        question = s.value.as.nodes.items[0];
    const struct xpath_host *host = e->run->host;
    xslot_string(out, host->choice_name ? host->choice_name(e->run, value, question, path) : "");
    return NULL;
}
