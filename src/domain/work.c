/* The work list. A page is read in order from an index, source by source, and merged here, so that
 * a list of 50,000 cases costs no more than one of fifty. What is counted is what is shown. */
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

#include <stdlib.h>

/* x is the row of a list. $6 service, $7 part of number or name, $8 area; "" = all. The sub-selects
 * do not depend on x, so that each is run once. */
#define FILTERED                                                                                   \
    "and ($6 = '' or x.case_id in (select c.id from cases c join services v "                      \
    "on v.tenant = c.tenant and v.id = c.service_id where c.tenant = $1 and v.code = $6)) "        \
    "and ($7 = '' or x.case_id in (select c.id from cases c where c.tenant = $1 "                  \
    "and (c.ref like $7 or c.applicant_name like $7))) "                                           \
    "and ($8 = '' or x.area_id in (select y.area_id from areas g join area_within y "              \
    "on y.tenant = g.tenant and y.ancestor_id = g.id where g.tenant = $1 and g.code = $8)) "
/* What stands with a post: $2 unit, $3 person, $4 role, $5 area (0 = the whole town). */
#define ITEMS                                                                                      \
    "from work_items x where x.tenant = $1 and x.unit_id = $2 and x.person_id in (0, $3) "         \
    "and (x.role = $4 or x.role = '' or ' ' || x.role || ' ' like '% ' || $4 || ' %') "            \
    "and (cast($5 as bigint) = 0 or x.area_id in (select w.area_id from area_within w "            \
    "where w.tenant = $1 and w.ancestor_id = $5)) " FILTERED
/* What the actor may see at all: $2 state; $3, $4, $5, $10, $11, $12 areas ($3 = 0: the town). */
#define STATES                                                                                     \
    "from case_states x where x.tenant = $1 and x.state = $2 "                                     \
    "and (cast($3 as bigint) = 0 or x.area_id in (select w.area_id from area_within w "            \
    "where w.tenant = $1 and w.ancestor_id in ($3, $4, $5, $10, $11, $12))) " FILTERED
#define STATE_DUE "coalesce(x.promised_on, x.due_on)"
#define IS_ACCEPTED "(x.answer_by is null or x.answer_by < $9) "

QUERY(work_items_page, "select x.case_id, x.is_waiting, x.order_on " ITEMS
                       "order by x.is_waiting, x.order_on, x.case_id limit $9");
QUERY(work_items_count,
      "select count(*), coalesce(sum(case when x.due_on = $9 then 1 else 0 end), 0), "
      "coalesce(sum(case when x.due_on < $9 then 1 else 0 end), 0) " ITEMS);
QUERY(work_items_all, "select x.case_id, coalesce(x.due_on, 0) " ITEMS);
QUERY(work_states_page, "select x.case_id, case when x.state = 'waiting' then 1 else 0 end, "
                        "x.order_on " STATES "order by x.order_on, x.case_id limit $9");
QUERY(work_closed_page,
      "select x.case_id, 0, -x.changed_at " STATES "order by x.changed_at desc limit $9");
QUERY(work_states_count,
      "select count(*), coalesce(sum(case when " STATE_DUE " = $9 and " IS_ACCEPTED
      "then 1 else 0 end), 0), coalesce(sum(case when " STATE_DUE " < $9 and " IS_ACCEPTED
      "then 1 else 0 end), 0) " STATES);
QUERY(work_case,
      "select c.ref, v.code, c.form_version_id, c.applicant_name, "
      "coalesce((select a.name from areas a where a.tenant = s.tenant and a.id = s.area_id), ''), "
      "s.step, s.state, s.due_on, s.promised_on, s.step_due_on, s.is_provisional, s.changed_at, "
      "s.visit_count, coalesce((select u.name from units u where u.tenant = s.tenant "
      "and u.id = s.unit_id), ''), s.outcome, c.received_on, "
      "coalesce((select min(i.since) from work_items i where i.tenant = s.tenant "
      "and i.case_id = s.case_id), s.changed_at), s.answer_by "
      "from case_states s join cases c on c.tenant = s.tenant and c.id = s.case_id "
      "join services v on v.tenant = s.tenant and v.id = s.service_id "
      "where s.tenant = $1 and s.case_id = $2");
QUERY(work_root, "select id from areas where tenant = $1 and parent_id is null");

/* Sources ------------------------------------------------------------------------------------ */

struct source {
    const struct query *page, *count, *all; /* all: NULL when no other source has the same cases */
    struct sql_arg args[12];                /* [8] is the limit or today */
    size_t arg_count;
};
struct entry {
    int64_t case_id, rank, order_on;
};
struct listing {
    struct tx *tx;
    struct arena *arena;
    struct json_out *j;
    struct office *office;
    const struct actor *who;
    const struct work_filter *filter;
    const struct calendar *calendar;
    day today;
    const char *language, *like;
    int64_t root_id;
    struct source *sources;
    size_t source_count;
};

static struct err *find_root(struct listing *l)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row_kept(l->tx, &work_root, ARGS(sql_int(l->who->tenant)), &r, &has_row));
    l->root_id = has_row ? rows_int(r, 0) : 0;
    return NULL;
}

static void set_filter(const struct listing *l, struct source *s)
{
    s->args[0] = sql_int(l->who->tenant);
    s->args[5] = sql_text(l->filter->service);
    s->args[6] = sql_text(l->like);
    s->args[7] = sql_text(l->filter->area);
}

static void add_post(struct listing *l, const struct post *p, int64_t unit_id)
{
    struct source *s = &l->sources[l->source_count++];
    *s = (struct source){&work_items_page, &work_items_count, &work_items_all, {{0}}, 9};
    set_filter(l, s);
    s->args[1] = sql_int(unit_id);
    s->args[2] = sql_int(l->who->person_id);
    s->args[3] = sql_text(p->role);
    s->args[4] = sql_int(p->area_id == l->root_id ? 0 : p->area_id);
}

static bool is_same_source(const struct post *a, const struct post *b)
{
    return a->unit_id == b->unit_id && a->area_id == b->area_id && text_equal(a->role, b->role);
}

/* Items of the post's unit, and of no unit at all: whoever of the role is in the area. */
static void add_posts(struct listing *l)
{
    const struct actor *who = l->who;
    l->sources = arena_array(l->arena, who->post_count * 2 + 1, sizeof *l->sources);
    for (size_t i = 0; i < who->post_count; i++) {
        bool is_known = !who->posts[i].rights[RIGHT_CASE_READ];
        for (size_t k = 0; k < i; k++)
            is_known = is_known || is_same_source(&who->posts[i], &who->posts[k]);
        if (is_known)
            continue;
        add_post(l, &who->posts[i], who->posts[i].unit_id);
        add_post(l, &who->posts[i], 0);
    }
}

static void add_state(struct listing *l, const char *state, const struct query *page)
{
    int64_t in[ACTOR_AREAS];
    static const size_t places[ACTOR_AREAS] = {2, 3, 4, 9, 10, 11};
    struct source *s = &l->sources[l->source_count++];
    *s = (struct source){page, &work_states_count, NULL, {{0}}, 12};
    set_filter(l, s);
    s->args[1] = sql_text(state);
    size_t count = actor_areas(l->who, RIGHT_CASE_READ, in);
    bool is_town = false;
    for (size_t i = 0; i < ACTOR_AREAS; i++) {
        is_town = is_town || in[i] == l->root_id;
        s->args[places[i]] = sql_int(count ? in[i] : -1);
    }
    if (is_town && count)
        s->args[places[0]] = sql_int(0);
}

static void add_states(struct listing *l)
{
    static const char *const open[] = {"open", "decided", "waiting"};
    l->sources = arena_array(l->arena, 3, sizeof *l->sources);
    if (text_equal(l->filter->state, "closed"))
        add_state(l, "closed", &work_closed_page);
    else
        for (size_t i = 0; i < 3; i++)
            add_state(l, open[i], &work_states_page);
}

/* Counting ----------------------------------------------------------------------------------- */

struct counts {
    int64_t total, due_today, late;
};

static int by_case(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return (x->case_id > y->case_id) - (x->case_id < y->case_id);
}

static void count_distinct(struct entry *all, size_t count, day today, struct counts *out)
{
    *out = (struct counts){0, 0, 0};
    qsort(all, count, sizeof *all, by_case);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && all[i].case_id == all[i - 1].case_id)
            continue;
        out->total++;
        out->due_today += all[i].order_on == today;
        out->late += all[i].order_on != 0 && all[i].order_on < today;
    }
}

/* A case may stand with two posts of one person: it is counted once. */
static struct err *count_all(struct listing *l, struct counts *out)
{
    struct entry *all = NULL;
    size_t count = 0;
    for (size_t i = 0; i < l->source_count; i++) {
        struct rows *r;
        TRY(sql_rows(l->tx, l->sources[i].all, l->sources[i].args, 8, &r));
        while (rows_next(r)) {
            all = arena_room(l->arena, all, count, sizeof *all);
            all[count++] = (struct entry){rows_int(r, 0), 0, rows_int(r, 1)};
        }
        TRY(rows_end(r));
    }
    count_distinct(all, count, l->today, out);
    return NULL;
}

static struct err *count_sources(struct listing *l, struct counts *out)
{
    struct counts sum = {0, 0, 0};
    size_t filled = 0;
    for (size_t i = 0; i < l->source_count; i++) {
        struct source *s = &l->sources[i];
        struct rows *r;
        bool has_row;
        s->args[8] = sql_int(l->today);
        TRY(sql_row(l->tx, s->count, s->args, s->arg_count, &r, &has_row));
        filled += rows_int(r, 0) > 0;
        sum.total += rows_int(r, 0);
        sum.due_today += rows_int(r, 1);
        sum.late += rows_int(r, 2);
    }
    *out = sum;
    return filled > 1 && l->sources[0].all ? count_all(l, out) : NULL;
}

/* The page ----------------------------------------------------------------------------------- */

static int in_order(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->order_on != y->order_on)
        return x->order_on < y->order_on ? -1 : 1;
    return by_case(a, b);
}

static struct err *read_page(struct listing *l, const struct entry **out, size_t *count_out)
{
    struct entry *all = NULL;
    size_t count = 0, kept = 0, skip = (size_t)l->filter->page * WORK_PAGE;
    for (size_t i = 0; i < l->source_count; i++) {
        struct source *s = &l->sources[i];
        struct rows *r;
        s->args[8] = sql_int((l->filter->page + 1) * WORK_PAGE);
        TRY(sql_rows(l->tx, s->page, s->args, s->arg_count, &r));
        while (rows_next(r)) {
            all = arena_room(l->arena, all, count, sizeof *all);
            all[count++] = (struct entry){rows_int(r, 0), rows_int(r, 1), rows_int(r, 2)};
        }
        TRY(rows_end(r));
    }
    if (count)
        qsort(all, count, sizeof *all, in_order);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || all[i].case_id != all[kept - 1].case_id)
            all[kept++] = all[i];
    *out = kept > skip ? all + skip : NULL;
    *count_out = kept <= skip ? 0 : kept - skip > WORK_PAGE ? WORK_PAGE : kept - skip;
    return NULL;
}

/* One case ------------------------------------------------------------------------------------ */

struct item {
    const char *ref, *code, *applicant, *area, *step, *state, *unit_name, *outcome;
    int64_t form_version_id, since, visit_count;
    bool has_due, has_promised, has_step_due, is_provisional;
    day due_on, promised_on, step_due_on, received_on;
    bool has_answer_by;
    day answer_by; /* not accepted yet: last day for a notice */
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
                         .since = rows_int(r, 16),
                         .has_answer_by = !rows_is_null(r, 17),
                         .answer_by = (day)rows_int(r, 17)};
}

static const char *step_label(const struct listing *l, const struct service *s, const char *name)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (text_equal(s->steps[i].name, name))
            return case_label(l->language, s->steps[i].label, s->steps[i].label_en);
    return name;
}

/* Not accepted and no notice: until the fifth working day the day of the answer counts; from then
 * on the case is accepted by law, and the days counted from its receipt hold. */
static void write_left(const struct listing *l, const struct item *i, const struct service *s)
{
    struct json_out *j = l->j;
    bool is_before = i->has_answer_by && l->today <= i->answer_by;
    bool has_due = i->has_due && !is_before, has_promised = i->has_promised && !is_before;
    bool has_day = has_promised || has_due || is_before;
    day latest = has_promised ? i->promised_on : has_due ? i->due_on : i->answer_by;
    put_day(j, "due_on", has_due, i->due_on);
    put_day(j, "promised_on", has_promised, i->promised_on);
    put_day(j, "step_due_on", i->has_step_due, i->step_due_on);
    put_day(j, "answer_by", is_before, i->answer_by);
    json_put_bool(j, "is_deemed_accepted", i->has_answer_by && !is_before);
    if (has_day)
        json_put_int(j, "left", day_working_between(l->calendar, l->today, latest));
    else
        json_put_null(j, "left");
    json_put_bool(j, "is_late", has_day && latest < l->today);
    json_put_bool(j, "is_provisional", i->is_provisional && !is_before);
    int32_t legal_left = has_due ? day_working_between(l->calendar, l->today, i->due_on) : 0;
    json_put_int(j, "budget", has_due ? s->limit_legal : 0);
    json_put_int(j, "used", has_due ? s->limit_legal - legal_left : 0);
    json_put_int(j, "promised", has_promised ? s->limit_promised : 0);
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

static struct err *write_items(const struct listing *l, const struct entry *page, size_t count)
{
    json_open_array(l->j, "items");
    for (size_t i = 0; i < count; i++) {
        struct rows *r;
        bool has_row;
        TRY(sql_row(l->tx, &work_case, ARGS(sql_int(l->who->tenant), sql_int(page[i].case_id)), &r,
                    &has_row));
        const struct item item = read_item(r);
        if (has_row)
            TRY(write_item(l, &item));
    }
    json_close_array(l->j);
    return NULL;
}

struct err *work_write(struct tx *tx, struct json_out *j, struct office *o, const struct actor *who,
                       const struct work_filter *f, const char *language)
{
    struct arena *a = tx_arena(tx);
    struct listing l = {.tx = tx,
                        .arena = a,
                        .j = j,
                        .office = o,
                        .who = who,
                        .filter = f,
                        .today = tenant_day(o->tenant, tx_now_ms(tx)),
                        .language = language,
                        .like = *f->words ? text_print(a, "%%%s%%", f->words) : ""};
    const struct entry *page;
    struct counts counts;
    size_t count;
    TRY(calendar_read(tx, who->tenant, &l.calendar));
    TRY(find_root(&l));
    if (text_equal(f->state, "open") || text_equal(f->state, "closed"))
        add_states(&l);
    else
        add_posts(&l);
    TRY(count_sources(&l, &counts));
    json_put_int(j, "total", counts.total);
    json_put_int(j, "due_today", counts.due_today);
    json_put_int(j, "late", counts.late);
    TRY(read_page(&l, &page, &count));
    return write_items(&l, page, count);
}
