/* XML: attacks X1 to X7 are refused before or by the parser; events and the tree say the same. */
#include "formats/xml.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "test.h"

#include <string.h>

static const char *code_of(struct arena *a, const char *xml, size_t size)
{
    const struct xml_node *root;
    struct err *e = xml_read(a, xml, size, &root);
    return e ? e->code : "";
}

static void refuses_attacks(void **state)
{
    (void)state;
    static const struct {
        const char *name, *xml, *code;
    } rows[] = {
        {"X1", "<!DOCTYPE l [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><l>&x;</l>", "xml.doctype"},
        {"X1 late", "<l><!DOCTYPE l></l>", "xml.doctype"},
        {"X2", "<!DOCTYPE l [<!ENTITY % x SYSTEM \"http://127.0.0.1:9/\"> %x;]><l/>",
         "xml.doctype"},
        {"X3", "<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><l b='&b;'/>",
         "xml.doctype"},
        {"entity", "<l>&unknown;</l>", "xml.syntax"},
        {"X7 declared", "<?xml version='1.0' encoding='UTF-16'?><l/>", "xml.encoding"},
        {"X7 utf-7", "<?xml version='1.0' encoding=\"UTF-7\"?><l/>", "xml.encoding"},
        {"X7 latin", "<?xml version='1.0' encoding='ISO-8859-1'?><l/>", "xml.encoding"},
        {"X7 overlong", "<l>\xC0\xAF</l>", "xml.encoding"},
        {"X7 FFFE", "<l>\xEF\xBF\xBE</l>", "xml.encoding"},
        {"X7 surrogate", "<l>&#xD800;</l>", "xml.syntax"},
        {"X7 nul", "<l>&#0;</l>", "xml.syntax"},
        {"two roots", "<a/><b/>", "xml.syntax"},
        {"cut", "<a><b></a>", "xml.syntax"},
        {"empty", "", "xml.syntax"},
        {"prefix", "<a:b/>", "xml.syntax"},
        {"quote", "<a b='", "xml.syntax"},
        {"good", "<?xml version=\"1.0\" encoding='utf-8'?><!-- <!DOCTYPE --><l>帮</l>", ""},
        {"cdata", "<l><![CDATA[<!DOCTYPE x>]]></l>", ""},
        {"bom", "\xEF\xBB\xBF<l/>", ""},
    };
    struct arena *a = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!text_equal(code_of(a, rows[i].xml, strlen(rows[i].xml)), rows[i].code))
            fail_msg("%s: %s", rows[i].name, code_of(a, rows[i].xml, strlen(rows[i].xml)));
    }
    assert_string_equal(code_of(a, "<l>a\0b</l>", 10), "xml.encoding"); /* NUL */
    assert_string_equal(code_of(a, "\xFF\xFE<\0l\0/\0>\0", 10), "xml.encoding");
    arena_free(a);
}

static void refuses_depth_and_attributes(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf b;
    buf_init(&b, a);
    for (int i = 0; i < 200000; i++)
        buf_add(&b, "<a>");
    assert_string_equal(code_of(a, buf_text(&b), b.size), "xml.depth"); /* X5 */
    buf_init(&b, a);
    buf_add(&b, "<a ");
    for (int i = 0; i < 60000; i++)
        buf_print(&b, "a%d='' ", i);
    buf_add(&b, "/>");
    assert_string_equal(code_of(a, buf_text(&b), b.size), "xml.attributes"); /* X6 */
    buf_init(&b, a);
    for (int i = 0; i < 100; i++)
        buf_add(&b, "<a>");
    for (int i = 0; i < 100; i++)
        buf_add(&b, "</a>");
    assert_string_equal(code_of(a, buf_text(&b), b.size), "");
    arena_free(a);
}

static void builds_a_tree(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const char *xml = "<r xmlns='u' xmlns:p='v' p:k='a&amp;&#38;&lt;b'><!--c-->one<![CDATA[ <2>]]>"
                      "<p:x>t&amp;t</p:x><?pi data?></r>";
    const struct xml_node *root;
    assert_null(xml_read(a, xml, strlen(xml), &root));
    assert_string_equal(root->name, "r");
    assert_string_equal(root->uri, "u");
    assert_string_equal(xml_attribute(root, "v", "k"), "a&&<b");
    assert_null(xml_attribute(root, "", "k"));
    const struct xml_node *x = xml_child(root, "v", "x");
    assert_non_null(x);
    assert_string_equal(x->prefix, "p");
    assert_string_equal(xml_text(a, x), "t&t");
    assert_string_equal(xml_text(a, root), "one <2>t&t");
    assert_int_equal(root->first_child->kind, XML_COMMENT);
    assert_int_equal(root->last_child->kind, XML_PI);
    assert_string_equal(root->namespaces->uri, "u");
    assert_string_equal(root->namespaces->next->prefix, "p");
    arena_free(a);
}

struct seen {
    struct buf text;
    int left; /* start events until it stops */
};

static bool see_start(void *self, const char *name, const char *prefix, const char *uri,
                      const struct xml_attribute *attributes, size_t count)
{
    struct seen *s = self;
    (void)prefix, (void)uri;
    buf_print(&s->text, "<%s", name);
    for (size_t i = 0; i < count; i++)
        buf_print(&s->text, " %s=%.*s", attributes[i].name, (int)attributes[i].value_size,
                  attributes[i].value);
    return --s->left > 0;
}

static bool see_end(void *self)
{
    buf_char(&((struct seen *)self)->text, '>');
    return true;
}

static bool see_text(void *self, const char *text, size_t size)
{
    buf_bytes(&((struct seen *)self)->text, text, size);
    return true;
}

static void reads_events_and_stops(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct xml_reader *r = xml_reader_new(a);
    const char *xml = "<a><b c='1&amp;'>x</b><d/></a>";
    struct seen s = {.left = 9};
    struct xml_events events = {&s, see_start, see_end, see_text};
    buf_init(&s.text, a);
    assert_null(xml_reader_events(r, a, xml, strlen(xml), &events));
    assert_string_equal(buf_text(&s.text), "<a<b c=1&x><d>>");
    s.left = 2; /* the same parser again, stopped at <b> */
    s.text.size = 0;
    assert_null(xml_reader_events(r, a, xml, strlen(xml), &events));
    assert_string_equal(buf_text(&s.text), "<a<b c=1&");
    s.left = 9; /* and after a fault */
    struct err *e = xml_reader_events(r, a, "<a>\n<b></a>", 11, &events);
    assert_string_equal(e->where, "line 2");
    s.text.size = 0;
    assert_null(xml_reader_events(r, a, xml, strlen(xml), &events));
    assert_string_equal(buf_text(&s.text), "<a<b c=1&x><d>>");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_attacks),
        cmocka_unit_test(refuses_depth_and_attributes),
        cmocka_unit_test(builds_a_tree),
        cmocka_unit_test(reads_events_and_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
