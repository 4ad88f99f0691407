#include "domain/report.h"

#include "base/arena.h"
#include "base/text.h"
#include "domain/casefile_own.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/tenant.h"
#include "domain/visit.h"
#include "formats/json.h"
#include "store/store.h"

#define WITHIN                                                                                     \
    "exists (select 1 from area_within w where w.tenant = s.tenant and "                           \
    "w.area_id = s.area_id and w.ancestor_id in ($2, $3, $4, $5, $6, $7)) "

QUERY(trips_by_service,
      "select v.code, count(*), sum(s.visit_count), sum(coalesce((select count(*) from visits x "
      "where x.tenant = s.tenant and x.case_id = s.case_id and x.is_wasted = 1), 0)), "
      "sum(case when s.notice_count > 1 then 1 else 0 end) "
      "from case_states s join services v on v.tenant = s.tenant and v.id = s.service_id "
      "where s.tenant = $1 and " WITHIN "group by v.code order by v.code");
QUERY(trips_by_cause,
      "select x.cause, count(*), sum(x.is_wasted) from visits x join case_states s "
      "on s.tenant = x.tenant and s.case_id = x.case_id where x.tenant = $1 and " WITHIN
      "group by x.cause order by count(*) desc, x.cause");

#define AREA_ARGS(tenant, in)                                                                      \
    ARGS(sql_int(tenant), sql_int((in)[0]), sql_int((in)[1]), sql_int((in)[2]), sql_int((in)[3]),  \
         sql_int((in)[4]), sql_int((in)[5]))

struct service_trips {
    const char *code;
    int64_t cases, visits, wasted, second_notices;
};

static void write_service_trips(struct json_out *j, const struct catalogue_view *view,
                                const struct service_trips *trips, const char *language)
{
    const struct form_version *v = catalogue_live(view, trips->code);
    json_open_object(j, NULL);
    json_put_text(j, "service", trips->code);
    json_put_text(j, "title",
                  v ? case_label(language, v->title, v->service->title_en) : trips->code);
    json_put_int(j, "cases", trips->cases);
    json_put_int(j, "visits", trips->visits);
    json_put_int(j, "wasted", trips->wasted);
    json_put_real(j, "average", trips->cases ? (double)trips->visits / (double)trips->cases : 0);
    json_put_int(j, "second_notices", trips->second_notices);
    json_close_object(j);
}

static struct err *write_by_service(struct tx *tx, struct json_out *j, struct office *o,
                                    const struct actor *who, const int64_t *in,
                                    const char *language)
{
    struct rows *r;
    const struct catalogue_view *view = catalogue_view(o->catalogue, tx_arena(tx));
    json_open_array(j, "by_service");
    TRY(sql_rows(tx, &trips_by_service, AREA_ARGS(who->tenant, in), &r));
    while (rows_next(r)) {
        struct service_trips trips = {rows_text(r, 0), rows_int(r, 1), rows_int(r, 2),
                                      rows_int(r, 3), rows_int(r, 4)};
        write_service_trips(j, view, &trips, language);
    }
    json_close_array(j);
    return rows_end(r);
}

struct err *report_write_trips(struct tx *tx, struct json_out *j, struct office *o,
                               const struct actor *who, const char *language)
{
    struct rows *r;
    int64_t in[ACTOR_AREAS];
    actor_areas(who, RIGHT_REPORT_READ, in);
    TRY(write_by_service(tx, j, o, who, in, language));
    json_open_array(j, "by_cause");
    TRY(sql_rows(tx, &trips_by_cause, AREA_ARGS(who->tenant, in), &r));
    while (rows_next(r)) {
        const struct visit_cause *cause = visit_cause_find(rows_text(r, 0));
        json_open_object(j, NULL);
        json_put_text(j, "cause", rows_text(r, 0));
        json_put_text(j, "label",
                      cause ? case_label(language, cause->label, cause->label_en)
                            : rows_text(r, 0));
        json_put_int(j, "count", rows_int(r, 1));
        json_put_int(j, "wasted", rows_int(r, 2));
        json_close_object(j);
    }
    json_close_array(j);
    return rows_end(r);
}
