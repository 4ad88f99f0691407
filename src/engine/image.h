/* The form image: one block of bytes, made from an XForm at publish time, read in place by the
 * engine natively and in WebAssembly. Little-endian, offsets and indexes instead of pointers; equal
 * forms give equal bytes. A header, then one section of equal records per kind, then the code of
 * the expressions, then the texts. Every member of every record is a uint32_t, so that one table
 * (image_section_fields) says how each is checked when an image is loaded. */
#ifndef ENGINE_IMAGE_H
#define ENGINE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the form image is read in place: a little-endian machine is needed"
#endif

#define IMAGE_NONE UINT32_MAX
#define IMAGE_MAGIC "BBFORM02"

enum image_section {
    IMAGE_NODES,       /* the primary instance, one record per element or attribute, pre-order */
    IMAGE_EXPRESSIONS, /* everything that is evaluated */
    IMAGE_ORDER,       /* expressions that set values, relevance or counts, in dependency order */
    IMAGE_DEPENDENTS,  /* expressions that read a node; each node has a run of these */
    IMAGE_REFS,        /* resolved paths that the code names by number */
    IMAGE_CONTROLS,    /* the body, pre-order */
    IMAGE_CAPTIONS,    /* labels, hints, messages */
    IMAGE_RICH,        /* texts with outputs: runs of pieces */
    IMAGE_PIECES,
    IMAGE_LANGUAGES,   /* the default one first */
    IMAGE_ITEXT,       /* ids, sorted by bytes */
    IMAGE_ITEXT_FORMS, /* itext x language */
    IMAGE_LISTS,       /* choice lists without a filter */
    IMAGE_ITEMS,
    IMAGE_INSTANCES, /* secondary instances */
    IMAGE_TREE,      /* their nodes */
    IMAGE_INITIAL,   /* values of a new sheet that differ from those of the nodes */
    IMAGE_ACTIONS,
    IMAGE_RULES,
    IMAGE_ENTITIES,
    IMAGE_NAMESPACES, /* prefixes that a submission declares on its root */
    IMAGE_SECTIONS
};

struct image_span {
    uint32_t offset, count;
};
struct image_header {
    char magic[8];
    uint64_t hash;               /* of every byte behind this member */
    uint32_t size;               /* of the whole image, a multiple of 8 */
    uint32_t id, version, title; /* texts */
    uint32_t code_offset, code_size, text_offset, text_size;
    struct image_span sections[IMAGE_SECTIONS];
};

enum image_node_flag {
    IMAGE_NODE_ATTRIBUTE = 1,
    IMAGE_NODE_REPEAT = 2,    /* may stand several times */
    IMAGE_NODE_LEAF = 4,      /* holds a value */
    IMAGE_NODE_BOUND = 8,     /* a bind names it */
    IMAGE_NODE_FIXED = 16,    /* repeat: people may not add or remove */
    IMAGE_NODE_READONLY = 32, /* readonly="true()" */
    IMAGE_NODE_REQUIRED = 64, /* required="true()" */
    IMAGE_NODE_UNSURE = 128,  /* its calculated value depends on time, chance, lists or language */
    IMAGE_NODE_EMPTY = 256,   /* repeat: no instance in a new sheet */
};
enum image_preload {
    IMAGE_PRELOAD_NONE,
    IMAGE_PRELOAD_UID,
    IMAGE_PRELOAD_START,
    IMAGE_PRELOAD_END,
    IMAGE_PRELOAD_TODAY,
    IMAGE_PRELOAD_PROPERTY /* preload_param names it */
};
enum image_type { /* bind types; the order of image_type_names */
                  IMAGE_TYPE_STRING,
                  IMAGE_TYPE_INT,
                  IMAGE_TYPE_DECIMAL,
                  IMAGE_TYPE_BOOLEAN,
                  IMAGE_TYPE_DATE,
                  IMAGE_TYPE_TIME,
                  IMAGE_TYPE_DATETIME,
                  IMAGE_TYPE_GEOPOINT,
                  IMAGE_TYPE_GEOTRACE,
                  IMAGE_TYPE_GEOSHAPE,
                  IMAGE_TYPE_BINARY,
                  IMAGE_TYPE_BARCODE,
                  IMAGE_TYPE_INTENT,
                  IMAGE_TYPES
};

struct image_node {
    uint32_t parent, first_child, next, first_attribute; /* nodes */
    uint32_t end;                                        /* behind the last of its subtree */
    uint32_t repeat; /* the innermost repeat it stands in, itself included */
    uint32_t flags, type;
    uint32_t name, prefix, uri, value, path; /* texts; path as written in binds */
    uint32_t relevant, calculate, required, readonly, constraint, count; /* expressions */
    uint32_t constraint_message, required_message;                       /* captions */
    uint32_t preload, preload_param;
    uint32_t save_to;
    uint32_t control;
    uint32_t dependent_first, dependent_count;
};

enum image_expression_kind {
    IMAGE_EXPRESSION_RELEVANT,
    IMAGE_EXPRESSION_CALCULATE,
    IMAGE_EXPRESSION_COUNT,
    IMAGE_EXPRESSION_REQUIRED,
    IMAGE_EXPRESSION_READONLY,
    IMAGE_EXPRESSION_CONSTRAINT,
    IMAGE_EXPRESSION_ITEMSET,
    IMAGE_EXPRESSION_OUTPUT,
    IMAGE_EXPRESSION_ACTION,
    IMAGE_EXPRESSION_RULE
};
enum image_expression_flag {
    IMAGE_EXPRESSION_VOLATILE = 1, /* now, today, random, uuid, once */
    IMAGE_EXPRESSION_OUTSIDE = 2,  /* reads a list that is not in the form */
    IMAGE_EXPRESSION_LANGUAGE = 4, /* reads labels */
};
struct image_expression {
    uint32_t kind, node;             /* the context node; none for rules */
    uint32_t code_offset, code_size; /* in the code, 8-byte aligned */
    uint32_t flags;
    uint32_t place; /* in IMAGE_ORDER, or none */
    uint32_t text;
};

enum image_ref_mode {
    IMAGE_REF_NEAREST, /* absolute: repeats shared with the context node are its own */
    IMAGE_REF_ALL,     /* absolute, all instances of the innermost repeat */
    IMAGE_REF_UP       /* relative: up parents of the context node, then down to all */
};
struct image_ref {
    uint32_t node, mode, up;
};

enum image_control_flag {
    IMAGE_CONTROL_ITEXT_LABELS = 1, /* label_name holds an itext id */
};
struct image_control {
    uint32_t kind; /* enum question_kind */
    uint32_t node, parent, end;
    uint32_t label, hint; /* captions */
    uint32_t appearance, mediatype;
    uint32_t list;                   /* choices without a filter */
    uint32_t itemset;                /* expression giving items */
    uint32_t value_name, label_name; /* their children */
    uint32_t flags;
};

enum image_caption_kind { IMAGE_CAPTION_RICH, IMAGE_CAPTION_ITEXT };
struct image_caption {
    uint32_t kind, rich, itext;
};
struct image_rich {
    uint32_t first, count; /* pieces */
};
struct image_piece {
    uint32_t text, expression; /* one of them is none */
};
struct image_language {
    uint32_t name;
};
struct image_itext {
    uint32_t id;
};
struct image_itext_form {
    uint32_t label, guidance, say; /* rich */
    uint32_t image, big_image, audio, video;
};
struct image_list {
    uint32_t first, count; /* items */
};
struct image_item {
    uint32_t value, caption;
};
struct image_instance {
    uint32_t id, source; /* source "" = inside the form */
    uint32_t tree;       /* its document node, or none */
};
struct image_tree {
    uint32_t kind; /* enum xkind */
    uint32_t parent, first_child, next, first_attribute;
    uint32_t name, uri, text;
};
struct image_initial {
    uint32_t path, value;
};
enum image_event {
    IMAGE_EVENT_FIRST_LOAD = 1,
    IMAGE_EVENT_LOAD = 2,
    IMAGE_EVENT_NEW_REPEAT = 4,
    IMAGE_EVENT_VALUE_CHANGED = 8
};
struct image_action {
    uint32_t events;
    uint32_t node;       /* target */
    uint32_t expression; /* none: text */
    uint32_t text;
    uint32_t source; /* node whose control holds it */
};
struct image_rule {
    uint32_t name, expression;
};
struct image_entity {
    uint32_t node; /* the element `entity` */
    uint32_t list; /* attribute dataset */
};
struct image_namespace {
    uint32_t prefix, uri;
};

/* The size of a section's records, and for each member one letter: t text, u any number, N node, E
 * expression, C caption, R rich, K control, L list, I itext, T tree; small letters as in the
 * functions of form.c may not be none. Used by form_load() and by the writer's own check. */
struct image_layout {
    uint32_t size;
    const char *fields;
};
extern const struct image_layout image_layouts[IMAGE_SECTIONS];
extern const char *const image_type_names[IMAGE_TYPES];
uint64_t image_hash(const void *bytes, size_t size);

#endif
