/* bangban routes: every address the server answers, with the right it needs. */
#include "cli/command.h"

#include "http/router.h"

static struct err *routes(const struct command_line *c)
{
    struct router *router;
    TRY(router_new(c->arena, route_tables, &router));
    command_print(c->is_json ? router_print_json(c->arena, router)
                             : router_print(c->arena, router));
    return NULL;
}

const struct command cmd_routes = {
    .name = "routes",
    .usage = "routes",
    .summary = "Print every address of the API with the right it needs",
    .summary_zh = "列出接口的全部网址及所需权限",
    .run = routes,
    .flags = "",
};
