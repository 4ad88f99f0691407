/* A ZIP archive in memory, read with distrust (trust.md Z1-Z5). */
#ifndef FORMATS_UNZIP_H
#define FORMATS_UNZIP_H

#include "base/err.h"

#include <stddef.h>

struct arena;
struct unzip;

/* Open and check all entries before one is read: at most LIMIT_WORKBOOK_ENTRIES, plain relative
 * names, each once, no overlap, no encryption, no zip64, stored or deflated. The bytes must outlive
 * it. Errors: ERR_INVALID workbook.damaged, workbook.encrypted; ERR_TOO_BIG workbook.too_big. */
MUST_CHECK struct err *unzip_open(struct arena *a, const void *bytes, size_t size,
                                  struct unzip **unzip_out);
bool unzip_has(const struct unzip *u, const char *name);
/* Inflate one entry into a, followed by a NUL. Counted while inflating over all entries read, so
 * that a bomb ends at LIMIT_WORKBOOK_BYTES or at LIMIT_WORKBOOK_RATIO. Errors: as above;
 * ERR_MISSING. */
MUST_CHECK struct err *unzip_entry(struct arena *a, struct unzip *u, const char *name,
                                   const char **bytes_out, size_t *size_out);

#endif
