/* XForm XML -> form image. */
#ifndef FORMS_XFORM_H
#define FORMS_XFORM_H

#include "base/err.h"

#include <stddef.h>

struct arena;
struct xform;

/* Parse and check. Faults of the form (unknown function, cycle, missing instance) are notes with
 * the node's path in `where`. form is NULL if one is an error. */
MUST_CHECK struct err *xform_read(struct arena *a, const char *xml, size_t size,
                                  struct notes *notes, const struct xform **form_out);
/* Equal forms give equal bytes everywhere: little-endian, offsets instead of pointers, no clock. */
MUST_CHECK struct err *image_build(struct arena *a, const struct xform *form, struct notes *notes,
                                   const void **bytes_out, size_t *size_out);

#endif
