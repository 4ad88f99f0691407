/* Numbers as XPath in XForms reads and writes them (reference: forms.md 7.1, 7.2); no locale. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Optional blanks, '-', digits, '.'; nothing else ("1e3", "Infinity" are no numbers). The nearest
 * double, ties to even. False leaves *number_out alone. */
bool number_read(const char *text, size_t size, double *number_out);

/* The shortest digits that read back to the same double; always plain decimal, never an exponent:
 * 0.0005, 12345678.5, 1000000000000000000000; NaN, Infinity, -Infinity; -0 is 0. */
void number_print(struct buf *b, double number);

#endif
