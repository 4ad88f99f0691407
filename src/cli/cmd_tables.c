/* bangban tables: which question stands in which column of the answer tables. */
#include "cli/command.h"

#include "base/buf.h"
#include "cli/office_command.h"
#include "domain/answers.h"
#include "domain/office.h"
#include "store/store.h"

struct look {
    const struct office *office;
    struct buf text;
};

static struct err *look_read(struct tx *tx, void *job)
{
    struct look *l = job;
    return answers_print(tx, l->office, &l->text);
}

static struct err *run(const struct command_line *c)
{
    struct office *o;
    TRY(command_open_office(c, &o));
    struct look l = {.office = o};
    buf_init(&l.text, c->arena);
    TRY(store_read(o->store, c->arena, look_read, &l));
    command_print(buf_text(&l.text));
    return office_finish(o, c->arena);
}

const struct command cmd_tables = {
    .name = "tables",
    .usage = "tables --data DIR",
    .summary = "List the answer tables: table, column, type, question",
    .summary_zh = "列出答案表：表、列、类型、对应的问题",
    .run = run,
    .flags = "",
};
