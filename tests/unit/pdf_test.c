/* Pages: what stands on them is looked at as pixels, since a font may lose characters silently. */
#include "formats/pdf.h"

#include "base/arena.h"
#include "base/buf.h"
#include "formats/qr.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct page {
    int width, height;
    const unsigned char *grey;
};

static bool has_pdftoppm(void)
{
    return access("/usr/bin/pdftoppm", X_OK) == 0;
}

/* One page as grey pixels, 100 to the inch. */
static struct page rasterise(struct arena *a, const void *bytes, size_t size)
{
    char base[] = "/tmp/pdf_test_XXXXXX";
    struct page page = {0, 0, NULL};
    int fd = mkstemp(base);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, size), (ssize_t)size);
    close(fd);
    const char *keep = getenv("BANGBAN_KEEP_PDF");
    if (keep)
        (void)!system(text_print(a, "cp %s %s/$(date +%%s%%N).pdf", base, keep));
    FILE *f = popen(text_print(a, "pdftoppm -gray -r 100 -singlefile %s", base), "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "P5 %d %d 255", &page.width, &page.height), 2);
    fgetc(f);
    size_t count = (size_t)page.width * (size_t)page.height;
    unsigned char *grey = arena_alloc(a, count);
    assert_int_equal(fread(grey, 1, count, f), count);
    pclose(f);
    unlink(base);
    page.grey = grey;
    return page;
}

static size_t dark_pixels(const struct page *page)
{
    size_t dark = 0;
    for (size_t i = 0; i < (size_t)page->width * (size_t)page->height; i++)
        dark += page->grey[i] < 128;
    return dark;
}

static struct page print_text(struct arena *a, enum pdf_style style, const char *text)
{
    struct pdf *p;
    const void *bytes;
    size_t size;
    assert_null(pdf_new(a, PDF_SLIP_80, "字", &p));
    pdf_text(p, style, PDF_LEFT, text);
    assert_null(pdf_end(p, &bytes, &size));
    assert_memory_equal(bytes, "%PDF", 4);
    return rasterise(a, bytes, size);
}

static void loses_no_character(void **state)
{
    (void)state;
    if (!has_pdftoppm())
        skip();
    struct arena *a = arena_new();
    /* One by one: a lost character leaves white paper, a missing one leaves an empty box, which is
     * the same for two private characters. */
    static const char *const characters[] = {"如", "果", "您", "办", "残", "疾", "镇", "堡", "，",
                                             "：", "“",  "（", "0",  "X",  "嬲", "龘", "瘫", "赡"};
    static const enum pdf_style styles[] = {PDF_BODY, PDF_STRONG, PDF_TITLE};
    for (size_t s = 0; s < 3; s++) {
        struct page box = print_text(a, styles[s], "\xEE\x80\x80"); /* U+E000: no font has it */
        for (size_t i = 0; i < sizeof characters / sizeof *characters; i++) {
            struct page page = print_text(a, styles[s], characters[i]);
            size_t dark = dark_pixels(&page);
            if (dark < 3)
                print_error("%s is lost in style %d\n", characters[i], (int)styles[s]);
            assert_true(dark >= 3);
            bool same_size = page.width == box.width && page.height == box.height;
            assert_false(same_size && memcmp(page.grey, box.grey,
                                             (size_t)page.width * (size_t)page.height) == 0);
        }
    }
    arena_free(a);
}

static const char *many(struct arena *a, const char *text, int count)
{
    struct buf b;
    buf_init(&b, a);
    for (int i = 0; i < count; i++)
        buf_print(&b, "%s%d。", text, i);
    return buf_text(&b);
}

static size_t count_pages(const char *bytes, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i + 11 < size; i++)
        count += memcmp(bytes + i, "/Type /Page", 11) == 0 && bytes[i + 11] != 's';
    return count;
}

static void breaks_long_letters_into_pages(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct pdf *p;
    const void *bytes;
    size_t size;
    assert_null(pdf_new(a, PDF_A4, "长信", &p));
    pdf_text(p, PDF_TITLE, PDF_CENTER, "很长的告知书");
    pdf_paragraph(p, many(a, "如果材料不齐，请一次补齐，不必再跑一趟", 120));
    pdf_signature(p, "云溪镇便民服务中心", "2026 年 11 月 24 日");
    pdf_strip(p, "bangban:261124-4831-7", "报这 6 个数就能查：", "417 028", "电话");
    assert_null(pdf_end(p, &bytes, &size));
    assert_int_equal(count_pages(bytes, size), 4);
    arena_free(a);
}

static void makes_a_square_that_differs_by_text(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    struct qr one, two;
    assert_null(qr_make(a, "https://example.org/#/track/261124-4831-7", &one));
    assert_null(qr_make(a, "https://example.org/#/track/261124-4832-5", &two));
    assert_true(one.width >= 21 && (one.width - 21) % 4 == 0);
    assert_true(one.modules[0] == 1 && one.modules[6] == 1 && one.modules[7] == 0);
    assert_memory_not_equal(one.modules, two.modules, one.width * one.width);
    assert_non_null(qr_make(a, many(a, "太长的内容", 400), &one));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loses_no_character),
        cmocka_unit_test(breaks_long_letters_into_pages),
        cmocka_unit_test(makes_a_square_that_differs_by_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
