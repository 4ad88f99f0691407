/* Binds and actions: what each node is and does. */
#include "forms/xform_model.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

struct xf_expression *xform_expression(struct xform *f, enum image_expression_kind kind,
                                       struct xf_node *node, const char *text, const char *where)
{
    struct xf_expression *e = arena_alloc(f->arena, sizeof *e);
    *e = (struct xf_expression){.kind = kind,
                                .node = node,
                                .text = text,
                                .where = where,
                                .index = f->expression_count++,
                                .place = IMAGE_NONE};
    if (f->last_expression)
        f->last_expression->next = e;
    else
        f->expressions = e;
    f->last_expression = e;
    return e;
}

static struct xf_expression *bind_expression(struct xform *f, enum image_expression_kind kind,
                                             struct xf_node *node, const char *text)
{
    return text_is_blank(text) ? NULL : xform_expression(f, kind, node, text, node->path);
}

static uint32_t type_of(const char *name)
{
    static const struct {
        const char *alias;
        enum image_type type;
    } aliases[] = {
        {"integer", IMAGE_TYPE_INT},       {"long", IMAGE_TYPE_INT},
        {"double", IMAGE_TYPE_DECIMAL},    {"float", IMAGE_TYPE_DECIMAL},
        {"datetime", IMAGE_TYPE_DATETIME},
    };
    const char *colon = strrchr(name, ':');
    const char *local = colon ? colon + 1 : name;
    for (uint32_t i = 0; i < IMAGE_TYPES; i++)
        if (text_equal(image_type_names[i], local))
            return i;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (text_equal_fold(aliases[i].alias, local))
            return aliases[i].type;
    return IMAGE_TYPE_STRING;
}

/* "true()" and "false()" need no expression. */
static bool is_constant(struct xform *f, const char *text, bool *value_out)
{
    const char *t = text_trim(f->arena, text);
    *value_out = text_equal(t, "true()") || text_equal(t, "true") || text_equal(t, "1");
    return *value_out || !*t || text_equal(t, "false()") || text_equal(t, "false") ||
           text_equal(t, "0");
}

static void read_preload(struct xform *f, struct xf_node *n, const struct xml_node *bind)
{
    const char *preload = xf_attribute(bind, "preload");
    const char *param = xf_attribute(bind, "preloadParams");
    if (!*preload)
        return;
    n->preload_param = param;
    if (text_equal(preload, "uid"))
        n->preload = IMAGE_PRELOAD_UID;
    else if (text_equal(preload, "timestamp"))
        n->preload = text_equal(param, "end") ? IMAGE_PRELOAD_END : IMAGE_PRELOAD_START;
    else if (text_equal(preload, "date"))
        n->preload = IMAGE_PRELOAD_TODAY;
    else if (text_equal(preload, "property"))
        n->preload = IMAGE_PRELOAD_PROPERTY;
    else
        note_add(f->notes, NOTE_WARNING, "form.unknown_preload", n->path, "",
                 "The preload \"%s\" is not known; the node stays empty.",
                 "不认识预填方式“%s”，该项将留空。", preload);
}

static void read_rules(struct xform *f, struct xf_node *n, const struct xml_node *bind)
{
    bool is_true;
    const char *relevant = xf_attribute(bind, "relevant");
    if (!is_constant(f, relevant, &is_true) || (!is_true && *text_trim(f->arena, relevant)))
        n->relevant = bind_expression(f, IMAGE_EXPRESSION_RELEVANT, n, relevant);
    n->calculate =
        bind_expression(f, IMAGE_EXPRESSION_CALCULATE, n, xf_attribute(bind, "calculate"));
    if (is_constant(f, xf_attribute(bind, "required"), &is_true))
        n->is_required = is_true;
    else
        n->required =
            bind_expression(f, IMAGE_EXPRESSION_REQUIRED, n, xf_attribute(bind, "required"));
    if (is_constant(f, xf_attribute(bind, "readonly"), &is_true))
        n->is_readonly = is_true;
    else
        n->readonly =
            bind_expression(f, IMAGE_EXPRESSION_READONLY, n, xf_attribute(bind, "readonly"));
    n->constraint =
        bind_expression(f, IMAGE_EXPRESSION_CONSTRAINT, n, xf_attribute(bind, "constraint"));
    n->constraint_message = xform_message(f, xf_attribute(bind, "constraintMsg"));
    n->required_message = xform_message(f, xf_attribute(bind, "requiredMsg"));
}

void xform_read_bind(struct xform *f, const struct xml_node *bind)
{
    const char *path = xf_attribute(bind, "nodeset");
    if (!*path)
        path = xf_attribute(bind, "ref");
    struct xf_node *n = xform_node(f, f->root, path);
    if (!n) {
        note_add(f->notes, NOTE_WARNING, "form.bind_without_node", path, "",
                 "A bind names %s, which the instance does not have.",
                 "bind 指向 %s，但 instance 中没有该节点。", path);
        return;
    }
    if (n->is_bound) {
        note_add(f->notes, NOTE_WARNING, "form.bind_twice", path, "",
                 "%s has two binds; the first one counts.", "%s 有两个 bind，以第一个为准。", path);
        return;
    }
    n->is_bound = true;
    n->raw_type = xf_attribute(bind, "type");
    n->type = type_of(n->raw_type);
    n->save_to = xf_attribute(bind, "saveto");
    read_preload(f, n, bind);
    read_rules(f, n, bind);
}

static uint32_t read_events(struct xform *f, const char *text)
{
    static const struct {
        const char *name;
        uint32_t event;
    } rows[] = {
        {"odk-instance-first-load", IMAGE_EVENT_FIRST_LOAD},
        {"xforms-ready", IMAGE_EVENT_FIRST_LOAD},
        {"odk-instance-load", IMAGE_EVENT_LOAD},
        {"odk-new-repeat", IMAGE_EVENT_NEW_REPEAT},
        {"jr-insert", IMAGE_EVENT_NEW_REPEAT},
        {"xforms-value-changed", IMAGE_EVENT_VALUE_CHANGED},
    };
    uint32_t events = 0;
    for (const char *p = text; *p;) {
        size_t size = strcspn(p, " \t\r\n");
        const char *word = arena_copy(f->arena, p, size);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            if (text_equal(rows[i].name, word))
                events |= rows[i].event;
        p += size + (p[size] != '\0');
    }
    return events;
}

/* The node that a setvalue writes: by ref, or by the id of a bind. */
static struct xf_node *action_target(struct xform *f, const struct xml_node *action,
                                     struct xf_node *source)
{
    const char *ref = xf_attribute(action, "ref");
    if (*ref)
        return xform_node(f, source ? source : f->root, ref);
    const char *bind_id = xf_attribute(action, "bind");
    for (const struct xml_node *b = f->model->first_child; *bind_id && b; b = b->next)
        if (xf_is(b, "bind") && text_equal(xf_attribute(b, "id"), bind_id))
            return xform_node(f, f->root, xf_attribute(b, "nodeset"));
    return NULL;
}

void xform_read_action(struct xform *f, const struct xml_node *action, struct xf_node *source)
{
    struct xf_node *target = action_target(f, action, source);
    uint32_t events = read_events(f, xf_attribute(action, "event"));
    if (!target || !events) {
        note_add(f->notes, NOTE_WARNING, "form.action_ignored", xf_attribute(action, "ref"), "",
                 "A setvalue names no node or no event that is known; it does nothing.",
                 "setvalue 没有指向已知的节点或事件，不会生效。");
        return;
    }
    struct xf_action *a = arena_alloc(f->arena, sizeof *a);
    *a = (struct xf_action){.events = events,
                            .node = target,
                            .source = source,
                            .text = text_trim(f->arena, xml_text(f->arena, action))};
    const char *value = xf_attribute(action, "value");
    if (!text_is_blank(value))
        a->expression = xform_expression(f, IMAGE_EXPRESSION_ACTION, target, value, target->path);
    if (f->last_action)
        f->last_action->next = a;
    else
        f->actions = a;
    f->last_action = a;
}
