/* bangban user: people who can sign in. Passwords are made here and printed once. */
#include "cli/command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "cli/office_command.h"
#include "domain/office.h"
#include "domain/person.h"
#include "domain/session.h"
#include "formats/json.h"
#include "store/store.h"

struct user {
    const struct command_line *line;
    struct office *office;
    const struct actor *who;
    const char *sign_in;
    const char *word, *value; /* what is printed: "password", ... */
};

static void print_result(const struct user *u)
{
    struct buf b;
    buf_init(&b, u->line->arena);
    if (u->line->is_json) {
        struct json_out j;
        json_start(&j, &b);
        json_open_object(&j, NULL);
        json_put_text(&j, "sign_in", u->sign_in);
        if (*u->word)
            json_put_text(&j, u->word, u->value);
        json_close_object(&j);
        buf_char(&b, '\n');
    } else {
        buf_print(&b, "%s %s\n", u->sign_in, u->value);
    }
    command_print(buf_text(&b));
}

struct added {
    struct person_new person;
    struct post_new post;
};

static struct err *add_work(struct tx *tx, void *job)
{
    struct added *add = job;
    TRY(person_add(tx, &add->person));
    if (!*add->post.role)
        return NULL;
    add->post.person_id = add->person.id;
    return post_add(tx, &add->post);
}

static struct err *user_add(struct user *u)
{
    struct arena *a = u->line->arena;
    const char *name = command_option(u->line, "--name");
    const char *unit = command_option(u->line, "--unit"), *area = command_option(u->line, "--area");
    struct added add = {
        .person = {.tenant = u->office->tenant->id,
                   .who = u->who,
                   .sign_in = u->sign_in,
                   .name = *name ? name : u->sign_in,
                   .phone = command_option(u->line, "--phone"),
                   .must_change = true},
        .post = {.who = u->who,
                 .unit = *unit ? unit : "dzb",
                 .area = *area ? area : u->office->tenant->code,
                 .role = command_option(u->line, "--role"),
                 .valid_from = tenant_day(u->office->tenant, u->office->now_ms(NULL)),
                 .valid_to = INT32_MAX}};
    u->word = "password";
    u->value = password_random(a);
    TRY(password_hash(a, u->value, &add.person.password_hash));
    return store_write(u->office->store, a, add_work, &add);
}

static struct err *user_reset(struct user *u)
{
    struct arena *a = u->line->arena;
    struct password_set set = {.who = u->who, .sign_in = u->sign_in, .must_change = true};
    u->word = "password";
    u->value = password_random(a);
    TRY(password_hash(a, u->value, &set.hash));
    return store_write(u->office->store, a, password_set, &set);
}

struct state_job {
    const struct user *user;
    const char *state;
};

static struct err *state_work(struct tx *tx, void *job)
{
    const struct state_job *s = job;
    struct person_change change = {s->user->who, 0, "", "", s->state};
    TRY(person_id_of(tx, s->user->who->tenant, s->user->sign_in, &change.id));
    return person_change(tx, &change);
}

static struct err *user_lock(struct user *u)
{
    struct state_job job = {u, "locked"};
    return store_write(u->office->store, u->line->arena, state_work, &job);
}

static struct err *user_unlock(struct user *u)
{
    struct state_job job = {u, "active"};
    return store_write(u->office->store, u->line->arena, state_work, &job);
}

static struct err *user_token(struct user *u)
{
    struct device_new device = {
        .who = u->who, .sign_in = u->sign_in, .label = command_option(u->line, "--label")};
    TRY(store_write(u->office->store, u->line->arena, device_add, &device));
    u->word = "token";
    u->value = device.token;
    return NULL;
}

static const struct {
    const char *name;
    struct err *(*run)(struct user *u);
} acts[] = {
    {"add", user_add},       {"reset", user_reset}, {"lock", user_lock},
    {"unlock", user_unlock}, {"token", user_token},
};

static struct err *run(const struct command_line *c)
{
    struct user u = {.line = c, .word = "", .value = ""};
    const char *act = c->word_count == 2 ? c->words[0] : "";
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (!text_equal(acts[i].name, act))
            continue;
        u.sign_in = c->words[1];
        TRY(command_open_office(c, &u.office));
        u.who = session_terminal(c->arena, u.office->tenant->id);
        TRY(acts[i].run(&u));
        print_result(&u);
        return office_finish(u.office, c->arena);
    }
    return err_new(c->arena, ERR_USAGE, "command.user", "",
                   "Say what to do and for whom: user add|reset|lock|unlock|token NAME.",
                   "请写明要做什么、对谁：user add|reset|lock|unlock|token 登录名。");
}

const struct command cmd_user = {
    "user",
    "user add|reset|lock|unlock|token NAME --data DIR [--role ROLE]",
    "Add people, reset a password, lock, make a device token",
    "增加人员、重置密码、停用、发设备令牌",
    run,
    "",
};
