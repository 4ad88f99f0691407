/* Fixed values of our own sheets, in English and in Chinese; kept by their English word. */
#ifndef FORMS_SERVICE_WORD_H
#define FORMS_SERVICE_WORD_H

#include <stddef.h>

struct arena;
struct buf;

/* The canonical word, NULL if the set does not hold it. */
const char *service_word(struct arena *a, const char *set, const char *text);
/* All canonical words of a set with one Chinese form each, for sentences. */
const char *service_words(struct arena *a, const char *set);
void service_words_print(struct buf *b); /* the table as Markdown */
/* Bytes of the first word of a list, and of the separators behind it: blanks, commas, 、 and ，. */
size_t service_word_size(const char *text);
size_t service_gap_size(const char *text);

#endif
