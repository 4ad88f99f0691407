/* Typed text -> readings -> rows that have all words of a reading, newest first -> those that
 * match. */
#include "domain/search.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/ident.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/registry.h"
#include "domain/search_own.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "forms/service.h"
#include "store/store.h"

#include <string.h>

/* $2 the rarest word, $3 older than, $4 ... $8 the other words, $9 ... $14 the areas where the
 * actor sees cases, $15 ... $20 those where he sees people. The list of the rarest word is read
 * backwards until the page is full; sub-selects that give one value keep either engine from sorting
 * it first. */
#define HAS(n)                                                                                     \
    "and (" n " = '' or (select count(*) from words b where b.tenant = $1 and b.word = " n         \
    " and b.object_id = w.object_id) > 0) "
#define AREA(cases, people)                                                                        \
    "case w.kind when 'case' then cast(" cases " as bigint) else " people " end"
#define MAY_SEE                                                                                    \
    "and (select count(*) from area_within x where x.tenant = $1 and x.area_id = w.area_id "       \
    "and x.ancestor_id in (" AREA("$9", "$15") ", " AREA("$10", "$16") ", " AREA(                  \
        "$11", "$17") ", " AREA("$12", "$18") ", " AREA("$13", "$19") ", " AREA("$14",             \
                                                                                "$20") ")) > 0 "
#define HAS_ALL HAS("$4") HAS("$5") HAS("$6") HAS("$7") HAS("$8")
#define FOUND                                                                                      \
    "(select w.object_id, w.kind, w.area_id from words w where w.tenant = $1 and w.word = $2 "     \
    "and w.object_id < $3 " HAS_ALL MAY_SEE "order by w.object_id desc limit 41) h "
QUERY(search_words,
      "select h.object_id, h.kind, c.ref, c.applicant_name, c.applicant_id_tail, "
      "c.form_version_id, s.state, e.label, e.properties, r.name, r.label, g.name from " FOUND
      "left join cases c on c.tenant = $1 and c.id = h.object_id and h.kind = 'case' "
      "left join case_states s on s.tenant = $1 and s.case_id = c.id "
      "left join entities e on e.tenant = $1 and e.id = h.object_id and h.kind = 'entity' "
      "left join registries r on r.tenant = $1 and r.id = e.registry_id "
      "left join areas g on g.tenant = $1 and g.id = h.area_id order by h.object_id desc");
enum { ROWS = 41, ROUNDS = 5, NUMBER_MIN = 7 };

struct hit {
    int64_t id, form_version_id;
    bool is_case, is_exact;
    const char *ref, *name, *tail, *state, *properties, *registry, *registry_label, *area;
};

static struct hit read_hit(const struct rows *r)
{
    bool is_case = text_equal(rows_text(r, 1), "case");
    return (struct hit){.id = rows_int(r, 0),
                        .is_case = is_case,
                        .ref = rows_text(r, 2),
                        .name = rows_text(r, is_case ? 3 : 7),
                        .tail = rows_text(r, 4),
                        .form_version_id = rows_int(r, 5),
                        .state = rows_text(r, 6),
                        .properties = rows_text(r, 8),
                        .registry = rows_text(r, 9),
                        .registry_label = rows_text(r, 10),
                        .area = rows_text(r, 11)};
}

/* Readings ------------------------------------------------------------------------------------ */

/* Digits, blanks and strokes (and the X of an ID card): a number as a whole. */
static bool is_digits(const char *typed)
{
    size_t size = strlen(typed);
    return size > 0 && strspn(typed, "0123456789 -Xx") == size && strspn(typed, " -Xx") < size;
}

bool search_is_number(const char *typed)
{
    size_t count = 0;
    for (const char *p = typed; *p; p++)
        count += *p >= '0' && *p <= '9';
    return is_digits(typed) && count >= NUMBER_MIN;
}

struct asked {
    struct words_reading readings[WORDS_READINGS + 3];
    size_t count, exact_count; /* the first ones are whole numbers */
};

static void ask_whole(struct asked *q, const char *word)
{
    if (*word)
        q->readings[q->count++] = (struct words_reading){{word}, 1};
}

static void ask(struct arena *a, const struct search *s, struct asked *q)
{
    *q = (struct asked){.count = 0};
    if (!is_digits(s->typed)) {
        q->count = words_readings(a, s->typed, q->readings);
        return;
    }
    const char *digits = search_digits(a, s->typed);
    ask_whole(q, text_lower(a, digits));
    if (search_is_number(s->typed)) {
        const unsigned char *secret = s->office->tenant->secret;
        ask_whole(q, search_hash_word(a, tenant_hash(a, secret, "id", ident_normal(a, digits))));
        ask_whole(q, search_phone_word(a, s->office, digits));
    }
    q->exact_count = q->count;
}

/* Does the row answer to what was typed? A number's word is the answer itself. */
static bool is_match(const struct hit *h, const struct search *s, bool is_exact)
{
    struct words_span spans[WORDS_SPANS];
    size_t count;
    return is_exact || words_find(h->name, s->typed, spans, &count) ||
           (h->is_case && words_find(h->ref, s->typed, spans, &count));
}

/* Was it on the list of an earlier reading? */
static bool was_shown(struct arena *a, const struct asked *q, size_t reading, const struct hit *h)
{
    struct words w;
    words_init(&w, a);
    words_split(&w, h->name);
    for (size_t i = 0; i < reading; i++) {
        bool has_all = q->exact_count == 0;
        for (size_t k = 0; has_all && k < q->readings[i].count; k++)
            has_all = words_has(&w, q->readings[i].terms[k]);
        if (has_all)
            return true;
    }
    return false;
}

/* Rows ---------------------------------------------------------------------------------------- */

struct page {
    struct tx *tx;
    const struct search *search;
    struct asked asked;
    int64_t cases_at[ACTOR_AREAS], people_at[ACTOR_AREAS];
    struct hit hits[SEARCH_PAGE];
    size_t count, reading; /* the reading under way */
    int64_t before;        /* its rows with lower ids come next */
};

static struct err *rows_read(struct page *p, struct hit hits[static ROWS], size_t *count_out)
{
    const struct words_reading *w = &p->asked.readings[p->reading];
    struct sql_arg args[20] = {sql_int(p->search->who->tenant), sql_text(w->terms[0]),
                               sql_int(p->before)};
    struct rows *r;
    size_t count = 0;
    for (size_t i = 1; i < WORDS_TERMS; i++)
        args[2 + i] = sql_text(i < w->count ? w->terms[i] : "");
    for (size_t i = 0; i < ACTOR_AREAS; i++) {
        args[8 + i] = sql_int(p->cases_at[i]);
        args[14 + i] = sql_int(p->people_at[i]);
    }
    TRY(sql_rows(p->tx, &search_words, args, 20, &r));
    while (rows_next(r) && count < ROWS)
        hits[count++] = read_hit(r);
    *count_out = count;
    return rows_end(r);
}

/* One reading, until the page is full or the list is at its end. */
static struct err *reading_fill(struct page *p, bool *is_at_end_out)
{
    struct arena *a = tx_arena(p->tx);
    bool is_exact = p->reading < p->asked.exact_count;
    struct hit hits[ROWS];
    size_t count = ROWS;
    *is_at_end_out = false;
    for (int round = 0; count == ROWS && round < ROUNDS; round++) {
        TRY(rows_read(p, hits, &count));
        for (size_t i = 0; i < count; i++) {
            if (p->count == SEARCH_PAGE)
                return NULL;
            p->before = hits[i].id;
            hits[i].is_exact = is_exact && search_is_number(p->search->typed);
            if (is_match(&hits[i], p->search, is_exact) &&
                !was_shown(a, &p->asked, p->reading, &hits[i]))
                p->hits[p->count++] = hits[i];
        }
    }
    *is_at_end_out = count < ROWS;
    return NULL;
}

static struct err *page_fill(struct page *p, bool *has_next_out)
{
    *has_next_out = false;
    for (; p->reading < p->asked.count; p->reading++, p->before = INT64_MAX) {
        bool is_at_end;
        TRY(reading_fill(p, &is_at_end));
        if (!is_at_end) {
            *has_next_out = true;
            return NULL;
        }
    }
    return NULL;
}

/* "2.123456789": the reading, and the last row that was looked at. */
static struct err *page_from(struct page *p)
{
    struct arena *a = tx_arena(p->tx);
    const char *next = p->search->next, *dot = strchr(next, '.');
    int64_t reading = 0;
    p->before = INT64_MAX;
    if (*next == '\0')
        return NULL;
    if (dot && text_to_int(arena_copy(a, next, (size_t)(dot - next)), &reading) && reading >= 0 &&
        (size_t)reading < p->asked.count && text_to_int(dot + 1, &p->before)) {
        p->reading = (size_t)reading;
        return NULL;
    }
    return err_new(a, ERR_INVALID, "search.next", "next",
                   "Take next from the page before, for the same words.",
                   "next 请用上一页给出的值，并保持查询内容不变。");
}

/* Answers ------------------------------------------------------------------------------------- */

static void put_spans(struct json_out *j, const char *key, const char *text, const char *typed)
{
    struct words_span spans[WORDS_SPANS];
    size_t count;
    if (!words_find(text, typed, spans, &count))
        count = 0;
    json_open_array(j, key);
    for (size_t i = 0; i < count; i++) {
        json_open_array(j, NULL);
        json_put_int(j, NULL, (int64_t)spans[i].start);
        json_put_int(j, NULL, (int64_t)spans[i].length);
        json_close_array(j);
    }
    json_close_array(j);
}

static const char *title_of(const struct form_version *v, const char *language)
{
    return text_equal(language, "en") && *v->service->title_en ? v->service->title_en : v->title;
}

static struct err *put_case(const struct page *p, struct json_out *j, const struct hit *h)
{
    const struct form_version *v;
    TRY(catalogue_version(p->search->office->catalogue, p->tx, h->form_version_id, &v));
    json_put_text(j, "ref", h->ref);
    json_put_text(j, "title", title_of(v, p->search->language));
    json_put_text(j, "state", h->state);
    put_spans(j, "ref_spans", h->ref, p->search->typed);
    return NULL;
}

static struct err *put_entity(const struct page *p, struct json_out *j, const struct hit *h)
{
    struct arena *a = tx_arena(p->tx);
    const struct json *properties;
    TRY(json_read(a, h->properties, strlen(h->properties), &properties));
    json_put_text(j, "id", text_print(a, "%lld", (long long)h->id));
    json_put_text(j, "registry", h->registry);
    json_put_text(j, "registry_label", h->registry_label);
    json_put_text(j, "id_masked", ident_masked(a, json_get_text(properties, "id_number")));
    return NULL;
}

static struct err *put_hit(const struct page *p, struct json_out *j, const struct hit *h)
{
    json_open_object(j, NULL);
    json_put_text(j, "kind", h->is_case ? "case" : "entity");
    json_put_text(j, "name", h->name);
    put_spans(j, "name_spans", h->name, p->search->typed);
    json_put_text(j, "area", h->area);
    json_put_bool(j, "is_exact", h->is_exact);
    TRY(h->is_case ? put_case(p, j, h) : put_entity(p, j, h));
    json_close_object(j);
    return NULL;
}

/* Services are few and in memory: by everyday words, else by the sounds of their titles. */
enum { SERVICES = 5 };

static void put_service(struct json_out *j, const struct form_version *v, const struct search *s)
{
    const char *title = title_of(v, s->language);
    json_open_object(j, NULL);
    json_put_text(j, "code", v->code);
    json_put_text(j, "title", title);
    put_spans(j, "title_spans", title, s->typed);
    json_close_object(j);
}

static void put_services(struct json_out *j, struct arena *a, const struct search *s)
{
    const struct catalogue_view *v = catalogue_view(s->office->catalogue, a);
    const struct form_version **found;
    struct words_span spans[WORDS_SPANS];
    bool has_words = !text_is_blank(s->typed) && !search_is_number(s->typed);
    size_t size, count = has_words ? catalogue_search(a, v, s->typed, &found) : 0, sounding = 0;
    json_open_array(j, "services");
    for (size_t i = 0; i < count && i < SERVICES; i++)
        put_service(j, found[i], s);
    for (size_t i = 0; has_words && count == 0 && i < v->count && sounding < SERVICES; i++)
        if (words_find(v->live[i]->title, s->typed, spans, &size)) {
            put_service(j, v->live[i], s);
            sounding++;
        }
    json_close_array(j);
}

struct err *search_write(struct tx *tx, struct json_out *j, const struct search *s)
{
    struct arena *a = tx_arena(tx);
    struct page p = {.tx = tx, .search = s};
    bool has_next;
    (void)actor_areas(s->who, RIGHT_CASE_READ, p.cases_at);
    (void)actor_areas(s->who, RIGHT_REGISTRY_READ, p.people_at);
    ask(a, s, &p.asked);
    TRY(page_from(&p));
    if (*s->next == '\0')
        put_services(j, a, s);
    TRY(page_fill(&p, &has_next));
    json_open_array(j, "items");
    for (size_t i = 0; i < p.count; i++)
        TRY(put_hit(&p, j, &p.hits[i]));
    json_close_array(j);
    json_put_text(j, "next",
                  has_next ? text_print(a, "%zu.%lld", p.reading, (long long)p.before) : "");
    return NULL;
}

struct err *search_audit(struct tx *tx, const struct search *s)
{
    if (!search_is_number(s->typed))
        return NULL;
    return audit_add(tx, s->who, "search.number", s->typed, "ok");
}
