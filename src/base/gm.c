/* SM3 (GB/T 32905) and MD5 from OpenSSL. */
#include "base/gm.h"

#include "base/check.h"

#include <openssl/evp.h>

static void digest(const EVP_MD *kind, const void *bytes, size_t size, unsigned char *out,
                   unsigned int expected)
{
    unsigned int length = 0;
    CHECK(EVP_Digest(bytes, size, out, &length, kind, NULL) == 1);
    CHECK(length == expected);
}

void gm_sm3(const void *bytes, size_t size, unsigned char out[static GM_SM3])
{
    digest(EVP_sm3(), bytes, size, out, GM_SM3);
}

void gm_md5(const void *bytes, size_t size, unsigned char out[static GM_MD5])
{
    digest(EVP_md5(), bytes, size, out, GM_MD5);
}
