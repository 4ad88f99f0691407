/* bangban demo: make a township to try things in, from a pack: places, offices, people who can sign
 * in (with passwords made at random and kept in the data folder), residents, services, a month of
 * cases. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/day.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/command.h"
#include "domain/calendar.h"
#include "domain/catalogue.h"
#include "domain/demo.h"
#include "domain/office.h"
#include "domain/person.h"
#include "domain/session.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>
#include <sys/stat.h>

enum { LIMIT_PACK_FILE = 16 * 1024 * 1024 };
static const char SIGN_INS[] = "sign-ins.txt";

struct demo {
    const struct command_line *line;
    struct arena *arena;
    const char *data_dir, *pack_dir, *password, *password_hash;
    const struct json *pack;
    struct store *store;
    struct office *office;
    const struct actor *who;
    int64_t clock_shift_ms;
    const struct demo_resident *residents;
    size_t resident_count;
};

static int64_t demo_now(void *self)
{
    const struct demo *d = self;
    return clock_now_ms(NULL) + d->clock_shift_ms;
}

static const char *demo_path(struct demo *d, const char *name)
{
    return text_print(d->arena, "%s/%s", d->pack_dir, name);
}

static struct err *demo_read_json(struct demo *d, const char *name, const struct json **out)
{
    const void *bytes;
    size_t size;
    TRY(command_read_file(d->arena, demo_path(d, name), LIMIT_PACK_FILE, &bytes, &size));
    return err_at(d->arena, json_read(d->arena, bytes, size, out), demo_path(d, name));
}

/* Easy to type from a terminal, and good enough for the password policy. */
static const char *demo_password_make(struct arena *a)
{
    return text_print(a, "Bangban-%s-%s", secret_digits(a, 4), secret_digits(a, 4));
}

static struct err *demo_begin(struct demo *d)
{
    const struct json *tenant = json_get(d->pack, "tenant");
    struct tenant_start start = {
        .code = json_get_text(tenant, "code"),
        .name = json_get_text(tenant, "name"),
        .phone = json_get_text(tenant, "phone"),
        .admin_sign_in = "admin",
        .admin_name = "系统管理员",
        .admin_password_hash = d->password_hash,
        .pack = d->pack,
    };
    TRY(command_address(d->line, &start.address));
    TRY(store_write(d->store, d->arena, tenant_begin, &start));
    TRY(office_open(d->arena, d->store, d->data_dir, "", &d->office));
    d->who = session_terminal(d->arena, start.tenant_out);
    struct password_set known = {
        .who = d->who, .id = start.admin_out, .sign_in = "", .hash = d->password_hash};
    return store_write(d->store, d->arena, password_set, &known);
}

struct demo_calendar {
    int64_t tenant;
    const struct json *year;
};

static struct err *demo_calendar_work(struct tx *tx, void *job)
{
    const struct demo_calendar *c = job;
    return calendar_load(tx, c->tenant, c->year);
}

static struct err *demo_load_calendar(struct demo *d)
{
    struct demo_calendar c = {.tenant = d->office->tenant->id};
    TRY(demo_read_json(d, json_get_text(d->pack, "calendar"), &c.year));
    return store_write(d->store, d->arena, demo_calendar_work, &c);
}

static struct err *demo_add_post(struct demo *d, const struct json *member, int64_t person)
{
    struct post_new post = {
        .who = d->who,
        .person_id = person,
        .unit = json_get_text(member, "unit"),
        .area = json_get_text(member, "area"),
        .role = json_get_text(member, "role"),
        .valid_from = day_of_ms(clock_now_ms(NULL), d->office->tenant->utc_offset_min) - 365,
        .valid_to = INT32_MAX,
    };
    return store_write(d->store, d->arena, post_add, &post);
}

/* The administrator was made with the township. */
static struct err *demo_add_staff(struct demo *d)
{
    const struct json *staff = json_get(d->pack, "staff");
    for (size_t i = 0; i < json_count(staff); i++) {
        const struct json *member = json_at(staff, i);
        if (text_equal(json_get_text(member, "sign_in"), "admin"))
            continue;
        struct person_new person = {
            .tenant = d->office->tenant->id,
            .who = d->who,
            .sign_in = json_get_text(member, "sign_in"),
            .name = json_get_text(member, "name"),
            .phone = "",
            .password_hash = d->password_hash,
        };
        TRY(store_write(d->store, d->arena, person_add, &person));
        TRY(demo_add_post(d, member, person.id));
    }
    return NULL;
}

static struct err *demo_publish(struct demo *d, const char *name)
{
    const void *bytes;
    size_t size;
    TRY(command_read_file(d->arena, demo_path(d, name), LIMIT_PACK_FILE, &bytes, &size));
    const struct publish_input in = {.bytes = bytes, .size = size};
    struct publish *p;
    TRY(publish_check(d->office, d->arena, d->who, &in, &p));
    if (!p->can_publish) {
        command_print_notes(d->line, &p->notes);
        return err_new(d->arena, ERR_INVALID, "workbook.faulty", name,
                       "Mend the faults above in %s.", "请改好上面列出的 %s 里的错误。", name);
    }
    TRY(store_write(d->store, d->arena, publish_work, p));
    return publish_done(p, d->arena);
}

static struct err *demo_publish_all(struct demo *d)
{
    const struct json *services = json_get(d->pack, "services");
    for (size_t i = 0; i < json_count(services); i++)
        TRY(demo_publish(d, json_text(json_at(services, i), "")));
    return NULL;
}

static struct err *demo_add_people(struct demo *d)
{
    const struct json *areas = json_get(d->pack, "areas");
    const char **villages = arena_array(d->arena, json_count(areas), sizeof *villages);
    size_t count = 0;
    for (size_t i = 0; i < json_count(areas); i++)
        if (text_equal(json_get_text(json_at(areas, i), "kind"), "village"))
            villages[count++] = json_get_text(json_at(areas, i), "code");
    int year, month, date;
    day_to_date(day_of_ms(clock_now_ms(NULL), d->office->tenant->utc_offset_min), &year, &month,
                &date);
    demo_residents_make(d->arena, json_get(d->pack, "residents"), villages, count, year,
                        &d->residents, &d->resident_count);
    struct demo_people people = {d->office, d->residents, d->resident_count};
    return store_write(d->store, d->arena, demo_people_work, &people);
}

static struct err *demo_upload(struct demo *d, const char *name, struct demo_file *file_out)
{
    const void *bytes;
    size_t size;
    TRY(command_read_file(d->arena, demo_path(d, text_join(d->arena, "samples/", name)),
                          LIMIT_PACK_FILE, &bytes, &size));
    struct upload *u;
    TRY(store_blob_begin(d->store, d->arena, &u));
    TRY(store_blob_add(u, bytes, size));
    *file_out = (struct demo_file){.name = name, .media_type = "image/jpeg"};
    return store_blob_finish(u, &file_out->hash, &file_out->size);
}

static struct err *demo_play(struct demo *d)
{
    const char *name = json_get_text(d->pack, "story");
    if (!*name)
        return NULL;
    const struct json *samples = json_get(d->pack, "samples");
    struct demo_file *files = arena_array(d->arena, json_count(samples), sizeof *files);
    for (size_t i = 0; i < json_count(samples); i++)
        TRY(demo_upload(d, json_text(json_at(samples, i), ""), &files[i]));
    struct demo_story story = {
        .office = d->office,
        .residents = d->residents,
        .resident_count = d->resident_count,
        .files = files,
        .file_count = json_count(samples),
        .clock_shift_ms = &d->clock_shift_ms,
    };
    TRY(demo_read_json(d, name, &story.events));
    return demo_story_play(d->arena, &story);
}

/* For `make run`: printed at each start, readable by the owner of the data folder only. */
static struct err *demo_keep_sign_ins(struct demo *d)
{
    struct buf b;
    buf_init(&b, d->arena);
    const struct json *staff = json_get(d->pack, "staff");
    buf_add(&b, "演示账号 Demo sign-ins\n");
    for (size_t i = 0; i < json_count(staff); i++) {
        const struct json *member = json_at(staff, i);
        buf_print(&b, "  %-10s %s\n", json_get_text(member, "sign_in"),
                  json_get_text(member, "name"));
    }
    buf_print(&b, "  口令 password: %s\n", d->password);
    const char *path = text_print(d->arena, "%s/%s", d->data_dir, SIGN_INS);
    TRY(command_write_file(d->arena, path, b.data, b.size));
    return chmod(path, 0600) == 0 ? NULL
                                  : err_new(d->arena, ERR_INTERNAL, "file.not_written", path,
                                            "Cannot protect %s.", "无法保护 %s。", path);
}

static struct err *demo_print_sign_ins(const struct command_line *c, const char *data_dir)
{
    const void *bytes;
    size_t size;
    TRY(command_read_file(c->arena, text_print(c->arena, "%s/%s", data_dir, SIGN_INS),
                          LIMIT_PACK_FILE, &bytes, &size));
    command_print(bytes);
    return NULL;
}

static void demo_close(void *store)
{
    store_close(store);
}

static struct err *demo_open(struct demo *d)
{
    const struct store_options options = {
        .data_dir = d->data_dir,
        .database = command_option(d->line, "--database"),
        .now_ms = demo_now,
        .self = d,
    };
    TRY(store_open(d->arena, &options, &d->store));
    arena_defer(d->arena, demo_close, d->store);
    d->password = demo_password_make(d->arena);
    return password_hash(d->arena, d->password, &d->password_hash);
}

static struct err *run(const struct command_line *c)
{
    struct demo d = {.line = c, .arena = c->arena};
    TRY(command_need(c, "--data", &d.data_dir));
    if (command_flag(c, "--sign-ins"))
        return demo_print_sign_ins(c, d.data_dir);
    TRY(command_need(c, "--pack", &d.pack_dir));
    TRY(demo_read_json(&d, "township.json", &d.pack));
    TRY(demo_open(&d));
    TRY(demo_begin(&d));
    TRY(demo_load_calendar(&d));
    TRY(demo_add_staff(&d));
    bool is_bare = command_flag(c, "--bare"); /* people only: services come later, by hand */
    if (!is_bare)
        TRY(demo_publish_all(&d));
    TRY(demo_add_people(&d));
    if (!is_bare)
        TRY(demo_play(&d));
    TRY(demo_keep_sign_ins(&d));
    command_print(text_print(c->arena, "%zu residents, %zu services\n", d.resident_count,
                             json_count(json_get(d.pack, "services"))));
    return NULL;
}

const struct command cmd_demo = {
    "demo",
    "demo --data DIR --pack DIR [--bare] [--sign-ins] [--address URL]",
    "Make a township to try things in",
    "建一个演示乡镇",
    run,
    "--sign-ins --bare",
};
