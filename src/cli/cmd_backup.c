/* bangban backup: copy everything into a new folder, beside a running server. */
#include "cli/command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "store/store.h"

static void close_store(void *store)
{
    store_close(store);
}

static struct err *run(const struct command_line *c)
{
    const char *dir, *to;
    TRY(command_need(c, "--data", &dir));
    TRY(command_need(c, "--to", &to));
    const struct store_options options = {.data_dir = dir,
                                          .database = command_option(c, "--database"),
                                          .must_exist = true,
                                          .only_reads = true,
                                          .now_ms = clock_now_ms};
    struct store *store;
    TRY(store_open(c->arena, &options, &store));
    arena_defer(c->arena, close_store, store);
    TRY(store_backup(store, c->arena, to));
    command_print(
        c->is_json
            ? "{\"ok\":true}\n"
            : text_print(c->arena, c->is_chinese ? "已备份到 %s。\n" : "Backed up to %s.\n", to));
    return NULL;
}

const struct command cmd_backup = {
    "backup",
    "backup --data DIR --to NEW_DIR",
    "Copy everything into a new folder, beside a running server",
    "把全部数据复制到新目录，服务不用停",
    run,
    "",
};
