/* A table as a tree without a record per node: node 0 is the document, 1 the root, then for each
 * row its item and one node per column. An index is an open hash of row numbers + 1; rows with
 * equal values stand in it in row order. */
#include "engine/list_image.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "engine/image.h"
#include "engine/xpath.h"

#include <string.h>

#define LIST_MAGIC "BBLIST01"
enum { LIST_CELLS = 16 * 1024 * 1024, FIRST_ITEM = 2 };

struct list_header {
    char magic[8];
    uint64_t hash; /* of every byte behind this member */
    uint32_t size;
    uint32_t column_count, row_count;
    uint32_t column_offset; /* struct list_column */
    uint32_t cell_offset;   /* uint32_t texts, row by row */
    uint32_t text_offset, text_size;
    uint32_t reserved;
};
struct list_column {
    uint32_t name;         /* text */
    uint32_t index_offset; /* 0: no index */
    uint32_t index_size;   /* a power of two */
};
struct list {
    const struct list_header *header;
    const struct list_column *columns;
    const uint32_t *cells;
    const char *texts;
    struct xtree tree;
};

static uint32_t hash_text(const char *text)
{
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash ^ hash >> 15;
}

/* Building ------------------------------------------------------------------------------------ */

/* Each different text once: an open hash of offset + 1. */
struct text_pool {
    struct buf texts;
    uint32_t *slots;
    size_t slot_count;
};

static uint32_t pool_text(struct text_pool *p, const char *text)
{
    size_t at = hash_text(text) & (p->slot_count - 1);
    for (; p->slots[at]; at = (at + 1) & (p->slot_count - 1))
        if (text_equal(p->texts.data + p->slots[at] - 1, text))
            return p->slots[at] - 1;
    uint32_t offset = (uint32_t)p->texts.size;
    p->slots[at] = offset + 1;
    buf_bytes(&p->texts, text, strlen(text) + 1);
    return offset;
}

static size_t power_above(size_t count)
{
    size_t power = 8;
    while (power < count * 2)
        power *= 2;
    return power;
}

static void pad(struct buf *b)
{
    while (b->size % 8)
        buf_char(b, '\0');
}

static void put_index(struct arena *a, struct buf *out, const struct list_table *t, size_t column,
                      struct list_column *c)
{
    size_t size = power_above(t->row_count);
    uint32_t *slots = arena_array(a, size, sizeof *slots);
    for (size_t row = 0; row < t->row_count; row++) {
        const char *cell = t->cells[row * t->column_count + column];
        size_t at = hash_text(cell) & (size - 1);
        while (slots[at])
            at = (at + 1) & (size - 1);
        slots[at] = (uint32_t)row + 1;
    }
    pad(out);
    c->index_offset = (uint32_t)out->size;
    c->index_size = (uint32_t)size;
    buf_bytes(out, slots, size * sizeof *slots);
}

static void put_cells(struct arena *a, struct buf *out, const struct list_table *t,
                      struct list_header *h, struct list_column *columns)
{
    struct text_pool pool = {.slot_count =
                                 power_above(t->row_count * t->column_count + t->column_count + 1)};
    size_t count = t->row_count * t->column_count;
    uint32_t *cells = arena_array(a, count, sizeof *cells);
    pool.slots = arena_array(a, pool.slot_count, sizeof *pool.slots);
    buf_init(&pool.texts, a);
    pool_text(&pool, "");
    for (size_t i = 0; i < t->column_count; i++)
        columns[i].name = pool_text(&pool, t->columns[i]);
    for (size_t i = 0; i < count; i++)
        cells[i] = pool_text(&pool, t->cells[i]);
    h->cell_offset = (uint32_t)out->size;
    buf_bytes(out, cells, count * sizeof *cells);
    pad(out);
    h->text_offset = (uint32_t)out->size;
    h->text_size = (uint32_t)pool.texts.size;
    buf_bytes(out, pool.texts.data, pool.texts.size);
    pad(out);
}

struct err *list_image_build(struct arena *a, const struct list_table *t, const void **bytes_out,
                             size_t *size_out)
{
    if (t->column_count == 0 || t->row_count > LIST_CELLS / t->column_count)
        return err_new(a, ERR_TOO_BIG, "list.too_big", "", "The list has too many cells.",
                       "列表的单元格太多。");
    struct buf out;
    struct list_header h = {.column_count = (uint32_t)t->column_count,
                            .row_count = (uint32_t)t->row_count,
                            .column_offset = sizeof h};
    struct list_column *columns = arena_array(a, t->column_count, sizeof *columns);
    memcpy(h.magic, LIST_MAGIC, sizeof h.magic);
    buf_init(&out, a);
    buf_bytes(&out, &h, sizeof h);
    buf_bytes(&out, columns, t->column_count * sizeof *columns);
    pad(&out);
    put_cells(a, &out, t, &h, columns);
    for (size_t i = 0; i < t->column_count; i++)
        if (!t->is_indexed || t->is_indexed[i])
            put_index(a, &out, t, i, &columns[i]);
    pad(&out);
    h.size = (uint32_t)out.size;
    memcpy(out.data, &h, sizeof h);
    memcpy(out.data + h.column_offset, columns, t->column_count * sizeof *columns);
    size_t start = offsetof(struct list_header, size);
    h.hash = image_hash(out.data + start, out.size - start);
    memcpy(out.data, &h, sizeof h);
    *bytes_out = out.data;
    *size_out = out.size;
    return NULL;
}

/* The tree ------------------------------------------------------------------------------------ */

static const struct list *self(const struct xtree *t)
{
    return t->self;
}

static uint32_t width(const struct list *l)
{
    return l->header->column_count + 1;
}

/* 0: an item; 1...: its columns. */
static uint32_t place(const struct list *l, uint32_t id)
{
    return (id - FIRST_ITEM) % width(l);
}

static enum xkind list_kind(const struct xtree *t, uint32_t id)
{
    (void)t;
    return id == 0 ? XKIND_ROOT : XKIND_ELEMENT;
}

static uint32_t list_parent(const struct xtree *t, uint32_t id)
{
    if (id < FIRST_ITEM)
        return id == 0 ? XNODE_NONE : 0;
    uint32_t column = place(self(t), id);
    return column == 0 ? 1 : id - column;
}

static uint32_t list_first_child(const struct xtree *t, uint32_t id)
{
    const struct list *l = self(t);
    if (id == 0)
        return 1;
    if (id == 1)
        return l->header->row_count ? FIRST_ITEM : XNODE_NONE;
    return place(l, id) == 0 ? id + 1 : XNODE_NONE;
}

static uint32_t list_next(const struct xtree *t, uint32_t id)
{
    const struct list *l = self(t);
    if (id < FIRST_ITEM)
        return XNODE_NONE;
    uint32_t column = place(l, id);
    if (column > 0)
        return column < l->header->column_count ? id + 1 : XNODE_NONE;
    bool is_last = (id - FIRST_ITEM) / width(l) + 1 == l->header->row_count;
    return is_last ? XNODE_NONE : id + width(l);
}

static uint32_t list_no_attribute(const struct xtree *t, uint32_t id)
{
    (void)t, (void)id;
    return XNODE_NONE;
}

static const char *list_name(const struct xtree *t, uint32_t id)
{
    const struct list *l = self(t);
    if (id < FIRST_ITEM)
        return id == 0 ? "" : "root";
    uint32_t column = place(l, id);
    return column == 0 ? "item" : l->texts + l->columns[column - 1].name;
}

static const char *list_no_uri(const struct xtree *t, uint32_t id)
{
    (void)t, (void)id;
    return "";
}

static const char *list_text(const struct xtree *t, uint32_t id)
{
    const struct list *l = self(t);
    uint32_t column = id < FIRST_ITEM ? 0 : place(l, id);
    if (column == 0)
        return "";
    uint32_t row = (id - FIRST_ITEM) / width(l);
    return l->texts + l->cells[row * l->header->column_count + column - 1];
}

static enum xtype list_type(const struct xtree *t, uint32_t id)
{
    (void)t, (void)id;
    return XTYPE_STRING;
}

static uint64_t list_order(const struct xtree *t, uint32_t id)
{
    (void)t;
    return id;
}

static const struct xtree_ops list_ops = {
    .kind = list_kind,
    .parent = list_parent,
    .first_child = list_first_child,
    .next_sibling = list_next,
    .first_attribute = list_no_attribute,
    .local_name = list_name,
    .namespace_uri = list_no_uri,
    .text = list_text,
    .type = list_type,
    .order = list_order,
};

/* Loading ------------------------------------------------------------------------------------- */

static bool span_fits(const struct list_header *h, uint32_t offset, uint64_t size)
{
    return offset % 4 == 0 && offset <= h->size && size <= h->size - offset;
}

static bool header_fits(const struct list_header *h, size_t size)
{
    size_t start = offsetof(struct list_header, size);
    if (h->size != size || size % 8 || h->column_count == 0 ||
        h->row_count > LIST_CELLS / h->column_count)
        return false;
    if (image_hash((const char *)h + start, size - start) != h->hash)
        return false;
    return span_fits(h, h->column_offset, (uint64_t)h->column_count * sizeof(struct list_column)) &&
           span_fits(h, h->cell_offset, (uint64_t)h->column_count * h->row_count * 4) &&
           span_fits(h, h->text_offset, h->text_size) && h->text_size > 0 &&
           ((const char *)h)[h->text_offset + h->text_size - 1] == '\0';
}

/* At least one slot of an index is free, so that every search ends. */
static bool index_fits(const struct list *l, const struct list_column *c)
{
    const struct list_header *h = l->header;
    bool is_power = c->index_size && (c->index_size & (c->index_size - 1)) == 0;
    if (c->index_offset == 0)
        return true;
    if (!is_power || !span_fits(h, c->index_offset, (uint64_t)c->index_size * 4))
        return false;
    const uint32_t *slots = (const uint32_t *)(const void *)((const char *)h + c->index_offset);
    bool has_free = false;
    for (uint32_t i = 0; i < c->index_size; i++) {
        has_free |= slots[i] == 0;
        if (slots[i] > h->row_count)
            return false;
    }
    return has_free;
}

static bool list_fits(const struct list *l)
{
    const struct list_header *h = l->header;
    for (uint32_t i = 0; i < h->column_count; i++)
        if (l->columns[i].name >= h->text_size || !index_fits(l, &l->columns[i]))
            return false;
    for (uint32_t i = 0; i < h->column_count * h->row_count; i++)
        if (l->cells[i] >= h->text_size)
            return false;
    return true;
}

struct err *list_load(struct arena *a, const void *image, size_t size, const struct list **list_out)
{
    const struct list_header *h = image;
    struct list *l = arena_alloc(a, sizeof *l);
    bool fits = (uintptr_t)image % 8 == 0 && size >= sizeof *h &&
                memcmp(h->magic, LIST_MAGIC, sizeof h->magic) == 0 && header_fits(h, size);
    if (fits) {
        const char *bytes = image;
        *l = (struct list){.header = h,
                           .columns = (const void *)(bytes + h->column_offset),
                           .cells = (const void *)(bytes + h->cell_offset),
                           .texts = bytes + h->text_offset,
                           .tree = {.ops = &list_ops, .self = l}};
    }
    if (!fits || !list_fits(l))
        return err_new(a, ERR_INVALID, "image.damaged", "",
                       "The list image is damaged. Fetch it again.",
                       "列表映像已损坏，请重新获取。");
    *list_out = l;
    return NULL;
}

/* Asking ------------------------------------------------------------------------------------- */

const struct xtree *list_tree(const struct list *list)
{
    return &list->tree;
}

const struct list *list_of(const struct xtree *tree)
{
    return tree->ops == &list_ops ? tree->self : NULL;
}

bool list_find(const struct list *l, struct xpath_run *run, const char *column, const char *value,
               struct xnodes *out)
{
    const struct list_header *h = l->header;
    uint32_t c = 0;
    while (c < h->column_count && !text_equal(l->texts + l->columns[c].name, column))
        c++;
    if (c == h->column_count || l->columns[c].index_offset == 0)
        return false;
    const char *bytes = (const char *)h;
    const uint32_t *slots = (const void *)(bytes + l->columns[c].index_offset);
    uint32_t mask = l->columns[c].index_size - 1;
    for (uint32_t at = hash_text(value) & mask; slots[at]; at = (at + 1) & mask) {
        uint32_t row = slots[at] - 1;
        if (text_equal(l->texts + l->cells[row * h->column_count + c], value))
            xnodes_add(run, out, (struct xnode){&l->tree, FIRST_ITEM + row * width(l)});
    }
    return true;
}
