/* All routes: one line per resource. */
#include "http/route.h"

extern const struct route health_routes[], picture_routes[], openrosa_routes[];

const struct route *const route_tables[] = {
    health_routes,
    picture_routes,
    openrosa_routes,
    NULL,
};
