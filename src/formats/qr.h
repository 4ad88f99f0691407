/* QR code as a square of modules (libqrencode), medium error correction. */
#ifndef FORMATS_QR_H
#define FORMATS_QR_H

#include "base/err.h"

#include <stddef.h>

struct arena;
struct qr {
    size_t width;
    const unsigned char *modules; /* width x width, 1 = dark */
};
MUST_CHECK struct err *qr_make(struct arena *a, const char *text, struct qr *qr_out);

#endif
