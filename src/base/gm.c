/* SM3 (GB/T 32905) from OpenSSL. */
#include "base/gm.h"

#include "base/check.h"

#include <openssl/evp.h>

void gm_sm3(const void *bytes, size_t size, unsigned char out[static GM_SM3])
{
    unsigned int length = 0;
    CHECK(EVP_Digest(bytes, size, out, &length, EVP_sm3(), NULL) == 1);
    CHECK(length == GM_SM3);
}
