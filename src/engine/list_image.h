/* List images: the rows of one outside list (a registry as the reader may see it, a csv file) as
 * bytes that the engine reads in place: /root/item/<column>. Columns that choice filters compare
 * for equality have a hash index, so that a look-up never scans the rows. Pure. */
#ifndef ENGINE_LIST_IMAGE_H
#define ENGINE_LIST_IMAGE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct arena;

struct list_table {
    const char *const *columns; /* XML names */
    const bool *is_indexed;     /* per column; NULL: all are */
    size_t column_count;
    const char *const *cells; /* row by row; "" = empty */
    size_t row_count;
};
/* Equal tables give equal bytes. Errors: ERR_TOO_BIG list.too_big. */
MUST_CHECK struct err *list_image_build(struct arena *a, const struct list_table *table,
                                        const void **bytes_out, size_t *size_out);

/* For the engine: a loaded list and its tree. */
struct list;
struct xtree;
struct xnodes;
struct xpath_run;
/* The bytes must outlive the list, 8-byte aligned. Errors: ERR_INVALID image.damaged. */
MUST_CHECK struct err *list_load(struct arena *a, const void *image, size_t size,
                                 const struct list **list_out);
const struct xtree *list_tree(const struct list *list); /* node 0 is the document */
/* The list behind a tree; NULL: the tree is none of ours. */
const struct list *list_of(const struct xtree *tree);
/* Items whose column reads value, in row order. False: that column has no index. */
bool list_find(const struct list *list, struct xpath_run *run, const char *column,
               const char *value, struct xnodes *out);

#endif
