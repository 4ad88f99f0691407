/* The verdict: every relevant node against its rules, one finding a node. */
#include "engine/sheet.h"

#include "base/arena.h"
#include "base/text.h"

#include <string.h>

static const char *const kind_names[] = {
    [FINDING_REQUIRED] = "required",   [FINDING_CONSTRAINT] = "constraint",
    [FINDING_TYPE] = "type",           [FINDING_CHOICE] = "choice",
    [FINDING_STRUCTURE] = "structure", [FINDING_CALCULATE] = "calculate",
};
static const struct {
    const char *code, *english, *chinese;
} sentences[] = {
    [FINDING_REQUIRED] = {"answer.required", "This question needs an answer.", "此题必须回答。"},
    [FINDING_CONSTRAINT] = {"answer.constraint", "This answer is not allowed here. Check it.",
                            "填写的内容不符合要求，请检查。"},
    [FINDING_TYPE] = {"answer.type", "This answer has the wrong form. Check it.",
                      "填写的格式不对，请检查。"},
    [FINDING_CHOICE] = {"answer.choice", "This choice is not offered. Choose again.",
                        "该选项不在可选范围内，请重新选择。"},
    [FINDING_STRUCTURE] = {"answer.structure", "The form does not know this part.",
                           "表单中没有这一部分。"},
    [FINDING_CALCULATE] = {"answer.calculate", "This value differs from what the form calculates.",
                           "该值与表单计算的结果不一致。"},
};

const char *finding_kind_name(enum finding_kind kind)
{
    return kind_names[kind];
}

struct finding finding_plain(const struct sheet *s, enum finding_kind kind, const char *path)
{
    return (struct finding){path, kind, sentences[kind].code,
                            sheet_is_chinese(s) ? sentences[kind].chinese
                                                : sentences[kind].english};
}

static struct finding finding_said(struct arena *a, struct sheet *s, enum finding_kind kind,
                                   uint32_t node, uint32_t caption)
{
    struct finding f = finding_plain(s, kind, sheet_path(a, s, node));
    const char *said = sheet_caption(a, s, caption, node);
    if (*said)
        f.message = said;
    return f;
}

struct err *sheet_is_required(struct sheet *s, uint32_t node, bool *is_out)
{
    const struct image_node *n = sheet_def(s, node);
    *is_out = n->flags & IMAGE_NODE_REQUIRED;
    if (n->required == IMAGE_NONE)
        return NULL;
    return sheet_holds(s, n->required, node, false, is_out);
}

static struct err *judge_empty(struct arena *a, struct sheet *s, uint32_t node, struct finding *f,
                               bool *has)
{
    TRY(sheet_is_required(s, node, has));
    if (*has)
        *f = finding_said(a, s, FINDING_REQUIRED, node, sheet_def(s, node)->required_message);
    return NULL;
}

static struct err *judge_value(struct arena *a, struct sheet *s, uint32_t node, const char *text,
                               struct finding *f, bool *has)
{
    const struct image_node *n = sheet_def(s, node);
    bool holds = true;
    *has = true;
    if (!answer_fits(n->type, text)) {
        *f = finding_plain(s, FINDING_TYPE, sheet_path(a, s, node));
        return NULL;
    }
    TRY(sheet_choice_holds(s, node, text, &holds));
    if (!holds) {
        *f = finding_plain(s, FINDING_CHOICE, sheet_path(a, s, node));
        return NULL;
    }
    if (n->constraint != IMAGE_NONE)
        TRY(sheet_holds(s, n->constraint, node, false, &holds));
    if (!holds)
        *f = finding_said(a, s, FINDING_CONSTRAINT, node, n->constraint_message);
    *has = !holds;
    return NULL;
}

struct err *sheet_judge_node(struct arena *a, struct sheet *s, uint32_t node, struct finding *f,
                             bool *has)
{
    uint32_t flags = s->nodes[node].flags;
    *has = false;
    if (flags & SHEET_HIDDEN || !(sheet_def(s, node)->flags & IMAGE_NODE_LEAF))
        return NULL;
    if (flags & (SHEET_MISMATCH | SHEET_FAILED | SHEET_TOO_LARGE)) {
        *has = true;
        bool is_type = !(flags & SHEET_MISMATCH);
        *f = finding_plain(s, is_type ? FINDING_TYPE : FINDING_CALCULATE, sheet_path(a, s, node));
        if (flags & SHEET_FAILED)
            f->code = "answer.expression_failed";
        else if (flags & SHEET_TOO_LARGE)
            f->code = "answer.number_too_large";
        return NULL;
    }
    const char *text = s->values[node];
    return *text ? judge_value(a, s, node, text, f, has) : judge_empty(a, s, node, f, has);
}

/* The whole sheet ----------------------------------------------------------------------------- */

struct judging {
    struct arena *arena;
    struct sheet *sheet;
    struct finding *findings;
    struct answer *answers;
    size_t finding_count, finding_capacity, answer_count;
};

static void add_finding(struct judging *j, struct finding f)
{
    if (j->finding_count == j->finding_capacity) {
        size_t capacity = j->finding_capacity ? j->finding_capacity * 2 : 8;
        struct finding *more = arena_array(j->arena, capacity, sizeof *more);
        if (j->finding_count)
            memcpy(more, j->findings, j->finding_count * sizeof *more);
        j->findings = more;
        j->finding_capacity = capacity;
    }
    j->findings[j->finding_count++] = f;
}

/* Attributes without a bind are the form's own (id, version): no answers. */
static bool is_answer(const struct sheet *s, uint32_t node)
{
    const struct image_node *n = sheet_def(s, node);
    uint32_t needed = n->flags & IMAGE_NODE_ATTRIBUTE ? IMAGE_NODE_BOUND : IMAGE_NODE_LEAF;
    return n->flags & needed && *s->values[node];
}

static struct err *judge_one(struct judging *j, uint32_t node)
{
    struct finding f;
    bool has;
    TRY(sheet_judge_node(j->arena, j->sheet, node, &f, &has));
    if (has)
        add_finding(j, f);
    if (is_answer(j->sheet, node))
        j->answers[j->answer_count++] =
            (struct answer){sheet_path(j->arena, j->sheet, node), j->sheet->values[node]};
    return NULL;
}

static struct err *judge_below(struct judging *j, uint32_t node)
{
    const struct sheet *s = j->sheet;
    if (sheet_is_hidden(s, node))
        return NULL;
    TRY(judge_one(j, node));
    for (uint32_t c = s->nodes[node].first_attribute; c != IMAGE_NONE; c = s->nodes[c].next)
        if (!sheet_is_hidden(s, c))
            TRY(judge_one(j, c));
    for (uint32_t c = s->nodes[node].first_child; c != IMAGE_NONE; c = s->nodes[c].next)
        TRY(judge_below(j, c));
    for (const struct foreign *f = s->foreign; f; f = f->next)
        if (f->parent == node)
            add_finding(j, finding_plain(s, FINDING_STRUCTURE, f->path));
    return NULL;
}

struct err *sheet_judge(struct arena *a, struct sheet *s, struct verdict *verdict_out)
{
    struct judging j = {.arena = a, .sheet = s};
    j.answers = arena_array(a, s->count, sizeof *j.answers);
    TRY(judge_below(&j, 0));
    *verdict_out = (struct verdict){j.findings, j.finding_count, j.answers, j.answer_count};
    return NULL;
}
