/* The column `parameters`: key=value, separated by blanks, commas or semicolons; what each type
 * accepts is in question_type.c, what the values must be is here. */
#include "base/number.h"
#include "forms/xlsform_internal.h"

#include <math.h>

static struct place parameter_place(const struct compiler *c, const struct item *item)
{
    return survey_place(c, item, S_PARAMETERS);
}

static void fault(struct compiler *c, const struct item *item, const char *code,
                  const char *english, const char *chinese)
{
    const char *where = fault_at(c, parameter_place(c, item));
    note_add(&c->notes, NOTE_ERROR, code, where, "", "%s", "%s", english);
    c->notes.last->message_zh = chinese;
}

static bool add_parameter(struct compiler *c, struct item *item, const char *word, size_t size)
{
    const char *equals = memchr(word, '=', size);
    size_t key_size = equals ? (size_t)(equals - word) : 0;
    if (key_size == 0 || key_size + 1 == size || memchr(equals + 1, '=', size - key_size - 1))
        return false;
    struct parameter *p = arena_alloc(c->arena, sizeof *p);
    p->key = text_lower(c->arena, arena_copy(c->arena, word, key_size));
    p->value = arena_copy(c->arena, equals + 1, size - key_size - 1);
    p->next = (struct parameter *)item->parameters;
    item->parameters = p;
    return true;
}

/* "a = b" is written "a=b" first. */
static const char *join_equals(struct compiler *c, const char *text)
{
    struct buf b;
    buf_init(&b, c->arena);
    for (const char *p = text; *p; p++) {
        const char *next = p + strspn(p, " \t\n");
        bool is_before = next != p && *next == '=';
        bool is_after = next != p && b.size > 0 && b.data[b.size - 1] == '=';
        if (is_before || is_after)
            p = next;
        if (!*p)
            break;
        buf_char(&b, *p);
    }
    return buf_text(&b);
}

void parameters_read(struct compiler *c, struct item *item)
{
    const char *text = join_equals(c, survey_cell(c, item, S_PARAMETERS));
    while (*(text += strspn(text, " \t\n,;"))) {
        size_t size = strcspn(text, " \t\n,;");
        if (!add_parameter(c, item, text, size)) {
            fault(c, item, "parameters.syntax",
                  "Write the parameters as key=value, separated by blanks.",
                  "参数请写成“键=值”，用空格分开。");
            item->parameters = NULL;
            return;
        }
        text += size;
    }
}

const char *parameter_of(const struct item *item, const char *key)
{
    for (const struct parameter *p = item->parameters; p; p = p->next)
        if (text_equal(p->key, key))
            return p->value;
    return NULL;
}

static bool is_number(const char *text, double *out)
{
    return number_read(text, strlen(text), out);
}

static bool is_integer(const char *text)
{
    int64_t number;
    return text_to_int(text, &number);
}

static bool is_one_of(const char *value, const char *words)
{
    size_t size = strlen(value);
    for (const char *p = words; *p; p += strspn(p, " ")) {
        size_t word = strcspn(p, " ");
        if (word == size && memcmp(p, value, size) == 0)
            return true;
        p += word;
    }
    return false;
}

/* Parameters whose value is one of a few words, or a number. */
static const struct rule {
    const char *type, *key, *words; /* words: "#" a number, "1" a whole number */
    const char *code;
} rules[] = {
    {"geopoint", "allow-mock-accuracy", "true false", "parameters.mock_accuracy"},
    {"geotrace", "allow-mock-accuracy", "true false", "parameters.mock_accuracy"},
    {"geoshape", "allow-mock-accuracy", "true false", "parameters.mock_accuracy"},
    {"geotrace", "incremental", "true", "parameters.incremental"},
    {"geoshape", "incremental", "true", "parameters.incremental"},
    {"geopoint", "capture-accuracy", "#", "parameters.accuracy"},
    {"geopoint", "warning-accuracy", "#", "parameters.accuracy"},
    {"image", "max-pixels", "1", "parameters.max_pixels"},
    {"text", "rows", "1", "parameters.rows"},
    {"audio", "quality", "voice-only low normal external", "parameters.quality"},
    {"background-audio", "quality", "voice-only low normal", "parameters.quality"},
    {"audit", "track-changes", "true false", "parameters.track_changes"},
    {"audit", "identify-user", "true false", "parameters.identify_user"},
    {"audit", "track-changes-reasons", "on-form-edit", "parameters.track_changes_reasons"},
    {"audit", "location-priority", "no-power low-power balanced high-accuracy",
     "parameters.location_priority"},
    {"audit", "location-min-interval", "1", "parameters.location_interval"},
    {"audit", "location-max-age", "1", "parameters.location_age"},
};

static void check_rule(struct compiler *c, const struct item *item, const struct rule *rule)
{
    const char *value = parameter_of(item, rule->key);
    double number;
    if (!value)
        return;
    if (text_equal(rule->key, "incremental") && text_equal(yes_no(value), "true()"))
        return;
    bool is_good = text_equal(rule->words, "#")   ? is_number(value, &number)
                   : text_equal(rule->words, "1") ? is_integer(value)
                                                  : is_one_of(value, rule->words);
    if (is_good)
        return;
    const char *wanted = text_equal(rule->words, "#")   ? "a number"
                         : text_equal(rule->words, "1") ? "a whole number"
                                                        : rule->words;
    const char *where = fault_at(c, parameter_place(c, item));
    note_add(&c->notes, NOTE_ERROR, rule->code, where, "",
             "The parameter '%s' must be: %s. It is '%s'.", "参数“%s”应为：%s，现在是“%s”。",
             rule->key, wanted, value);
}

static void check_known(struct compiler *c, const struct item *item)
{
    for (const struct parameter *p = item->parameters; p; p = p->next) {
        if (question_type_takes(item->type, p->key) || !*item->type->parameters)
            continue;
        const char *where = fault_at(c, parameter_place(c, item));
        note_add(&c->notes, NOTE_ERROR, "parameters.unknown", where, "",
                 "The type '%s' has no parameter '%s'. It takes: %s.",
                 "题型“%s”没有参数“%s”，可用：%s。", item->type->name, p->key,
                 item->type->parameters);
    }
}

/* Range --------------------------------------------------------------------------------------- */

struct range {
    double start, end, step;
};

static bool is_multiple(double value, double step)
{
    double ratio = value / step;
    return fabs(ratio - floor(ratio + 0.5)) < 1e-9;
}

static bool is_between(const struct range *r, double value)
{
    double low = r->start < r->end ? r->start : r->end;
    double high = r->start < r->end ? r->end : r->start;
    return value >= low && value <= high;
}

static bool read_range(struct compiler *c, struct item *item, struct range *r)
{
    static const char *const keys[] = {"start", "end", "step", "tick_interval", "placeholder"};
    double values[5] = {1, 10, 1, 1, 1};
    for (size_t i = 0; i < 5; i++) {
        const char *text = parameter_of(item, keys[i]);
        if (text && !is_number(text, &values[i])) {
            fault(c, item, "range.not_a_number", "The values of a range must be numbers.",
                  "范围的参数应为数字。");
            return false;
        }
        if (text && values[i] == 0 && (i == 2 || i == 3)) {
            fault(c, item, "range.zero", "step and tick_interval must not be zero.",
                  "step 和 tick_interval 不能为零。");
            return false;
        }
    }
    *r = (struct range){values[0], values[1], fabs(values[2])};
    return true;
}

static void check_steps(struct compiler *c, struct item *item, const struct range *r)
{
    double number, width = fabs(r->end - r->start);
    const char *step = parameter_of(item, "step");
    if (step && r->step > width)
        fault(c, item, "range.too_large", "step is larger than the range.", "step 超出了范围。");
    const char *tick = parameter_of(item, "tick_interval");
    if (tick && is_number(tick, &number)) {
        if (fabs(number) > width)
            fault(c, item, "range.too_large", "tick_interval is larger than the range.",
                  "tick_interval 超出了范围。");
        if (!is_multiple(number, r->step))
            fault(c, item, "range.no_multiple", "tick_interval must be a multiple of step.",
                  "tick_interval 应为 step 的倍数。");
    }
    const char *placeholder = parameter_of(item, "placeholder");
    if (placeholder && is_number(placeholder, &number)) {
        if (!is_between(r, number))
            fault(c, item, "range.outside", "placeholder must lie within the range.",
                  "placeholder 应在范围之内。");
        if (!is_multiple(number - r->start, r->step))
            fault(c, item, "range.no_multiple",
                  "placeholder must be start plus a multiple of step.",
                  "placeholder 应为 start 加 step 的倍数。");
    }
}

static void check_labels(struct compiler *c, struct item *item, const struct range *r)
{
    const char *name = parameter_of(item, "tick_labelset");
    if (!name)
        return;
    struct choice_list *list = choice_list_find(c, name);
    if (!list) {
        fault(c, item, "range.no_list", "tick_labelset must name a list of the sheet 'choices'.",
              "tick_labelset 应是“choices”表中的列表名。");
        return;
    }
    list->is_used = true;
    double base = r->step, interval;
    const char *tick = parameter_of(item, "tick_interval");
    if (tick && is_number(tick, &interval))
        base = fabs(interval);
    bool is_no_ticks = strstr(item->appearance, "no-ticks") != NULL;
    bool has_number_fault = false, has_outside = false, has_multiple = false, has_middle = false;
    for (size_t i = 0; i < list->count; i++) {
        double value;
        if (!is_number(table_cell(c, list->rows[i], c->choice_name_column), &value)) {
            has_number_fault = true;
            continue;
        }
        has_outside |= !is_between(r, value);
        has_multiple |= !is_multiple(value - r->start, base);
        has_middle |= is_no_ticks && value != r->start && value != r->end;
    }
    if (has_number_fault)
        fault(c, item, "range.label_not_a_number", "The values of tick_labelset must be numbers.",
              "tick_labelset 的值应为数字。");
    else if (has_outside)
        fault(c, item, "range.label_outside",
              "The values of tick_labelset must lie within the range.",
              "tick_labelset 的值应在范围之内。");
    else if (is_no_ticks && has_middle)
        fault(c, item, "range.label_no_ticks",
              "With no-ticks, tick_labelset may label only start and end.",
              "使用 no-ticks 时，tick_labelset 只能标注起点和终点。");
    else if (has_multiple)
        fault(c, item, "range.label_no_multiple",
              "The values of tick_labelset must be start plus a multiple of the step.",
              "tick_labelset 的值应为 start 加步长的倍数。");
}

static void check_range(struct compiler *c, struct item *item)
{
    struct range r;
    if (!read_range(c, item, &r))
        return;
    bool has_new = parameter_of(item, "tick_interval") || parameter_of(item, "placeholder") ||
                   parameter_of(item, "tick_labelset");
    const char *look = item->appearance;
    if (has_new && *look && !text_equal(look, "vertical") && !text_equal(look, "no-ticks") &&
        !text_equal(look, "vertical no-ticks") && !text_equal(look, "no-ticks vertical")) {
        fault(c, item, "range.appearance",
              "tick_interval, placeholder and tick_labelset need the appearance vertical, no-ticks "
              "or none.",
              "tick_interval、placeholder、tick_labelset 只能配合 vertical、no-ticks 或默认外观。");
        return;
    }
    check_steps(c, item, &r);
    check_labels(c, item, &r);
}

/* Others -------------------------------------------------------------------------------------- */

/* An Android package: at least one '.', each part a letter, then letters, digits, underscores. */
static bool is_package(const char *text)
{
    size_t dots = 0;
    for (const char *p = text; *p; p++) {
        bool starts_part = p == text || p[-1] == '.';
        bool is_letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');
        bool is_other = (*p >= '0' && *p <= '9') || *p == '_';
        if (*p == '.' && (starts_part || !p[1]))
            return false;
        dots += *p == '.';
        if (*p != '.' && !is_letter && (starts_part || !is_other))
            return false;
    }
    return dots > 0;
}

static void check_app(struct compiler *c, const struct item *item)
{
    const char *app = parameter_of(item, "app");
    const char *look = item->appearance;
    if (app && !is_package(app) && (!*look || text_equal(look, "annotate")))
        fault(c, item, "parameters.app",
              "The parameter app must be an Android package: com.example.app.",
              "参数 app 应为安卓包名，如 com.example.app。");
}

static void check_audit(struct compiler *c, const struct item *item)
{
    int count = (parameter_of(item, "location-priority") != NULL) +
                (parameter_of(item, "location-min-interval") != NULL) +
                (parameter_of(item, "location-max-age") != NULL);
    int64_t age = 0, interval = 0;
    if (count != 0 && count != 3)
        fault(c, item, "parameters.location",
              "Give location-priority, location-min-interval and location-max-age together.",
              "location-priority、location-min-interval、location-max-age 须同时给出。");
    else if (count == 3 && text_to_int(parameter_of(item, "location-max-age"), &age) &&
             text_to_int(parameter_of(item, "location-min-interval"), &interval) && age < interval)
        fault(c, item, "parameters.location_age",
              "location-max-age must not be less than location-min-interval.",
              "location-max-age 不能小于 location-min-interval。");
}

static void check_random(struct compiler *c, const struct item *item)
{
    const char *randomize = parameter_of(item, "randomize"), *seed = parameter_of(item, "seed");
    double number;
    if (randomize && !is_one_of(randomize, "true false True False TRUE FALSE"))
        fault(c, item, "parameters.randomize", "The parameter randomize must be true or false.",
              "参数 randomize 应为 true 或 false。");
    if (seed && !randomize)
        fault(c, item, "parameters.seed", "The parameter seed needs randomize=true.",
              "参数 seed 须与 randomize=true 同用。");
    if (seed && !is_number(seed, &number) && !single_reference(c, seed))
        fault(c, item, "parameters.seed", "seed must be a number or a reference such as ${q}.",
              "seed 应为数字或 ${题目} 引用。");
}

static void check_column_names(struct compiler *c, const struct item *item)
{
    static const char *const keys[] = {"value", "label"};
    for (size_t i = 0; i < 2; i++) {
        const char *value = parameter_of(item, keys[i]);
        if (value && (item->type->flags & TYPE_FILE_LIST) && !is_xml_name(value))
            fault(c, item, "name.invalid",
                  "The parameters value and label name columns of the file: letters, digits, '_', "
                  "'-', '.', and no digit first.",
                  "参数 value、label 应是文件的列名：字母、数字、“_”“-”“.”，且不以数字开头。");
    }
}

void parameters_check(struct compiler *c, struct item *item)
{
    for (size_t i = 0; item->parameters && i < sizeof rules / sizeof *rules; i++)
        if (text_equal(rules[i].type, item->type->name))
            check_rule(c, item, &rules[i]);
    check_known(c, item);
    if (text_equal(item->type->name, "range"))
        check_range(c, item);
    if (text_equal(item->type->name, "image"))
        check_app(c, item);
    if (text_equal(item->type->name, "audit"))
        check_audit(c, item);
    check_random(c, item);
    check_column_names(c, item);
}
