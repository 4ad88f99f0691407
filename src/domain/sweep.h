/* Sweeping: what has run out is taken away, a little at a time: drafts, files that were sent and
 * never submitted (and their bytes, when nobody else names them), sessions, claim codes. One audit
 * entry a run, with the numbers; none when there was nothing. */
#ifndef DOMAIN_SWEEP_H
#define DOMAIN_SWEEP_H

#include "base/err.h"

#include <stdint.h>

struct office;
struct tx;

enum { SWEEP_MOST = 500, SWEEP_UPLOAD_DAYS = 7, SWEEP_EVERY_SECONDS = 600 };

struct sweep {
    struct office *office;
    int64_t drafts, uploads, blobs, sessions, claims; /* out: how many went */
};
/* store_work; at most SWEEP_MOST rows of each table. The bytes of a blob that nobody names are
 * deleted from the disk at the next start of the server (store/blob.c). */
MUST_CHECK struct err *sweep_work(struct tx *tx, void *sweep);

#endif
