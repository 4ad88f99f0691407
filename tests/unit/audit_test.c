/* The audit chain and its verifier, with forged logs (trust.md 6: G1 to G6, G10). A forger works on
 * a copy of the rows, put into a database of its own, since ours lets nobody change them. */
#include "domain/audit.h"

#include "base/gm.h"
#include "town.h"

enum { SEEDS = 40, ENTRIES = 60 };

struct entry {
    int64_t tenant, lane, seq, at, repeats;
    const char *text[7]; /* actor, op, object, result, request hash, previous hash, hash */
};
struct stated {
    int64_t tenant, lane, seq, at;
    const char *heads, *signature;
};
struct log {
    struct arena *arena;
    struct entry entries[400];
    size_t count;
    struct stated checkpoints[50];
    size_t checkpoint_count;
    unsigned char public_key[SECRET_PUBLIC];
    uint64_t seed;
};

QUERY(test_entries, "select tenant, lane, seq, at, repeats, actor, op, object, result, "
                    "request_hash, prev_hash, hash from audit_entries order by tenant, lane, seq");
QUERY(test_checkpoints, "select tenant, lane, seq, at, heads, signature from audit_checkpoints "
                        "order by lane, seq");
QUERY(test_entry_put,
      "insert into audit_entries (tenant, lane, seq, at, repeats, actor, op, object, result, "
      "request_hash, prev_hash, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
QUERY(test_checkpoint_put, "insert into audit_checkpoints (tenant, lane, seq, at, heads, "
                           "signature) values ($1, $2, $3, $4, $5, $6)");
QUERY(test_refusals, "select coalesce(sum(repeats), 0) from audit_entries where tenant = $1 "
                     "and result = 'right.missing'");
QUERY(test_refusal_rows, "select count(*) from audit_entries where tenant = $1 "
                         "and result = 'right.missing'");
QUERY(test_checkpoint_rows, "select count(*) from audit_checkpoints where tenant = $1");

static struct err *log_read(struct tx *tx, void *job)
{
    struct log *l = job;
    struct rows *r;
    TRY(sql_rows(tx, &test_entries, NO_ARGS, &r));
    while (rows_next(r)) {
        struct entry *e = &l->entries[l->count++];
        *e = (struct entry){rows_int(r, 0), rows_int(r, 1), rows_int(r, 2),
                            rows_int(r, 3), rows_int(r, 4), {0}};
        for (int i = 0; i < 7; i++)
            e->text[i] = rows_text(r, 5 + i);
    }
    TRY(rows_end(r));
    TRY(sql_rows(tx, &test_checkpoints, NO_ARGS, &r));
    while (rows_next(r))
        l->checkpoints[l->checkpoint_count++] =
            (struct stated){rows_int(r, 0), rows_int(r, 1),  rows_int(r, 2),
                            rows_int(r, 3), rows_text(r, 4), rows_text(r, 5)};
    return rows_end(r);
}

static struct err *log_write(struct tx *tx, void *job)
{
    const struct log *l = job;
    for (size_t i = 0; i < l->count; i++) {
        const struct entry *e = &l->entries[i];
        TRY(sql_run(tx, &test_entry_put,
                    ARGS(sql_int(e->tenant), sql_int(e->lane), sql_int(e->seq), sql_int(e->at),
                         sql_int(e->repeats), sql_text(e->text[0]), sql_text(e->text[1]),
                         sql_text(e->text[2]), sql_text(e->text[3]), sql_text(e->text[4]),
                         sql_text(e->text[5]), sql_text(e->text[6])),
                    NULL));
    }
    for (size_t i = 0; i < l->checkpoint_count; i++) {
        const struct stated *c = &l->checkpoints[i];
        TRY(sql_run(tx, &test_checkpoint_put,
                    ARGS(sql_int(c->tenant), sql_int(c->lane), sql_int(c->seq), sql_int(c->at),
                         sql_text(c->heads), sql_text(c->signature)),
                    NULL));
    }
    return NULL;
}

/* An honest log: sixty acts, a checkpoint after each twenty. */
static struct err *act_work(struct tx *tx, void *job)
{
    struct town *t = job;
    t->now_ms += 1000;
    return audit_add(tx, t->terminal, "case.accept", "case:261124-0001-1", "ok");
}

static void log_make(struct town *t, struct log *l)
{
    *l = (struct log){.arena = t->arena};
    for (int i = 0; i < ENTRIES; i++) {
        OK(store_write(t->store, t->arena, act_work, t));
        if (i % 20 == 19)
            OK(office_finish(t->office, t->arena));
    }
    OK(store_read(t->store, t->arena, log_read, l));
    const char *path = text_print(t->arena, "%s/audit.pub", t->dir);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fread(l->public_key, 1, SECRET_PUBLIC, f), SECRET_PUBLIC);
    (void)fclose(f);
    assert_true(l->count > ENTRIES);
    assert_int_equal(l->checkpoint_count, 3);
}

/* What the verifier says of a log. */
static const char *verdict(const struct log *l)
{
    struct arena *a = arena_new();
    const char *dir = help_dir(a);
    struct store_options options = help_options(dir);
    options.unsafe_sync_off = true; /* a forger's copy: nothing to lose */
    struct store *store;
    OK(store_open(a, &options, &store));
    OK(store_write(store, a, log_write, (void *)(uintptr_t)l));
    const struct audit_trust trust = {l->public_key, ""};
    struct audit_report report;
    OK(audit_verify(store, a, &trust, &report));
    const char *fault = arena_text(l->arena, report.fault);
    store_close(store);
    help_remove(dir);
    arena_free(a);
    return fault;
}

static size_t below(struct log *l, size_t limit)
{
    l->seed = l->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((l->seed >> 33) % limit);
}

/* Forgeries ----------------------------------------------------------------------------------- */

static void flip_bit(struct log *l)
{
    struct entry *e = &l->entries[below(l, l->count)];
    switch (below(l, 3)) {
    case 0:
        e->at ^= INT64_C(1) << below(l, 40);
        break;
    case 1:
        e->repeats ^= INT64_C(1) << below(l, 20);
        break;
    default: {
        size_t which = below(l, 7);
        char *copy = arena_text(l->arena, *e->text[which] ? e->text[which] : "x");
        copy[below(l, strlen(copy))] ^= 1;
        e->text[which] = copy;
    }
    }
}

static void delete_one(struct log *l)
{
    size_t at = below(l, l->count - 1); /* the last one: cut_tail */
    memmove(&l->entries[at], &l->entries[at + 1], (l->count - at - 1) * sizeof *l->entries);
    l->count--;
}

static void swap_two(struct log *l)
{
    size_t x = below(l, l->count), y = (x + 1 + below(l, l->count - 1)) % l->count;
    struct entry kept = l->entries[x];
    l->entries[x] = l->entries[y];
    l->entries[y] = kept;
    int64_t seq = l->entries[x].seq;
    l->entries[x].seq = l->entries[y].seq;
    l->entries[y].seq = seq;
}

static void insert_one(struct log *l)
{
    size_t at = 1 + below(l, l->count - 1);
    memmove(&l->entries[at + 1], &l->entries[at], (l->count - at) * sizeof *l->entries);
    l->count++;
    for (size_t i = at; i < l->count; i++)
        l->entries[i].seq = l->entries[at - 1].seq + 1 + (int64_t)(i - at);
}

static void cut_tail(struct log *l)
{
    l->count -= 1 + below(l, 20);
}

static void put(struct buf *b, const char *text)
{
    buf_print(b, "%zu:%s", strlen(text), text);
}

static void put_number(struct buf *b, int64_t n)
{
    put(b, text_print(b->arena, "%lld", (long long)n));
}

/* The forger can compute hashes as well as we can. */
static void rechain(struct log *l, size_t from)
{
    for (size_t i = from; i < l->count; i++) {
        struct entry *e = &l->entries[i];
        struct buf b;
        buf_init(&b, l->arena);
        e->text[5] = i ? l->entries[i - 1].text[6] : "";
        buf_add(&b, "bb-audit-v1");
        put_number(&b, e->tenant);
        put_number(&b, e->lane);
        put_number(&b, e->seq);
        put(&b, e->text[5]);
        put_number(&b, e->at);
        for (int k = 0; k < 5; k++)
            put(&b, e->text[k]);
        put_number(&b, e->repeats);
        unsigned char digest[GM_SM3];
        gm_sm3(b.data, b.size, digest);
        e->text[6] = secret_hex(l->arena, digest, sizeof digest);
    }
}

static void edit_and_rechain(struct log *l)
{
    size_t at = below(l, 55);
    l->entries[at].text[3] = "refused";
    rechain(l, at);
}

static void change_nothing(struct log *l)
{
    (void)l;
}

static const struct {
    const char *name;
    void (*forge)(struct log *l);
    bool is_found, is_found_without_checkpoints;
} forgeries[] = {
    {"G0 nothing", change_nothing, false, false},
    {"G1 bit flip", flip_bit, true, true},
    {"G2 delete", delete_one, true, true},
    {"G3 swap", swap_two, true, true},
    {"G4 insert", insert_one, true, true},
    {"G5 cut tail", cut_tail, true, false},
    {"G6 edit and re-chain", edit_and_rechain, true, false},
};

static int found(const struct log *honest, size_t which, bool with_checkpoints, int seeds)
{
    int count = 0;
    for (int seed = 0; seed < seeds; seed++) {
        struct log forged = *honest;
        forged.seed = (uint64_t)seed * 7919 + which;
        forgeries[which].forge(&forged);
        if (!with_checkpoints)
            forged.checkpoint_count = 0;
        count += *verdict(&forged) != '\0';
    }
    return count;
}

static void finds_every_forgery(void **state)
{
    (void)state;
    struct town t;
    struct log honest;
    town_open(&t);
    log_make(&t, &honest);
    store_close(t.store);
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        int seeds = forgeries[i].forge == change_nothing ? 1 : SEEDS;
        int with = found(&honest, i, true, seeds);
        print_message("# %s: %d of %d found\n", forgeries[i].name, with, seeds);
        assert_int_equal(with, forgeries[i].is_found ? seeds : 0);
        /* The control: without checkpoints a cut or re-chained log passes. */
        int without = found(&honest, i, false, 4);
        assert_int_equal(without, forgeries[i].is_found_without_checkpoints ? 4 : 0);
    }
    arena_free(t.arena);
    help_remove(t.dir);
}

static void knows_its_own_key(void **state)
{
    (void)state;
    struct town t;
    struct log log;
    town_open(&t);
    log_make(&t, &log);
    store_close(t.store);
    log.public_key[3] ^= 1;
    assert_string_equal(verdict(&log), "audit.signature");
    arena_free(t.arena);
}

/* G10: what is no honest continuation, each with its own word. */
static void leave_gap(struct log *l)
{
    size_t at = 1 + below(l, l->count - 2);
    for (size_t i = at; i < l->count; i++)
        l->entries[i].seq++;
    rechain(l, at);
}

static void fork_chain(struct log *l)
{
    size_t at = 1 + below(l, l->count - 2);
    l->entries[at].text[5] = l->entries[at - 1].text[5];
    rechain(l, at + 1);
}

static void replay_checkpoint(struct log *l)
{
    struct stated *last = &l->checkpoints[l->checkpoint_count - 1];
    last->heads = l->checkpoints[0].heads;
    last->signature = l->checkpoints[0].signature;
}

static void unsign_checkpoint(struct log *l)
{
    char *copy = arena_text(l->arena, l->checkpoints[1].signature);
    copy[below(l, strlen(copy))] ^= 1;
    l->checkpoints[1].signature = copy;
}

static void names_each_forgery(void **state)
{
    (void)state;
    static const struct {
        void (*forge)(struct log *l);
        const char *fault;
    } rows[] = {{leave_gap, "audit.gap"},
                {fork_chain, "audit.chain"},
                {replay_checkpoint, "audit.signature"},
                {unsign_checkpoint, "audit.signature"},
                {cut_tail, "audit.cut"},
                {edit_and_rechain, "audit.rewritten"}};
    struct town t;
    struct log honest;
    town_open(&t);
    log_make(&t, &honest);
    store_close(t.store);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int seed = 0; seed < 10; seed++) {
            struct log forged = honest;
            forged.seed = (uint64_t)seed * 104729 + i;
            rows[i].forge(&forged);
            assert_string_equal(verdict(&forged), rows[i].fault);
        }
    arena_free(t.arena);
    help_remove(t.dir);
}

/* Two entries with one number cannot even be put into a database. */
static void takes_a_number_once(void **state)
{
    (void)state;
    struct town t;
    struct log log;
    town_open(&t);
    log_make(&t, &log);
    log.entries[0] = log.entries[5];
    log.count = 1;
    log.checkpoint_count = 0;
    const struct err *e = store_write(t.store, t.arena, log_write, &log);
    assert_non_null(e);
    assert_string_equal(e->code, "store.unique");
    town_close(&t);
}

/* Refusals ------------------------------------------------------------------------------------ */

static void counts_equal_refusals(void **state)
{
    (void)state;
    struct town t;
    town_open(&t);
    const struct err why = {ERR_DENIED, "right.missing", "", "", ""};
    for (int i = 0; i < 30; i++)
        OK(audit_refusal(t.office, t.arena, t.terminal, "case.act", "case:1", &why));
    assert_int_equal(town_count(&t, &test_refusal_rows), 1);
    t.now_ms += 61000;
    OK(audit_refusal(t.office, t.arena, t.terminal, "case.act", "case:1", &why));
    OK(office_finish(t.office, t.arena));
    assert_int_equal(town_count(&t, &test_refusals), 31);
    assert_int_equal(town_count(&t, &test_refusal_rows), 3);
    town_close(&t);
}

/* Checkpoints --------------------------------------------------------------------------------- */

struct acts {
    struct town *town;
    int count;
};

static struct err *acts_work(struct tx *tx, void *job)
{
    const struct acts *acts = job;
    for (int i = 0; i < acts->count; i++)
        TRY(audit_add(tx, acts->town->terminal, "case.accept", "case:1", "ok"));
    return audit_checkpoint(tx, acts->town->office->signer, acts->town->office->tenant->id, false);
}

static void signs_when_due(void **state)
{
    (void)state;
    static const struct {
        int entries;
        int64_t later_ms;
        int64_t checkpoints;
    } rows[] = {{10, 0, 0}, {480, 0, 0}, {20, 0, 1}, {1, 0, 1}, {0, 59000, 1}, {0, 2000, 2}};
    struct town t;
    town_open(&t);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        t.now_ms += rows[i].later_ms;
        struct acts acts = {&t, rows[i].entries};
        OK(store_write(t.store, t.arena, acts_work, &acts));
        OK(office_tick(t.office, t.arena));
        assert_int_equal(town_count(&t, &test_checkpoint_rows), rows[i].checkpoints);
    }
    town_close(&t);
}

int main(void)
{
    /* Three hundred forged databases: in memory, where there is a place for it. */
    if (access("/dev/shm", W_OK) == 0)
        (void)setenv("TMPDIR", "/dev/shm", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_forgery),   cmocka_unit_test(knows_its_own_key),
        cmocka_unit_test(names_each_forgery),    cmocka_unit_test(takes_a_number_once),
        cmocka_unit_test(counts_equal_refusals), cmocka_unit_test(signs_when_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
