/* Compile many workbooks in one process, for the conformance run. Input (file named on the command
 * line):
 * {"id": {"name": "…", "sheets": {"survey": [[…]]}}, …}; output: one JSON object a line. */
#include "base/arena.h"
#include "base/buf.h"
#include "formats/book.h"
#include "formats/json.h"
#include "forms/xlsform.h"

#include <stdio.h>

static void put_fault(struct json_out *j, const char *level, const char *where, const char *code,
                      const char *message)
{
    json_open_object(j, NULL);
    json_put_text(j, "level", level);
    json_put_text(j, "where", where);
    json_put_text(j, "code", code);
    json_put_text(j, "message", message);
    json_close_object(j);
}

static void put_result(struct json_out *j, const struct xlsform_result *r)
{
    json_put_text(j, "xml", r->xml ? r->xml : "");
    json_put_text(j, "itemsets", r->itemsets_csv);
    json_open_array(j, "faults");
    for (const struct note *n = r->notes.first; n; n = n->next)
        put_fault(j, n->level == NOTE_ERROR ? "error" : "warning", n->where, n->code, n->message);
    json_close_array(j);
}

static void run_case(struct arena *a, const char *id, const struct json *value)
{
    struct buf text, out;
    struct json_out j;
    buf_init(&text, a);
    json_start(&j, &text);
    json_put_value(&j, NULL, json_get(value, "sheets"));
    const struct book *book;
    const struct xlsform_options options = {json_get_text(value, "name"), true};
    struct xlsform_result r = {0};
    struct err *e = book_from_json(a, buf_text(&text), text.size, &book);
    if (!e)
        e = xlsform_compile(a, book, &options, &r);
    buf_init(&out, a);
    json_start(&j, &out);
    json_open_object(&j, NULL);
    json_put_text(&j, "id", id);
    if (e)
        json_put_text(&j, "failure", e->message);
    else
        put_result(&j, &r);
    json_close_object(&j);
    puts(buf_text(&out));
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new(), *each = arena_new();
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
    if (!f)
        return 1;
    struct buf b;
    buf_init(&b, a);
    for (size_t got = 1; got > 0; b.size += got)
        got = fread(buf_reserve(&b, 65536), 1, 65536, f);
    (void)fclose(f);
    const struct json *cases;
    if (json_read(a, buf_text(&b), b.size, &cases))
        return 1;
    for (size_t i = 0; i < json_count(cases); i++) {
        const char *id = json_key_at(cases, i);
        run_case(each, id, json_get(cases, id));
        arena_reset(each);
    }
    arena_free(each);
    arena_free(a);
    return 0;
}
