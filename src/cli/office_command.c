/* Opening a township for one command. */
#include "cli/office_command.h"

#include "base/secret.h"
#include "domain/office.h"

struct err *command_open_office(const struct command_line *c, struct office **office_out)
{
    struct store *store;
    secret_init();
    TRY(command_open_store(c, true, &store));
    return office_open(c->arena, store, command_option(c, "--data"), command_option(c, "--tenant"),
                       office_out);
}
