/* What commands on a township share. */
#ifndef CLI_OFFICE_COMMAND_H
#define CLI_OFFICE_COMMAND_H

#include "cli/command.h"

struct office;

/* Open the store named by --data and its township (--tenant CODE if there are several). */
MUST_CHECK struct err *command_open_office(const struct command_line *c,
                                           struct office **office_out);

#endif
