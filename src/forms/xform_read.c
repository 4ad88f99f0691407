/* XForm XML -> model. Tolerant of what other tools write: namespaces and the order of parts vary.
 */
#include "forms/xform.h"

#include "base/arena.h"
#include "base/text.h"
#include "forms/xform_model.h"

#include <string.h>

bool xf_is(const struct xml_node *n, const char *name)
{
    return n->kind == XML_ELEMENT && text_equal(n->name, name);
}

const struct xml_node *xf_child(const struct xml_node *n, const char *name)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next)
        if (xf_is(c, name))
            return c;
    return NULL;
}

const char *xf_attribute(const struct xml_node *n, const char *name)
{
    for (size_t i = 0; i < n->attribute_count; i++)
        if (text_equal(n->attributes[i].name, name))
            return n->attributes[i].value;
    return "";
}

static const struct xml_node *find_below(const struct xml_node *n, const char *name, int depth)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next) {
        if (xf_is(c, name))
            return c;
        const struct xml_node *found =
            depth > 0 && c->kind == XML_ELEMENT ? find_below(c, name, depth - 1) : NULL;
        if (found)
            return found;
    }
    return NULL;
}

static void read_instances(struct xform *f)
{
    for (const struct xml_node *n = f->model->first_child; n; n = n->next) {
        if (!xf_is(n, "instance"))
            continue;
        if (!f->root && !*xf_attribute(n, "src"))
            xform_read_primary(f, n);
        else
            xform_read_secondary(f, n);
    }
}

static void read_rule(struct xform *f, const struct xml_node *n)
{
    struct xf_rule *r = arena_alloc(f->arena, sizeof *r);
    const char *name = xf_attribute(n, "name");
    *r = (struct xf_rule){.name = name};
    r->expression =
        xform_expression(f, IMAGE_EXPRESSION_RULE, f->root, xf_attribute(n, "expression"), name);
    if (f->last_rule)
        f->last_rule->next = r;
    else
        f->rules = r;
    f->last_rule = r;
}

static void read_model(struct xform *f)
{
    const struct xml_node *itext = xf_child(f->model, "itext");
    if (itext)
        xform_read_itext(f, itext);
    for (const struct xml_node *n = f->model->first_child; n; n = n->next)
        if (xf_is(n, "bind"))
            xform_read_bind(f, n);
    if (f->body)
        xform_read_body(f, f->body);
    for (const struct xml_node *n = f->model->first_child; n; n = n->next) {
        if (xf_is(n, "setvalue"))
            xform_read_action(f, n, NULL);
        else if (xf_is(n, "rule"))
            read_rule(f, n);
    }
}

static struct err *no_model(struct xform *f)
{
    note_add(f->notes, NOTE_ERROR, "form.no_model", "", "",
             "This XML is no XForm: it has no model.", "这不是 XForm：没有 model。");
    return NULL;
}

struct err *xform_read(struct arena *a, const char *xml, size_t size, struct notes *notes,
                       const struct xform **form_out)
{
    struct xform *f = arena_alloc(a, sizeof *f);
    *f = (struct xform){.arena = a, .notes = notes, .id = "", .version = "", .title = ""};
    size_t errors = notes->error_count;
    *form_out = NULL;
    TRY(xml_read(a, xml, size, &f->html));
    f->model = xf_is(f->html, "model") ? f->html : find_below(f->html, "model", 2);
    f->body = find_below(f->html, "body", 1);
    const struct xml_node *title = find_below(f->html, "title", 2);
    f->title = title ? text_trim(a, xml_text(a, title)) : "";
    if (!f->model)
        return no_model(f);
    read_instances(f);
    if (!f->root) {
        if (notes->error_count == errors)
            note_add(notes, NOTE_ERROR, "form.no_instance", "", "",
                     "The form has no instance: nothing could be filled in.",
                     "表单没有 instance，无法填写。");
        return NULL;
    }
    read_model(f);
    xform_number(f);
    xform_compile(f);
    if (notes->error_count == errors)
        *form_out = f;
    return NULL;
}
