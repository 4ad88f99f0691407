/* Form images: damaged bytes are refused; bytes whose hash was made right are refused or harmless.
 */
#include "base/arena.h"
#include "engine/form.h"
#include "engine/image.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t now_ms(void *self)
{
    (void)self;
    return 1795489200000;
}

static int32_t offset_min(void *self, int64_t at_ms)
{
    (void)self, (void)at_ms;
    return 480;
}

static uint64_t chance(void *self)
{
    (void)self;
    return 7;
}

static const char *property(void *self, const char *name)
{
    (void)self, (void)name;
    return "";
}

static void use(struct arena *a, const struct form *form)
{
    const struct host host = {NULL, now_ms, offset_min, chance, property};
    struct sheet *sheet;
    struct verdict verdict;
    const struct question *questions;
    const struct entity_change *changes;
    struct changes changed;
    const char *xml;
    size_t count;
    if (form_open(a, form, &host, NULL, 0, &sheet) ||
        sheet_questions(a, sheet, "", &questions, &count))
        return;
    for (size_t i = 0; i < count && i < 20; i++)
        if (form_answer(a, sheet, questions[i].path, "1", &changed))
            continue;
    if (form_verdict(a, sheet, "", &verdict) || sheet_entities(a, sheet, &changes, &count) ||
        form_write(a, sheet, "", "", &xml, &count))
        return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const struct form *form;
    size_t whole = size & ~(size_t)7;
    char *image = arena_alloc(a, size + 16);
    memcpy(image, data, size);
    if (!form_load(a, image, size, &form))
        use(a, form);
    if (whole > sizeof(struct image_header)) {
        struct image_header *h = (struct image_header *)(void *)image;
        memcpy(h->magic, IMAGE_MAGIC, sizeof h->magic);
        h->size = (uint32_t)whole;
        size_t start = offsetof(struct image_header, size);
        h->hash = image_hash(image + start, whole - start);
        if (!form_load(a, image, whole, &form))
            use(a, form);
    }
    arena_free(a);
    return 0;
}
