/* bangban verify: does the audit still hold? Exit 0 if it does; what was found otherwise. */
#include "cli/command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "formats/json.h"
#include "store/store.h"

static void print_report(const struct command_line *c, const struct audit_report *r)
{
    struct buf b;
    buf_init(&b, c->arena);
    if (c->is_json) {
        struct json_out j;
        json_start(&j, &b);
        json_open_object(&j, NULL);
        json_put_bool(&j, "holds", !*r->fault);
        json_put_int(&j, "entries", r->entries);
        json_put_int(&j, "lanes", r->lanes);
        json_put_int(&j, "checkpoints", r->checkpoints);
        json_put_text(&j, "fault", r->fault);
        json_put_text(&j, "place", r->place);
        json_close_object(&j);
        buf_char(&b, '\n');
    } else {
        buf_print(&b,
                  c->is_chinese ? "留痕 %lld 条，%lld 条链，%lld 个检查点\n"
                                : "%lld entries in %lld chains, %lld checkpoints\n",
                  (long long)r->entries, (long long)r->lanes, (long long)r->checkpoints);
    }
    command_print(buf_text(&b));
}

/* A file that need not be there: its text, or "". */
static struct err *optional_file(struct arena *a, const char *path, const void **bytes_out,
                                 size_t *size_out)
{
    struct err *e = command_read_file(a, path, (size_t)1 << 30, bytes_out, size_out);
    if (!e || e->kind != ERR_MISSING)
        return e;
    *bytes_out = "";
    *size_out = 0;
    return NULL;
}

static struct err *run(const struct command_line *c)
{
    struct arena *a = c->arena;
    const char *dir, *lines_path = command_option(c, "--checkpoints"),
                     *key_path = command_option(c, "--key");
    TRY(command_need(c, "--data", &dir));
    const void *key, *lines;
    size_t key_size, lines_size;
    TRY(optional_file(a, *key_path ? key_path : text_print(a, "%s/audit.pub", dir), &key,
                      &key_size));
    TRY(optional_file(a, *lines_path ? lines_path : text_print(a, "%s/checkpoints.jsonl", dir),
                      &lines, &lines_size));
    secret_init();
    struct store *store;
    TRY(command_open_store(c, true, &store));
    const struct audit_trust trust = {key_size == SECRET_PUBLIC ? key : NULL, lines};
    struct audit_report report;
    TRY(audit_verify(store, a, &trust, &report));
    print_report(c, &report);
    if (!*report.fault)
        return NULL;
    return err_new(a, ERR_INVALID, report.fault, report.place,
                   "The audit was changed, or it was damaged, at %s.", "留痕在 %s 处被改动或损坏。",
                   report.place);
}

const struct command cmd_verify = {
    "verify",
    "verify --data DIR [--key FILE --checkpoints FILE]",
    "Check the audit chain and its signed checkpoints",
    "核对留痕链和签名的检查点",
    run,
    "",
};
