/* bangban init: a township begins. The first administrator's password is made here, printed once on
 * this terminal, and must be changed at the first sign-in: there is no default password. */
#include "cli/command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/calendar.h"
#include "domain/person.h"
#include "domain/session.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "store/store.h"

#include <sys/stat.h>

struct init {
    struct tenant_start start;
    const struct json *calendar;
};

static struct err *read_json(struct arena *a, const char *path, const struct json **out)
{
    const void *bytes;
    size_t size;
    TRY(command_read_file(a, path, LIMIT_JSON_BYTES, &bytes, &size));
    struct err *e = json_read(a, bytes, size, out);
    return err_at(a, e, path);
}

/* The pack is a folder with township.json, or that file itself. */
static const char *pack_folder(struct arena *a, const char *pack)
{
    if (!text_ends(pack, ".json"))
        return pack;
    const char *end = pack;
    for (const char *p = pack; *p; p++)
        if (*p == '/')
            end = p;
    return end == pack ? "." : arena_copy(a, pack, (size_t)(end - pack));
}

static struct err *pack_read(struct arena *a, const char *pack, struct init *init)
{
    const char *folder = pack_folder(a, pack);
    const char *path = text_ends(pack, ".json") ? pack : text_print(a, "%s/township.json", folder);
    TRY(read_json(a, path, &init->start.pack));
    const char *calendar = json_get_text(init->start.pack, "calendar");
    if (!*calendar)
        return NULL;
    return read_json(a, text_print(a, "%s/%s", folder, calendar), &init->calendar);
}

static const char *either(const char *given, const char *pack, const char *otherwise)
{
    return *given ? given : *pack ? pack : otherwise;
}

static bool is_code(const char *text)
{
    size_t size = 0;
    for (; text[size]; size++)
        if (text[size] < '0' || text[size] > '9')
            return false;
    return size == 12;
}

static struct err *init_options(const struct command_line *c, struct init *init)
{
    if (*command_option(c, "--pack"))
        TRY(pack_read(c->arena, command_option(c, "--pack"), init));
    const struct json *tenant = json_get(init->start.pack, "tenant");
    init->start.code =
        either(command_option(c, "--code"), json_get_text(tenant, "code"), "000000100000");
    init->start.name = either(command_option(c, "--name"), json_get_text(tenant, "name"), "示例镇");
    init->start.phone = either(command_option(c, "--phone"), json_get_text(tenant, "phone"), "");
    init->start.admin_sign_in = either(command_option(c, "--admin"), "", "admin");
    init->start.admin_name = "系统管理员";
    if (!is_code(init->start.code))
        return err_new(c->arena, ERR_INVALID, "tenant.code", "--code",
                       "The code of a township has 12 digits.", "乡镇代码是 12 位数字。");
    init->start.password_days = command_option(c, "--password-days");
    return command_address(c, &init->start.address);
}

static struct err *init_work(struct tx *tx, void *job)
{
    struct init *init = job;
    TRY(tenant_begin(tx, &init->start));
    int64_t tenant = init->start.tenant_out;
    if (init->calendar)
        TRY(calendar_load(tx, tenant, init->calendar));
    return audit_add(tx, session_terminal(tx_arena(tx), tenant), "tenant.begin", init->start.code,
                     "ok");
}

static void print_result(const struct command_line *c, const struct init *init,
                         const char *password)
{
    struct buf b;
    buf_init(&b, c->arena);
    if (c->is_json) {
        struct json_out j;
        json_start(&j, &b);
        json_open_object(&j, NULL);
        json_put_text(&j, "code", init->start.code);
        json_put_text(&j, "name", init->start.name);
        json_put_text(&j, "admin", init->start.admin_sign_in);
        json_put_text(&j, "password", password);
        json_close_object(&j);
        buf_char(&b, '\n');
    } else if (c->is_chinese) {
        buf_print(&b, "%s（%s）已建好。\n登录名：%s\n一次性密码：%s\n首次登录时必须修改。\n",
                  init->start.name, init->start.code, init->start.admin_sign_in, password);
    } else {
        buf_print(&b,
                  "%s (%s) is ready.\nSign-in name: %s\nPassword, for once: %s\nIt must be "
                  "changed at the first sign-in.\n",
                  init->start.name, init->start.code, init->start.admin_sign_in, password);
    }
    command_print(buf_text(&b));
}

static struct err *run(const struct command_line *c)
{
    struct init init = {0};
    const char *dir;
    TRY(command_need(c, "--data", &dir));
    TRY(init_options(c, &init));
    (void)mkdir(dir, 0700); /* if it cannot be made, opening the store says so */
    secret_init();
    struct store *store;
    TRY(command_open_store(c, false, &store));
    const char *password = password_random(c->arena);
    TRY(password_hash(c->arena, password, &init.start.admin_password_hash));
    TRY(store_write(store, c->arena, init_work, &init));
    print_result(c, &init, password);
    return NULL;
}

const struct command cmd_init = {
    "init",
    "init --data DIR [--name NAME --code CODE --admin NAME --pack DIR --address URL "
    "--password-days N]",
    "Begin a township: database, places, offices, first administrator",
    "建一个乡镇：数据库、区域、机构、第一位管理员",
    run,
    "",
};
