/* XPath 1.0 as ODK defines it: parse once, at publish time, into position-independent code that is
 * kept in the form image; evaluate against any tree. Pure. Semantics: forms.md 7 and 8. */
#ifndef ENGINE_XPATH_H
#define ENGINE_XPATH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Trees --------------------------------------------------------------------------------------- */

enum xtype { /* bind type of a node, as far as expressions care */
             XTYPE_STRING,
             XTYPE_INT,
             XTYPE_DECIMAL,
             XTYPE_BOOLEAN,
             XTYPE_DATE,
             XTYPE_TIME,
             XTYPE_DATETIME
};
enum xkind {
    XKIND_ROOT,
    XKIND_ELEMENT,
    XKIND_ATTRIBUTE,
    XKIND_TEXT,
    XKIND_COMMENT,
    XKIND_PI,
    XKIND_NAMESPACE
};

/* A node is a tree and a number in it; XNODE_NONE is no node. The host's trees (sheet, secondary
 * instance, XML document) implement xtree_ops. order: document order, comparable within a tree. */
#define XNODE_NONE UINT32_MAX
struct xtree;
struct xnode {
    const struct xtree *tree;
    uint32_t id;
};
struct xtree_ops {
    enum xkind (*kind)(const struct xtree *t, uint32_t id);
    uint32_t (*parent)(const struct xtree *t, uint32_t id);
    uint32_t (*first_child)(const struct xtree *t, uint32_t id);
    uint32_t (*next_sibling)(const struct xtree *t, uint32_t id);
    uint32_t (*first_attribute)(const struct xtree *t, uint32_t id); /* next by next_sibling */
    const char *(*local_name)(const struct xtree *t, uint32_t id);
    const char *(*namespace_uri)(const struct xtree *t, uint32_t id); /* "" = none */
    const char *(*text)(const struct xtree *t, uint32_t id); /* own text; of an element without
                                                                element children: its value */
    enum xtype (*type)(const struct xtree *t, uint32_t id);
    uint64_t (*order)(const struct xtree *t, uint32_t id);
};
struct xtree {
    const struct xtree_ops *ops;
    void *self;
};

/* Compile ------------------------------------------------------------------------------------- */

/* A plain location path of an expression: child steps by name without predicates, from the root,
 * from the context node, or from current(). up counts leading "..". */
struct xpath_path {
    enum { XPATH_FROM_ROOT, XPATH_FROM_CONTEXT, XPATH_FROM_CURRENT } from;
    uint32_t up;
    const char *const *names; /* "prefix:name" as written */
    size_t count;
    bool is_in_predicate;    /* the context node is not the expression's own */
    bool in_repeat_argument; /* first arguments of position(), indexed-repeat(), count() ...: all
                                nodes */
};
struct xpath_scope {
    void *self;
    /* NULL: unknown prefix. May be NULL: no prefixes. */
    const char *(*namespace_uri)(void *self, const char *prefix);
    /* Offered each plain path outside predicates (and absolute ones inside). True: *ref_out stands
     * in the code and run->ref() finds its nodes; false: walked by name at run time. May be NULL.
     */
    bool (*resolve)(void *self, const struct xpath_path *path, uint32_t *ref_out);
    /* Each instance('id') named literally; false = unknown id, a compile error. May be NULL. */
    bool (*has_instance)(void *self, const char *id);
    /* Told each location path that was not resolved, for dependencies: predicates are dropped,
     * relative paths in predicates are joined to the path they filter, "*" stands for any name or
     * any axis other than child and parent (that path may reach everything below). Attributes end
     * the path. Not told: paths that start in instance(). May be NULL. */
    void (*touch)(void *self, const struct xpath_path *path);
    /* Warnings: what phones refuse or judge otherwise (forms.md 7). May be NULL. */
    struct notes *notes;
    const char *notes_where;
};
/* Relocatable bytes: no pointers, little-endian, equal for equal input. */
struct xpath_code {
    const void *bytes;
    size_t size;
};
/* Errors: ERR_INVALID xpath.syntax, xpath.unknown_function, xpath.arguments, xpath.too_long,
 * xpath.too_deep, xpath.unknown_instance, xpath.bad_regex ...; where = "column N" of the text. */
MUST_CHECK struct err *xpath_compile(struct arena *a, const char *text,
                                     const struct xpath_scope *scope, struct xpath_code *code_out);
/* Properties for the compiler of forms. */
bool xpath_code_is_volatile(const struct xpath_code *code); /* now, today, random, uuid, once */
/* Uses what JavaRosa does not know (union, filters, other axes, floor() ...): no form for phones.
 */
bool xpath_code_is_web_only(const struct xpath_code *code);
/* Are these bytes what xpath_compile writes? For images that come from outside; linear. */
bool xpath_code_check(const struct xpath_code *code);

/* Evaluate ------------------------------------------------------------------------------------ */

enum xvalue_kind {
    XVALUE_STRING,
    XVALUE_NUMBER,
    XVALUE_BOOLEAN,
    XVALUE_NODES,
    XVALUE_DATE,
    XVALUE_TIME,
    XVALUE_DATETIME
};
struct xnodes {
    struct xnode *items;
    size_t count, capacity;
};
struct xvalue {
    enum xvalue_kind kind;
    union {
        const char *string;
        double number; /* dates: days since 1970-01-01 local, with fraction for date-times */
        bool boolean;
        struct xnodes nodes;
    } as;
};
struct xpath_run;
/* What an evaluation may ask of its host. Any member but root may be NULL. */
struct xpath_host {
    void *self;
    struct xnode (*root)(void *self); /* what "/" means */
    /* The nodes of a resolved reference, seen from the context node. */
    void (*ref)(struct xpath_run *run, uint32_t ref, struct xnode context, struct xnodes *out);
    struct xnode (*instance)(void *self, const char *id); /* its document node */
    const char *(*itext)(struct xpath_run *run, const char *id);
    /* The text's nodes instead, where translations are nodes of a document. */
    void (*itext_nodes)(struct xpath_run *run, const char *id, struct xnodes *out);
    /* The name as written, with its prefix, for name(); without it: the local name. */
    const char *(*qualified_name)(struct xpath_run *run, struct xnode node);
    const char *(*choice_name)(struct xpath_run *run, const char *value, struct xnode question,
                               const char *path);
    const char *(*property)(void *self, const char *name);
    /* Children called item of parent whose child column reads value, by an index; false: there is
     * no index, they are walked. Asked for instance('x')/root/item[column = value]. */
    bool (*find)(struct xpath_run *run, struct xnode parent, const char *item, const char *column,
                 const char *value, struct xnodes *out);
    const char *language; /* of format-date names; "" or NULL = English; "zh" Chinese */
};
struct xpath_run {
    struct arena *arena; /* values live here */
    const struct xpath_host *host;
    int64_t now_ms; /* held for the whole pass */
    int32_t utc_offset_min;
    uint64_t (*random)(void *self);
    void *random_self;
    uint64_t steps_left; /* budget; LIMIT_STEPS at the start */
    bool is_getodk;      /* the other profile of forms.md 7; default JavaRosa */
    bool is_xpath1;      /* plain XPath 1.0 conversions, for other documents than forms */
};
/* context: the node of "."; Errors: ERR_INVALID xpath.too_costly, xpath.type, xpath.argument. */
MUST_CHECK struct err *xpath_run(struct xpath_run *run, const struct xpath_code *code,
                                 struct xnode context, struct xvalue *value_out);

/* Conversions of forms.md 7.1; string form of a value, "" for NaN stored is the caller's rule. */
const char *xvalue_string(struct xpath_run *run, const struct xvalue *v);
double xvalue_number(struct xpath_run *run, const struct xvalue *v);
bool xvalue_boolean(struct xpath_run *run, const struct xvalue *v);
void xnodes_add(struct xpath_run *run, struct xnodes *set, struct xnode node);
const char *xnode_string(struct xpath_run *run, struct xnode node);

/* Dates ----------------------------------------------------------------------------------------
 * "2026-2-3", "2026-02-03T10:20:30.123+08:00", "10:20:30.123Z": a date, a date-time in local days,
 * a time as fraction of the local day. Without an offset the text is local. */
bool xdate_read(const char *text, int32_t utc_offset_min, struct xvalue *value_out);
/* Print days as "2026-02-03", "2026-02-03T10:20:30.123+08:00", "10:20:30.123+08:00". */
const char *xdate_date(struct arena *a, double days);
const char *xdate_datetime(struct arena *a, double days, int32_t utc_offset_min);
const char *xdate_time(struct arena *a, double days, int32_t utc_offset_min);

#endif
