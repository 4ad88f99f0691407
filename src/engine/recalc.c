/* Recalculation: values, relevance and repeat counts in dependency order. A whole sheet once, or
 * only what reads a changed node. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

static void mark_dirty(struct sheet *s, uint32_t place)
{
    s->dirty[place / 32] |= 1u << place % 32;
}

static void mark_changed(void *self, uint32_t node)
{
    struct sheet *s = self;
    s->nodes[node].flags |= SHEET_CHANGED;
}

/* What an expression decides must be decided again. */
static void touch_expression(struct sheet *s, uint32_t expression)
{
    const struct image_expression *e = &s->form->expressions[expression];
    if (e->place != IMAGE_NONE)
        mark_dirty(s, e->place);
    else if (e->node != IMAGE_NONE)
        sheet_all(s, e->node, mark_changed, s);
}

void sheet_touch(struct sheet *s, uint32_t node)
{
    if (!s->is_tracking)
        return;
    s->nodes[node].flags |= SHEET_CHANGED;
    const struct image_node *n = sheet_def(s, node);
    uint32_t count;
    const uint32_t *dependents = form_section(s->form, IMAGE_DEPENDENTS, &count);
    for (uint32_t i = 0; i < n->dependent_count; i++)
        touch_expression(s, dependents[n->dependent_first + i]);
}

static void touch_own(struct sheet *s, uint32_t expression)
{
    if (expression != IMAGE_NONE)
        touch_expression(s, expression);
}

void sheet_touch_block(struct sheet *s, uint32_t node)
{
    uint32_t first = s->nodes[node].def;
    uint32_t end = s->form->nodes[first].end;
    for (uint32_t d = first; d < end; d++) {
        const struct image_node *n = &s->form->nodes[d];
        touch_own(s, n->relevant);
        touch_own(s, n->calculate);
        if (d > first)
            touch_own(s, n->count);
        sheet_touch(s, node + (d - first));
    }
}

/* Relevance ----------------------------------------------------------------------------------- */

static void hide(struct sheet *s, uint32_t node, bool hidden)
{
    if (sheet_is_hidden(s, node) == hidden)
        return;
    s->nodes[node].flags ^= SHEET_HIDDEN;
    sheet_touch(s, node);
    for (uint32_t c = s->nodes[node].first_attribute; c != IMAGE_NONE; c = s->nodes[c].next)
        hide(s, c, hidden || s->nodes[c].flags & SHEET_OFF);
    for (uint32_t c = s->nodes[node].first_child; c != IMAGE_NONE; c = s->nodes[c].next)
        hide(s, c, hidden || s->nodes[c].flags & SHEET_OFF);
}

static struct err *decide_relevant(struct sheet *s, uint32_t expression, uint32_t node)
{
    bool is_relevant;
    TRY(sheet_holds(s, expression, node, true, &is_relevant));
    bool was_off = s->nodes[node].flags & SHEET_OFF;
    if (was_off != is_relevant)
        return NULL;
    s->nodes[node].flags ^= SHEET_OFF;
    uint32_t parent = s->nodes[node].parent;
    hide(s, node, !is_relevant || (parent != IMAGE_NONE && sheet_is_hidden(s, parent)));
    return NULL;
}

/* Calculations -------------------------------------------------------------------------------- */

static struct err *calculated(struct sheet *s, uint32_t expression, uint32_t node,
                              const char **text_out, uint32_t *flags_out)
{
    struct xvalue v;
    *flags_out = 0;
    *text_out = "";
    struct err *e = sheet_evaluate(s, expression, node, &v);
    if (e && sheet_is_fatal(e))
        return e;
    if (e)
        *flags_out = SHEET_FAILED;
    else
        *text_out = sheet_stored(s, &v, sheet_def(s, node)->type, flags_out);
    return NULL;
}

/* A submitted value stands if either engine of phones would have calculated it. */
static struct err *compare_submitted(struct sheet *s, uint32_t expression, uint32_t node,
                                     const char **text, uint32_t *flags)
{
    const struct image_node *n = sheet_def(s, node);
    const char *submitted = s->values[node];
    int32_t offset = s->run.utc_offset_min;
    if (answer_same(s->scratch, n->type, submitted, *text, offset)) {
        *text = submitted;
        return NULL;
    }
    const char *other;
    uint32_t other_flags;
    s->run.is_getodk = true;
    struct err *e = calculated(s, expression, node, &other, &other_flags);
    s->run.is_getodk = false;
    TRY(e);
    if (answer_same(s->scratch, n->type, submitted, other, offset))
        *text = submitted;
    else
        *flags |= SHEET_MISMATCH;
    return NULL;
}

static struct err *decide_value(struct sheet *s, uint32_t expression, uint32_t node)
{
    const struct image_node *n = sheet_def(s, node);
    bool is_kept = s->mode == SHEET_JUDGE && s->nodes[node].flags & SHEET_LOADED;
    if (is_kept && n->flags & IMAGE_NODE_UNSURE && *s->values[node])
        return NULL;
    struct arena_mark mark = arena_mark(s->scratch);
    const char *text;
    uint32_t flags;
    TRY(calculated(s, expression, node, &text, &flags));
    if (is_kept && !(n->flags & IMAGE_NODE_UNSURE) && !sheet_is_hidden(s, node))
        TRY(compare_submitted(s, expression, node, &text, &flags));
    struct sheet_node *held = &s->nodes[node];
    held->flags &= ~(uint32_t)(SHEET_MISMATCH | SHEET_FAILED | SHEET_TOO_LARGE);
    held->flags |= flags;
    if (!text_equal(s->values[node], text)) {
        sheet_set(s, node, text);
        sheet_touch(s, node);
    }
    if (s->scratch != s->arena)
        arena_rewind(s->scratch, mark);
    return NULL;
}

/* Repeat counts ------------------------------------------------------------------------------- */

static uint32_t last_instance(const struct sheet *s, uint32_t parent, uint32_t repeat)
{
    uint32_t last = IMAGE_NONE;
    for (uint32_t c = s->nodes[parent].first_child; c != IMAGE_NONE; c = s->nodes[c].next)
        if (s->nodes[c].def == repeat)
            last = c;
    return last;
}

struct err *sheet_grow(struct sheet *s, uint32_t repeat, uint32_t parent, uint32_t *instance_out)
{
    if (s->count > SHEET_NODES)
        return err_new(s->scratch, ERR_TOO_BIG, "sheet.too_big",
                       form_text(s->form, s->form->nodes[repeat].path),
                       "The repeats of this form have grown too large.", "表单的重复部分太多了。");
    enum sheet_mode mode = s->mode;
    s->mode = SHEET_NEW; /* a new instance has the form's own values, also in a resumed sheet */
    uint32_t instance = sheet_add_instance(s, repeat, parent);
    s->mode = mode;
    if (instance_out)
        *instance_out = instance;
    bool was_tracking = s->is_tracking;
    s->is_tracking = true;
    s->nodes[instance].flags |= SHEET_CHANGED;
    sheet_touch_block(s, instance);
    struct err *e = sheet_fire(s, IMAGE_EVENT_NEW_REPEAT, instance);
    s->is_tracking = was_tracking;
    return e;
}

void sheet_shrink(struct sheet *s, uint32_t instance)
{
    sheet_touch_block(s, instance);
    uint32_t parent = s->nodes[instance].parent;
    sheet_unlink(s, instance);
    sheet_touch(s, parent);
}

static struct err *decide_count(struct sheet *s, uint32_t expression, uint32_t repeat,
                                uint32_t parent)
{
    struct xvalue v;
    struct err *e = sheet_evaluate(s, expression, parent, &v);
    if (e && sheet_is_fatal(e))
        return e;
    double number = e ? 0 : xvalue_number(&s->run, &v);
    uint32_t wanted = number >= 1 ? number < LIMIT_REPEATS ? (uint32_t)number : LIMIT_REPEATS : 0;
    uint32_t count = sheet_instance_count(s, parent, repeat);
    for (; count < wanted; count++)
        TRY(sheet_grow(s, repeat, parent, NULL));
    for (; count > wanted; count--)
        sheet_shrink(s, last_instance(s, parent, repeat));
    return NULL;
}

/* One expression, for every node it decides --------------------------------------------------- */

struct decision {
    struct sheet *sheet;
    uint32_t expression;
    struct err *err;
};

static void decide_one(void *self, uint32_t node)
{
    struct decision *d = self;
    const struct image_expression *e = &d->sheet->form->expressions[d->expression];
    if (d->err)
        return;
    if (e->kind == IMAGE_EXPRESSION_RELEVANT)
        d->err = decide_relevant(d->sheet, d->expression, node);
    else if (e->kind == IMAGE_EXPRESSION_CALCULATE)
        d->err = decide_value(d->sheet, d->expression, node);
    else if (e->kind == IMAGE_EXPRESSION_COUNT && d->sheet->mode != SHEET_JUDGE)
        d->err = decide_count(d->sheet, d->expression, e->node, node);
}

static struct err *decide(struct sheet *s, uint32_t expression)
{
    const struct image_expression *e = &s->form->expressions[expression];
    if (e->node == IMAGE_NONE)
        return NULL;
    struct decision d = {s, expression, NULL};
    uint32_t def = e->node;
    if (e->kind == IMAGE_EXPRESSION_COUNT)
        def = s->form->nodes[def].parent;
    if (def != IMAGE_NONE)
        sheet_all(s, def, decide_one, &d);
    return d.err;
}

struct err *sheet_calculate_all(struct sheet *s)
{
    uint32_t count;
    const uint32_t *order = form_section(s->form, IMAGE_ORDER, &count);
    for (uint32_t i = 0; i < count; i++)
        TRY(decide(s, order[i]));
    return sheet_calculate_dirty(s);
}

struct err *sheet_calculate_dirty(struct sheet *s)
{
    /* An expression that the order cannot place (it may read everything) can ask for more rounds.
     */
    enum { ROUNDS = 8 };
    uint32_t count;
    const uint32_t *order = form_section(s->form, IMAGE_ORDER, &count);
    bool is_again = true;
    for (int round = 0; is_again && round < ROUNDS; round++) {
        is_again = false;
        for (uint32_t i = 0; i < count; i++) {
            if (!s->dirty[i / 32]) {
                i |= 31;
                continue;
            }
            if (!(s->dirty[i / 32] >> i % 32 & 1))
                continue;
            s->dirty[i / 32] &= ~(1u << i % 32);
            is_again = true;
            TRY(decide(s, order[i]));
        }
    }
    return NULL;
}

/* Actions ------------------------------------------------------------------------------------- */

struct action_run {
    struct sheet *sheet;
    const struct image_action *action;
    struct err *err;
};

static void act(void *self, uint32_t node)
{
    struct action_run *r = self;
    struct sheet *s = r->sheet;
    const char *text = form_text(s->form, r->action->text);
    uint32_t flags = 0;
    if (r->err)
        return;
    if (r->action->expression != IMAGE_NONE)
        r->err = calculated(s, r->action->expression, node, &text, &flags);
    if (r->err || text_equal(s->values[node], text))
        return;
    sheet_set(s, node, text);
    sheet_touch(s, node);
    /* What it wrote may be a question with actions of its own: each fires once, never in circles.
     */
    if (!(s->nodes[node].flags & SHEET_FIRED))
        r->err = sheet_fire(s, IMAGE_EVENT_VALUE_CHANGED, node);
}

/* The targets of an action that belong to the node that fired. */
static void act_from(struct action_run *r, uint32_t node)
{
    struct sheet *s = r->sheet;
    uint32_t target = r->action->node;
    while (node != 0 && !(s->nodes[node].def <= target && target < sheet_def(s, node)->end))
        node = s->nodes[node].parent;
    sheet_each(s, node, target, act, r);
}

struct err *sheet_fire(struct sheet *s, uint32_t events, uint32_t node)
{
    uint32_t count;
    const struct image_action *actions = form_section(s->form, IMAGE_ACTIONS, &count);
    if (events == IMAGE_EVENT_VALUE_CHANGED)
        s->nodes[node].flags |= SHEET_FIRED;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_action *a = &actions[i];
        struct action_run r = {s, a, NULL};
        if (!(a->events & events))
            continue;
        uint32_t def = s->nodes[node].def;
        bool is_inside = def <= a->node && a->node < s->form->nodes[def].end;
        if (events == IMAGE_EVENT_VALUE_CHANGED ? a->source == def : is_inside)
            act_from(&r, node);
        TRY(r.err);
    }
    return NULL;
}

/* Preloads ------------------------------------------------------------------------------------ */

static const char *preloaded(struct sheet *s, const struct image_node *n)
{
    struct xvalue now = {.kind = XVALUE_DATETIME};
    now.as.number = ((double)s->run.now_ms + s->run.utc_offset_min * 60000.0) / 86400000.0;
    switch (n->preload) {
    case IMAGE_PRELOAD_UID:
        return sheet_uuid(s->arena, s);
    case IMAGE_PRELOAD_START:
    case IMAGE_PRELOAD_END:
        return xdate_datetime(s->arena, now.as.number, s->run.utc_offset_min);
    case IMAGE_PRELOAD_TODAY:
        return xdate_date(s->arena, __builtin_floor(now.as.number));
    default:
        return arena_text(s->arena, s->xhost.property(s, form_text(s->form, n->preload_param)));
    }
}

const char *sheet_uuid(struct arena *a, struct sheet *s)
{
    static const char digits[] = "0123456789abcdef";
    static const char shape[] = "uuid:xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    char *text = arena_text(a, shape);
    uint64_t bits = 0;
    int left = 0;
    for (char *p = text + 5; *p; p++) {
        if (*p != 'x' && *p != 'y')
            continue;
        if (left == 0) {
            bits = s->host.random(s->host.self);
            left = 16;
        }
        unsigned digit = bits & 15;
        *p = digits[*p == 'y' ? 8 + (digit & 3) : digit];
        bits >>= 4;
        left--;
    }
    return text;
}

void sheet_preload(struct sheet *s, uint32_t only)
{
    for (uint32_t i = 0; i < s->count; i++) {
        const struct image_node *n = sheet_def(s, i);
        if (n->preload == IMAGE_PRELOAD_NONE || (only && n->preload != only))
            continue;
        s->values[i] = preloaded(s, n);
        sheet_touch(s, i);
    }
}
