/* What the files of functions share. Private to engine/functions*.c. */
#ifndef ENGINE_FUNCTIONS_H
#define ENGINE_FUNCTIONS_H

#include "engine/regex.h"
#include "engine/xpath_run.h"

/* Argument i, or the context node's text if there is none. */
MUST_CHECK struct err *xarg_string_or_context(struct xeval *e, const struct xcall *c, uint32_t i,
                                              const char **out);
uint64_t xrun_random(struct xpath_run *run);
/* ERR_INVALID xpath.type or xpath.argument. */
MUST_CHECK struct err *xfault_type(struct xeval *e, const struct xcall *c, const char *text);

/* text */
XFUNCTION(string);
XFUNCTION(concat);
XFUNCTION(join);
XFUNCTION(substr);
XFUNCTION(substring);
XFUNCTION(substring_before);
XFUNCTION(substring_after);
XFUNCTION(contains);
XFUNCTION(starts_with);
XFUNCTION(ends_with);
XFUNCTION(translate);
XFUNCTION(string_length);
XFUNCTION(normalize_space);
XFUNCTION(selected);
XFUNCTION(selected_at);
XFUNCTION(count_selected);
XFUNCTION(uuid);
/* logic */
XFUNCTION(true);
XFUNCTION(false);
XFUNCTION(boolean);
XFUNCTION(not );
XFUNCTION(boolean_from_string);
XFUNCTION(if);
XFUNCTION(coalesce);
XFUNCTION(once);
XFUNCTION(checklist);
XFUNCTION(weighted_checklist);
/* numbers */
XFUNCTION(number);
XFUNCTION(int);
XFUNCTION(round);
XFUNCTION(floor);
XFUNCTION(ceiling);
XFUNCTION(abs);
XFUNCTION(sqrt);
XFUNCTION(pow);
XFUNCTION(exp);
XFUNCTION(exp10);
XFUNCTION(log);
XFUNCTION(log10);
XFUNCTION(sin);
XFUNCTION(cos);
XFUNCTION(tan);
XFUNCTION(asin);
XFUNCTION(acos);
XFUNCTION(atan);
XFUNCTION(atan2);
XFUNCTION(pi);
XFUNCTION(random);
XFUNCTION(sum);
XFUNCTION(min);
XFUNCTION(max);
/* nodes */
XFUNCTION(count);
XFUNCTION(count_non_empty);
XFUNCTION(position);
XFUNCTION(last);
XFUNCTION(name);
XFUNCTION(local_name);
XFUNCTION(namespace_uri);
XFUNCTION(id);
XFUNCTION(lang);
XFUNCTION(current);
XFUNCTION(instance);
XFUNCTION(pulldata);
XFUNCTION(indexed_repeat);
XFUNCTION(randomize);
XFUNCTION(jr_itext);
XFUNCTION(jr_choice_name);
/* dates */
XFUNCTION(today);
XFUNCTION(now);
XFUNCTION(date);
XFUNCTION(date_time);
XFUNCTION(decimal_date_time);
XFUNCTION(decimal_time);
XFUNCTION(format_date);
/* digests, patterns, places */
XFUNCTION(digest);
XFUNCTION(base64_decode);
XFUNCTION(regex);
XFUNCTION(area);
XFUNCTION(distance);
XFUNCTION(geofence);

/* ERR_INVALID xpath.bad_regex. */
MUST_CHECK struct err *xfault_regex(struct arena *a, const char *where, enum regex_fault fault,
                                    size_t fault_at);
/* Is this a format of format-date()? Names the first conversion that is not, e.g. 'A'; else 0. */
char xformat_date_fault(const char *format);

#endif
