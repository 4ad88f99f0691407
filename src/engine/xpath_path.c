/* Location paths: text to steps, and what the form's compiler is told of them. */
#include "engine/xpath_parse.h"

#include "base/arena.h"
#include "base/text.h"

struct step {
    enum xaxis axis;
    enum xtest test;
    const char *name, *prefix; /* "" if none */
    uint32_t uri;              /* offset of the text, if there is a prefix */
    struct xlist predicates;
};
struct path {
    enum xstart start;
    uint32_t expression;
    struct xlist steps;
    struct xtrail trail;
    bool is_plain; /* only children by name, after leading ".." */
    uint32_t step_count;
};

static const char *const axis_names[XAXIS_COUNT] = {
    [XAXIS_CHILD] = "child",
    [XAXIS_PARENT] = "parent",
    [XAXIS_SELF] = "self",
    [XAXIS_ATTRIBUTE] = "attribute",
    [XAXIS_DESCENDANT] = "descendant",
    [XAXIS_DESCENDANT_OR_SELF] = "descendant-or-self",
    [XAXIS_ANCESTOR] = "ancestor",
    [XAXIS_ANCESTOR_OR_SELF] = "ancestor-or-self",
    [XAXIS_FOLLOWING] = "following",
    [XAXIS_FOLLOWING_SIBLING] = "following-sibling",
    [XAXIS_PRECEDING] = "preceding",
    [XAXIS_PRECEDING_SIBLING] = "preceding-sibling",
    [XAXIS_NAMESPACE] = "namespace",
};
static const struct {
    const char *name;
    enum xtest test;
} node_tests[] = {
    {"node", XTEST_NODE},
    {"text", XTEST_TEXT},
    {"comment", XTEST_COMMENT},
    {"processing-instruction", XTEST_PI},
};

static const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
        p++;
    return p;
}

static bool name_is(const char *at, size_t size, const char *name)
{
    return strlen(name) == size && memcmp(at, name, size) == 0;
}

/* "text" in front of "(": a test of kinds, no function. */
static bool node_test_at(const char *at, size_t size, enum xtest *test_out)
{
    if (*skip_space(at + size) != '(')
        return false;
    for (size_t i = 0; i < sizeof node_tests / sizeof *node_tests; i++) {
        if (name_is(at, size, node_tests[i].name)) {
            *test_out = node_tests[i].test;
            return true;
        }
    }
    return false;
}

bool xparse_is_path(const struct xparser *p)
{
    const char *at = p->at;
    if (*at == '/' || *at == '@' || *at == '*')
        return true;
    if (*at == '.')
        return at[1] < '0' || at[1] > '9';
    size_t size = xparse_name_size(at);
    enum xtest test;
    if (!size)
        return false;
    if (node_test_at(at, size, &test))
        return true;
    if (at[size] == ':' && at[size + 1] != ':')
        size += 1 + xparse_name_size(at + size + 1);
    return *skip_space(at + size) != '(';
}

/* Trails -------------------------------------------------------------------------------------- */

static void trail_add(struct xparser *p, struct xtrail *t, const char *name)
{
    if (t->is_closed)
        return;
    if (t->count == t->capacity) {
        size_t capacity = t->capacity * 2 + 8;
        const char **names = arena_array(p->arena, capacity, sizeof *names);
        if (t->count)
            memcpy(names, t->names, t->count * sizeof *names);
        t->names = names;
        t->capacity = capacity;
    }
    t->names[t->count++] = name;
}

/* Where a path starts: a relative one in a predicate starts where the filtered path ends. */
static struct xtrail trail_start(struct xparser *p, const struct path *path)
{
    struct xtrail t = {.from = XTRAIL_ELSEWHERE};
    if (path->start == XSTART_ROOT)
        t.from = XTRAIL_ROOT;
    else if (path->start == XSTART_CURRENT)
        t.from = XTRAIL_CURRENT;
    else if (path->start == XSTART_CONTEXT && !p->outer)
        t.from = XTRAIL_CONTEXT;
    else if (path->start == XSTART_CONTEXT) {
        t = *p->outer;
        t.names = NULL;
        t.count = t.capacity = 0;
        for (size_t i = 0; i < p->outer->count; i++)
            trail_add(p, &t, p->outer->names[i]);
        t.is_closed = p->outer->is_closed;
    }
    return t;
}

static void trail_step(struct xparser *p, struct xtrail *t, const struct step *s)
{
    if (s->axis == XAXIS_SELF)
        return;
    if (s->axis == XAXIS_PARENT) {
        if (t->is_closed)
            t->is_closed = false;
        else if (t->count)
            t->count--;
        else
            t->up++;
        return;
    }
    if (s->axis == XAXIS_CHILD && (s->test == XTEST_TEXT || s->test == XTEST_COMMENT))
        return;
    if (s->axis == XAXIS_ATTRIBUTE)
        t->is_closed = true;
    else if (s->axis != XAXIS_CHILD || (s->test != XTEST_NAME && s->test != XTEST_QUALIFIED))
        trail_add(p, t, "*");
    else
        trail_add(p, t,
                  *s->prefix ? text_join(p->arena, text_join(p->arena, s->prefix, ":"), s->name)
                             : s->name);
}

static struct xpath_path trail_path(const struct xtrail *t, bool is_in_predicate, bool all_nodes)
{
    return (struct xpath_path){
        .from = t->from == XTRAIL_ROOT      ? XPATH_FROM_ROOT
                : t->from == XTRAIL_CONTEXT ? XPATH_FROM_CONTEXT
                                            : XPATH_FROM_CURRENT,
        .up = t->up,
        .names = t->names,
        .count = t->count,
        .is_in_predicate = is_in_predicate,
        .in_repeat_argument = all_nodes,
    };
}

/* Steps --------------------------------------------------------------------------------------- */

static struct err *parse_axis(struct xparser *p, struct step *s)
{
    s->axis = XAXIS_CHILD;
    if (xparse_accept(p, "@")) {
        s->axis = XAXIS_ATTRIBUTE;
        return NULL;
    }
    size_t size = xparse_name_size(p->at);
    const char *after = skip_space(p->at + size);
    if (!size || after[0] != ':' || after[1] != ':')
        return NULL;
    for (size_t i = 0; i < XAXIS_COUNT; i++) {
        if (name_is(p->at, size, axis_names[i])) {
            s->axis = (enum xaxis)i;
            p->at = after + 2;
            return NULL;
        }
    }
    return xparse_fault(p, p->at, ERR_INVALID, "xpath.syntax", "There is no such axis",
                        "没有这种轴");
}

static struct err *parse_kind_test(struct xparser *p, struct step *s)
{
    TRY(xparse_expect(p, "("));
    xparse_space(p);
    if (s->test == XTEST_PI && (*p->at == '"' || *p->at == '\'')) {
        const char *start = p->at + 1, *end = strchr(start, *p->at);
        if (!end)
            return xparse_unexpected(p);
        s->name = arena_copy(p->arena, start, (size_t)(end - start));
        p->at = end + 1;
    }
    return xparse_expect(p, ")");
}

static struct err *resolve_prefix(struct xparser *p, const char *at, struct step *s)
{
    const char *uri =
        p->scope->namespace_uri ? p->scope->namespace_uri(p->scope->self, s->prefix) : NULL;
    if (!uri)
        return xparse_fault(p, at, ERR_INVALID, "xpath.unknown_prefix",
                            "This namespace prefix is not declared", "这个命名空间前缀没有声明");
    s->uri = xemit_text(p, uri, strlen(uri));
    return NULL;
}

static struct err *parse_name_test(struct xparser *p, struct step *s)
{
    if (xparse_accept(p, "*")) {
        s->test = XTEST_ANY;
        return NULL;
    }
    const char *at = p->at;
    size_t size = xparse_name_size(at);
    if (!size)
        return xparse_unexpected(p);
    if (node_test_at(at, size, &s->test)) {
        p->at += size;
        return parse_kind_test(p, s);
    }
    s->name = arena_copy(p->arena, at, size);
    s->test = XTEST_NAME;
    p->at += size;
    if (p->at[0] != ':' || p->at[1] == ':')
        return NULL;
    p->at++;
    s->prefix = s->name;
    size = xparse_name_size(p->at);
    if (!size && *p->at != '*')
        return xparse_unexpected(p);
    s->test = size ? XTEST_QUALIFIED : XTEST_ANY_OF;
    s->name = arena_copy(p->arena, p->at, size);
    p->at += size ? size : 1;
    return resolve_prefix(p, at, s);
}

struct err *xparse_predicates(struct xparser *p, struct xlist *list)
{
    bool wants_all_nodes = p->wants_all_nodes;
    p->wants_all_nodes = false;
    while (xparse_accept(p, "[")) {
        uint32_t node;
        TRY(xparse_nested(p, &node));
        TRY(xparse_expect(p, "]"));
        xlist_add(p, list, node);
    }
    p->wants_all_nodes = wants_all_nodes;
    return NULL;
}

static void emit_step(struct xparser *p, struct path *path, const struct step *s)
{
    uint32_t name = xemit_text(p, s->name, strlen(s->name));
    uint32_t node = xemit(p, XOP_STEP | (uint32_t)s->axis << 8 | (uint32_t)s->test << 12 |
                                 (uint32_t)s->predicates.count << 16);
    xemit(p, name);
    xemit(p, s->uri);
    xemit_list(p, &s->predicates);
    xlist_add(p, &path->steps, node);
}

/* JavaRosa knows child, parent, self, attributes and nothing else (forms.md 7.1). */
static bool is_web_only(const struct step *s)
{
    if (s->axis > XAXIS_ATTRIBUTE || s->test == XTEST_ANY_OF || s->test == XTEST_TEXT ||
        s->test == XTEST_COMMENT || s->test == XTEST_PI)
        return true;
    return s->axis == XAXIS_SELF && s->test != XTEST_NODE;
}

static struct err *parse_step(struct xparser *p, struct path *path)
{
    struct step s = {.name = "", .prefix = ""};
    xparse_space(p);
    if (xparse_accept(p, "..")) {
        s.axis = XAXIS_PARENT;
        s.test = XTEST_NODE;
    } else if (*p->at == '.') {
        p->at++;
        s.axis = XAXIS_SELF;
        s.test = XTEST_NODE;
    } else {
        TRY(parse_axis(p, &s));
        xparse_space(p);
        TRY(parse_name_test(p, &s));
    }
    bool is_up = s.axis == XAXIS_PARENT && s.test == XTEST_NODE && path->trail.count == 0;
    bool is_down = s.axis == XAXIS_CHILD && (s.test == XTEST_NAME || s.test == XTEST_QUALIFIED);
    bool is_self = s.axis == XAXIS_SELF && s.test == XTEST_NODE;
    trail_step(p, &path->trail, &s);
    const struct xtrail *outer = p->outer;
    p->outer = &path->trail;
    TRY(xparse_predicates(p, &s.predicates));
    p->outer = outer;
    path->is_plain = path->is_plain && (is_up || is_down || is_self) && s.predicates.count == 0;
    if (is_web_only(&s))
        p->flags |= XCODE_WEB_ONLY;
    if (!is_self || s.predicates.count)
        emit_step(p, path, &s);
    return NULL;
}

/* "//" is a step of its own. */
static void emit_descent(struct xparser *p, struct path *path)
{
    const struct step s = {
        .name = "", .prefix = "", .axis = XAXIS_DESCENDANT_OR_SELF, .test = XTEST_NODE};
    trail_step(p, &path->trail, &s);
    path->is_plain = false;
    p->flags |= XCODE_WEB_ONLY;
    emit_step(p, path, &s);
}

static struct err *parse_steps(struct xparser *p, struct path *path, bool has_step)
{
    for (;;) {
        if (has_step)
            TRY(parse_step(p, path));
        xparse_space(p);
        if (*p->at != '/')
            return NULL;
        p->at++;
        if (*p->at == '/') {
            p->at++;
            emit_descent(p, path);
        }
        has_step = true;
    }
}

/* The start is left of the first step; the first "/" of an absolute path belongs to it. */
static struct err *parse_rest(struct xparser *p, struct path *path)
{
    if (path->start == XSTART_CONTEXT)
        return parse_steps(p, path, true);
    if (path->start != XSTART_ROOT)
        return parse_steps(p, path, false);
    p->at++;
    if (*p->at == '/') {
        p->at++;
        emit_descent(p, path);
        return parse_steps(p, path, true);
    }
    xparse_space(p);
    bool has_step = *p->at == '.' || *p->at == '@' || *p->at == '*' || xparse_name_size(p->at);
    return has_step ? parse_steps(p, path, true) : NULL;
}

static bool is_current_call(const struct xparser *p, uint32_t node)
{
    return p->words[node] == XOP_CALL && text_equal(xfunctions[p->words[node + 1]].name, "current");
}

static bool resolves(struct xparser *p, const struct path *path, bool all_nodes, uint32_t *ref_out)
{
    bool is_own = path->start == XSTART_ROOT || path->start == XSTART_CURRENT ||
                  (path->start == XSTART_CONTEXT && !p->outer);
    if (!is_own || !path->is_plain || !p->scope->resolve || path->steps.count == 0)
        return false;
    const struct xpath_path offered = trail_path(&path->trail, p->outer != NULL, all_nodes);
    return p->scope->resolve(p->scope->self, &offered, ref_out);
}

static void touch(struct xparser *p, const struct path *path, bool all_nodes)
{
    if (path->trail.from == XTRAIL_ELSEWHERE || !p->scope->touch)
        return;
    const struct xpath_path told = trail_path(&path->trail, p->outer != NULL, all_nodes);
    p->scope->touch(p->scope->self, &told);
}

struct err *xparse_path(struct xparser *p, uint32_t start, uint32_t *node_out)
{
    bool all_nodes = p->wants_all_nodes;
    uint32_t ref = 0;
    struct path path = {.start = XSTART_EXPRESSION, .expression = start, .is_plain = true};
    if (!start)
        path.start = *p->at == '/' ? XSTART_ROOT : XSTART_CONTEXT;
    else if (is_current_call(p, start))
        path.start = XSTART_CURRENT;
    else if (p->words[start] >> 8 == 0 || (p->words[start] & 0xFF) != XOP_CALL)
        p->flags |= XCODE_WEB_ONLY;
    path.trail = trail_start(p, &path);
    p->wants_all_nodes = false;
    const size_t words = p->word_count, texts = p->text_size;
    TRY(parse_rest(p, &path));
    if (resolves(p, &path, all_nodes, &ref)) {
        /* Its steps, which hold no predicates, are not needed. */
        p->word_count = words;
        p->text_size = texts;
        *node_out = xemit(p, XOP_REF);
        xemit(p, ref);
        return NULL;
    }
    touch(p, &path, all_nodes);
    if (path.start == XSTART_CONTEXT && path.steps.count == 0) {
        *node_out = xemit(p, XOP_SELF);
        return NULL;
    }
    *node_out = xemit(p, XOP_PATH | (uint32_t)path.start << 8 | (uint32_t)path.steps.count << 16);
    xemit(p, path.expression);
    xemit_list(p, &path.steps);
    return NULL;
}
