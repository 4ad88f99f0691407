/* Words of an XForm: itext translations, labels with outputs, messages. */
#include "forms/xform_model.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

const char *xform_itext_id(struct arena *a, const char *text)
{
    const char *p = text_trim(a, text);
    if (!text_starts(p, "jr:itext("))
        return NULL;
    p = text_trim(a, p + strlen("jr:itext("));
    if (*p != '\'' && *p != '"')
        return NULL;
    const char *end = strchr(p + 1, *p);
    return end ? arena_copy(a, p + 1, (size_t)(end - p - 1)) : NULL;
}

struct pieces {
    struct xform *form;
    struct xf_piece *first, *last;
};

static void add_piece(struct pieces *p, const char *text, struct xf_expression *expression)
{
    struct xf_piece *piece = arena_alloc(p->form->arena, sizeof *piece);
    *piece = (struct xf_piece){.text = text, .expression = expression};
    if (p->last)
        p->last->next = piece;
    else
        p->first = piece;
    p->last = piece;
}

static void read_pieces(struct pieces *p, const struct xml_node *n, struct xf_node *node)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next) {
        if (c->kind == XML_TEXT) {
            add_piece(p, c->text, NULL);
        } else if (c->kind == XML_ELEMENT && xf_is(c, "output")) {
            const char *value = xf_attribute(c, "value");
            if (!*value)
                value = xf_attribute(c, "ref");
            if (!text_is_blank(value))
                add_piece(p, NULL,
                          xform_expression(p->form, IMAGE_EXPRESSION_OUTPUT, node, value,
                                           node ? node->path : "itext"));
        } else if (c->kind == XML_ELEMENT) {
            read_pieces(p, c, node);
        }
    }
}

/* White space at both ends of a label is the XML's, not the author's. */
static void trim_pieces(struct pieces *p)
{
    struct arena *a = p->form->arena;
    if (p->first && p->first == p->last && p->first->text) {
        p->first->text = text_trim(a, p->first->text);
        return;
    }
    if (p->first && p->first->text) {
        const char *t = p->first->text;
        p->first->text = t + strspn(t, " \t\r\n");
    }
    if (p->last && p->last->text) {
        size_t size = strlen(p->last->text);
        while (size && strchr(" \t\r\n", p->last->text[size - 1]))
            size--;
        p->last->text = arena_copy(a, p->last->text, size);
    }
}

static struct xf_piece *pieces_of(struct xform *f, const struct xml_node *n, struct xf_node *node)
{
    struct pieces p = {.form = f};
    read_pieces(&p, n, node);
    trim_pieces(&p);
    return p.first;
}

struct xf_caption *xform_caption(struct xform *f, const struct xml_node *label,
                                 struct xf_node *node)
{
    if (!label)
        return NULL;
    struct xf_caption *c = arena_alloc(f->arena, sizeof *c);
    const char *ref = xf_attribute(label, "ref");
    if (!*ref) {
        c->pieces = pieces_of(f, label, node);
        return c;
    }
    c->itext = xform_itext_id(f->arena, ref);
    if (c->itext)
        return c;
    struct pieces p = {.form = f};
    add_piece(&p, NULL,
              xform_expression(f, IMAGE_EXPRESSION_OUTPUT, node, ref, node ? node->path : ref));
    c->pieces = p.first;
    return c;
}

struct xf_caption *xform_message(struct xform *f, const char *text)
{
    if (text_is_blank(text))
        return NULL;
    struct xf_caption *c = arena_alloc(f->arena, sizeof *c);
    c->itext = xform_itext_id(f->arena, text);
    if (!c->itext) {
        struct pieces p = {.form = f};
        add_piece(&p, text, NULL);
        c->pieces = p.first;
    }
    return c;
}

/* itext --------------------------------------------------------------------------------------- */

static struct xf_itext *itext_of(struct xform *f, const char *id)
{
    for (struct xf_itext *t = f->itext; t; t = t->next)
        if (text_equal(t->id, id))
            return t;
    return NULL;
}

static struct xf_itext *add_itext(struct xform *f, const char *id)
{
    struct xf_itext *t = arena_alloc(f->arena, sizeof *t);
    *t = (struct xf_itext){.id = id};
    t->forms = arena_array(f->arena, f->language_count, sizeof *t->forms);
    for (size_t i = 0; i < f->language_count; i++)
        t->forms[i].image = t->forms[i].big_image = t->forms[i].audio = t->forms[i].video = "";
    if (f->last_itext)
        f->last_itext->next = t;
    else
        f->itext = t;
    f->last_itext = t;
    f->itext_count++;
    return t;
}

/* "jr://images/a.jpg" -> "a.jpg" */
static const char *file_name(struct xform *f, const struct xml_node *value)
{
    const char *text = text_trim(f->arena, xml_text(f->arena, value));
    const char *slash = text_starts(text, "jr://") ? strchr(text + 5, '/') : NULL;
    return slash ? slash + 1 : text;
}

static void read_value(struct xform *f, const struct xml_node *value, struct xf_itext_form *out)
{
    const char *form = xf_attribute(value, "form");
    if (text_equal(form, "image"))
        out->image = file_name(f, value);
    else if (text_equal(form, "big-image"))
        out->big_image = file_name(f, value);
    else if (text_equal(form, "audio"))
        out->audio = file_name(f, value);
    else if (text_equal(form, "video"))
        out->video = file_name(f, value);
    else if (text_equal(form, "guidance"))
        out->guidance = pieces_of(f, value, NULL);
    else if (text_equal(form, "say"))
        out->say = pieces_of(f, value, NULL);
    else if (!*form || (text_equal(form, "long") && !out->label))
        out->label = pieces_of(f, value, NULL);
}

static void read_translation(struct xform *f, const struct xml_node *translation, size_t language)
{
    /* Translations list the same ids in the same order: begin where the last one was found. */
    struct xf_itext *expected = f->itext;
    for (const struct xml_node *t = translation->first_child; t; t = t->next) {
        if (!xf_is(t, "text"))
            continue;
        const char *id = xf_attribute(t, "id");
        struct xf_itext *entry = expected && text_equal(expected->id, id) ? expected
                                 : language                               ? itext_of(f, id)
                                                                          : NULL;
        if (!entry)
            entry = add_itext(f, id);
        expected = entry->next;
        for (const struct xml_node *v = t->first_child; v; v = v->next)
            if (xf_is(v, "value"))
                read_value(f, v, &entry->forms[language]);
    }
}

static bool is_default(const struct xml_node *translation)
{
    const char *text = xf_attribute(translation, "default");
    return *text && !text_starts(text, "false");
}

void xform_read_itext(struct xform *f, const struct xml_node *itext)
{
    const struct xml_node *first = NULL;
    size_t count = 0;
    for (const struct xml_node *t = itext->first_child; t; t = t->next)
        if (xf_is(t, "translation")) {
            count++;
            if (!first || (is_default(t) && !is_default(first)))
                first = t;
        }
    f->languages = arena_array(f->arena, count, sizeof *f->languages);
    f->language_count = count;
    size_t language = 0;
    for (int pass = 0; pass < 2; pass++)
        for (const struct xml_node *t = itext->first_child; t; t = t->next)
            if (xf_is(t, "translation") && (t == first) == (pass == 0)) {
                f->languages[language] = xf_attribute(t, "lang");
                read_translation(f, t, language++);
            }
}
