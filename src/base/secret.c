/* Secrets (libsodium). Password hashing costs 64 MiB and 70 ms: two at a time, the others wait. */
#include "base/secret.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/gm.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

void secret_init(void)
{
    CHECK(sodium_init() >= 0); /* safe to call again */
}

void secret_random(void *out, size_t size)
{
    randombytes_buf(out, size);
}

uint32_t secret_below(uint32_t limit)
{
    return randombytes_uniform(limit);
}

const char *secret_token(struct arena *a)
{
    unsigned char bytes[32];
    randombytes_buf(bytes, sizeof bytes);
    enum { VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING };
    size_t size = sodium_base64_ENCODED_LEN(sizeof bytes, VARIANT);
    char *text = arena_alloc(a, size);
    (void)sodium_bin2base64(text, size, bytes, sizeof bytes, VARIANT);
    sodium_memzero(bytes, sizeof bytes);
    return text;
}

/* Nine digits a draw: each draw asks the kernel. */
const char *secret_digits(struct arena *a, int count)
{
    enum { DRAW = 9, DRAW_END = 1000000000 };
    char *text = arena_alloc(a, (size_t)count + 1);
    uint32_t draw = 0;
    for (int i = 0; i < count; i++, draw /= 10) {
        if (i % DRAW == 0)
            draw = randombytes_uniform(DRAW_END);
        text[i] = (char)('0' + draw % 10);
    }
    return text;
}

const char *secret_hex(struct arena *a, const void *bytes, size_t size)
{
    char *text = arena_alloc(a, size * 2 + 1);
    (void)sodium_bin2hex(text, size * 2 + 1, bytes, size);
    return text;
}

/* Passwords --------------------------------------------------------------------------------- */

enum { SLOTS = 2, LONGEST_LINE = 16, PASSES = 2, MEMORY = 64 * 1024 * 1024 };

/* The queue before the two slots; nothing else is shared. */
static pthread_mutex_t slot_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t slot_free = PTHREAD_COND_INITIALIZER;
static int slots_used, slots_waiting;

static bool slot_take(void)
{
    pthread_mutex_lock(&slot_mutex);
    bool is_taken = slots_used < SLOTS || slots_waiting < LONGEST_LINE;
    if (is_taken) {
        slots_waiting++;
        while (slots_used >= SLOTS)
            pthread_cond_wait(&slot_free, &slot_mutex);
        slots_waiting--;
        slots_used++;
    }
    pthread_mutex_unlock(&slot_mutex);
    return is_taken;
}

static void slot_give(void)
{
    pthread_mutex_lock(&slot_mutex);
    slots_used--;
    pthread_cond_signal(&slot_free);
    pthread_mutex_unlock(&slot_mutex);
}

bool secret_password_hash(struct arena *a, const char *password, const char **hash_out)
{
    if (!slot_take())
        return false;
    char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);
    /* Fails only when 64 MiB cannot be had: out of memory ends the process. */
    CHECK(crypto_pwhash_str(hash, password, strlen(password), PASSES, MEMORY) == 0);
    slot_give();
    *hash_out = hash;
    return true;
}

bool secret_password_matches(const char *hash, const char *password, bool *is_busy_out)
{
    /* A hash of nobody's password with the same cost. */
    static const char nobody[] = "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    *is_busy_out = !slot_take();
    if (*is_busy_out)
        return false;
    const char *against = *hash ? hash : nobody;
    bool is_equal = crypto_pwhash_str_verify(against, password, strlen(password)) == 0;
    slot_give();
    return is_equal && *hash;
}

/* Digests ----------------------------------------------------------------------------------- */

void secret_sha256(const void *bytes, size_t size, unsigned char out[static SECRET_HASH])
{
    gm_sha256(bytes, size, out); /* several times faster than libsodium's portable one */
}

const char *secret_sha256_hex(struct arena *a, const void *bytes, size_t size)
{
    unsigned char hash[SECRET_HASH];
    secret_sha256(bytes, size, hash);
    return secret_hex(a, hash, sizeof hash);
}

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct secret_sha256_state),
               "the opaque state is too small");

void secret_sha256_start(struct secret_sha256_state *s)
{
    (void)crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)s);
}

void secret_sha256_add(struct secret_sha256_state *s, const void *bytes, size_t size)
{
    (void)crypto_hash_sha256_update((crypto_hash_sha256_state *)(void *)s, bytes, size);
}

void secret_sha256_end(struct secret_sha256_state *s, unsigned char out[static SECRET_HASH])
{
    (void)crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)s, out);
}

const char *secret_keyed_hash(struct arena *a, const void *key, size_t key_size, const char *text)
{
    crypto_auth_hmacsha256_state s;
    unsigned char hash[crypto_auth_hmacsha256_BYTES];
    (void)crypto_auth_hmacsha256_init(&s, key, key_size);
    (void)crypto_auth_hmacsha256_update(&s, (const unsigned char *)text, strlen(text));
    (void)crypto_auth_hmacsha256_final(&s, hash);
    sodium_memzero(&s, sizeof s);
    return secret_hex(a, hash, sizeof hash);
}

bool secret_equal(const char *a, const char *b)
{
    size_t size = strlen(a);
    return size == strlen(b) && sodium_memcmp(a, b, size) == 0;
}

/* Signatures --------------------------------------------------------------------------------- */

void secret_sign_public(const unsigned char seed[static SECRET_SEED],
                        unsigned char public_out[static SECRET_PUBLIC])
{
    unsigned char both[crypto_sign_SECRETKEYBYTES];
    (void)crypto_sign_seed_keypair(public_out, both, seed);
    sodium_memzero(both, sizeof both);
}

void secret_sign(const unsigned char seed[static SECRET_SEED], const void *bytes, size_t size,
                 unsigned char signature_out[static SECRET_SIGNATURE])
{
    unsigned char both[crypto_sign_SECRETKEYBYTES], public_half[SECRET_PUBLIC];
    (void)crypto_sign_seed_keypair(public_half, both, seed);
    (void)crypto_sign_detached(signature_out, NULL, bytes, size, both);
    sodium_memzero(both, sizeof both);
}

bool secret_sign_holds(const unsigned char public_key[static SECRET_PUBLIC], const void *bytes,
                       size_t size, const unsigned char signature[static SECRET_SIGNATURE])
{
    return crypto_sign_verify_detached(signature, bytes, size, public_key) == 0;
}
