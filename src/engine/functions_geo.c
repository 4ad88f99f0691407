/* Places on a sphere of radius 6378100 m: geopoint "lat lon alt acc", geotrace and geoshape
 * "p;p;p". Altitude and accuracy are ignored, as both reference engines do. */
#include "engine/functions.h"

#include "base/arena.h"
#include "base/limits.h"
#include "base/number.h"
#include "base/real.h"
#include "base/text.h"

static const double EARTH_RADIUS = 6378100, PI = 3.14159265358979323846;

struct point {
    double latitude, longitude;
};
struct points {
    struct point *items;
    size_t count, capacity;
};

static void points_add(struct arena *a, struct points *p, struct point point)
{
    if (p->count == p->capacity) {
        size_t capacity = p->capacity * 2 + 16;
        struct point *items = arena_array(a, capacity, sizeof *items);
        if (p->count)
            memcpy(items, p->items, p->count * sizeof *items);
        p->items = items;
        p->capacity = capacity;
    }
    p->items[p->count++] = point;
}

/* "lat lon" and up to two more numbers, from at to end. */
static bool read_point(const char *at, const char *end, struct point *out)
{
    double numbers[4];
    size_t count = 0;
    while (at < end) {
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
            at++;
        const char *word = at;
        while (at < end && *at != ' ' && *at != '\t' && *at != '\n' && *at != '\r')
            at++;
        if (at == word)
            break;
        if (count == 4 || !number_read(word, (size_t)(at - word), &numbers[count]))
            return false;
        count++;
    }
    *out = (struct point){count > 1 ? numbers[0] : 0, count > 1 ? numbers[1] : 0};
    return count >= 2;
}

static struct err *read_points(struct xeval *e, const struct xcall *c, const char *text,
                               struct points *out)
{
    const char *at = text;
    while (*at) {
        size_t size = strcspn(at, ";");
        struct point point;
        if (read_point(at, at + size, &point))
            points_add(e->run->arena, out, point);
        else if (!text_is_blank(arena_copy(e->run->arena, at, size)))
            return xfault_type(e, c, text);
        at += size + (at[size] == ';');
    }
    return xeval_spend(e, out->count);
}

/* Points of a text, or of all nodes of a path, one behind the other. */
static struct err *points_argument(struct xeval *e, const struct xcall *c, uint32_t i,
                                   struct points *out)
{
    struct xslot s;
    TRY(xeval_node(e, c->arguments[i], &s));
    if (s.value.kind != XVALUE_NODES)
        return read_points(e, c, xvalue_string(e->run, &s.value), out);
    for (size_t n = 0; n < s.value.as.nodes.count; n++)
        TRY(read_points(e, c, xnode_string(e->run, s.value.as.nodes.items[n]), out));
    return NULL;
}

static double radians(double degrees)
{
    return degrees / 180 * PI;
}

/* The shape is laid flat around its first point, each point's longitude scaled at its latitude. */
static double area_of(const struct points *p)
{
    const double degree = EARTH_RADIUS * 2 * PI / 360;
    double area = 0, x = 0, y = 0;
    if (p->count < 3)
        return 0;
    for (size_t i = 1; i < p->count; i++) {
        double next_y = (p->items[i].latitude - p->items[0].latitude) * degree;
        double next_x = (p->items[i].longitude - p->items[0].longitude) * degree *
                        real_cos(radians(p->items[i].latitude));
        if (i > 1)
            area += (y * next_x - x * next_y) / 2;
        x = next_x;
        y = next_y;
    }
    return __builtin_fabs(area);
}

/* Haversine. */
static double distance_between(struct point a, struct point b)
{
    double high = real_sin(radians(b.latitude - a.latitude) / 2);
    double wide = real_sin(radians(b.longitude - a.longitude) / 2);
    double part =
        high * high + real_cos(radians(a.latitude)) * real_cos(radians(b.latitude)) * wide * wide;
    return 2 * EARTH_RADIUS * real_asin(__builtin_sqrt(part > 1 ? 1 : part));
}

XFUNCTION(area)
{
    struct points p = {0};
    TRY(points_argument(e, c, 0, &p));
    xslot_number(out, area_of(&p));
    return NULL;
}

XFUNCTION(distance)
{
    struct points p = {0};
    double sum = 0;
    for (uint32_t i = 0; i < c->count; i++)
        TRY(points_argument(e, c, i, &p));
    for (size_t i = 1; i < p.count; i++)
        sum += distance_between(p.items[i - 1], p.items[i]);
    xslot_number(out, sum);
    return NULL;
}

/* Even-odd rule in degrees. */
static bool is_inside(struct point point, const struct points *shape)
{
    bool inside = false;
    for (size_t i = 0, j = shape->count - 1; i < shape->count; j = i++) {
        struct point a = shape->items[i], b = shape->items[j];
        if ((a.longitude > point.longitude) == (b.longitude > point.longitude))
            continue;
        double crossing = (b.latitude - a.latitude) * (point.longitude - a.longitude) /
                              (b.longitude - a.longitude) +
                          a.latitude;
        if (point.latitude < crossing)
            inside = !inside;
    }
    return inside;
}

/* The shape must be closed: its last point is its first. */
XFUNCTION(geofence)
{
    struct points point = {0}, shape = {0};
    TRY(points_argument(e, c, 0, &point));
    TRY(points_argument(e, c, 1, &shape));
    if (point.count == 0 && shape.count == 0)
        return xfault_type(e, c, "");
    if (point.count == 0 && !e->run->is_getodk) /* JavaRosa takes no point for the point 0 0 */
        points_add(e->run->arena, &point, (struct point){0, 0});
    bool is_closed = shape.count >= 4 &&
                     shape.items[0].latitude == shape.items[shape.count - 1].latitude &&
                     shape.items[0].longitude == shape.items[shape.count - 1].longitude;
    xslot_boolean(out, point.count == 1 && is_closed && is_inside(point.items[0], &shape));
    return NULL;
}
