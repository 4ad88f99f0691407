/* Functions on truth and choice. */
#include "engine/functions.h"

#include "base/text.h"

XFUNCTION(true)
{
    (void)e, (void)c;
    xslot_boolean(out, true);
    return NULL;
}

XFUNCTION(false)
{
    (void)e, (void)c;
    xslot_boolean(out, false);
    return NULL;
}

XFUNCTION(boolean)
{
    bool is_true;
    TRY(xarg_boolean(e, c, 0, &is_true));
    xslot_boolean(out, is_true);
    return NULL;
}

XFUNCTION(not )
{
    bool is_true;
    TRY(xarg_boolean(e, c, 0, &is_true));
    xslot_boolean(out, !is_true);
    return NULL;
}

XFUNCTION(boolean_from_string)
{
    const char *text;
    TRY(xarg_string(e, c, 0, &text));
    bool is_word = e->run->is_getodk ? text_equal(text, "true") : text_equal_fold(text, "true");
    xslot_boolean(out, is_word || text_equal(text, "1"));
    return NULL;
}

/* Only the branch taken is evaluated. */
XFUNCTION(if)
{
    bool is_true;
    TRY(xarg_boolean(e, c, 0, &is_true));
    return xeval_node(e, c->arguments[is_true ? 1 : 2], out);
}

static bool is_nan(const struct xvalue *v)
{
    return v->kind == XVALUE_NUMBER && v->as.number != v->as.number;
}

XFUNCTION(coalesce)
{
    TRY(xeval_node(e, c->arguments[0], out));
    if (!is_nan(&out->value) && *xvalue_string(e->run, &out->value))
        return NULL;
    return xeval_node(e, c->arguments[1], out);
}

/* What the node holds already; NaN counts as nothing. */
XFUNCTION(once)
{
    if (e->current.id != XNODE_NONE) {
        const char *held = xnode_string(e->run, e->current);
        if (*held) {
            xslot_string(out, held);
            return NULL;
        }
    }
    TRY(xeval_node(e, c->arguments[0], out));
    if (is_nan(&out->value))
        xslot_string(out, "");
    return NULL;
}

static bool is_between(double sum, double least, double most)
{
    return (least == -1 || sum >= least) && (most == -1 || sum <= most);
}

static struct err *bounds(struct xeval *e, const struct xcall *c, double *least, double *most)
{
    TRY(xarg_number(e, c, 0, least));
    return xarg_number(e, c, 1, most);
}

static size_t value_count(const struct xvalue *v)
{
    return v->kind == XVALUE_NODES ? v->as.nodes.count : 1;
}

/* The i-th of a path's nodes, or the single value. */
static struct xvalue value_at(struct xpath_run *run, const struct xvalue *v, size_t i)
{
    return v->kind == XVALUE_NODES ? xnode_value(run, v->as.nodes.items[i]) : *v;
}

XFUNCTION(checklist)
{
    double least, most, sum = 0;
    TRY(bounds(e, c, &least, &most));
    for (uint32_t i = 2; i < c->count; i++) {
        struct xslot s;
        TRY(xeval_node(e, c->arguments[i], &s));
        TRY(xeval_spend(e, value_count(&s.value)));
        for (size_t n = 0; n < value_count(&s.value); n++) {
            struct xvalue v = value_at(e->run, &s.value, n);
            sum += xvalue_boolean(e->run, &v);
        }
    }
    xslot_boolean(out, is_between(sum, least, most));
    return NULL;
}

/* Values and weights in pairs; two paths are paired node by node. JavaRosa knows no open bounds
 * here: -1 as the upper one is below every sum. */
XFUNCTION(weighted_checklist)
{
    double least, most, sum = 0;
    TRY(bounds(e, c, &least, &most));
    for (uint32_t i = 2; i + 1 < c->count; i += 2) {
        struct xslot values, weights;
        TRY(xeval_node(e, c->arguments[i], &values));
        TRY(xeval_node(e, c->arguments[i + 1], &weights));
        TRY(xeval_spend(e, value_count(&values.value)));
        for (size_t n = 0; n < value_count(&values.value) && n < value_count(&weights.value); n++) {
            struct xvalue v = value_at(e->run, &values.value, n);
            struct xvalue weight = value_at(e->run, &weights.value, n);
            if (xvalue_boolean(e->run, &v))
                sum += xvalue_number(e->run, &weight);
        }
    }
    xslot_boolean(out,
                  e->run->is_getodk ? is_between(sum, least, most) : sum >= least && sum <= most);
    return NULL;
}
