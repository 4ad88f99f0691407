/* Secrets: random, password hashing, keyed hashes, SHA-256, signatures (libsodium). */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

void secret_init(void); /* once, at start */
void secret_random(void *out, size_t size);
uint32_t secret_below(uint32_t limit);                 /* uniform in [0, limit) */
const char *secret_token(struct arena *a);             /* 256 bit, base64url, 43 characters */
const char *secret_digits(struct arena *a, int count); /* a read-out code */
const char *secret_hex(struct arena *a, const void *bytes, size_t size);

/* argon2id, 64 MiB, t = 2, at most two at a time (others wait; more than 16 waiting: false). */
bool secret_password_hash(struct arena *a, const char *password, const char **hash_out);
/* hash "" costs the same time and is false: an unknown user is not told apart. */
bool secret_password_matches(const char *hash, const char *password, bool *is_busy_out);

enum { SECRET_HASH = 32 };
void secret_sha256(const void *bytes, size_t size, unsigned char out[static SECRET_HASH]);
const char *secret_sha256_hex(struct arena *a, const void *bytes, size_t size);
struct secret_sha256_state { /* opaque */
    uint64_t words[16];
};
void secret_sha256_start(struct secret_sha256_state *s);
void secret_sha256_add(struct secret_sha256_state *s, const void *bytes, size_t size);
void secret_sha256_end(struct secret_sha256_state *s, unsigned char out[static SECRET_HASH]);
/* Keyed hash for looking up what must not be readable (ID numbers, codes), hex. */
const char *secret_keyed_hash(struct arena *a, const void *key, size_t key_size, const char *text);
bool secret_equal(const char *a, const char *b); /* constant time */

/* Ed25519. The seed is the secret half; the public half is made from it. */
enum { SECRET_SEED = 32, SECRET_PUBLIC = 32, SECRET_SIGNATURE = 64 };
void secret_sign_public(const unsigned char seed[static SECRET_SEED],
                        unsigned char public_out[static SECRET_PUBLIC]);
void secret_sign(const unsigned char seed[static SECRET_SEED], const void *bytes, size_t size,
                 unsigned char signature_out[static SECRET_SIGNATURE]);
bool secret_sign_holds(const unsigned char public_key[static SECRET_PUBLIC], const void *bytes,
                       size_t size, const unsigned char signature[static SECRET_SIGNATURE]);

#endif
