/* Any bytes as XML: no crash, no memory without bound; what is read stays within the limits. */
#include "base/arena.h"
#include "base/check.h"
#include "base/limits.h"
#include "formats/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t depth_of(const struct xml_node *n)
{
    size_t deepest = 0;
    for (const struct xml_node *c = n->first_child; c; c = c->next) {
        size_t depth = depth_of(c);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const struct xml_node *root;
    if (!xml_read(a, (const char *)data, size, &root))
        CHECK(root && depth_of(root) <= LIMIT_XML_DEPTH + 1);
    arena_free(a);
    return 0;
}
