/* Routes: function and row in one file per resource. The right is in the row and checked by the
 * router; the area is in the query. docs/routes.txt is the printed table, compared by a test.
 *
 * A reading route answers from a snapshot. A writing route has three parts: prepare (request's
 * thread: parse, judge, look up in a snapshot), work (the writer: check again what may have
 * changed, decide, write), reply (after the commit). */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/err.h"
#include "domain/actor.h"
#include "formats/json.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

struct request {
    struct arena *arena; /* lives until the reply was sent */
    struct server *server;
    struct store *store;
    const struct actor *actor;
    const char *method, *path;
    const char *language; /* "zh" or "en", from ?lang=, cookie, Accept-Language */
    int64_t now_ms;
    const char *body; /* whole body of JSON and XML routes; NULL for streamed uploads */
    size_t body_size;
    const struct json *json;   /* parsed, for routes that take JSON */
    struct upload_part *parts; /* multipart and raw uploads, already streamed to store_blob_* */
};
struct upload_part { /* linked list */
    const char *name, *file_name, *media_type;
    const char *text; /* parts up to LIMIT_XML_BYTES that were kept in memory, else NULL */
    size_t text_size;
    const char *blob_hash; /* streamed parts, "" otherwise */
    int64_t size;
    struct upload_part *next;
};
const char *request_param(const struct request *q,
                          const char *name); /* :ref in the path, decoded */
const char *request_query(const struct request *q, const char *name);  /* ?name=, "" if absent */
const char *request_header(const struct request *q, const char *name); /* "" if absent */

struct reply {
    struct arena *arena;
    int status;           /* 200 at the start */
    struct buf *body;     /* text replies */
    struct json_out json; /* writes into body; content type JSON unless set */
    const char *content_type;
    const void *bytes; /* instead of body */
    size_t size;
    const char *etag;
    bool is_immutable;
};
void reply_header(struct reply *r, const char *name, const char *value);
/* Set-Cookie __Host-bb (Secure, HttpOnly, SameSite=Strict); without TLS in front: bb, marked so. ""
 * ends the session's cookie. */
void reply_session(struct reply *r, const char *token, int64_t max_age_s);

typedef struct err *(*route_read)(struct request *q, struct tx *tx, struct reply *r);
typedef struct err *(*route_prepare)(struct request *q, void **job_out);
typedef struct err *(*route_reply)(struct request *q, void *job, struct reply *r);

enum body_kind { BODY_NONE, BODY_JSON, BODY_XML, BODY_FILE, BODY_MULTIPART, BODY_WORKBOOK };
struct route {
    const char *method, *pattern; /* "/v1/cases/:ref/actions/:action" */
    enum right right;
    enum body_kind body;
    const char *summary;
    route_read read;       /* GET */
    route_prepare prepare; /* writing routes */
    store_work work;       /* NULL: prepare did all (e.g. a check without a write) */
    route_reply reply;
};
#define READ_ROUTE(pattern, right, read_fn, summary)                                               \
    {                                                                                              \
        "GET", pattern, right, BODY_NONE, summary, read_fn, NULL, NULL, NULL                       \
    }
#define WRITE_ROUTE(method, pattern, right, body, prepare_fn, work_fn, reply_fn, summary)          \
    {                                                                                              \
        method, pattern, right, body, summary, NULL, prepare_fn, work_fn, reply_fn                 \
    }

/* http/routes.c lists the tables of all resources. */
extern const struct route *const route_tables[]; /* each ends with {0}; NULL at the end */

#endif
