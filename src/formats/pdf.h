/* A printed page: A4 or an 80 mm slip (cairo + pango). Text only, no actions. What is added is kept
 * as blocks and set when the document ends, so that a slip is as long as its text. Large type: no
 * style is smaller than 14 pt (四号). */
#ifndef FORMATS_PDF_H
#define FORMATS_PDF_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct pdf;

enum pdf_paper { PDF_A4, PDF_SLIP_80 };
enum pdf_style { PDF_TITLE, PDF_SUBTITLE, PDF_BODY, PDF_STRONG, PDF_SMALL, PDF_CODE };
enum pdf_align { PDF_LEFT, PDF_CENTER, PDF_RIGHT };

/* Texts are copied; they must be UTF-8. */
MUST_CHECK struct err *pdf_new(struct arena *a, enum pdf_paper paper, const char *title,
                               struct pdf **pdf_out);
/* Paragraph; wraps and breaks pages by itself. Line breaks in it are kept. */
void pdf_text(struct pdf *p, enum pdf_style style, enum pdf_align align, const char *text);
/* The same, the first line of each paragraph set in by two characters, as letters have it. */
void pdf_paragraph(struct pdf *p, const char *text);
/* One line, left and right: number and date under a title. */
void pdf_line(struct pdf *p, const char *left, const char *right);
/* A row of a table with a thin rule below; shares of the width, any sum. At most PDF_CELLS. */
enum { PDF_CELLS = 4 };
void pdf_row(struct pdf *p, bool is_head, const char *const *cells, const double *shares,
             size_t count);
void pdf_rule(struct pdf *p);
void pdf_space(struct pdf *p, double mm);
/* Signature block, right: unit and date, room for a seal. */
void pdf_signature(struct pdf *p, const char *unit, const char *date);
/* The strip to tear off, at the foot of the last page: QR code at the left, beside it words, a
 * large code to be read out, and words again. On a slip it follows the text, the code in the
 * middle. */
void pdf_strip(struct pdf *p, const char *qr, const char *above, const char *code,
               const char *below);
MUST_CHECK struct err *pdf_end(struct pdf *p, const void **bytes_out, size_t *size_out);

#endif
