/* Forms for tests, from a few lines of XForm. */
#ifndef TESTS_UNIT_FORM_HELP_H
#define TESTS_UNIT_FORM_HELP_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "engine/form.h"
#include "forms/record.h"
#include "forms/xform.h"

#include <string.h>

static inline int64_t help_now(void *self)
{
    (void)self;
    return 1795489200000; /* 2026-11-24 11:00 in Shanghai */
}

static inline int32_t help_offset(void *self, int64_t at_ms)
{
    (void)self, (void)at_ms;
    return 480;
}

static inline uint64_t help_random(void *self)
{
    (void)self;
    return 42;
}

static inline const char *help_property(void *self, const char *name)
{
    (void)self, (void)name;
    return "";
}

static const struct host help_host = {NULL, help_now, help_offset, help_random, help_property};

/* instance: the root element; model: binds and the like; body: controls. */
static inline const char *help_xml(struct arena *a, const char *instance, const char *model,
                                   const char *body)
{
    return text_print(
        a,
        "<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\" "
        "xmlns:jr=\"http://openrosa.org/javarosa\"><h:head><model><instance>%s</instance>%s</model>"
        "</h:head><h:body>%s</h:body></h:html>",
        instance, model, body);
}

static inline void help_image(struct arena *a, const char *xml, const void **image_out,
                              size_t *size_out)
{
    struct notes notes;
    const struct xform *xform = NULL;
    notes_init(&notes, a);
    assert_null(xform_read(a, xml, strlen(xml), &notes, &xform));
    assert_non_null(xform);
    assert_null(image_build(a, xform, &notes, image_out, size_out));
}

static inline const struct form *help_form(struct arena *a, const char *instance, const char *model,
                                           const char *body)
{
    const void *image;
    size_t size;
    const struct form *form = NULL;
    help_image(a, help_xml(a, instance, model, body), &image, &size);
    assert_null(form_load(a, image, size, &form));
    return form;
}

static inline struct sheet *help_open(struct arena *a, const struct form *form)
{
    struct sheet *sheet = NULL;
    assert_null(form_open(a, form, &help_host, NULL, 0, &sheet));
    return sheet;
}

/* The changed paths, joined by blanks; or the code of the error. */
static inline const char *help_answer(struct arena *a, struct sheet *s, const char *path,
                                      const char *text)
{
    struct changes changes;
    struct buf b;
    struct err *e = form_answer(a, s, path, text, &changes);
    if (e)
        return e->code;
    buf_init(&b, a);
    for (size_t i = 0; i < changes.count; i++)
        buf_print(&b, "%s%s", i ? " " : "", changes.paths[i]);
    return buf_text(&b);
}

/* "path kind; path kind" of a verdict. */
static inline const char *help_findings(struct arena *a, const struct verdict *v)
{
    struct buf b;
    buf_init(&b, a);
    for (size_t i = 0; i < v->finding_count; i++)
        buf_print(&b, "%s%s %s", i ? "; " : "", v->findings[i].path,
                  finding_kind_name(v->findings[i].kind));
    return buf_text(&b);
}

/* The findings of the hall, or the code of the error. */
static inline const char *help_judge(struct arena *a, const struct form *form, const char *xml)
{
    struct record record;
    struct sheet *sheet;
    struct verdict verdict;
    struct err *e =
        record_judge(a, form, &help_host, xml, strlen(xml), "en", &record, &sheet, &verdict);
    return e ? e->code : help_findings(a, &verdict);
}

#endif
