#include "domain/calendar.h"

#include "base/arena.h"
#include "base/buf.h"
#include "domain/audit.h"
#include "domain/casefile.h"
#include "domain/office.h"
#include "formats/json.h"
#include "store/store.h"

enum { SATURDAY_AND_SUNDAY = 0x60, LONGEST_HOLIDAY = 40 };

QUERY(calendar_year_set,
      "insert into calendar_years (tenant, year, source, loaded_at) values ($1, $2, $3, $4) "
      "on conflict (tenant, year) do update set source = excluded.source, "
      "loaded_at = excluded.loaded_at");
QUERY(calendar_year_clear,
      "delete from calendar_days where tenant = $1 and on_day >= $2 and on_day < $3");
QUERY(calendar_day_set,
      "insert into calendar_days (tenant, on_day, is_working, name) values ($1, $2, $3, $4) "
      "on conflict (tenant, on_day) do update set is_working = excluded.is_working, "
      "name = excluded.name");
QUERY(calendar_days_all,
      "select on_day, is_working from calendar_days where tenant = $1 order by on_day");
QUERY(calendar_years_all,
      "select year, source from calendar_years where tenant = $1 order by year");

static struct err *day_fault(struct tx *tx, const char *text)
{
    return err_new(tx_arena(tx), ERR_INVALID, "calendar.day", "",
                   "'%s' is not a day of the calendar's year. Write days as 2026-01-31.",
                   "“%s”不是该年度的日期，请写成 2026-01-31 的样子。", text);
}

struct loading {
    struct tx *tx;
    int64_t tenant;
    day first, end; /* the year: first day, and the first day of the next */
};

static struct err *read_day(const struct loading *l, const char *text, day *day_out)
{
    if (!day_read(text, day_out) || *day_out < l->first || *day_out >= l->end)
        return day_fault(l->tx, text);
    return NULL;
}

static struct err *set_day(const struct loading *l, day d, bool is_working, const char *name)
{
    return sql_run(l->tx, &calendar_day_set,
                   ARGS(sql_int(l->tenant), sql_int(d), sql_int(is_working), sql_text(name)), NULL);
}

static struct err *load_list(const struct loading *l, const struct json *list, bool is_working)
{
    for (size_t i = 0; i < json_count(list); i++) {
        day d;
        TRY(read_day(l, json_text(json_at(list, i), ""), &d));
        TRY(set_day(l, d, is_working, ""));
    }
    return NULL;
}

static struct err *load_holidays(const struct loading *l, const struct json *list)
{
    for (size_t i = 0; i < json_count(list); i++) {
        const struct json *holiday = json_at(list, i);
        day from, to;
        TRY(read_day(l, json_get_text(holiday, "off_from"), &from));
        TRY(read_day(l, json_get_text(holiday, "off_to"), &to));
        if (to < from || to - from > LONGEST_HOLIDAY)
            return day_fault(l->tx, json_get_text(holiday, "off_to"));
        for (day d = from; d <= to; d++)
            TRY(set_day(l, d, false, json_get_text(holiday, "name")));
    }
    return NULL;
}

struct err *calendar_load(struct tx *tx, int64_t tenant, const struct json *year)
{
    int64_t number = json_get_int(year, "year", 0);
    if (number < 1990 || number > 2200)
        return err_new(tx_arena(tx), ERR_INVALID, "calendar.year", "year",
                       "The calendar names no year. Add \"year\": 2026.",
                       "日历没有写年份，请添加 \"year\": 2026。");
    struct loading l = {tx, tenant, day_from_date((int)number, 1, 1),
                        day_from_date((int)number + 1, 1, 1)};
    TRY(sql_run(tx, &calendar_year_set,
                ARGS(sql_int(tenant), sql_int(number), sql_text(json_get_text(year, "source")),
                     sql_int(tx_now_ms(tx))),
                NULL));
    TRY(sql_run(tx, &calendar_year_clear, ARGS(sql_int(tenant), sql_int(l.first), sql_int(l.end)),
                NULL));
    TRY(load_holidays(&l, json_get(year, "holidays")));
    TRY(load_list(&l, json_get(year, "off_days"), false));
    return load_list(&l, json_get(year, "extra_working_days"), true);
}

struct err *calendar_load_work(struct tx *tx, void *job)
{
    const struct calendar_new *n = job;
    int64_t year = json_get_int(n->year, "year", 0);
    TRY(calendar_load(tx, n->who->tenant, n->year));
    TRY(casefile_recount(tx, n->office));
    return audit_add(tx, n->who, "calendar.load",
                     text_print(tx_arena(tx), "calendar:%lld", (long long)year), "ok");
}

/* Published without a gap from the first loaded year on. */
static struct err *read_published(struct tx *tx, int64_t tenant, day *until_out)
{
    struct rows *r;
    int64_t last = 0;
    TRY(sql_rows_kept(tx, &calendar_years_all, ARGS(sql_int(tenant)), &r));
    while (rows_next(r))
        if (last == 0 || rows_int(r, 0) == last + 1)
            last = rows_int(r, 0);
    TRY(rows_end(r));
    *until_out = last ? day_from_date((int)last, 12, 31) : day_from_date(1970, 1, 1);
    return NULL;
}

static void append(struct arena *a, day **days, size_t *count, day d)
{
    *days = arena_room(a, *days, *count, sizeof **days);
    (*days)[(*count)++] = d;
}

struct err *calendar_read(struct tx *tx, int64_t tenant, const struct calendar **out)
{
    struct arena *a = tx_arena(tx);
    struct calendar *c = arena_alloc(a, sizeof *c);
    day *closed = NULL, *opened = NULL;
    struct rows *r;
    *c = (struct calendar){.weekend = SATURDAY_AND_SUNDAY};
    TRY(read_published(tx, tenant, &c->published_until));
    TRY(sql_rows_kept(tx, &calendar_days_all, ARGS(sql_int(tenant)), &r));
    while (rows_next(r)) {
        day d = (day)rows_int(r, 0);
        if (rows_int(r, 1))
            append(a, &opened, &c->opened_count, d);
        else
            append(a, &closed, &c->closed_count, d);
    }
    TRY(rows_end(r));
    c->closed = closed;
    c->opened = opened;
    *out = c;
    return NULL;
}

static void write_days(struct json_out *j, const char *key, const day *days, size_t count)
{
    char text[16];
    json_open_array(j, key);
    for (size_t i = 0; i < count; i++)
        json_put_text(j, NULL, day_print(text, days[i]));
    json_close_array(j);
}

struct err *calendar_write(struct tx *tx, struct json_out *j, int64_t tenant)
{
    const struct calendar *c;
    struct rows *r;
    char text[16];
    TRY(calendar_read(tx, tenant, &c));
    json_put_text(j, "published_until", day_print(text, c->published_until));
    write_days(j, "off_days", c->closed, c->closed_count);
    write_days(j, "extra_working_days", c->opened, c->opened_count);
    json_open_array(j, "sources");
    TRY(sql_rows(tx, &calendar_years_all, ARGS(sql_int(tenant)), &r));
    while (rows_next(r)) {
        json_open_object(j, NULL);
        json_put_int(j, "year", rows_int(r, 0));
        json_put_text(j, "source", rows_text(r, 1));
        json_close_object(j);
    }
    json_close_array(j);
    return rows_end(r);
}
