/* What the files xlsform_*.c share: the compiler's state while one workbook is compiled. */
#ifndef FORMS_XLSFORM_INTERNAL_H
#define FORMS_XLSFORM_INTERNAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "formats/book.h"
#include "forms/question_type.h"
#include "forms/xlsform.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NO_COLUMN ((size_t)-1)

/* Sheets -------------------------------------------------------------------------------------- */

struct column {
    const char *name;     /* canonical; as written if unknown */
    const char *group;    /* "bind", "control", "instance": passed through as attribute sub; "" */
    const char *sub;      /* attribute's name */
    const char *language; /* "" = none given */
    const char *header;   /* as written */
    size_t index;
    bool is_known;
    bool is_element; /* unknown, and its name can be an element's: an extra column of choices */
};
struct table {
    const char *name; /* canonical; for places the sheet's own name is in sheet->name */
    const struct book_sheet *sheet;
    size_t rank; /* place in the workbook, for the order of faults */
    const struct column *columns;
    size_t column_count;
    const struct book_row *rows; /* below the header */
    size_t row_count;
    uint32_t header_row;
};
struct place {
    const struct table *table;
    uint32_t row;  /* 0: the whole sheet */
    size_t column; /* NO_COLUMN: the whole row */
};

enum text_kind {
    TEXT_LABEL,
    TEXT_HINT,
    TEXT_GUIDANCE,
    TEXT_IMAGE,
    TEXT_BIG_IMAGE,
    TEXT_AUDIO,
    TEXT_VIDEO,
    TEXT_SAY,
    TEXT_CONSTRAINT,
    TEXT_REQUIRED,
    TEXT_NO_APP,
    TEXT_KINDS
};
/* Columns of one text, one per language; of each kind. */
struct text_columns {
    const struct column **columns;
    size_t count;
};
struct texts {
    struct text_columns kinds[TEXT_KINDS];
};

/* Choices ------------------------------------------------------------------------------------- */

struct choice_list {
    const char *name;
    const struct book_row *const *rows;
    size_t count;
    bool needs_itext, has_other; /* has_other: or_other added a choice */
    bool is_used, is_searched;   /* is_searched: only search() uses it */
    uint32_t first_row;
    struct choice_list *next;
};

/* Questions ----------------------------------------------------------------------------------- */

enum item_kind { ITEM_ROOT, ITEM_GROUP, ITEM_REPEAT, ITEM_QUESTION };

struct parameter {
    const char *key, *value;
    struct parameter *next;
};
struct entity {
    const char *list, *label, *id, *create_if, *update_if, *repeat;
    const struct book_row *row;
    struct item *container;
    struct entity *next;
};
struct trigger { /* an action in the control of the question that triggers it */
    struct item *target;
    struct trigger *next;
};

struct item {
    enum item_kind kind;
    const struct question_type *type;
    const struct book_row *row; /* NULL: generated */
    const char *name, *path;
    const char *list;    /* choice list, file, or reference */
    const char *heading; /* of a generated question: its label; NULL = from the row */
    const char *calculation, *relevant, *appearance; /* "" = none */
    const struct book_row *loop_row;   /* the choice a loop is at: %(name)s, %(label)s */
    const struct book_row *choice_row; /* of a loop's group: the choice that names it */
    const struct parameter *parameters;
    struct item *parent, *first, *last, *next;
    struct item *count; /* generated node of repeat_count */
    struct entity *entity;
    struct trigger *triggers;
    size_t depth;
    bool is_in_meta, is_triggered, has_other, is_plain_note, is_field_list_label;
};

enum survey_column {
    S_TYPE,
    S_NAME,
    S_REQUIRED,
    S_RELEVANT,
    S_CONSTRAINT,
    S_CALCULATION,
    S_DEFAULT,
    S_TRIGGER,
    S_READONLY,
    S_APPEARANCE,
    S_PARAMETERS,
    S_CHOICE_FILTER,
    S_REPEAT_COUNT,
    S_AUTOPLAY,
    S_ROWS,
    S_COMPACT_TAG,
    S_SAVE_TO,
    S_DISABLED,
    S_QUERY,
    S_BIND_TYPE,
    S_ROLE,
    S_COLUMNS
};

struct name_slot { /* hash table of question names */
    const char *name;
    struct item *item;
    bool is_ambiguous;
    const struct item *last_repeat; /* of that name */
    size_t repeat_count;
};

struct instance {         /* secondary instances written so far */
    const char *id, *src; /* src "": inline choices */
    struct instance *next;
};

struct compiler {
    struct arena *arena;
    const struct book *book;
    const struct xlsform_options *options;
    struct notes notes;
    uint64_t *note_keys; /* sheet, row, column of each note */
    size_t note_capacity, note_count;
    size_t item_count;
    bool is_hopeless; /* too many faults or questions: nothing more is looked for */

    struct table survey, choices, settings, entities_table, external_choices, osm;
    size_t survey_columns[S_COLUMNS];
    struct texts survey_texts, choice_texts;
    size_t choice_list_column, choice_name_column;
    bool clean_text, allow_duplicates;
    const char *default_language; /* "default" if not set */
    const char *root_name, *form_id, *title, *version;

    struct choice_list *lists, **lists_end, *last_list;
    struct choice_list **list_slots; /* hash table */
    size_t list_capacity, list_count;
    struct item *root, *meta;
    struct type_memo { /* types of cells seen, by a hash of their text */
        const char *text;
        const struct question_type *type;
        const char *list;
        bool has_other;
    } types[64];
    struct name_slot *names;
    size_t name_capacity;
    struct entity *entities;
    size_t entity_count;
    struct instance *instances[1024]; /* by hash of the id */
    bool uses_last_saved, uses_entities, has_case_twins;
    const struct item *filter_scope; /* repeat whose answers are filtered */
};

enum {
    FAULT_LIMIT = 500,    /* then reading ends: the author has enough to do */
    ITEM_LIMIT = 50000,   /* questions, loops expanded */
    NESTING_LIMIT = 40,   /* groups in groups */
    COLUMN_LIMIT = 500,   /* of a sheet */
    SERVICE_LIMIT = 1000, /* rows of entities, materials, steps, actions, letters */
    SUGGESTION_LIMIT = 50 /* faults that get a suggestion, which costs a search */
};

/* xlsform_table.c */
/* True from the moment that there are too many faults; says so once. */
bool gives_up(struct compiler *c);
void give_up(struct compiler *c, struct place place, const char *english, const char *chinese);
size_t row_limit(struct compiler *c, const struct table *t); /* at most SERVICE_LIMIT, told once */
bool table_open(struct compiler *c, const char *name, struct table *table_out);
const struct column *table_column(const struct table *t, const char *name); /* NULL: none */
size_t table_index(const struct table *t, const char *name);                /* NO_COLUMN: none */
void table_texts(struct compiler *c, const struct table *t, struct texts *texts_out);
const char *cell_clean(struct compiler *c, const char *text);
const char *table_cell(struct compiler *c, const struct book_row *row, size_t column);
const char *survey_cell(struct compiler *c, const struct item *item, enum survey_column column);
struct place place_of(const struct table *t, const struct book_row *row, size_t column);
struct place survey_place(const struct compiler *c, const struct item *item,
                          enum survey_column column);
/* Remember the place of the note that follows; gives its `where`. */
const char *fault_at(struct compiler *c, struct place place);
void faults_sort(struct compiler *c);
void suggest_sheets(struct compiler *c, const char *name, struct buf *names_out);

/* A text of a row in one language; "" = not given. language NULL: the first given. */
const char *row_text(struct compiler *c, const struct texts *texts, const struct book_row *row,
                     enum text_kind kind, const char *language);
bool row_is_translated(struct compiler *c, const struct texts *texts, const struct book_row *row,
                       enum text_kind kind);
bool row_has_media(struct compiler *c, const struct texts *texts, const struct book_row *row);

/* xlsform_reference.c */
enum {
    EXPRESSION_FILTER = 1,   /* stands in the predicate of an itemset */
    EXPRESSION_TRIMMED = 2,  /* no blanks around paths */
    EXPRESSION_UNCHECKED = 4 /* may be no expression */
};
/* Rewrite ${q}; checks the syntax unless the text is "". The result lives in the arena. */
const char *expression(struct compiler *c, const char *text, const struct item *context,
                       struct place place, unsigned flags);
/* A label: text with <output/> for references, escaped. */
void write_label(struct compiler *c, struct buf *out, const char *text, const struct item *context,
                 struct place place);
bool item_is_above(const struct item *upper, const struct item *item); /* or the same */
bool has_reference(const char *text);                                  /* holds "${" ... "}" */
bool has_output(const char *text); /* also instance() expressions */
/* "${q}" and nothing else: the name; NULL otherwise. */
const char *single_reference(struct compiler *c, const char *text);
struct item *find_item(struct compiler *c, const char *name, struct place place);
struct item *find_quietly(struct compiler *c, const char *name, bool *is_ambiguous_out);
void names_index(struct compiler *c);
/* How many repeats bear the name, if this is the last of them; else 0. */
size_t repeats_of_name(struct compiler *c, const struct item *last);
const char *relative_path(struct compiler *c, const struct item *from, const struct item *to);
const char *yes_no(const char *text); /* "true()", "false()" or the text */
bool is_dynamic_default(const char *text, const struct question_type *type);

/* xlsform_survey.c */
void survey_read(struct compiler *c);
struct item *item_add(struct compiler *c, struct item *parent, enum item_kind kind,
                      const struct question_type *type, const struct book_row *row,
                      const char *name);
void item_paths(struct compiler *c, struct item *item);
bool is_xml_name(const char *name);
bool is_ascii_name(const char *name);
const char *name_suggestion(struct compiler *c, const char *label);
struct item *nearest_repeat(const struct item *item); /* above, not itself; NULL: none */

/* xlsform_check.c */
void survey_check(struct compiler *c);

/* xlsform_parameter.c */
void parameters_read(struct compiler *c, struct item *item);
const char *parameter_of(const struct item *item, const char *key); /* NULL: not given */
void parameters_check(struct compiler *c, struct item *item);

/* xlsform_choice.c */
void choices_read(struct compiler *c);
uint64_t name_hash(const char *name);
struct choice_list *choice_list_find(struct compiler *c, const char *name);
void choices_check(struct compiler *c);

/* xlsform_entity.c */
void entities_read(struct compiler *c);
void entities_place(struct compiler *c);
const char *save_to_property(const char *save_to);

/* xlsform_model.c, xlsform_itext.c, xlsform_body.c */
void write_model(struct compiler *c, struct buf *out, const struct service *service);
void write_itext(struct compiler *c, struct buf *out);
void write_body(struct compiler *c, struct buf *out);
void write_attribute(struct buf *out, const char *name, const char *value);
bool is_attribute_name(struct compiler *c, const char *name);
bool label_needs_itext(struct compiler *c, const struct item *item);
bool hint_needs_itext(struct compiler *c, const struct item *item);
bool message_needs_itext(struct compiler *c, const struct item *item, enum text_kind kind);
const char *item_label(struct compiler *c, const struct item *item);
bool item_is_visible(struct compiler *c, const struct item *item);
/* The name of a list's file without folder and ending: cities.csv -> cities. */
const char *file_stem(struct compiler *c, const char *file);
const char *setting(struct compiler *c, const char *name);

/* service_read.c */
const struct service *service_compile(struct compiler *c);

#endif
