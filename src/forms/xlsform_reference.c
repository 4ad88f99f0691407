/* References: ${question} becomes a path; labels become text with <output/>. Outside repeats paths
 * are absolute; between nodes of one repeat they go up to the nearest common node; in a predicate
 * after instance() they start at current(). forms.md 4. */
#include "engine/xpath.h"
#include "forms/alias.h"
#include "forms/xlsform_internal.h"

enum { FRAME_LIMIT = 64 };

/* Names --------------------------------------------------------------------------------------- */

static struct name_slot *slot_of(struct compiler *c, const char *name)
{
    size_t mask = c->name_capacity - 1;
    size_t at = (size_t)name_hash(name) & mask;
    while (c->names[at].name && !text_equal(c->names[at].name, name))
        at = (at + 1) & mask;
    return &c->names[at];
}

static size_t count_items(const struct item *item)
{
    size_t count = 1;
    for (const struct item *i = item->first; i; i = i->next)
        count += count_items(i);
    return count;
}

static void index_items(struct compiler *c, struct item *item)
{
    struct name_slot *slot = slot_of(c, item->name);
    slot->is_ambiguous = slot->item != NULL;
    slot->name = item->name;
    slot->item = item;
    if (item->kind == ITEM_REPEAT) {
        slot->last_repeat = item;
        slot->repeat_count++;
    }
    for (struct item *i = item->first; i; i = i->next)
        index_items(c, i);
}

/* ${instanceID} works although no row names it. */
static void index_meta(struct compiler *c, const char *name)
{
    struct name_slot *slot = slot_of(c, name);
    if (slot->item)
        return;
    struct item *item = arena_alloc(c->arena, sizeof *item);
    *item = (struct item){.kind = ITEM_QUESTION, .name = name, .parent = c->meta, .depth = 2};
    item->type = question_type_find("hidden");
    item->path = text_print(c->arena, "%s/%s", c->meta->path, name);
    item->list = item->calculation = item->relevant = item->appearance = "";
    *slot = (struct name_slot){.name = name, .item = item};
}

void names_index(struct compiler *c)
{
    size_t count = count_items(c->root);
    c->name_capacity = 64;
    while (c->name_capacity < count * 2)
        c->name_capacity *= 2;
    c->names = arena_array(c->arena, c->name_capacity, sizeof *c->names);
    for (struct item *i = c->root->first; i; i = i->next)
        index_items(c, i);
    if (!text_equal(yes_no(setting(c, "omit_instanceid")), "true()"))
        index_meta(c, "instanceID");
    index_meta(c, "instanceName");
    struct name_slot *root = slot_of(c, c->root->name);
    if (!root->name)
        *root = (struct name_slot){.name = c->root->name, .item = c->root};
}

struct item *find_quietly(struct compiler *c, const char *name, bool *is_ambiguous_out)
{
    const struct name_slot *slot = slot_of(c, name);
    if (is_ambiguous_out)
        *is_ambiguous_out = slot->is_ambiguous;
    return slot->item;
}

size_t repeats_of_name(struct compiler *c, const struct item *last)
{
    const struct name_slot *slot = slot_of(c, last->name);
    return slot->last_repeat == last ? slot->repeat_count : 0;
}

static const char *nearest_name(struct compiler *c, const char *name)
{
    const char *nearest = "";
    size_t best = 3;
    for (size_t i = 0; c->notes.error_count < SUGGESTION_LIMIT && i < c->name_capacity; i++) {
        if (!c->names[i].name)
            continue;
        size_t distance = text_distance(c->names[i].name, name, 2);
        if (distance < best && distance * 2 <= strlen(name)) {
            best = distance;
            nearest = c->names[i].name;
        }
    }
    return nearest;
}

struct item *find_item(struct compiler *c, const char *name, struct place place)
{
    const struct name_slot *slot = slot_of(c, name);
    if (slot->item && !slot->is_ambiguous)
        return slot->item;
    const char *where = fault_at(c, place);
    if (slot->item)
        note_add(&c->notes, NOTE_ERROR, "reference.ambiguous", where, "",
                 "More than one question is named '%s'. Give each its own name.",
                 "有多个题目名为“%s”，请分别命名。", name);
    else
        note_add(&c->notes, NOTE_ERROR, "reference.unknown", where, nearest_name(c, name),
                 "There is no question '%s'. Check the name in ${%s}.",
                 "没有名为“%s”的题目，请检查 ${%s}。", name, name);
    return NULL;
}

/* Paths --------------------------------------------------------------------------------------- */

bool item_is_above(const struct item *upper, const struct item *item)
{
    for (; item; item = item->parent)
        if (item == upper)
            return true;
    return false;
}

struct item *nearest_repeat(const struct item *item)
{
    struct item *up = item->parent;
    while (up && up->kind != ITEM_REPEAT)
        up = up->parent;
    return up;
}

static struct item *common_repeat(const struct item *from, const struct item *to)
{
    struct item *repeat = nearest_repeat(to);
    while (repeat && !item_is_above(repeat, from))
        repeat = nearest_repeat(repeat);
    return repeat;
}

/* "../../g/q", or NULL if there is no repeat that holds both. */
const char *relative_path(struct compiler *c, const struct item *from, const struct item *to)
{
    if (!from || from == to->parent || !common_repeat(from, to))
        return NULL;
    const struct item *common = to->parent;
    while (!item_is_above(common, from))
        common = common->parent;
    if (common == from)
        common = common->parent;
    struct buf b;
    buf_init(&b, c->arena);
    for (size_t i = from->depth; i > common->depth; i--)
        buf_add(&b, b.size ? "/.." : "..");
    buf_add(&b, to->path + strlen(common->path));
    return buf_text(&b);
}

/* Expressions --------------------------------------------------------------------------------- */

struct frame {
    bool in_predicate; /* of a secondary instance's path */
    bool is_indexed;   /* arguments of indexed-repeat() */
    int argument;
};

struct rewrite {
    struct compiler *c;
    struct buf *out;
    const struct item *context;
    struct place place;
    unsigned flags;
    struct frame frames[FRAME_LIMIT];
    size_t depth;
    bool has_instance; /* instance() was read: from then on predicates start at current() */
};

static bool is_name_char(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '_' || ch == '-' || ch == '.' || ch == ':' || (unsigned char)ch >= 0x80;
}

/* Length of "${name}" or "${last-saved#name}" at p; 0 if none. *name_out without the prefix. */
static size_t reference_at(struct compiler *c, const char *p, const char **name_out,
                           bool *last_saved_out)
{
    if (p[0] != '$' || p[1] != '{')
        return 0;
    const char *end = strchr(p, '}');
    const char *name = p + 2;
    bool is_last = strncmp(name, "last-saved#", 11) == 0;
    if (is_last)
        name += 11;
    size_t size = end ? (size_t)(end - name) : 0;
    if (!end || size == 0)
        return 0;
    for (const char *q = name; q < end; q++)
        if (!is_name_char(*q))
            return 0;
    *name_out = arena_copy(c->arena, name, size);
    *last_saved_out = is_last;
    return (size_t)(end - p) + 1;
}

bool has_reference(const char *text)
{
    const char *open = strstr(text, "${");
    return open && strchr(open, '}');
}

static bool stays_absolute(const struct rewrite *r)
{
    const struct frame *f = &r->frames[r->depth];
    return f->is_indexed && (f->argument == 0 || f->argument % 2 == 1);
}

static void write_path(struct rewrite *r, const char *name, bool is_last_saved)
{
    struct compiler *c = r->c;
    struct item *target = find_item(c, name, r->place);
    if (!target)
        return;
    const char *space = r->flags & EXPRESSION_TRIMMED ? "" : " ";
    const struct item *scope = r->flags & EXPRESSION_FILTER ? c->filter_scope : NULL;
    if (scope && scope != target && item_is_above(scope, target)) {
        buf_print(r->out, " .%s ", target->path + strlen(scope->path));
        return;
    }
    const char *relative =
        is_last_saved || stays_absolute(r) ? NULL : relative_path(c, r->context, target);
    bool uses_current = (r->flags & EXPRESSION_FILTER) || r->frames[r->depth].in_predicate;
    c->uses_last_saved |= is_last_saved;
    if (relative)
        buf_print(r->out, "%s%s%s%s", space, uses_current ? "current()/" : "", relative, space);
    else
        buf_print(r->out, "%s%s%s%s", space, is_last_saved ? "instance('__last-saved')" : "",
                  target->path, space);
}

static void open_frame(struct rewrite *r, char bracket, bool is_indexed)
{
    const struct frame *outer = &r->frames[r->depth];
    struct frame f = {.in_predicate = outer->in_predicate || (bracket == '[' && r->has_instance),
                      .is_indexed = is_indexed};
    if (r->depth + 1 < FRAME_LIMIT)
        r->frames[++r->depth] = f;
}

static void step(struct rewrite *r, char ch, bool was_indexed)
{
    struct frame *f = &r->frames[r->depth];
    if (ch == '(' || ch == '[')
        open_frame(r, ch, was_indexed);
    else if ((ch == ')' || ch == ']') && r->depth > 0)
        r->depth--;
    else if (ch == ',')
        f->argument++;
}

/* A quoted text: only references inside it are rewritten. */
static const char *copy_quoted(struct rewrite *r, const char *p)
{
    char quote = *p;
    buf_char(r->out, *p++);
    while (*p && *p != quote) {
        const char *name;
        bool is_last;
        size_t size = reference_at(r->c, p, &name, &is_last);
        if (size)
            write_path(r, name, is_last);
        else
            buf_char(r->out, *p);
        p += size ? size : 1;
    }
    if (*p)
        buf_char(r->out, *p++);
    return p;
}

static void broken_reference(struct rewrite *r)
{
    const char *where = fault_at(r->c, r->place);
    note_add(&r->c->notes, NOTE_ERROR, "reference.broken", where, "",
             "A reference is written ${name}: '${', the question's name, '}'.",
             "引用应写成 ${题目名}：以“${”开头，以“}”结尾。");
}

static const char *copy_word(struct rewrite *r, const char *p)
{
    const char *start = p;
    while (is_name_char(*p))
        p++;
    size_t size = (size_t)(p - start);
    buf_bytes(r->out, start, size);
    const char *next = p + strspn(p, " ");
    if (*next != '(')
        return p;
    r->has_instance = r->has_instance || (size == 8 && memcmp(start, "instance", 8) == 0);
    bool is_indexed = size == 14 && memcmp(start, "indexed-repeat", 14) == 0;
    buf_bytes(r->out, p, (size_t)(next - p) + 1);
    step(r, '(', is_indexed);
    return next + 1;
}

static void rewrite_text(struct rewrite *r, const char *p)
{
    while (*p) {
        const char *name;
        bool is_last;
        size_t size = reference_at(r->c, p, &name, &is_last);
        if (size) {
            write_path(r, name, is_last);
            p += size;
        } else if (*p == '$' && p[1] == '{') {
            broken_reference(r);
            return;
        } else if (*p == '\'' || *p == '"') {
            p = copy_quoted(r, p);
        } else if (is_name_char(*p)) {
            p = copy_word(r, p);
        } else {
            step(r, *p, false);
            buf_char(r->out, *p++);
        }
    }
}

/* The engine's parser has the last word; its fault is shown at the cell. */
static void check_syntax(struct compiler *c, const char *text, struct place place)
{
    struct arena *scratch = arena_new();
    struct xpath_code code;
    struct err *e = xpath_compile(scratch, text, &(struct xpath_scope){0}, &code);
    if (e) {
        const char *where = fault_at(c, place);
        note_add(&c->notes, NOTE_ERROR, "expression.invalid", where, "", "%s (%s)", "%s（%s）",
                 e->message, e->where);
        c->notes.last->message_zh = text_print(c->arena, "%s（%s）", e->message_zh, e->where);
    }
    arena_free(scratch);
}

const char *expression(struct compiler *c, const char *text, const struct item *context,
                       struct place place, unsigned flags)
{
    if (!*text)
        return "";
    struct buf out;
    buf_init(&out, c->arena);
    struct rewrite r = {.c = c, .out = &out, .context = context, .place = place, .flags = flags};
    size_t errors = c->notes.error_count;
    rewrite_text(&r, text);
    const char *result = buf_text(&out);
    if (c->notes.error_count == errors && !(flags & EXPRESSION_UNCHECKED))
        check_syntax(c, result, place);
    return result;
}

const char *yes_no(const char *text)
{
    static const char *const yes[] = {"yes", "Yes", "YES", "true", "True", "TRUE", "true()", "是"};
    static const char *const no[] = {"no", "No", "NO", "false", "False", "FALSE", "false()", "否"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (text_equal(text, yes[i]))
            return "true()";
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (text_equal(text, no[i]))
            return "false()";
    return text;
}

const char *single_reference(struct compiler *c, const char *text)
{
    const char *name;
    bool is_last;
    size_t size = reference_at(c, text, &name, &is_last);
    return size && !text[size] && !is_last ? name : NULL;
}

/* Labels -------------------------------------------------------------------------------------- */

/* Length of an instance('x')/... expression at p with its predicates and steps; 0 if none. */
static size_t instance_expression(const char *p)
{
    if (strncmp(p, "instance(", 9) != 0)
        return 0;
    size_t depth = 0, i = 0;
    bool has_step = false;
    for (char quote = '\0'; p[i]; i++) {
        char ch = p[i];
        if (quote) {
            quote = ch == quote ? '\0' : quote;
        } else if (depth && (ch == '\'' || ch == '"')) {
            quote = ch;
        } else if (ch == '(' || ch == '[') {
            depth++;
        } else if ((ch == ')' || ch == ']') && depth) {
            depth--;
        } else if (!depth) {
            has_step |= ch == '/';
            if (ch != '/' && !is_name_char(ch))
                break;
        }
    }
    while (i > 0 && (p[i - 1] == '.' || p[i - 1] == ':')) /* the sentence's own full stop */
        i--;
    return depth == 0 && has_step ? i : 0;
}

bool has_output(const char *text)
{
    if (has_reference(text))
        return true;
    for (const char *p = strstr(text, "instance("); p; p = strstr(p + 1, "instance("))
        if (instance_expression(p))
            return true;
    return false;
}

static void write_output(struct compiler *c, struct buf *out, const char *text, size_t size,
                         const struct item *context, struct place place)
{
    const char *copy = arena_copy(c->arena, text, size);
    buf_add(out, "<output value=\"");
    text_escape_xml(out, expression(c, copy, context, place, 0));
    buf_add(out, "\"/>");
}

void write_label(struct compiler *c, struct buf *out, const char *text, const struct item *context,
                 struct place place)
{
    bool has_gaps =
        c->options->is_form_only && has_output(text); /* pyxform's blanks at both ends */
    const char *plain = text;
    if (has_gaps && *text != '$' && !instance_expression(text))
        buf_char(out, ' ');
    for (const char *p = text;; p++) {
        const char *name;
        bool is_last;
        size_t size = *p == '$'   ? reference_at(c, p, &name, &is_last)
                      : *p == 'i' ? instance_expression(p)
                                  : 0;
        if (!size && *p)
            continue;
        text_escape_xml(out, arena_copy(c->arena, plain, (size_t)(p - plain)));
        if (!*p) {
            if (has_gaps)
                buf_char(out, ' ');
            return;
        }
        write_output(c, out, p, size, context, place);
        p += size - 1;
        plain = p + 1;
    }
}

/* Defaults ------------------------------------------------------------------------------------ */

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

/* Types whose values hold hyphens: a '-' alone does not make the default an expression. */
static bool has_hyphens(const struct question_type *t)
{
    static const char *const names[] = {"date",     "dateTime", "time",
                                        "geopoint", "geotrace", "geoshape"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_equal(t->name, names[i]))
            return true;
    return false;
}

/* Behind the name at p; *is_dynamic_out if it is a function's, or an operator. */
static const char *skip_name(const char *start, const char *p, bool *is_dynamic_out)
{
    const char *name = p;
    while (is_name_char(*p))
        p++;
    size_t size = (size_t)(p - name);
    bool is_word = size == 3 && (memcmp(name, "div", 3) == 0 || memcmp(name, "mod", 3) == 0) &&
                   name > start && name[-1] == ' ' && *p == ' ';
    *is_dynamic_out |= *p == '(' || is_word;
    return p;
}

bool is_dynamic_default(const char *text, const struct question_type *type)
{
    bool is_dynamic = false;
    if (text_starts(text, "jr://"))
        return strstr(text, "${") != NULL;
    for (const char *p = text; *p && !is_dynamic;) {
        if (p[0] == '$' && p[1] == '{')
            return strchr(p, '}') != NULL;
        if (has_hyphens(type) && text[strspn(text, "0123456789:TZ.+-")] == '\0')
            return false;
        if (is_digit(*p) || (*p == '-' && (is_digit(p[1]) || p[1] == '.'))) {
            for (p++; is_digit(*p) || *p == '.' || (*p == '-' && is_digit(p[1]) && p[-1] != ' ') ||
                      (*p == ':' && is_digit(p[1]));)
                p++;
        } else if (*p == '\'' || *p == '"') {
            const char *end = strchr(p + 1, *p);
            p = end ? end + 1 : p + 1;
        } else if (*p == '-') {
            is_dynamic = !has_hyphens(type);
            p++;
        } else if (is_name_char(*p)) {
            p = skip_name(text, p, &is_dynamic);
        } else {
            is_dynamic = strchr("*+|[", *p) != NULL;
            p++;
        }
    }
    return is_dynamic;
}
