/* Submissions: from parser events straight into the sheet, and the whole judgement. */
#include "forms/record.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "engine/sheet.h"
#include "formats/xml.h"

#include <string.h>

/* Into the sheet ------------------------------------------------------------------------------ */

struct level {
    uint32_t node, last_child; /* last_child: definition of the child read last, or none */
};
struct reading {
    struct arena *arena;
    struct sheet *sheet;
    struct record *record;
    struct level levels[LIMIT_XML_DEPTH + 2];
    uint32_t depth;      /* levels in use */
    uint32_t skip_depth; /* elements inside one that the form does not know */
    struct foreign *last_foreign;
    struct buf text; /* of the leaf being read */
    uint32_t document_depth;
    bool in_meta;
    enum { META_OTHER, META_INSTANCE_ID, META_DEPRECATED_ID } meta; /* being read */
    bool is_other_form;
};

static void add_foreign(struct reading *r, const char *name)
{
    struct foreign *f = arena_alloc(r->arena, sizeof *f);
    const char *around =
        r->depth ? sheet_path(r->arena, r->sheet, r->levels[r->depth - 1].node) : "";
    f->path = text_print(r->arena, "%s/%s", around, name);
    f->parent = r->depth ? r->levels[r->depth - 1].node : 0;
    if (r->last_foreign)
        r->last_foreign->next = f;
    else
        r->sheet->foreign = f;
    r->last_foreign = f;
}

static bool is_in_meta(const struct reading *r)
{
    const struct image_node *n = sheet_def(r->sheet, r->levels[r->depth - 1].node);
    return r->depth == 2 && text_equal(form_text(r->sheet->form, n->name), "meta");
}

/* What the form does not know. Devices add nodes to meta of their own accord. */
static void skip_element(struct reading *r, const char *name)
{
    bool is_meta = r->depth == 1 && text_equal(name, "meta");
    if (r->depth == 0 || (!is_meta && !is_in_meta(r)))
        add_foreign(r, name);
    r->skip_depth = 1;
}

static void read_attributes(struct reading *r, uint32_t node,
                            const struct xml_attribute *attributes, size_t count)
{
    struct sheet *s = r->sheet;
    uint32_t def = s->nodes[node].def;
    for (size_t i = 0; i < count; i++) {
        const struct xml_attribute *x = &attributes[i];
        uint32_t a = form_attribute(s->form, def, x->name, strlen(x->name));
        if (a == IMAGE_NONE)
            continue;
        s->values[node + (a - def)] = arena_copy(s->arena, x->value, x->value_size);
        s->nodes[node + (a - def)].flags |= SHEET_LOADED;
        r->record->count++;
    }
}

static void enter(struct reading *r, uint32_t node, const struct xml_attribute *attributes,
                  size_t count)
{
    r->levels[r->depth++] = (struct level){node, IMAGE_NONE};
    r->sheet->nodes[node].flags |= SHEET_LOADED;
    r->text.size = 0;
    if (count)
        read_attributes(r, node, attributes, count);
}

static const char *attribute_text(struct reading *r, const struct xml_attribute *attributes,
                                  size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(attributes[i].name, name))
            return arena_copy(r->arena, attributes[i].value, attributes[i].value_size);
    return "";
}

static bool start_root(struct reading *r, const char *name, const char *uri,
                       const struct xml_attribute *attributes, size_t count)
{
    const struct form *f = r->sheet->form;
    r->record->form_id = attribute_text(r, attributes, count, "id");
    if (!*r->record->form_id)
        r->record->form_id = arena_text(r->arena, uri);
    r->record->version = attribute_text(r, attributes, count, "version");
    r->is_other_form = !text_equal(name, form_text(f, f->nodes[0].name)) ||
                       !text_equal(r->record->form_id, form_id(f));
    if (r->is_other_form)
        r->skip_depth = 1; /* read on: broken XML is told first */
    else
        enter(r, 0, attributes, count);
    return true;
}

/* The node of a child element that the form knows; none: it stands once too often. */
static uint32_t place_child(struct reading *r, uint32_t parent, uint32_t child)
{
    struct sheet *s = r->sheet;
    if (s->form->nodes[child].flags & IMAGE_NODE_REPEAT)
        return s->count < SHEET_NODES && sheet_instance_count(s, parent, child) < LIMIT_REPEATS
                   ? sheet_add_instance(s, child, parent)
                   : IMAGE_NONE;
    uint32_t node = parent + (child - s->nodes[parent].def);
    return s->nodes[node].flags & SHEET_LOADED ? IMAGE_NONE : node;
}

/* The ids in meta are the record's, whether the form has nodes for them or not. */
static void start_meta(struct reading *r, const char *name)
{
    if (r->document_depth == 1)
        r->in_meta = text_equal(name, "meta");
    if (r->document_depth == 2 && r->in_meta) {
        r->meta = text_equal(name, "instanceID")     ? META_INSTANCE_ID
                  : text_equal(name, "deprecatedID") ? META_DEPRECATED_ID
                                                     : META_OTHER;
        r->text.size = 0;
    }
    r->document_depth++;
}

static bool start(void *self, const char *name, const char *prefix, const char *uri,
                  const struct xml_attribute *attributes, size_t count)
{
    struct reading *r = self;
    (void)prefix;
    start_meta(r, name);
    if (r->skip_depth) {
        r->skip_depth++;
        return true;
    }
    if (r->depth == 0)
        return start_root(r, name, uri, attributes, count);
    struct level *around = &r->levels[r->depth - 1];
    uint32_t def = r->sheet->nodes[around->node].def;
    uint32_t after = around->last_child == IMAGE_NONE
                         ? IMAGE_NONE
                         : r->sheet->form->nodes[around->last_child].next;
    uint32_t child = form_child(r->sheet->form, def, name, strlen(name), after);
    if (child == IMAGE_NONE && around->last_child != IMAGE_NONE)
        child = form_child(r->sheet->form, def, name, strlen(name), around->last_child);
    uint32_t node = child == IMAGE_NONE ? IMAGE_NONE : place_child(r, around->node, child);
    if (node == IMAGE_NONE) {
        skip_element(r, name);
        return true;
    }
    around->last_child = child;
    enter(r, node, attributes, count);
    return true;
}

static void end_meta(struct reading *r)
{
    if (--r->document_depth != 2 || r->meta == META_OTHER)
        return;
    const char *id = arena_text(r->arena, text_trim(r->arena, buf_text(&r->text)));
    if (r->meta == META_INSTANCE_ID)
        r->record->instance_id = id;
    else
        r->record->deprecated_id = id;
    r->meta = META_OTHER;
}

/* Words are kept as written; blanks around a number or a date, or alone, are the file's layout. */
static void keep_value(struct reading *r, uint32_t node)
{
    static const char blanks[] = " \t\r\n";
    const char *first = buf_text(&r->text);
    size_t size = r->text.size;
    size_t indent = strspn(first, blanks);
    if (indent == size)
        return;
    if (sheet_def(r->sheet, node)->type != IMAGE_TYPE_STRING) {
        while (strchr(blanks, first[size - 1]))
            size--;
        first += indent;
        size -= indent;
    }
    r->sheet->values[node] = arena_copy(r->sheet->arena, first, size);
    r->record->count++;
}

static bool end(void *self)
{
    struct reading *r = self;
    end_meta(r);
    if (r->skip_depth) {
        r->skip_depth--;
        return true;
    }
    uint32_t node = r->levels[--r->depth].node;
    if (sheet_def(r->sheet, node)->flags & IMAGE_NODE_LEAF && r->text.size)
        keep_value(r, node);
    r->text.size = 0;
    return true;
}

static bool text(void *self, const char *piece, size_t size)
{
    struct reading *r = self;
    if (r->skip_depth == 0 || r->meta != META_OTHER)
        buf_bytes(&r->text, piece, size);
    return true;
}

static struct err *other_form(struct arena *a, const struct form *form, const struct record *r)
{
    return err_new(a, ERR_INVALID, "submission.not_this_form", "",
                   "This is a submission of the form \"%s\", not of \"%s\".",
                   "这份填报属于表单“%s”，不是“%s”。", r->form_id, form_id(form));
}

/* values: what the leaves hold as sent, document order. */
static void list_answers(struct arena *a, struct sheet *s, uint32_t node, struct answer *answers,
                         size_t *count)
{
    const struct image_node *n = sheet_def(s, node);
    if (n->flags & IMAGE_NODE_LEAF && *s->values[node])
        answers[(*count)++] = (struct answer){sheet_path(a, s, node), s->values[node]};
    for (uint32_t c = s->nodes[node].first_attribute; node != 0 && c != IMAGE_NONE;
         c = s->nodes[c].next)
        if (s->nodes[c].flags & SHEET_LOADED)
            answers[(*count)++] = (struct answer){sheet_path(a, s, c), s->values[c]};
    for (uint32_t c = s->nodes[node].first_child; c != IMAGE_NONE; c = s->nodes[c].next)
        list_answers(a, s, c, answers, count);
}

static struct err *read_into(struct arena *a, struct sheet *s, const char *xml, size_t size,
                             struct record *record)
{
    struct reading r = {.arena = a, .sheet = s, .record = record};
    const struct xml_events events = {&r, start, end, text};
    *record = (struct record){.form_id = "", .version = "", .instance_id = "", .deprecated_id = ""};
    buf_init(&r.text, a);
    buf_reserve(&r.text, 1024);
    TRY(xml_read_events(a, xml, size, &events));
    if (r.is_other_form)
        return other_form(a, s->form, record);
    struct answer *answers = arena_array(a, record->count, sizeof *answers);
    record->count = 0;
    list_answers(a, s, 0, answers, &record->count);
    record->answers = answers;
    return NULL;
}

static int64_t no_time(void *self)
{
    (void)self;
    return 0;
}

static int32_t no_offset(void *self, int64_t at_ms)
{
    (void)self, (void)at_ms;
    return 0;
}

struct err *record_read(struct arena *a, const struct form *form, const char *xml, size_t size,
                        struct record *record_out)
{
    const struct host nobody = {.now_ms = no_time, .utc_offset_min = no_offset};
    struct sheet *s = arena_alloc(a, sizeof *s);
    struct record record;
    sheet_open_empty(a, form, &nobody, s);
    TRY(read_into(a, s, xml, size, &record));
    if (s->foreign)
        return err_new(a, ERR_INVALID, "submission.foreign_node", s->foreign->path,
                       "The form does not know %s.", "表单中没有 %s。", s->foreign->path);
    *record_out = record;
    return NULL;
}

/* The head only ------------------------------------------------------------------------------- */

struct peeking {
    struct arena *arena;
    struct record *record;
    struct buf text;
    uint32_t depth;
    bool is_meta, is_id, is_deprecated;
    bool is_form_only;
};

static bool peek_start(void *self, const char *name, const char *prefix, const char *uri,
                       const struct xml_attribute *attributes, size_t count)
{
    struct peeking *p = self;
    (void)prefix;
    if (p->depth == 0) {
        struct reading r = {.arena = p->arena};
        p->record->form_id = attribute_text(&r, attributes, count, "id");
        if (!*p->record->form_id)
            p->record->form_id = arena_text(p->arena, uri);
        p->record->version = attribute_text(&r, attributes, count, "version");
        if (p->is_form_only)
            return false;
    }
    if (p->depth == 1)
        p->is_meta = text_equal(name, "meta");
    if (p->depth == 2 && p->is_meta) {
        p->is_id = text_equal(name, "instanceID");
        p->is_deprecated = text_equal(name, "deprecatedID");
        p->text.size = 0;
    }
    p->depth++;
    return true;
}

static bool peek_end(void *self)
{
    struct peeking *p = self;
    p->depth--;
    if (p->depth == 2 && p->is_id)
        p->record->instance_id = arena_text(p->arena, text_trim(p->arena, buf_text(&p->text)));
    if (p->depth == 2 && p->is_deprecated)
        p->record->deprecated_id = arena_text(p->arena, text_trim(p->arena, buf_text(&p->text)));
    if (p->depth <= 2)
        p->is_id = p->is_deprecated = false;
    return true;
}

static bool peek_text(void *self, const char *piece, size_t size)
{
    struct peeking *p = self;
    if (p->is_id || p->is_deprecated)
        buf_bytes(&p->text, piece, size);
    return true;
}

static struct err *peek(struct arena *a, const char *xml, size_t size, bool is_form_only,
                        struct record *record_out)
{
    struct record record = {.form_id = "", .version = "", .instance_id = "", .deprecated_id = ""};
    struct peeking p = {.arena = a, .record = &record, .is_form_only = is_form_only};
    const struct xml_events events = {&p, peek_start, peek_end, peek_text};
    buf_init(&p.text, a);
    TRY(xml_read_events(a, xml, size, &events));
    *record_out = record;
    return NULL;
}

struct err *record_peek(struct arena *a, const char *xml, size_t size, struct record *record_out)
{
    return peek(a, xml, size, false, record_out);
}

struct err *record_peek_form(struct arena *a, const char *xml, size_t size,
                             struct record *record_out)
{
    return peek(a, xml, size, true, record_out);
}

/* Judging ------------------------------------------------------------------------------------- */

/* When the record says it was finished: the timestamp at the end, or meta/timeEnd. */
static bool own_time(struct sheet *s, int32_t utc_offset_min, int64_t *ms_out)
{
    for (uint32_t i = 0; i < s->form->node_count; i++) {
        const struct image_node *n = &s->form->nodes[i];
        bool is_end =
            n->preload == IMAGE_PRELOAD_END || text_equal(form_text(s->form, n->name), "timeEnd");
        struct xvalue v;
        if (!is_end || !*s->values[i] || !xdate_read(s->values[i], utc_offset_min, &v) ||
            v.kind != XVALUE_DATETIME)
            continue;
        *ms_out = (int64_t)(v.as.number * 86400000.0 + 0.5) - (int64_t)utc_offset_min * 60000;
        return true;
    }
    return false;
}

/* A record cannot be from after its arrival; a day is left for wrong clocks of devices. */
static void take_own_time(struct sheet *s)
{
    enum { DAY_MS = 86400000 };
    int64_t now = s->host.now_ms(s->host.self);
    int64_t own;
    if (own_time(s, s->host.utc_offset_min(s->host.self, now), &own) && own < now + DAY_MS) {
        s->has_own_now = true;
        s->own_now_ms = own;
    }
}

static struct err *judge(struct arena *a, const struct form *form, const struct host *host,
                         const char *xml, size_t size, const char *language, bool takes_own_time,
                         struct record *record_out, struct sheet **sheet_out,
                         struct verdict *verdict_out)
{
    struct sheet *s = arena_alloc(a, sizeof *s);
    sheet_open_empty(a, form, host, s);
    TRY(read_into(a, s, xml, size, record_out));
    if (takes_own_time)
        take_own_time(s);
    TRY(sheet_settle(s, a));
    sheet_language(s, language);
    TRY(sheet_judge(a, s, verdict_out));
    *sheet_out = s;
    return NULL;
}

struct err *record_judge(struct arena *a, const struct form *form, const struct host *host,
                         const char *xml, size_t size, const char *language,
                         struct record *record_out, struct sheet **sheet_out,
                         struct verdict *verdict_out)
{
    return judge(a, form, host, xml, size, language, true, record_out, sheet_out, verdict_out);
}

struct err *record_judge_at(struct arena *a, const struct form *form, const struct host *host,
                            const char *xml, size_t size, const char *language,
                            struct record *record_out, struct sheet **sheet_out,
                            struct verdict *verdict_out)
{
    return judge(a, form, host, xml, size, language, false, record_out, sheet_out, verdict_out);
}
