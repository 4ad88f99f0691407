/* A printed page: A4 or an 80 mm slip (cairo + pango). Text only, no actions. */
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

MUST_CHECK struct err *pdf_new(struct arena *a, enum pdf_paper paper, const char *title,
                               struct pdf **pdf_out);
/* Paragraph; wraps and breaks pages by itself. */
void pdf_text(struct pdf *p, enum pdf_style style, enum pdf_align align, const char *text);
void pdf_pair(struct pdf *p, const char *label, const char *value); /* one row of a table */
void pdf_rule(struct pdf *p);
void pdf_space(struct pdf *p, double mm);
void pdf_qr(struct pdf *p, const char *content, double size_mm, enum pdf_align align,
            const char *beside);                  /* text beside the code, "" = none */
void pdf_footer(struct pdf *p, const char *text); /* of each page that follows */
/* Letterhead: red rule under the unit's name, as official letters have it. */
void pdf_head(struct pdf *p, const char *unit, const char *number);
/* Signature block, right: unit and date, room for a seal. */
void pdf_signature(struct pdf *p, const char *unit, const char *date);
MUST_CHECK struct err *pdf_end(struct pdf *p, const void **bytes_out, size_t *size_out);

#endif
