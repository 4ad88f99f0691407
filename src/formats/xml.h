/* XML (libxml2 behind our own face). Any DOCTYPE is refused, UTF-8 only, limits are checked by a
 * byte scan before the parser sees the text (trust.md 2.8, 2.9). Two ways: events for submissions,
 * a small read-only tree for forms. */
#ifndef FORMATS_XML_H
#define FORMATS_XML_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct xml_attribute {
    const char *name, *prefix, *uri, *value; /* prefix and uri "" if none; value of value_size */
    size_t value_size;
};
/* Events. Names and values are only valid during the call, values are not NUL-terminated; text may
 * come in pieces. A function that returns false stops the reading, which then succeeds: the caller
 * keeps its own error in self. */
struct xml_events {
    void *self;
    bool (*start)(void *self, const char *name, const char *prefix, const char *uri,
                  const struct xml_attribute *attributes, size_t count);
    bool (*end)(void *self);
    bool (*text)(void *self, const char *text, size_t size);
};
/* Errors: ERR_INVALID xml.doctype, xml.encoding, xml.syntax (where = "line N"), xml.attributes,
 * xml.depth; ERR_TOO_BIG xml.too_big. */
MUST_CHECK struct err *xml_read_events(struct arena *a, const char *xml, size_t size,
                                       const struct xml_events *events);

/* The same with a parser that is kept: saves about 3 us a document. One thread at a time; lives in
 * the arena of xml_reader_new(), what a call returns in the arena of the call. */
struct xml_reader;
struct xml_reader *xml_reader_new(struct arena *a);
void xml_reader_limit(struct xml_reader *r, size_t bytes); /* instead of LIMIT_XML_BYTES */
MUST_CHECK struct err *xml_reader_events(struct xml_reader *r, struct arena *a, const char *xml,
                                         size_t size, const struct xml_events *events);

struct xml_node {
    enum { XML_ELEMENT, XML_TEXT, XML_COMMENT, XML_PI } kind;
    const char *name, *prefix, *uri; /* element; "" if none */
    const char *text;                /* text, comment */
    const struct xml_attribute *attributes;
    size_t attribute_count;
    struct xml_node *parent, *first_child, *last_child, *next;
    uint32_t line;
    const struct xml_namespace { /* declared on this element */
        const char *prefix, *uri;
        const struct xml_namespace *next;
    } * namespaces;
};
MUST_CHECK struct err *xml_read(struct arena *a, const char *xml, size_t size,
                                const struct xml_node **root_out);
const char *xml_attribute(const struct xml_node *n, const char *uri,
                          const char *name); /* or NULL */
const struct xml_node *xml_child(const struct xml_node *n, const char *uri, const char *name);
const char *xml_text(struct arena *a, const struct xml_node *n); /* all text below, joined */

#endif
