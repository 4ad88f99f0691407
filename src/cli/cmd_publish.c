/* bangban publish: workbooks (or XForms) go live, each whole or not at all. Media lie beside the
 * workbook in a folder NAME-media, as ODK has it. */
#include "cli/command.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/office_command.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/session.h"
#include "formats/json.h"
#include "store/store.h"

#include <dirent.h>
#include <string.h>

static const char *media_type_of(const char *name)
{
    static const struct {
        const char *end, *type;
    } types[] = {{".svg", "image/svg+xml"}, {".png", "image/png"},  {".jpg", "image/jpeg"},
                 {".jpeg", "image/jpeg"},   {".mp3", "audio/mpeg"}, {".ogg", "audio/ogg"},
                 {".wav", "audio/wav"},     {".mp4", "video/mp4"},  {".csv", "text/csv"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (text_ends(name, types[i].end))
            return types[i].type;
    return "application/octet-stream";
}

static struct err *media_add(struct store *s, struct arena *a, const char *folder, const char *name,
                             struct buf *files)
{
    const void *bytes;
    size_t size;
    TRY(command_read_file(a, text_print(a, "%s/%s", folder, name), LIMIT_UPLOAD_BYTES, &bytes,
                          &size));
    struct upload *u;
    int64_t kept;
    struct publish_file f = {arena_text(a, name), media_type_of(name), ""};
    TRY(store_blob_begin(s, a, &u));
    TRY(store_blob_add(u, bytes, size));
    TRY(store_blob_finish(u, &f.blob_hash, &kept));
    buf_bytes(files, &f, sizeof f);
    return NULL;
}

static void close_folder(void *folder)
{
    (void)closedir(folder);
}

static const char *media_folder(struct arena *a, const char *path)
{
    const char *dot = strrchr(path, '.');
    size_t size = dot ? (size_t)(dot - path) : strlen(path);
    return text_print(a, "%.*s-media", (int)size, path);
}

static struct err *media_read(struct store *s, struct arena *a, const char *path, struct buf *files)
{
    buf_init(files, a);
    const char *folder = media_folder(a, path);
    DIR *dir = opendir(folder);
    if (!dir)
        return NULL;
    arena_defer(a, close_folder, dir);
    for (struct dirent *d = readdir(dir); d; d = readdir(dir))
        if (d->d_name[0] != '.')
            TRY(media_add(s, a, folder, d->d_name, files));
    return NULL;
}

static void print_result(const struct command_line *c, const struct publish *p)
{
    struct buf b;
    buf_init(&b, c->arena);
    if (c->is_json) {
        struct json_out j;
        json_start(&j, &b);
        json_open_object(&j, NULL);
        json_put_text(&j, "code", p->code);
        json_put_text(&j, "version", p->version);
        json_put_text(&j, "title", p->title);
        json_put_bool(&j, "is_unchanged", p->is_unchanged);
        json_close_object(&j);
        buf_char(&b, '\n');
    } else if (c->is_chinese) {
        buf_print(&b, "%s（%s，版本 %s）%s\n", p->title, p->code, p->version,
                  p->is_unchanged ? "内容没有变化" : "已发布");
    } else {
        buf_print(&b, "%s (%s, version %s) %s\n", p->title, p->code, p->version,
                  p->is_unchanged ? "is unchanged" : "is published");
    }
    command_print(buf_text(&b));
}

static struct err *publish_one(const struct command_line *c, struct office *o, const char *path)
{
    struct publish_input in = {0};
    struct buf files;
    const char *with = command_option(c, "--with");
    TRY(command_read_file(c->arena, path, LIMIT_WORKBOOK_UPLOAD, &in.bytes, &in.size));
    if (*with)
        TRY(command_read_file(c->arena, with, LIMIT_WORKBOOK_UPLOAD, &in.with_bytes,
                              &in.with_size));
    TRY(media_read(o->store, c->arena, path, &files));
    in.files = (const struct publish_file *)(const void *)files.data;
    in.file_count = files.size / sizeof *in.files;
    struct publish *p;
    TRY(publish_check(o, c->arena, session_terminal(c->arena, o->tenant->id), &in, &p));
    if (p->notes.first)
        command_print_notes(c, &p->notes);
    TRY(store_write(o->store, c->arena, publish_work, p));
    print_result(c, p);
    return NULL;
}

static struct err *run(const struct command_line *c)
{
    struct office *o;
    if (!c->word_count)
        return err_new(c->arena, ERR_USAGE, "command.file", "", "Name at least one workbook.",
                       "请给出至少一个工作簿。");
    TRY(command_open_office(c, &o));
    for (size_t i = 0; i < c->word_count; i++)
        TRY(err_at(c->arena, publish_one(c, o, c->words[i]), c->words[i]));
    return office_finish(o, c->arena);
}

const struct command cmd_publish = {
    "publish",
    "publish --data DIR FILE... [--with FILE]",
    "Put workbooks (or XForms) into service",
    "发布工作簿（或 XForm）",
    run,
    "",
};
