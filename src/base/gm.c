/* Digests from OpenSSL. */
#include "base/gm.h"

#include "base/check.h"

#include <openssl/evp.h>
#include <pthread.h>

/* Asking OpenSSL for an algorithm by name costs more than a short digest: asked once. */
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void sha256_find(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    CHECK(sha256);
}

static void digest(const EVP_MD *kind, const void *bytes, size_t size, unsigned char *out,
                   unsigned int expected)
{
    unsigned int length = 0;
    CHECK(EVP_Digest(bytes, size, out, &length, kind, NULL) == 1);
    CHECK(length == expected);
}

void gm_sha256(const void *bytes, size_t size, unsigned char out[static GM_SHA256])
{
    (void)pthread_once(&sha256_once, sha256_find);
    digest(sha256, bytes, size, out, GM_SHA256);
}

void gm_sm3(const void *bytes, size_t size, unsigned char out[static GM_SM3])
{
    digest(EVP_sm3(), bytes, size, out, GM_SM3);
}

void gm_md5(const void *bytes, size_t size, unsigned char out[static GM_MD5])
{
    digest(EVP_md5(), bytes, size, out, GM_MD5);
}
