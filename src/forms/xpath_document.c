/* A document as the host of an evaluation. */
#include "forms/xpath_document.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "formats/xml.h"
#include "forms/xml_tree.h"

struct xpath_document {
    const struct xtree *tree;
    struct xnode model; /* id XNODE_NONE if there is none */
};

/* One evaluation: the host of a run. */
struct asking {
    struct arena *arena;
    const struct xpath_document *document;
    const struct xpath_setting *setting;
    struct xnode root, context;
    struct xpath_host host;
    uint64_t random;
};

static bool is_element(struct xnode n, const char *name)
{
    return n.tree->ops->kind(n.tree, n.id) == XKIND_ELEMENT &&
           text_equal(n.tree->ops->local_name(n.tree, n.id), name);
}

/* The next element of that name from id on, among siblings. */
static struct xnode next_named(struct xnode n, uint32_t id, const char *name)
{
    for (; id != XNODE_NONE; id = n.tree->ops->next_sibling(n.tree, id))
        if (is_element((struct xnode){n.tree, id}, name))
            return (struct xnode){n.tree, id};
    return (struct xnode){n.tree, XNODE_NONE};
}

static struct xnode child_named(struct xnode n, const char *name)
{
    if (n.id == XNODE_NONE)
        return n;
    return next_named(n, n.tree->ops->first_child(n.tree, n.id), name);
}

static struct xnode sibling_named(struct xnode n, const char *name)
{
    return next_named(n, n.tree->ops->next_sibling(n.tree, n.id), name);
}

static const char *attribute(struct xnode n, const char *name)
{
    const char *value = xml_attribute(xml_tree_element(n), "", name);
    return value ? value : "";
}

/* /model, or /html/head/model. */
static struct xnode find_model(const struct xtree *tree)
{
    struct xnode top = xml_tree_top(tree), model = child_named(top, "model");
    return model.id != XNODE_NONE
               ? model
               : child_named(child_named(child_named(top, "html"), "head"), "model");
}

struct err *xpath_document_open(struct arena *a, const char *xml, size_t size,
                                const struct xpath_document **document_out)
{
    const struct xml_node *root;
    TRY(xml_read(a, xml, size, &root));
    struct xpath_document *d = arena_alloc(a, sizeof *d);
    d->tree = xml_tree_new(a, root);
    d->model = find_model(d->tree);
    *document_out = d;
    return NULL;
}

/* Host
 * ------------------------------------------------------------------------------------------------
 */

static struct xnode host_root(void *self)
{
    return ((struct asking *)self)->root;
}

/* The element <instance>: the root of its content is its child, as of a document node. */
static struct xnode host_instance(void *self, const char *id)
{
    struct asking *q = self;
    struct xnode n = child_named(q->document->model, "instance");
    while (n.id != XNODE_NONE && !text_equal(attribute(n, "id"), id))
        n = sibling_named(n, "instance");
    return n;
}

/* The translation of the language, else the one marked as default, else the first. */
static struct xnode find_translation(const struct asking *q)
{
    struct xnode first = child_named(child_named(q->document->model, "itext"), "translation");
    const char *language = q->setting->language ? q->setting->language : "";
    for (struct xnode n = first; n.id != XNODE_NONE; n = sibling_named(n, "translation"))
        if (text_equal(attribute(n, "lang"), language))
            return n;
    for (struct xnode n = first; n.id != XNODE_NONE; n = sibling_named(n, "translation"))
        if (xml_attribute(xml_tree_element(n), "", "default"))
            return n;
    return first;
}

static void host_itext(struct xpath_run *run, const char *id, struct xnodes *out)
{
    const struct asking *q = run->host->self;
    struct xnode text = child_named(find_translation(q), "text");
    while (text.id != XNODE_NONE && !text_equal(attribute(text, "id"), id))
        text = sibling_named(text, "text");
    for (struct xnode v = child_named(text, "value"); v.id != XNODE_NONE;
         v = sibling_named(v, "value"))
        xnodes_add(run, out, v);
}

static const char *host_name(struct xpath_run *run, struct xnode n)
{
    return xml_tree_name(run->arena, n);
}

/* Reproducible: a document is asked to see what an expression does (xorshift). */
static uint64_t host_random(void *self)
{
    struct asking *q = self;
    q->random ^= q->random << 13;
    q->random ^= q->random >> 7;
    q->random ^= q->random << 17;
    return q->random;
}

static const char *scope_prefix(void *self, const char *prefix)
{
    const struct asking *q = self;
    const char *uri = xml_tree_prefix(q->root, prefix);
    if (!uri && q->context.id != XNODE_NONE)
        uri = xml_tree_prefix(q->context, prefix);
    if (!uri) /* at the document node: those of its first element */
        uri = xml_tree_prefix(xml_tree_find(q->document->tree, "/*[1]"), prefix);
    if (!uri && q->setting->prefix)
        uri = q->setting->prefix(prefix);
    return uri;
}

static struct err *find_node(struct arena *a, const struct xtree *tree, const char *path,
                             struct xnode *out)
{
    *out = xml_tree_find(tree, path ? path : "");
    if (out->id != XNODE_NONE)
        return NULL;
    return err_new(a, ERR_MISSING, "xpath.no_node", path, "The document has no node %s.",
                   "文档里没有节点 %s。", path);
}

struct err *xpath_document_ask(struct arena *a, const struct xpath_document *document,
                               const char *expression, const struct xpath_setting *setting,
                               struct xpath_answer *answer_out)
{
    struct asking *q = arena_alloc(a, sizeof *q);
    struct xpath_code code;
    *q = (struct asking){
        .arena = a, .document = document, .setting = setting, .random = 88172645463325252};
    TRY(find_node(a, document->tree, setting->root, &q->root));
    TRY(find_node(a, document->tree, setting->context, &q->context));
    const struct xpath_scope scope = {.self = q, .namespace_uri = scope_prefix};
    q->host = (struct xpath_host){
        .self = q,
        .root = host_root,
        .instance = host_instance,
        .itext_nodes = host_itext,
        .qualified_name = host_name,
        .language = setting->language,
    };
    TRY(xpath_compile(a, expression, &scope, &code));
    answer_out->run = (struct xpath_run){
        .arena = a,
        .host = &q->host,
        .now_ms = setting->now_ms,
        .utc_offset_min = setting->utc_offset_min,
        .random = host_random,
        .random_self = q,
        .steps_left = LIMIT_STEPS,
        .is_getodk = setting->is_getodk,
        .is_xpath1 = setting->is_xpath1,
    };
    return xpath_run(&answer_out->run, &code, q->context, &answer_out->value);
}
