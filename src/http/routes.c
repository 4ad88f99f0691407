/* All routes: one line per resource. */
#include "http/route.h"

extern const struct route calendar_routes[], case_routes[], my_routes[], report_routes[],
    work_routes[];
extern const struct route health_routes[], picture_routes[], openrosa_routes[];

const struct route *const route_tables[] = {
    health_routes, picture_routes, openrosa_routes, work_routes, case_routes,
    my_routes,     report_routes,  calendar_routes, NULL,
};
