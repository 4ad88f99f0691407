/* Pages by cairo and pango. WenQuanYi Micro Hei comes first: with cairo 1.16 the regular Noto Sans
 * CJK loses characters (如) when it is embedded. */
#include "formats/pdf.h"

#include "base/arena.h"
#include "base/buf.h"
#include "formats/qr.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <pango/pangocairo.h>

#include <string.h>

#define MM (72.0 / 25.4)
#define AFTER_TEXT 8.0 /* points below a paragraph */
#define FONT "WenQuanYi Micro Hei, Noto Serif CJK SC, Noto Sans CJK SC"

enum block_kind { BLOCK_TEXT, BLOCK_LINE, BLOCK_ROW, BLOCK_RULE, BLOCK_SPACE, BLOCK_STRIP };
struct block {
    enum block_kind kind;
    enum pdf_style style;
    enum pdf_align align;
    bool is_head, is_indented;
    double size; /* points: space, code */
    const char *texts[PDF_CELLS];
    double shares[PDF_CELLS];
    size_t count;
    struct qr qr;
    double height; /* set by measuring */
    struct block *next;
};
struct pdf {
    struct arena *arena;
    enum pdf_paper paper;
    double width, height, left, top, bottom; /* of the paper, and its margins */
    const char *title;
    struct block *first, *last;
    struct err *fault; /* the first one, told at the end */
    cairo_surface_t *surface;
    cairo_t *cairo;
    struct buf bytes;
    double y;
    int page;
};

/* Points by style: A4, slip. */
static const double sizes[][2] = {
    [PDF_TITLE] = {24, 19},    [PDF_SUBTITLE] = {18, 16}, [PDF_BODY] = {15.5, 14},
    [PDF_STRONG] = {15.5, 14}, [PDF_SMALL] = {14, 14},    [PDF_CODE] = {30, 34},
};

/* Adding blocks ------------------------------------------------------------------------------ */

struct err *pdf_new(struct arena *a, enum pdf_paper paper, const char *title, struct pdf **pdf_out)
{
    struct pdf *p = arena_alloc(a, sizeof *p);
    bool is_a4 = paper == PDF_A4;
    *p = (struct pdf){.arena = a,
                      .paper = paper,
                      .width = is_a4 ? 210 * MM : 80 * MM,
                      .height = is_a4 ? 297 * MM : 0,
                      .left = is_a4 ? 26 * MM : 4 * MM,
                      .top = is_a4 ? 26 * MM : 5 * MM,
                      .bottom = is_a4 ? 22 * MM : 6 * MM,
                      .title = arena_text(a, title)};
    *pdf_out = p;
    return NULL;
}

static struct block *add(struct pdf *p, enum block_kind kind)
{
    struct block *b = arena_alloc(p->arena, sizeof *b);
    b->kind = kind;
    b->style = PDF_BODY;
    if (p->last)
        p->last->next = b;
    else
        p->first = b;
    p->last = b;
    return b;
}

static const char *kept(struct pdf *p, const char *text)
{
    return arena_text(p->arena, text);
}

void pdf_text(struct pdf *p, enum pdf_style style, enum pdf_align align, const char *text)
{
    struct block *b = add(p, BLOCK_TEXT);
    b->style = style;
    b->align = align;
    b->texts[0] = kept(p, text);
}

void pdf_paragraph(struct pdf *p, const char *text)
{
    /* A block a line, so that each is set in, also after a page break. */
    while (*text) {
        size_t size = strcspn(text, "\n");
        pdf_text(p, PDF_BODY, PDF_LEFT, arena_copy(p->arena, text, size));
        p->last->is_indented = true;
        text += size + (text[size] == '\n');
    }
}

void pdf_line(struct pdf *p, const char *left, const char *right)
{
    struct block *b = add(p, BLOCK_LINE);
    b->texts[0] = kept(p, left);
    b->texts[1] = kept(p, right);
}

void pdf_row(struct pdf *p, bool is_head, const char *const *cells, const double *shares,
             size_t count)
{
    struct block *b = add(p, BLOCK_ROW);
    double sum = 0;
    b->is_head = is_head;
    b->count = count < PDF_CELLS ? count : PDF_CELLS;
    for (size_t i = 0; i < b->count; i++)
        sum += shares[i];
    for (size_t i = 0; i < b->count; i++) {
        b->texts[i] = kept(p, cells[i]);
        b->shares[i] = shares[i] / sum;
    }
}

void pdf_rule(struct pdf *p)
{
    add(p, BLOCK_RULE);
}

void pdf_space(struct pdf *p, double mm)
{
    add(p, BLOCK_SPACE)->size = mm * MM;
}

static void make_qr(struct pdf *p, struct block *b, const char *content)
{
    struct err *e = qr_make(p->arena, content, &b->qr);
    if (e && !p->fault)
        p->fault = e;
}

void pdf_signature(struct pdf *p, const char *unit, const char *date)
{
    pdf_space(p, 8);
    pdf_text(p, PDF_BODY, PDF_RIGHT, unit);
    pdf_text(p, PDF_BODY, PDF_RIGHT, date);
    pdf_text(p, PDF_SMALL, PDF_RIGHT, "（盖章）");
}

void pdf_strip(struct pdf *p, const char *qr, const char *above, const char *code,
               const char *below)
{
    struct block *b = add(p, BLOCK_STRIP);
    b->size = (p->paper == PDF_A4 ? 34 : 38) * MM;
    b->texts[0] = kept(p, above);
    b->texts[1] = kept(p, code);
    b->texts[2] = kept(p, below);
    make_qr(p, b, qr);
}

/* Setting type ------------------------------------------------------------------------------- */

static double body_width(const struct pdf *p)
{
    return p->width - 2 * p->left;
}

static PangoLayout *set_text(struct pdf *p, const char *text, enum pdf_style style, double width,
                             enum pdf_align align, bool is_indented)
{
    PangoLayout *layout = pango_cairo_create_layout(p->cairo);
    PangoFontDescription *font = pango_font_description_from_string(FONT);
    double size = sizes[style][p->paper == PDF_SLIP_80];
    bool is_bold = style != PDF_BODY && style != PDF_SMALL;
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_font_description_set_weight(font, is_bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing(layout, style == PDF_TITLE || style == PDF_CODE ? 1.2F : 1.45F);
    pango_layout_set_alignment(layout, align == PDF_CENTER  ? PANGO_ALIGN_CENTER
                                       : align == PDF_RIGHT ? PANGO_ALIGN_RIGHT
                                                            : PANGO_ALIGN_LEFT);
    if (is_indented)
        pango_layout_set_indent(layout, (int)(2 * size * PANGO_SCALE));
    pango_layout_set_text(layout, text, -1);
    return layout;
}

/* Draw at y (or only measure); gives the height. */
static double put_text(struct pdf *p, const char *text, enum pdf_style style, double x, double y,
                       double width, enum pdf_align align, bool is_indented, bool draws)
{
    int height;
    PangoLayout *layout = set_text(p, text, style, width, align, is_indented);
    pango_layout_get_size(layout, NULL, &height);
    if (draws) {
        cairo_move_to(p->cairo, x, y);
        pango_cairo_show_layout(p->cairo, layout);
    }
    g_object_unref(layout);
    return (double)height / PANGO_SCALE;
}

static void draw_rule(struct pdf *p, double y, bool is_dashed)
{
    const double dash[] = {3, 3};
    cairo_save(p->cairo);
    cairo_set_line_width(p->cairo, 0.6);
    if (is_dashed)
        cairo_set_dash(p->cairo, dash, 2, 0);
    cairo_move_to(p->cairo, p->left, y);
    cairo_line_to(p->cairo, p->width - p->left, y);
    cairo_stroke(p->cairo);
    cairo_restore(p->cairo);
}

/* One path of squares, filled at once: no hairlines between the modules. */
static void draw_qr(struct pdf *p, const struct qr *qr, double x, double y, double size)
{
    double module = size / (double)(qr->width + 8); /* four modules of quiet zone around */
    cairo_save(p->cairo);
    cairo_set_antialias(p->cairo, CAIRO_ANTIALIAS_NONE);
    for (size_t row = 0; row < qr->width; row++)
        for (size_t column = 0; column < qr->width; column++)
            if (qr->modules[row * qr->width + column])
                cairo_rectangle(p->cairo, x + ((double)column + 4) * module,
                                y + ((double)row + 4) * module, module, module);
    cairo_fill(p->cairo);
    cairo_restore(p->cairo);
}

static double put_row(struct pdf *p, const struct block *b, double y, bool draws)
{
    const double gap = 6;
    double x = p->left, tallest = 0;
    for (size_t i = 0; i < b->count; i++) {
        double width = body_width(p) * b->shares[i];
        enum pdf_style style = b->is_head ? PDF_STRONG : PDF_BODY;
        double height =
            put_text(p, b->texts[i], style, x, y + 4, width - gap, PDF_LEFT, false, draws);
        tallest = height > tallest ? height : tallest;
        x += width;
    }
    if (draws)
        draw_rule(p, y + tallest + 8, false);
    return tallest + 10;
}

static double put_line(struct pdf *p, const struct block *b, double y, bool draws)
{
    double width = body_width(p);
    double left = put_text(p, b->texts[0], PDF_STRONG, p->left, y, width, PDF_LEFT, false, draws);
    put_text(p, b->texts[1], PDF_BODY, p->left, y, width, PDF_RIGHT, false, draws);
    return left;
}

static double put_strip_a4(struct pdf *p, const struct block *b, double y, bool draws)
{
    double x = p->left + b->size + 8, width = p->width - p->left - x, at = y + 14;
    if (draws) {
        draw_rule(p, y, true);
        draw_qr(p, &b->qr, p->left - 10, y + 8, b->size);
    }
    at += put_text(p, b->texts[0], PDF_SMALL, x, at, width, PDF_LEFT, false, draws);
    at += put_text(p, b->texts[1], PDF_CODE, x, at, width, PDF_LEFT, false, draws);
    at += put_text(p, b->texts[2], PDF_SMALL, x, at, width, PDF_LEFT, false, draws);
    return at - y > b->size + 14 ? at - y : b->size + 14;
}

static double put_strip_slip(struct pdf *p, const struct block *b, double y, bool draws)
{
    double at = y, width = body_width(p);
    if (draws)
        draw_qr(p, &b->qr, (p->width - b->size) / 2, at, b->size);
    at += b->size;
    at += put_text(p, b->texts[0], PDF_SMALL, p->left, at, width, PDF_CENTER, false, draws);
    at += put_text(p, b->texts[1], PDF_CODE, p->left, at, width, PDF_CENTER, false, draws);
    at += put_text(p, b->texts[2], PDF_SMALL, p->left, at, width, PDF_LEFT, false, draws);
    return at - y;
}

static double put_text_block(struct pdf *p, const struct block *b, double y, bool draws)
{
    double after = b->style == PDF_TITLE ? 2 * AFTER_TEXT : AFTER_TEXT;
    double height = put_text(p, b->texts[0], b->style, p->left, y, body_width(p), b->align,
                             b->is_indented, draws);
    return height + after;
}

static double put_block(struct pdf *p, const struct block *b, double y, bool draws)
{
    switch (b->kind) {
    case BLOCK_TEXT:
        return put_text_block(p, b, y, draws);
    case BLOCK_LINE:
        return put_line(p, b, y, draws);
    case BLOCK_ROW:
        return put_row(p, b, y, draws);
    case BLOCK_RULE:
        if (draws)
            draw_rule(p, y + 4, p->paper == PDF_SLIP_80);
        return 10;
    case BLOCK_SPACE:
        return b->size;
    case BLOCK_STRIP:
        return p->paper == PDF_A4 ? put_strip_a4(p, b, y, draws) : put_strip_slip(p, b, y, draws);
    }
    return 0;
}

/* Pages -------------------------------------------------------------------------------------- */

static cairo_status_t keep_bytes(void *closure, const unsigned char *data, unsigned int size)
{
    struct pdf *p = closure;
    buf_bytes(&p->bytes, data, size);
    return CAIRO_STATUS_SUCCESS;
}

static void next_page(struct pdf *p)
{
    cairo_show_page(p->cairo);
    p->page++;
    p->y = p->top;
}

/* A paragraph that does not fit goes on on the next page line by line: it is cut where its lines
 * end, so that a long letter has no holes. */
static void split_text(struct pdf *p, struct block *b, double room)
{
    PangoLayout *layout =
        set_text(p, b->texts[0], b->style, body_width(p), b->align, b->is_indented);
    PangoLayoutIter *lines = pango_layout_get_iter(layout);
    int cut = 0, top, bottom;
    do {
        pango_layout_iter_get_line_yrange(lines, &top, &bottom);
        if ((double)bottom / PANGO_SCALE > room)
            break;
        PangoLayoutLine *line = pango_layout_iter_get_line_readonly(lines);
        cut = line->start_index + line->length;
    } while (pango_layout_iter_next_line(lines));
    pango_layout_iter_free(lines);
    g_object_unref(layout);
    if (cut == 0 || b->texts[0][cut] == '\0')
        return;
    struct block *rest = arena_alloc(p->arena, sizeof *rest);
    *rest = *b;
    bool is_break = b->texts[0][cut] == '\n';
    rest->texts[0] = b->texts[0] + cut + is_break;
    rest->is_indented = b->is_indented && is_break;
    b->texts[0] = arena_copy(p->arena, b->texts[0], (size_t)cut);
    b->next = rest;
    b->height = put_block(p, b, 0, false);
    rest->height = put_block(p, rest, 0, false);
}

static void split_to_fit(struct pdf *p, struct block *b)
{
    double room = p->height - p->bottom - p->y;
    if (b->height > room && b->kind == BLOCK_TEXT)
        split_text(p, b, room - AFTER_TEXT);
}

static void place_block(struct pdf *p, struct block *b)
{
    split_to_fit(p, b);
    if (b->height > p->height - p->bottom - p->y && p->y > p->top) {
        next_page(p);
        split_to_fit(p, b);
    }
    if (b->kind == BLOCK_STRIP && p->paper == PDF_A4)
        p->y = p->height - p->bottom - b->height;
    put_block(p, b, p->y, true);
    p->y += b->height;
}

static void free_cairo(void *thing)
{
    struct pdf *p = thing;
    cairo_destroy(p->cairo);
    cairo_surface_destroy(p->surface);
}

static void begin(struct pdf *p)
{
    buf_init(&p->bytes, p->arena);
    p->surface = cairo_pdf_surface_create_for_stream(keep_bytes, p, p->width,
                                                     p->height > 0 ? p->height : p->width);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, p->title);
    p->cairo = cairo_create(p->surface);
    arena_defer(p->arena, free_cairo, p);
}

struct err *pdf_end(struct pdf *p, const void **bytes_out, size_t *size_out)
{
    double total = 0;
    if (p->fault)
        return p->fault;
    begin(p);
    for (struct block *b = p->first; b; b = b->next)
        total += b->height = put_block(p, b, 0, false);
    if (p->paper == PDF_SLIP_80) {
        p->height = p->top + total + p->bottom;
        cairo_pdf_surface_set_size(p->surface, p->width, p->height);
    }
    p->y = p->top;
    for (struct block *b = p->first; b; b = b->next)
        place_block(p, b);
    cairo_show_page(p->cairo);
    cairo_surface_finish(p->surface);
    if (cairo_status(p->cairo) || cairo_surface_status(p->surface))
        return err_new(p->arena, ERR_INTERNAL, "pdf.failed", "", "The page could not be printed.",
                       "打印页面没有生成，请再试一次。");
    *bytes_out = p->bytes.data;
    *size_out = p->bytes.size;
    return NULL;
}
