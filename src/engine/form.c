/* Loading a form image: bounds are checked once, then it is read in place. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/limits.h"

#include <string.h>

#define LAYOUT(type, letters)                                                                      \
    {                                                                                              \
        sizeof(struct type), letters                                                               \
    }

/* Capital letters may be none (IMAGE_NONE): N node, E expression, C caption, R rich, K control,
 * L list, I itext, T tree node. Small letters may not: t text, n node, e expression, o order
 * place or none, u any number; f and c: first and count of a run are checked where they are used by
 * run_fits(). */
const struct image_layout image_layouts[IMAGE_SECTIONS] = {
    [IMAGE_NODES] = LAYOUT(image_node, "NNNNuNuutttttEEEEEECCuttKuu"),
    [IMAGE_EXPRESSIONS] = LAYOUT(image_expression, "uNuuuut"),
    [IMAGE_ORDER] = {sizeof(uint32_t), "e"},
    [IMAGE_DEPENDENTS] = {sizeof(uint32_t), "e"},
    [IMAGE_REFS] = LAYOUT(image_ref, "nuu"),
    [IMAGE_CONTROLS] = LAYOUT(image_control, "uNKuCCttLEttu"),
    [IMAGE_CAPTIONS] = LAYOUT(image_caption, "uRI"),
    [IMAGE_RICH] = LAYOUT(image_rich, "uu"),
    [IMAGE_PIECES] = LAYOUT(image_piece, "XE"),
    [IMAGE_LANGUAGES] = LAYOUT(image_language, "t"),
    [IMAGE_ITEXT] = LAYOUT(image_itext, "t"),
    [IMAGE_ITEXT_FORMS] = LAYOUT(image_itext_form, "RRRtttt"),
    [IMAGE_LISTS] = LAYOUT(image_list, "uu"),
    [IMAGE_ITEMS] = LAYOUT(image_item, "tC"),
    [IMAGE_INSTANCES] = LAYOUT(image_instance, "ttT"),
    [IMAGE_TREE] = LAYOUT(image_tree, "uTTTTttt"),
    [IMAGE_INITIAL] = LAYOUT(image_initial, "tt"),
    [IMAGE_ACTIONS] = LAYOUT(image_action, "unEtN"),
    [IMAGE_RULES] = LAYOUT(image_rule, "te"),
    [IMAGE_ENTITIES] = LAYOUT(image_entity, "nt"),
    [IMAGE_NAMESPACES] = LAYOUT(image_namespace, "tt"),
};

const char *const image_type_names[IMAGE_TYPES] = {
    "string",   "int",      "decimal",  "boolean", "date",    "time",   "dateTime",
    "geopoint", "geotrace", "geoshape", "binary",  "barcode", "intent",
};

/* Four lanes of multiply and mix: finds damage, not malice. size is a multiple of 8. */
uint64_t image_hash(const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    uint64_t lanes[4] = {0x9e3779b97f4a7c15u, 0xc2b2ae3d27d4eb4fu, 0x165667b19e3779f9u, size};
    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        uint64_t *lane = &lanes[i / 8 & 3];
        *lane = (*lane ^ word) * 0xff51afd7ed558ccdu;
        *lane ^= *lane >> 32;
    }
    uint64_t hash = 0;
    for (int i = 0; i < 4; i++) {
        hash = (hash ^ lanes[i]) * 0xc4ceb9fe1a85ec53u;
        hash ^= hash >> 33;
    }
    return hash;
}

static struct err *damaged(struct arena *a)
{
    return err_new(a, ERR_INVALID, "image.damaged", "",
                   "The form image is damaged. Publish the service again.",
                   "表单映像已损坏，请重新发布该事项。");
}

/* The largest value of a member of that letter. */
static uint32_t letter_limit(const struct image_header *h, char letter)
{
    static const struct {
        char letter;
        enum image_section section;
    } rows[] = {
        {'N', IMAGE_NODES},    {'E', IMAGE_EXPRESSIONS}, {'C', IMAGE_CAPTIONS}, {'R', IMAGE_RICH},
        {'K', IMAGE_CONTROLS}, {'L', IMAGE_LISTS},       {'I', IMAGE_ITEXT},    {'T', IMAGE_TREE},
    };
    if (letter == 't' || letter == 'X')
        return h->text_size;
    if (letter == 'n' || letter == 'e')
        letter = (char)(letter - 'a' + 'A');
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].letter == letter)
            return h->sections[rows[i].section].count;
    return UINT32_MAX;
}

static bool section_fits(const struct image_header *h, enum image_section section)
{
    const struct image_layout *layout = &image_layouts[section];
    const struct image_span *span = &h->sections[section];
    if (span->offset % 4 || span->offset > h->size ||
        span->count > (h->size - span->offset) / layout->size)
        return false;
    size_t width = layout->size / sizeof(uint32_t);
    uint32_t limits[32];
    uint32_t none[32]; /* 0: none is allowed; largest number: it is not */
    for (size_t i = 0; i < width; i++) {
        char letter = layout->fields[i];
        limits[i] = letter_limit(h, letter);
        none[i] = letter >= 'a' && letter != 'u';
    }
    const uint32_t *field = (const uint32_t *)(const void *)((const char *)h + span->offset);
    for (uint32_t r = 0; r < span->count; r++, field += width)
        for (size_t i = 0; i < width; i++)
            if (field[i] >= limits[i] && (none[i] || field[i] != IMAGE_NONE))
                return false;
    return true;
}

static bool header_fits(const struct image_header *h, size_t size)
{
    if (size < sizeof *h || h->size != size || size % 8)
        return false;
    if (h->text_offset > size || h->text_size == 0 || h->text_size > size - h->text_offset)
        return false;
    if (((const char *)h)[h->text_offset + h->text_size - 1] != '\0')
        return false;
    if (h->code_offset % 8 || h->code_offset > size || h->code_size > size - h->code_offset)
        return false;
    return h->id < h->text_size && h->version < h->text_size && h->title < h->text_size;
}

static bool run_fits(uint32_t first, uint32_t count, uint32_t limit)
{
    return first <= limit && count <= limit - first;
}

/* Links of a tree rise, so that no walk goes in circles: parent < node < children, next. */
static bool links_rise(uint32_t node, uint32_t parent, uint32_t child, uint32_t attribute,
                       uint32_t next)
{
    return (parent == IMAGE_NONE || parent < node) && child > node && attribute > node &&
           next > node;
}

/* Children and siblings lie inside the parent's numbers: repeats are copied as blocks. */
static bool family_fits(const struct form *f, uint32_t i)
{
    const struct image_node *n = &f->nodes[i];
    uint32_t outer = n->parent == IMAGE_NONE ? f->node_count : f->nodes[n->parent].end;
    if (n->first_child != IMAGE_NONE &&
        (n->first_child >= n->end || f->nodes[n->first_child].parent != i))
        return false;
    if (n->first_attribute != IMAGE_NONE &&
        (n->first_attribute >= n->end || f->nodes[n->first_attribute].parent != i))
        return false;
    return n->next == IMAGE_NONE || (n->next < outer && f->nodes[n->next].parent == n->parent);
}

static bool nodes_fit(const struct form *f)
{
    if (f->node_count == 0 || f->nodes[0].parent != IMAGE_NONE)
        return false;
    uint32_t dependents = f->header->sections[IMAGE_DEPENDENTS].count;
    for (uint32_t i = 0; i < f->node_count; i++) {
        const struct image_node *n = &f->nodes[i];
        if (!links_rise(i, n->parent, n->first_child, n->first_attribute, n->next) || n->end <= i ||
            n->end > f->node_count || n->type >= IMAGE_TYPES ||
            !run_fits(n->dependent_first, n->dependent_count, dependents))
            return false;
        uint32_t depth = 0;
        for (uint32_t p = n->parent; p != IMAGE_NONE && depth <= LIMIT_XML_DEPTH; depth++)
            p = f->nodes[p].parent;
        if (depth > LIMIT_XML_DEPTH)
            return false;
        if (i > 0 && (n->parent == IMAGE_NONE || n->end > f->nodes[n->parent].end))
            return false;
        uint32_t around = i > 0 ? f->nodes[n->parent].repeat : IMAGE_NONE;
        if (n->repeat != (n->flags & IMAGE_NODE_REPEAT ? i : around) || !family_fits(f, i))
            return false;
    }
    return !(f->nodes[0].flags & IMAGE_NODE_REPEAT);
}

static bool tree_fits(const struct form *f)
{
    uint32_t count = f->header->sections[IMAGE_TREE].count;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_tree *n = &f->tree[i];
        uint32_t depth = 0;
        for (uint32_t p = n->parent; p != IMAGE_NONE && p < i && depth <= LIMIT_XML_DEPTH; depth++)
            p = f->tree[p].parent;
        if (n->kind > XKIND_NAMESPACE || depth > LIMIT_XML_DEPTH ||
            !links_rise(i, n->parent, n->first_child, n->first_attribute, n->next))
            return false;
    }
    return true;
}

static bool expressions_fit(const struct form *f)
{
    uint32_t count = f->header->sections[IMAGE_EXPRESSIONS].count;
    uint32_t order = f->header->sections[IMAGE_ORDER].count;
    for (uint32_t i = 0; i < count; i++) {
        const struct image_expression *e = &f->expressions[i];
        if (e->code_offset % 8 || !run_fits(e->code_offset, e->code_size, f->header->code_size))
            return false;
        if (e->place != IMAGE_NONE && e->place >= order)
            return false;
        struct xpath_code code = {f->code + e->code_offset, e->code_size};
        if (!xpath_code_check(&code))
            return false;
    }
    return true;
}

/* Each control's range lies in that of the control around it, not too deep. */
static bool controls_fit(const struct form *f)
{
    uint32_t count, depth = 0;
    uint32_t ends[LIMIT_XML_DEPTH + 1];
    const struct image_control *c = form_section(f, IMAGE_CONTROLS, &count);
    ends[0] = count;
    for (uint32_t i = 0; i < count; i++) {
        while (depth > 0 && ends[depth] <= i)
            depth--;
        if (c[i].end <= i || c[i].end > ends[depth] || c[i].kind > QUESTION_HIDDEN ||
            depth == LIMIT_XML_DEPTH)
            return false;
        ends[++depth] = c[i].end;
    }
    return true;
}

static bool runs_fit(const struct form *f)
{
    const struct image_header *h = f->header;
    uint32_t count;
    const struct image_rich *rich = form_section(f, IMAGE_RICH, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!run_fits(rich[i].first, rich[i].count, h->sections[IMAGE_PIECES].count))
            return false;
    const struct image_list *lists = form_section(f, IMAGE_LISTS, &count);
    for (uint32_t i = 0; i < count; i++)
        if (!run_fits(lists[i].first, lists[i].count, h->sections[IMAGE_ITEMS].count))
            return false;
    uint64_t forms = (uint64_t)h->sections[IMAGE_ITEXT].count * h->sections[IMAGE_LANGUAGES].count;
    return forms == h->sections[IMAGE_ITEXT_FORMS].count;
}

const void *form_section(const struct form *f, enum image_section section, uint32_t *count_out)
{
    *count_out = f->header->sections[section].count;
    return f->bytes + f->header->sections[section].offset;
}

static void form_point(struct form *f, const void *image)
{
    uint32_t count;
    f->header = image;
    f->bytes = image;
    f->texts = (const char *)image + f->header->text_offset;
    f->code = f->bytes + f->header->code_offset;
    f->nodes = form_section(f, IMAGE_NODES, &f->node_count);
    f->expressions = form_section(f, IMAGE_EXPRESSIONS, &count);
    f->tree = form_section(f, IMAGE_TREE, &count);
    f->instances = (struct xtree){.ops = &instance_ops, .self = f};
}

struct err *form_load(struct arena *a, const void *image, size_t size, const struct form **form_out)
{
    const struct image_header *h = image;
    if ((uintptr_t)image % 8 || size < sizeof *h)
        return damaged(a);
    if (memcmp(h->magic, IMAGE_MAGIC, sizeof h->magic) != 0)
        return err_new(a, ERR_INVALID, "image.version", "",
                       "This form image is of another version. Publish the service again.",
                       "表单映像的版本不同，请重新发布该事项。");
    size_t hashed = offsetof(struct image_header, size);
    if (!header_fits(h, size) ||
        image_hash((const char *)image + hashed, (size - hashed) & ~(size_t)7) != h->hash)
        return damaged(a);
    for (int i = 0; i < IMAGE_SECTIONS; i++)
        if (!section_fits(h, (enum image_section)i))
            return damaged(a);
    struct form *f = arena_alloc(a, sizeof *f);
    form_point(f, image);
    if (!nodes_fit(f) || !tree_fits(f) || !expressions_fit(f) || !controls_fit(f) || !runs_fit(f))
        return damaged(a);
    *form_out = f;
    return NULL;
}

const char *form_id(const struct form *form)
{
    return form_text(form, form->header->id);
}

const char *form_version(const struct form *form)
{
    return form_text(form, form->header->version);
}

const char *form_languages(const struct form *form, size_t index)
{
    uint32_t count;
    const struct image_language *languages = form_section(form, IMAGE_LANGUAGES, &count);
    return index < count ? form_text(form, languages[index].name) : NULL;
}

struct err *form_attach_list(struct arena *a, const struct form *form, const char *instance_id,
                             const void *list_image, size_t size, const struct form **form_out)
{
    const struct list *list;
    TRY(list_load(a, list_image, size, &list));
    struct attached *one = arena_alloc(a, sizeof *one);
    *one = (struct attached){arena_text(a, instance_id), list, form->attached};
    struct form *with = arena_alloc(a, sizeof *with);
    *with = *form;
    with->instances.self = with;
    with->attached = one;
    *form_out = with;
    return NULL;
}
