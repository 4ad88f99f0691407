/* The nodes of a sheet: making them, finding them, repeats. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

static uint32_t moved(uint32_t node, uint32_t first, uint32_t base)
{
    return node == IMAGE_NONE ? IMAGE_NONE : node - first + base;
}

/* A new sheet has the form's values; where answers come, what they do not name is empty. */
static const char *first_value(const struct sheet *s, const struct image_node *n)
{
    if (s->mode != SHEET_NEW && !(n->flags & IMAGE_NODE_ATTRIBUTE))
        return "";
    return form_text(s->form, n->value);
}

static bool starts_loose(const struct sheet *s, const struct image_node *n)
{
    return n->flags & IMAGE_NODE_REPEAT && (s->mode != SHEET_NEW || n->flags & IMAGE_NODE_EMPTY);
}

/* Nodes base... like the image's nodes first..end-1; the first of them keeps its own links. */
static void fill_block(struct sheet *s, uint32_t base, uint32_t first, uint32_t end)
{
    for (uint32_t d = first; d < end; d++) {
        const struct image_node *n = &s->form->nodes[d];
        s->values[base + d - first] = first_value(s, n);
        struct sheet_node *node = &s->nodes[base + d - first];
        uint32_t parent = d > first ? moved(n->parent, first, base) : node->parent;
        uint32_t next = d > first ? moved(n->next, first, base) : node->next;
        *node = (struct sheet_node){
            .def = d,
            .parent = parent,
            .next = next,
            .first_child = moved(n->first_child, first, base),
            .first_attribute = moved(n->first_attribute, first, base),
        };
    }
    for (uint32_t d = first + 1; d < end; d++)
        if (starts_loose(s, &s->form->nodes[d]))
            sheet_unlink(s, base + d - first);
}

void sheet_make(struct arena *a, const struct form *form, const struct host *host,
                enum sheet_mode mode, struct sheet *s)
{
    *s = (struct sheet){.form = form, .host = *host, .mode = mode, .arena = a, .language = ""};
    s->count = s->capacity = form->node_count;
    s->nodes = arena_array(a, s->capacity, sizeof *s->nodes);
    s->values = arena_array(a, s->capacity, sizeof *s->values);
    s->nodes[0].parent = s->nodes[0].next = IMAGE_NONE;
    fill_block(s, 0, 0, form->node_count);
    uint32_t order = form->header->sections[IMAGE_ORDER].count;
    s->dirty = arena_array(a, order / 32 + 1, sizeof *s->dirty);
    s->tree = (struct xtree){.ops = &sheet_ops, .self = s};
    s->xhost = sheet_host;
    s->xhost.self = s;
    s->run.host = &s->xhost;
    s->run.random = host->random;
    s->run.random_self = host->self;
}

/* More numbers at the end of the sheet. */
static uint32_t more_nodes(struct sheet *s, uint32_t count)
{
    if (s->count + count > s->capacity) {
        uint32_t capacity = (s->count + count) * 2;
        struct sheet_node *nodes = arena_array(s->arena, capacity, sizeof *nodes);
        const char **values = arena_array(s->arena, capacity, sizeof *values);
        memcpy(nodes, s->nodes, s->count * sizeof *nodes);
        memcpy(values, s->values, s->count * sizeof *values);
        s->nodes = nodes;
        s->values = values;
        s->capacity = capacity;
        /* Here, not when an expression asks: its memory is given back. */
        s->order = arena_array(s->arena, capacity, sizeof *s->order);
    }
    uint32_t first = s->count;
    s->count += count;
    return first;
}

/* Behind the last sibling that the form does not put after it. */
static void link_instance(struct sheet *s, uint32_t node, uint32_t parent)
{
    uint32_t def = s->nodes[node].def;
    uint32_t *link = &s->nodes[parent].first_child;
    while (*link != IMAGE_NONE && s->nodes[*link].def <= def)
        link = &s->nodes[*link].next;
    s->nodes[node].parent = parent;
    s->nodes[node].next = *link;
    *link = node;
}

uint32_t sheet_instance_count(const struct sheet *s, uint32_t parent, uint32_t repeat)
{
    uint32_t count = 0;
    for (uint32_t c = s->nodes[parent].first_child; c != IMAGE_NONE; c = s->nodes[c].next)
        count += s->nodes[c].def == repeat;
    return count;
}

uint32_t sheet_add_instance(struct sheet *s, uint32_t repeat, uint32_t parent)
{
    uint32_t end = s->form->nodes[repeat].end;
    uint32_t node = parent + (repeat - s->nodes[parent].def);
    if (!(s->nodes[node].flags & SHEET_LOOSE) || sheet_instance_count(s, parent, repeat) > 0)
        node = more_nodes(s, end - repeat);
    s->is_order_old = true;
    fill_block(s, node, repeat, end);
    link_instance(s, node, parent);
    if (s->nodes[parent].flags & SHEET_HIDDEN)
        for (uint32_t i = 0; i < end - repeat; i++)
            s->nodes[node + i].flags |= SHEET_HIDDEN;
    return node;
}

void sheet_unlink(struct sheet *s, uint32_t node)
{
    uint32_t *link = &s->nodes[s->nodes[node].parent].first_child;
    while (*link != IMAGE_NONE && *link != node)
        link = &s->nodes[*link].next;
    if (*link == node)
        *link = s->nodes[node].next;
    s->nodes[node].flags |= SHEET_LOOSE;
}

uint32_t sheet_position(const struct sheet *s, uint32_t node)
{
    uint32_t position = 1;
    uint32_t def = s->nodes[node].def;
    if (s->nodes[node].parent == IMAGE_NONE)
        return position;
    uint32_t c = s->nodes[s->nodes[node].parent].first_child;
    for (; c != IMAGE_NONE && c != node; c = s->nodes[c].next)
        position += s->nodes[c].def == def;
    return position;
}

void sheet_set(struct sheet *s, uint32_t node, const char *text)
{
    s->values[node] = *text ? arena_text(s->arena, text) : "";
}

/* Walking ------------------------------------------------------------------------------------- */

/* The outermost repeat below def `above` on the way to def. */
static uint32_t repeat_between(const struct form *f, uint32_t above, uint32_t def)
{
    uint32_t outermost = IMAGE_NONE;
    uint32_t r = f->nodes[def].repeat;
    while (r != IMAGE_NONE && r > above) {
        outermost = r;
        r = f->nodes[f->nodes[r].parent].repeat;
    }
    return outermost;
}

void sheet_each(struct sheet *s, uint32_t from, uint32_t def, sheet_visit *visit, void *self)
{
    uint32_t above = s->nodes[from].def;
    uint32_t repeat = repeat_between(s->form, above, def);
    if (repeat == IMAGE_NONE) {
        visit(self, from + (def - above));
        return;
    }
    uint32_t parent = from + (s->form->nodes[repeat].parent - above);
    uint32_t next;
    for (uint32_t c = s->nodes[parent].first_child; c != IMAGE_NONE; c = next) {
        next = s->nodes[c].next;
        if (s->nodes[c].def == repeat)
            sheet_each(s, c, def, visit, self);
    }
}

void sheet_all(struct sheet *s, uint32_t def, sheet_visit *visit, void *self)
{
    sheet_each(s, 0, def, visit, self);
}

/* Paths --------------------------------------------------------------------------------------- */

static bool is_named(const struct form *f, uint32_t node, const char *name, size_t size)
{
    const char *own = form_text(f, f->nodes[node].name);
    return strncmp(own, name, size) == 0 && own[size] == '\0';
}

uint32_t form_child(const struct form *f, uint32_t parent, const char *name, size_t size,
                    uint32_t after)
{
    for (uint32_t c = after; c != IMAGE_NONE; c = f->nodes[c].next)
        if (is_named(f, c, name, size))
            return c;
    for (uint32_t c = f->nodes[parent].first_child; c != after; c = f->nodes[c].next)
        if (is_named(f, c, name, size))
            return c;
    return IMAGE_NONE;
}

uint32_t form_attribute(const struct form *f, uint32_t parent, const char *name, size_t size)
{
    for (uint32_t c = f->nodes[parent].first_attribute; c != IMAGE_NONE; c = f->nodes[c].next)
        if (is_named(f, c, name, size))
            return c;
    return IMAGE_NONE;
}

struct step {
    const char *name;
    size_t size;
    uint32_t index; /* 1-based */
    bool is_attribute;
};

/* "/name", "/prefix:name[3]", "/@name". False: no such thing. */
static bool read_step(const char **path, struct step *step_out)
{
    const char *p = *path;
    if (*p++ != '/')
        return false;
    *step_out = (struct step){.index = 1};
    if (*p == '@') {
        step_out->is_attribute = true;
        p++;
    }
    step_out->name = p;
    for (; *p && *p != '/' && *p != '['; p++)
        if (*p == ':')
            step_out->name = p + 1;
    step_out->size = (size_t)(p - step_out->name);
    if (*p == '[') {
        uint32_t index = 0;
        for (p++; *p >= '0' && *p <= '9' && index <= LIMIT_REPEATS; p++)
            index = index * 10 + (uint32_t)(*p - '0');
        if (*p++ != ']' || index == 0)
            return false;
        step_out->index = index;
    }
    *path = p;
    return step_out->size > 0;
}

static uint32_t instance_at(const struct sheet *s, uint32_t parent, uint32_t repeat, uint32_t index)
{
    for (uint32_t c = s->nodes[parent].first_child; c != IMAGE_NONE; c = s->nodes[c].next)
        if (s->nodes[c].def == repeat && --index == 0)
            return c;
    return IMAGE_NONE;
}

/* One step down; with makes, instances that do not stand yet are added. */
static uint32_t step_down(struct sheet *s, uint32_t node, const struct step *step, bool makes)
{
    const struct form *f = s->form;
    uint32_t def = s->nodes[node].def;
    uint32_t child = step->is_attribute ? form_attribute(f, def, step->name, step->size)
                                        : form_child(f, def, step->name, step->size, IMAGE_NONE);
    if (child == IMAGE_NONE)
        return IMAGE_NONE;
    if (!(f->nodes[child].flags & IMAGE_NODE_REPEAT))
        return step->index == 1 ? node + (child - def) : IMAGE_NONE;
    uint32_t found = instance_at(s, node, child, step->index);
    if (makes && found == IMAGE_NONE && step->index <= LIMIT_REPEATS)
        for (uint32_t n = sheet_instance_count(s, node, child);
             n < step->index && s->count < SHEET_NODES; n++)
            found = sheet_add_instance(s, child, node);
    return found;
}

static uint32_t walk_path(struct sheet *s, const char *path, bool makes)
{
    struct step step;
    if (!read_step(&path, &step) || step.is_attribute || step.index != 1)
        return IMAGE_NONE;
    const char *root = form_text(s->form, s->form->nodes[0].name);
    if (strncmp(root, step.name, step.size) != 0 || root[step.size] != '\0')
        return IMAGE_NONE;
    uint32_t node = 0;
    while (*path && node != IMAGE_NONE) {
        if (!read_step(&path, &step))
            return IMAGE_NONE;
        node = step_down(s, node, &step, makes);
    }
    return node;
}

uint32_t sheet_find(struct sheet *s, const char *path)
{
    return walk_path(s, path, false);
}

uint32_t sheet_reach(struct sheet *s, const char *path)
{
    return walk_path(s, path, true);
}

static void print_path(struct buf *b, const struct sheet *s, uint32_t node)
{
    const struct image_node *n = sheet_def(s, node);
    if (n->parent != IMAGE_NONE)
        print_path(b, s, s->nodes[node].parent);
    buf_add(b, n->flags & IMAGE_NODE_ATTRIBUTE ? "/@" : "/");
    buf_add(b, form_text(s->form, n->name));
    if (n->flags & IMAGE_NODE_REPEAT)
        buf_print(b, "[%u]", sheet_position(s, node));
}

const char *sheet_path(struct arena *a, const struct sheet *s, uint32_t node)
{
    const struct image_node *n = sheet_def(s, node);
    if (n->repeat == IMAGE_NONE)
        return form_text(s->form, n->path);
    struct buf b;
    buf_init(&b, a);
    print_path(&b, s, node);
    return buf_text(&b);
}
