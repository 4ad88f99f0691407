/* bangban: one program, one table of commands. A command's exit code is its error's kind. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/command.h"

#include <string.h>

/* A row per command; the table grows with the files cmd_*.c (compared by a test). */
/* clang-format off */
static const struct command *const commands[] = {
    &cmd_init,
    &cmd_demo,
    &cmd_workbook,
    &cmd_check,
    &cmd_publish,
    &cmd_user,
    &cmd_rebuild,
    &cmd_tables,
    &cmd_verify,
    &cmd_backup,
    &cmd_restore,
    &cmd_judge,
    &cmd_queries,
    &cmd_serve,
    &cmd_routes,
    &cmd_xpath,
    NULL,
};
/* clang-format on */

static void print_help(struct arena *a, bool is_chinese)
{
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, is_chinese ? "帮办：一张工作簿就是一个事项。\n\n用法：bangban 命令 [选项]\n\n"
                           : "Bangban: one workbook is one service.\n\n"
                             "Usage: bangban COMMAND [OPTIONS]\n\n");
    for (const struct command *const *c = commands; *c; c++)
        buf_print(&b, "  %s\n      %s\n", (*c)->usage,
                  is_chinese ? (*c)->summary_zh : (*c)->summary);
    buf_add(&b, is_chinese ? "\n每个命令都接受 --json 和 --lang zh|en；退出码即错误种类。\n"
                           : "\nEvery command takes --json and --lang zh|en; the exit code is the "
                             "kind of error.\n");
    command_print(buf_text(&b));
}

static const struct command *command_find(const char *name)
{
    for (const struct command *const *c = commands; *c; c++)
        if (text_equal((*c)->name, name))
            return *c;
    return NULL;
}

static bool is_flag(const struct command *command, const char *name)
{
    if (text_equal(name, "--json"))
        return true;
    const char *found = strstr(command->flags, name);
    size_t size = strlen(name);
    return found && (found[size] == ' ' || found[size] == '\0');
}

/* Options may stand anywhere; "--" ends them; "-o" is "--output". */
static struct err *command_parse(struct arena *a, const struct command *command, int count,
                                 char **words, struct command_line *line_out)
{
    const char **plain = arena_array(a, (size_t)count + 1, sizeof *plain);
    struct option *options = arena_array(a, (size_t)count + 1, sizeof *options);
    struct command_line line = {.arena = a, .words = plain, .options = options};
    bool options_ended = false;
    for (int i = 0; i < count; i++) {
        const char *word = text_equal(words[i], "-o") ? "--output" : words[i];
        if (options_ended || word[0] != '-' || word[1] == '\0') {
            plain[line.word_count++] = word;
        } else if (text_equal(word, "--")) {
            options_ended = true;
        } else if (is_flag(command, word)) {
            options[line.option_count++] = (struct option){word, ""};
        } else if (i + 1 < count) {
            options[line.option_count++] = (struct option){word, words[++i]};
        } else {
            return err_new(a, ERR_USAGE, "command.option", word, "Give a value after %s: %s",
                           "请在 %s 后面写上值：%s", word, command->usage);
        }
    }
    line.is_json = command_flag(&line, "--json");
    line.is_chinese = text_equal(command_option(&line, "--lang"), "zh");
    *line_out = line;
    return NULL;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new();
    const char *name = argc > 1 ? argv[1] : "help";
    int status = 0;
    const struct command *command = command_find(name);
    struct command_line line = {.arena = a};
    if (!command) {
        print_help(a, argc > 2 && text_equal(argv[argc - 1], "zh"));
        status = text_equal(name, "help") || text_equal(name, "--help") ? 0 : ERR_USAGE;
    } else {
        struct err *e = command_parse(a, command, argc - 2, argv + 2, &line);
        if (!e)
            e = command->run(&line);
        if (e) {
            command_print_failure(&line, e);
            status = (int)e->kind;
        }
    }
    arena_free(a);
    return status;
}
