/* All routes: one line per resource. */
#include "http/route.h"

extern const struct route calendar_routes[], case_routes[], my_routes[], report_routes[],
    work_routes[];
extern const struct route health_routes[], picture_routes[], openrosa_routes[];

extern const struct route session_routes[], service_routes[], submission_routes[], draft_routes[],
    upload_routes[], staff_routes[], publish_routes[], registry_routes[], audit_routes[];

const struct route *const route_tables[] = {
    health_routes, picture_routes, openrosa_routes, work_routes, case_routes,
    my_routes,     report_routes,  calendar_routes, NULL,
};
