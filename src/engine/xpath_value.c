/* Values: what a node is worth, conversions between kinds, equality (forms.md 7.1). */
#include "engine/xpath_run.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/text.h"
#include "engine/xpath_date.h"

void xnodes_add(struct xpath_run *run, struct xnodes *set, struct xnode node)
{
    if (set->count == set->capacity) {
        size_t capacity = set->capacity * 2 + 6;
        struct xnode *items = arena_array(run->arena, capacity, sizeof *items);
        if (set->count)
            memcpy(items, set->items, set->count * sizeof *items);
        set->items = items;
        set->capacity = capacity;
    }
    set->items[set->count++] = node;
}

size_t xnode_place(struct xnode n)
{
    const struct xtree_ops *ops = n.tree->ops;
    const char *name = ops->local_name(n.tree, n.id);
    uint32_t parent = ops->parent(n.tree, n.id);
    size_t place = 1;
    if (parent == XNODE_NONE)
        return place;
    for (uint32_t i = ops->first_child(n.tree, parent); i != XNODE_NONE && i != n.id;
         i = ops->next_sibling(n.tree, i))
        place +=
            ops->kind(n.tree, i) == XKIND_ELEMENT && text_equal(ops->local_name(n.tree, i), name);
    return place;
}

/* Text ------------------------------------------------------------------------------------------
 */

/* All text below, in document order: string-value of XPath 1.0. Walks without recursion. */
static const char *text_below(struct xpath_run *run, struct xnode top)
{
    const struct xtree_ops *ops = top.tree->ops;
    struct buf b;
    buf_init(&b, run->arena);
    uint32_t at = ops->first_child(top.tree, top.id), depth = 0;
    while (at != XNODE_NONE) {
        enum xkind kind = ops->kind(top.tree, at);
        if (run->steps_left)
            run->steps_left--;
        uint32_t child = kind == XKIND_ELEMENT ? ops->first_child(top.tree, at) : XNODE_NONE;
        if (kind == XKIND_TEXT || (kind == XKIND_ELEMENT && child == XNODE_NONE))
            buf_add(&b, ops->text(top.tree, at));
        if (child != XNODE_NONE) {
            at = child;
            depth++;
            continue;
        }
        uint32_t next = ops->next_sibling(top.tree, at);
        for (; next == XNODE_NONE && depth > 0; depth--) {
            at = ops->parent(top.tree, at);
            next = ops->next_sibling(top.tree, at);
        }
        at = next;
    }
    return buf_text(&b);
}

static bool has_children(struct xnode n)
{
    enum xkind kind = n.tree->ops->kind(n.tree, n.id);
    return (kind == XKIND_ELEMENT || kind == XKIND_ROOT) &&
           n.tree->ops->first_child(n.tree, n.id) != XNODE_NONE;
}

/* The text as it stands. In forms an element that holds elements counts as ''. */
static const char *node_text(struct xpath_run *run, struct xnode n)
{
    if ((run->is_xpath1 || run->is_getodk) && has_children(n))
        return text_below(run, n);
    return n.tree->ops->text(n.tree, n.id);
}

/* Work that is done outside of the evaluator's loop is paid for as well. */
static void pay(struct xpath_run *run, uint64_t steps)
{
    run->steps_left = run->steps_left > steps ? run->steps_left - steps : 0;
}

/* Most numbers are short; long ones go through big integers. */
static bool read_number(struct xpath_run *run, const char *text, double *out)
{
    size_t size = strlen(text);
    if (size > 16)
        pay(run, size / 4);
    return number_read(text, size, out);
}

const char *xnumber_text(struct xpath_run *run, double number)
{
    struct buf b;
    pay(run, number == __builtin_trunc(number) && __builtin_fabs(number) < 1e15 ? 1 : 20);
    buf_init(&b, run->arena);
    number_print(&b, number);
    return buf_text(&b);
}

static double today(const struct xpath_run *run)
{
    return __builtin_floor(xrun_local_days(run));
}

double xrun_local_days(const struct xpath_run *run)
{
    return xdate_days(run->now_ms + (int64_t)run->utc_offset_min * 60000);
}

static struct xvalue string_value(const char *text)
{
    return (struct xvalue){.kind = XVALUE_STRING, .as.string = text};
}

static struct xvalue boolean_value(const char *text)
{
    bool is_true = text_equal(text, "true") || text_equal(text, "1");
    bool is_false = text_equal(text, "false") || text_equal(text, "0");
    if (!is_true && !is_false)
        return string_value(text);
    return (struct xvalue){.kind = XVALUE_BOOLEAN, .as.boolean = is_true};
}

/* A date node that holds a date-time is a date all the same, and the other way round. */
static struct xvalue date_value(struct xpath_run *run, const char *text, enum xtype type)
{
    struct xvalue v;
    if (!xdate_read(text, run->utc_offset_min, &v))
        return string_value(text);
    if (type == XTYPE_TIME) {
        v.kind = XVALUE_TIME;
        v.as.number -= __builtin_floor(v.as.number);
    } else if (v.kind != XVALUE_TIME) {
        v.kind = type == XTYPE_DATE ? XVALUE_DATE : XVALUE_DATETIME;
        if (type == XTYPE_DATE)
            v.as.number = __builtin_floor(v.as.number);
    }
    return v;
}

struct xvalue xnode_value(struct xpath_run *run, struct xnode n)
{
    const char *text = node_text(run, n);
    enum xtype type = n.tree->ops->type(n.tree, n.id);
    struct xvalue v = {.kind = XVALUE_NUMBER};
    if (type == XTYPE_STRING || run->is_xpath1 || !*text)
        return string_value(text);
    if (type == XTYPE_INT || type == XTYPE_DECIMAL)
        return read_number(run, text, &v.as.number) ? v : string_value(text);
    if (run->is_getodk)
        return string_value(text);
    return type == XTYPE_BOOLEAN ? boolean_value(text) : date_value(run, text, type);
}

static const char *scalar_string(struct xpath_run *run, const struct xvalue *v)
{
    switch (v->kind) {
    case XVALUE_STRING:
        return v->as.string;
    case XVALUE_NUMBER:
        return xnumber_text(run, v->as.number);
    case XVALUE_BOOLEAN:
        return v->as.boolean ? "true" : "false";
    case XVALUE_TIME:
        return run->is_getodk ? xdate_time(run->arena, v->as.number, run->utc_offset_min)
                              : xdate_date(run->arena, today(run));
    case XVALUE_DATETIME:
        if (run->is_getodk)
            return xdate_datetime(run->arena, v->as.number, run->utc_offset_min);
        return xdate_date(run->arena, v->as.number);
    default:
        return xdate_date(run->arena, v->as.number);
    }
}

const char *xnode_string(struct xpath_run *run, struct xnode node)
{
    struct xvalue v = xnode_value(run, node);
    return scalar_string(run, &v);
}

const char *xvalue_string(struct xpath_run *run, const struct xvalue *v)
{
    if (v->kind == XVALUE_NODES)
        return v->as.nodes.count ? xnode_string(run, v->as.nodes.items[0]) : "";
    return scalar_string(run, v);
}

/* Numbers and booleans ----------------------------------------------------------------------------
 */

bool xtext_is_date_like(const char *text)
{
    struct xvalue v;
    return xdate_read(text, 0, &v) && v.kind != XVALUE_TIME;
}

static double string_number(struct xpath_run *run, const char *text)
{
    double number;
    struct xvalue date;
    if (read_number(run, text, &number))
        return number;
    if (run->is_getodk && xdate_read(text, run->utc_offset_min, &date) && date.kind != XVALUE_TIME)
        return date.as.number - run->utc_offset_min / 1440.0;
    return __builtin_nan("");
}

/* A date counts whole local days; in getodk's eyes it is an instant, days since the UTC epoch. */
static double date_number(struct xpath_run *run, const struct xvalue *v)
{
    if (v->kind == XVALUE_TIME)
        return v->as.number;
    return run->is_getodk ? v->as.number - run->utc_offset_min / 1440.0
                          : __builtin_floor(v->as.number);
}

static double scalar_number(struct xpath_run *run, const struct xvalue *v)
{
    switch (v->kind) {
    case XVALUE_NUMBER:
        return v->as.number;
    case XVALUE_BOOLEAN:
        return v->as.boolean ? 1 : 0;
    case XVALUE_STRING:
        return string_number(run, v->as.string);
    default:
        return date_number(run, v);
    }
}

double xvalue_number(struct xpath_run *run, const struct xvalue *v)
{
    if (v->kind != XVALUE_NODES)
        return scalar_number(run, v);
    if (v->as.nodes.count == 0)
        return __builtin_nan("");
    struct xvalue first = xnode_value(run, v->as.nodes.items[0]);
    return scalar_number(run, &first);
}

static bool scalar_boolean(const struct xvalue *v)
{
    switch (v->kind) {
    case XVALUE_NUMBER:
        return v->as.number != 0 && v->as.number == v->as.number;
    case XVALUE_BOOLEAN:
        return v->as.boolean;
    case XVALUE_STRING:
        return *v->as.string != '\0';
    default:
        return true;
    }
}

bool xvalue_boolean(struct xpath_run *run, const struct xvalue *v)
{
    if (v->kind != XVALUE_NODES)
        return scalar_boolean(v);
    if (v->as.nodes.count == 0)
        return false;
    if (run->is_xpath1 || run->is_getodk)
        return true;
    struct xvalue first = xnode_value(run, v->as.nodes.items[0]);
    return scalar_boolean(&first);
}

/* Equality --------------------------------------------------------------------------------------
 */

static bool numbers_equal(struct xpath_run *run, double a, double b)
{
    if (run->is_xpath1 || run->is_getodk || a == b)
        return a == b;
    return __builtin_fabs(a - b) < 1e-12;
}

bool xvalue_equal(struct xpath_run *run, const struct xvalue *a, const struct xvalue *b)
{
    if (a->kind == XVALUE_BOOLEAN || b->kind == XVALUE_BOOLEAN)
        return scalar_boolean(a) == scalar_boolean(b);
    bool is_date = a->kind >= XVALUE_DATE && b->kind >= XVALUE_DATE;
    if (a->kind == XVALUE_NUMBER || b->kind == XVALUE_NUMBER || is_date)
        return numbers_equal(run, scalar_number(run, a), scalar_number(run, b));
    if (run->is_getodk && (a->kind >= XVALUE_DATE || b->kind >= XVALUE_DATE))
        return scalar_number(run, a) == scalar_number(run, b);
    return text_equal(scalar_string(run, a), scalar_string(run, b));
}
