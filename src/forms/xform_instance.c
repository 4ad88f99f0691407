/* The instances of an XForm: the primary one becomes the tree of nodes. Siblings with one name are
 * instances of one node; a jr:template gives that node its values. */
#include "forms/xform_model.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

static const char xforms_uri[] = "http://www.w3.org/2002/xforms";

bool xf_is_template(const struct xml_node *n)
{
    for (size_t i = 0; i < n->attribute_count; i++)
        if (text_equal(n->attributes[i].name, "template") && *n->attributes[i].prefix)
            return true;
    return false;
}

static void append_child(struct xf_node *parent, struct xf_node *child)
{
    struct xf_node **last = child->is_attribute ? &parent->last_attribute : &parent->last_child;
    struct xf_node **first = child->is_attribute ? &parent->first_attribute : &parent->first_child;
    if (*last)
        (*last)->next = child;
    else
        *first = child;
    *last = child;
}

static struct xf_node *new_node(struct xform *f, struct xf_node *parent, const char *name,
                                const char *prefix, const char *uri)
{
    struct xf_node *n = arena_alloc(f->arena, sizeof *n);
    bool is_default = text_equal(uri, xforms_uri) && !*prefix;
    *n = (struct xf_node){.name = name,
                          .prefix = prefix,
                          .uri = is_default ? "" : uri,
                          .value = "",
                          .preload_param = "",
                          .save_to = "",
                          .raw_type = "",
                          .parent = parent};
    return n;
}

struct xf_node *xform_child(const struct xf_node *n, const char *name)
{
    for (struct xf_node *c = n->first_child; c; c = c->next)
        if (text_equal(c->name, name))
            return c;
    return NULL;
}

static struct xf_node *find_attribute(const struct xf_node *n, const char *name)
{
    for (struct xf_node *c = n->first_attribute; c; c = c->next)
        if (text_equal(c->name, name))
            return c;
    return NULL;
}

static void read_attributes(struct xform *f, struct xf_node *n, const struct xml_node *xml)
{
    for (size_t i = 0; i < xml->attribute_count; i++) {
        const struct xml_attribute *x = &xml->attributes[i];
        bool is_template_mark = text_equal(x->name, "template") && *x->prefix;
        if (is_template_mark || find_attribute(n, x->name))
            continue;
        struct xf_node *a = new_node(f, n, x->name, x->prefix, x->uri);
        a->is_attribute = true;
        a->value = x->value;
        a->path = text_print(f->arena, "%s/@%s", n->path, x->name);
        append_child(n, a);
    }
}

static bool has_elements(const struct xml_node *xml)
{
    for (const struct xml_node *c = xml->first_child; c; c = c->next)
        if (c->kind == XML_ELEMENT)
            return true;
    return false;
}

static void read_element(struct xform *f, struct xf_node *n, const struct xml_node *xml);

static size_t count_named(const struct xml_node *parent, const char *name)
{
    size_t count = 0;
    for (const struct xml_node *c = parent->first_child; c; c = c->next)
        count += c->kind == XML_ELEMENT && text_equal(c->name, name);
    return count;
}

/* The elements named like first among its siblings: one node. */
static void read_like(struct xform *f, struct xf_node *parent, const struct xml_node *first)
{
    struct xf_node *n = new_node(f, parent, first->name, first->prefix, first->uri);
    n->path = text_print(f->arena, "%s/%s", parent->path, first->name);
    append_child(parent, n);
    size_t count = count_named(first->parent, first->name);
    n->stands = arena_array(f->arena, count, sizeof(const struct xml_node *));
    const struct xml_node *model = NULL;
    for (const struct xml_node *c = first; c; c = c->next) {
        if (c->kind != XML_ELEMENT || !text_equal(c->name, first->name))
            continue;
        if (xf_is_template(c)) {
            n->has_template = true;
            model = c;
        } else {
            n->stands[n->stand_count++] = c;
        }
    }
    n->is_repeat = n->has_template || count > 1;
    read_element(f, n, model ? model : first);
    for (size_t i = 0; i < n->stand_count; i++)
        if (n->stands[i] != first)
            read_element(f, n, n->stands[i]);
}

/* Called once more for further instances: only what is new is added. */
static void read_element(struct xform *f, struct xf_node *n, const struct xml_node *xml)
{
    bool is_first = !n->first_child && !*n->value;
    read_attributes(f, n, xml);
    if (!has_elements(xml)) {
        if (is_first)
            n->value = xml_text(f->arena, xml);
        return;
    }
    n->value = "";
    for (const struct xml_node *c = xml->first_child; c; c = c->next)
        if (c->kind == XML_ELEMENT && !xform_child(n, c->name))
            read_like(f, n, c);
}

void xform_read_primary(struct xform *f, const struct xml_node *instance)
{
    const struct xml_node *root = instance->first_child;
    while (root && root->kind != XML_ELEMENT)
        root = root->next;
    if (!root) {
        note_add(f->notes, NOTE_ERROR, "form.no_instance", "", "",
                 "The form has no instance: nothing could be filled in.",
                 "表单没有 instance，无法填写。");
        return;
    }
    struct xf_node *n = new_node(f, NULL, root->name, root->prefix, root->uri);
    n->path = text_print(f->arena, "/%s", root->name);
    f->root = n;
    f->root_xml = root;
    read_element(f, n, root);
    const char *id = xf_attribute(root, "id");
    f->id = *id ? id : n->uri;
    f->version = xf_attribute(root, "version");
}

void xform_read_secondary(struct xform *f, const struct xml_node *instance)
{
    struct xf_instance *i = arena_alloc(f->arena, sizeof *i);
    *i = (struct xf_instance){.id = xf_attribute(instance, "id"),
                              .source = xf_attribute(instance, "src")};
    const struct xml_node *root = instance->first_child;
    while (root && root->kind != XML_ELEMENT)
        root = root->next;
    i->root = *i->source ? NULL : root;
    if (f->last_instance)
        f->last_instance->next = i;
    else
        f->instances = i;
    f->last_instance = i;
}

/* Numbers ------------------------------------------------------------------------------------- */

static uint32_t count_nodes(const struct xf_node *n)
{
    uint32_t count = 1;
    for (const struct xf_node *c = n->first_attribute; c; c = c->next)
        count++;
    for (const struct xf_node *c = n->first_child; c; c = c->next)
        count += count_nodes(c);
    return count;
}

static void number_node(struct xform *f, struct xf_node *n)
{
    n->index = f->node_count;
    f->nodes[f->node_count++] = n;
    for (struct xf_node *c = n->first_attribute; c; c = c->next) {
        c->index = f->node_count;
        f->nodes[f->node_count++] = c;
        c->end = f->node_count;
    }
    for (struct xf_node *c = n->first_child; c; c = c->next)
        number_node(f, c);
    n->end = f->node_count;
}

void xform_number(struct xform *f)
{
    f->nodes = arena_array(f->arena, count_nodes(f->root), sizeof(struct xf_node *));
    number_node(f, f->root);
}

/* Paths --------------------------------------------------------------------------------------- */

static struct xf_node *step(struct xf_node *n, const char *name)
{
    if (text_equal(name, "."))
        return n;
    if (text_equal(name, ".."))
        return n->parent;
    const char *colon = strrchr(name, ':');
    const char *local = colon ? colon + 1 : name[0] == '@' ? name + 1 : name;
    return name[0] == '@' ? find_attribute(n, local) : xform_child(n, local);
}

static bool is_root_name(const struct xform *f, const char *name)
{
    const char *colon = strrchr(name, ':');
    return text_equal(colon ? colon + 1 : name, f->root->name);
}

struct xf_node *xform_node(struct xform *f, struct xf_node *context, const char *path)
{
    path = text_trim(f->arena, path);
    if (text_starts(path, "current()/"))
        path += strlen("current()/");
    struct xf_node *n = context;
    bool is_absolute = *path == '/';
    if (!*path || (!is_absolute && !context))
        return NULL;
    for (const char *p = path + is_absolute; n || is_absolute;) {
        const char *slash = strchr(p, '/');
        size_t size = slash ? (size_t)(slash - p) : strlen(p);
        const char *name = text_trim(f->arena, arena_copy(f->arena, p, size));
        if (is_absolute)
            n = is_root_name(f, name) ? f->root : NULL;
        else
            n = step(n, name);
        is_absolute = false;
        if (!slash)
            return n;
        p = slash + 1;
    }
    return NULL;
}
