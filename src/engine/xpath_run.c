/* The evaluator: walks the code, asks the trees, counts its steps. Values of one node need no
 * memory but the slot they are returned in. */
#include "engine/xpath_run.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "engine/xpath_step.h"

struct err *xeval_spend(struct xeval *e, uint64_t steps)
{
    if (e->run->steps_left < steps) {
        e->run->steps_left = 0;
        return err_new(e->run->arena, ERR_INVALID, "xpath.too_costly", "",
                       "The expression takes too many steps; simplify it.",
                       "表达式的计算量太大；请简化。");
    }
    e->run->steps_left -= steps;
    return NULL;
}

/* Arithmetic and comparison -----------------------------------------------------------------------
 */

static double modulo(double a, double b)
{
    double quotient = a / b;
    if (__builtin_fabs(a) < 9e15 && __builtin_fabs(b) < 9e15 && a == __builtin_trunc(a) &&
        b == __builtin_trunc(b) && b != 0)
        return a - b * __builtin_trunc(quotient);
    return real_mod(a, b);
}

static double arithmetic(enum xoperator op, double a, double b)
{
    switch (op) {
    case XOPERATOR_ADD:
        return a + b;
    case XOPERATOR_SUBTRACT:
        return a - b;
    case XOPERATOR_MULTIPLY:
        return a * b;
    case XOPERATOR_DIVIDE:
        return a / b;
    default:
        return modulo(a, b);
    }
}

static bool in_order(enum xoperator op, double a, double b)
{
    switch (op) {
    case XOPERATOR_LESS:
        return a < b;
    case XOPERATOR_LESS_EQUAL:
        return a <= b;
    case XOPERATOR_GREATER:
        return a > b;
    default:
        return a >= b;
    }
}

static bool scalars_compare(struct xpath_run *run, enum xoperator op, const struct xvalue *a,
                            const struct xvalue *b)
{
    if (op == XOPERATOR_EQUAL)
        return xvalue_equal(run, a, b);
    if (op == XOPERATOR_UNEQUAL)
        return !xvalue_equal(run, a, b);
    return in_order(op, xvalue_number(run, a), xvalue_number(run, b));
}

/* A node set compares true if one of its nodes does; it equals a boolean as a whole. */
static struct err *compare(struct xeval *e, enum xoperator op, const struct xvalue *a,
                           const struct xvalue *b, bool *out)
{
    struct xpath_run *run = e->run;
    if (a->kind != XVALUE_NODES && b->kind != XVALUE_NODES) {
        *out = scalars_compare(run, op, a, b);
        return NULL;
    }
    const struct xvalue *set = a->kind == XVALUE_NODES ? a : b, *other = set == a ? b : a;
    if (other->kind == XVALUE_BOOLEAN && op <= XOPERATOR_UNEQUAL) {
        struct xvalue whole = {.kind = XVALUE_BOOLEAN, .as.boolean = xvalue_boolean(run, set)};
        *out = scalars_compare(run, op, set == a ? &whole : a, set == a ? b : &whole);
        return NULL;
    }
    *out = false;
    for (size_t i = 0; i < set->as.nodes.count && !*out; i++) {
        struct xvalue one = xnode_value(run, set->as.nodes.items[i]);
        TRY(xeval_spend(e, 1));
        TRY(compare(e, op, set == a ? &one : a, set == a ? b : &one, out));
    }
    return NULL;
}

/* In JavaRosa's eyes a node set without nodes equals ''. */
static void empty_to_text(struct xpath_run *run, struct xslot *s)
{
    if (s->value.kind == XVALUE_NODES && s->value.as.nodes.count == 0 && !run->is_xpath1 &&
        !run->is_getodk)
        xslot_string(s, "");
}

static struct err *compare_nodes(struct xeval *e, enum xoperator op, struct xslot *left,
                                 uint32_t right_node, bool *out)
{
    struct xslot right;
    TRY(xeval_node(e, right_node, &right));
    empty_to_text(e->run, left);
    empty_to_text(e->run, &right);
    return compare(e, op, &left->value, &right.value, out);
}

/* Chains ------------------------------------------------------------------------------------------
 */

static struct err *logic_chain(struct xeval *e, const uint32_t *words, uint32_t count, bool *out)
{
    bool stops_at = words[2] == XOPERATOR_OR;
    TRY(xeval_boolean(e, words[1], out));
    for (uint32_t i = 0; i < count && *out != stops_at; i++)
        TRY(xeval_boolean(e, words[3 + 2 * i], out));
    return NULL;
}

static struct err *compare_chain(struct xeval *e, const uint32_t *words, uint32_t count, bool *out)
{
    struct xslot left;
    TRY(xeval_node(e, words[1], &left));
    for (uint32_t i = 0; i < count; i++) {
        TRY(compare_nodes(e, (enum xoperator)words[2 + 2 * i], &left, words[3 + 2 * i], out));
        xslot_boolean(&left, *out);
    }
    return NULL;
}

static struct err *number_chain(struct xeval *e, const uint32_t *words, uint32_t count, double *out)
{
    TRY(xeval_number(e, words[1], out));
    for (uint32_t i = 0; i < count; i++) {
        double right;
        TRY(xeval_number(e, words[3 + 2 * i], &right));
        *out = arithmetic((enum xoperator)words[2 + 2 * i], *out, right);
    }
    return NULL;
}

static struct err *type_fault(struct xeval *e)
{
    return err_new(e->run->arena, ERR_INVALID, "xpath.type", "",
                   "A path is needed here, not a single value.", "这里要用路径，不能用单个值。");
}

static struct err *union_chain(struct xeval *e, const uint32_t *words, uint32_t count,
                               struct xslot *out)
{
    TRY(xeval_node(e, words[1], out));
    if (out->value.kind != XVALUE_NODES)
        return type_fault(e);
    for (uint32_t i = 0; i < count; i++) {
        struct xslot more;
        TRY(xeval_node(e, words[3 + 2 * i], &more));
        if (more.value.kind != XVALUE_NODES)
            return type_fault(e);
        for (size_t n = 0; n < more.value.as.nodes.count; n++)
            xnodes_add(e->run, &out->value.as.nodes, more.value.as.nodes.items[n]);
        TRY(xeval_spend(e, more.value.as.nodes.count));
        if (out->value.as.nodes.count > LIMIT_NODE_SET)
            return xeval_spend(e, UINT64_MAX);
    }
    return xnodes_order(e, &out->value.as.nodes);
}

static struct err *chain(struct xeval *e, const uint32_t *words, struct xslot *out)
{
    uint32_t op = words[2], count = words[0] >> 8;
    if (op == XOPERATOR_UNION)
        return union_chain(e, words, count, out);
    if (op >= XOPERATOR_ADD) {
        double number;
        TRY(number_chain(e, words, count, &number));
        xslot_number(out, number);
        return NULL;
    }
    bool boolean = false;
    TRY(op <= XOPERATOR_AND ? logic_chain(e, words, count, &boolean)
                            : compare_chain(e, words, count, &boolean));
    xslot_boolean(out, boolean);
    return NULL;
}

/* Nodes of the code
 * --------------------------------------------------------------------------------- */

static struct err *call(struct xeval *e, const uint32_t *words, struct xslot *out)
{
    const struct xcall c = {
        .function = &xfunctions[words[1]], .arguments = words + 2, .count = words[0] >> 8};
    return c.function->run(e, &c, out);
}

static struct err *filter(struct xeval *e, const uint32_t *words, struct xslot *out)
{
    TRY(xeval_node(e, words[1], out));
    if (out->value.kind != XVALUE_NODES)
        return type_fault(e);
    return xstep_filter(e, words + 2, words[0] >> 16, &out->value.as.nodes);
}

static struct err *path_start(struct xeval *e, const uint32_t *words, struct xslot *out)
{
    const struct xpath_host *host = e->run->host;
    struct xnode start = e->context;
    switch ((words[0] >> 8) & 0xFF) {
    case XSTART_EXPRESSION:
        TRY(xeval_node(e, words[1], out));
        return out->value.kind == XVALUE_NODES ? NULL : type_fault(e);
    case XSTART_ROOT:
        start = host->root(host->self);
        break;
    case XSTART_CURRENT:
        start = e->current;
        break;
    default:
        break;
    }
    struct xnodes *nodes = xslot_nodes(out);
    if (start.id != XNODE_NONE)
        xnodes_add(e->run, nodes, start);
    return NULL;
}

static struct err *path(struct xeval *e, const uint32_t *words, struct xslot *out)
{
    TRY(path_start(e, words, out));
    return xstep_walk(e, words + 2, words[0] >> 16, out);
}

struct err *xeval_node(struct xeval *e, uint32_t node, struct xslot *out)
{
    const uint32_t *words = e->code.words + node;
    TRY(xeval_spend(e, 1));
    switch (words[0] & 0xFF) {
    case XOP_NUMBER:
        xslot_number(out, xcode_number(&e->code, node));
        return NULL;
    case XOP_TEXT:
        xslot_string(out, e->code.bytes + words[1]);
        return NULL;
    case XOP_SELF: {
        struct xnodes *nodes = xslot_nodes(out);
        out->room[0] = e->context;
        nodes->count = e->context.id != XNODE_NONE;
        return NULL;
    }
    case XOP_REF:
        e->run->host->ref(e->run, words[1], e->current, xslot_nodes(out));
        return NULL;
    case XOP_CHAIN:
        return chain(e, words, out);
    case XOP_NEGATE: {
        double number;
        TRY(xeval_number(e, words[1], &number));
        xslot_number(out, -number);
        return NULL;
    }
    case XOP_CALL:
        return call(e, words, out);
    case XOP_FILTER:
        return filter(e, words, out);
    case XOP_PATH:
        return path(e, words, out);
    default: /* a compiled pattern outside regex() */
        return type_fault(e);
    }
}

struct err *xeval_number(struct xeval *e, uint32_t node, double *out)
{
    const uint32_t *words = e->code.words + node;
    if ((words[0] & 0xFF) == XOP_NUMBER) {
        *out = xcode_number(&e->code, node);
        return NULL;
    }
    if ((words[0] & 0xFF) == XOP_CHAIN && words[2] >= XOPERATOR_ADD && words[2] < XOPERATOR_UNION)
        return number_chain(e, words, words[0] >> 8, out);
    struct xslot s;
    TRY(xeval_node(e, node, &s));
    *out = xvalue_number(e->run, &s.value);
    return NULL;
}

struct err *xeval_boolean(struct xeval *e, uint32_t node, bool *out)
{
    struct xslot s;
    TRY(xeval_node(e, node, &s));
    *out = xvalue_boolean(e->run, &s.value);
    return NULL;
}

struct err *xeval_string(struct xeval *e, uint32_t node, const char **out)
{
    struct xslot s;
    TRY(xeval_node(e, node, &s));
    *out = xvalue_string(e->run, &s.value);
    return NULL;
}

struct err *xarg_number(struct xeval *e, const struct xcall *c, uint32_t i, double *out)
{
    return xeval_number(e, c->arguments[i], out);
}

struct err *xarg_boolean(struct xeval *e, const struct xcall *c, uint32_t i, bool *out)
{
    return xeval_boolean(e, c->arguments[i], out);
}

struct err *xarg_string(struct xeval *e, const struct xcall *c, uint32_t i, const char **out)
{
    return xeval_string(e, c->arguments[i], out);
}

struct err *xarg_nodes(struct xeval *e, const struct xcall *c, uint32_t i, struct xslot *out)
{
    TRY(xeval_node(e, c->arguments[i], out));
    if (out->value.kind == XVALUE_NODES)
        return NULL;
    return err_new(e->run->arena, ERR_INVALID, "xpath.type", "",
                   "%s() needs a path here, not a single value.",
                   "%s() 这里要用路径，不能用单个值。", c->function->name);
}

struct err *xpath_run(struct xpath_run *run, const struct xpath_code *code, struct xnode context,
                      struct xvalue *value_out)
{
    struct xeval e = {.run = run,
                      .code = xcode_open(code),
                      .current = context,
                      .context = context,
                      .position = 1,
                      .size = 1};
    struct xslot s;
    TRY(xeval_node(&e, e.code.words[2], &s));
    /* The slot ends here: a node in its room moves to the arena. */
    if (s.value.kind == XVALUE_NODES && s.value.as.nodes.items == s.room) {
        struct xnode *items = arena_alloc(run->arena, sizeof s.room);
        items[0] = s.room[0];
        s.value.as.nodes.items = items;
    }
    *value_out = s.value;
    return NULL;
}
