/* Workbook -> XForm (+ service). */
#ifndef FORMS_XLSFORM_H
#define FORMS_XLSFORM_H

#include "base/err.h"
#include "formats/book.h"
#include "forms/service.h"

struct xlsform_options {
    const char *root_name; /* where settings does not name the root; "" = data */
    bool is_form_only; /* plain XLSForm: sheets of ours are not compiled (`workbook --to xform`) */
};
struct xlsform_spot { /* where a node of the form stands in the workbook */
    const char *path, *where;
};
struct xlsform_result {
    const char *xml; /* NULL if a note is an error */
    size_t xml_size;
    const char *form_id, *version, *title;
    const struct service *service; /* NULL if the workbook has no sheet `service` */
    const char *itemsets_csv;      /* "" */
    const char *content_hash;      /* SHA-256 hex over the normalised cells */
    struct notes notes;            /* sheet order */
    const struct xlsform_spot *spots;
    size_t spot_count;
};
/* Compile. A faulty workbook is not an error of the call: every fault is a note. Service rules and
 * `say` texts travel in the XForm: <bangban:rule name= expression=/> in the model (namespace
 * urn:bangban:xforms) and <value form="say"> in itext; neither is written for a plain XLSForm. */
MUST_CHECK struct err *xlsform_compile(struct arena *a, const struct book *book,
                                       const struct xlsform_options *options,
                                       struct xlsform_result *result_out);
/* Notes of xform_read() and image_build() name nodes: put the cells in their place ("survey!F12").
 */
void xlsform_locate(const struct xlsform_result *r, struct notes *notes);
/* A plain XLSForm for use elsewhere: our sheets and columns left out. */
MUST_CHECK struct err *xlsform_standard(struct arena *a, const struct book *book,
                                        const struct book **standard_out);

#endif
