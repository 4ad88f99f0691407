/* Expressions over XML documents: for `bangban xpath`, for tests, and for authors who try one out.
 * A document with a model (an XForm) also gives its secondary instances and its translations. */
#ifndef FORMS_XPATH_DOCUMENT_H
#define FORMS_XPATH_DOCUMENT_H

#include "engine/xpath.h"

struct arena;
struct xpath_document;

/* Errors: those of xml_read(). */
MUST_CHECK struct err *xpath_document_open(struct arena *a, const char *xml, size_t size,
                                           const struct xpath_document **document_out);

/* How to evaluate. Paths as in xml_tree_find(); "" is the document node. */
struct xpath_setting {
    const char *context, *root; /* of "." and of "/" */
    const char *language;       /* of jr:itext(); "" is the default one */
    int64_t now_ms;
    int32_t utc_offset_min;
    bool is_getodk, is_xpath1;
    const char *(*prefix)(
        const char *prefix); /* namespaces beside those of the document, or NULL */
};
struct xpath_answer {
    struct xpath_run run; /* for the conversions of xpath.h */
    struct xvalue value;
};
/* Errors: ERR_MISSING xpath.no_node; those of xpath_compile() and xpath_run(). answer_out must stay
 * where it is while it is used. */
MUST_CHECK struct err *xpath_document_ask(struct arena *a, const struct xpath_document *document,
                                          const char *expression,
                                          const struct xpath_setting *setting,
                                          struct xpath_answer *answer_out);

#endif
