/* Digests from OpenSSL: SM3 (GB/T 32905); MD5, which OpenRosa names forms by; SHA-256 with the
 * processor's own instructions (base/secret.h offers it). */
#ifndef BASE_GM_H
#define BASE_GM_H

#include <stddef.h>

enum { GM_SM3 = 32 };
enum { GM_MD5 = 16, GM_SHA256 = 32 };
void gm_sha256(const void *bytes, size_t size, unsigned char out[static GM_SHA256]);
void gm_sm3(const void *bytes, size_t size, unsigned char out[static GM_SM3]);
/* Not a protection: only the name that OpenRosa's form list asks for. */
void gm_md5(const void *bytes, size_t size, unsigned char out[static GM_MD5]);

#endif
