/* Labels, hints and messages: in the wanted language, outputs filled in. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

/* "zh" also finds "中文 (zh)". */
static bool is_language(const char *name, const char *wanted)
{
    if (text_equal_fold(name, wanted))
        return true;
    const char *open = strrchr(name, '(');
    size_t size = strlen(wanted);
    return open && size > 0 && strncmp(open + 1, wanted, size) == 0 && open[1 + size] == ')';
}

void sheet_language(struct sheet *s, const char *language)
{
    uint32_t count;
    const struct image_language *languages = form_section(s->form, IMAGE_LANGUAGES, &count);
    s->language = language;
    s->language_index = 0;
    for (uint32_t i = 0; i < count; i++)
        if (is_language(form_text(s->form, languages[i].name), language)) {
            s->language_index = i;
            break;
        }
    s->xhost.language = sheet_is_chinese(s) ? "zh" : "";
}

/* Is there a Chinese character in it? */
static bool has_han(const char *text)
{
    enum { FIRST = 0x3400, LAST = 0x9fff };
    for (uint32_t c = text_next(&text); c; c = text_next(&text))
        if (c >= FIRST && c <= LAST)
            return true;
    return false;
}

/* For sentences of ours: the language asked for, else that of the form or of its title. */
bool sheet_is_chinese(const struct sheet *s)
{
    const char *name = s->language;
    if (!*name)
        name = form_languages(s->form, 0);
    if (!name)
        return has_han(form_text(s->form, s->form->header->title));
    return text_starts(name, "zh") || strstr(name, "(zh") || strstr(name, "中文") ||
           strstr(name, "汉语") || strstr(name, "Chinese");
}

const char *sheet_rich(struct arena *a, struct sheet *s, uint32_t rich, uint32_t node)
{
    uint32_t count;
    if (rich == IMAGE_NONE)
        return "";
    const struct image_rich *r = form_section(s->form, IMAGE_RICH, &count);
    const struct image_piece *pieces = form_section(s->form, IMAGE_PIECES, &count);
    r += rich;
    pieces += r->first;
    if (r->count == 0)
        return "";
    if (r->count == 1 && pieces->expression == IMAGE_NONE)
        return pieces->text == IMAGE_NONE ? "" : form_text(s->form, pieces->text);
    struct buf b;
    buf_init(&b, a);
    for (uint32_t i = 0; i < r->count; i++) {
        struct xvalue v;
        if (pieces[i].text != IMAGE_NONE)
            buf_add(&b, form_text(s->form, pieces[i].text));
        if (pieces[i].expression != IMAGE_NONE && s->depth < SHEET_DEEPEST) {
            s->depth++;
            if (!sheet_evaluate(s, pieces[i].expression, node, &v))
                buf_add(&b, xvalue_string(&s->run, &v));
            s->depth--;
        }
    }
    return buf_text(&b);
}

static const struct image_itext_form *itext_forms(const struct sheet *s, uint32_t id,
                                                  uint32_t language)
{
    uint32_t count, languages = s->form->header->sections[IMAGE_LANGUAGES].count;
    const struct image_itext_form *forms = form_section(s->form, IMAGE_ITEXT_FORMS, &count);
    return languages ? &forms[id * languages + language] : NULL;
}

static bool is_blank_form(const struct sheet *s, const struct image_itext_form *f)
{
    return f->label == IMAGE_NONE && f->guidance == IMAGE_NONE && f->say == IMAGE_NONE &&
           !*form_text(s->form, f->image) && !*form_text(s->form, f->audio) &&
           !*form_text(s->form, f->video) && !*form_text(s->form, f->big_image);
}

/* What the language does not translate, the default language says. */
static const struct image_itext_form *itext_spoken(const struct sheet *s, uint32_t id)
{
    const struct image_itext_form *f = itext_forms(s, id, s->language_index);
    return f && is_blank_form(s, f) ? itext_forms(s, id, 0) : f;
}

const struct image_itext_form *sheet_itext(const struct sheet *s, const char *id)
{
    uint32_t count;
    const struct image_itext *ids = form_section(s->form, IMAGE_ITEXT, &count);
    uint32_t low = 0;
    while (low < count) {
        uint32_t middle = low + (count - low) / 2;
        int order = strcmp(form_text(s->form, ids[middle].id), id);
        if (order == 0)
            return itext_spoken(s, middle);
        if (order < 0)
            low = middle + 1;
        else
            count = middle;
    }
    return NULL;
}

const struct image_itext_form *sheet_caption_forms(struct sheet *s, uint32_t caption)
{
    uint32_t count;
    if (caption == IMAGE_NONE)
        return NULL;
    const struct image_caption *c = form_section(s->form, IMAGE_CAPTIONS, &count);
    c += caption;
    return c->kind == IMAGE_CAPTION_ITEXT && c->itext != IMAGE_NONE ? itext_spoken(s, c->itext)
                                                                    : NULL;
}

const char *sheet_caption(struct arena *a, struct sheet *s, uint32_t caption, uint32_t node)
{
    uint32_t count;
    if (caption == IMAGE_NONE)
        return "";
    const struct image_itext_form *forms = sheet_caption_forms(s, caption);
    if (forms)
        return sheet_rich(a, s, forms->label, node);
    const struct image_caption *c = form_section(s->form, IMAGE_CAPTIONS, &count);
    return sheet_rich(a, s, c[caption].rich, node);
}
