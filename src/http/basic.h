/* HTTP Basic for devices: the password costs 74 ms to check, so a success is remembered for a
 * minute, by a hash under a key that lives only as long as the process. */
#ifndef HTTP_BASIC_H
#define HTTP_BASIC_H

#include "base/err.h"

#include <stdbool.h>

struct arena;
struct basic;

MUST_CHECK struct err *basic_new(struct arena *a, struct basic **out);
/* "Basic BASE64" to name and password; false if it is nothing such. */
bool basic_read(struct arena *a, const char *authorization, const char **name_out,
                const char **password_out);
bool basic_is_known(struct basic *b, struct arena *a, const char *name, const char *password);
void basic_remember(struct basic *b, struct arena *a, const char *name, const char *password);

#endif
