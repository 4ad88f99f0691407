/* Any text as a workbook: compiled as a service and as a plain form. A form without faults is XML.
 */
#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "formats/xml.h"
#include "forms/xlsform.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compile(struct arena *a, const struct book *book, bool is_form_only)
{
    const struct xlsform_options options = {"", is_form_only};
    struct xlsform_result r;
    const struct xml_node *root;
    CHECK(!xlsform_compile(a, book, &options, &r));
    CHECK(!r.xml == (r.notes.error_count > 0));
    if (r.xml && r.xml_size < 1000000)
        CHECK(!xml_read(a, r.xml, r.xml_size, &root));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const struct book *book, *standard;
    if (size < 20000 && text_is_utf8(data, size) && !md_read(a, arena_copy(a, data, size), &book)) {
        compile(a, book, false);
        compile(a, book, true);
        CHECK(!xlsform_standard(a, book, &standard));
    }
    arena_free(a);
    return 0;
}
