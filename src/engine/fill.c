/* Filling in: opening a sheet, answering, repeats, asking. The face of form.h. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/text.h"

#include <string.h>

/* Opening ------------------------------------------------------------------------------------- */

static void load_answers(struct sheet *s, const struct answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t node = sheet_reach(s, answers[i].path);
        if (node == IMAGE_NONE)
            continue;
        s->nodes[node].flags |= SHEET_LOADED;
        if (sheet_def(s, node)->flags & (IMAGE_NODE_LEAF | IMAGE_NODE_ATTRIBUTE))
            sheet_set(s, node, answers[i].text);
    }
}

static void load_initial(struct sheet *s)
{
    uint32_t count;
    const struct image_initial *initial = form_section(s->form, IMAGE_INITIAL, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = sheet_reach(s, form_text(s->form, initial[i].path));
        if (node != IMAGE_NONE && sheet_def(s, node)->flags & IMAGE_NODE_LEAF)
            s->values[node] = form_text(s->form, initial[i].value);
    }
}

static struct err *start_new(struct sheet *s)
{
    load_initial(s);
    sheet_preload(s, 0);
    TRY(sheet_calculate_all(s));
    s->is_tracking = true;
    TRY(sheet_fire(s, IMAGE_EVENT_FIRST_LOAD | IMAGE_EVENT_LOAD, 0));
    return sheet_calculate_dirty(s);
}

static struct err *start_again(struct sheet *s, const struct answer *answers, size_t count)
{
    load_answers(s, answers, count);
    TRY(sheet_calculate_all(s));
    s->is_tracking = true;
    TRY(sheet_fire(s, IMAGE_EVENT_LOAD, 0));
    return sheet_calculate_dirty(s);
}

static void forget_changes(struct sheet *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        s->nodes[i].flags &= ~(uint32_t)(SHEET_CHANGED | SHEET_FIRED);
}

struct err *form_open(struct arena *sheet_arena, const struct form *form, const struct host *host,
                      const struct answer *answers, size_t count, struct sheet **sheet_out)
{
    struct sheet *s = arena_alloc(sheet_arena, sizeof *s);
    sheet_make(sheet_arena, form, host, count ? SHEET_RESUME : SHEET_NEW, s);
    struct arena *scratch = arena_new();
    sheet_begin(s, scratch);
    struct err *e = count ? start_again(s, answers, count) : start_new(s);
    e = err_copy(sheet_arena, e);
    arena_free(scratch);
    forget_changes(s);
    if (!e)
        *sheet_out = s;
    return e;
}

void sheet_open_empty(struct arena *a, const struct form *form, const struct host *host,
                      struct sheet *s)
{
    sheet_make(a, form, host, SHEET_JUDGE, s);
}

struct err *sheet_settle(struct sheet *s, struct arena *scratch)
{
    sheet_begin(s, scratch);
    return sheet_calculate_all(s);
}

/* Changing ------------------------------------------------------------------------------------ */

static struct err *no_node(struct arena *a, const char *path)
{
    return err_new(a, ERR_MISSING, "node.missing", path, "The form has no question %s.",
                   "表单中没有 %s 这个问题。", path);
}

static void start_change(struct sheet *s, struct arena *a)
{
    sheet_begin(s, a);
    forget_changes(s);
    s->is_tracking = true;
}

static bool is_reported(const struct sheet *s, uint32_t node)
{
    return s->nodes[node].flags & SHEET_CHANGED;
}

static void gather(struct sheet *s, uint32_t node, struct arena *a, const char **paths,
                   size_t *count)
{
    if (is_reported(s, node))
        paths[(*count)++] = sheet_path(a, s, node);
    for (uint32_t c = s->nodes[node].first_attribute; c != IMAGE_NONE; c = s->nodes[c].next)
        if (is_reported(s, c))
            paths[(*count)++] = sheet_path(a, s, c);
    for (uint32_t c = s->nodes[node].first_child; c != IMAGE_NONE; c = s->nodes[c].next)
        gather(s, c, a, paths, count);
}

/* Calculate what became dirty and say what changed, in document order. */
static struct err *end_change(struct sheet *s, struct arena *a, struct changes *changes_out)
{
    TRY(sheet_calculate_dirty(s));
    const char **paths = arena_array(a, s->count, sizeof *paths);
    size_t count = 0;
    gather(s, 0, a, paths, &count);
    *changes_out = (struct changes){paths, count};
    return NULL;
}

static struct err *is_closed(struct sheet *s, uint32_t node, bool *is_out)
{
    const struct image_node *n = sheet_def(s, node);
    *is_out = n->calculate != IMAGE_NONE || n->flags & IMAGE_NODE_READONLY ||
              !(n->flags & (IMAGE_NODE_LEAF | IMAGE_NODE_ATTRIBUTE));
    if (*is_out || n->readonly == IMAGE_NONE)
        return NULL;
    return sheet_holds(s, n->readonly, node, false, is_out);
}

struct err *form_answer(struct arena *a, struct sheet *s, const char *path, const char *text,
                        struct changes *changes_out)
{
    uint32_t node = sheet_find(s, path);
    if (node == IMAGE_NONE)
        return no_node(a, path);
    start_change(s, a);
    bool closed;
    TRY(is_closed(s, node, &closed));
    if (closed)
        return err_new(a, ERR_INVALID, "node.readonly", path, "%s cannot be answered.",
                       "%s 不能填写。", path);
    if (!text_equal(s->values[node], text)) {
        sheet_set(s, node, text);
        sheet_touch(s, node);
        TRY(sheet_calculate_dirty(s));
        TRY(sheet_fire(s, IMAGE_EVENT_VALUE_CHANGED, node));
    }
    return end_change(s, a, changes_out);
}

/* "/data/g/member" -> its repeat and the node it stands in. */
static bool find_repeat(struct sheet *s, const char *path, uint32_t *repeat_out,
                        uint32_t *parent_out, struct arena *a)
{
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return false;
    uint32_t parent = sheet_find(s, arena_copy(a, path, (size_t)(slash - path)));
    if (parent == IMAGE_NONE)
        return false;
    uint32_t repeat =
        form_child(s->form, s->nodes[parent].def, slash + 1, strlen(slash + 1), IMAGE_NONE);
    if (repeat == IMAGE_NONE || !(s->form->nodes[repeat].flags & IMAGE_NODE_REPEAT))
        return false;
    *repeat_out = repeat;
    *parent_out = parent;
    return true;
}

static struct err *fixed_repeat(struct arena *a, const char *path)
{
    return err_new(a, ERR_INVALID, "repeat.fixed", path, "The number of %s is given by the form.",
                   "%s 的数量由表单决定。", path);
}

struct err *form_repeat_add(struct arena *a, struct sheet *s, const char *repeat_path,
                            struct changes *changes_out)
{
    uint32_t repeat, parent, instance;
    if (!find_repeat(s, repeat_path, &repeat, &parent, a))
        return no_node(a, repeat_path);
    if (s->form->nodes[repeat].flags & IMAGE_NODE_FIXED)
        return fixed_repeat(a, repeat_path);
    if (sheet_instance_count(s, parent, repeat) >= LIMIT_REPEATS)
        return err_new(a, ERR_TOO_BIG, "repeat.too_many", repeat_path,
                       "There are %d of them already, no more fit.", "已有 %d 个，不能再添加。",
                       LIMIT_REPEATS);
    start_change(s, a);
    TRY(sheet_grow(s, repeat, parent, &instance));
    return end_change(s, a, changes_out);
}

struct err *form_repeat_remove(struct arena *a, struct sheet *s, const char *instance_path,
                               struct changes *changes_out)
{
    uint32_t node = sheet_find(s, instance_path);
    if (node == IMAGE_NONE || !(sheet_def(s, node)->flags & IMAGE_NODE_REPEAT))
        return no_node(a, instance_path);
    if (sheet_def(s, node)->flags & IMAGE_NODE_FIXED)
        return fixed_repeat(a, instance_path);
    start_change(s, a);
    sheet_shrink(s, node);
    s->is_order_old = true;
    return end_change(s, a, changes_out);
}

/* Asking -------------------------------------------------------------------------------------- */

struct err *form_verdict(struct arena *a, struct sheet *s, const char *language,
                         struct verdict *verdict_out)
{
    sheet_begin(s, a);
    sheet_language(s, language);
    return sheet_judge(a, s, verdict_out);
}

struct err *form_rule(struct arena *a, struct sheet *s, const char *rule_name, bool *holds_out)
{
    uint32_t count;
    const struct image_rule *rules = form_section(s->form, IMAGE_RULES, &count);
    for (uint32_t i = 0; i < count; i++)
        if (text_equal(form_text(s->form, rules[i].name), rule_name)) {
            sheet_begin(s, a);
            return sheet_holds(s, rules[i].expression, 0, false, holds_out);
        }
    return err_new(a, ERR_MISSING, "rule.missing", rule_name, "The form has no rule %s.",
                   "表单中没有规则 %s。", rule_name);
}

struct err *sheet_finding(struct arena *a, struct sheet *s, const char *path, const char *language,
                          struct finding *finding_out, bool *has_finding_out)
{
    uint32_t node = sheet_find(s, path);
    if (node == IMAGE_NONE)
        return no_node(a, path);
    sheet_begin(s, a);
    sheet_language(s, language);
    return sheet_judge_node(a, s, node, finding_out, has_finding_out);
}

struct err *sheet_choices(struct arena *a, struct sheet *s, const char *path, const char *language,
                          const struct choice **out, size_t *count_out)
{
    uint32_t node = sheet_find(s, path);
    if (node == IMAGE_NONE)
        return no_node(a, path);
    sheet_begin(s, a);
    sheet_language(s, language);
    return sheet_choices_of(a, s, node, out, count_out);
}

const char *sheet_value(struct sheet *s, const char *path)
{
    uint32_t node = sheet_find(s, path);
    return node == IMAGE_NONE || sheet_is_hidden(s, node) ? "" : s->values[node];
}
