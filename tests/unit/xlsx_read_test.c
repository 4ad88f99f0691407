/* Reading .xlsx: what a reader sees in the cells, and the attacks Z1 to Z6. The archives are made
 * here, byte by byte, since no honest tool writes such files. */
#include "formats/book.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "test.h"

#include <string.h>

struct part {
    const char *name, *bytes;
    size_t size;                                /* 0: strlen */
    size_t real_size;                           /* 0: size; else bytes is deflated */
    bool is_encrypted, has_wrong_crc, overlaps; /* overlaps: points to the part before it */
};

static uint32_t crc_of(const void *bytes, size_t size)
{
    uint32_t crc = 0xFFFFFFFF;
    for (const unsigned char *p = bytes; size--; p++) {
        crc ^= *p;
        for (int i = 0; i < 8; i++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

static void put(struct buf *b, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_char(b, i < 8 ? (char)(number >> (8 * i)) : 0);
}

static void put_common(struct buf *b, const struct part *p, size_t size)
{
    put(b, 20, 2);
    put(b, p->is_encrypted, 2);
    put(b, p->real_size ? 8 : 0, 2);
    put(b, 0x21 << 16, 4);
    put(b, crc_of(p->bytes, p->real_size ? 0 : size) ^ p->has_wrong_crc, 4);
    put(b, size, 4);
    put(b, p->real_size ? p->real_size : size, 4);
    put(b, strlen(p->name), 2);
    put(b, 0, 2);
}

static void put_part(struct buf *b, const struct part *p, size_t size)
{
    put(b, 0x04034B50, 4);
    put_common(b, p, size);
    buf_add(b, p->name);
    buf_bytes(b, p->bytes, size);
}

static void put_central(struct buf *b, const struct part *p, size_t size, size_t offset)
{
    put(b, 0x02014B50, 4);
    put(b, 20, 2);
    put_common(b, p, size);
    put(b, 0, 10);
    put(b, offset, 6 - 2);
    buf_add(b, p->name);
}

static void zip(struct buf *b, const struct part *parts, size_t count)
{
    size_t offsets[16];
    for (size_t i = 0; i < count; i++) {
        size_t size = parts[i].size ? parts[i].size : strlen(parts[i].bytes);
        offsets[i] = parts[i].overlaps ? offsets[i - 1] : b->size;
        if (!parts[i].overlaps)
            put_part(b, &parts[i], size);
    }
    size_t start = b->size;
    for (size_t i = 0; i < count; i++)
        put_central(b, &parts[i], parts[i].size ? parts[i].size : strlen(parts[i].bytes),
                    offsets[i]);
    size_t size = b->size - start;
    put(b, 0x06054B50, 4);
    put(b, 0, 4);
    put(b, count, 2);
    put(b, count, 2);
    put(b, size, 4);
    put(b, start, 4);
    put(b, 0, 2);
}

#define TYPES                                                                                      \
    {                                                                                              \
        .name = "[Content_Types].xml", .bytes = "<Types/>"                                         \
    }
#define WORKBOOK                                                                                   \
    {                                                                                              \
        .name = "xl/workbook.xml",                                                                 \
        .bytes = "<workbook xmlns:r='r'><sheets><sheet name='表' r:id='i1'/></sheets></workbook>" \
    }
#define RELATIONS                                                                                  \
    {                                                                                              \
        .name = "xl/_rels/workbook.xml.rels",                                                      \
        .bytes = "<R><Relationship Id='i1' Target='worksheets/sheet1.xml'/></R>"                   \
    }
#define SHEET(text)                                                                                \
    {                                                                                              \
        .name = "xl/worksheets/sheet1.xml", .bytes = text                                          \
    }

static const char *code_of(struct arena *a, const struct part *parts, size_t count,
                           const struct book **book_out)
{
    struct buf b;
    buf_init(&b, a);
    zip(&b, parts, count);
    struct err *e = xlsx_read(a, b.data, b.size, book_out);
    return e ? e->code : "";
}

#define CODE(a, parts, book) code_of(a, parts, sizeof parts / sizeof *parts, book)

static void shows_what_a_reader_sees(void **state)
{
    (void)state;
    static const char styles[] =
        "<styleSheet><numFmts><numFmt numFmtId='200' formatCode='yyyy\"年\"m\"月\"'/>"
        "<numFmt numFmtId='201' formatCode='[Red]General'/></numFmts><cellXfs><xf numFmtId='0'/>"
        "<xf numFmtId='14'/><xf numFmtId='200'/><xf numFmtId='21'/><xf numFmtId='22'/>"
        "<xf numFmtId='201'/></cellXfs></styleSheet>";
    static const char strings[] = "<sst><si><t>一</t></si><si><r><t>二</t></r><r><t> "
                                  "三</t></r><rPh><t>er</t></rPh></si></sst>";
    static const char sheet[] =
        "<worksheet><sheetData><row r='1'/><row r='3'>"
        "<c r='A3' t='s'><v>1</v></c><c r='C3' "
        "t='inlineStr'><is><t>in</t><rPh><t>x</t></rPh></is></c>"
        "<c r='D3' t='b'><v>1</v></c><c "
        "t='str'><f>A1</f><v>last</v></c><c><v>110101199003070000</v></c>"
        "<c><v>2.2999999999999998</v></c><c><v>1.0000000000000001E-5</v></c><c><v>1.5E3</v></c>"
        "<c s='1'><v>46350</v></c><c s='2'><v>46350</v></c><c s='3'><v>0.5</v></c>"
        "<c s='4'><v>46350.75</v></c><c s='5'><v>7</v></c><c t='s'><v>99</v></c></row>"
        "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row></sheetData></worksheet>";
    const struct part parts[] = {TYPES,
                                 WORKBOOK,
                                 RELATIONS,
                                 SHEET(sheet),
                                 {.name = "xl/styles.xml", .bytes = styles},
                                 {.name = "xl/sharedStrings.xml", .bytes = strings}};
    static const char *const want[] = {
        "二 三",   "",     "in",         "TRUE",       "last",     "110101199003070000",  "2.3",
        "0.00001", "1500", "2026-11-24", "2026-11-24", "12:00:00", "2026-11-24T18:00:00", "7"};
    struct arena *a = arena_new();
    const struct book *b;
    assert_string_equal(CODE(a, parts, &b), "");
    assert_string_equal(b->sheets[0].name, "表");
    assert_int_equal(b->sheets[0].count, 2);
    assert_int_equal(b->sheets[0].rows[0].number, 3);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_string_equal(book_cell(&b->sheets[0].rows[0], i), want[i]);
    assert_int_equal(b->sheets[0].rows[0].count, sizeof want / sizeof *want);
    assert_string_equal(book_cell(&b->sheets[0].rows[1], 16383), "1"); /* Z4 */
    assert_true(arena_used(a) < 1024 * 1024);
    arena_free(a);
}

/* Fixed-Huffman deflate: one blank, then matches of 258 bytes at distance 1. */
static void deflate_blanks(struct buf *b, size_t matches)
{
    uint64_t bits = 0;
    int count = 0;
#define BITS(value, n) (bits |= (uint64_t)(value) << count, count += (n))
    BITS(3, 3);    /* last block, fixed codes */
    BITS(0x0A, 8); /* literal 0x20 = code 0x50, reversed */
    for (size_t i = 0; i < matches; i++) {
        BITS(0xA3, 8); /* length 258 = code 0xC5, reversed */
        BITS(0, 5);    /* distance 1 */
        for (; count >= 8; count -= 8, bits >>= 8)
            buf_char(b, (char)bits);
    }
    BITS(0, 7);
    for (; count > 0; count -= 8, bits >>= 8)
        buf_char(b, (char)bits);
}

static void ends_a_bomb_while_inflating(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf packed;
    buf_init(&packed, a);
    enum { MATCHES = 160000 }; /* 41 MB from 260 kB: within the size limit, over the ratio */
    deflate_blanks(&packed, MATCHES);
    struct part parts[] = {TYPES,
                           WORKBOOK,
                           RELATIONS,
                           {.name = "xl/worksheets/sheet1.xml",
                            .bytes = packed.data,
                            .size = packed.size,
                            .real_size = MATCHES * 258 + 1}};
    const struct book *b;
    assert_string_equal(CODE(a, parts, &b), "workbook.too_big"); /* Z1 */
    parts[3].real_size = 100;                                    /* the directory lies */
    const char *code = CODE(a, parts, &b);
    assert_true(text_equal(code, "workbook.too_big") || text_equal(code, "workbook.damaged"));
    arena_free(a);
}

static void counts_shared_strings_as_often_as_used(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf strings, sheet;
    buf_init(&strings, a);
    buf_init(&sheet, a);
    buf_add(&strings, "<sst><si><t>");
    for (int i = 0; i < 100000; i++)
        buf_add(&strings, "0123456789");
    buf_add(&strings, "</t></si></sst>");
    buf_add(&sheet, "<worksheet><sheetData>");
    for (int i = 1; i <= 6600; i++)
        buf_print(&sheet, "<row r='%d'><c t='s'><v>0</v></c></row>", i);
    buf_add(&sheet, "</sheetData></worksheet>");
    const struct part parts[] = {TYPES,
                                 WORKBOOK,
                                 RELATIONS,
                                 SHEET(buf_text(&sheet)),
                                 {.name = "xl/sharedStrings.xml", .bytes = buf_text(&strings)}};
    const struct book *b;
    assert_string_equal(CODE(a, parts, &b), "workbook.too_big"); /* Z3 */
    assert_true(arena_used(a) < 64 * 1024 * 1024);
    arena_free(a);
}

static void refuses_wide_rows_without_end(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct buf sheet;
    buf_init(&sheet, a);
    buf_add(&sheet, "<worksheet><sheetData>");
    for (int i = 1; i <= 100; i++)
        buf_print(&sheet, "<row r='%d'><c r='XFD%d'><v>1</v></c></row>", i, i);
    buf_add(&sheet, "</sheetData></worksheet>");
    const struct part parts[] = {TYPES, WORKBOOK, RELATIONS, SHEET(buf_text(&sheet))};
    const struct book *b;
    assert_string_equal(CODE(a, parts, &b), "workbook.too_big");
    arena_free(a);
}

static void refuses_broken_archives(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct book *b;
    const char *sheet = "<worksheet/>";
    const struct part up[] = {TYPES, WORKBOOK, {.name = "../../../../evil", .bytes = "x"}};
    const struct part absolute[] = {TYPES, WORKBOOK, {.name = "/etc/evil", .bytes = "x"}};
    const struct part backslash[] = {TYPES, WORKBOOK, {.name = "xl\\evil", .bytes = "x"}};
    const struct part twice[] = {TYPES, WORKBOOK, WORKBOOK, RELATIONS, SHEET(sheet)};
    const struct part overlap[] = {
        TYPES, WORKBOOK, {.name = "xl/x.xml", .bytes = "", .overlaps = true}};
    const struct part locked[] = {TYPES,
                                  {.name = "xl/workbook.xml", .bytes = "x", .is_encrypted = true}};
    const struct part crc[] = {
        TYPES,
        WORKBOOK,
        RELATIONS,
        {.name = "xl/worksheets/sheet1.xml", .bytes = sheet, .has_wrong_crc = true}};
    const struct part other[] = {{.name = "word/document.xml", .bytes = "<x/>"}};
    const struct part doctype[] = {TYPES, WORKBOOK, RELATIONS, SHEET("<!DOCTYPE x><worksheet/>")};
    assert_string_equal(CODE(a, up, &b), "workbook.damaged"); /* Z5 */
    assert_string_equal(CODE(a, absolute, &b), "workbook.damaged");
    assert_string_equal(CODE(a, backslash, &b), "workbook.damaged");
    assert_string_equal(CODE(a, twice, &b), "workbook.damaged");
    assert_string_equal(CODE(a, overlap, &b), "workbook.damaged"); /* Z2 */
    assert_string_equal(CODE(a, locked, &b), "workbook.encrypted");
    assert_string_equal(CODE(a, crc, &b), "workbook.damaged");
    assert_string_equal(CODE(a, other, &b), "workbook.damaged");
    assert_string_equal(CODE(a, doctype, &b), "xml.doctype"); /* X1 in a part */
    arena_free(a);
}

static void refuses_macros_and_ignores_links(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct book *b;
    const struct part macros[] = {
        {.name = "[Content_Types].xml",
         .bytes =
             "<Types><Override ContentType='application/vnd.ms-excel.sheet.macroEnabled.main+xml'/>"
             "</Types>"},
        WORKBOOK};
    const struct part project[] = {TYPES, WORKBOOK, {.name = "xl/vbaProject.bin", .bytes = "x"}};
    const struct part link[] = {
        TYPES,
        WORKBOOK,
        {.name = "xl/_rels/workbook.xml.rels",
         .bytes =
             "<R><Relationship Id='i1' Target='file:///etc/passwd' TargetMode='External'/></R>"}};
    assert_string_equal(CODE(a, macros, &b), "workbook.macros"); /* Z6 */
    assert_string_equal(CODE(a, project, &b), "workbook.macros");
    assert_string_equal(CODE(a, link, &b), "");
    assert_int_equal(b->sheets[0].count, 0);
    arena_free(a);
}

static void refuses_every_cut(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct part parts[] = {TYPES, WORKBOOK, RELATIONS, SHEET("<worksheet/>")};
    struct buf b;
    buf_init(&b, a);
    zip(&b, parts, 4);
    const struct book *book;
    assert_null(xlsx_read(a, b.data, b.size, &book));
    for (size_t size = 0; size < b.size; size++)
        assert_non_null(xlsx_read(a, b.data, size, &book));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_what_a_reader_sees),
        cmocka_unit_test(ends_a_bomb_while_inflating),
        cmocka_unit_test(counts_shared_strings_as_often_as_used),
        cmocka_unit_test(refuses_wide_rows_without_end),
        cmocka_unit_test(refuses_broken_archives),
        cmocka_unit_test(refuses_macros_and_ignores_links),
        cmocka_unit_test(refuses_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
