/* XML through libxml2's SAX2 events. A scan of the bytes comes first and refuses what a parser
 * should never see: a DOCTYPE, another encoding, deep nesting, thousands of attributes (libxml2 is
 * quadratic there). Entities are never substituted: without a DOCTYPE there are only the five of
 * XML itself. */
#include "formats/xml.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <string.h>

/* The scan ------------------------------------------------------------------------------------ */

struct scan {
    const char *text, *end;
    size_t depth;
    const char *fault; /* code of what was found; NULL: nothing */
    const char *at;
};

static bool starts_here(const char *p, const char *end, const char *start)
{
    size_t size = strlen(start);
    return (size_t)(end - p) >= size && memcmp(p, start, size) == 0;
}

/* Behind the next `stop`, or the end. */
static const char *skip_past(const char *p, const char *end, const char *stop)
{
    size_t size = strlen(stop);
    const char *found = memmem(p, (size_t)(end - p), stop, size);
    return found ? found + size : end;
}

static const char *scan_fault(struct scan *s, const char *code, const char *at)
{
    s->fault = code;
    s->at = at;
    return s->end;
}

/* p is behind '<' of a start tag. Counts '=' outside of quotes. */
static const char *scan_start_tag(struct scan *s, const char *p)
{
    size_t attributes = 0;
    const char *tag = p;
    for (; p < s->end && *p != '>'; p++) {
        if (*p == '=' && ++attributes > LIMIT_XML_ATTRIBUTES)
            return scan_fault(s, "xml.attributes", tag);
        if (*p == '"' || *p == '\'') {
            p = memchr(p + 1, *p, (size_t)(s->end - p - 1));
            if (!p)
                return s->end;
        }
    }
    if (p < s->end && p[-1] != '/' && ++s->depth > LIMIT_XML_DEPTH)
        return scan_fault(s, "xml.depth", tag);
    return p;
}

/* p is behind '<'. */
static const char *scan_markup(struct scan *s, const char *p)
{
    switch (p < s->end ? *p : '\0') {
    case '/':
        s->depth -= s->depth > 0;
        return p;
    case '?':
        return skip_past(p, s->end, "?>");
    case '!':
        if (starts_here(p, s->end, "!--"))
            return skip_past(p + 3, s->end, "-->");
        if (starts_here(p, s->end, "![CDATA["))
            return skip_past(p, s->end, "]]>");
        return scan_fault(s, "xml.doctype", p);
    default:
        return scan_start_tag(s, p);
    }
}

/* The XML declaration may name UTF-8 and nothing else. */
static void scan_declaration(struct scan *s)
{
    if (!starts_here(s->text, s->end, "<?xml"))
        return;
    const char *end = skip_past(s->text, s->end, "?>");
    const char *name = memmem(s->text, (size_t)(end - s->text), "encoding", 8);
    if (!name)
        return;
    for (name += 8; name < end && strchr("= \t\r\n\"'", *name); name++)
        ;
    bool is_utf8 = end - name > 5 && (name[0] | 32) == 'u' && (name[1] | 32) == 't' &&
                   (name[2] | 32) == 'f' && name[3] == '-' && name[4] == '8' &&
                   (name[5] == '"' || name[5] == '\'');
    if (!is_utf8)
        scan_fault(s, "xml.encoding", name);
}

static void scan_document(struct scan *s)
{
    scan_declaration(s);
    const char *p = s->text;
    while (!s->fault && p < s->end && (p = memchr(p, '<', (size_t)(s->end - p))))
        p = scan_markup(s, p + 1);
}

/* text_is_utf8, with a quick way over ASCII, which most submissions are. */
static bool is_utf8(const char *text, size_t size)
{
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= size; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        bool has_high = word & 0x8080808080808080u;
        bool has_zero = (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
        if (has_high || has_zero)
            break;
    }
    return text_is_utf8(text + i, size - i);
}

static const char *line_of(struct arena *a, const struct scan *s)
{
    int line = 1;
    for (const char *p = s->text; p < s->at; p++)
        line += *p == '\n';
    return text_print(a, "line %d", line);
}

static struct err *scan_error(struct arena *a, const struct scan *s)
{
    static const struct {
        const char *code, *english, *chinese;
    } rows[] = {
        {"xml.doctype", "A DOCTYPE is not allowed. Leave it out.", "不允许 DOCTYPE，请去掉。"},
        {"xml.encoding", "Only UTF-8 is read. Save the file as UTF-8.",
         "只接受 UTF-8。请另存为 UTF-8 编码。"},
        {"xml.attributes", "One element has too many attributes.", "一个元素的属性太多。"},
        {"xml.depth", "The elements are nested too deeply.", "元素嵌套太深。"},
    };
    size_t i = 0;
    while (!text_equal(rows[i].code, s->fault))
        i++;
    struct err *e =
        err_new(a, ERR_INVALID, rows[i].code, line_of(a, s), "%s", "%s", rows[i].english);
    e->message_zh = rows[i].chinese;
    return e;
}

static struct err *check_bytes(struct arena *a, const char *xml, size_t size, size_t limit)
{
    if (size > limit)
        return err_new(a, ERR_TOO_BIG, "xml.too_big", "", "The XML is larger than %zu bytes.",
                       "XML 超过 %zu 字节。", limit);
    struct scan s = {.text = xml, .end = xml + size, .at = xml};
    if (is_utf8(xml, size))
        scan_document(&s);
    else
        s.fault = "xml.encoding";
    return s.fault ? scan_error(a, &s) : NULL;
}

/* The parser ---------------------------------------------------------------------------------- */

struct tree {
    struct arena *arena;
    struct xml_node *root, *current;
    struct buf text; /* character data not yet made a node */
    struct known {   /* parser's names, kept once in the arena, by address */
        const xmlChar *from;
        const char *to;
    } known[512];
};

struct xml_reader {
    xmlParserCtxt *parser;
    struct arena *arena; /* of the running call */
    const struct xml_events *events;
    struct tree *tree; /* of xml_read(), else NULL */
    size_t limit;
    bool is_stopped, has_doctype;
    int fault_line;
    const char *fault; /* "" if the parser gave no words */
    struct xml_attribute attributes[LIMIT_XML_ATTRIBUTES];
};

static const char *name_or_empty(const xmlChar *name)
{
    return name ? (const char *)name : "";
}

/* The parser leaves "&#38;" for '&' in attribute values, and no other reference. */
static void unescape(struct arena *a, struct xml_attribute *t)
{
    if (!memchr(t->value, '&', t->value_size))
        return;
    char *copy = arena_alloc(a, t->value_size + 1);
    size_t n = 0;
    for (size_t i = 0; i < t->value_size; i++) {
        copy[n++] = t->value[i];
        if (starts_here(t->value + i, t->value + t->value_size, "&#38;"))
            i += 4;
    }
    t->value = copy;
    t->value_size = n;
}

/* from: five pointers an attribute, as SAX2 gives them. */
static void read_attributes(struct arena *a, const xmlChar **from, size_t count,
                            struct xml_attribute *to)
{
    for (size_t i = 0; i < count; i++, from += 5) {
        to[i] = (struct xml_attribute){.name = (const char *)from[0],
                                       .prefix = name_or_empty(from[1]),
                                       .uri = name_or_empty(from[2]),
                                       .value = (const char *)from[3],
                                       .value_size = (size_t)(from[4] - from[3])};
        unescape(a, &to[i]);
    }
}

static void stop_unless(struct xml_reader *r, bool goes_on)
{
    if (goes_on)
        return;
    r->is_stopped = true;
    xmlStopParser(r->parser);
}

static void on_start(void *self, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespace_count, const xmlChar **namespaces, int count, int defaulted,
                     const xmlChar **attributes)
{
    (void)namespace_count, (void)namespaces, (void)defaulted;
    struct xml_reader *r = self;
    if (r->is_stopped)
        return;
    struct xml_attribute *list = r->attributes;
    read_attributes(r->arena, attributes, (size_t)count, list);
    stop_unless(r, r->events->start(r->events->self, (const char *)name, name_or_empty(prefix),
                                    name_or_empty(uri), list, (size_t)count));
}

static void on_end(void *self, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)name, (void)prefix, (void)uri;
    struct xml_reader *r = self;
    if (!r->is_stopped)
        stop_unless(r, r->events->end(r->events->self));
}

static void on_text(void *self, const xmlChar *text, int size)
{
    struct xml_reader *r = self;
    if (!r->is_stopped)
        stop_unless(r, r->events->text(r->events->self, (const char *)text, (size_t)size));
}

/* The scan has refused it already; this is the second lock. */
static void on_doctype(void *self, const xmlChar *name, const xmlChar *external,
                       const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    struct xml_reader *r = self;
    r->has_doctype = true;
    stop_unless(r, false);
}

static void on_fault(void *self, xmlError *fault)
{
    struct xml_reader *r = self;
    if (r->is_stopped || r->fault || fault->level < XML_ERR_ERROR)
        return;
    r->fault = fault->message ? text_trim(r->arena, fault->message) : "";
    r->fault_line = fault->line;
}

/* The tree ------------------------------------------------------------------------------------ */

static const char *known_name(struct tree *t, const xmlChar *name)
{
    if (!name)
        return "";
    size_t slot = ((uintptr_t)name >> 3) % (sizeof t->known / sizeof *t->known);
    struct known *k = &t->known[slot];
    if (k->from != name)
        *k = (struct known){name, arena_text(t->arena, (const char *)name)};
    return k->to;
}

static struct xml_node *node_add(struct tree *t, int kind, int line)
{
    struct xml_node *n = arena_alloc(t->arena, sizeof *n);
    n->kind = kind;
    n->name = n->prefix = n->uri = n->text = "";
    n->line = (uint32_t)line;
    n->parent = t->current;
    if (!t->current)
        return n;
    if (t->current->last_child)
        t->current->last_child->next = n;
    else
        t->current->first_child = n;
    t->current->last_child = n;
    return n;
}

static void flush_text(struct tree *t, int line)
{
    if (t->text.size == 0)
        return;
    struct xml_node *n = node_add(t, XML_TEXT, line);
    n->text = arena_copy(t->arena, t->text.data, t->text.size);
    t->text.size = 0;
}

static void tree_namespaces(struct tree *t, struct xml_node *n, const xmlChar **from, int count)
{
    for (ptrdiff_t i = count - 1; i >= 0; i--) {
        struct xml_namespace *s = arena_alloc(t->arena, sizeof *s);
        *s = (struct xml_namespace){known_name(t, from[2 * i]), known_name(t, from[2 * i + 1]),
                                    n->namespaces};
        n->namespaces = s;
    }
}

static void tree_attributes(struct tree *t, struct xml_node *n, const xmlChar **from, size_t count)
{
    struct xml_attribute *list = arena_array(t->arena, count, sizeof *list);
    read_attributes(t->arena, from, count, list);
    for (size_t i = 0; i < count; i++) {
        list[i].name = known_name(t, from[5 * i]);
        list[i].prefix = known_name(t, from[5 * i + 1]);
        list[i].uri = known_name(t, from[5 * i + 2]);
        list[i].value = arena_copy(t->arena, list[i].value, list[i].value_size);
    }
    n->attributes = list;
    n->attribute_count = count;
}

static int line_now(const struct xml_reader *r)
{
    return r->parser->input ? r->parser->input->line : 0;
}

static void on_tree_start(void *self, const xmlChar *name, const xmlChar *prefix,
                          const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
                          int count, int defaulted, const xmlChar **attributes)
{
    (void)defaulted;
    struct xml_reader *r = self;
    struct tree *t = r->tree;
    flush_text(t, line_now(r));
    struct xml_node *n = node_add(t, XML_ELEMENT, line_now(r));
    n->name = known_name(t, name);
    n->prefix = known_name(t, prefix);
    n->uri = known_name(t, uri);
    tree_namespaces(t, n, namespaces, namespace_count);
    tree_attributes(t, n, attributes, (size_t)count);
    if (!t->root)
        t->root = n;
    t->current = n;
}

static void on_tree_end(void *self, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)name, (void)prefix, (void)uri;
    struct xml_reader *r = self;
    flush_text(r->tree, line_now(r));
    r->tree->current = r->tree->current->parent;
}

static void on_tree_text(void *self, const xmlChar *text, int size)
{
    struct xml_reader *r = self;
    if (r->tree->current)
        buf_bytes(&r->tree->text, text, (size_t)size);
}

static void on_tree_comment(void *self, const xmlChar *text)
{
    struct xml_reader *r = self;
    if (!r->tree->current)
        return;
    flush_text(r->tree, line_now(r));
    node_add(r->tree, XML_COMMENT, line_now(r))->text =
        arena_text(r->tree->arena, (const char *)text);
}

static void on_tree_pi(void *self, const xmlChar *target, const xmlChar *data)
{
    struct xml_reader *r = self;
    if (!r->tree->current)
        return;
    flush_text(r->tree, line_now(r));
    struct xml_node *n = node_add(r->tree, XML_PI, line_now(r));
    n->name = known_name(r->tree, target);
    n->text = data ? arena_text(r->tree->arena, (const char *)data) : "";
}

/* Running ------------------------------------------------------------------------------------- */

static void set_handlers(struct xml_reader *r)
{
    bool has_tree = r->tree;
    xmlSAXHandler *h = r->parser->sax;
    *h = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC,
                         .internalSubset = on_doctype,
                         .startElementNs = has_tree ? on_tree_start : on_start,
                         .endElementNs = has_tree ? on_tree_end : on_end,
                         .characters = has_tree ? on_tree_text : on_text,
                         .ignorableWhitespace = has_tree ? on_tree_text : on_text,
                         .cdataBlock = has_tree ? on_tree_text : on_text,
                         .comment = has_tree ? on_tree_comment : NULL,
                         .processingInstruction = has_tree ? on_tree_pi : NULL,
                         .serror = on_fault};
}

static void reader_free(void *reader)
{
    struct xml_reader *r = reader;
    xmlFreeParserCtxt(r->parser);
}

struct xml_reader *xml_reader_new(struct arena *a)
{
    struct xml_reader *r = arena_alloc(a, sizeof *r);
    r->parser = xmlNewParserCtxt();
    CHECK(r->parser);
    arena_defer(a, reader_free, r);
    r->limit = LIMIT_XML_BYTES;
    return r;
}

void xml_reader_limit(struct xml_reader *r, size_t bytes)
{
    r->limit = bytes;
}

static struct err *parse_result(struct xml_reader *r)
{
    struct arena *a = r->arena;
    if (r->has_doctype)
        return err_new(a, ERR_INVALID, "xml.doctype", "", "A DOCTYPE is not allowed. Leave it out.",
                       "不允许 DOCTYPE，请去掉。");
    if (r->is_stopped || (r->parser->wellFormed && !r->fault))
        return NULL;
    return err_new(a, ERR_INVALID, "xml.syntax", text_print(a, "line %d", r->fault_line),
                   "This is not well-formed XML: %s.", "XML 写法有误：%s。",
                   r->fault && *r->fault ? r->fault : "it ends too early");
}

static void parse(struct xml_reader *r, const char *xml, size_t size)
{
    xmlParserCtxt *p = r->parser;
    xmlCtxtReset(p);
    set_handlers(r);
    p->userData = r;
    p->options = XML_PARSE_NONET | XML_PARSE_NOCDATA;
    p->recovery = 0;
    xmlParserInputBuffer *bytes =
        xmlParserInputBufferCreateMem(xml, (int)size, XML_CHAR_ENCODING_UTF8);
    CHECK(bytes);
    xmlParserInput *input = xmlNewIOInputStream(p, bytes, XML_CHAR_ENCODING_NONE);
    CHECK(input);
    inputPush(p, input);
    xmlParseDocument(p);
}

static struct err *read_with(struct xml_reader *r, struct arena *a, const char *xml, size_t size)
{
    TRY(check_bytes(a, xml, size, r->limit));
    r->arena = a;
    r->is_stopped = r->has_doctype = false;
    r->fault = NULL;
    r->fault_line = 0;
    parse(r, xml, size);
    return parse_result(r);
}

struct err *xml_reader_events(struct xml_reader *r, struct arena *a, const char *xml, size_t size,
                              const struct xml_events *events)
{
    r->events = events;
    r->tree = NULL;
    return read_with(r, a, xml, size);
}

struct err *xml_read_events(struct arena *a, const char *xml, size_t size,
                            const struct xml_events *events)
{
    return xml_reader_events(xml_reader_new(a), a, xml, size, events);
}

struct err *xml_read(struct arena *a, const char *xml, size_t size,
                     const struct xml_node **root_out)
{
    struct xml_reader *r = xml_reader_new(a);
    struct tree *tree = arena_alloc(a, sizeof *tree);
    tree->arena = a;
    buf_init(&tree->text, a);
    r->tree = tree;
    TRY(read_with(r, a, xml, size));
    *root_out = tree->root;
    return NULL;
}

/* Looking at a tree --------------------------------------------------------------------------- */

const char *xml_attribute(const struct xml_node *n, const char *uri, const char *name)
{
    for (size_t i = 0; i < n->attribute_count; i++)
        if (text_equal(n->attributes[i].name, name) && text_equal(n->attributes[i].uri, uri))
            return n->attributes[i].value;
    return NULL;
}

const struct xml_node *xml_child(const struct xml_node *n, const char *uri, const char *name)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next)
        if (c->kind == XML_ELEMENT && text_equal(c->name, name) && text_equal(c->uri, uri))
            return c;
    return NULL;
}

static void add_text(struct buf *b, const struct xml_node *n)
{
    for (const struct xml_node *c = n->first_child; c; c = c->next) {
        if (c->kind == XML_TEXT)
            buf_add(b, c->text);
        else if (c->kind == XML_ELEMENT)
            add_text(b, c);
    }
}

const char *xml_text(struct arena *a, const struct xml_node *n)
{
    if (n->kind != XML_ELEMENT)
        return n->text;
    const struct xml_node *only = n->first_child;
    if (only && !only->next && only->kind == XML_TEXT)
        return only->text;
    struct buf b;
    buf_init(&b, a);
    add_text(&b, n);
    return buf_text(&b);
}
