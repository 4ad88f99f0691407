/* Reading ZIP: libzip inflates; the central directory is also read here, since libzip does not tell
 * where entries lie and so cannot say that two of them overlap. */
#include "formats/unzip.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum {
    END_SIZE = 22,     /* end of central directory, without its comment */
    CENTRAL_SIZE = 46, /* one entry of the central directory, without name, extra, comment */
    LOCAL_SIZE = 30,
    RATIO_FREE = 1024 * 1024, /* what is smaller may have any ratio */
    CHUNK = 65536
};

struct extent {
    uint64_t start, end;
};

struct unzip {
    zip_t *zip;
    size_t sent; /* bytes of the archive */
    size_t inflated;
};

static struct err *damaged(struct arena *a, const char *what, const char *what_zh)
{
    struct err *e = err_new(a, ERR_INVALID, "workbook.damaged", "",
                            "The file is damaged: %s. Save it again as .xlsx.",
                            "文件已损坏（%s）。请重新另存为 .xlsx。", what);
    e->message_zh = text_print(a, "文件已损坏（%s）。请重新另存为 .xlsx。", what_zh);
    return e;
}

static struct err *too_big(struct arena *a)
{
    return err_new(a, ERR_TOO_BIG, "workbook.too_big", "",
                   "The workbook is too large. Leave out pictures and empty sheets.",
                   "工作簿太大。请去掉图片和空表。");
}

static uint32_t number_at(const unsigned char *p, int bytes)
{
    uint32_t n = 0;
    for (int i = bytes - 1; i >= 0; i--)
        n = n << 8 | p[i];
    return n;
}

/* The last "PK\5\6"; NULL if there is none. */
static const unsigned char *find_end(const unsigned char *bytes, size_t size)
{
    for (size_t back = END_SIZE; back <= size && back <= END_SIZE + UINT16_MAX; back++)
        if (memcmp(bytes + size - back, "PK\5\6", 4) == 0)
            return bytes + size - back;
    return NULL;
}

static int compare_extents(const void *left, const void *right)
{
    const struct extent *l = left, *r = right;
    return (l->start > r->start) - (l->start < r->start);
}

/* Bytes an entry covers: its local header, name, extra field and data. */
static bool extent_of(const unsigned char *bytes, size_t size, const unsigned char *central,
                      struct extent *out)
{
    uint64_t start = number_at(central + 42, 4);
    if (start + LOCAL_SIZE > size || memcmp(bytes + start, "PK\3\4", 4) != 0)
        return false;
    const unsigned char *local = bytes + start;
    uint64_t head = LOCAL_SIZE + number_at(local + 26, 2) + number_at(local + 28, 2);
    *out = (struct extent){start, start + head + number_at(central + 20, 4)};
    return out->end <= size;
}

static struct err *check_overlap(struct arena *a, struct extent *extents, size_t count)
{
    qsort(extents, count, sizeof *extents, compare_extents);
    for (size_t i = 1; i < count; i++)
        if (extents[i].start < extents[i - 1].end)
            return damaged(a, "parts overlap", "内容互相重叠");
    return NULL;
}

static struct err *check_directory(struct arena *a, const unsigned char *bytes, size_t size)
{
    const unsigned char *end = find_end(bytes, size);
    if (!end)
        return damaged(a, "it is cut off", "文件不完整");
    size_t count = number_at(end + 10, 2);
    size_t at = number_at(end + 16, 4);
    if (count > LIMIT_WORKBOOK_ENTRIES)
        return too_big(a);
    struct extent *extents = arena_array(a, count, sizeof *extents);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *central = bytes + at;
        if (at + CENTRAL_SIZE > size || memcmp(central, "PK\1\2", 4) != 0 ||
            !extent_of(bytes, size, central, &extents[i]))
            return damaged(a, "its directory is wrong", "目录有误");
        at += CENTRAL_SIZE + (size_t)number_at(central + 28, 2) + number_at(central + 30, 2) +
              number_at(central + 32, 2);
    }
    return check_overlap(a, extents, count);
}

static bool is_plain_name(const char *name)
{
    return *name && *name != '/' && !strstr(name, "..") && !strchr(name, '\\') &&
           !strchr(name, ':') && strlen(name) < 256;
}

static struct err *check_entry(struct arena *a, zip_t *zip, uint64_t index)
{
    zip_stat_t s;
    if (zip_stat_index(zip, index, 0, &s) != 0 || !is_plain_name(s.name))
        return damaged(a, "a part has a strange name", "部件名称异常");
    if (zip_name_locate(zip, s.name, ZIP_FL_NOCASE) != (zip_int64_t)index)
        return damaged(a, "a part is there twice", "部件重复");
    if (s.encryption_method != ZIP_EM_NONE)
        return err_new(a, ERR_INVALID, "workbook.encrypted", "",
                       "The workbook has a password. Remove it and save again.",
                       "工作簿有密码。请去除密码后重新保存。");
    if (s.comp_method != ZIP_CM_STORE && s.comp_method != ZIP_CM_DEFLATE)
        return damaged(a, "a part is packed in an unknown way", "压缩方式不明");
    uint8_t system = 0;
    uint32_t attributes = 0;
    zip_file_get_external_attributes(zip, index, 0, &system, &attributes);
    if (system == ZIP_OPSYS_UNIX && (attributes >> 16 & 0170000) == 0120000)
        return damaged(a, "a part is a link", "部件是链接");
    return s.size > LIMIT_WORKBOOK_BYTES ? too_big(a) : NULL;
}

static void close_zip(void *zip)
{
    zip_discard(zip);
}

struct err *unzip_open(struct arena *a, const void *bytes, size_t size, struct unzip **unzip_out)
{
    TRY(check_directory(a, bytes, size));
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, NULL);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, NULL) : NULL;
    if (!zip) {
        zip_source_free(source);
        return damaged(a, "it is no ZIP archive", "不是有效的压缩包");
    }
    arena_defer(a, close_zip, zip);
    uint64_t count = (uint64_t)zip_get_num_entries(zip, 0);
    for (uint64_t i = 0; i < count; i++)
        TRY(check_entry(a, zip, i));
    struct unzip *u = arena_alloc(a, sizeof *u);
    *u = (struct unzip){.zip = zip, .sent = size};
    *unzip_out = u;
    return NULL;
}

bool unzip_has(const struct unzip *u, const char *name)
{
    return zip_name_locate(u->zip, name, ZIP_FL_NOCASE) >= 0;
}

static void close_entry(void *entry)
{
    zip_fclose(entry);
}

static bool is_bomb(const struct unzip *u)
{
    return u->inflated > LIMIT_WORKBOOK_BYTES ||
           (u->inflated > RATIO_FREE && u->inflated / LIMIT_WORKBOOK_RATIO > u->sent);
}

/* The whole entry, its checksum verified by the read that finds the end. */
static struct err *inflate_entry(struct arena *a, struct unzip *u, zip_file_t *entry, size_t size,
                                 struct buf *b)
{
    buf_reserve(b, size + 1); /* grows in place if the directory lied */
    for (zip_int64_t got = 1; got > 0;) {
        got = zip_fread(entry, buf_reserve(b, CHUNK), CHUNK);
        if (got < 0)
            return damaged(a, "a part cannot be unpacked", "部件无法解压");
        b->size += (size_t)got;
        u->inflated += (size_t)got;
        if (is_bomb(u))
            return too_big(a);
    }
    return b->size == size ? NULL : damaged(a, "a part has another size", "部件大小不符");
}

struct err *unzip_entry(struct arena *a, struct unzip *u, const char *name, const char **bytes_out,
                        size_t *size_out)
{
    zip_int64_t index = zip_name_locate(u->zip, name, ZIP_FL_NOCASE);
    zip_stat_t s;
    if (index < 0 || zip_stat_index(u->zip, (uint64_t)index, 0, &s) != 0)
        return err_new(a, ERR_MISSING, "workbook.part_missing", name, "The file has no part %s.",
                       "文件缺少部件 %s。", name);
    zip_file_t *entry = zip_fopen_index(u->zip, (uint64_t)index, 0);
    if (!entry)
        return damaged(a, "a part cannot be opened", "部件无法打开");
    struct arena *scope = arena_new(); /* so that the entry is closed before the archive */
    arena_defer(scope, close_entry, entry);
    struct buf b;
    buf_init(&b, a);
    struct err *e = inflate_entry(a, u, entry, (size_t)s.size, &b);
    arena_free(scope);
    *bytes_out = buf_text(&b);
    *size_out = b.size;
    return e;
}
