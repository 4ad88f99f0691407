/* Entities that a sheet would write: meta/entity and the questions that save to it. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

struct collecting {
    struct arena *arena;
    struct sheet *sheet;
    const struct image_entity *entity;
    struct entity_change *changes;
    size_t count, capacity;
};

static const char *attribute(const struct sheet *s, uint32_t node, const char *name)
{
    uint32_t c = s->nodes[node].first_attribute;
    for (; c != IMAGE_NONE; c = s->nodes[c].next)
        if (text_equal(form_text(s->form, sheet_def(s, c)->name), name))
            return sheet_is_hidden(s, c) ? "" : s->values[c];
    return "";
}

static bool is_true(const char *text)
{
    return text_equal(text, "1") || text_equal(text, "true");
}

/* The group whose entity it is stands around meta/entity. */
static uint32_t container_of(const struct form *f, uint32_t entity)
{
    uint32_t parent = f->nodes[entity].parent;
    if (parent == IMAGE_NONE)
        return entity;
    bool is_meta = text_equal(form_text(f, f->nodes[parent].name), "meta");
    return is_meta && f->nodes[parent].parent != IMAGE_NONE ? f->nodes[parent].parent : parent;
}

/* Does def save to this entity, and not to that of a group further in? */
static bool saves_to(const struct form *f, uint32_t def, uint32_t container)
{
    uint32_t count;
    const struct image_entity *entities = form_section(f, IMAGE_ENTITIES, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = container_of(f, entities[i].node);
        if (other > container && other <= def && def < f->nodes[other].end)
            return false;
    }
    return *form_text(f, f->nodes[def].save_to);
}

struct saving {
    struct collecting *collecting;
    struct answer *properties;
    size_t count, capacity;
    const char *name;
};

static void save_one(void *self, uint32_t node)
{
    struct saving *v = self;
    struct sheet *s = v->collecting->sheet;
    if (!sheet_is_hidden(s, node) && v->count < v->capacity)
        v->properties[v->count++] = (struct answer){v->name, s->values[node]};
}

static void save_properties(struct collecting *c, uint32_t node, struct entity_change *change)
{
    struct sheet *s = c->sheet;
    const struct form *f = s->form;
    uint32_t container = container_of(f, s->nodes[node].def);
    uint32_t from = node;
    while (s->nodes[from].def != container)
        from = s->nodes[from].parent;
    struct saving v = {.collecting = c, .capacity = f->nodes[container].end - container};
    v.properties = arena_array(c->arena, v.capacity, sizeof *v.properties);
    for (uint32_t d = container; d < f->nodes[container].end; d++)
        if (saves_to(f, d, container)) {
            v.name = form_text(f, f->nodes[d].save_to);
            sheet_each(s, from, d, save_one, &v);
        }
    change->properties = v.properties;
    change->property_count = v.count;
}

static void collect(void *self, uint32_t node)
{
    struct collecting *c = self;
    struct sheet *s = c->sheet;
    bool is_create = is_true(attribute(s, node, "create"));
    bool is_update = is_true(attribute(s, node, "update"));
    if (sheet_is_hidden(s, node) || (!is_create && !is_update))
        return;
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? c->capacity * 2 : 4;
        struct entity_change *more = arena_array(c->arena, capacity, sizeof *more);
        if (c->count)
            memcpy(more, c->changes, c->count * sizeof *more);
        c->changes = more;
        c->capacity = capacity;
    }
    struct entity_change *change = &c->changes[c->count++];
    *change = (struct entity_change){.list = form_text(s->form, c->entity->list),
                                     .id = attribute(s, node, "id"),
                                     .label = "",
                                     .is_create = is_create,
                                     .is_update = is_update};
    if (!text_to_int(attribute(s, node, "baseVersion"), &change->base_version) ||
        change->base_version < 0)
        change->base_version = 0;
    uint32_t def = s->nodes[node].def;
    uint32_t label = form_child(s->form, def, "label", 5, IMAGE_NONE);
    if (label != IMAGE_NONE && !sheet_is_hidden(s, node + (label - def)))
        change->label = s->values[node + (label - def)];
    save_properties(c, node, change);
}

struct err *sheet_entities(struct arena *a, struct sheet *s, const struct entity_change **out,
                           size_t *count_out)
{
    struct collecting c = {.arena = a, .sheet = s};
    uint32_t count;
    const struct image_entity *entities = form_section(s->form, IMAGE_ENTITIES, &count);
    for (uint32_t i = 0; i < count; i++) {
        c.entity = &entities[i];
        sheet_all(s, entities[i].node, collect, &c);
    }
    *out = c.changes;
    *count_out = c.count;
    return NULL;
}
