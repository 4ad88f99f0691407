/* The module for the browser: the face of form.h as calls on linear memory. The only file that
 * knows WebAssembly. Words come in as texts that end with NUL, answers go out as JSON; a result
 * stays valid until the next call on the same sheet or form. ui/src/engine/engine.ts is the other
 * side. */
#include "engine/form.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(name) __attribute__((import_module("host"), import_name(name)))
#else
#define EXPORT(name)
#define IMPORT(name)
#endif

IMPORT("now") double host_now(void);
IMPORT("offset") int32_t host_offset(double at_ms);
IMPORT("random") uint32_t host_random(void);
IMPORT("property")
uint32_t host_property(const char *name, uint32_t name_size, char *out, uint32_t room);

/* Four 32-bit numbers in the module; wider where tests run this file natively. */
struct result {
    uintptr_t is_ok, handle, text, size;
};
struct module_form {
    struct arena *arena, *call;
    const struct form *form;
    struct result result;
};
struct module_sheet {
    struct arena *arena, *call;
    struct sheet *sheet;
    struct host host;
    char property[256];
    struct result result;
};

/* The order of the constants in engine.ts. */
enum verb {
    VERB_QUESTIONS,
    VERB_CHOICES,
    VERB_ANSWER,
    VERB_REPEAT_ADD,
    VERB_REPEAT_REMOVE,
    VERB_VERDICT,
    VERB_RULE,
    VERB_WRITE,
    VERB_VALUE,
    VERB_FINDING,
    VERB_ENTITIES
};

void *engine_alloc(uint32_t size);
void engine_free(void *block);
struct result *engine_form(const void *image, uint32_t size);
struct result *engine_attach(struct module_form *f, const char *id, uint32_t id_size,
                             const void *list, uint32_t size);
void engine_form_close(struct module_form *f);
struct result *engine_open(struct module_form *f, const char *words, uint32_t size);
struct result *engine_call(struct module_sheet *m, uint32_t verb, const char *words, uint32_t size);
void engine_close(struct module_sheet *m);

/* The host ------------------------------------------------------------------------------------ */

static int64_t now_ms(void *self)
{
    (void)self;
    return (int64_t)host_now();
}

static int32_t offset_min(void *self, int64_t at_ms)
{
    (void)self;
    return host_offset((double)at_ms);
}

static uint64_t random_64(void *self)
{
    (void)self;
    uint64_t high = host_random();
    return high << 32 | host_random();
}

static const char *property(void *self, const char *name)
{
    struct module_sheet *m = self;
    uint32_t size =
        host_property(name, (uint32_t)strlen(name), m->property, sizeof m->property - 1);
    m->property[size < sizeof m->property ? size : sizeof m->property - 1] = '\0';
    return m->property;
}

/* JSON out ------------------------------------------------------------------------------------ */

static void put_text(struct buf *b, const char *text)
{
    static const char digits[] = "0123456789abcdef";
    buf_char(b, '"');
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\')
            buf_char(b, '\\');
        if (c >= 0x20) {
            buf_char(b, *p);
            continue;
        }
        buf_add(b, c < 0x10 ? "\\u000" : "\\u001");
        buf_char(b, digits[c & 15]);
    }
    buf_char(b, '"');
}

/* A comma where one is due, then the member's name. */
static void put_key(struct buf *b, const char *key)
{
    char last = b->size ? b->data[b->size - 1] : '[';
    if (last != '{' && last != '[')
        buf_char(b, ',');
    if (!key)
        return;
    put_text(b, key);
    buf_char(b, ':');
}

static void put_member(struct buf *b, const char *key, const char *text)
{
    put_key(b, key);
    put_text(b, text);
}

static void put_bool(struct buf *b, const char *key, bool value)
{
    put_key(b, key);
    buf_add(b, value ? "true" : "false");
}

static void put_media(struct buf *b, const struct media *m)
{
    put_member(b, "image", m->image);
    put_member(b, "bigImage", m->big_image);
    put_member(b, "audio", m->audio);
    put_member(b, "video", m->video);
}

/* enum question_kind, as engine.ts names it. */
static const char *const kind_words[] = {
    "note",     "text",       "integer",     "decimal", "date",   "time",
    "dateTime", "select_one", "select_many", "rank",    "range",  "trigger",
    "file",     "geo",        "barcode",     "group",   "repeat", "hidden",
};

static void put_question(struct buf *b, const struct question *q)
{
    put_key(b, NULL);
    buf_char(b, '{');
    put_member(b, "path", q->path);
    put_member(b, "name", q->name);
    put_member(b, "kind", kind_words[q->kind]);
    put_member(b, "type", q->type);
    put_member(b, "label", q->label);
    put_member(b, "hint", q->hint);
    put_member(b, "guidance", q->guidance);
    put_member(b, "say", q->say);
    put_media(b, &q->media);
    put_member(b, "appearance", q->appearance);
    put_member(b, "mediatype", q->mediatype);
    put_member(b, "value", q->value);
    put_member(b, "parent", q->parent);
    put_member(b, "saveTo", q->save_to);
    put_bool(b, "isRelevant", q->is_relevant);
    put_bool(b, "isRequired", q->is_required);
    put_bool(b, "isReadonly", q->is_readonly);
    buf_char(b, '}');
}

static void put_finding(struct buf *b, const struct finding *f)
{
    buf_char(b, '{');
    put_member(b, "path", f->path);
    put_member(b, "kind", finding_kind_name(f->kind));
    put_member(b, "code", f->code);
    put_member(b, "message", f->message);
    buf_char(b, '}');
}

static void put_changes(struct buf *b, const struct changes *c)
{
    buf_char(b, '[');
    for (size_t i = 0; i < c->count; i++) {
        put_key(b, NULL);
        put_text(b, c->paths[i]);
    }
    buf_char(b, ']');
}

static struct result *refuse(struct arena *a, struct result *r, const struct err *e)
{
    struct buf b;
    buf_init(&b, a);
    buf_char(&b, '{');
    put_member(&b, "code", e->code);
    put_member(&b, "where", e->where);
    put_member(&b, "message", e->message);
    put_member(&b, "messageZh", e->message_zh);
    buf_char(&b, '}');
    *r = (struct result){0, r->handle, (uintptr_t)b.data, b.size};
    return r;
}

static struct result *answer(struct result *r, const struct buf *b)
{
    *r = (struct result){1, r->handle, (uintptr_t)b->data, b->size};
    return r;
}

/* Verbs --------------------------------------------------------------------------------------- */

/* Words: texts one behind the other; "" behind the last. */
struct words {
    const char *next, *end;
};

static const char *word(struct words *w)
{
    const char *text = w->next;
    if (text >= w->end)
        return "";
    w->next += strlen(text) + 1;
    return text;
}

static struct err *say_questions(struct module_sheet *m, struct words *w, struct buf *b)
{
    const struct question *questions;
    size_t count;
    TRY(sheet_questions(m->call, m->sheet, word(w), &questions, &count));
    buf_char(b, '[');
    for (size_t i = 0; i < count; i++)
        put_question(b, &questions[i]);
    buf_char(b, ']');
    return NULL;
}

static struct err *say_choices(struct module_sheet *m, struct words *w, struct buf *b)
{
    const struct choice *choices;
    size_t count;
    const char *path = word(w);
    TRY(sheet_choices(m->call, m->sheet, path, word(w), &choices, &count));
    buf_char(b, '[');
    for (size_t i = 0; i < count; i++) {
        put_key(b, NULL);
        buf_char(b, '{');
        put_member(b, "value", choices[i].value);
        put_member(b, "label", choices[i].label);
        put_media(b, &choices[i].media);
        buf_char(b, '}');
    }
    buf_char(b, ']');
    return NULL;
}

static struct err *say_change(struct module_sheet *m, uint32_t verb, struct words *w, struct buf *b)
{
    struct changes changes;
    const char *path = word(w);
    if (verb == VERB_ANSWER)
        TRY(form_answer(m->call, m->sheet, path, word(w), &changes));
    else if (verb == VERB_REPEAT_ADD)
        TRY(form_repeat_add(m->call, m->sheet, path, &changes));
    else
        TRY(form_repeat_remove(m->call, m->sheet, path, &changes));
    put_changes(b, &changes);
    return NULL;
}

static struct err *say_verdict(struct module_sheet *m, struct words *w, struct buf *b)
{
    struct verdict v;
    TRY(form_verdict(m->call, m->sheet, word(w), &v));
    buf_char(b, '{');
    put_bool(b, "acceptable", v.finding_count == 0);
    put_key(b, "findings");
    buf_char(b, '[');
    for (size_t i = 0; i < v.finding_count; i++) {
        put_key(b, NULL);
        put_finding(b, &v.findings[i]);
    }
    buf_char(b, ']');
    put_key(b, "answers");
    buf_char(b, '[');
    for (size_t i = 0; i < v.answer_count; i++) {
        put_key(b, NULL);
        buf_char(b, '{');
        put_member(b, "path", v.answers[i].path);
        put_member(b, "text", v.answers[i].text);
        buf_char(b, '}');
    }
    buf_add(b, "]}");
    return NULL;
}

static struct err *say_rule(struct module_sheet *m, struct words *w, struct buf *b)
{
    bool holds;
    TRY(form_rule(m->call, m->sheet, word(w), &holds));
    buf_add(b, holds ? "true" : "false");
    return NULL;
}

static struct err *say_xml(struct module_sheet *m, struct words *w, struct buf *b)
{
    const char *xml;
    size_t size;
    const char *id = word(w);
    TRY(form_write(m->call, m->sheet, id, word(w), &xml, &size));
    put_text(b, xml);
    return NULL;
}

static struct err *say_finding(struct module_sheet *m, struct words *w, struct buf *b)
{
    struct finding f;
    bool has;
    const char *path = word(w);
    TRY(sheet_finding(m->call, m->sheet, path, word(w), &f, &has));
    if (has)
        put_finding(b, &f);
    else
        buf_add(b, "null");
    return NULL;
}

static struct err *say_entities(struct module_sheet *m, struct buf *b)
{
    const struct entity_change *changes;
    size_t count;
    TRY(sheet_entities(m->call, m->sheet, &changes, &count));
    buf_char(b, '[');
    for (size_t i = 0; i < count; i++) {
        put_key(b, NULL);
        buf_char(b, '{');
        put_member(b, "list", changes[i].list);
        put_member(b, "id", changes[i].id);
        put_member(b, "label", changes[i].label);
        put_bool(b, "isCreate", changes[i].is_create);
        put_bool(b, "isUpdate", changes[i].is_update);
        put_key(b, "baseVersion");
        buf_int(b, changes[i].base_version);
        put_key(b, "properties");
        buf_char(b, '{');
        for (size_t p = 0; p < changes[i].property_count; p++)
            put_member(b, changes[i].properties[p].path, changes[i].properties[p].text);
        buf_add(b, "}}");
    }
    buf_char(b, ']');
    return NULL;
}

static struct err *say(struct module_sheet *m, uint32_t verb, struct words *w, struct buf *b)
{
    switch (verb) {
    case VERB_QUESTIONS:
        return say_questions(m, w, b);
    case VERB_CHOICES:
        return say_choices(m, w, b);
    case VERB_ANSWER:
    case VERB_REPEAT_ADD:
    case VERB_REPEAT_REMOVE:
        return say_change(m, verb, w, b);
    case VERB_VERDICT:
        return say_verdict(m, w, b);
    case VERB_RULE:
        return say_rule(m, w, b);
    case VERB_WRITE:
        return say_xml(m, w, b);
    case VERB_FINDING:
        return say_finding(m, w, b);
    case VERB_ENTITIES:
        return say_entities(m, b);
    default:
        put_text(b, sheet_value(m->sheet, word(w)));
        return NULL;
    }
}

/* Exports ------------------------------------------------------------------------------------- */

EXPORT("engine_alloc") void *engine_alloc(uint32_t size)
{
    return malloc(size);
}

EXPORT("engine_free") void engine_free(void *block)
{
    free(block);
}

EXPORT("engine_form_close") void engine_form_close(struct module_form *f)
{
    if (f)
        arena_free(f->arena);
}

EXPORT("engine_close") void engine_close(struct module_sheet *m)
{
    if (!m)
        return;
    arena_free(m->call);
    arena_free(m->arena);
}

static void put_head(struct buf *b, const struct form *form)
{
    buf_char(b, '{');
    put_member(b, "id", form_id(form));
    put_member(b, "version", form_version(form));
    put_key(b, "languages");
    buf_char(b, '[');
    for (size_t i = 0; form_languages(form, i); i++) {
        put_key(b, NULL);
        put_text(b, form_languages(form, i));
    }
    buf_add(b, "]}");
}

EXPORT("engine_form") struct result *engine_form(const void *image, uint32_t size)
{
    struct arena *a = arena_new();
    struct module_form *f = arena_alloc(a, sizeof *f);
    f->arena = a;
    f->result.handle = (uintptr_t)f;
    struct err *e = form_load(a, arena_copy(a, image, size), size, &f->form);
    if (e)
        return refuse(a, &f->result, e);
    struct buf b;
    buf_init(&b, a);
    put_head(&b, f->form);
    return answer(&f->result, &b);
}

EXPORT("engine_attach")
struct result *engine_attach(struct module_form *f, const char *id, uint32_t id_size,
                             const void *list, uint32_t size)
{
    (void)id_size;
    struct err *e =
        form_attach_list(f->arena, f->form, id, arena_copy(f->arena, list, size), size, &f->form);
    if (e) {
        struct result *r = arena_alloc(f->arena, sizeof *r);
        return refuse(f->arena, r, e);
    }
    struct buf b;
    buf_init(&b, f->arena);
    put_head(&b, f->form);
    return answer(&f->result, &b);
}

static struct answer *read_answers(struct arena *a, const char *words, uint32_t size,
                                   size_t *count_out)
{
    size_t texts = 0;
    for (uint32_t i = 0; i < size; i++)
        texts += words[i] == '\0';
    struct answer *answers = arena_array(a, texts / 2, sizeof *answers);
    struct words w = {words, words + size};
    for (size_t i = 0; i < texts / 2; i++) {
        answers[i].path = word(&w);
        answers[i].text = word(&w);
    }
    *count_out = texts / 2;
    return answers;
}

EXPORT("engine_open")
struct result *engine_open(struct module_form *f, const char *words, uint32_t size)
{
    struct arena *a = arena_new();
    struct module_sheet *m = arena_alloc(a, sizeof *m);
    m->arena = a;
    m->call = arena_new();
    m->result.handle = (uintptr_t)m;
    m->host = (struct host){m, now_ms, offset_min, random_64, property};
    size_t count;
    const struct answer *answers = read_answers(m->call, words, size, &count);
    struct err *e = form_open(a, f->form, &m->host, answers, count, &m->sheet);
    if (e) {
        m->result.handle = 0;
        return refuse(a, &m->result, e);
    }
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, "null");
    return answer(&m->result, &b);
}

EXPORT("engine_call")
struct result *engine_call(struct module_sheet *m, uint32_t verb, const char *words, uint32_t size)
{
    arena_reset(m->call);
    struct buf b;
    struct words w = {words, words + size};
    struct arena *out = m->call;
    buf_init(&b, out);
    struct err *e = say(m, verb, &w, &b);
    m->result.handle = 0;
    return e ? refuse(out, &m->result, e) : answer(&m->result, &b);
}
