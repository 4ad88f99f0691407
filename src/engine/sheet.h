/* Inside the engine (and forms/record.c): how a form and a sheet lie in memory.
 *
 * A sheet's nodes are numbered like the image's: node d of the image is node d of the sheet, and
 * the first instance of each repeat stands in its own numbers. Each further instance is a block of
 * numbers at the end, laid out like the image's subtree: inside one instance `inst` of repeat r, a
 * node d below r, not below another repeat, is inst + (d - r). So a reference to one node costs an
 * addition, and a sheet without repeats costs two copies of memory to make. */
#ifndef ENGINE_SHEET_H
#define ENGINE_SHEET_H

#include "engine/form.h"
#include "engine/image.h"
#include "engine/list_image.h"
#include "engine/xpath.h"

#include "base/arena.h"

struct attached {
    const char *instance_id;
    const struct list *list;
    const struct attached *next;
};
struct form {
    const struct image_header *header;
    const unsigned char *bytes;
    const char *texts;
    const unsigned char *code;
    const struct image_node *nodes;
    uint32_t node_count;
    const struct image_expression *expressions;
    const struct image_tree *tree;
    struct xtree instances; /* over tree */
    const struct attached *attached;
};
static inline const char *form_text(const struct form *f, uint32_t text)
{
    return f->texts + text;
}
/* First record of a section, and how many. */
const void *form_section(const struct form *f, enum image_section section, uint32_t *count_out);

enum sheet_flag {
    SHEET_OFF = 1,        /* own relevant is false */
    SHEET_HIDDEN = 2,     /* not relevant, by itself or by an ancestor */
    SHEET_LOADED = 4,     /* a value came with the answers */
    SHEET_MISMATCH = 8,   /* what came differs from what is calculated */
    SHEET_FAILED = 16,    /* its calculation failed */
    SHEET_TOO_LARGE = 32, /* its calculation does not fit an int */
    SHEET_FIRED = 256,    /* its actions ran in this call */
    SHEET_CHANGED = 128,  /* value, relevance, choices or finding, in this call */
    SHEET_LOOSE = 64      /* not in the tree: a repeat without instances, or removed */
};
struct sheet_node {
    uint32_t def; /* in the image */
    uint32_t parent, first_child, next, first_attribute;
    uint32_t flags;
};
enum sheet_mode {
    SHEET_NEW,
    SHEET_RESUME, /* a draft or a returned record: calculations win */
    SHEET_JUDGE   /* a submission: calculations are compared */
};
struct sheet {
    const struct form *form;
    struct host host;
    enum sheet_mode mode;
    struct arena *arena;   /* answers and nodes */
    struct arena *scratch; /* evaluations */
    struct sheet_node *nodes;
    const char **values;
    uint32_t count, capacity;
    uint32_t *order; /* document order per node, counted again when old; NULL: the number itself */
    bool is_order_old;
    struct xtree tree;
    struct xpath_host xhost;
    struct xpath_run run;
    const char *language;
    uint32_t language_index;
    uint32_t *dirty;  /* a bit per place of IMAGE_ORDER */
    bool has_own_now; /* a kept record is judged at its own time */
    int64_t own_now_ms;
    uint32_t depth;        /* of labels in labels */
    const struct foreign { /* elements that the form does not know, document order */
        const char *path;
        uint32_t parent; /* node */
        struct foreign *next;
    } * foreign;
    bool is_tracking; /* changes make other nodes dirty; off while everything is computed */
};

/* Nodes of one sheet: nested counts multiply. */
enum { SHEET_NODES = 300000 };
/* How deep a label may ask for labels (jr:choice-name in an output). */
enum { SHEET_DEEPEST = 8 };

/* sheet.c: nodes */
void sheet_make(struct arena *a, const struct form *form, const struct host *host,
                enum sheet_mode mode, struct sheet *s);
uint32_t sheet_add_instance(struct sheet *s, uint32_t repeat, uint32_t parent);
void sheet_unlink(struct sheet *s, uint32_t node);
uint32_t sheet_instance_count(const struct sheet *s, uint32_t parent, uint32_t repeat);
uint32_t sheet_position(const struct sheet *s, uint32_t node); /* 1-based among its like */
uint32_t sheet_find(struct sheet *s, const char *path);        /* IMAGE_NONE: no such node */
/* The node of a path, made if it is an instance of a repeat that does not stand yet. */
uint32_t sheet_reach(struct sheet *s, const char *path);
const char *sheet_path(struct arena *a, const struct sheet *s, uint32_t node);
void sheet_set(struct sheet *s, uint32_t node, const char *text);
/* Child of node with that local name in the image; after: where to begin to look. */
uint32_t form_child(const struct form *f, uint32_t parent, const char *name, size_t size,
                    uint32_t after);
uint32_t form_attribute(const struct form *f, uint32_t parent, const char *name, size_t size);
/* The nodes of def seen from node (itself, an ancestor of such, or root). */
typedef void sheet_visit(void *self, uint32_t node);
void sheet_each(struct sheet *s, uint32_t from, uint32_t def, sheet_visit *visit, void *self);
/* All nodes of a def in the sheet. */
void sheet_all(struct sheet *s, uint32_t def, sheet_visit *visit, void *self);
static inline const struct image_node *sheet_def(const struct sheet *s, uint32_t node)
{
    return &s->form->nodes[s->nodes[node].def];
}
static inline bool sheet_is_hidden(const struct sheet *s, uint32_t node)
{
    return s->nodes[node].flags & SHEET_HIDDEN;
}

/* sheet_tree.c: the sheet and the secondary instances as trees of the evaluator */
extern const struct xtree_ops sheet_ops, instance_ops;
extern const struct xpath_host sheet_host;
/* Time is asked once per call into the engine. */
void sheet_begin(struct sheet *s, struct arena *scratch);
bool sheet_is_fatal(const struct err *e); /* stops the whole call, not one expression */
MUST_CHECK struct err *sheet_evaluate(struct sheet *s, uint32_t expression, uint32_t context,
                                      struct xvalue *value_out);
/* A failure on data (a date that is none) counts as if_failed. */
MUST_CHECK struct err *sheet_holds(struct sheet *s, uint32_t expression, uint32_t context,
                                   bool if_failed, bool *holds_out);

/* recalc.c */
MUST_CHECK struct err *sheet_calculate_all(struct sheet *s);
MUST_CHECK struct err *sheet_calculate_dirty(struct sheet *s);
void sheet_touch(struct sheet *s, uint32_t node); /* what reads it must be computed again */
void sheet_touch_block(struct sheet *s, uint32_t node);
MUST_CHECK struct err *sheet_fire(struct sheet *s, uint32_t events, uint32_t node);
void sheet_preload(struct sheet *s, uint32_t only); /* 0: all; else that enum image_preload */
const char *sheet_uuid(struct arena *a, struct sheet *s);
MUST_CHECK struct err *sheet_grow(struct sheet *s, uint32_t repeat, uint32_t parent,
                                  uint32_t *instance_out);
void sheet_shrink(struct sheet *s, uint32_t instance);
/* The text that a node of that type keeps (forms.md 7.2). */
const char *sheet_stored(struct sheet *s, const struct xvalue *v, uint32_t type, uint32_t *flags);

/* answer_type.c: a value alone */
bool answer_fits(uint32_t type, const char *text);
bool answer_same(struct arena *a, uint32_t type, const char *left, const char *right,
                 int32_t utc_offset_min);

/* caption.c */
const char *sheet_rich(struct arena *a, struct sheet *s, uint32_t rich, uint32_t node);
const char *sheet_caption(struct arena *a, struct sheet *s, uint32_t caption, uint32_t node);
const struct image_itext_form *sheet_caption_forms(struct sheet *s, uint32_t caption);
const struct image_itext_form *sheet_itext(const struct sheet *s, const char *id);
void sheet_language(struct sheet *s, const char *language);
bool sheet_is_chinese(const struct sheet *s);

/* choice.c */
MUST_CHECK struct err *sheet_choices_of(struct arena *a, struct sheet *s, uint32_t node,
                                        const struct choice **out, size_t *count_out);
MUST_CHECK struct err *sheet_choice_holds(struct sheet *s, uint32_t node, const char *text,
                                          bool *holds_out);
bool sheet_choice_label(struct arena *a, struct sheet *s, uint32_t node, const char *value,
                        const char **label_out);

/* verdict.c */
struct finding finding_plain(const struct sheet *s, enum finding_kind kind, const char *path);
MUST_CHECK struct err *sheet_is_required(struct sheet *s, uint32_t node, bool *is_out);
MUST_CHECK struct err *sheet_judge_node(struct arena *a, struct sheet *s, uint32_t node,
                                        struct finding *f, bool *has);
MUST_CHECK struct err *sheet_judge(struct arena *a, struct sheet *s, struct verdict *verdict_out);

/* fill.c: for forms/record.c, which fills the sheet while it reads. The host must outlive s. */
void sheet_open_empty(struct arena *a, const struct form *form, const struct host *host,
                      struct sheet *s);
/* Every value is there: calculate, once. */
MUST_CHECK struct err *sheet_settle(struct sheet *s, struct arena *scratch);

#endif
