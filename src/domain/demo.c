/* The demo township: people by a seeded generator, then a list of events played through the verbs
 * that the screens use. */
#include "domain/demo.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/day.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/casefile.h"
#include "domain/catalogue.h"
#include "domain/office.h"
#include "domain/registry.h"
#include "domain/session.h"
#include "domain/submission.h"
#include "domain/visit.h"
#include "engine/form.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>

/* People ------------------------------------------------------------------------------------- */

struct dice { /* xorshift64*: the same numbers everywhere */
    uint64_t state;
};

static uint32_t dice_below(struct dice *d, uint32_t limit)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return (uint32_t)((d->state * UINT64_C(2685821657736338717)) >> 33) % limit;
}

/* One of the characters of a text. */
static const char *dice_character(struct arena *a, struct dice *d, const char *characters)
{
    uint32_t skip = dice_below(d, (uint32_t)text_length(characters));
    const char *at = characters;
    while (skip--)
        text_next(&at);
    const char *end = at;
    text_next(&end);
    return arena_copy(a, at, (size_t)(end - at));
}

/* Three in ten are over sixty, one in ten over eighty: the young work elsewhere. */
static int32_t dice_age(struct dice *d)
{
    uint32_t kind = dice_below(d, 100);
    if (kind < 10)
        return 80 + (int32_t)dice_below(d, 21);
    if (kind < 30)
        return 60 + (int32_t)dice_below(d, 20);
    return (int32_t)dice_below(d, 60);
}

/* GB 11643 check character over the first 17 digits. */
static char id_check(const char *digits)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += (digits[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

static const char *demo_id_number(struct arena *a, day birth, uint32_t sequence)
{
    int year, month, date;
    day_to_date(birth, &year, &month, &date);
    const char *digits = text_print(a, "000000%04d%02d%02d%03u", year, month, date, sequence);
    return text_print(a, "%s%c", digits, id_check(digits));
}

struct demo_maker {
    const char *surnames, *male, *female;
    uint32_t disabled, low_income;     /* percent */
    const struct json *kinds, *levels; /* of disability */
    const char *const *villages;
    size_t village_count;
    int32_t year;
    struct dice dice;
};

static const char *dice_item(struct dice *d, const struct json *list)
{
    size_t count = json_count(list);
    return count ? json_text(json_at(list, dice_below(d, (uint32_t)count)), "") : "";
}

static const char *demo_disability(struct arena *a, struct demo_maker *m)
{
    const char *kind = dice_item(&m->dice, m->kinds);
    return text_join(a, kind, dice_item(&m->dice, m->levels));
}

static struct demo_resident demo_resident_make(struct arena *a, struct demo_maker *m, uint32_t n)
{
    struct dice *d = &m->dice;
    bool is_male = dice_below(d, 2);
    int32_t age = dice_age(d);
    day birth =
        day_from_date(m->year - age, 1 + (int)dice_below(d, 10), 1 + (int)dice_below(d, 28));
    const char *given = is_male ? m->male : m->female;
    const char *name = text_join(a, dice_character(a, d, m->surnames), dice_character(a, d, given));
    if (dice_below(d, 3))
        name = text_join(a, name, dice_character(a, d, given));
    char date[16];
    return (struct demo_resident){
        .name = name,
        .id_number = demo_id_number(a, birth, (n % 499) * 2 + is_male),
        .birth = arena_text(a, day_print(date, birth)),
        .sex = is_male ? "男" : "女",
        .village = m->villages[n % m->village_count],
        .phone = text_print(a, "000-%08u", 10000000 + n),
        .bank_account = text_print(a, "000000%010u%03u", n * 7919 % 1000000007, n % 1000),
        .disability = dice_below(d, 100) < m->disabled ? demo_disability(a, m) : "",
        .low_income = dice_below(d, 100) < m->low_income ? "是" : "",
        .age = age,
    };
}

void demo_residents_make(struct arena *a, const struct json *pack, const char *const *villages,
                         size_t village_count, int32_t today_year, const struct demo_resident **out,
                         size_t *count_out)
{
    struct demo_maker m = {
        .surnames = json_get_text(pack, "surnames"),
        .male = json_get_text(pack, "male"),
        .female = json_get_text(pack, "female"),
        .disabled = (uint32_t)json_get_int(pack, "disabled_percent", 0),
        .low_income = (uint32_t)json_get_int(pack, "low_income_percent", 0),
        .kinds = json_get(pack, "disability_kinds"),
        .levels = json_get(pack, "disability_levels"),
        .villages = villages,
        .village_count = village_count,
        .year = today_year,
        .dice = {(uint64_t)json_get_int(pack, "seed", 1)},
    };
    size_t count = village_count ? (size_t)json_get_int(pack, "count", 0) : 0;
    struct demo_resident *residents = arena_array(a, count, sizeof *residents);
    for (size_t i = 0; i < count; i++)
        residents[i] = demo_resident_make(a, &m, (uint32_t)i);
    *out = residents;
    *count_out = count;
}

static struct err *demo_person_write(struct tx *tx, const struct demo_people *p,
                                     const struct actor *who, const struct demo_resident *r)
{
    const struct entity_property properties[] = {
        {"name_full", r->name},
        {"id_number", r->id_number},
        {"birth", r->birth},
        {"sex", r->sex},
        {"village", r->village},
        {"phone", r->phone},
        {"bank_account", r->bank_account},
        {"disability", r->disability},
        {"low_income", r->low_income},
    };
    const struct catalogue_view *view = catalogue_view(p->office->catalogue, tx_arena(tx));
    const struct area *area = area_named(view->areas, r->village);
    const struct entity_write w = {
        .registry = "residents",
        .uuid = "",
        .label = r->name,
        .properties = properties,
        .property_count = sizeof properties / sizeof *properties,
        .area_id = area ? area->id : area_root(view->areas)->id,
        .is_create = true,
    };
    int64_t id;
    return registry_write(tx, who, p->office->tenant->secret, &w, &id);
}

struct err *demo_people_work(struct tx *tx, void *people)
{
    const struct demo_people *p = people;
    const struct actor *who = session_terminal(tx_arena(tx), p->office->tenant->id);
    for (size_t i = 0; i < p->count; i++)
        TRY(demo_person_write(tx, p, who, &p->residents[i]));
    return NULL;
}

/* Story -------------------------------------------------------------------------------------- */

struct demo_case {
    const char *name, *ref;
    const struct demo_resident *resident;
};

struct demo_player {
    struct demo_story *story;
    struct arena *arena;
    struct demo_case *cases;
    size_t case_count;
    bool *is_used; /* by resident */
};

static int64_t host_now(void *self)
{
    const struct demo_player *p = self;
    return clock_now_ms(NULL) + *p->story->clock_shift_ms;
}

static int32_t host_offset(void *self, int64_t at_ms)
{
    (void)at_ms;
    const struct demo_player *p = self;
    return p->story->office->tenant->utc_offset_min;
}

static uint64_t host_random(void *self)
{
    (void)self;
    uint64_t number;
    secret_random(&number, sizeof number);
    return number;
}

static const char *host_property(void *self, const char *name)
{
    (void)self;
    (void)name;
    return "";
}

static const char *uuid_make(struct arena *a)
{
    unsigned char b[16];
    secret_random(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    const char *hex = secret_hex(a, b, sizeof b);
    return text_print(a, "uuid:%.*s-%.*s-%.*s-%.*s-%.*s", 8, hex, 4, hex + 8, 4, hex + 12, 4,
                      hex + 16, 12, hex + 20);
}

/* The next resident who was in no event yet and fits {min_age, max_age, village, disabled}. */
static const struct demo_resident *demo_pick(struct demo_player *p, const struct json *wanted)
{
    const struct demo_story *s = p->story;
    const char *village = json_get_text(wanted, "village");
    for (size_t i = 0; i < s->resident_count; i++) {
        const struct demo_resident *r = &s->residents[i];
        if (p->is_used[i] || r->age < json_get_int(wanted, "min_age", 0) ||
            r->age > json_get_int(wanted, "max_age", 200) ||
            (*village && !text_equal(village, r->village)) ||
            (json_get_bool(wanted, "disabled", false) && !*r->disability) ||
            (*json_get_text(wanted, "sex") && !text_equal(json_get_text(wanted, "sex"), r->sex)))
            continue;
        p->is_used[i] = true;
        return r;
    }
    return NULL;
}

static const struct demo_file *demo_file_find(const struct demo_story *s, const char *name)
{
    for (size_t i = 0; i < s->file_count; i++)
        if (text_equal(s->files[i].name, name))
            return &s->files[i];
    return NULL;
}

/* What the event says of a question, else what the resident is. "" is not answered. */
static const char *demo_answer(const struct json *event, const struct demo_resident *r,
                               const char *question)
{
    const struct json *said = json_get(json_get(event, "answers"), question);
    if (said)
        return json_text(said, "");
    const struct {
        const char *question, *text;
    } known[] = {
        {"applicant_name", r->name},       {"applicant_id", r->id_number},
        {"applicant_phone", r->phone},     {"village", r->village},
        {"bank_account", r->bank_account},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (text_equal(known[i].question, question))
            return known[i].text;
    return json_get_text(json_get(event, "files"), question);
}

struct demo_filing {
    const struct form_version *version;
    const char *instance, *xml;
    size_t xml_size;
    struct submission_file *files;
    size_t file_count;
};

static struct err *demo_fill(struct demo_player *p, const struct json *event,
                             const struct demo_resident *r, struct demo_filing *f)
{
    struct arena *a = p->arena;
    const struct form_version *v = f->version;
    struct answer *answers = arena_array(a, v->question_count, sizeof *answers);
    f->files = arena_array(a, v->question_count, sizeof *f->files);
    size_t count = 0;
    for (size_t i = 0; i < v->question_count; i++) {
        const char *text = demo_answer(event, r, v->questions[i].name);
        if (!*text)
            continue;
        answers[count++] = (struct answer){v->questions[i].path, text};
        const struct demo_file *file =
            v->questions[i].is_file ? demo_file_find(p->story, text) : NULL;
        if (file)
            f->files[f->file_count++] =
                (struct submission_file){file->name, file->media_type, file->hash, file->size};
    }
    const struct host host = {p, host_now, host_offset, host_random, host_property};
    struct sheet *sheet;
    TRY(form_open(a, v->form, &host, answers, count, &sheet));
    return form_write(a, sheet, f->instance, "", &f->xml, &f->xml_size);
}

/* Whoever sends it: a resident, or the member of staff that the event names. */
struct demo_session {
    struct office *office;
    const char *sign_in;
    const struct actor *actor;
};

static struct err *demo_session_read(struct tx *tx, void *job)
{
    struct demo_session *s = job;
    struct session session;
    TRY(session_of_basic(tx, s->office, s->sign_in, &session));
    s->actor = session.actor;
    return NULL;
}

static struct err *demo_actor(struct demo_player *p, const struct json *event,
                              const struct actor **out)
{
    struct demo_session s = {p->story->office, json_get_text(event, "by"), NULL};
    if (*s.sign_in) {
        TRY(store_read(s.office->store, p->arena, demo_session_read, &s));
        *out = s.actor;
        return NULL;
    }
    struct actor *nobody = arena_alloc(p->arena, sizeof *nobody);
    *nobody = (struct actor){.tenant = s.office->tenant->id,
                             .name = "",
                             .utc_offset_min = s.office->tenant->utc_offset_min,
                             .channel = "web",
                             .request_hash = ""};
    *out = nobody;
    return NULL;
}

static struct err *demo_missing(struct demo_player *p, const struct json *event, const char *what)
{
    return err_new(p->arena, ERR_INVALID, "demo.event", json_get_text(event, "case"),
                   "The event names a %s that is not there.", "故事里写的 %s 不存在。", what);
}

static struct err *demo_submit(struct demo_player *p, const struct json *event)
{
    struct office *o = p->story->office;
    const struct demo_resident *r = demo_pick(p, json_get(event, "resident"));
    struct demo_filing f = {
        .version =
            catalogue_live(catalogue_view(o->catalogue, p->arena), json_get_text(event, "service")),
        .instance = uuid_make(p->arena),
    };
    if (!r || !f.version)
        return demo_missing(p, event, r ? "service" : "resident");
    TRY(demo_fill(p, event, r, &f));
    const struct actor *who;
    TRY(demo_actor(p, event, &who));
    const struct submission_input in = {
        .channel = *json_get_text(event, "by") ? "counter" : "web",
        .device = "demo",
        .language = "zh",
        .xml = f.xml,
        .xml_size = f.xml_size,
        .service = f.version->code,
        .version = f.version->version,
        .instance_id = f.instance,
        .key = "",
        .files = f.files,
        .file_count = f.file_count,
        .replaces = "",
        .draft = "",
        .draft_key = "",
        .proxy_name = "",
        .proxy_id = "",
    };
    struct submission *s;
    const char *findings = "";
    struct err *e = submission_prepare(o, p->arena, who, &in, &s, &findings);
    if (e)
        return err_at(p->arena, e, findings);
    TRY(store_write(o->store, p->arena, submission_store, s));
    p->cases[p->case_count++] = (struct demo_case){json_get_text(event, "case"), s->receipt.ref, r};
    return NULL;
}

static const char *demo_ref(const struct demo_player *p, const char *name)
{
    for (size_t i = 0; i < p->case_count; i++)
        if (text_equal(p->cases[i].name, name))
            return p->cases[i].ref;
    return NULL;
}

struct demo_version {
    struct office *office;
    const struct actor *who;
    const char *ref;
    int64_t version;
};
QUERY(demo_case_version, "select s.seq from cases c join case_states s on s.tenant = c.tenant and "
                         "s.case_id = c.id where c.tenant = $1 and c.ref = $2");

static struct err *demo_version_read(struct tx *tx, void *job)
{
    struct demo_version *v = job;
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &demo_case_version, ARGS(sql_int(v->office->tenant->id), sql_text(v->ref)),
                &row, &has_row));
    v->version = has_row ? rows_int(row, 0) : 0;
    return NULL;
}

static size_t demo_items(struct demo_player *p, const struct json *event,
                         const struct casefile_item **out)
{
    const struct json *list = json_get(event, "items");
    size_t count = json_count(list);
    struct casefile_item *items = arena_array(p->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const struct json *item = json_at(list, i);
        items[i] =
            (struct casefile_item){json_get_text(item, "path"), json_get_text(item, "material"),
                                   json_get_text(item, "text")};
    }
    *out = items;
    return count;
}

static struct err *demo_act(struct demo_player *p, const struct json *event)
{
    struct office *o = p->story->office;
    const char *ref = demo_ref(p, json_get_text(event, "case"));
    if (!ref)
        return demo_missing(p, event, "case");
    struct casefile_act act = {
        .office = o,
        .ref = ref,
        .action = json_get_text(event, "action"),
        .reason = json_get_text(event, "reason"),
        .note = json_get_text(event, "note"),
        .visit_cause = json_get_text(event, "visit"),
    };
    act.item_count = demo_items(p, event, &act.items);
    TRY(demo_actor(p, event, &act.who));
    struct demo_version v = {.office = o, .ref = ref};
    TRY(store_read(o->store, p->arena, demo_version_read, &v));
    act.version = v.version;
    TRY(casefile_act_prepare(p->arena, &act));
    return store_write(o->store, p->arena, casefile_act_work, &act);
}

static struct err *demo_visit(struct demo_player *p, const struct json *event)
{
    struct visit_new visit = {
        .office = p->story->office,
        .ref = demo_ref(p, json_get_text(event, "case")),
        .cause = json_get_text(event, "cause"),
        .note = json_get_text(event, "note"),
        .is_wasted = json_get_bool(event, "is_wasted", false),
    };
    if (!visit.ref)
        return demo_missing(p, event, "case");
    TRY(demo_actor(p, event, &visit.who));
    return store_write(p->story->office->store, p->arena, visit_add_work, &visit);
}

static struct err *demo_event(struct demo_player *p, const struct json *event)
{
    if (*json_get_text(event, "action"))
        return demo_act(p, event);
    return *json_get_text(event, "cause") ? demo_visit(p, event) : demo_submit(p, event);
}

enum { DAY_MS = 24 * 3600 * 1000 };

struct err *demo_story_play(struct arena *a, struct demo_story *story)
{
    size_t count = json_count(story->events);
    struct demo_player p = {
        .story = story,
        .arena = a,
        .cases = arena_array(a, count, sizeof(struct demo_case)),
        .is_used = arena_array(a, story->resident_count, sizeof(bool)),
    };
    for (size_t i = 0; i < count; i++) {
        const struct json *event = json_at(story->events, i);
        int64_t days = json_get_int(event, "days_ago", 0);
        *story->clock_shift_ms = -days * DAY_MS;
        TRY(demo_event(&p, event));
        story->done_count++;
    }
    *story->clock_shift_ms = 0;
    return NULL;
}
