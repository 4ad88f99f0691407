/* The door for ODK Collect (OpenRosa 1.0): what server and exchange need of it. */
#ifndef HTTP_OPENROSA_H
#define HTTP_OPENROSA_H

#include "http/guard.h"
#include "http/route.h"

#include <stdbool.h>

bool openrosa_is_path(const struct head *h);
/* What every answer under /openrosa carries; without it Collect says "not OpenRosa". */
void openrosa_mark(struct reply *r);
/* An error as OpenRosa tells it, in the reader's language. The status stays. */
void openrosa_tell(struct reply *r, const char *message);

#endif
