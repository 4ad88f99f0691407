/* The table of functions, and what they share. */
#include "engine/functions.h"

#include "base/text.h"

struct err *xarg_string_or_context(struct xeval *e, const struct xcall *c, uint32_t i,
                                   const char **out)
{
    if (i < c->count)
        return xarg_string(e, c, i, out);
    *out = e->context.id == XNODE_NONE ? "" : xnode_string(e->run, e->context);
    return NULL;
}

struct err *xfault_type(struct xeval *e, const struct xcall *c, const char *text)
{
    return err_new(e->run->arena, ERR_INVALID, "xpath.type", "",
                   "%s() cannot use the value '%.*s'.", "%s() 用不了这个值：“%.*s”。",
                   c->function->name, 40, text);
}

enum { MANY = ARGUMENTS_MANY };
enum {
    VOLATILE = XFUNCTION_VOLATILE,
    WEB = XFUNCTION_WEB_ONLY,
    ALL = XFUNCTION_ALL_NODES,
    FIRST = XFUNCTION_FIRST_NODES
};

const struct xfunction xfunctions[] = {
    {"string", 0, 1, 0, xfunction_string},
    {"boolean", 1, 1, 0, xfunction_boolean},
    {"number", 0, 1, 0, xfunction_number},
    {"concat", 0, MANY, 0, xfunction_concat},
    {"join", 1, MANY, ALL, xfunction_join},
    {"substr", 2, 3, 0, xfunction_substr},
    {"substring", 2, 3, WEB, xfunction_substring},
    {"substring-before", 2, 2, 0, xfunction_substring_before},
    {"substring-after", 2, 2, 0, xfunction_substring_after},
    {"translate", 3, 3, 0, xfunction_translate},
    {"string-length", 0, 1, 0, xfunction_string_length},
    {"normalize-space", 0, 1, 0, xfunction_normalize_space},
    {"contains", 2, 2, 0, xfunction_contains},
    {"starts-with", 2, 2, 0, xfunction_starts_with},
    {"ends-with", 2, 2, 0, xfunction_ends_with},
    {"uuid", 0, 1, VOLATILE, xfunction_uuid},
    {"digest", 2, 3, 0, xfunction_digest},
    {"base64-decode", 1, 1, 0, xfunction_base64_decode},
    {"pulldata", 4, 4, 0, xfunction_pulldata},
    {"if", 3, 3, 0, xfunction_if},
    {"coalesce", 2, 2, 0, xfunction_coalesce},
    {"once", 1, 1, VOLATILE, xfunction_once},
    {"true", 0, 0, 0, xfunction_true},
    {"false", 0, 0, 0, xfunction_false},
    {"not", 1, 1, 0, xfunction_not},
    {"boolean-from-string", 1, 1, 0, xfunction_boolean_from_string},
    {"regex", 2, 2, 0, xfunction_regex},
    {"checklist", 2, MANY, 0, xfunction_checklist},
    {"weighted-checklist", 2, MANY, 0, xfunction_weighted_checklist},
    {"random", 0, 0, VOLATILE, xfunction_random},
    {"randomize", 1, 2, ALL, xfunction_randomize},
    {"int", 1, 1, 0, xfunction_int},
    {"sum", 1, 1, ALL, xfunction_sum},
    {"min", 1, MANY, ALL, xfunction_min},
    {"max", 1, MANY, ALL, xfunction_max},
    {"round", 1, 2, 0, xfunction_round},
    {"pow", 2, 2, 0, xfunction_pow},
    {"abs", 1, 1, 0, xfunction_abs},
    {"sqrt", 1, 1, 0, xfunction_sqrt},
    {"exp", 1, 1, 0, xfunction_exp},
    {"exp10", 1, 1, 0, xfunction_exp10},
    {"log", 1, 1, 0, xfunction_log},
    {"log10", 1, 1, 0, xfunction_log10},
    {"sin", 1, 1, 0, xfunction_sin},
    {"cos", 1, 1, 0, xfunction_cos},
    {"tan", 1, 1, 0, xfunction_tan},
    {"asin", 1, 1, 0, xfunction_asin},
    {"acos", 1, 1, 0, xfunction_acos},
    {"atan", 1, 1, 0, xfunction_atan},
    {"atan2", 2, 2, 0, xfunction_atan2},
    {"pi", 0, 0, 0, xfunction_pi},
    {"count", 1, 1, FIRST, xfunction_count},
    {"count-non-empty", 1, 1, FIRST, xfunction_count_non_empty},
    {"position", 0, 1, FIRST, xfunction_position},
    {"instance", 1, 1, 0, xfunction_instance},
    {"current", 0, 0, 0, xfunction_current},
    {"indexed-repeat", 3, 7, 0, xfunction_indexed_repeat},
    {"today", 0, 0, VOLATILE, xfunction_today},
    {"now", 0, 0, VOLATILE, xfunction_now},
    {"date", 1, 1, 0, xfunction_date},
    {"date-time", 1, 1, 0, xfunction_date_time},
    {"decimal-date-time", 1, 1, 0, xfunction_decimal_date_time},
    {"decimal-time", 1, 1, 0, xfunction_decimal_time},
    {"format-date", 2, 2, 0, xfunction_format_date},
    {"format-date-time", 2, 2, 0, xfunction_format_date},
    {"selected", 2, 2, 0, xfunction_selected},
    {"is-selected", 2, 2, 0, xfunction_selected},
    {"selected-at", 2, 2, 0, xfunction_selected_at},
    {"count-selected", 1, 1, 0, xfunction_count_selected},
    {"jr:choice-name", 2, 2, 0, xfunction_jr_choice_name},
    {"jr:itext", 1, 1, 0, xfunction_jr_itext},
    {"area", 1, 1, ALL, xfunction_area},
    {"distance", 1, MANY, ALL, xfunction_distance},
    {"geofence", 2, 2, 0, xfunction_geofence},
    {"floor", 1, 1, WEB, xfunction_floor},
    {"ceiling", 1, 1, WEB, xfunction_ceiling},
    {"last", 0, 0, WEB, xfunction_last},
    {"name", 0, 1, WEB, xfunction_name},
    {"local-name", 0, 1, WEB, xfunction_local_name},
    {"namespace-uri", 0, 1, WEB, xfunction_namespace_uri},
    {"id", 1, 1, WEB, xfunction_id},
    {"lang", 1, 1, WEB, xfunction_lang},
};
const size_t xfunction_total = sizeof xfunctions / sizeof *xfunctions;
