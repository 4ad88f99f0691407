/* The parser's state, shared by xpath_parse.c (grammar) and xpath_path.c (location paths). */
#ifndef ENGINE_XPATH_PARSE_H
#define ENGINE_XPATH_PARSE_H

#include "engine/xpath_run.h"

/* A path while it is read, and the path a predicate stands in. */
struct xtrail {
    enum { XTRAIL_ROOT, XTRAIL_CONTEXT, XTRAIL_CURRENT, XTRAIL_ELSEWHERE } from;
    uint32_t up;
    const char **names;
    size_t count, capacity;
    bool is_closed; /* went over an attribute: no further names */
};

struct xparser {
    struct arena *arena;
    const struct xpath_scope *scope;
    const char *text, *at;
    uint32_t *words;
    size_t word_count, word_capacity;
    char *texts;
    size_t text_size, text_capacity;
    uint32_t flags, depth;
    const struct xtrail *outer; /* of the predicate we are in; NULL outside */
    bool wants_all_nodes;       /* the next path is an argument that means all nodes */
};

/* A list of nodes while its length is not known. */
struct xlist {
    uint32_t *items;
    size_t count, capacity;
};
void xlist_add(struct xparser *p, struct xlist *l, uint32_t item);

void xparse_space(struct xparser *p);
bool xparse_accept(struct xparser *p, const char *token);
MUST_CHECK struct err *xparse_expect(struct xparser *p, const char *token);
/* Bytes of the NCName at text, 0 if there is none. */
size_t xparse_name_size(const char *text);
const char *xparse_place(struct xparser *p, const char *at); /* "column 7" */
MUST_CHECK struct err *xparse_fault(struct xparser *p, const char *at, enum err_kind kind,
                                    const char *code, const char *english, const char *chinese);
MUST_CHECK struct err *xparse_unexpected(struct xparser *p);
MUST_CHECK struct err *xparse_expression(struct xparser *p, uint32_t *node_out);
/* Nested once more; ERR_INVALID xpath.too_deep. */
MUST_CHECK struct err *xparse_nested(struct xparser *p, uint32_t *node_out);

uint32_t xemit(struct xparser *p, uint32_t word);
uint32_t xemit_list(struct xparser *p, const struct xlist *l);
uint32_t xemit_text(struct xparser *p, const char *text, size_t size);

/* The location path at p->at. start: its first expression, or 0. */
MUST_CHECK struct err *xparse_path(struct xparser *p, uint32_t start, uint32_t *node_out);
/* Does a location path stand at p->at? */
bool xparse_is_path(const struct xparser *p);
MUST_CHECK struct err *xparse_predicates(struct xparser *p, struct xlist *list);

/* Judge literal arguments: patterns, formats, algorithms, instances. arguments may be rewritten. */
MUST_CHECK struct err *xparse_check_call(struct xparser *p, const char *at,
                                         const struct xfunction *f, struct xlist *arguments);

/* Warn of a quoted date beside an operator that wants numbers. */
void xparse_check_comparison(struct xparser *p, uint32_t left, uint32_t right);

#endif
