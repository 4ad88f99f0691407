/* An XML document as the expression evaluator sees it: numbered nodes, in document order. */
#ifndef FORMS_XML_TREE_H
#define FORMS_XML_TREE_H

#include "engine/xpath.h"

struct arena;
struct xml_node;

/* The document around root. Nodes are numbered from 0, the document node, in document order, so a
 * node's number is its order. Lives in the arena; the XML must outlive it. */
const struct xtree *xml_tree_new(struct arena *a, const struct xml_node *root);

/* The document node. */
struct xnode xml_tree_top(const struct xtree *t);

/* The element, NULL if the node is none. */
const struct xml_node *xml_tree_element(struct xnode n);

/* The name as written, with its prefix. */
const char *xml_tree_name(struct arena *a, struct xnode n);

/* Namespace of a prefix in scope at the node, NULL if there is none. */
const char *xml_tree_prefix(struct xnode n, const char *prefix);

/* "/data/group[2]/@version", "/" + "*[1]", "text()[1]", "comment()[2]",
 * "processing-instruction()[1]", "@name": the node, id XNODE_NONE if there is none. A name without
 * a number is the first of that name. */
struct xnode xml_tree_find(const struct xtree *t, const char *path);

/* The path of a node in that notation, elements as *[n]. "/" for the document node. */
const char *xml_tree_path(struct arena *a, struct xnode n);

#endif
