/* Question types: one row each says how it is bound, shown and filled. */
#ifndef FORMS_QUESTION_TYPE_H
#define FORMS_QUESTION_TYPE_H

#include <stdbool.h>

enum {
    TYPE_LIST = 1,        /* takes a choice list */
    TYPE_FILE_LIST = 2,   /* takes a file with choices */
    TYPE_META = 4,        /* filled by the device; no control */
    TYPE_READONLY = 8,    /* note */
    TYPE_CALCULATED = 16, /* needs a calculation */
    TYPE_EXTERNAL = 32,   /* only a secondary instance */
    TYPE_IN_META = 64,    /* node stands in meta */
    TYPE_BEGIN = 128,
    TYPE_END = 256
};

struct question_type {
    const char *name;
    const char *control; /* element of the body, "" = none */
    const char *bind;    /* bind type */
    const char *mediatype;
    const char *preload, *preload_params;
    const char *parameters; /* keys it accepts, separated by blanks */
    unsigned flags;
};

/* By canonical name; NULL: no such type. */
const struct question_type *question_type_find(const char *name);
/* In table order; NULL past the end. */
const struct question_type *question_type_at(unsigned index);
bool question_type_takes(const struct question_type *t, const char *parameter);

#endif
