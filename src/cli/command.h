/* Commands: one file per command (cmd_NAME.c) and a row in main.c. The exit code of a command is
 * the kind of its error, 0 for success. With --json the answer, or the error, is JSON. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct store;

struct command_line {
    struct arena *arena;
    const char *const *words; /* what is no option, in order, without the command's name */
    size_t word_count;
    bool is_json, is_chinese;
    const struct option {
        const char *name, *value; /* "--data", "DIR"; a flag has value "" */
    } * options;
    size_t option_count;
};
/* "" if the option was not given. */
const char *command_option(const struct command_line *c, const char *name);
bool command_flag(const struct command_line *c, const char *name);
/* ERR_USAGE if the option is missing. */
MUST_CHECK struct err *command_need(const struct command_line *c, const char *name,
                                    const char **value_out);
/* --address, the public address: http(s), without the slash at its end; "" if it is not given.
 * ERR_INVALID tenant.address. */
MUST_CHECK struct err *command_address(const struct command_line *c, const char **address_out);
/* "-" reads standard input. ERR_MISSING, ERR_TOO_BIG. */
MUST_CHECK struct err *command_read_file(struct arena *a, const char *path, size_t limit,
                                         const void **bytes_out, size_t *size_out);
/* "" or "-": standard output. */
MUST_CHECK struct err *command_write_file(struct arena *a, const char *path, const void *bytes,
                                          size_t size);
void command_print(const char *text);       /* to standard output */
void command_print_error(const char *text); /* to standard error */
/* Notes to standard error (text), or as a JSON array of {level, where, code, message}. */
void command_print_notes(const struct command_line *c, const struct notes *notes);
/* The error of a command on standard error, as a sentence or as JSON; "" code prints nothing. */
void command_print_failure(const struct command_line *c, const struct err *e);
/* Open the store named by --data and --database. The store is closed with the arena. */
MUST_CHECK struct err *command_open_store(const struct command_line *c, bool must_exist,
                                          struct store **store_out);

struct command {
    const char *name, *usage, *summary, *summary_zh;
    struct err *(*run)(const struct command_line *c);
    const char *flags; /* options without a value, separated by blanks: "--force --all" */
};
/* One declaration per command, in the order of `bangban help`. */
extern const struct command cmd_init, cmd_serve, cmd_publish, cmd_check, cmd_workbook, cmd_judge,
    cmd_xpath, cmd_demo, cmd_user, cmd_backup, cmd_restore, cmd_rebuild, cmd_tables, cmd_verify,
    cmd_queries, cmd_routes;

#endif
