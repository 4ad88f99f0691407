/* A form from whatever its author has: a workbook (xlsx, md, json) or XForm XML. */
#ifndef FORMS_FORM_SOURCE_H
#define FORMS_FORM_SOURCE_H

#include "base/err.h"

#include <stddef.h>

struct arena;

/* The form image of a file; magic bytes decide what it is. image_out is NULL if a note is an error.
 * Errors: those of book_read(), xlsform_compile(), xform_read(). */
MUST_CHECK struct err *form_source_read(struct arena *a, const void *bytes, size_t size,
                                        struct notes *notes, const void **image_out,
                                        size_t *image_size_out);

#endif
