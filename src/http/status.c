/* The one table of codes whose status differs from that of their kind. */
#include "http/status.h"

#include "base/text.h"

static const struct {
    const char *code;
    int status;
} own_status[] = {
    {"http.malformed", 400},  {"http.url_long", 414},       {"http.headers_large", 431},
    {"http.method", 405},     {"http.media_type", 415},     {"json.syntax", 400},
    {"json.depth", 400},      {"json.unknown_member", 400}, {"xml.syntax", 400},
    {"xml.doctype", 400},     {"xml.encoding", 400},        {"xml.depth", 400},
    {"xml.attributes", 400},  {"sign_in.locked", 429},      {"sign_in.many", 429},
    {"guess.too_many", 429},  {"identity.locked", 429},     {"track.locked", 429},
    {"submission.gone", 410}, {"draft.gone", 410},
};

static int status_of_kind(enum err_kind kind)
{
    switch (kind) {
    case ERR_INVALID:
        return 422;
    case ERR_SIGN_IN:
        return 401;
    case ERR_DENIED:
        return 403;
    case ERR_MISSING:
        return 404;
    case ERR_CONFLICT:
        return 409;
    case ERR_TOO_BIG:
        return 413;
    case ERR_BUSY:
        return 503;
    case ERR_FULL:
        return 507;
    case ERR_USAGE:
    case ERR_INTERNAL:
        break;
    }
    return 500;
}

int status_of(const struct err *e)
{
    for (size_t i = 0; i < sizeof own_status / sizeof *own_status; i++)
        if (text_equal(own_status[i].code, e->code))
            return own_status[i].status;
    return status_of_kind(e->kind);
}
