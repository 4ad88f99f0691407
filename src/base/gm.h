/* Chinese national digests (OpenSSL): SM3, GB/T 32905. */
#ifndef BASE_GM_H
#define BASE_GM_H

#include <stddef.h>

enum { GM_SM3 = 32 };
void gm_sm3(const void *bytes, size_t size, unsigned char out[static GM_SM3]);

#endif
