/* bangban rebuild: recompute everything derived. */
#include "cli/command.h"

#include "cli/office_command.h"
#include "domain/office.h"
#include "domain/rebuild.h"
#include "store/store.h"

static struct err *run(const struct command_line *c)
{
    struct office *o;
    TRY(command_open_office(c, &o));
    TRY(store_write(o->store, c->arena, rebuild_work, o));
    command_print(c->is_json      ? "{\"ok\":true}\n"
                  : c->is_chinese ? "派生数据已全部重算。\n"
                                  : "Everything derived was recomputed.\n");
    return office_finish(o, c->arena);
}

const struct command cmd_rebuild = {
    "rebuild",
    "rebuild --data DIR",
    "Recompute everything derived from the facts",
    "由事实重算全部派生数据",
    run,
    "",
};
