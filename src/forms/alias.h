/* Every name a workbook may use for a sheet, a column, a type or a fixed value, in English and in
 * Chinese: one table, printed by `bangban workbook --aliases` into docs/workbook.md. */
#ifndef FORMS_ALIAS_H
#define FORMS_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;

/* What a name is looked up in. A sheet's columns are the scope of that sheet's name. */
#define ALIAS_SHEETS "sheets"
#define ALIAS_TYPES "types"

/* The canonical name, NULL if unknown. Case, and blanks against underscores, do not matter. */
const char *alias_find(struct arena *a, const char *scope, const char *name);
/* The canonical name nearest to a misspelt one (at most two letters off), or NULL. */
const char *alias_nearest(struct arena *a, const char *scope, const char *name);
/* Rows of the table, in order; NULL past the end. names: all other names, separated by '|'. */
struct alias {
    const char *scope, *name, *names;
};
const struct alias *alias_at(size_t index);
void alias_print(struct buf *b); /* the table as Markdown */
/* "Begin  Group" -> "begin_group". */
const char *alias_snake(struct arena *a, const char *text);
/* Letters to change, add or leave out to make one text of the other; limit + 1 if more. */
size_t text_distance(const char *left, const char *right, size_t limit);

#endif
