/* Reports over the cases of the actor's areas. */
#ifndef DOMAIN_REPORT_H
#define DOMAIN_REPORT_H

#include "domain/casefile.h"

/* GET /v1/reports/trips: trips by service and by cause, with those for nothing. */
MUST_CHECK struct err *report_write_trips(struct tx *tx, struct json_out *j, struct office *o,
                                          const struct actor *who, const char *language);

#endif
