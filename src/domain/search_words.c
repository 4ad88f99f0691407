/* What cases and people are found by, kept in the table `words` behind the commits. Numbers of
 * people never stand there in clear: a keyed hash of the whole number, and its last four. */
#include "domain/search_own.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/ident.h"
#include "base/text.h"
#include "domain/derive.h"
#include "domain/office.h"
#include "domain/search.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>

/* Words --------------------------------------------------------------------------------------- */

const char *search_digits(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, a);
    for (; *text; text++)
        if ((*text >= '0' && *text <= '9') || *text == 'X' || *text == 'x')
            buf_char(&b, *text);
    return buf_text(&b);
}

/* 96 bits of the hash are enough to tell numbers apart. */
const char *search_hash_word(struct arena *a, const char *hash)
{
    return *hash ? text_print(a, "#%.*s", 24, hash) : "";
}

const char *search_phone_word(struct arena *a, const struct office *o, const char *phone)
{
    const char *digits = search_digits(a, phone);
    return *digits ? search_hash_word(a, tenant_hash(a, o->tenant->secret, "phone", digits)) : "";
}

static const char *last_four(struct arena *a, const char *number)
{
    const char *text = text_lower(a, number);
    size_t size = strlen(text);
    return size > 4 ? text + size - 4 : "";
}

static void add_phone(struct words *w, const struct office *o, const char *phone)
{
    words_add(w, search_phone_word(w->arena, o, phone));
    words_add(w, last_four(w->arena, search_digits(w->arena, phone)));
}

/* 261124-4831-7: without its strokes, and what people say of it: 4831, 4831-7. */
static void add_ref(struct words *w, const char *ref)
{
    const char *digits = search_digits(w->arena, ref);
    size_t size = strlen(digits);
    words_add(w, digits);
    if (size == 11) {
        words_add(w, arena_copy(w->arena, digits + 6, 4));
        words_add(w, digits + 6);
    }
}

/* Of the properties: other names, and numbers as hashes. */
static struct err *add_entity(struct words *w, const struct office *o, const char *label,
                              const char *properties)
{
    struct arena *a = w->arena;
    const struct json *p;
    words_split(w, label);
    TRY(json_read(a, properties, strlen(properties), &p));
    for (size_t i = 0; i < json_count(p); i++) {
        const char *name = json_key_at(p, i), *value = json_get_text(p, name);
        if (text_equal(name, "name_full"))
            words_split(w, value);
        if (text_ends(name, "phone"))
            add_phone(w, o, value);
        if (!text_equal(name, "id_number") || *value == '\0')
            continue;
        const char *id = ident_normal(a, value);
        words_add(w, search_hash_word(a, tenant_hash(a, o->tenant->secret, "id", id)));
        words_add(w, last_four(a, id));
    }
    return NULL;
}

/* The table ----------------------------------------------------------------------------------- */

QUERY(word_put, "insert into words (tenant, word, object_id, kind, area_id) "
                "values ($1, $2, $3, $4, $5) on conflict do nothing");
QUERY(word_drop, "delete from words where tenant = $1 and word = $2 and object_id = $3 "
                 "and kind = $4 and area_id = $5");

struct object {
    int64_t tenant, id, area_id;
    const char *kind;
};

static struct err *words_each(struct tx *tx, const struct query *q, const struct object *o,
                              const struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        TRY(sql_run(tx, q,
                    ARGS(sql_int(o->tenant), sql_text(w->items[i]), sql_int(o->id),
                         sql_text(o->kind), sql_int(o->area_id)),
                    NULL));
    return NULL;
}

/* Cases --------------------------------------------------------------------------------------- */

/* With several servers a row may become visible after one with a higher id: on PostgreSQL those of
 * the last two seconds wait. */
enum { SETTLE_MS = 2000 };

static int64_t settled(struct tx *tx)
{
    return store_is_postgres(tx_store(tx)) ? tx_now_ms(tx) - SETTLE_MS : INT64_MAX;
}

QUERY(words_cases, "select id, area_id, ref, applicant_name, applicant_id_hash, applicant_id_tail, "
                   "applicant_phone, opened_at from cases where tenant = $1 and id > $2 "
                   "order by id limit $3");

static struct err *cases_newer(struct tx *tx, struct office *o, int64_t limit, int64_t *from_out,
                               struct rows **r_out)
{
    TRY(derive_progress(tx, o->tenant->id, "words.case", from_out));
    return sql_rows(tx, &words_cases,
                    ARGS(sql_int(o->tenant->id), sql_int(*from_out), sql_int(limit)), r_out);
}

struct err *search_has_cases(struct tx *tx, struct office *o, bool *has_out)
{
    struct rows *r;
    int64_t from;
    TRY(cases_newer(tx, o, 1, &from, &r));
    *has_out = rows_next(r) && rows_int(r, 7) <= settled(tx);
    return rows_end(r);
}

struct case_words {
    struct object object;
    struct words words;
};

static void case_words(struct arena *a, const struct office *o, const struct rows *r,
                       struct case_words *out)
{
    out->object = (struct object){o->tenant->id, rows_int(r, 0), rows_int(r, 1), "case"};
    words_init(&out->words, a);
    add_ref(&out->words, rows_text(r, 2));
    words_split(&out->words, rows_text(r, 3));
    words_add(&out->words, search_hash_word(a, rows_text(r, 4)));
    words_add(&out->words, text_lower(a, rows_text(r, 5)));
    add_phone(&out->words, o, rows_text(r, 6));
}

struct err *search_take_cases(struct tx *tx, struct office *o, int64_t limit, int64_t *taken_out)
{
    struct arena *a = tx_arena(tx);
    struct case_words *all = arena_array(a, (size_t)limit, sizeof *all);
    struct rows *r;
    int64_t from, count = 0;
    bool is_mine;
    TRY(cases_newer(tx, o, limit, &from, &r));
    while (rows_next(r) && count < limit && rows_int(r, 7) <= settled(tx))
        case_words(a, o, r, &all[count++]);
    TRY(rows_end(r));
    *taken_out = 0;
    if (count == 0)
        return NULL;
    TRY(derive_advance(tx, o->tenant->id, "words.case", from, all[count - 1].object.id, &is_mine));
    if (!is_mine)
        return NULL;
    for (int64_t i = 0; i < count; i++)
        TRY(words_each(tx, &word_put, &all[i].object, &all[i].words));
    *taken_out = count;
    return NULL;
}

/* People and other entries -------------------------------------------------------------------- */

QUERY(words_due_any, "select entity_id from words_due where tenant = $1 limit 1");
QUERY(words_due_take, "delete from words_due where tenant = $1 and entity_id in (select entity_id "
                      "from words_due where tenant = $1 order by entity_id limit $2) "
                      "returning entity_id");
QUERY(words_due_all, "insert into words_due (tenant, entity_id) select tenant, id from entities");
QUERY(words_due_clear, "delete from words_due");
QUERY(words_versions, "select version, area_id, label, properties, is_deleted from entity_versions "
                      "where tenant = $1 and entity_id = $2 order by version desc limit 50");

struct err *search_begin_again(struct tx *tx)
{
    TRY(sql_run(tx, &words_due_clear, NO_ARGS, NULL));
    return sql_run(tx, &words_due_all, NO_ARGS, NULL);
}

struct err *search_has_entities(struct tx *tx, struct office *o, bool *has_out)
{
    struct rows *r;
    return sql_row(tx, &words_due_any, ARGS(sql_int(o->tenant->id)), &r, has_out);
}

struct version {
    struct object object;
    const char *label, *properties;
    bool is_deleted;
};
enum { VERSIONS = 50 };

/* Words of older versions go, wherever they lay; those of the newest come. */
static struct err *entity_words(struct tx *tx, const struct office *o, int64_t id)
{
    struct arena *a = tx_arena(tx);
    struct version *v = arena_array(a, VERSIONS, sizeof *v);
    struct rows *r;
    size_t count = 0;
    TRY(sql_rows(tx, &words_versions, ARGS(sql_int(o->tenant->id), sql_int(id)), &r));
    for (; rows_next(r) && count < VERSIONS; count++)
        v[count] = (struct version){{o->tenant->id, id, rows_int(r, 1), "entity"},
                                    rows_text(r, 2),
                                    rows_text(r, 3),
                                    rows_int(r, 4) != 0};
    TRY(rows_end(r));
    for (size_t i = count; i-- > 0;) {
        struct words w;
        bool is_newest = i == 0 && !v[i].is_deleted;
        words_init(&w, a);
        TRY(add_entity(&w, o, v[i].label, v[i].properties));
        TRY(words_each(tx, is_newest ? &word_put : &word_drop, &v[i].object, &w));
    }
    return NULL;
}

struct err *search_take_entities(struct tx *tx, struct office *o, int64_t limit, int64_t *taken_out)
{
    int64_t *ids = arena_array(tx_arena(tx), (size_t)limit, sizeof *ids), count = 0;
    struct rows *r;
    TRY(sql_rows(tx, &words_due_take, ARGS(sql_int(o->tenant->id), sql_int(limit)), &r));
    while (rows_next(r) && count < limit)
        ids[count++] = rows_int(r, 0);
    TRY(rows_end(r));
    for (int64_t i = 0; i < count; i++)
        TRY(entity_words(tx, o, ids[i]));
    *taken_out = count;
    return NULL;
}
