/* Which HTTP status an error has: by its kind, or by its code where one table says so. */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include "base/err.h"

int status_of(const struct err *e);

#endif
