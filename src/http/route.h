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

struct head;
struct office;
struct route;
struct server;

struct request {
    struct arena *arena; /* lives until the reply was sent */
    struct server *server;
    struct store *store;
    struct office *office;
    const struct actor *actor;
    bool must_change_password; /* of the session; the actor then holds no right */
    const char *session_token; /* as sent in the cookie, "" */
    const char *method, *path;
    const char *language; /* "zh" or "en", from ?lang=, cookie, Accept-Language */
    int64_t now_ms;
    const char *body; /* whole body of JSON and XML routes; NULL for streamed uploads */
    size_t body_size;
    const struct json *json;   /* parsed, for routes that take JSON */
    struct upload_part *parts; /* multipart and raw uploads, already streamed to store_blob_* */
    bool is_tls;               /* the reader's own connection, also through the proxy */
    const char *client;        /* address, for counting tries; never logged */
    const struct route *route;
    const struct head *head;
    /* JSON members that a returned error carries beside code, where and message, without braces:
     * "\"findings\":[...]". NULL: none. */
    const char *error_details;
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
/* Whole number in ?name=, between low and high; otherwise if absent or no such number. */
int64_t request_query_int(const struct request *q, const char *name, int64_t low, int64_t high,
                          int64_t otherwise);
/* ERR_INVALID json.unknown_member (400) if the JSON body is no object or has a member that is not
 * in the NULL-ended list. Call it first in every prepare that takes JSON. */
MUST_CHECK struct err *request_members(const struct request *q, const char *const *known);
/* The message of an error in the reader's language. */
const char *request_message(const struct request *q, const struct err *e);

struct reply {
    struct arena *arena;
    int status;           /* 200 at the start */
    struct buf *body;     /* text replies */
    struct json_out json; /* writes into body; content type JSON unless set */
    const char *content_type;
    const void *bytes; /* instead of body */
    size_t size;
    const char *etag; /* without quotes; a reader that has it gets 304 */
    bool is_immutable;
    bool is_tls;
    bool is_sandboxed; /* somebody else's file: may not run anything where it is opened */
    struct reply_header *headers; /* linked list, newest first */
};
struct reply_header {
    const char *name, *value;
    struct reply_header *next;
};
void reply_header(struct reply *r, const char *name, const char *value);
/* Set-Cookie __Host-bb (Secure, HttpOnly, SameSite=Strict); without TLS in front: bb, marked so. ""
 * ends the session's cookie. */
void reply_session(struct reply *r, const char *token, int64_t max_age_s);

/* Answer with a file that somebody sent: only pictures, sound and PDF keep their type, all else is
 * plain bytes; shown under its name (RFC 6266), never run. bytes must stay until the reply is
 * sent: take them from the request's arena. */
void reply_file(struct reply *r, const char *file_name, const char *media_type, const void *bytes,
                size_t size, bool is_download);
/* Answer with bytes of our own making (PDF, form image). */
void reply_bytes(struct reply *r, const char *content_type, const void *bytes, size_t size);

typedef struct err *(*route_read)(struct request *q, struct tx *tx, struct reply *r);
typedef struct err *(*route_prepare)(struct request *q, void **job_out);
typedef struct err *(*route_reply)(struct request *q, void *job, struct reply *r);

enum body_kind { BODY_NONE, BODY_JSON, BODY_XML, BODY_FILE, BODY_MULTIPART, BODY_WORKBOOK };
enum door { DOOR_COOKIE, DOOR_BASIC, DOOR_DEVICE }; /* how the actor is known */
struct route {
    const char *method, *pattern; /* "/v1/cases/:ref/actions/:action", "/v1/letters/:name.pdf" */
    enum right right;
    enum body_kind body;
    const char *summary;
    route_read read;       /* GET */
    route_prepare prepare; /* writing routes; may be NULL */
    store_work work;       /* NULL: prepare did all (e.g. a check without a write) */
    route_reply reply;
    bool has_right; /* set by the macros: a row without a right does not start */
    bool is_slow;   /* costs more than 2 ms: runs on the slow threads, where it holds up nobody */
    enum door door;
};
#define READ_ROUTE(pattern, right, read_fn, summary)                                               \
    {                                                                                              \
        "GET", pattern, right, BODY_NONE, summary, read_fn, NULL, NULL, NULL, true, false,         \
            DOOR_COOKIE                                                                            \
    }
#define READ_ROUTE_SLOW(pattern, right, read_fn, summary)                                          \
    {                                                                                              \
        "GET", pattern, right, BODY_NONE, summary, read_fn, NULL, NULL, NULL, true, true,          \
            DOOR_COOKIE                                                                            \
    }
#define WRITE_ROUTE(method, pattern, right, body, prepare_fn, work_fn, reply_fn, summary)          \
    {                                                                                              \
        method, pattern, right, body, summary, NULL, prepare_fn, work_fn, reply_fn, true, false,   \
            DOOR_COOKIE                                                                            \
    }
#define WRITE_ROUTE_SLOW(method, pattern, right, body, prepare_fn, work_fn, reply_fn, summary)     \
    {                                                                                              \
        method, pattern, right, body, summary, NULL, prepare_fn, work_fn, reply_fn, true, true,    \
            DOOR_COOKIE                                                                            \
    }
/* Devices: Basic (sign-in name and password) or a token in the path. */
#define DEVICE_READ(door, pattern, right, read_fn, summary)                                        \
    {                                                                                              \
        "GET", pattern, right, BODY_NONE, summary, read_fn, NULL, NULL, NULL, true, false, door    \
    }
#define DEVICE_WRITE(door, method, pattern, right, body, prepare_fn, work_fn, reply_fn, summary)   \
    {                                                                                              \
        method, pattern, right, body, summary, NULL, prepare_fn, work_fn, reply_fn, true, false,   \
            door                                                                                   \
    }

/* http/routes.c lists the tables of all resources. */
extern const struct route *const route_tables[]; /* each ends with {0}; NULL at the end */

#endif
