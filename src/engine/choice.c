/* Choices of a select: a list, or items that an expression picks. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

static const struct image_control *control_of(const struct sheet *s, uint32_t node)
{
    uint32_t count;
    const struct image_control *controls = form_section(s->form, IMAGE_CONTROLS, &count);
    uint32_t control = sheet_def(s, node)->control;
    return control == IMAGE_NONE ? NULL : &controls[control];
}

static bool takes_many(const struct image_control *c)
{
    return c->kind == QUESTION_SELECT_MANY || c->kind == QUESTION_RANK;
}

static bool has_choices(const struct image_control *c)
{
    bool is_select = takes_many(c) || c->kind == QUESTION_SELECT_ONE;
    return is_select && (c->list != IMAGE_NONE || c->itemset != IMAGE_NONE);
}

/* Text of the child with that name; "" if there is none. */
static const char *child_text(struct sheet *s, struct xnode item, const char *name)
{
    const struct xtree *t = item.tree;
    for (uint32_t c = t->ops->first_child(t, item.id); c != XNODE_NONE;
         c = t->ops->next_sibling(t, c))
        if (text_equal(t->ops->local_name(t, c), name))
            return xnode_string(&s->run, (struct xnode){t, c});
    return "";
}

static struct media media_of(const struct sheet *s, const struct image_itext_form *f)
{
    if (!f)
        return (struct media){"", "", "", ""};
    return (struct media){form_text(s->form, f->image), form_text(s->form, f->big_image),
                          form_text(s->form, f->audio), form_text(s->form, f->video)};
}

/* Choices of a list without a filter. */
static size_t listed(struct arena *a, struct sheet *s, const struct image_control *c, uint32_t node,
                     const struct choice **out)
{
    uint32_t count;
    const struct image_list *lists = form_section(s->form, IMAGE_LISTS, &count);
    const struct image_item *items = form_section(s->form, IMAGE_ITEMS, &count);
    const struct image_list *list = &lists[c->list];
    struct choice *choices = arena_array(a, list->count, sizeof *choices);
    items += list->first;
    for (uint32_t i = 0; i < list->count; i++) {
        choices[i].value = form_text(s->form, items[i].value);
        choices[i].label = sheet_caption(a, s, items[i].caption, node);
        choices[i].media = media_of(s, sheet_caption_forms(s, items[i].caption));
        if (!*choices[i].label)
            choices[i].label = choices[i].value;
    }
    *out = choices;
    return list->count;
}

static struct choice picked_one(struct sheet *s, const struct image_control *c, struct xnode item,
                                uint32_t node)
{
    struct choice choice;
    choice.value = child_text(s, item, form_text(s->form, c->value_name));
    const char *label = child_text(s, item, form_text(s->form, c->label_name));
    const struct image_itext_form *forms = NULL;
    if (c->flags & IMAGE_CONTROL_ITEXT_LABELS) {
        forms = sheet_itext(s, label);
        label = forms ? sheet_rich(s->run.arena, s, forms->label, node) : "";
    }
    choice.label = *label ? label : choice.value;
    choice.media = media_of(s, forms);
    return choice;
}

/* Choices that an expression picks. A failure on data gives none. */
static struct err *picked(struct arena *a, struct sheet *s, const struct image_control *c,
                          uint32_t node, const struct choice **out, size_t *count_out)
{
    struct xvalue v;
    *count_out = 0;
    struct err *e = sheet_evaluate(s, c->itemset, node, &v);
    if (e)
        return sheet_is_fatal(e) ? e : NULL;
    if (v.kind != XVALUE_NODES)
        return NULL;
    struct choice *choices = arena_array(a, v.as.nodes.count, sizeof *choices);
    for (size_t i = 0; i < v.as.nodes.count; i++)
        choices[i] = picked_one(s, c, v.as.nodes.items[i], node);
    *out = choices;
    *count_out = v.as.nodes.count;
    return NULL;
}

struct err *sheet_choices_of(struct arena *a, struct sheet *s, uint32_t node,
                             const struct choice **out, size_t *count_out)
{
    const struct image_control *c = control_of(s, node);
    *out = NULL;
    *count_out = 0;
    if (!c || !has_choices(c))
        return NULL;
    if (c->itemset != IMAGE_NONE)
        return picked(a, s, c, node, out, count_out);
    *count_out = listed(a, s, c, node, out);
    return NULL;
}

bool sheet_choice_label(struct arena *a, struct sheet *s, uint32_t node, const char *value,
                        const char **label_out)
{
    const struct choice *choices;
    size_t count;
    if (s->depth >= SHEET_DEEPEST)
        return false;
    s->depth++;
    struct err *e = sheet_choices_of(a, s, node, &choices, &count);
    s->depth--;
    for (size_t i = 0; !e && i < count; i++)
        if (text_equal(choices[i].value, value)) {
            *label_out = choices[i].label;
            return true;
        }
    return false;
}

/* Does the list hold it ------------------------------------------------------------------------ */

/* Values only: judging needs no labels. */
struct offer {
    struct sheet *sheet;
    const struct image_control *control;
    const struct image_item *items; /* of a list */
    uint32_t item_count;
    struct xnodes nodes; /* of an itemset */
};

static bool offers(const struct offer *o, const char *value, size_t size)
{
    const struct form *f = o->sheet->form;
    for (uint32_t i = 0; i < o->item_count; i++) {
        const char *own = form_text(f, o->items[i].value);
        if (strncmp(own, value, size) == 0 && own[size] == '\0')
            return true;
    }
    const char *name = form_text(f, o->control->value_name);
    for (size_t i = 0; i < o->nodes.count; i++) {
        const char *own = child_text(o->sheet, o->nodes.items[i], name);
        if (strncmp(own, value, size) == 0 && own[size] == '\0')
            return true;
    }
    return false;
}

static struct err *offer_read(struct sheet *s, const struct image_control *c, uint32_t node,
                              struct offer *o)
{
    uint32_t count;
    *o = (struct offer){.sheet = s, .control = c};
    if (c->itemset == IMAGE_NONE) {
        const struct image_list *lists = form_section(s->form, IMAGE_LISTS, &count);
        o->items = form_section(s->form, IMAGE_ITEMS, &count);
        o->items += lists[c->list].first;
        o->item_count = lists[c->list].count;
        return NULL;
    }
    struct xvalue v;
    struct err *e = sheet_evaluate(s, c->itemset, node, &v);
    if (e)
        return sheet_is_fatal(e) ? e : NULL;
    if (v.kind == XVALUE_NODES)
        o->nodes = v.as.nodes;
    return NULL;
}

/* A list that is kept elsewhere and was not attached cannot be asked. */
static bool is_unknown(const struct sheet *s, const struct image_control *c)
{
    return c->itemset != IMAGE_NONE && !s->form->attached &&
           s->form->expressions[c->itemset].flags & IMAGE_EXPRESSION_OUTSIDE;
}

struct err *sheet_choice_holds(struct sheet *s, uint32_t node, const char *text, bool *holds_out)
{
    const struct image_control *c = control_of(s, node);
    *holds_out = true;
    if (!c || !has_choices(c) || is_unknown(s, c))
        return NULL;
    struct offer o;
    TRY(offer_read(s, c, node, &o));
    if (!takes_many(c)) {
        *holds_out = offers(&o, text, strlen(text));
        return NULL;
    }
    for (const char *p = text; *p && *holds_out;) {
        size_t size = strcspn(p, " \t\r\n");
        *holds_out = size == 0 || offers(&o, p, size);
        p += size + (p[size] != '\0');
    }
    return NULL;
}
