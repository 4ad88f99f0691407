/* Any bytes as JSON: what can be read is written, and the writing reads back to the same. */
#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "formats/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *write(struct arena *a, const struct json *j, size_t *size_out)
{
    struct buf b;
    struct json_out out;
    buf_init(&b, a);
    json_start(&out, &b);
    json_put_value(&out, NULL, j);
    const char *text = buf_text(&b);
    *size_out = b.size;
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const struct json *first, *second;
    if (!json_read(a, (const char *)data, size, &first)) {
        size_t first_size, second_size;
        const char *text = write(a, first, &first_size);
        CHECK(!json_read(a, text, first_size, &second));
        CHECK(text_equal(text, write(a, second, &second_size)));
    }
    arena_free(a);
    return 0;
}
