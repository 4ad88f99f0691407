/* The submission as XML, byte for byte the same everywhere: relevant nodes, the form's order. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

struct writing {
    struct buf *out;
    struct sheet *sheet;
    const char *deprecated_id;
};

static void write_name(struct writing *w, const struct image_node *n)
{
    const char *prefix = form_text(w->sheet->form, n->prefix);
    if (*prefix) {
        buf_add(w->out, prefix);
        buf_char(w->out, ':');
    }
    buf_add(w->out, form_text(w->sheet->form, n->name));
}

static void write_attribute(struct writing *w, const char *name, const char *value)
{
    buf_char(w->out, ' ');
    buf_add(w->out, name);
    buf_add(w->out, "=\"");
    text_escape_xml(w->out, value);
    buf_char(w->out, '"');
}

/* The root declares every prefix; an element without one declares its own default namespace where
 * that differs from what stands around it. */
static void write_namespaces(struct writing *w, uint32_t node)
{
    const struct form *f = w->sheet->form;
    const struct image_node *n = sheet_def(w->sheet, node);
    const char *around = "";
    for (uint32_t p = n->parent; p != IMAGE_NONE; p = f->nodes[p].parent)
        if (!*form_text(f, f->nodes[p].prefix)) {
            around = form_text(f, f->nodes[p].uri);
            break;
        }
    if (!*form_text(f, n->prefix) && !text_equal(form_text(f, n->uri), around))
        write_attribute(w, "xmlns", form_text(f, n->uri));
    if (node != 0)
        return;
    uint32_t count;
    const struct image_namespace *spaces = form_section(f, IMAGE_NAMESPACES, &count);
    for (uint32_t i = 0; i < count; i++)
        write_attribute(w, text_join(w->out->arena, "xmlns:", form_text(f, spaces[i].prefix)),
                        form_text(f, spaces[i].uri));
}

static void write_attributes(struct writing *w, uint32_t node)
{
    const struct sheet *s = w->sheet;
    uint32_t c = s->nodes[node].first_attribute;
    for (; c != IMAGE_NONE; c = s->nodes[c].next) {
        if (sheet_is_hidden(s, c))
            continue;
        buf_char(w->out, ' ');
        write_name(w, sheet_def(s, c));
        buf_add(w->out, "=\"");
        text_escape_xml(w->out, s->values[c]);
        buf_char(w->out, '"');
    }
}

static void write_end(struct writing *w, const struct image_node *n)
{
    buf_add(w->out, "</");
    write_name(w, n);
    buf_char(w->out, '>');
}

static bool is_named(const struct sheet *s, uint32_t node, const char *name)
{
    return text_equal(form_text(s->form, sheet_def(s, node)->name), name);
}

/* An edit names the submission it replaces, also where the form has no node for it. */
static void write_deprecated(struct writing *w, uint32_t node)
{
    const char *prefix = form_text(w->sheet->form, sheet_def(w->sheet, node)->prefix);
    const char *colon = *prefix ? ":" : "";
    if (!*w->deprecated_id || !is_named(w->sheet, node, "instanceID") ||
        !is_named(w->sheet, w->sheet->nodes[node].parent, "meta"))
        return;
    buf_print(w->out, "<%s%sdeprecatedID>", prefix, colon);
    text_escape_xml(w->out, w->deprecated_id);
    buf_print(w->out, "</%s%sdeprecatedID>", prefix, colon);
}

static void write_node(struct writing *w, uint32_t node)
{
    const struct sheet *s = w->sheet;
    const struct image_node *n = sheet_def(s, node);
    if (sheet_is_hidden(s, node) ||
        (*w->deprecated_id && is_named(s, node, "deprecatedID") && n->flags & IMAGE_NODE_LEAF))
        return;
    buf_char(w->out, '<');
    write_name(w, n);
    write_namespaces(w, node);
    write_attributes(w, node);
    size_t opened = w->out->size;
    buf_char(w->out, '>');
    if (n->flags & IMAGE_NODE_LEAF)
        text_escape_xml(w->out, s->values[node]);
    for (uint32_t c = s->nodes[node].first_child; c != IMAGE_NONE; c = s->nodes[c].next)
        write_node(w, c);
    if (w->out->size == opened + 1) {
        w->out->size = opened;
        buf_add(w->out, "/>");
    } else {
        write_end(w, n);
    }
    write_deprecated(w, node);
}

static uint32_t meta_child(struct sheet *s, const char *name)
{
    const struct form *f = s->form;
    uint32_t meta = form_child(f, 0, "meta", 4, IMAGE_NONE);
    return meta == IMAGE_NONE ? meta : form_child(f, meta, name, strlen(name), IMAGE_NONE);
}

struct err *form_write(struct arena *a, struct sheet *s, const char *instance_id,
                       const char *deprecated_id, const char **xml_out, size_t *size_out)
{
    sheet_begin(s, a);
    uint32_t id = meta_child(s, "instanceID");
    if (*instance_id && id != IMAGE_NONE)
        sheet_set(s, id, instance_id);
    if (s->mode != SHEET_JUDGE) {
        s->is_tracking = true;
        sheet_preload(s, IMAGE_PRELOAD_END);
        TRY(sheet_calculate_dirty(s));
    }
    struct buf b;
    buf_init(&b, a);
    struct writing w = {&b, s, deprecated_id};
    buf_add(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    write_node(&w, 0);
    buf_char(&b, '\n');
    *xml_out = buf_text(&b);
    *size_out = b.size;
    return NULL;
}
