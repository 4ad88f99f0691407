/* What all commands share: options, files, printing. */
#include "cli/command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "formats/json.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#ifdef BANGBAN_UNSAFE
#include <stdlib.h>
#endif
#include <string.h>

const char *command_option(const struct command_line *c, const char *name)
{
    for (size_t i = c->option_count; i > 0; i--)
        if (text_equal(c->options[i - 1].name, name))
            return c->options[i - 1].value;
    return "";
}

bool command_flag(const struct command_line *c, const char *name)
{
    for (size_t i = 0; i < c->option_count; i++)
        if (text_equal(c->options[i].name, name))
            return true;
    return false;
}

struct err *command_need(const struct command_line *c, const char *name, const char **value_out)
{
    const char *value = command_option(c, name);
    if (!*value)
        return err_new(c->arena, ERR_USAGE, "command.option", name, "Give the option %s.",
                       "请写上选项 %s。", name);
    *value_out = value;
    return NULL;
}

struct err *command_address(const struct command_line *c, const char **address_out)
{
    const char *given = command_option(c, "--address");
    size_t size = strlen(given);
    bool is_web = text_starts(given, "https://") || text_starts(given, "http://");
    if (size > 0 && (!is_web || strpbrk(given, " \"<>#?")))
        return err_new(c->arena, ERR_INVALID, "tenant.address", "--address",
                       "Write the public address as https://bangban.example.cn, without a path "
                       "behind '#' or '?'.",
                       "请把对外网址写成 https://bangban.example.cn 的样子，不带“#”“?”。");
    while (size > 0 && given[size - 1] == '/')
        size--;
    *address_out = arena_copy(c->arena, given, size);
    return NULL;
}

static void close_file(void *file)
{
    (void)fclose(file);
}

struct err *command_read_file(struct arena *a, const char *path, size_t limit,
                              const void **bytes_out, size_t *size_out)
{
    FILE *f = stdin;
    if (!text_equal(path, "-")) {
        f = fopen(path, "rb");
        if (!f)
            return err_new(a, ERR_MISSING, "file.missing", path, "Cannot read %s: %s.",
                           "读不了 %s：%s。", path, strerror(errno));
        arena_defer(a, close_file, f);
    }
    struct buf b;
    buf_init(&b, a);
    enum { STEP = 65536 };
    for (size_t got = STEP; got > 0;) {
        got = fread(buf_reserve(&b, STEP), 1, STEP, f);
        b.size += got;
        if (b.size > limit)
            return err_new(a, ERR_TOO_BIG, "file.too_big", path, "%s is larger than %zu bytes.",
                           "%s 超过 %zu 字节。", path, limit);
    }
    *size_out = b.size;
    *bytes_out = buf_text(&b);
    return NULL;
}

struct err *command_write_file(struct arena *a, const char *path, const void *bytes, size_t size)
{
    bool is_standard = !*path || text_equal(path, "-");
    FILE *f = is_standard ? stdout : fopen(path, "wb");
    bool is_written = f && fwrite(bytes, 1, size, f) == size && fflush(f) == 0;
    if (f && !is_standard)
        is_written = fclose(f) == 0 && is_written;
    if (!is_written)
        return err_new(a, ERR_FULL, "file.not_written", path, "Cannot write %s: %s.",
                       "写不了 %s：%s。", path, strerror(errno));
    return NULL;
}

void command_print(const char *text)
{
    (void)fputs(text, stdout);
}

void command_print_error(const char *text)
{
    (void)fputs(text, stderr);
}

static const char *note_level_name(enum note_level level)
{
    return level == NOTE_ERROR ? "error" : level == NOTE_WARNING ? "warning" : "info";
}

static void notes_as_json(struct buf *b, const struct command_line *c, const struct notes *notes)
{
    struct json_out j;
    json_start(&j, b);
    json_open_array(&j, NULL);
    for (const struct note *n = notes->first; n; n = n->next) {
        json_open_object(&j, NULL);
        json_put_text(&j, "level", note_level_name(n->level));
        json_put_text(&j, "where", n->where);
        json_put_text(&j, "code", n->code);
        json_put_text(&j, "message", c->is_chinese ? n->message_zh : n->message);
        if (*n->suggestion)
            json_put_text(&j, "suggestion", n->suggestion);
        json_close_object(&j);
    }
    json_close_array(&j);
    buf_char(b, '\n');
}

void command_print_notes(const struct command_line *c, const struct notes *notes)
{
    struct buf b;
    buf_init(&b, c->arena);
    if (c->is_json)
        notes_as_json(&b, c, notes);
    else
        for (const struct note *n = notes->first; n; n = n->next)
            buf_print(&b, "%s %s [%s] %s\n", note_level_name(n->level), n->where, n->code,
                      c->is_chinese ? n->message_zh : n->message);
    command_print_error(buf_text(&b));
}

void command_print_failure(const struct command_line *c, const struct err *e)
{
    if (!*e->code)
        return;
    const char *message = c->is_chinese ? e->message_zh : e->message;
    struct buf b;
    buf_init(&b, c->arena);
    if (c->is_json) {
        struct json_out j;
        json_start(&j, &b);
        json_open_object(&j, NULL);
        json_open_object(&j, "error");
        json_put_text(&j, "code", e->code);
        json_put_text(&j, "where", e->where);
        json_put_text(&j, "message", message);
        json_close_object(&j);
        json_close_object(&j);
        buf_char(&b, '\n');
    } else {
        buf_print(&b, "%s%s%s [%s]\n", e->where, *e->where ? ": " : "", message, e->code);
    }
    command_print_error(buf_text(&b));
}

static void close_store(void *store)
{
    store_close(store);
}

#ifdef BANGBAN_UNSAFE
/* Only in the program of the crash tests: the loss that their controls must see. */
static void unsafe_choose(struct store_options *options)
{
    const char *how = getenv("BANGBAN_UNSAFE");
    options->unsafe_ack_before_commit = how && text_equal(how, "ack");
    options->unsafe_sync_off = how && text_equal(how, "sync");
}
#endif

struct err *command_open_store(const struct command_line *c, bool must_exist,
                               struct store **store_out)
{
    const char *dir;
    TRY(command_need(c, "--data", &dir));
    struct store_options options = {
        .data_dir = dir,
        .database = command_option(c, "--database"),
        .must_exist = must_exist,
        .now_ms = clock_now_ms,
    };
#ifdef BANGBAN_UNSAFE
    unsafe_choose(&options);
#endif
    struct store *store;
    TRY(store_open(c->arena, &options, &store));
    arena_defer(c->arena, close_store, store);
    *store_out = store;
    return NULL;
}
