/* The body as questions, for whoever draws them. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

struct asking {
    struct arena *arena;
    struct sheet *sheet;
    const struct image_control *controls;
    struct question *questions;
    size_t count, capacity;
};

static struct question *add_question(struct asking *q)
{
    if (q->count == q->capacity) {
        size_t capacity = q->capacity ? q->capacity * 2 : 32;
        struct question *more = arena_array(q->arena, capacity, sizeof *more);
        if (q->count)
            memcpy(more, q->questions, q->count * sizeof *more);
        q->questions = more;
        q->capacity = capacity;
    }
    return &q->questions[q->count++];
}

/* Words, pictures and sounds of a control. */
static void say(struct asking *q, const struct image_control *c, uint32_t node,
                struct question *out)
{
    struct sheet *s = q->sheet;
    const struct image_itext_form *label = sheet_caption_forms(s, c->label);
    const struct image_itext_form *hint = sheet_caption_forms(s, c->hint);
    out->label = sheet_caption(q->arena, s, c->label, node);
    out->hint = sheet_caption(q->arena, s, c->hint, node);
    out->guidance = hint ? sheet_rich(q->arena, s, hint->guidance, node) : "";
    out->say = label ? sheet_rich(q->arena, s, label->say, node) : "";
    out->media = (struct media){"", "", "", ""};
    if (label)
        out->media =
            (struct media){form_text(s->form, label->image), form_text(s->form, label->big_image),
                           form_text(s->form, label->audio), form_text(s->form, label->video)};
    out->appearance = form_text(s->form, c->appearance);
    out->mediatype = form_text(s->form, c->mediatype);
}

static struct err *describe_node(struct asking *q, uint32_t node, struct question *out)
{
    struct sheet *s = q->sheet;
    const struct image_node *n = sheet_def(s, node);
    out->path = sheet_path(q->arena, s, node);
    out->name = form_text(s->form, n->name);
    out->type = image_type_names[n->type];
    out->value = n->flags & IMAGE_NODE_LEAF ? s->values[node] : "";
    out->save_to = form_text(s->form, n->save_to);
    out->is_relevant = !sheet_is_hidden(s, node);
    TRY(sheet_is_required(s, node, &out->is_required));
    out->is_readonly = n->flags & IMAGE_NODE_READONLY || n->calculate != IMAGE_NONE;
    if (!out->is_readonly && n->readonly != IMAGE_NONE)
        TRY(sheet_holds(s, n->readonly, node, false, &out->is_readonly));
    return NULL;
}

/* A group without a node of its own: named by its place in the body. */
static void describe_nameless(struct asking *q, uint32_t control, uint32_t around,
                              struct question *out)
{
    out->path = text_print(q->arena, "%s/#%u", sheet_path(q->arena, q->sheet, around), control);
    out->name = out->type = out->value = out->save_to = "";
    out->is_relevant = !sheet_is_hidden(q->sheet, around);
}

static struct err *ask_range(struct asking *q, uint32_t first, uint32_t end, uint32_t around,
                             const char *parent);

/* The node of def inside the instance `around`; IMAGE_NONE: it does not belong there. */
static uint32_t node_inside(const struct sheet *s, uint32_t around, uint32_t def)
{
    uint32_t own = s->nodes[around].def;
    const struct image_node *n = &s->form->nodes[def];
    uint32_t repeat = n->flags & IMAGE_NODE_REPEAT ? s->form->nodes[n->parent].repeat : n->repeat;
    uint32_t block = sheet_def(s, around)->flags & IMAGE_NODE_REPEAT ? own : IMAGE_NONE;
    return repeat == block ? around + (def - own) : IMAGE_NONE;
}

/* The repeat itself, then a group for each of its instances. */
static struct err *ask_repeat(struct asking *q, uint32_t control, uint32_t around,
                              const char *parent)
{
    struct sheet *s = q->sheet;
    const struct image_control *c = &q->controls[control];
    const struct image_node *n = &s->form->nodes[c->node];
    uint32_t home = node_inside(s, around, c->node);
    if (home == IMAGE_NONE)
        return NULL;
    uint32_t above = around + (n->parent - s->nodes[around].def);
    uint32_t count = sheet_instance_count(s, above, c->node);
    const char *path =
        text_print(q->arena, "%s/%s", sheet_path(q->arena, s, above), form_text(s->form, n->name));
    struct question *out = add_question(q);
    say(q, c, above, out);
    out->kind = QUESTION_REPEAT;
    out->path = path;
    out->name = form_text(s->form, n->name);
    out->type = out->save_to = "";
    out->value = text_print(q->arena, "%u", count);
    out->is_relevant = !sheet_is_hidden(s, above);
    out->is_readonly = n->flags & IMAGE_NODE_FIXED;
    out->parent = parent;
    size_t repeat_at = q->count - 1;
    for (uint32_t i = s->nodes[above].first_child; i != IMAGE_NONE; i = s->nodes[i].next) {
        if (s->nodes[i].def != c->node)
            continue;
        struct question *instance = add_question(q);
        say(q, c, i, instance);
        TRY(describe_node(q, i, instance));
        instance->kind = QUESTION_GROUP;
        instance->parent = path;
        q->questions[repeat_at].is_relevant = instance->is_relevant;
        const char *instance_path = instance->path; /* instance moves when more are added */
        TRY(ask_range(q, control + 1, c->end, i, instance_path));
    }
    return NULL;
}

static struct err *ask_control(struct asking *q, uint32_t control, uint32_t around,
                               const char *parent)
{
    const struct image_control *c = &q->controls[control];
    if (c->kind == QUESTION_REPEAT && c->node != IMAGE_NONE)
        return ask_repeat(q, control, around, parent);
    uint32_t node = c->node == IMAGE_NONE ? IMAGE_NONE : node_inside(q->sheet, around, c->node);
    if (c->node != IMAGE_NONE && node == IMAGE_NONE)
        return NULL;
    struct question *out = add_question(q);
    say(q, c, node == IMAGE_NONE ? around : node, out);
    out->kind = (enum question_kind)c->kind;
    out->parent = parent;
    if (node == IMAGE_NONE)
        describe_nameless(q, control, around, out);
    else
        TRY(describe_node(q, node, out));
    const char *path = out->path; /* out moves when more are added */
    return ask_range(q, control + 1, c->end, around, path);
}

static struct err *ask_range(struct asking *q, uint32_t first, uint32_t end, uint32_t around,
                             const char *parent)
{
    for (uint32_t c = first; c < end; c = q->controls[c].end)
        TRY(ask_control(q, c, around, parent));
    return NULL;
}

struct err *sheet_questions(struct arena *a, struct sheet *s, const char *language,
                            const struct question **out, size_t *count_out)
{
    struct asking q = {.arena = a, .sheet = s};
    uint32_t count;
    q.controls = form_section(s->form, IMAGE_CONTROLS, &count);
    sheet_begin(s, a);
    sheet_language(s, language);
    TRY(ask_range(&q, 0, count, 0, ""));
    *out = q.questions;
    *count_out = q.count;
    return NULL;
}
