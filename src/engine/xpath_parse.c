/* The grammar of XPath 1.0: text to code, in one pass. Operators of one rank become one chain, so
 * that a long sum or a long "or" needs no depth. */
#include "engine/xpath_parse.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/text.h"

static void words_reserve(struct xparser *p, size_t count)
{
    if (p->word_count + count <= p->word_capacity)
        return;
    size_t capacity = p->word_capacity * 2 + count;
    uint32_t *words = arena_array(p->arena, capacity, sizeof *words);
    if (p->word_count)
        memcpy(words, p->words, p->word_count * sizeof *words);
    p->words = words;
    p->word_capacity = capacity;
}

uint32_t xemit(struct xparser *p, uint32_t word)
{
    words_reserve(p, 1);
    p->words[p->word_count] = word;
    return (uint32_t)p->word_count++;
}

uint32_t xemit_list(struct xparser *p, const struct xlist *l)
{
    uint32_t first = (uint32_t)p->word_count;
    for (size_t i = 0; i < l->count; i++)
        xemit(p, l->items[i]);
    return first;
}

/* Texts are collected apart and stand behind the words; offsets are moved at the end. */
uint32_t xemit_text(struct xparser *p, const char *text, size_t size)
{
    if (p->text_size + size + 1 > p->text_capacity) {
        size_t capacity = p->text_capacity * 2 + size + 64;
        char *texts = arena_alloc(p->arena, capacity);
        if (p->text_size)
            memcpy(texts, p->texts, p->text_size);
        p->texts = texts;
        p->text_capacity = capacity;
    }
    uint32_t at = (uint32_t)p->text_size;
    if (size)
        memcpy(p->texts + at, text, size);
    p->texts[at + size] = '\0';
    p->text_size += size + 1;
    return at;
}

void xlist_add(struct xparser *p, struct xlist *l, uint32_t item)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity * 2 + 4;
        uint32_t *items = arena_array(p->arena, capacity, sizeof *items);
        if (l->count)
            memcpy(items, l->items, l->count * sizeof *items);
        l->items = items;
        l->capacity = capacity;
    }
    l->items[l->count++] = item;
}

const char *xparse_place(struct xparser *p, const char *at)
{
    int column = 1;
    for (const char *c = p->text; c < at; c++)
        column += (*c & 0xC0) != 0x80;
    return text_print(p->arena, "column %d", column);
}

static struct err *fault(struct xparser *p, const char *at, enum err_kind kind, const char *code,
                         const char *english, const char *chinese, const char *detail)
{
    struct err *e = err_new(p->arena, kind, code, xparse_place(p, at), "%s", "%s", "");
    e->message = text_print(p->arena, "%s%s.", english, detail);
    e->message_zh = text_print(p->arena, "%s%s。", chinese, detail);
    return e;
}

struct err *xparse_fault(struct xparser *p, const char *at, enum err_kind kind, const char *code,
                         const char *english, const char *chinese)
{
    return fault(p, at, kind, code, english, chinese, "");
}

struct err *xparse_unexpected(struct xparser *p)
{
    if (!*p->at)
        return xparse_fault(p, p->at, ERR_INVALID, "xpath.syntax", "The expression ends too early",
                            "表达式没有写完");
    char *rest = arena_copy(p->arena, p->at, strnlen(p->at, 24));
    while (!text_is_utf8(rest, strlen(rest)) && *rest)
        rest[strlen(rest) - 1] = '\0';
    return fault(p, p->at, ERR_INVALID, "xpath.syntax",
                 "The expression cannot be read from here: ", "表达式从这里起读不懂：", rest);
}

void xparse_space(struct xparser *p)
{
    while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')
        p->at++;
}

bool xparse_accept(struct xparser *p, const char *token)
{
    xparse_space(p);
    if (!text_starts(p->at, token))
        return false;
    p->at += strlen(token);
    return true;
}

struct err *xparse_expect(struct xparser *p, const char *token)
{
    return xparse_accept(p, token) ? NULL : xparse_unexpected(p);
}

/* Letters of any script: what stands above ASCII belongs to a name, except the wide blanks. */
static size_t name_char(const char *p, bool is_first)
{
    unsigned char c = (unsigned char)*p;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
        return 1;
    if (c < 0x80)
        return !is_first && ((c >= '0' && c <= '9') || c == '-' || c == '.');
    if (text_starts(p, "\xC2\xA0") || text_starts(p, "\xE3\x80\x80"))
        return 0;
    size_t size = 1;
    while ((p[size] & 0xC0) == 0x80)
        size++;
    return size;
}

size_t xparse_name_size(const char *text)
{
    size_t size = name_char(text, true), step = size;
    for (; step; size += step)
        step = name_char(text + size, false);
    return size;
}

static struct err *parse_number(struct xparser *p, uint32_t *node_out)
{
    const char *start = p->at;
    while (*p->at >= '0' && *p->at <= '9')
        p->at++;
    if (*p->at == '.')
        p->at++;
    while (*p->at >= '0' && *p->at <= '9')
        p->at++;
    double number;
    if (!number_read(start, (size_t)(p->at - start), &number))
        return xparse_unexpected(p);
    uint32_t halves[2];
    memcpy(halves, &number, sizeof halves);
    *node_out = xemit(p, XOP_NUMBER);
    xemit(p, halves[0]);
    xemit(p, halves[1]);
    return NULL;
}

static struct err *parse_literal(struct xparser *p, uint32_t *node_out)
{
    const char *start = p->at + 1, *end = strchr(start, *p->at);
    if (!end)
        return xparse_fault(p, p->at, ERR_INVALID, "xpath.syntax",
                            "This quotation mark has no partner", "这个引号没有成对");
    uint32_t text = xemit_text(p, start, (size_t)(end - start));
    *node_out = xemit(p, XOP_TEXT);
    xemit(p, text);
    xemit(p, (uint32_t)(end - start));
    p->at = end + 1;
    return NULL;
}

static size_t edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 32 };
    size_t rows[LONGEST + 1], a_size = strnlen(a, LONGEST), b_size = strnlen(b, LONGEST);
    for (size_t j = 0; j <= b_size; j++)
        rows[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t corner = rows[0];
        rows[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t best = corner + (a[i - 1] != b[j - 1]);
            corner = rows[j];
            best = best < rows[j] + 1 ? best : rows[j] + 1;
            rows[j] = best < rows[j - 1] + 1 ? best : rows[j - 1] + 1;
        }
    }
    return rows[b_size];
}

static const char *nearest_function(const char *name)
{
    size_t best = 0, least = SIZE_MAX;
    for (size_t i = 0; i < xfunction_total; i++) {
        size_t distance = edit_distance(name, xfunctions[i].name);
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return xfunctions[best].name;
}

static struct err *function_find(struct xparser *p, const char *at, size_t size, uint32_t *row_out)
{
    const char *name = arena_copy(p->arena, at, size);
    for (size_t i = 0; i < xfunction_total; i++) {
        if (text_equal(xfunctions[i].name, name)) {
            *row_out = (uint32_t)i;
            return NULL;
        }
    }
    return err_new(p->arena, ERR_INVALID, "xpath.unknown_function", xparse_place(p, at),
                   "There is no function %s(). Did you mean %s()?", "没有函数 %s()。是不是 %s()？",
                   name, nearest_function(name));
}

static struct err *wrong_count(struct xparser *p, const char *at, const struct xfunction *f,
                               size_t count)
{
    const char *place = xparse_place(p, at);
    if (f->most == ARGUMENTS_MANY)
        return err_new(p->arena, ERR_INVALID, "xpath.arguments", place,
                       "%s() takes %d arguments or more, not %zu.",
                       "%s() 至少要 %d 个参数，这里写了 %zu 个。", f->name, (int)f->least, count);
    return err_new(
        p->arena, ERR_INVALID, "xpath.arguments", place, "%s() takes %d to %d arguments, not %zu.",
        "%s() 要 %d 到 %d 个参数，这里写了 %zu 个。", f->name, (int)f->least, (int)f->most, count);
}

static bool means_all_nodes(const struct xfunction *f, size_t argument)
{
    if (text_equal(f->name, "indexed-repeat"))
        return argument == 0 || argument % 2 == 1;
    return (f->flags & XFUNCTION_ALL_NODES) ||
           (argument == 0 && (f->flags & XFUNCTION_FIRST_NODES));
}

static struct err *parse_arguments(struct xparser *p, const struct xfunction *f,
                                   struct xlist *arguments)
{
    if (xparse_accept(p, ")"))
        return NULL;
    do {
        uint32_t node;
        p->wants_all_nodes = means_all_nodes(f, arguments->count);
        TRY(xparse_nested(p, &node));
        xlist_add(p, arguments, node);
    } while (xparse_accept(p, ","));
    p->wants_all_nodes = false;
    return xparse_expect(p, ")");
}

/* The name of a function in front of "(", with its prefix; 0 if there is none. */
static size_t function_name_size(const struct xparser *p)
{
    size_t size = xparse_name_size(p->at);
    if (size && p->at[size] == ':' && p->at[size + 1] != ':')
        size += 1 + xparse_name_size(p->at + size + 1);
    const char *after = p->at + size;
    while (*after == ' ' || *after == '\t' || *after == '\n' || *after == '\r')
        after++;
    return *after == '(' ? size : 0;
}

static struct err *parse_call(struct xparser *p, size_t name_size, uint32_t *node_out)
{
    const char *at = p->at;
    uint32_t row = 0;
    TRY(function_find(p, at, name_size, &row));
    const struct xfunction *f = &xfunctions[row];
    struct xlist arguments = {0};
    p->at += name_size;
    TRY(xparse_expect(p, "("));
    TRY(parse_arguments(p, f, &arguments));
    if (arguments.count < f->least || (f->most != ARGUMENTS_MANY && arguments.count > f->most))
        return wrong_count(p, at, f, arguments.count);
    TRY(xparse_check_call(p, at, f, &arguments));
    if (f->flags & XFUNCTION_VOLATILE)
        p->flags |= XCODE_VOLATILE;
    if (f->flags & XFUNCTION_WEB_ONLY)
        p->flags |= XCODE_WEB_ONLY;
    *node_out = xemit(p, XOP_CALL | (uint32_t)arguments.count << 8);
    xemit(p, row);
    xemit_list(p, &arguments);
    return NULL;
}

static struct err *parse_primary(struct xparser *p, uint32_t *node_out)
{
    char c = *p->at;
    if (xparse_accept(p, "(")) {
        TRY(xparse_nested(p, node_out));
        return xparse_expect(p, ")");
    }
    if (c == '"' || c == '\'')
        return parse_literal(p, node_out);
    if ((c >= '0' && c <= '9') || c == '.')
        return parse_number(p, node_out);
    if (c == '$')
        return xparse_fault(p, p->at, ERR_INVALID, "xpath.variable",
                            "Variables ($name) do not exist here; write ${name} in a workbook",
                            "这里没有变量（$名字）；在工作簿里写 ${名字}");
    size_t name_size = function_name_size(p);
    return name_size ? parse_call(p, name_size, node_out) : xparse_unexpected(p);
}

/* FilterExpr and what may follow it: predicates, a path. */
static struct err *parse_filter(struct xparser *p, uint32_t *node_out)
{
    TRY(parse_primary(p, node_out));
    struct xlist predicates = {0};
    xparse_space(p);
    if (*p->at == '[') {
        static const struct xtrail elsewhere = {.from = XTRAIL_ELSEWHERE};
        const struct xtrail *outer = p->outer;
        p->outer = &elsewhere;
        TRY(xparse_predicates(p, &predicates));
        p->outer = outer;
        p->flags |= XCODE_WEB_ONLY;
        uint32_t expression = *node_out;
        *node_out = xemit(p, XOP_FILTER | (uint32_t)predicates.count << 16);
        xemit(p, expression);
        xemit_list(p, &predicates);
    }
    xparse_space(p);
    return *p->at == '/' ? xparse_path(p, *node_out, node_out) : NULL;
}

static struct err *parse_unary(struct xparser *p, uint32_t *node_out)
{
    uint32_t minuses = 0;
    while (xparse_accept(p, "-"))
        minuses++;
    xparse_space(p);
    if (minuses)
        p->wants_all_nodes = false;
    TRY(xparse_is_path(p) ? xparse_path(p, 0, node_out) : parse_filter(p, node_out));
    /* Two minuses make a number of a text, as one does: -(-x) is never x itself. */
    for (uint32_t i = 0; i < (minuses ? 2 - minuses % 2 : 0); i++) {
        uint32_t operand = *node_out;
        *node_out = xemit(p, XOP_NEGATE);
        xemit(p, operand);
    }
    return NULL;
}

static const struct {
    const char *token;
    enum xoperator op;
    uint8_t rank;
} operators[] = {
    {"or", XOPERATOR_OR, 1},
    {"and", XOPERATOR_AND, 2},
    {"=", XOPERATOR_EQUAL, 3},
    {"!=", XOPERATOR_UNEQUAL, 3},
    {"<=", XOPERATOR_LESS_EQUAL, 4},
    {"<", XOPERATOR_LESS, 4},
    {">=", XOPERATOR_GREATER_EQUAL, 4},
    {">", XOPERATOR_GREATER, 4},
    {"+", XOPERATOR_ADD, 5},
    {"-", XOPERATOR_SUBTRACT, 5},
    {"*", XOPERATOR_MULTIPLY, 6},
    {"div", XOPERATOR_DIVIDE, 6},
    {"mod", XOPERATOR_MODULO, 6},
    {"|", XOPERATOR_UNION, 7},
};
enum { HIGHEST_RANK = 7 };

/* Where an operator is due no name can stand, so "1 or1" is read as both engines read it. */
static bool word_ends(const char *at, size_t size)
{
    char next = at[size];
    return xparse_name_size(at) == size || (next >= '0' && next <= '9');
}

/* An operator of that rank at p->at. */
static bool accept_operator(struct xparser *p, uint32_t rank, uint32_t *operator_out)
{
    xparse_space(p);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t size = strlen(operators[i].token);
        if (operators[i].rank != rank || !text_starts(p->at, operators[i].token))
            continue;
        if (xparse_name_size(operators[i].token) && !word_ends(p->at, size))
            continue;
        p->at += size;
        *operator_out = operators[i].op;
        return true;
    }
    return false;
}

static struct err *parse_rank(struct xparser *p, uint32_t rank, uint32_t *node_out)
{
    if (rank > HIGHEST_RANK)
        return parse_unary(p, node_out);
    bool wants_all_nodes = p->wants_all_nodes;
    TRY(parse_rank(p, rank + 1, node_out));
    struct xlist chain = {0};
    uint32_t op;
    while (accept_operator(p, rank, &op)) {
        uint32_t node;
        p->wants_all_nodes = wants_all_nodes && rank == HIGHEST_RANK;
        TRY(parse_rank(p, rank + 1, &node));
        if (op >= XOPERATOR_LESS && op <= XOPERATOR_SUBTRACT)
            xparse_check_comparison(p, *node_out, node);
        xlist_add(p, &chain, op);
        xlist_add(p, &chain, node);
        if (op == XOPERATOR_UNION)
            p->flags |= XCODE_WEB_ONLY;
    }
    if (chain.count == 0)
        return NULL;
    uint32_t first = *node_out;
    *node_out = xemit(p, XOP_CHAIN | (uint32_t)(chain.count / 2) << 8);
    xemit(p, first);
    xemit_list(p, &chain);
    return NULL;
}

struct err *xparse_expression(struct xparser *p, uint32_t *node_out)
{
    return parse_rank(p, 1, node_out);
}

struct err *xparse_nested(struct xparser *p, uint32_t *node_out)
{
    if (++p->depth > LIMIT_EXPRESSION_DEPTH)
        return xparse_fault(p, p->at, ERR_INVALID, "xpath.too_deep",
                            "The expression is nested too deeply; split it over several questions",
                            "表达式嵌套太深；请拆成几个问题");
    TRY(xparse_expression(p, node_out));
    p->depth--;
    return NULL;
}

/* Nodes and steps follow each other without gaps, children first, so one walk meets them all. */
static void move_texts(uint32_t *words, uint32_t word_count, uint32_t base)
{
    for (uint32_t i = XCODE_HEADER; i < word_count;) {
        uint32_t head = words[i];
        switch (head & 0xFF) {
        case XOP_TEXT:
        case XOP_PROGRAM:
            words[i + 1] += base;
            i += 3;
            break;
        case XOP_STEP:
            words[i + 1] += base;
            words[i + 2] += base;
            i += 3 + (head >> 16);
            break;
        default:
            i += xcode_node_size(head);
        }
    }
}

static void finish(struct xparser *p, uint32_t root, struct xpath_code *code_out)
{
    size_t words_size = p->word_count * sizeof *p->words;
    size_t size = (words_size + p->text_size + 7) & ~(size_t)7;
    char *bytes = arena_alloc(p->arena, size);
    p->words[1] = p->flags;
    p->words[2] = root;
    p->words[3] = (uint32_t)p->word_count;
    p->words[4] = (uint32_t)size;
    move_texts(p->words, (uint32_t)p->word_count, (uint32_t)words_size);
    memcpy(bytes, p->words, words_size);
    if (p->text_size)
        memcpy(bytes + words_size, p->texts, p->text_size);
    *code_out = (struct xpath_code){.bytes = bytes, .size = size};
}

static struct err *check_size(struct arena *a, const char *text)
{
    size_t size = strnlen(text, LIMIT_EXPRESSION_BYTES + 1);
    if (size > LIMIT_EXPRESSION_BYTES)
        return err_new(a, ERR_INVALID, "xpath.too_long", "",
                       "The expression is longer than %d bytes; split it over several questions.",
                       "表达式超过 %d 字节；请拆成几个问题。", (int)LIMIT_EXPRESSION_BYTES);
    if (!text_is_utf8(text, size))
        return err_new(a, ERR_INVALID, "xpath.syntax", "", "The expression is not UTF-8.",
                       "表达式不是 UTF-8。");
    return NULL;
}

struct err *xpath_compile(struct arena *a, const char *text, const struct xpath_scope *scope,
                          struct xpath_code *code_out)
{
    static const struct xpath_scope empty = {0};
    TRY(check_size(a, text));
    struct xparser p = {.arena = a, .scope = scope ? scope : &empty, .text = text, .at = text};
    uint32_t root;
    xemit(&p, XCODE_MAGIC);
    for (int i = 1; i < XCODE_HEADER; i++)
        xemit(&p, 0);
    TRY(xparse_expression(&p, &root));
    xparse_space(&p);
    if (*p.at)
        return xparse_unexpected(&p);
    finish(&p, root, code_out);
    return NULL;
}

static uint32_t code_flags(const struct xpath_code *code)
{
    return ((const uint32_t *)code->bytes)[1];
}

bool xpath_code_is_volatile(const struct xpath_code *code)
{
    return (code_flags(code) & XCODE_VOLATILE) != 0;
}

bool xpath_code_is_web_only(const struct xpath_code *code)
{
    return (code_flags(code) & XCODE_WEB_ONLY) != 0;
}
