/* Static files. Hashed names never change and are kept by the reader for a year; all others are
 * asked for again each time and answered with 304 while they are the same. */
#include "http/static.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *ending, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".webp", "image/webp"},
    {".jpg", "image/jpeg"},
    {".json", "application/json; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".woff2", "font/woff2"},
    {".mp3", "audio/mpeg"},
    {".ogg", "audio/ogg"},
    {".m4a", "audio/mp4"},
    {".opus", "audio/ogg"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (text_ends(name, types[i].ending))
            return types[i].type;
    return "application/octet-stream";
}

static int asset_compare(const void *name, const void *asset)
{
    return strcmp(name, ((const struct asset *)asset)->path);
}

static bool serve_asset(const char *name, bool takes_gzip, struct reply *r)
{
    const struct asset *a =
        asset_count ? bsearch(name, assets, asset_count, sizeof *assets, asset_compare) : NULL;
    if (!a)
        return false;
    bool is_zipped = takes_gzip && a->zipped_size;
    reply_bytes(r, type_of(name), is_zipped ? a->zipped : a->bytes,
                is_zipped ? a->zipped_size : a->size);
    r->etag = is_zipped ? text_print(r->arena, "%s-gz", a->etag) : a->etag;
    if (is_zipped)
        reply_header(r, "Content-Encoding", "gzip");
    if (a->zipped_size)
        reply_header(r, "Vary", "Accept-Encoding");
    return true;
}

static void close_file(void *file)
{
    (void)close(*(int *)file);
}

/* A symbolic link at the end is not followed; the name has no ".." (guard). */
static bool serve_from_folder(const char *dir, const char *name, struct reply *r)
{
    int file = open(text_print(r->arena, "%s/%s", dir, name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return false;
    int *kept = arena_alloc(r->arena, sizeof *kept);
    *kept = file;
    arena_defer(r->arena, close_file, kept);
    struct stat st;
    if (fstat(file, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > LIMIT_WORKBOOK_UPLOAD)
        return false;
    size_t size = (size_t)st.st_size, have = 0;
    char *bytes = arena_alloc(r->arena, size + 1);
    while (have < size) {
        ssize_t got = read(file, bytes + have, size - have);
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    reply_bytes(r, type_of(name), bytes, size);
    unsigned char hash[SECRET_HASH];
    secret_sha256(bytes, size, hash);
    r->etag = secret_hex(r->arena, hash, 12);
    return true;
}

bool static_serve_named(const char *ui_dir, const char *name, bool takes_gzip, struct reply *r)
{
    bool is_found = *ui_dir ? serve_from_folder(ui_dir, name, r) : serve_asset(name, takes_gzip, r);
    if (is_found)
        r->is_immutable = text_starts(name, "assets/");
    return is_found;
}

bool static_serve(const char *ui_dir, const struct head *h, struct reply *r)
{
    struct buf name;
    buf_init(&name, r->arena);
    for (size_t i = 0; i < h->segment_count; i++)
        buf_print(&name, "%s%s", i ? "/" : "", h->segments[i]);
    bool takes_gzip = strstr(head_header(h, "accept-encoding"), "gzip") != NULL;
    return static_serve_named(ui_dir, name.size ? buf_text(&name) : "index.html", takes_gzip, r);
}
