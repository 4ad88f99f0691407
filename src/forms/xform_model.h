/* An XForm between its XML and its image: what xform_read() made of it. Inside forms only. */
#ifndef FORMS_XFORM_MODEL_H
#define FORMS_XFORM_MODEL_H

#include "base/err.h"
#include "engine/form.h"
#include "engine/image.h"
#include "engine/xpath.h"
#include "formats/xml.h"

struct arena;
struct xf_node;

struct xf_expression {
    enum image_expression_kind kind;
    struct xf_node *node; /* context; NULL: the root, without relative paths */
    const char *text, *where;
    struct xpath_code code;
    uint32_t flags, index, place;
    struct xf_read { /* nodes that it reads */
        struct xf_node *node;
        bool is_weak; /* may be read: gives no order */
        struct xf_read *next;
    } * reads;
    enum { XF_NEW, XF_ON_STACK, XF_DONE } state;
    struct xf_expression *next;
};
struct xf_piece { /* of a label: text or output */
    const char *text;
    struct xf_expression *expression;
    struct xf_piece *next;
};
struct xf_caption {
    const char *itext; /* id, or NULL: pieces */
    struct xf_piece *pieces;
};
struct xf_node {
    const char *name, *prefix, *uri, *value, *path;
    bool is_attribute, is_repeat, is_bound, is_fixed, is_readonly, is_required, has_template;
    struct xf_node *parent, *first_child, *last_child, *next, *first_attribute, *last_attribute;
    const struct xml_node **stands; /* elements of the form that are it, without templates */
    size_t stand_count;
    uint32_t index, end, type, preload;
    const char *preload_param, *save_to;
    struct xf_expression *relevant, *calculate, *required, *readonly, *constraint, *count;
    const struct xf_caption *constraint_message, *required_message;
    struct xf_control *control;
    const char *raw_type; /* of the bind, "" if none */
};
struct xf_item {
    const char *value;
    struct xf_caption *caption;
    struct xf_item *next;
};
/* Choices without a filter; controls with the same itemset share one. */
struct xf_list {
    struct xf_item *items, **tail;
    const char *nodeset, *value_name, *label_name; /* NULL: items written out in the control */
    bool has_itext_labels;
    uint32_t index;
    struct xf_list *next;
};
struct xf_control {
    enum question_kind kind;
    struct xf_node *node;
    struct xf_control *parent, *first_child, *last_child, *next;
    struct xf_caption *label, *hint;
    const char *appearance, *mediatype;
    struct xf_list *list; /* choices without a filter, or NULL */
    struct xf_expression *itemset;
    const char *value_name, *label_name;
    bool has_itext_labels;
    uint32_t index;
};
struct xf_itext {
    const char *id;
    struct xf_itext_form {
        struct xf_piece *label, *guidance, *say;
        const char *image, *big_image, *audio, *video;
    } * forms; /* one per language */
    struct xf_itext *next;
};
struct xf_instance {
    const char *id, *source;
    const struct xml_node *root; /* or NULL */
    bool is_asked;               /* an expression names it */
    struct xf_instance *next;
};
struct xf_action {
    uint32_t events;
    struct xf_node *node, *source;
    struct xf_expression *expression;
    const char *text;
    struct xf_action *next;
};
struct xf_rule {
    const char *name;
    struct xf_expression *expression;
    struct xf_rule *next;
};
struct xf_ref {
    struct xf_node *node;
    uint32_t mode, up;
};
struct xform {
    struct arena *arena;
    struct notes *notes;
    const struct xml_node *html, *model, *body;
    const char *id, *version, *title;
    struct xf_node *root;
    const struct xml_node *root_xml; /* its element */
    struct xf_node **nodes;          /* pre-order */
    uint32_t node_count;
    const char **languages;
    size_t language_count;
    struct xf_itext *itext, *last_itext;
    size_t itext_count;
    struct xf_instance *instances, *last_instance;
    struct xf_control *controls, *last_control;
    struct xf_list *lists;
    struct xf_expression *expressions, *last_expression, **order;
    uint32_t expression_count, order_count;
    struct xf_action *actions, *last_action;
    struct xf_rule *rules, *last_rule;
    struct xf_ref *refs;
    size_t ref_count, ref_capacity;
};

/* Namespaces are matched loosely: other tools mix them up. */
const struct xml_node *xf_child(const struct xml_node *n, const char *name);
const char *xf_attribute(const struct xml_node *n, const char *name); /* "" if absent */
bool xf_is_template(const struct xml_node *n);                        /* jr:template */
bool xf_is(const struct xml_node *n, const char *name);

/* xform_instance.c */
void xform_read_primary(struct xform *f, const struct xml_node *instance);
void xform_read_secondary(struct xform *f, const struct xml_node *instance);
void xform_number(struct xform *f);
/* An absolute path, or one from context (may be NULL); NULL: no such node. */
struct xf_node *xform_node(struct xform *f, struct xf_node *context, const char *path);
struct xf_node *xform_child(const struct xf_node *n, const char *name);

/* xform_bind.c */
void xform_read_bind(struct xform *f, const struct xml_node *bind);
void xform_read_action(struct xform *f, const struct xml_node *action, struct xf_node *source);
struct xf_expression *xform_expression(struct xform *f, enum image_expression_kind kind,
                                       struct xf_node *node, const char *text, const char *where);

/* xform_itext.c */
void xform_read_itext(struct xform *f, const struct xml_node *itext);
struct xf_caption *xform_caption(struct xform *f, const struct xml_node *label,
                                 struct xf_node *node);
/* "jr:itext('id')" or plain text. */
struct xf_caption *xform_message(struct xform *f, const char *text);
const char *xform_itext_id(struct arena *a, const char *text); /* NULL: not jr:itext('…') */

/* xform_body.c */
void xform_read_body(struct xform *f, const struct xml_node *body);

/* xform_compile.c: expressions, their order, cycles */
void xform_compile(struct xform *f);

#endif
