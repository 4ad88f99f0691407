/* Digests and base64, the same bits natively and in WebAssembly. For digest() in forms, not for
 * secrets: those are in base/secret.h. */
#ifndef ENGINE_DIGEST_H
#define ENGINE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum digest_kind { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };
enum { DIGEST_LARGEST = 64 };

/* "MD5", "SHA-256" ...; false if unknown. */
bool digest_find(const char *name, enum digest_kind *kind_out);
/* Bytes written to out. */
size_t digest_make(enum digest_kind kind, const void *bytes, size_t size,
                   unsigned char out[static DIGEST_LARGEST]);

void base64_write(struct buf *b, const void *bytes, size_t size);
/* What is no base64 is skipped; padding may be missing. */
void base64_read(struct buf *b, const char *text);

#endif
