/* Secrets and digests, against published values. */
#include "base/secret.h"

#include "base/arena.h"
#include "base/gm.h"
#include "test.h"

#include <string.h>

static void digests_are_the_published_ones(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    assert_string_equal(secret_sha256_hex(a, "abc", 3),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    unsigned char sm3[GM_SM3], md5[GM_MD5], sha[SECRET_HASH];
    gm_sm3("abc", 3, sm3);
    assert_string_equal(secret_hex(a, sm3, sizeof sm3),
                        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    gm_md5("abc", 3, md5);
    assert_string_equal(secret_hex(a, md5, sizeof md5), "900150983cd24fb0d6963f7d28e17f72");
    struct secret_sha256_state s;
    secret_sha256_start(&s);
    secret_sha256_add(&s, "a", 1);
    secret_sha256_add(&s, "bc", 2);
    secret_sha256_end(&s, sha);
    assert_string_equal(secret_hex(a, sha, sizeof sha), secret_sha256_hex(a, "abc", 3));
    /* RFC 4231, test case 2 */
    assert_string_equal(secret_keyed_hash(a, "Jefe", 4, "what do ya want for nothing?"),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    arena_free(a);
}

static void passwords_match_their_hash_only(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const char *hash;
    bool is_busy;
    assert_true(secret_password_hash(a, "小猫钓鱼2026", &hash));
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
    assert_true(secret_password_matches(hash, "小猫钓鱼2026", &is_busy));
    assert_false(secret_password_matches(hash, "小猫钓鱼2025", &is_busy));
    assert_false(secret_password_matches("", "小猫钓鱼2026", &is_busy));
    assert_false(is_busy);
    arena_free(a);
}

static void tokens_are_long_and_differ(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const char *first = secret_token(a), *second = secret_token(a);
    assert_int_equal(strlen(first), 43);
    assert_int_equal(strspn(first, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_"),
                     43);
    assert_false(secret_equal(first, second));
    assert_true(secret_equal(first, first));
    assert_false(secret_equal("a", "ab"));
    assert_int_equal(strspn(secret_digits(a, 6), "0123456789"), 6);
    for (int i = 0; i < 1000; i++)
        assert_true(secret_below(3) < 3);
    arena_free(a);
}

static void signatures_hold_for_their_text_only(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    /* RFC 8032, 7.1, test 1 */
    static const unsigned char seed[SECRET_SEED] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60,
                                                    0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
                                                    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19,
                                                    0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
    unsigned char public_key[SECRET_PUBLIC], signature[SECRET_SIGNATURE];
    secret_sign_public(seed, public_key);
    assert_string_equal(secret_hex(a, public_key, sizeof public_key),
                        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    secret_sign(seed, "", 0, signature);
    assert_string_equal(secret_hex(a, signature, 8), "e5564300c360ac72");
    assert_true(secret_sign_holds(public_key, "", 0, signature));
    assert_false(secret_sign_holds(public_key, "x", 1, signature));
    signature[0] ^= 1;
    assert_false(secret_sign_holds(public_key, "", 0, signature));
    arena_free(a);
}

int main(void)
{
    secret_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_the_published_ones),
        cmocka_unit_test(passwords_match_their_hash_only),
        cmocka_unit_test(tokens_are_long_and_differ),
        cmocka_unit_test(signatures_hold_for_their_text_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
