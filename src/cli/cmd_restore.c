/* bangban restore: a backup becomes the data of a new folder; the audit says so. */
#include "cli/command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "cli/office_command.h"
#include "domain/audit.h"
#include "domain/office.h"
#include "domain/session.h"
#include "domain/tenant.h"
#include "store/store.h"

struct restored {
    const struct office *office;
    const char *from;
};

static struct err *restored_work(struct tx *tx, void *job)
{
    const struct restored *r = job;
    return audit_add(tx, session_terminal(tx_arena(tx), r->office->tenant->id), "data.restore",
                     r->from, "ok");
}

static struct err *run(const struct command_line *c)
{
    const char *dir, *from;
    struct office *office;
    TRY(command_need(c, "--data", &dir));
    TRY(command_need(c, "--from", &from));
    TRY(store_restore(c->arena, from, dir));
    TRY(command_open_office(c, &office));
    struct restored r = {.office = office, .from = from};
    TRY(store_write(office->store, c->arena, restored_work, &r));
    command_print(c->is_json
                      ? "{\"ok\":true}\n"
                      : text_print(c->arena,
                                   c->is_chinese ? "已从备份恢复到 %s。\n" : "Restored to %s.\n",
                                   dir));
    return office_finish(office, c->arena);
}

const struct command cmd_restore = {
    "restore",
    "restore --from BACKUP_DIR --data NEW_DIR",
    "Turn a backup into the data of a new folder",
    "用备份恢复出一个新的数据目录",
    run,
    "",
};
