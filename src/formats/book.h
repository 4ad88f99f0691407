/* A workbook as plain text cells; knows nothing of forms. Sparse: blank rows cost nothing. */
#ifndef FORMATS_BOOK_H
#define FORMATS_BOOK_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct arena;

struct book_row {
    uint32_t number;          /* 1-based row of the sheet, as in Excel */
    const char *const *cells; /* "" = empty */
    size_t count;
};
struct book_sheet {
    const char *name;            /* as written */
    const struct book_row *rows; /* only rows with content, rising */
    size_t count;
};
struct book {
    const struct book_sheet *sheets;
    size_t count;
};

const char *book_cell(const struct book_row *row, size_t column); /* "" beyond the end */
/* "survey!C12"; column is 0-based, row as in book_row.number; row 0: "survey". */
const char *book_place(struct arena *a, const char *sheet, size_t column, uint32_t row);

enum book_kind { BOOK_XLSX, BOOK_MD, BOOK_JSON };
/* Magic bytes decide between xlsx and text; a text that starts with '{' is JSON, else md. Errors:
 * ERR_INVALID workbook.old_xls, workbook.encrypted, workbook.macros, workbook.damaged, ...;
 * ERR_TOO_BIG workbook.too_big. */
MUST_CHECK struct err *book_read(struct arena *a, const void *bytes, size_t size,
                                 const struct book **book_out, enum book_kind *kind_out);
MUST_CHECK struct err *xlsx_read(struct arena *a, const void *bytes, size_t size,
                                 const struct book **book_out);
MUST_CHECK struct err *
xlsx_write(struct arena *a, const struct book *book,
           const struct notes *comments, /* NULL, or faults as cell comments */
           const void **bytes_out, size_t *size_out);
MUST_CHECK struct err *md_read(struct arena *a, const char *text, const struct book **book_out);
MUST_CHECK struct err *md_write(struct arena *a, const struct book *book, const char **text_out);
MUST_CHECK struct err *book_from_json(struct arena *a, const char *text, size_t size,
                                      const struct book **book_out);

#endif
