/* All routes: one line per resource. */
#include "http/route.h"

/* clang-format off */
extern const struct route
    audit_routes[],
    calendar_routes[],
    case_routes[],
    draft_routes[],
    health_routes[],
    my_routes[],
    openrosa_routes[],
    picture_routes[],
    publish_routes[],
    registry_routes[],
    report_routes[],
    search_routes[],
    service_routes[],
    session_routes[],
    staff_routes[],
    submission_routes[],
    upload_routes[],
    work_routes[];

const struct route *const route_tables[] = {
    audit_routes,
    calendar_routes,
    case_routes,
    draft_routes,
    health_routes,
    my_routes,
    openrosa_routes,
    picture_routes,
    publish_routes,
    registry_routes,
    report_routes,
    search_routes,
    service_routes,
    session_routes,
    staff_routes,
    submission_routes,
    upload_routes,
    work_routes,
    NULL,
};
/* clang-format on */
