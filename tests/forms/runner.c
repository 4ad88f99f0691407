/* Golden tests of forms, native half: each folder's form.xml becomes an image, each in-*.txt (a
 * script) and in-*.xml (a submission) is played through src/engine/wasm.c, compiled natively, and
 * compared with out-*.txt. The image, the calls and the answers are left in OUT for run.mjs, which
 * plays the same calls in WebAssembly and compares byte for byte.
 *
 *   runner SRC OUT [--accept]       golden folders
 *   runner --corpus SRC OUT         any XForms: nothing may crash; answers are left for run.mjs
 *
 * A script's line is a verb and its words: open | answer PATH TEXT | add PATH | remove PATH |
 * questions LANG | choices PATH LANG | verdict LANG | rule NAME | xml | value PATH |
 * finding PATH LANG | entities | reopen (with the answers of the verdict) | # comment */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"
#include "engine/form.h"
#include "engine/list_image.h"
#include "forms/record.h"
#include "forms/xform.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The face of src/engine/wasm.c
 * -------------------------------------------------------------------- */

struct result {
    uintptr_t is_ok, handle, text, size;
};
struct module_form;
struct module_sheet;
struct result *engine_form(const void *image, uint32_t size);
struct result *engine_attach(struct module_form *f, const char *id, uint32_t id_size,
                             const void *list, uint32_t size);
void engine_form_close(struct module_form *f);
struct result *engine_open(struct module_form *f, const char *words, uint32_t size);
struct result *engine_call(struct module_sheet *m, uint32_t verb, const char *words, uint32_t size);
void engine_close(struct module_sheet *m);
double host_now(void);
int32_t host_offset(double at_ms);
uint32_t host_random(void);
uint32_t host_property(const char *name, uint32_t name_size, char *out, uint32_t room);

/* The same host stands in run.mjs: 2026-11-24 11:00 in Shanghai, a counted chance. */
static uint32_t chance;

double host_now(void)
{
    return 1795489200000.0;
}

int32_t host_offset(double at_ms)
{
    (void)at_ms;
    return 480;
}

uint32_t host_random(void)
{
    chance = chance * 1664525u + 1013904223u;
    return chance;
}

uint32_t host_property(const char *name, uint32_t name_size, char *out, uint32_t room)
{
    static const char answer[] = "tester";
    bool is_known = name_size == 8 && memcmp(name, "username", 8) == 0;
    if (!is_known || room < sizeof answer)
        return 0;
    memcpy(out, answer, sizeof answer - 1);
    return sizeof answer - 1;
}

/* Files -------------------------------------------------------------------------------------------
 */

static bool read_file(struct arena *a, const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    buf_init(out, a);
    buf_text(out);
    if (!f)
        return false;
    for (size_t got = 1; got > 0;) {
        got = fread(buf_reserve(out, 65536), 1, 65536, f);
        out->size += got;
    }
    buf_text(out);
    return fclose(f) == 0;
}

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f) != 0) {
        (void)fprintf(stderr, "cannot write %s\n", path);
        exit(1);
    }
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

/* Playing -----------------------------------------------------------------------------------------
 */

struct play {
    struct arena *arena;
    struct module_form *form;
    struct module_sheet *sheet;
    struct buf calls, answers; /* one line each */
};

static const char *const verbs[] = {
    "questions", "choices", "answer", "add",     "remove",   "verdict",
    "rule",      "xml",     "value",  "finding", "entities", NULL,
};
/* Words that follow the verb; the last takes the rest of the line. */
static const int verb_words[] = {1, 2, 2, 1, 1, 1, 1, 2, 1, 2, 0};

static void note_call(struct play *p, const char *verb, const char *words, size_t size)
{
    buf_add(&p->calls, verb);
    for (size_t i = 0; i < size; i++)
        buf_char(&p->calls, words[i] == '\0' ? '\x1f' : words[i] == '\n' ? '\x1e' : words[i]);
    buf_char(&p->calls, '\n');
}

static void note_answer(struct play *p, const struct result *r)
{
    buf_bytes(&p->answers, (const char *)r->text, r->size);
    buf_char(&p->answers, '\n');
}

static void play_open(struct play *p, const char *words, size_t size)
{
    engine_close(p->sheet);
    p->sheet = NULL;
    note_call(p, "open\x1f", words, size);
    const struct result *r = engine_open(p->form, words, (uint32_t)size);
    note_answer(p, r);
    if (r->is_ok)
        p->sheet = (struct module_sheet *)r->handle;
}

static const struct result *play_call(struct play *p, uint32_t verb, const char *words, size_t size)
{
    note_call(p, text_print(p->arena, "%s\x1f", verbs[verb]), words, size);
    const struct result *r = engine_call(p->sheet, verb, words, (uint32_t)size);
    note_answer(p, r);
    return r;
}

static void put_word(struct buf *b, const char *word, size_t size)
{
    buf_bytes(b, word, size);
    buf_char(b, '\0');
}

/* Open again with what the form would keep of this sheet. */
static void play_reopen(struct play *p, const struct form *form)
{
    const struct result *r = play_call(p, 7, "\0", 2);
    if (!r->is_ok)
        return;
    /* The XML stands in JSON quotes: read it back through the parser of records. */
    struct buf xml;
    buf_init(&xml, p->arena);
    const char *text = (const char *)r->text;
    for (size_t i = 1; i + 1 < r->size; i++) {
        if (text[i] != '\\') {
            buf_char(&xml, text[i]);
        } else if (text[i + 1] == 'u') {
            buf_char(&xml, (char)strtol(arena_copy(p->arena, text + i + 4, 2), NULL, 16));
            i += 5;
        } else {
            buf_char(&xml, text[++i]);
        }
    }
    struct record record;
    buf_text(&xml);
    const struct err *e = record_read(p->arena, form, xml.data, xml.size, &record);
    if (e) {
        buf_print(&p->answers, "not read again: %s %s %s\n", e->code, e->where, e->message);
        note_call(p, "same\x1f", "", 0);
        return;
    }
    struct buf words;
    buf_init(&words, p->arena);
    for (size_t i = 0; i < record.count; i++) {
        put_word(&words, record.answers[i].path, strlen(record.answers[i].path));
        put_word(&words, record.answers[i].text, strlen(record.answers[i].text));
    }
    play_open(p, buf_text(&words), words.size);
}

static void play_line(struct play *p, const struct form *form, const char *line)
{
    const char *blank = strchr(line, ' ');
    size_t size = blank ? (size_t)(blank - line) : strlen(line);
    const char *verb = arena_copy(p->arena, line, size);
    const char *rest = blank ? blank + 1 : "";
    if (!size || line[0] == '#')
        return;
    if (text_equal(verb, "open")) {
        play_open(p, "", 0);
        return;
    }
    if (text_equal(verb, "reopen")) {
        play_reopen(p, form);
        return;
    }
    for (uint32_t v = 0; verbs[v]; v++) {
        if (!text_equal(verbs[v], verb))
            continue;
        struct buf words;
        buf_init(&words, p->arena);
        for (int w = 0; w < verb_words[v]; w++) {
            bool is_last = w + 1 == verb_words[v];
            size_t length = is_last ? strlen(rest) : strcspn(rest, " ");
            put_word(&words, rest, length);
            rest += length + (rest[length] == ' ');
        }
        play_call(p, v, buf_text(&words), words.size);
        return;
    }
    (void)fprintf(stderr, "unknown verb: %s\n", line);
    exit(1);
}

static void play_script(struct play *p, const struct form *form, const char *script)
{
    while (*script) {
        size_t size = strcspn(script, "\n");
        play_line(p, form, arena_copy(p->arena, script, size));
        script += size + (script[size] == '\n');
    }
}

/* The hall's judgement, and then the same answers through the face that the browser has. */
static void play_record(struct play *p, const struct form *form, const struct buf *xml);

/* Forms -------------------------------------------------------------------------------------------
 */

static int64_t native_now(void *self)
{
    (void)self;
    return (int64_t)host_now();
}

static int32_t native_offset(void *self, int64_t at_ms)
{
    (void)self, (void)at_ms;
    return 480;
}

static uint64_t native_random(void *self)
{
    (void)self;
    return host_random();
}

static const char *native_property(void *self, const char *name)
{
    (void)self;
    return text_equal(name, "username") ? "tester" : "";
}

static const struct host native = {NULL, native_now, native_offset, native_random, native_property};

static void print_verdict(struct buf *b, const struct verdict *v)
{
    buf_print(b, "judge: %s\n", v->finding_count ? "not acceptable" : "acceptable");
    for (size_t i = 0; i < v->finding_count; i++)
        buf_print(b, "judge: %s %s %s %s\n", v->findings[i].path,
                  finding_kind_name(v->findings[i].kind), v->findings[i].code,
                  v->findings[i].message);
}

static void play_record(struct play *p, const struct form *form, const struct buf *xml)
{
    struct record record;
    struct sheet *sheet;
    struct verdict verdict;
    struct err *e =
        record_judge(p->arena, form, &native, xml->data, xml->size, "", &record, &sheet, &verdict);
    size_t lines = 1;
    if (e) {
        buf_print(&p->answers, "judge: %s %s %s\n", e->code, e->where, e->message);
    } else {
        print_verdict(&p->answers, &verdict);
        lines += verdict.finding_count;
    }
    for (; lines > 0; lines--)
        note_call(p, "same\x1f", "", 0);
    if (e)
        return;
    chance = 1; /* the browser's side does not judge documents */
    struct buf words;
    buf_init(&words, p->arena);
    for (size_t i = 0; i < record.count; i++) {
        put_word(&words, record.answers[i].path, strlen(record.answers[i].path));
        put_word(&words, record.answers[i].text, strlen(record.answers[i].text));
    }
    play_open(p, buf_text(&words), words.size);
    play_script(p, form, "verdict\nxml\nentities\n");
}

/* NULL: the form has faults; they are written to b. */
static const struct form *make_form(struct arena *a, const char *path, struct buf *b,
                                    const void **image_out, size_t *size_out)
{
    struct buf xml;
    struct notes notes;
    const struct xform *xform = NULL;
    const struct form *form = NULL;
    notes_init(&notes, a);
    if (!read_file(a, path, &xml))
        return NULL;
    struct err *e = xform_read(a, xml.data, xml.size, &notes, &xform);
    for (const struct note *n = notes.first; n; n = n->next)
        buf_print(b, "note: %d %s %s %s\n", (int)n->level, n->where, n->code, n->message);
    if (!e && xform)
        e = image_build(a, xform, &notes, image_out, size_out);
    if (!e && xform)
        e = form_load(a, *image_out, *size_out, &form);
    if (e)
        buf_print(b, "error: %s %s %s\n", e->code, e->where, e->message);
    return form;
}

static bool compare(struct arena *a, const char *path, const struct buf *found, bool accepts)
{
    struct buf wanted;
    bool has_file = read_file(a, path, &wanted);
    if (has_file && wanted.size == found->size &&
        memcmp(wanted.data, found->data, found->size) == 0)
        return true;
    if (accepts) {
        write_file(path, found->data, found->size);
        return true;
    }
    (void)fprintf(stderr, "differs: %s\n", path);
    const char *left = wanted.data, *right = found->data;
    for (int line = 1; *left || *right; line++) {
        size_t l = strcspn(left, "\n"), r = strcspn(right, "\n");
        if (l != r || memcmp(left, right, l) != 0) {
            (void)fprintf(stderr, "line %d\n- %.*s\n+ %.*s\n", line, (int)l, left, (int)r, right);
            break;
        }
        left += l + (left[l] == '\n');
        right += r + (right[r] == '\n');
    }
    return false;
}

/* One script or submission of a form, in its own arena. */
static struct buf play_input(struct arena *a, struct module_form *module, const struct form *form,
                             const char *path, const char *out)
{
    struct play p = {.arena = a, .form = module};
    struct buf input;
    buf_init(&p.calls, a);
    buf_init(&p.answers, a);
    chance = 1;
    read_file(a, path, &input);
    if (text_ends(path, ".xml"))
        play_record(&p, form, &input);
    else
        play_script(&p, form, input.data);
    engine_close(p.sheet);
    write_file(text_print(a, "%s.calls", out), buf_text(&p.calls), p.calls.size);
    write_file(text_print(a, "%s.answers", out), buf_text(&p.answers), p.answers.size);
    return p.answers;
}

struct tally {
    int passed, failed;
};

/* list-ID.tsv: the first line names the columns. */
static void attach_list(struct arena *a, struct module_form *module, const char *path,
                        const char *id, const char *out)
{
    struct buf file;
    const void *image;
    size_t size;
    struct list_table t = {.column_count = 1};
    read_file(a, path, &file);
    size_t cells = 1;
    for (const char *p = file.data; *p; p++) {
        t.column_count += *p == '\t' && !t.row_count;
        t.row_count += *p == '\n';
        cells += *p == '\t' || *p == '\n';
    }
    const char **all = arena_array(a, cells, sizeof *all);
    char *p = file.data;
    for (size_t i = 0; i < cells; i++) {
        size_t length = strcspn(p, "\t\n");
        all[i] = arena_copy(a, p, length);
        p += length + (p[length] != '\0');
    }
    t.columns = all;
    t.cells = all + t.column_count;
    t.row_count--;
    struct err *e = list_image_build(a, &t, &image, &size);
    if (!e && engine_attach(module, id, (uint32_t)strlen(id) + 1, image, (uint32_t)size)->is_ok)
        write_file(out, image, size);
}

static void run_folder(const char *src, const char *name, const char *out, bool accepts,
                       struct tally *tally)
{
    struct arena *a = arena_new();
    struct buf faults;
    const void *image = NULL;
    size_t size = 0;
    buf_init(&faults, a);
    const char *dir = text_print(a, "%s/%s", src, name);
    const struct form *form =
        make_form(a, text_print(a, "%s/form.xml", dir), &faults, &image, &size);
    buf_text(&faults);
    bool is_same = compare(a, text_print(a, "%s/out-notes.txt", dir), &faults, accepts);
    tally->passed += is_same;
    tally->failed += !is_same;
    struct dirent **entries;
    int count = form ? scandir(dir, &entries, NULL, by_name) : 0;
    struct module_form *module = NULL;
    if (form) {
        write_file(text_print(a, "%s/%s.image", out, name), image, size);
        module = (struct module_form *)engine_form(image, (uint32_t)size)->handle;
    }
    for (int i = 0; i < count; i++) {
        const char *file = entries[i]->d_name;
        if (text_starts(file, "list-")) {
            const char *id = arena_copy(a, file + 5, strcspn(file + 5, "."));
            attach_list(a, module, text_print(a, "%s/%s", dir, file), id,
                        text_print(a, "%s/%s@%s.list", out, name, id));
        }
    }
    for (int i = 0; i < count; i++) {
        const char *file = entries[i]->d_name;
        if (text_starts(file, "in-")) {
            const char *dot = strrchr(file, '.');
            const char *stem = arena_copy(a, file + 3, (size_t)(dot - file - 3));
            struct buf found = play_input(a, module, form, text_print(a, "%s/%s", dir, file),
                                          text_print(a, "%s/%s.%s", out, name, stem));
            is_same = compare(a, text_print(a, "%s/out-%s.txt", dir, stem), &found, accepts);
            tally->passed += is_same;
            tally->failed += !is_same;
        }
        free(entries[i]);
    }
    if (form)
        free(entries);
    engine_form_close(module);
    arena_free(a);
}

static void run_golden(const char *src, const char *out, bool accepts, struct tally *tally)
{
    struct dirent **entries;
    int count = scandir(src, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        struct stat st;
        struct arena *a = arena_new();
        const char *form = text_print(a, "%s/%s/form.xml", src, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && stat(form, &st) == 0)
            run_folder(src, entries[i]->d_name, out, accepts, tally);
        arena_free(a);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

/* Corpus ------------------------------------------------------------------------------------------
 */

static void run_corpus_form(const char *path, const char *out, int number, struct tally *tally)
{
    struct arena *a = arena_new();
    struct buf faults;
    const void *image;
    size_t size;
    buf_init(&faults, a);
    const struct form *form = make_form(a, path, &faults, &image, &size);
    (void)printf("%s\t%s\n", form ? "ok" : "refused", path);
    if (faults.size)
        (void)printf("%s", buf_text(&faults));
    tally->passed += form != NULL;
    tally->failed += form == NULL;
    if (form) {
        struct play p = {.arena = a};
        write_file(text_print(a, "%s/c%03d.image", out, number), image, size);
        p.form = (struct module_form *)engine_form(image, (uint32_t)size)->handle;
        buf_init(&p.calls, a);
        buf_init(&p.answers, a);
        chance = 1;
        play_script(&p, form, "open\nquestions\nverdict\nxml\nreopen\nverdict\nxml\nentities\n");
        engine_close(p.sheet);
        engine_form_close(p.form);
        write_file(text_print(a, "%s/c%03d.a.calls", out, number), buf_text(&p.calls),
                   p.calls.size);
        write_file(text_print(a, "%s/c%03d.a.answers", out, number), buf_text(&p.answers),
                   p.answers.size);
    }
    arena_free(a);
}

static void run_corpus(const char *dir, const char *out, int *number, struct tally *tally)
{
    struct dirent **entries;
    int count = scandir(dir, &entries, NULL, by_name);
    for (int i = 0; i < count; i++) {
        struct arena *a = arena_new();
        struct stat st;
        const char *name = entries[i]->d_name;
        const char *path = text_print(a, "%s/%s", dir, name);
        if (name[0] != '.' && stat(path, &st) == 0) {
            if (S_ISDIR(st.st_mode))
                run_corpus(path, out, number, tally);
            else if (text_ends(name, ".xml"))
                run_corpus_form(path, out, (*number)++, tally);
        }
        arena_free(a);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

int main(int argc, char **argv)
{
    struct tally tally = {0, 0};
    int number = 0;
    if (argc == 4 && text_equal(argv[1], "--corpus")) {
        run_corpus(argv[2], argv[3], &number, &tally);
        (void)printf("%d forms read, %d refused\n", tally.passed, tally.failed);
        return 0;
    }
    if (argc < 3) {
        (void)fprintf(stderr, "runner SRC OUT [--accept] | --corpus SRC OUT\n");
        return 2;
    }
    run_golden(argv[1], argv[2], argc > 3 && text_equal(argv[3], "--accept"), &tally);
    (void)printf("native: %d passed, %d failed\n", tally.passed, tally.failed);
    return tally.failed || !tally.passed;
}
