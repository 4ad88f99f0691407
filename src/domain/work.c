#include "domain/work.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "domain/calendar.h"
#include "domain/casefile_own.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "store/store.h"

/* Shared by the lists and their counters: what is counted is what is shown. */
#define FROM                                                                                       \
    "from case_states s join cases c on c.tenant = s.tenant and c.id = s.case_id "                 \
    "join services v on v.tenant = s.tenant and v.id = s.service_id where s.tenant = $1 and "
#define FILTERED                                                                                   \
    "and ($4 = '' or v.code = $4) and ($5 = '' or c.ref like $5 or c.applicant_name like $5) "     \
    "and ($6 = '' or exists (select 1 from areas g join area_within y on y.tenant = g.tenant "     \
    "and y.ancestor_id = g.id where g.tenant = s.tenant and g.code = $6 "                          \
    "and y.area_id = s.area_id)) "
/* $2 person, $3 today: posts in force, of the item's unit and role, whose area covers the case. */
#define MINE                                                                                       \
    "s.case_id in (select i.case_id from posts p join work_items i on i.tenant = p.tenant "        \
    "and i.unit_id in (0, p.unit_id) and i.person_id in (0, $2) "                                  \
    "and (i.role = '' or ' ' || i.role || ' ' like '% ' || p.role || ' %') "                       \
    "join area_within w on w.tenant = i.tenant and w.area_id = i.area_id "                         \
    "and w.ancestor_id = p.area_id where p.tenant = $1 and p.person_id = $2 "                      \
    "and p.valid_from <= $3 and (p.valid_to is null or p.valid_to >= $3)) "
#define COVERED                                                                                    \
    "exists (select 1 from posts p join area_within w on w.tenant = p.tenant "                     \
    "and w.ancestor_id = p.area_id where p.tenant = $1 and p.person_id = $2 "                      \
    "and p.valid_from <= $3 and (p.valid_to is null or p.valid_to >= $3) "                         \
    "and w.area_id = s.area_id) "
#define COLUMNS                                                                                    \
    "select c.ref, v.code, c.form_version_id, c.applicant_name, "                                  \
    "coalesce((select a.name from areas a where a.tenant = s.tenant and a.id = s.area_id), ''), "  \
    "s.step, s.state, s.due_on, s.promised_on, s.step_due_on, s.is_provisional, s.changed_at, "    \
    "s.visit_count, coalesce((select u.name from units u where u.tenant = s.tenant "               \
    "and u.id = s.unit_id), ''), s.outcome, c.received_on, "                                       \
    "coalesce((select min(i.since) from work_items i where i.tenant = s.tenant "                   \
    "and i.case_id = s.case_id), s.changed_at) "
/* Late first, then by days left. Before acceptance the five days for a notice count. */
#define IN_ORDER                                                                                   \
    "order by case when s.state = 'waiting' then 1 else 0 end, "                                   \
    "coalesce(s.promised_on, s.due_on, c.received_on + 7), c.id limit 50 offset $7"
#define COUNTERS                                                                                   \
    "select count(*), sum(case when coalesce(s.promised_on, s.due_on) = $3 then 1 else 0 end), "   \
    "sum(case when coalesce(s.promised_on, s.due_on) < $3 then 1 else 0 end) "

QUERY(work_mine, COLUMNS FROM MINE FILTERED IN_ORDER);
QUERY(work_mine_count, COUNTERS FROM MINE FILTERED);
QUERY(work_open, COLUMNS FROM COVERED "and s.state <> 'closed' " FILTERED IN_ORDER);
QUERY(work_open_count, COUNTERS FROM COVERED "and s.state <> 'closed' " FILTERED);
QUERY(work_closed, COLUMNS FROM COVERED "and s.state = 'closed' " FILTERED
                                        "order by s.changed_at desc limit 50 offset $7");
QUERY(work_closed_count, COUNTERS FROM COVERED "and s.state = 'closed' " FILTERED);

static const struct {
    const char *state;
    const struct query *list, *count;
} lists[] = {
    {"mine", &work_mine, &work_mine_count},
    {"open", &work_open, &work_open_count},
    {"closed", &work_closed, &work_closed_count},
};

struct item {
    const char *ref, *code, *applicant, *area, *step, *state, *unit_name, *outcome;
    int64_t form_version_id, since, visit_count;
    bool has_due, has_promised, has_step_due, is_provisional;
    day due_on, promised_on, step_due_on, received_on;
};

static struct item read_item(const struct rows *r)
{
    return (struct item){.ref = rows_text(r, 0),
                         .code = rows_text(r, 1),
                         .form_version_id = rows_int(r, 2),
                         .applicant = rows_text(r, 3),
                         .area = rows_text(r, 4),
                         .step = rows_text(r, 5),
                         .state = rows_text(r, 6),
                         .has_due = !rows_is_null(r, 7),
                         .due_on = (day)rows_int(r, 7),
                         .has_promised = !rows_is_null(r, 8),
                         .promised_on = (day)rows_int(r, 8),
                         .has_step_due = !rows_is_null(r, 9),
                         .step_due_on = (day)rows_int(r, 9),
                         .is_provisional = rows_int(r, 10) != 0,
                         .visit_count = rows_int(r, 12),
                         .unit_name = rows_text(r, 13),
                         .outcome = rows_text(r, 14),
                         .received_on = (day)rows_int(r, 15),
                         .since = rows_int(r, 16)};
}

struct listing {
    struct tx *tx;
    struct json_out *j;
    struct office *office;
    const struct calendar *calendar;
    day today;
    const char *language;
};

static const char *step_label(const struct listing *l, const struct service *s, const char *name)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (text_equal(s->steps[i].name, name))
            return case_label(l->language, s->steps[i].label, s->steps[i].label_en);
    return name;
}

static void write_left(const struct listing *l, const struct item *i, const struct service *s)
{
    struct json_out *j = l->j;
    bool has_day = i->has_promised || i->has_due;
    day latest = i->has_promised ? i->promised_on : i->due_on;
    int32_t left = has_day ? day_working_between(l->calendar, l->today, latest) : 0;
    put_day(j, "due_on", i->has_due, i->due_on);
    put_day(j, "promised_on", i->has_promised, i->promised_on);
    put_day(j, "step_due_on", i->has_step_due, i->step_due_on);
    if (has_day)
        json_put_int(j, "left", left);
    else
        json_put_null(j, "left");
    json_put_bool(j, "is_late", has_day && latest < l->today);
    json_put_bool(j, "is_provisional", i->is_provisional);
    int32_t legal_left = i->has_due ? day_working_between(l->calendar, l->today, i->due_on) : 0;
    json_put_int(j, "budget", i->has_due ? s->limit_legal : 0);
    json_put_int(j, "used", i->has_due ? s->limit_legal - legal_left : 0);
    json_put_int(j, "promised", i->has_promised ? s->limit_promised : 0);
}

static struct err *write_item(const struct listing *l, const struct item *i)
{
    struct json_out *j = l->j;
    const struct form_version *v;
    TRY(catalogue_version(l->office->catalogue, l->tx, i->form_version_id, &v));
    json_open_object(j, NULL);
    json_put_text(j, "ref", i->ref);
    json_put_text(j, "service", i->code);
    json_put_text(j, "title", case_label(l->language, v->title, v->service->title_en));
    json_put_text(j, "applicant", i->applicant);
    json_put_text(j, "area", i->area);
    json_put_text(j, "step", i->step);
    json_put_text(j, "step_label", step_label(l, v->service, i->step));
    json_put_text(j, "unit_name", i->unit_name);
    write_left(l, i, v->service);
    json_put_int(j, "since", i->since);
    json_put_text(j, "state", i->state);
    json_put_text(j, "outcome", i->outcome);
    json_put_int(j, "visit_count", i->visit_count);
    put_day(j, "received_on", true, i->received_on);
    json_close_object(j);
    return NULL;
}

static size_t list_index(const char *state)
{
    for (size_t i = 1; i < sizeof lists / sizeof *lists; i++)
        if (text_equal(lists[i].state, state))
            return i;
    return 0;
}

struct err *work_write(struct tx *tx, struct json_out *j, struct office *o, const struct actor *who,
                       const struct work_filter *f, const char *language)
{
    struct arena *a = tx_arena(tx);
    struct listing l = {.tx = tx, .j = j, .office = o, .language = language};
    struct item items[WORK_PAGE];
    size_t count = 0, which = list_index(f->state);
    struct rows *r;
    bool has_row;
    l.today = tenant_day(o->tenant, tx_now_ms(tx));
    const char *like = *f->words ? text_print(a, "%%%s%%", f->words) : "";
    const struct sql_arg args[] = {
        sql_int(who->tenant),        sql_int(who->person_id), sql_int(l.today),
        sql_text(f->service),        sql_text(like),          sql_text(f->area),
        sql_int(f->page * WORK_PAGE)};
    TRY(calendar_read(tx, who->tenant, &l.calendar));
    TRY(sql_row(tx, lists[which].count, args, 6, &r, &has_row));
    json_put_int(j, "total", rows_int(r, 0));
    json_put_int(j, "due_today", rows_int(r, 1));
    json_put_int(j, "late", rows_int(r, 2));
    TRY(sql_rows(tx, lists[which].list, args, 7, &r));
    while (rows_next(r) && count < WORK_PAGE)
        items[count++] = read_item(r);
    TRY(rows_end(r));
    json_open_array(j, "items");
    for (size_t i = 0; i < count; i++)
        TRY(write_item(&l, &items[i]));
    json_close_array(j);
    return NULL;
}
