/* Workbook or XForm -> image. */
#include "forms/form_source.h"

#include "base/arena.h"
#include "forms/xform.h"
#include "forms/xlsform.h"

#include <string.h>

/* XML starts with '<', perhaps behind a byte order mark and blanks. */
static bool is_xml(const char *bytes, size_t size)
{
    size_t i = size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < size && strchr(" \t\r\n", bytes[i]) && bytes[i])
        i++;
    return i < size && bytes[i] == '<';
}

static struct err *workbook_xform(struct arena *a, const void *bytes, size_t size,
                                  struct notes *notes, const char **xml_out, size_t *xml_size_out)
{
    const struct book *book;
    enum book_kind kind;
    struct xlsform_result result;
    const struct xlsform_options options = {.root_name = ""};
    TRY(book_read(a, bytes, size, &book, &kind));
    TRY(xlsform_compile(a, book, &options, &result));
    for (const struct note *n = result.notes.first; n; n = n->next) {
        note_add(notes, n->level, n->code, n->where, n->suggestion, "%s", "%s", n->message);
        notes->last->message_zh = n->message_zh;
    }
    *xml_out = result.xml;
    *xml_size_out = result.xml_size;
    return NULL;
}

struct err *form_source_read(struct arena *a, const void *bytes, size_t size, struct notes *notes,
                             const void **image_out, size_t *image_size_out)
{
    const char *xml = bytes;
    size_t xml_size = size;
    const struct xform *form;
    *image_out = NULL;
    if (!is_xml(bytes, size))
        TRY(workbook_xform(a, bytes, size, notes, &xml, &xml_size));
    if (!xml)
        return NULL;
    TRY(xform_read(a, xml, xml_size, notes, &form));
    return form ? image_build(a, form, notes, image_out, image_size_out) : NULL;
}
