/* Printed pages: the receipt (A4 and 80 mm) and the letters of the service's sheet. What an act
 * calls for is rendered after the act's commit and kept as it was given out; asked for again, the
 * same bytes come back. What is not kept (receipts, another paper) is rendered anew. */
#ifndef DOMAIN_LETTER_H
#define DOMAIN_LETTER_H

#include "domain/casefile.h"

#include <stddef.h>
#include <stdint.h>

/* What the QR code of a paper says: the tracking address with the number, and nothing of the
 * person. The address is the member "address" of the tenant's settings; without one "bangban:REF".
 */
const char *letter_qr(struct arena *a, const struct office *o, const char *ref);

struct letter_ask {
    struct office *office;
    const struct actor *who;
    const char *ref;      /* "": the one case of a tracking session */
    const char *name;     /* "receipt", or a letter of the service */
    const char *paper;    /* a4, slip; "" = as the sheet says */
    const char *language; /* of our own words; the letters are as the sheet has them */
    int64_t case_id;      /* out */
};
/* In a snapshot. Costs up to 50 ms. Errors: ERR_MISSING case.missing, letter.missing (also: not
 * called for yet). */
MUST_CHECK struct err *letter_read(struct tx *tx, struct letter_ask *ask, const void **bytes_out,
                                   size_t *size_out);
/* Render and keep: own thread, after the commit of the act; writes by itself. */
MUST_CHECK struct err *letter_issue(struct arena *a, struct letter_ask *ask);

#endif
