/* Any text as an expression: compiled, checked, run in each profile over a small tree within its
 * budget; and any bytes as stored code: what the check lets pass must run. */
#include "engine/xpath.h"

#include "base/arena.h"
#include "base/check.h"

#include <string.h>

/* /data/item[3], each with a, b; two words a row: parent and text. */
static const struct {
    uint32_t parent, first_child, next, first_attribute;
    enum xkind kind;
    enum xtype type;
    const char *name, *text;
} nodes[] = {
    {XNODE_NONE, 1, XNODE_NONE, XNODE_NONE, XKIND_ROOT, XTYPE_STRING, "", ""},
    {0, 3, XNODE_NONE, 2, XKIND_ELEMENT, XTYPE_STRING, "data", ""},
    {1, XNODE_NONE, XNODE_NONE, XNODE_NONE, XKIND_ATTRIBUTE, XTYPE_STRING, "id", "x y"},
    {1, 4, 6, XNODE_NONE, XKIND_ELEMENT, XTYPE_STRING, "item", ""},
    {3, XNODE_NONE, 5, XNODE_NONE, XKIND_ELEMENT, XTYPE_INT, "a", "30"},
    {3, XNODE_NONE, XNODE_NONE, XNODE_NONE, XKIND_ELEMENT, XTYPE_DATE, "b", "2026-02-03"},
    {1, 7, 9, XNODE_NONE, XKIND_ELEMENT, XTYPE_STRING, "item", ""},
    {6, XNODE_NONE, 8, XNODE_NONE, XKIND_ELEMENT, XTYPE_TIME, "a", "08:30:00.000+08:00"},
    {6, XNODE_NONE, XNODE_NONE, XNODE_NONE, XKIND_ELEMENT, XTYPE_DATETIME, "b",
     "2026-02-03T10:20:30.000Z"},
    {1, XNODE_NONE, 10, XNODE_NONE, XKIND_ELEMENT, XTYPE_BOOLEAN, "a", "true"},
    {1, XNODE_NONE, XNODE_NONE, XNODE_NONE, XKIND_TEXT, XTYPE_STRING, "", "帮办 1 2;3 4;5 6"},
};

static enum xkind node_kind(const struct xtree *t, uint32_t id)
{
    (void)t;
    return nodes[id].kind;
}

static uint32_t node_parent(const struct xtree *t, uint32_t id)
{
    (void)t;
    return nodes[id].parent;
}

static uint32_t node_first_child(const struct xtree *t, uint32_t id)
{
    (void)t;
    return nodes[id].first_child;
}

static uint32_t node_next(const struct xtree *t, uint32_t id)
{
    (void)t;
    return nodes[id].next;
}

static uint32_t node_first_attribute(const struct xtree *t, uint32_t id)
{
    (void)t;
    return nodes[id].first_attribute;
}

static const char *node_name(const struct xtree *t, uint32_t id)
{
    (void)t;
    return nodes[id].name;
}

static const char *node_uri(const struct xtree *t, uint32_t id)
{
    (void)t, (void)id;
    return "";
}

static const char *node_text(const struct xtree *t, uint32_t id)
{
    (void)t;
    return nodes[id].text;
}

static enum xtype node_type(const struct xtree *t, uint32_t id)
{
    (void)t;
    return nodes[id].type;
}

static uint64_t node_order(const struct xtree *t, uint32_t id)
{
    (void)t;
    return id;
}

static const struct xtree_ops ops = {
    node_kind, node_parent, node_first_child, node_next, node_first_attribute,
    node_name, node_uri,    node_text,        node_type, node_order,
};
static const struct xtree tree = {.ops = &ops};

static struct xnode host_root(void *self)
{
    (void)self;
    return (struct xnode){&tree, 0};
}

static struct xnode host_instance(void *self, const char *id)
{
    (void)self, (void)id;
    return (struct xnode){&tree, 0};
}

static void host_ref(struct xpath_run *run, uint32_t ref, struct xnode context, struct xnodes *out)
{
    (void)context;
    for (uint32_t i = 0; i < ref % 4; i++)
        xnodes_add(run, out, (struct xnode){&tree, (ref + i) % 11});
}

static const char *scope_uri(void *self, const char *prefix)
{
    (void)self;
    return *prefix == 'x' ? NULL : "urn:x";
}

static bool scope_resolve(void *self, const struct xpath_path *path, uint32_t *ref_out)
{
    (void)self;
    *ref_out = (uint32_t)path->count + path->up;
    return path->count % 2 == 1;
}

static void run_code(struct arena *a, const struct xpath_code *code)
{
    const struct xpath_host host = {.root = host_root, .ref = host_ref, .instance = host_instance};
    for (int profile = 0; profile < 3; profile++) {
        struct xpath_run run = {.arena = a,
                                .host = &host,
                                .now_ms = 1795500000000,
                                .utc_offset_min = 480,
                                .steps_left = 20000,
                                .is_getodk = profile == 1,
                                .is_xpath1 = profile == 2};
        struct xvalue value;
        if (xpath_run(&run, code, (struct xnode){&tree, 4}, &value))
            continue;
        (void)strlen(xvalue_string(&run, &value));
        (void)xvalue_number(&run, &value);
        (void)xvalue_boolean(&run, &value);
    }
}

/* Stored code: a byte of a good program is changed. */
static void run_damaged(struct arena *a, const struct xpath_code *code, const uint8_t *data,
                        size_t size)
{
    char *bytes = arena_copy(a, code->bytes, code->size);
    const struct xpath_code damaged = {.bytes = bytes, .size = code->size};
    for (size_t i = 0; i + 1 < size && i < 6; i += 2)
        bytes[(data[i] * 7u + data[size - 1]) % code->size] ^= (char)data[i + 1];
    if (xpath_code_check(&damaged))
        run_code(a, &damaged);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct xpath_code code;
    const char *text = arena_copy(a, data, size);
    static const struct xpath_scope plain = {.namespace_uri = scope_uri};
    static const struct xpath_scope resolving = {.namespace_uri = scope_uri,
                                                 .resolve = scope_resolve};
    if (!xpath_compile(a, text, size % 2 ? &plain : &resolving, &code)) {
        CHECK(xpath_code_check(&code));
        run_code(a, &code);
        run_damaged(a, &code, data, size);
    }
    arena_free(a);
    return 0;
}
