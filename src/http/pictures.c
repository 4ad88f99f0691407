/* The pictures that come with the program, by name, for forms that name one. */
#include "http/exchange.h"

#include "base/buf.h"
#include "http/static.h"

#include <string.h>

static struct err *picture_get(struct request *q, struct tx *tx, struct reply *r)
{
    (void)tx;
    const char *name = text_print(q->arena, "pictures/%s", request_param(q, "name"));
    bool takes_gzip = strstr(request_header(q, "accept-encoding"), "gzip") != NULL;
    if (static_serve_named(q->server->options.ui_dir, name, takes_gzip, r))
        return NULL;
    return err_new(q->arena, ERR_MISSING, "picture.missing", "", "There is no such picture.",
                   "没有这张图片。");
}

const struct route picture_routes[] = {
    READ_ROUTE("/v1/pictures/:name", RIGHT_PUBLIC, picture_get, "Show a picture of the program"),
    {0},
};
