/* MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4), base64 (RFC 4648). */
#include "engine/digest.h"

#include "base/buf.h"

#include <stdint.h>
#include <string.h>

static const uint32_t md5_table[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
/* Fractions of cube roots of the first primes; SHA-256 takes the upper halves. */
static const uint64_t sha2_table[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

static uint32_t rotate_left(uint32_t x, int n)
{
    return x << n | x >> (32 - n);
}

static uint32_t rotate_right(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint64_t rotate_right_64(uint64_t x, int n)
{
    return x >> n | x << (64 - n);
}

static uint32_t load_big(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* State of any of the five: 32-bit ones use the lower halves. */
struct digest {
    enum digest_kind kind;
    uint64_t state[8];
};

static void md5_block(struct digest *d, const unsigned char *p)
{
    static const unsigned char turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t m[16], a = (uint32_t)d->state[0], b = (uint32_t)d->state[1];
    uint32_t c = (uint32_t)d->state[2], e = (uint32_t)d->state[3];
    for (size_t i = 0; i < 16; i++)
        m[i] = __builtin_bswap32(load_big(p + 4 * i));
    for (int i = 0; i < 64; i++) {
        static const unsigned char factor[4] = {1, 5, 3, 7}, shift[4] = {0, 1, 5, 0};
        int round = i / 16, word = (factor[round] * i + shift[round]) % 16;
        uint32_t f = round == 0   ? (b & c) | (~b & e)
                     : round == 1 ? (e & b) | (~e & c)
                     : round == 2 ? b ^ c ^ e
                                  : c ^ (b | ~e);
        uint32_t next = b + rotate_left(a + f + md5_table[i] + m[word], turns[round][i % 4]);
        a = e;
        e = c;
        c = b;
        b = next;
    }
    d->state[0] = (uint32_t)d->state[0] + a;
    d->state[1] = (uint32_t)d->state[1] + b;
    d->state[2] = (uint32_t)d->state[2] + c;
    d->state[3] = (uint32_t)d->state[3] + e;
}

static void sha1_block(struct digest *d, const unsigned char *p)
{
    static const uint32_t constants[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t w[80], s[5];
    for (size_t i = 0; i < 80; i++)
        w[i] = i < 16 ? load_big(p + 4 * i)
                      : rotate_left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 5; i++)
        s[i] = (uint32_t)d->state[i];
    for (int i = 0; i < 80; i++) {
        int round = i / 20;
        uint32_t f = round == 0   ? (s[1] & s[2]) | (~s[1] & s[3])
                     : round == 2 ? (s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3])
                                  : s[1] ^ s[2] ^ s[3];
        uint32_t next = rotate_left(s[0], 5) + f + s[4] + constants[round] + w[i];
        s[4] = s[3];
        s[3] = s[2];
        s[2] = rotate_left(s[1], 30);
        s[1] = s[0];
        s[0] = next;
    }
    for (int i = 0; i < 5; i++)
        d->state[i] = (uint32_t)d->state[i] + s[i];
}

static void sha256_block(struct digest *d, const unsigned char *p)
{
    uint32_t w[64], s[8];
    for (size_t i = 0; i < 64; i++) {
        if (i < 16) {
            w[i] = load_big(p + 4 * i);
            continue;
        }
        uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (rotate_right(x, 7) ^ rotate_right(x, 18) ^ x >> 3) +
               (rotate_right(y, 17) ^ rotate_right(y, 19) ^ y >> 10);
    }
    for (int i = 0; i < 8; i++)
        s[i] = (uint32_t)d->state[i];
    for (int i = 0; i < 64; i++) {
        uint32_t e = s[4], a = s[0];
        uint32_t one = s[7] + (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) +
                       ((e & s[5]) ^ (~e & s[6])) + (uint32_t)(sha2_table[i] >> 32) + w[i];
        uint32_t two = (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) +
                       ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++)
        d->state[i] = (uint32_t)d->state[i] + s[i];
}

static void sha512_block(struct digest *d, const unsigned char *p)
{
    uint64_t w[80], s[8];
    for (size_t i = 0; i < 80; i++) {
        if (i < 16) {
            w[i] = (uint64_t)load_big(p + 8 * i) << 32 | load_big(p + 8 * i + 4);
            continue;
        }
        uint64_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (rotate_right_64(x, 1) ^ rotate_right_64(x, 8) ^ x >> 7) +
               (rotate_right_64(y, 19) ^ rotate_right_64(y, 61) ^ y >> 6);
    }
    memcpy(s, d->state, sizeof s);
    for (int i = 0; i < 80; i++) {
        uint64_t e = s[4], a = s[0];
        uint64_t one = s[7] +
                       (rotate_right_64(e, 14) ^ rotate_right_64(e, 18) ^ rotate_right_64(e, 41)) +
                       ((e & s[5]) ^ (~e & s[6])) + sha2_table[i] + w[i];
        uint64_t two = (rotate_right_64(a, 28) ^ rotate_right_64(a, 34) ^ rotate_right_64(a, 39)) +
                       ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof *s);
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++)
        d->state[i] += s[i];
}

static const struct {
    const char *name;
    size_t block, result, word; /* bytes */
    bool is_little;
    void (*add)(struct digest *d, const unsigned char *p);
    uint64_t start[8];
} kinds[] = {
    [DIGEST_MD5] =
        {"MD5", 64, 16, 4, true, md5_block, {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}},
    [DIGEST_SHA1] = {"SHA-1",
                     64,
                     20,
                     4,
                     false,
                     sha1_block,
                     {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}},
    [DIGEST_SHA256] = {"SHA-256",
                       64,
                       32,
                       4,
                       false,
                       sha256_block,
                       {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                        0x1f83d9ab, 0x5be0cd19}},
    [DIGEST_SHA384] = {"SHA-384",
                       128,
                       48,
                       8,
                       false,
                       sha512_block,
                       {0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17,
                        0x152fecd8f70e5939, 0x67332667ffc00b31, 0x8eb44a8768581511,
                        0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4}},
    [DIGEST_SHA512] = {"SHA-512",
                       128,
                       64,
                       8,
                       false,
                       sha512_block,
                       {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                        0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                        0x1f83d9abfb41bd6b, 0x5be0cd19137e2179}},
};

bool digest_find(const char *name, enum digest_kind *kind_out)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *kind_out = (enum digest_kind)i;
            return true;
        }
    }
    return false;
}

/* The last blocks: 0x80, zeros, the length in bits. */
static void finish(struct digest *d, const unsigned char *rest, size_t rest_size, uint64_t bits)
{
    size_t block = kinds[d->kind].block, length_size = block / 8;
    unsigned char last[256] = {0};
    size_t size = rest_size + 1 + length_size <= block ? block : 2 * block;
    if (rest_size)
        memcpy(last, rest, rest_size);
    last[rest_size] = 0x80;
    for (int i = 0; i < 8; i++) {
        size_t at = kinds[d->kind].is_little ? size - 8 + (size_t)i : size - 1 - (size_t)i;
        last[at] = (unsigned char)(bits >> (8 * i));
    }
    for (size_t at = 0; at < size; at += block)
        kinds[d->kind].add(d, last + at);
}

size_t digest_make(enum digest_kind kind, const void *bytes, size_t size,
                   unsigned char out[static DIGEST_LARGEST])
{
    struct digest d = {.kind = kind};
    const unsigned char *p = bytes;
    size_t block = kinds[kind].block, at = 0;
    memcpy(d.state, kinds[kind].start, sizeof d.state);
    for (; size - at >= block; at += block)
        kinds[kind].add(&d, p + at);
    finish(&d, p + at, size - at, (uint64_t)size * 8);
    size_t word = kinds[kind].word;
    for (size_t i = 0; i < kinds[kind].result; i++) {
        size_t byte = kinds[kind].is_little ? i % word : word - 1 - i % word;
        out[i] = (unsigned char)(d.state[i / word] >> (8 * byte));
    }
    return kinds[kind].result;
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(struct buf *b, const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t group = (uint32_t)p[i] << 16;
        group |= i + 1 < size ? (uint32_t)p[i + 1] << 8 : 0;
        group |= i + 2 < size ? p[i + 2] : 0;
        buf_char(b, base64_digits[group >> 18]);
        buf_char(b, base64_digits[group >> 12 & 63]);
        buf_char(b, i + 1 < size ? base64_digits[group >> 6 & 63] : '=');
        buf_char(b, i + 2 < size ? base64_digits[group & 63] : '=');
    }
}

void base64_read(struct buf *b, const char *text)
{
    uint32_t group = 0;
    int bits = 0;
    for (; *text && *text != '='; text++) {
        const char *digit = strchr(base64_digits, *text);
        if (!digit)
            continue;
        group = group << 6 | (uint32_t)(digit - base64_digits);
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        buf_char(b, (char)(group >> bits & 0xFF));
    }
}
