/* The evaluator as functions see it. Private to engine/xpath_*.c and functions*.c. */
#ifndef ENGINE_XPATH_RUN_H
#define ENGINE_XPATH_RUN_H

#include "engine/xpath_code.h"

/* Where an evaluation stands: position and size are those of the predicate around it. */
struct xeval {
    struct xpath_run *run;
    struct xcode code;
    struct xnode current, context;
    size_t position, size;
    uint32_t depth;
};

/* A value with room for a node of its own, so that one node needs no memory elsewhere. A slot is
 * never copied: its nodes may point into it. */
struct xslot {
    struct xvalue value;
    struct xnode room[1];
};
static inline struct xnodes *xslot_nodes(struct xslot *s)
{
    s->value.kind = XVALUE_NODES;
    s->value.as.nodes = (struct xnodes){.items = s->room, .capacity = 1};
    return &s->value.as.nodes;
}
static inline void xslot_number(struct xslot *s, double number)
{
    s->value = (struct xvalue){.kind = XVALUE_NUMBER, .as.number = number};
}
static inline void xslot_boolean(struct xslot *s, bool boolean)
{
    s->value = (struct xvalue){.kind = XVALUE_BOOLEAN, .as.boolean = boolean};
}
static inline void xslot_string(struct xslot *s, const char *string)
{
    s->value = (struct xvalue){.kind = XVALUE_STRING, .as.string = string};
}

/* The arguments of a call: nodes of the code, evaluated when a function asks for them. */
struct xcall {
    const struct xfunction *function;
    const uint32_t *arguments;
    uint32_t count;
};

MUST_CHECK struct err *xeval_node(struct xeval *e, uint32_t node, struct xslot *out);
MUST_CHECK struct err *xeval_number(struct xeval *e, uint32_t node, double *out);
MUST_CHECK struct err *xeval_boolean(struct xeval *e, uint32_t node, bool *out);
MUST_CHECK struct err *xeval_string(struct xeval *e, uint32_t node, const char **out);

/* Argument i, converted. xarg_nodes: ERR_INVALID xpath.type if it is no node set. */
MUST_CHECK struct err *xarg_number(struct xeval *e, const struct xcall *c, uint32_t i, double *out);
MUST_CHECK struct err *xarg_boolean(struct xeval *e, const struct xcall *c, uint32_t i, bool *out);
MUST_CHECK struct err *xarg_string(struct xeval *e, const struct xcall *c, uint32_t i,
                                   const char **out);
MUST_CHECK struct err *xarg_nodes(struct xeval *e, const struct xcall *c, uint32_t i,
                                  struct xslot *out);

/* ERR_INVALID xpath.too_costly once the budget is spent. */
MUST_CHECK struct err *xeval_spend(struct xeval *e, uint64_t steps);
/* Sort into document order and drop doubles. */
MUST_CHECK struct err *xnodes_order(struct xeval *e, struct xnodes *set);

static inline bool xnode_same(struct xnode a, struct xnode b)
{
    return a.id == b.id && a.tree == b.tree;
}
static inline struct xnode xnode_parent(struct xnode n)
{
    return (struct xnode){n.tree, n.tree->ops->parent(n.tree, n.id)};
}
/* 1-based place among the siblings of the same name. */
size_t xnode_place(struct xnode n);

/* The value of one node by its bind type: number, boolean, date ... or its text. */
struct xvalue xnode_value(struct xpath_run *run, struct xnode node);
/* Are two single values equal ("=")? */
bool xvalue_equal(struct xpath_run *run, const struct xvalue *a, const struct xvalue *b);
/* Text of a number in the run's arena. */
const char *xnumber_text(struct xpath_run *run, double number);
bool xtext_is_date_like(const char *text);

/* One row a function: name, arguments (max ARGUMENTS_MANY: any number), what it is, the code. The
 * place of a row is stored in form images: new rows go to the end, none is ever removed. */
enum { ARGUMENTS_MANY = 255 };
enum xfunction_flag {
    XFUNCTION_VOLATILE = 1,   /* another value each time */
    XFUNCTION_WEB_ONLY = 2,   /* unknown to JavaRosa */
    XFUNCTION_ALL_NODES = 4,  /* path arguments mean all nodes, also inside a repeat */
    XFUNCTION_FIRST_NODES = 8 /* the same, of the first argument alone */
};
struct xfunction {
    const char *name;
    uint8_t least, most, flags;
    struct err *(*run)(struct xeval *e, const struct xcall *c, struct xslot *out);
};
extern const struct xfunction xfunctions[];
extern const size_t xfunction_total;

/* The shared core of today(), now() and the functions on dates. */
double xrun_local_days(const struct xpath_run *run);

#define XFUNCTION(name)                                                                            \
    struct err *xfunction_##name(struct xeval *e, const struct xcall *c, struct xslot *out)

#endif
