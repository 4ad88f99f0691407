/* What a request says, and whether it may. */
#include "http/request.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/router.h"

#include <string.h>

const char *request_param(const struct request *q, const char *name)
{
    return route_param(q->arena, q->route, q->head, name);
}

const char *request_query(const struct request *q, const char *name)
{
    for (size_t i = 0; i < q->head->query_count; i++)
        if (text_equal(q->head->query[i].name, name))
            return q->head->query[i].value;
    return "";
}

const char *request_header(const struct request *q, const char *name)
{
    return head_header(q->head, name);
}

int64_t request_query_int(const struct request *q, const char *name, int64_t low, int64_t high,
                          int64_t otherwise)
{
    int64_t number;
    if (!text_to_int(request_query(q, name), &number) || number < low || number > high)
        return otherwise;
    return number;
}

struct err *request_members(const struct request *q, const char *const *known)
{
    const char *unknown = q->json ? json_unknown_key(q->json, known) : NULL;
    if (q->json && json_type_of(q->json) == JSON_OBJECT && !unknown)
        return NULL;
    return err_new(q->arena, ERR_INVALID, "json.unknown_member", unknown ? unknown : "",
                   "The request has a member that is not known here: %s.",
                   "请求中有此处不认识的成员：%s。", unknown ? unknown : "{}");
}

const char *request_message(const struct request *q, const struct err *e)
{
    return text_equal(q->language, "en") ? e->message : e->message_zh;
}

static const char *language_named(const char *text)
{
    if (text_starts(text, "en"))
        return "en";
    return text_starts(text, "zh") ? "zh" : NULL;
}

/* The first of our languages in the header: browsers list them in order of liking. */
static const char *language_accepted(const char *at)
{
    while (*at) {
        at += strspn(at, ", ");
        const char *language = language_named(at);
        if (language)
            return language;
        at += strcspn(at, ",");
    }
    return NULL;
}

const char *request_language_of(struct arena *a, const struct head *h)
{
    const char *language = NULL;
    for (size_t i = 0; i < h->query_count; i++)
        if (text_equal(h->query[i].name, "lang"))
            language = language_named(h->query[i].value);
    if (!language)
        language = language_named(head_cookie(a, h, "lang"));
    if (!language)
        language = language_accepted(head_header(h, "accept-language"));
    return language ? language : "zh";
}

static bool is_media_type(const struct head *h, const char *type)
{
    const char *given = head_header(h, "content-type");
    size_t size = strlen(type);
    return strncasecmp(given, type, size) == 0 &&
           (given[size] == '\0' || given[size] == ';' || given[size] == ' ');
}

static bool has_fitting_type(const struct route *route, const struct head *h)
{
    switch (route->body) {
    case BODY_JSON:
        return is_media_type(h, "application/json");
    case BODY_XML:
        return is_media_type(h, "text/xml") || is_media_type(h, "application/xml");
    case BODY_MULTIPART:
        return is_media_type(h, "multipart/form-data");
    case BODY_NONE:
    case BODY_FILE:
    case BODY_WORKBOOK:
        break;
    }
    return true;
}

struct err *request_check_body(struct arena *a, const struct route *route, const struct head *h)
{
    bool is_reading = route->read != NULL;
    bool is_foreign = route->door == DOOR_COOKIE
                          ? !head_is_same_origin(h)
                          : *head_header(h, "sec-fetch-site") && !head_is_same_origin(h);
    if (!is_reading && is_foreign)
        return err_new(a, ERR_DENIED, "http.foreign_origin", "",
                       "This can only be done from the pages of this site.",
                       "只能从本网站的页面进行此操作。");
    if (!has_fitting_type(route, h))
        return err_new(a, ERR_INVALID, "http.media_type", "Content-Type",
                       "The content is not of the kind that is taken here.",
                       "内容类型不是此处所接受的。");
    return NULL;
}

int64_t request_body_limit(const struct route *route)
{
    switch (route->body) {
    case BODY_NONE:
        return 0;
    case BODY_JSON:
        return LIMIT_JSON_BYTES;
    case BODY_XML:
        return LIMIT_XML_BYTES;
    case BODY_WORKBOOK:
        return LIMIT_WORKBOOK_UPLOAD;
    case BODY_FILE:
    case BODY_MULTIPART:
        break;
    }
    return LIMIT_UPLOAD_BYTES;
}

struct err *request_too_large(struct arena *a, int64_t limit)
{
    return err_new(a, ERR_TOO_BIG, "http.body_large", "",
                   "This is too large: at most %lld bytes are taken.",
                   "内容太大：最多接受 %lld 字节。", (long long)limit);
}

static bool has_session(const struct actor *who)
{
    return who->person_id || who->subject_id || who->case_id;
}

static bool may(const struct request *q)
{
    switch (q->route->right) {
    case RIGHT_PUBLIC:
        return true;
    case RIGHT_SELF:
        return has_session(q->actor);
    case RIGHT_SIGNED_IN:
        return q->actor->person_id != 0; /* also to set a password of one's own */
    default:
        return actor_may(q->actor, q->route->right);
    }
}

struct err *request_check_right(const struct request *q)
{
    if (may(q))
        return NULL;
    if (q->actor->person_id == 0)
        return err_new(q->arena, ERR_SIGN_IN, "sign_in.needed", "", "Please sign in.",
                       "请先登录。");
    if (q->must_change_password)
        return err_new(q->arena, ERR_DENIED, "sign_in.must_change", "",
                       "Set a password of your own first.", "请先设置自己的密码。");
    return err_new(q->arena, ERR_DENIED, "right.missing", "",
                   "Your post does not give you the right to do this.", "您的岗位没有此项权限。");
}
