/* Submissions: whatever a device sends is judged or refused, and what was read is written again. */
#include "base/arena.h"
#include "base/check.h"
#include "forms/record.h"
#include "forms/xform.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char form_xml[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:jr='http://openrosa.org/javarosa'><h:head><model><instance><data id='f' version='1'>"
    "<q/><n/><sum/><day/><g><a/></g><m jr:template=''><x/><y/><k jr:template=''><z/></k></m>"
    "<meta><instanceID/><entity dataset='d' create='1' id=''><label/></entity></meta></data>"
    "</instance><bind nodeset='/data/q' required='true()' constraint=\"regex(., '[a-z]+')\"/>"
    "<bind nodeset='/data/n' type='int' constraint='. &lt; 10'/>"
    "<bind nodeset='/data/sum' calculate='sum(/data/m/x)'/>"
    "<bind nodeset='/data/day' type='date' constraint='. &lt;= today()'/>"
    "<bind nodeset='/data/g' relevant='/data/n &gt; 2'/>"
    "<bind nodeset='/data/m/y' calculate='../x * 2'/>"
    "<bind nodeset='/data/meta/entity/@id' calculate='/data/q'/></model></h:head><h:body>"
    "<input ref='/data/q'/><select ref='/data/g/a'><item><label>1</label><value>1</value></item>"
    "</select><repeat nodeset='/data/m'><input ref='/data/m/x'/><repeat nodeset='/data/m/k'>"
    "<input ref='/data/m/k/z'/></repeat></repeat></h:body></h:html>";

static int64_t now_ms(void *self)
{
    (void)self;
    return 1795489200000;
}

static int32_t offset_min(void *self, int64_t at_ms)
{
    (void)self, (void)at_ms;
    return 480;
}

static uint64_t chance(void *self)
{
    (void)self;
    return 7;
}

static const char *property(void *self, const char *name)
{
    (void)self, (void)name;
    return "";
}

static const struct form *make_form(struct arena *a)
{
    struct notes notes;
    const struct xform *xform;
    const struct form *form;
    const void *image;
    size_t size;
    notes_init(&notes, a);
    CHECK(!xform_read(a, form_xml, sizeof form_xml - 1, &notes, &xform) && xform);
    CHECK(!image_build(a, xform, &notes, &image, &size));
    CHECK(!form_load(a, image, size, &form));
    return form;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct form *form;
    static struct arena *kept;
    const struct host host = {NULL, now_ms, offset_min, chance, property};
    if (!kept) {
        kept = arena_new();
        form = make_form(kept);
    }
    struct arena *a = arena_new();
    struct record record, again;
    struct sheet *sheet;
    struct verdict verdict;
    const struct entity_change *changes;
    const char *xml;
    size_t count;
    const char *text = arena_copy(a, data, size);
    (void)!record_peek(a, text, size, &record);
    if (!record_judge(a, form, &host, text, size, "zh", &record, &sheet, &verdict)) {
        CHECK(!sheet_entities(a, sheet, &changes, &count));
        CHECK(!form_write(a, sheet, "", "", &xml, &count));
        CHECK(!record_read(a, form, xml, count, &again));
    }
    arena_free(a);
    return 0;
}
