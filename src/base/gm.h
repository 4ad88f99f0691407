/* Digests from OpenSSL: SM3 (GB/T 32905), and MD5, which OpenRosa names forms by. */
#ifndef BASE_GM_H
#define BASE_GM_H

#include <stddef.h>

enum { GM_SM3 = 32 };
enum { GM_MD5 = 16 };
void gm_sm3(const void *bytes, size_t size, unsigned char out[static GM_SM3]);
/* Not a protection: only the name that OpenRosa's form list asks for. */
void gm_md5(const void *bytes, size_t size, unsigned char out[static GM_MD5]);

#endif
