/* bangban queries: every SQL statement of the program, with its name and place. */
#include "cli/command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "formats/json.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const struct query *x = *(const struct query *const *)a, *y = *(const struct query *const *)b;
    int order = strcmp(x->file, y->file);
    return order ? order : x->line - y->line;
}

/* The compiler names a file as it was asked to: "../../src/store/blob.c". */
static const char *place(const char *file)
{
    const char *found = strstr(file, "src/");
    return found ? found : file;
}

static void print_json(struct buf *b, const struct query *const *all, size_t count)
{
    struct json_out j;
    json_start(&j, b);
    json_open_array(&j, NULL);
    for (size_t i = 0; i < count; i++) {
        json_open_object(&j, NULL);
        json_put_text(&j, "name", all[i]->name);
        json_put_text(&j, "file", place(all[i]->file));
        json_put_int(&j, "line", all[i]->line);
        json_put_text(&j, "sql", all[i]->sql);
        json_close_object(&j);
    }
    json_close_array(&j);
    buf_char(b, '\n');
}

static struct err *run(const struct command_line *c)
{
    size_t count;
    const struct query *const *all = query_all(&count);
    const struct query **sorted = arena_array(c->arena, count, sizeof *sorted);
    memcpy(sorted, all, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    struct buf b;
    buf_init(&b, c->arena);
    if (c->is_json)
        print_json(&b, sorted, count);
    else
        for (size_t i = 0; i < count; i++)
            buf_print(&b, "%s  %s:%d\n  %s\n", sorted[i]->name, place(sorted[i]->file),
                      sorted[i]->line, text_collapse(c->arena, sorted[i]->sql));
    command_print(buf_text(&b));
    return NULL;
}

const struct command cmd_queries = {
    "queries",
    "queries",
    "List every SQL statement, its name and its place",
    "列出全部 SQL 语句及其出处",
    run,
    "",
};
