/* Basic sign-in of devices. */
#include "http/basic.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

enum { KNOWN = 256, KNOWN_US = 60 * 1000000, HEX = 2 * SECRET_HASH };

struct known {
    char hash[HEX + 1];
    int64_t until_us;
};
struct basic {
    pthread_mutex_t lock;
    unsigned char key[SECRET_HASH];
    struct known known[KNOWN]; /* a ring: the oldest is forgotten */
    size_t next;
};

struct err *basic_new(struct arena *a, struct basic **out)
{
    struct basic *b = arena_alloc(a, sizeof *b);
    pthread_mutex_init(&b->lock, NULL);
    secret_random(b->key, sizeof b->key);
    *out = b;
    return NULL;
}

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static const char *base64_decode(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, a);
    uint32_t bits = 0;
    int count = 0;
    size_t size = strlen(text);
    while (size && text[size - 1] == '=')
        size--;
    for (size_t i = 0; i < size; i++) {
        int value = base64_value(text[i]);
        if (value < 0)
            return NULL;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            buf_char(&b, (char)(bits >> count & 0xFF));
        }
    }
    return text_is_utf8(buf_text(&b), b.size) ? buf_text(&b) : NULL;
}

bool basic_read(struct arena *a, const char *authorization, const char **name_out,
                const char **password_out)
{
    if (strncasecmp(authorization, "Basic ", 6) != 0)
        return false;
    const char *pair = base64_decode(a, text_trim(a, authorization + 6));
    const char *colon = pair ? strchr(pair, ':') : NULL;
    if (!colon)
        return false;
    *name_out = arena_copy(a, pair, (size_t)(colon - pair));
    *password_out = colon + 1;
    return true;
}

static const char *pair_hash(struct basic *b, struct arena *a, const char *name,
                             const char *password)
{
    const char *pair = text_print(a, "%zu:%s:%s", strlen(name), name, password);
    return secret_keyed_hash(a, b->key, sizeof b->key, pair);
}

bool basic_is_known(struct basic *b, struct arena *a, const char *name, const char *password)
{
    const char *hash = pair_hash(b, a, name, password);
    int64_t now = clock_monotonic_us();
    bool is_known = false;
    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; i < KNOWN; i++)
        if (b->known[i].until_us > now && secret_equal(b->known[i].hash, hash))
            is_known = true;
    pthread_mutex_unlock(&b->lock);
    return is_known;
}

void basic_remember(struct basic *b, struct arena *a, const char *name, const char *password)
{
    const char *hash = pair_hash(b, a, name, password);
    pthread_mutex_lock(&b->lock);
    struct known *k = &b->known[b->next];
    b->next = (b->next + 1) % KNOWN;
    memcpy(k->hash, hash, strnlen(hash, HEX) + 1);
    k->until_us = clock_monotonic_us() + KNOWN_US;
    pthread_mutex_unlock(&b->lock);
}
