/* The sheets service, materials, steps, actions and letters of a workbook -> struct service. */
#include "forms/alias.h"
#include "forms/service_word.h"
#include "forms/xlsform_internal.h"

enum { LIMIT_DAYS = 3660 };

/* A sheet being read: one row at a time. */
struct reader {
    struct compiler *c;
    struct table table;
    const struct book_row *row;
};

static bool open_sheet(struct compiler *c, const char *name, struct reader *r)
{
    *r = (struct reader){.c = c};
    bool is_there = table_open(c, name, &r->table);
    r->table.row_count = row_limit(c, &r->table);
    return is_there;
}

static bool is_english(const char *language)
{
    return strstr(language, "(en") || text_equal_fold(language, "en") ||
           text_equal_fold(language, "english");
}

static const struct column *column_of(const struct reader *r, const char *name, bool english)
{
    for (size_t i = 0; i < r->table.column_count; i++)
        if (text_equal(r->table.columns[i].name, name) &&
            is_english(r->table.columns[i].language) == english)
            return &r->table.columns[i];
    return NULL;
}

static const char *cell(const struct reader *r, const char *name)
{
    const struct column *column = column_of(r, name, false);
    return column ? table_cell(r->c, r->row, column->index) : "";
}

/* "label::English(en)", or a column of its own: "label_en". */
static const char *cell_en(const struct reader *r, const char *name)
{
    const struct column *column = column_of(r, name, true);
    if (!column)
        column = column_of(r, text_join(r->c->arena, name, "_en"), false);
    return column ? table_cell(r->c, r->row, column->index) : "";
}

static struct place place(const struct reader *r, const char *name)
{
    const struct column *column = column_of(r, name, false);
    return place_of(&r->table, r->row, column ? column->index : NO_COLUMN);
}

/* english and chinese take the text once. */
static void fault(const struct reader *r, const char *column, const char *code,
                  const char *suggestion, const char *english, const char *chinese,
                  const char *text)
{
    struct notes *notes = &r->c->notes;
    const char *where = fault_at(r->c, place(r, column));
    note_add(notes, NOTE_ERROR, code, where, suggestion, "%s: '%s'", "%s", english, text);
    notes->last->message_zh = text_print(r->c->arena, "%s：“%s”", chinese, text);
}

/* Values -------------------------------------------------------------------------------------- */

static const char *word(const struct reader *r, const char *column, const char *set,
                        const char *otherwise)
{
    const char *text = cell(r, column);
    if (!*text)
        return otherwise;
    const char *found = service_word(r->c->arena, set, text);
    if (found)
        return found;
    fault(r, column, "service.word", "",
          text_print(r->c->arena, "Write one of: %s. This is not known",
                     service_words(r->c->arena, set)),
          text_print(r->c->arena, "可写：%s。不认识", service_words(r->c->arena, set)), text);
    return otherwise;
}

/* Words separated by blanks or commas, each of the set; joined by blanks. */
static const char *words(const struct reader *r, const char *column, const char *set)
{
    struct buf b;
    buf_init(&b, r->c->arena);
    const char *text = cell(r, column);
    while (*text) {
        size_t size = service_word_size(text);
        const char *one = text_trim(r->c->arena, arena_copy(r->c->arena, text, size));
        const char *found = *one ? service_word(r->c->arena, set, one) : NULL;
        if (found)
            buf_print(&b, "%s%s", b.size ? " " : "", found);
        else if (*one)
            fault(r, column, "service.word", "",
                  text_print(r->c->arena, "Write words of: %s. This is not known",
                             service_words(r->c->arena, set)),
                  text_print(r->c->arena, "可写：%s。不认识", service_words(r->c->arena, set)),
                  one);
        text += size;
        text += service_gap_size(text);
    }
    return buf_text(&b);
}

static bool yes(const struct reader *r, const char *column)
{
    const char *text = cell(r, column);
    const char *value = yes_no(text);
    if (*text && !text_equal(value, "true()") && !text_equal(value, "false()"))
        fault(r, column, "service.yes_no", "", "Write yes or no", "请写“是”或“否”", text);
    return text_equal(value, "true()");
}

static int32_t whole(const struct reader *r, const char *column, int32_t otherwise)
{
    const char *text = cell(r, column);
    int64_t number = otherwise;
    if (*text && (!text_to_int(text, &number) || number < 0 || number > LIMIT_DAYS)) {
        fault(r, column, "service.number", "", "Write a whole number", "请写整数", text);
        return otherwise;
    }
    return (int32_t)number;
}

/* "20", "20个工作日"; a unit in the same cell counts if the unit's own cell is empty. */
static int32_t limit(const struct reader *r, const char *column, const char *unit_column,
                     const char **unit_out)
{
    const char *text = cell(r, column);
    size_t digits = strspn(text, "0123456789");
    const char *rest = text_trim(r->c->arena, text + digits);
    *unit_out = word(r, unit_column, "unit", "");
    if (*rest && !**unit_out) {
        const char *found = service_word(r->c->arena, "unit", rest);
        *unit_out = found ? found : "";
    }
    int64_t number = 0;
    bool has_unit_text = *rest && service_word(r->c->arena, "unit", rest);
    if (*text && (digits == 0 || digits > 5 || (*rest && !has_unit_text)))
        fault(r, column, "service.limit", "", "Write the limit as a number of days or hours",
              "时限请写天数或小时数", text);
    else if (*text)
        text_to_int(arena_copy(r->c->arena, text, digits), &number);
    if (!**unit_out)
        *unit_out = "wd";
    return (int32_t)number;
}

/* Rules --------------------------------------------------------------------------------------- */

struct rules {
    struct service_rule *items;
    size_t count, capacity;
};

static void add_rule(const struct reader *r, struct rules *rules, const char *name,
                     const char *column)
{
    const char *text = cell(r, column);
    if (!*text)
        return;
    struct place at = place(r, column);
    const char *expression_text = expression(r->c, yes_no(text), NULL, at, 0);
    if (rules->count == rules->capacity) {
        size_t capacity = rules->capacity ? rules->capacity * 2 : 16;
        struct service_rule *larger = arena_array(r->c->arena, capacity, sizeof *larger);
        if (rules->count)
            memcpy(larger, rules->items, rules->count * sizeof *larger);
        rules->items = larger;
        rules->capacity = capacity;
    }
    rules->items[rules->count++] =
        (struct service_rule){name, expression_text,
                              book_place(r->c->arena, r->table.sheet->name,
                                         at.column == NO_COLUMN ? 0 : at.column, at.row)};
}

/* Sheet service ------------------------------------------------------------------------------- */

static void read_fields(struct reader *r, struct service *s)
{
    struct service_field *fields = arena_array(r->c->arena, r->table.column_count, sizeof *fields);
    for (size_t i = 0; i < r->table.column_count; i++) {
        const struct column *column = &r->table.columns[i];
        if (is_english(column->language))
            continue;
        fields[s->field_count++] = (struct service_field){
            column->name, table_cell(r->c, r->row, column->index), cell_en(r, column->name)};
    }
    s->fields = fields;
}

/* Elements that 实施清单 always has: their absence is told once, as a warning. */
static void check_elements(struct reader *r)
{
    static const char *const needed[] = {"kind",      "legal_basis",   "level",     "owner_unit",
                                         "audience",  "limit_legal",   "condition", "result_name",
                                         "delivery",  "visits",        "place",     "hours",
                                         "phone_ask", "phone_complain"};
    struct buf missing;
    buf_init(&missing, r->c->arena);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!*cell(r, needed[i]))
            buf_print(&missing, "%s%s", missing.size ? ", " : "", needed[i]);
    if (missing.size == 0)
        return;
    const char *where = fault_at(r->c, place_of(&r->table, r->row, NO_COLUMN));
    note_add(&r->c->notes, NOTE_WARNING, "service.elements", where, "",
             "The service guide lacks: %s.", "办事指南缺少要素：%s。", buf_text(&missing));
}

static void read_service_row(struct reader *r, struct service *s, struct rules *rules)
{
    struct compiler *c = r->c;
    const char *code = cell(r, "code");
    s->code = *code ? code : c->form_id;
    s->version = *c->version ? c->version : cell(r, "version");
    s->title = *cell(r, "name") ? cell(r, "name") : c->title;
    s->title_en = cell_en(r, "name");
    s->picture = cell(r, "picture");
    s->keywords = cell(r, "keywords");
    s->registry = cell(r, "registry");
    s->owner_unit = cell(r, "owner_unit");
    s->case_kind = word(r, "case_kind", "case_kind", "promised");
    s->limit_legal = limit(r, "limit_legal", "limit_legal_unit", &s->limit_legal_unit);
    s->limit_promised = limit(r, "limit_promised", "limit_promised_unit", &s->limit_promised_unit);
    const char *identity = word(r, "identity", "identity", "0");
    s->identity_level = identity[0] - '0';
    s->visits = whole(r, "visits", 0);
    s->allows_proxy = !*cell(r, "proxy") || yes(r, "proxy");
    s->is_proactive = yes(r, "proactive");
    s->low_literacy = yes(r, "low_literacy");
    s->eligible_when = cell(r, "eligible_when");
    add_rule(r, rules, "eligible", "eligible_when");
    if (*s->eligible_when)
        s->eligible_when = rules->items[rules->count - 1].expression;
    if (s->limit_promised > 0 && s->limit_legal > 0 && s->limit_promised > s->limit_legal &&
        text_equal(s->limit_legal_unit, s->limit_promised_unit))
        fault(r, "limit_promised", "service.promise", "",
              "The promised limit is longer than the legal one", "承诺时限长于法定时限",
              cell(r, "limit_promised"));
    check_elements(r);
}

/* Materials ----------------------------------------------------------------------------------- */

static const char *question_path(struct compiler *c, const char *name)
{
    const struct item *item = find_quietly(c, name, NULL);
    return item && item->kind == ITEM_QUESTION ? item->path : "";
}

static void warn_near_question(const struct reader *r, const char *name)
{
    struct compiler *c = r->c;
    for (size_t i = 0; i < c->name_capacity; i++) {
        const struct item *item = c->names[i].item;
        if (!item || item->kind != ITEM_QUESTION ||
            text_distance(item->name, name, 2) > 2 - (strlen(name) < 5))
            continue;
        const char *where = fault_at(c, place(r, "name"));
        note_add(&c->notes, NOTE_WARNING, "material.near_question", where, item->name,
                 "No question is named '%s'; is '%s' meant? As it stands, the material is shown on "
                 "paper at the counter.",
                 "没有名为“%s”的题目，是否指“%s”？目前视为窗口出示的纸质材料。", name, item->name);
        return;
    }
}

static const char *first_of(const char *a, const char *b)
{
    return *a ? a : b;
}

static const char *question_label(struct compiler *c, const char *name)
{
    const struct item *item = find_quietly(c, name, NULL);
    return item ? item_label(c, item) : "";
}

static void read_material(struct reader *r, struct service_material *m, struct rules *rules)
{
    struct compiler *c = r->c;
    m->name = cell(r, "name");
    m->question = question_path(c, m->name);
    m->label = first_of(cell(r, "label"), first_of(question_label(c, m->name), m->name));
    m->label_en = cell_en(r, "label");
    m->kind = word(r, "kind", "material_kind", "copy");
    m->medium = word(r, "medium", "medium", "either");
    m->originals = whole(r, "originals", 0);
    m->copies = whole(r, "copies", 0);
    m->source = word(r, "source", "source", "");
    m->source_note = cell(r, "source_note");
    m->need = word(r, "need", "need", "required");
    m->criteria = cell(r, "criteria");
    m->guide = cell(r, "guide");
    m->sample = cell(r, "sample");
    m->certificate = cell(r, "certificate");
    m->is_exempt = yes(r, "exempt");
    m->when = cell(r, "when");
    if (!*m->name)
        fault(r, "name", "material.no_name", "", "This material has no name", "此材料没有名称",
              m->label);
    if (*m->question && *m->when)
        fault(r, "when", "material.two_conditions", "",
              "This material is a question of the survey, whose condition counts; remove 'when'",
              "此材料对应问卷题目，以题目的显示条件为准，请删去 when", m->name);
    if (!*m->question && !*m->when && *m->name)
        warn_near_question(r, m->name);
    if (*m->question || !*m->when)
        return;
    add_rule(r, rules, text_print(c->arena, "material/%s", m->name), "when");
    m->when = rules->items[rules->count - 1].expression;
}

static void read_materials(struct compiler *c, struct service *s, struct rules *rules)
{
    struct reader r;
    if (!open_sheet(c, "materials", &r))
        return;
    struct service_material *list = arena_array(c->arena, r.table.row_count, sizeof *list);
    for (size_t i = 0; i < r.table.row_count; i++) {
        r.row = &r.table.rows[i];
        struct service_material *m = &list[s->material_count++];
        read_material(&r, m, rules);
        for (struct service_material *o = list; o < m; o++)
            if (*m->name && text_equal(o->name, m->name))
                fault(&r, "name", "material.twice", "", "This material stands twice", "材料重复",
                      m->name);
    }
    s->materials = list;
}

/* Steps --------------------------------------------------------------------------------------- */

static const struct service_step *step_find(const struct service *s, const char *name)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (text_equal(s->steps[i].name, name))
            return &s->steps[i];
    return NULL;
}

static void read_step(struct reader *r, struct service_step *step)
{
    step->name = cell(r, "name");
    step->label = first_of(cell(r, "label"), step->name);
    step->label_en = cell_en(r, "label");
    const char *unit = cell(r, "unit"), *special = service_word(r->c->arena, "unit_kind", unit);
    step->unit = special ? special : unit;
    step->role = cell(r, "role");
    step->limit = limit(r, "limit", "limit_unit", &step->limit_unit);
    step->clock_runs = text_equal(word(r, "clock", "clock", "runs"), "runs");
    step->stop_cause = cell(r, "stop_cause");
    step->is_joint = yes(r, "joint");
    step->criteria = cell(r, "criteria");
    if (!*step->name || strchr(step->name, ' ') || strchr(step->name, '/'))
        fault(r, "name", "step.name", "", "A step needs a name without blanks",
              "环节须有名称，不含空格", step->name);
    if (text_equal(step->name, "end"))
        fault(r, "name", "step.name", "", "The name 'end' is reserved", "“end”为系统保留", "end");
    if (!*step->unit)
        fault(r, "unit", "step.no_unit", "", "Say which unit holds the case here", "请填写办理单位",
              step->name);
    if (!step->clock_runs && !*step->stop_cause)
        fault(r, "stop_cause", "step.no_cause", "",
              "The clock stops here: name the lawful cause (hearing, inspection, publicity ...)",
              "此环节停止计时，请写明法定原因（听证、检验、公示等）", step->name);
}

static void read_steps(struct compiler *c, struct service *s)
{
    struct reader r;
    if (!open_sheet(c, "steps", &r))
        return;
    struct service_step *list = arena_array(c->arena, r.table.row_count, sizeof *list);
    s->steps = list;
    for (size_t i = 0; i < r.table.row_count; i++) {
        r.row = &r.table.rows[i];
        read_step(&r, &list[i]);
        if (*list[i].name && step_find(s, list[i].name))
            fault(&r, "name", "step.twice", "", "This step stands twice", "环节重复", list[i].name);
        s->step_count++;
    }
}

/* Actions ------------------------------------------------------------------------------------- */

static const char *nearest_step(const struct service *s, const char *name)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (text_distance(s->steps[i].name, name, 2) <= 2)
            return s->steps[i].name;
    return "";
}

static void check_action(struct reader *r, const struct service *s, const struct service_action *x)
{
    if (!step_find(s, x->step))
        fault(r, "step", "action.unknown_step", nearest_step(s, x->step),
              "The sheet 'steps' has no such step", "“steps”（环节）表没有此环节", x->step);
    if (!text_equal(x->next, "end") && !step_find(s, x->next))
        fault(r, "next", "action.unknown_next", nearest_step(s, x->next),
              "'next' must be a step or 'end'", "下一环节须是已有环节或 end（结束）", x->next);
    if (!*x->name || strchr(x->name, ' ') || strchr(x->name, '/'))
        fault(r, "action", "action.name", "", "An action needs a name without blanks",
              "动作须有名称，不含空格", x->name);
    for (const struct service_action *o = s->actions; o < x; o++)
        if (*x->name && text_equal(o->step, x->step) && text_equal(o->name, x->name))
            fault(r, "action", "action.twice", "", "This action stands twice at the step",
                  "同一环节动作重复", x->name);
    bool has_letter = !*x->letter;
    for (size_t i = 0; i < s->letter_count; i++)
        has_letter |= text_equal(s->letters[i].name, x->letter);
    if (!has_letter)
        fault(r, "letter", "action.unknown_letter", "", "The sheet 'letters' has no such letter",
              "“letters”（文书）表没有此文书", x->letter);
}

static void read_action(struct reader *r, struct service_action *x, struct rules *rules)
{
    struct arena *a = r->c->arena;
    x->step = cell(r, "step");
    x->name = cell(r, "action");
    x->label = first_of(cell(r, "label"), x->name);
    x->label_en = cell_en(r, "label");
    const char *next = cell(r, "next");
    x->next =
        text_equal(next, "结束") || text_equal(next, "办结") ? "end" : first_of(next, x->step);
    x->needs = words(r, "needs", "needs");
    x->effect = word(r, "effect", "effect", "");
    x->kind = word(r, "kind", "action_kind", "forward");
    x->letter = cell(r, "letter");
    x->when = cell(r, "when");
    if (!*x->when)
        return;
    add_rule(r, rules, text_print(a, "action/%s/%s", x->step, x->name), "when");
    x->when = rules->items[rules->count - 1].expression;
}

static void read_actions(struct compiler *c, struct service *s, struct rules *rules)
{
    struct reader r;
    if (!open_sheet(c, "actions", &r))
        return;
    struct service_action *list = arena_array(c->arena, r.table.row_count, sizeof *list);
    s->actions = list;
    for (size_t i = 0; i < r.table.row_count; i++) {
        r.row = &r.table.rows[i];
        read_action(&r, &list[i], rules);
        check_action(&r, s, &list[i]);
        s->action_count++;
    }
}

/* A step that no action leaves would hold a case for ever. */
static void check_exits(struct compiler *c, const struct service *s)
{
    struct reader r;
    if (!open_sheet(c, "steps", &r))
        return;
    for (size_t i = 0; i < s->step_count; i++) {
        bool has_exit = false;
        for (size_t k = 0; k < s->action_count; k++)
            has_exit |= text_equal(s->actions[k].step, s->steps[i].name) &&
                        !text_equal(s->actions[k].next, s->steps[i].name);
        r.row = &r.table.rows[i];
        if (!has_exit)
            fault(&r, "name", "step.no_exit", "",
                  "No action leads on from this step, so a case would stay for ever",
                  "此环节没有可离开的动作，办件会永远停在这里", s->steps[i].name);
    }
}

/* Letters ------------------------------------------------------------------------------------- */

/* ${question} must exist; ${case.…} and other dotted names are filled from the case. */
static void check_marks(struct reader *r, const char *column, const char *text)
{
    for (const char *p = text; (p = strstr(p, "${")); p += 2) {
        const char *end = strchr(p, '}');
        if (!end) {
            fault(r, column, "letter.broken", "", "A mark is written ${name}", "标记应写成 ${名称}",
                  p);
            return;
        }
        const char *name = arena_copy(r->c->arena, p + 2, (size_t)(end - p - 2));
        if (!strchr(name, '.'))
            (void)find_item(r->c, name, place(r, column));
    }
}

static void read_letter(struct reader *r, struct service_letter *l)
{
    l->name = cell(r, "name");
    l->label = first_of(cell(r, "label"), l->name);
    l->label_en = cell_en(r, "label");
    l->title = cell(r, "title");
    l->body = cell(r, "body");
    l->paper = word(r, "paper", "paper", "a4");
    if (!*l->name)
        fault(r, "name", "letter.no_name", "", "This letter has no name", "此文书没有名称",
              l->label);
    check_marks(r, "title", l->title);
    check_marks(r, "body", l->body);
}

static void read_letters(struct compiler *c, struct service *s)
{
    struct reader r;
    if (!open_sheet(c, "letters", &r))
        return;
    struct service_letter *list = arena_array(c->arena, r.table.row_count, sizeof *list);
    for (size_t i = 0; i < r.table.row_count; i++) {
        r.row = &r.table.rows[i];
        read_letter(&r, &list[i]);
        s->letter_count++;
    }
    s->letters = list;
}

/* Roles --------------------------------------------------------------------------------------- */

static const char *by_role(struct compiler *c, const struct item *item, const char *role)
{
    for (const struct item *i = item->first; i; i = i->next) {
        if (i->kind == ITEM_QUESTION && text_equal(survey_cell(c, i, S_ROLE), role))
            return i->name;
        const char *inner = by_role(c, i, role);
        if (*inner)
            return inner;
    }
    return "";
}

static const char *role_question(struct compiler *c, const char *role, const char *name)
{
    const char *found = by_role(c, c->root, role);
    if (*found)
        return found;
    return *question_path(c, name) ? find_quietly(c, name, NULL)->name : "";
}

static void read_roles(struct compiler *c, struct service *s)
{
    s->applicant_name = role_question(c, "applicant_name", "applicant_name");
    s->applicant_id = role_question(c, "applicant_id", "applicant_id");
    s->applicant_phone = role_question(c, "applicant_phone", "applicant_phone");
    s->applicant_area = role_question(c, "applicant_area", "village");
    s->proxy_name = role_question(c, "proxy_name", "proxy_name");
    s->proxy_id = role_question(c, "proxy_id", "proxy_id");
}

const struct service *service_compile(struct compiler *c)
{
    struct reader r;
    if (!open_sheet(c, "service", &r))
        return NULL;
    struct service *s = arena_alloc(c->arena, sizeof *s);
    struct rules rules = {0};
    r.row = r.table.row_count ? &r.table.rows[0] : NULL;
    if (!r.row) {
        fault(&r, "name", "service.empty", "", "The sheet needs one row below its header",
              "表头下须有一行内容", "service");
        return NULL;
    }
    read_fields(&r, s);
    read_service_row(&r, s, &rules);
    read_materials(c, s, &rules);
    read_steps(c, s);
    read_letters(c, s);
    read_actions(c, s, &rules);
    check_exits(c, s);
    read_roles(c, s);
    s->rules = rules.items;
    s->rule_count = rules.count;
    return s;
}
