/* XML documents for the evaluator: one array of nodes, filled once in document order. */
#include "forms/xml_tree.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "formats/xml.h"

#include <string.h>

struct item {
    enum xkind kind;
    uint32_t parent, first_child, next, first_attribute;
    const char *name, *prefix, *uri, *text;
    const struct xml_node *element;
};
struct xml_tree {
    struct xtree tree;
    struct arena *arena;
    struct item *items;
    uint32_t count, capacity;
};

static const struct item *item_of(const struct xtree *t, uint32_t id)
{
    return &((const struct xml_tree *)t->self)->items[id];
}

static enum xkind tree_kind(const struct xtree *t, uint32_t id)
{
    return item_of(t, id)->kind;
}

static uint32_t tree_parent(const struct xtree *t, uint32_t id)
{
    return item_of(t, id)->parent;
}

static uint32_t tree_first_child(const struct xtree *t, uint32_t id)
{
    return item_of(t, id)->first_child;
}

static uint32_t tree_next_sibling(const struct xtree *t, uint32_t id)
{
    return item_of(t, id)->next;
}

static uint32_t tree_first_attribute(const struct xtree *t, uint32_t id)
{
    return item_of(t, id)->first_attribute;
}

static const char *tree_local_name(const struct xtree *t, uint32_t id)
{
    return item_of(t, id)->name;
}

static const char *tree_namespace_uri(const struct xtree *t, uint32_t id)
{
    return item_of(t, id)->uri;
}

static const char *tree_text(const struct xtree *t, uint32_t id)
{
    return item_of(t, id)->text;
}

static enum xtype tree_type(const struct xtree *t, uint32_t id)
{
    (void)t, (void)id;
    return XTYPE_STRING;
}

static uint64_t tree_order(const struct xtree *t, uint32_t id)
{
    (void)t;
    return id;
}

static const struct xtree_ops tree_ops = {
    .kind = tree_kind,
    .parent = tree_parent,
    .first_child = tree_first_child,
    .next_sibling = tree_next_sibling,
    .first_attribute = tree_first_attribute,
    .local_name = tree_local_name,
    .namespace_uri = tree_namespace_uri,
    .text = tree_text,
    .type = tree_type,
    .order = tree_order,
};

/* Build
 * -----------------------------------------------------------------------------------------------
 */

static uint32_t add(struct xml_tree *t, struct item item)
{
    if (t->count == t->capacity) {
        uint32_t capacity = t->capacity * 2 + 64;
        struct item *items = arena_array(t->arena, capacity, sizeof *items);
        if (t->count)
            memcpy(items, t->items, t->count * sizeof *items);
        t->items = items;
        t->capacity = capacity;
    }
    t->items[t->count] = item;
    return t->count++;
}

static struct item empty_item(enum xkind kind, uint32_t parent)
{
    return (struct item){.kind = kind,
                         .parent = parent,
                         .first_child = XNODE_NONE,
                         .next = XNODE_NONE,
                         .first_attribute = XNODE_NONE,
                         .name = "",
                         .prefix = "",
                         .uri = "",
                         .text = ""};
}

/* Hang the item behind the last one of the list. */
static void link(struct xml_tree *t, uint32_t *first, uint32_t *last, uint32_t id)
{
    if (*last == XNODE_NONE)
        *first = id;
    else
        t->items[*last].next = id;
    *last = id;
}

static void add_attributes(struct xml_tree *t, uint32_t element, const struct xml_node *n)
{
    uint32_t first = XNODE_NONE, last = XNODE_NONE;
    for (const struct xml_namespace *ns = n->namespaces; ns; ns = ns->next) {
        struct item item = empty_item(XKIND_NAMESPACE, element);
        item.name = ns->prefix;
        item.text = ns->uri;
        link(t, &first, &last, add(t, item));
    }
    for (size_t i = 0; i < n->attribute_count; i++) {
        struct item item = empty_item(XKIND_ATTRIBUTE, element);
        item.name = n->attributes[i].name;
        item.prefix = n->attributes[i].prefix;
        item.uri = n->attributes[i].uri;
        item.text = n->attributes[i].value;
        link(t, &first, &last, add(t, item));
    }
    t->items[element].first_attribute = first;
}

/* The value of an element: its text, if it holds no elements. */
static const char *element_text(struct arena *a, const struct xml_node *n)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next)
        if (c->kind == XML_ELEMENT)
            return "";
    const struct xml_node *only = n->first_child;
    bool is_single = only && !only->next && only->kind == XML_TEXT;
    return is_single ? only->text : xml_text(a, n);
}

static struct item item_from(struct xml_tree *t, const struct xml_node *n, uint32_t parent)
{
    static const enum xkind kinds[] = {
        [XML_ELEMENT] = XKIND_ELEMENT,
        [XML_TEXT] = XKIND_TEXT,
        [XML_COMMENT] = XKIND_COMMENT,
        [XML_PI] = XKIND_PI,
    };
    struct item item = empty_item(kinds[n->kind], parent);
    item.name = n->name ? n->name : "";
    item.text = n->text ? n->text : "";
    if (n->kind == XML_ELEMENT) {
        item.prefix = n->prefix;
        item.uri = n->uri;
        item.text = element_text(t->arena, n);
        item.element = n;
    }
    return item;
}

/* Depth is bounded by the reader (LIMIT_XML_DEPTH). */
static uint32_t add_node(struct xml_tree *t, const struct xml_node *n, uint32_t parent)
{
    uint32_t id = add(t, item_from(t, n, parent)), first = XNODE_NONE, last = XNODE_NONE;
    if (n->kind != XML_ELEMENT)
        return id;
    add_attributes(t, id, n);
    for (const struct xml_node *c = n->first_child; c; c = c->next) {
        uint32_t child = add_node(t, c, id);
        link(t, &first, &last, child);
    }
    t->items[id].first_child = first;
    return id;
}

const struct xtree *xml_tree_new(struct arena *a, const struct xml_node *root)
{
    struct xml_tree *t = arena_alloc(a, sizeof *t);
    t->tree = (struct xtree){.ops = &tree_ops, .self = t};
    t->arena = a;
    (void)add(t, empty_item(XKIND_ROOT, XNODE_NONE));
    uint32_t top = add_node(t, root, 0);
    t->items[0].first_child = top;
    t->items[0].text = t->items[top].text;
    return &t->tree;
}

/* Names and paths
 * ------------------------------------------------------------------------------------- */

struct xnode xml_tree_top(const struct xtree *t)
{
    return (struct xnode){t, 0};
}

const struct xml_node *xml_tree_element(struct xnode n)
{
    return item_of(n.tree, n.id)->element;
}

const char *xml_tree_name(struct arena *a, struct xnode n)
{
    const struct item *item = item_of(n.tree, n.id);
    return *item->prefix ? text_print(a, "%s:%s", item->prefix, item->name) : item->name;
}

const char *xml_tree_prefix(struct xnode n, const char *prefix)
{
    for (uint32_t id = n.id; id != XNODE_NONE; id = item_of(n.tree, id)->parent) {
        const struct xml_node *element = item_of(n.tree, id)->element;
        for (const struct xml_namespace *ns = element ? element->namespaces : NULL; ns;
             ns = ns->next)
            if (text_equal(ns->prefix, prefix))
                return ns->uri;
    }
    return text_equal(prefix, "xml") ? "http://www.w3.org/XML/1998/namespace" : NULL;
}

/* One part of a path: "*[2]", "name", "@name", "text()[1]". */
struct part {
    const char *name;
    size_t size;
    enum xkind kind;
    uint32_t place;
};

static struct part read_part(const char **at)
{
    struct part p = {.name = *at, .kind = XKIND_ELEMENT, .place = 1};
    if (**at == '@') {
        p.kind = XKIND_ATTRIBUTE;
        p.name++;
    }
    p.size = strcspn(p.name, "/[");
    const char *rest = p.name + p.size;
    if (*rest == '[') {
        p.place = 0;
        for (rest++; *rest >= '0' && *rest <= '9' && p.place < 1000000; rest++)
            p.place = p.place * 10 + (uint32_t)(*rest - '0');
        rest += strcspn(rest, "/");
    }
    if (text_starts(p.name, "text()"))
        p.kind = XKIND_TEXT;
    else if (text_starts(p.name, "comment()"))
        p.kind = XKIND_COMMENT;
    else if (text_starts(p.name, "processing-instruction()"))
        p.kind = XKIND_PI;
    *at = *rest == '/' ? rest + 1 : rest;
    return p;
}

static bool part_fits(const struct part *p, const struct item *item)
{
    if (item->kind != p->kind)
        return false;
    if (item->kind != XKIND_ELEMENT && item->kind != XKIND_ATTRIBUTE)
        return true;
    return (p->size == 1 && *p->name == '*') ||
           (strlen(item->name) == p->size && memcmp(item->name, p->name, p->size) == 0);
}

struct xnode xml_tree_find(const struct xtree *t, const char *path)
{
    uint32_t id = 0;
    path += *path == '/';
    while (*path && id != XNODE_NONE) {
        const struct part p = read_part(&path);
        const struct item *item = item_of(t, id);
        uint32_t place = 0;
        id = p.kind == XKIND_ATTRIBUTE ? item->first_attribute : item->first_child;
        for (; id != XNODE_NONE; id = item_of(t, id)->next)
            if (part_fits(&p, item_of(t, id)) && ++place == p.place)
                break;
    }
    return (struct xnode){t, id};
}

static uint32_t place_of(const struct xtree *t, uint32_t id)
{
    const struct item *item = item_of(t, id);
    uint32_t place = 1;
    for (uint32_t i = item_of(t, item->parent)->first_child; i != id; i = item_of(t, i)->next)
        place += item_of(t, i)->kind == item->kind;
    return place;
}

static void print_part(struct buf *b, const struct xtree *t, uint32_t id)
{
    static const char *const tests[] = {
        [XKIND_ELEMENT] = "*",
        [XKIND_TEXT] = "text()",
        [XKIND_COMMENT] = "comment()",
        [XKIND_PI] = "processing-instruction()",
    };
    const struct item *item = item_of(t, id);
    if (item->kind == XKIND_ATTRIBUTE && !*item->uri)
        buf_print(b, "/@%s", item->name);
    else if (item->kind == XKIND_ATTRIBUTE || item->kind == XKIND_NAMESPACE)
        buf_print(b, "/@*[local-name()='%s' and namespace-uri()='%s']", item->name,
                  item->kind == XKIND_ATTRIBUTE ? item->uri : "http://www.w3.org/2000/xmlns/");
    else
        buf_print(b, "/%s[%u]", tests[item->kind], place_of(t, id));
}

const char *xml_tree_path(struct arena *a, struct xnode n)
{
    uint32_t line[128];
    size_t depth = 0;
    struct buf b;
    buf_init(&b, a);
    for (uint32_t id = n.id; id != 0 && id != XNODE_NONE && depth < 128;
         id = item_of(n.tree, id)->parent)
        line[depth++] = id;
    if (depth == 0)
        buf_char(&b, '/');
    while (depth)
        print_part(&b, n.tree, line[--depth]);
    return buf_text(&b);
}
