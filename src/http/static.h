/* The files of the screens: those in the program (made from ui/dist at build time by tools/embed),
 * or, for development, those of a folder. */
#ifndef HTTP_STATIC_H
#define HTTP_STATIC_H

#include "http/guard.h"
#include "http/route.h"

#include <stdbool.h>

/* One row per file, sorted by path; the table is generated. */
struct asset {
    const char *path; /* "assets/main-1a2b3c4d.js" */
    const char *etag; /* hash of the bytes */
    const void *bytes, *zipped;
    size_t size, zipped_size; /* zipped_size 0: no smaller */
};
extern const struct asset assets[];
extern const size_t asset_count;

/* Fill in the reply if the path names a file of the screens ("/" is index.html). */
bool static_serve(const char *ui_dir, const struct head *h, struct reply *r);
/* The same for a name that is made, not sent: "pictures/rain.svg". */
bool static_serve_named(const char *ui_dir, const char *name, bool takes_gzip, struct reply *r);

#endif
