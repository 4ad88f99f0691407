/* The audit chain. Entry i of a lane holds h_i = SM3("bb-audit-v1" and, each with its length,
 * tenant, lane, seq, h_(i-1), time, actor, op, object, result, request hash, repeats). The head is
 * kept in the lane's state, so that an entry costs one insert; it is undone with the work that
 * added it. */
#include "domain/audit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/gm.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/office.h"
#include "domain/tenant.h"
#include "formats/json.h"
#include "store/store.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LANE_TENANTS = 8, /* townships whose head is kept in memory; others are read back */
    REFUSALS = 64,    /* refusals counted in memory for a minute */
    CHECKPOINT_ENTRIES = 500,
    CHECKPOINT_MS = 60000,
    REFUSAL_MS = 60000,
    HEX = 2 * GM_SM3 + 1
};

struct head {
    int64_t tenant, seq;
    int64_t since,
        since_at; /* entries after the last checkpoint, and when the first of them came */
    int64_t checkpoints;
    char hash[HEX];
    unsigned char secret[TENANT_SECRET];
};
struct refusal {
    int64_t tenant, at, more; /* more: repeats after the entry that was written */
    char actor[32], op[48], object[HEX], result[48];
};
struct lane {
    size_t next_head;
    struct head heads[LANE_TENANTS];
};

QUERY(audit_last, "select seq, hash from audit_entries where tenant = $1 and lane = $2 "
                  "order by seq desc limit 1");
QUERY(audit_secret, "select secret from tenants where tenant = $1");
QUERY(audit_insert, "insert into audit_entries (tenant, lane, seq, at, actor, op, object, result, "
                    "request_hash, repeats, prev_hash, hash) "
                    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
QUERY(audit_heads,
      "select e.lane, e.seq, e.hash from lanes l join audit_entries e on e.tenant = $1 "
      "and e.lane = l.lane and e.seq = (select max(m.seq) from audit_entries m "
      "where m.tenant = $1 and m.lane = l.lane) order by e.lane");

static struct lane *lane_of(struct tx *tx)
{
    return tx_lane_state(tx, sizeof(struct lane));
}

/* Copies what fits; the texts of an entry are our own and short. */
static void keep(char *out, size_t room, const char *text)
{
    size_t size = strlen(text);
    size = size < room ? size : room - 1;
    memcpy(out, text, size);
    out[size] = '\0';
}

static void add_field(struct buf *b, const char *text)
{
    buf_print(b, "%zu:", strlen(text));
    buf_add(b, text);
}

static void add_number(struct buf *b, int64_t number)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)number);
    add_field(b, text);
}

struct entry {
    const char *actor, *op, *object, *result, *request_hash;
    int64_t repeats;
};

static const char *entry_hash(struct tx *tx, const struct head *h, const struct entry *e)
{
    struct buf b;
    buf_init(&b, tx_arena(tx));
    buf_add(&b, "bb-audit-v1");
    add_number(&b, h->tenant);
    add_number(&b, tx_lane(tx));
    add_number(&b, h->seq + 1);
    add_field(&b, h->hash);
    add_number(&b, tx_now_ms(tx));
    add_field(&b, e->actor);
    add_field(&b, e->op);
    add_field(&b, e->object);
    add_field(&b, e->result);
    add_field(&b, e->request_hash);
    add_number(&b, e->repeats);
    unsigned char digest[GM_SM3];
    gm_sm3(b.data, b.size, digest);
    return secret_hex(tx_arena(tx), digest, sizeof digest);
}

static struct err *entry_write(struct tx *tx, struct head *h, const struct entry *e)
{
    const char *hash = entry_hash(tx, h, e);
    TRY(sql_run(tx, &audit_insert,
                ARGS(sql_int(h->tenant), sql_int(tx_lane(tx)), sql_int(h->seq + 1),
                     sql_int(tx_now_ms(tx)), sql_text(e->actor), sql_text(e->op),
                     sql_text(e->object), sql_text(e->result), sql_text(e->request_hash),
                     sql_int(e->repeats), sql_text(h->hash), sql_text(hash)),
                NULL));
    h->seq++;
    memcpy(h->hash, hash, HEX);
    if (h->since++ == 0)
        h->since_at = tx_now_ms(tx);
    return NULL;
}

/* The heads of all lanes as JSON; also what a new lane binds itself to. */
static struct err *heads_as_json(struct tx *tx, int64_t tenant, const char **out)
{
    struct buf b;
    buf_init(&b, tx_arena(tx));
    struct json_out j;
    json_start(&j, &b);
    json_open_array(&j, NULL);
    struct rows *r;
    TRY(sql_rows(tx, &audit_heads, ARGS(sql_int(tenant)), &r));
    while (rows_next(r)) {
        json_open_object(&j, NULL);
        json_put_int(&j, "lane", rows_int(r, 0));
        json_put_int(&j, "seq", rows_int(r, 1));
        json_put_text(&j, "hash", rows_text(r, 2));
        json_close_object(&j);
    }
    TRY(rows_end(r));
    json_close_array(&j);
    *out = buf_text(&b);
    return NULL;
}

/* The first entry of a lane names the digest and binds the heads that all lanes had then. */
static struct err *lane_begin(struct tx *tx, struct head *h)
{
    const char *heads;
    TRY(heads_as_json(tx, h->tenant, &heads));
    unsigned char digest[GM_SM3];
    gm_sm3(heads, strlen(heads), digest);
    const struct entry begin = {.actor = "server",
                                .op = "audit.begin",
                                .object = "sm3",
                                .result = "ok",
                                .request_hash = secret_hex(tx_arena(tx), digest, sizeof digest),
                                .repeats = 1};
    return entry_write(tx, h, &begin);
}

static struct err *head_load(struct tx *tx, int64_t tenant, struct head *h)
{
    *h = (struct head){.tenant = tenant};
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &audit_secret, ARGS(sql_int(tenant)), &r, &has_row));
    size_t size = 0;
    const void *secret = has_row ? rows_bytes(r, 0, &size) : NULL;
    if (size != TENANT_SECRET)
        return err_new(tx_arena(tx), ERR_INTERNAL, "tenant.secret", "",
                       "The key of this township is damaged. Restore a backup.",
                       "本乡镇的密钥已损坏。请恢复备份。");
    memcpy(h->secret, secret, TENANT_SECRET);
    TRY(sql_row(tx, &audit_last, ARGS(sql_int(tenant), sql_int(tx_lane(tx))), &r, &has_row));
    if (!has_row)
        return lane_begin(tx, h);
    h->seq = rows_int(r, 0);
    keep(h->hash, HEX, rows_text(r, 1));
    return NULL;
}

static struct err *head_find(struct tx *tx, int64_t tenant, struct head **out)
{
    struct lane *lane = lane_of(tx);
    for (size_t i = 0; i < LANE_TENANTS; i++)
        if (lane->heads[i].tenant == tenant && lane->heads[i].seq) {
            *out = &lane->heads[i];
            return NULL;
        }
    struct head *h = &lane->heads[lane->next_head++ % LANE_TENANTS];
    struct err *e = head_load(tx, tenant, h);
    if (e)
        *h = (struct head){0};
    *out = h;
    return e;
}

static const char *actor_text(struct arena *a, const struct actor *who)
{
    if (who->person_id)
        return text_print(a, "person:%lld", (long long)who->person_id);
    if (who->subject_id)
        return text_print(a, "resident:%lld", (long long)who->subject_id);
    if (who->case_id)
        return text_print(a, "case:%lld", (long long)who->case_id);
    return text_equal(who->channel, "cli") ? "terminal" : "nobody";
}

struct err *audit_add(struct tx *tx, const struct actor *who, const char *op, const char *object,
                      const char *result)
{
    struct head *h;
    TRY(head_find(tx, who->tenant, &h));
    struct arena *a = tx_arena(tx);
    const struct entry e = {.actor = actor_text(a, who),
                            .op = op,
                            .object = tenant_hash(a, h->secret, "audit", object),
                            .result = result,
                            .request_hash = who->request_hash ? who->request_hash : "",
                            .repeats = 1};
    return entry_write(tx, h, &e);
}

struct err *audit_head(struct tx *tx, int64_t tenant, int64_t *seq_out, const char **hash_out)
{
    struct head *h;
    TRY(head_find(tx, tenant, &h));
    *seq_out = h->seq;
    *hash_out = arena_text(tx_arena(tx), h->hash);
    return NULL;
}

/* Refusals ------------------------------------------------------------------------------------ */

struct audit_refusals {
    pthread_mutex_t lock;
    size_t next;
    struct refusal places[REFUSALS];
};

static void refusals_close(void *thing)
{
    (void)pthread_mutex_destroy(&((struct audit_refusals *)thing)->lock);
}

struct audit_refusals *audit_refusals_new(struct arena *a)
{
    struct audit_refusals *r = arena_alloc(a, sizeof *r);
    (void)pthread_mutex_init(&r->lock, NULL);
    arena_defer(a, refusals_close, r);
    return r;
}

static bool is_same_refusal(const struct refusal *r, const struct refusal *other)
{
    return r->tenant == other->tenant && other->at - r->at < REFUSAL_MS &&
           text_equal(r->actor, other->actor) && text_equal(r->op, other->op) &&
           text_equal(r->object, other->object) && text_equal(r->result, other->result);
}

struct refusal_job {
    struct refusal written[2]; /* this one, and the count of an older one that made room */
    size_t count;
};

static struct err *refusal_work(struct tx *tx, void *job)
{
    const struct refusal_job *j = job;
    for (size_t i = 0; i < j->count; i++) {
        const struct refusal *r = &j->written[i];
        struct head *h;
        TRY(head_find(tx, r->tenant, &h));
        const struct entry e = {.actor = r->actor,
                                .op = r->op,
                                .object = r->object,
                                .result = r->result,
                                .request_hash = "",
                                .repeats = r->more};
        TRY(entry_write(tx, h, &e));
    }
    return NULL;
}

/* Counts it where the same was refused before; else gives what must be written. */
static void refusal_note(struct audit_refusals *all, const struct refusal *mine,
                         struct refusal_job *job)
{
    (void)pthread_mutex_lock(&all->lock);
    struct refusal *place = NULL;
    for (size_t i = 0; i < REFUSALS && !place; i++)
        if (is_same_refusal(&all->places[i], mine))
            place = &all->places[i];
    if (place) {
        place->more++;
    } else {
        place = &all->places[all->next++ % REFUSALS];
        if (place->more)
            job->written[job->count++] = *place;
        *place = *mine;
        job->written[job->count] = *mine;
        job->written[job->count++].more = 1;
    }
    (void)pthread_mutex_unlock(&all->lock);
}

struct err *audit_refusal(struct office *o, struct arena *a, const struct actor *who,
                          const char *op, const char *object, const struct err *why)
{
    struct refusal mine = {.tenant = who->tenant, .at = o->now_ms(o->now_self)};
    keep(mine.actor, sizeof mine.actor, actor_text(a, who));
    keep(mine.op, sizeof mine.op, op);
    keep(mine.object, sizeof mine.object, tenant_hash(a, o->tenant->secret, "audit", object));
    keep(mine.result, sizeof mine.result, why->code);
    struct refusal_job job = {.count = 0};
    refusal_note(o->refusals, &mine, &job);
    return job.count ? store_write(o->store, a, refusal_work, &job) : NULL;
}

struct err *audit_refusals_flush(struct office *o, struct arena *a, bool all)
{
    int64_t now = o->now_ms(o->now_self);
    for (size_t i = 0; i < REFUSALS; i++) {
        struct refusal_job job = {.count = 0};
        struct refusal *r = &o->refusals->places[i];
        (void)pthread_mutex_lock(&o->refusals->lock);
        if (r->more && (all || now - r->at >= REFUSAL_MS)) {
            job.written[job.count++] = *r;
            *r = (struct refusal){0};
        }
        (void)pthread_mutex_unlock(&o->refusals->lock);
        if (job.count)
            TRY(store_write(o->store, a, refusal_work, &job));
    }
    return NULL;
}

/* Checkpoints --------------------------------------------------------------------------------- */

struct audit_signer {
    unsigned char seed[SECRET_SEED];
    const char *path;
    _Atomic int64_t lane; /* whose checkpoints go to the file; 0: none yet */
    int64_t filed;        /* last entry of this lane whose checkpoint stands in the file */
};

static struct err *key_failed(struct arena *a, const char *path)
{
    return err_new(a, ERR_FULL, "audit.key", path, "Cannot read or write the audit key %s.",
                   "读写不了留痕签名密钥 %s。", path);
}

static bool file_is_synced(FILE *f)
{
    return fflush(f) == 0 && fsync(fileno(f)) == 0;
}

static bool file_write(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        return false;
    bool is_written = fwrite(bytes, 1, size, f) == size && file_is_synced(f);
    return fclose(f) == 0 && is_written;
}

static bool folder_is_synced(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return is_synced;
}

/* The key comes last and in one step: a power cut leaves all of it or none, never a server that
 * cannot start. */
static struct err *key_make(struct arena *a, const char *dir, const char *path, unsigned char *seed)
{
    secret_random(seed, SECRET_SEED);
    unsigned char public_key[SECRET_PUBLIC];
    secret_sign_public(seed, public_key);
    const char *public_path = text_print(a, "%s/audit.pub", dir);
    const char *part = text_print(a, "%s.part", path);
    bool is_good = file_write(public_path, public_key, sizeof public_key);
    mode_t before = umask(0077);
    is_good = is_good && file_write(part, seed, SECRET_SEED);
    (void)umask(before);
    is_good = is_good && rename(part, path) == 0 && folder_is_synced(dir);
    return is_good ? NULL : key_failed(a, path);
}

struct err *audit_signer_open(struct arena *a, const char *dir, struct audit_signer **out)
{
    struct audit_signer *s = arena_alloc(a, sizeof *s);
    const char *path = text_print(a, "%s/audit.key", dir);
    FILE *f = fopen(path, "rb");
    bool is_good = f && fread(s->seed, 1, SECRET_SEED, f) == SECRET_SEED;
    if (f)
        (void)fclose(f);
    if (f && !is_good)
        return key_failed(a, path);
    if (!f)
        TRY(key_make(a, dir, path, s->seed));
    s->path = text_print(a, "%s/checkpoints.jsonl", dir);
    *out = s;
    return NULL;
}

QUERY(checkpoint_insert, "insert into audit_checkpoints (tenant, lane, seq, at, heads, signature) "
                         "values ($1, $2, $3, $4, $5, $6) on conflict do nothing");

static const char *checkpoint_sign(struct tx *tx, const struct audit_signer *signer,
                                   const struct head *h, const char *heads)
{
    struct buf b;
    buf_init(&b, tx_arena(tx));
    buf_add(&b, "bb-checkpoint-v1");
    add_number(&b, h->tenant);
    add_number(&b, tx_lane(tx));
    add_number(&b, h->seq);
    add_number(&b, tx_now_ms(tx));
    add_field(&b, heads);
    unsigned char signature[SECRET_SIGNATURE];
    secret_sign(signer->seed, b.data, b.size, signature);
    return secret_hex(tx_arena(tx), signature, sizeof signature);
}

struct err *audit_checkpoint(struct tx *tx, struct audit_signer *signer, int64_t tenant, bool must)
{
    struct lane *lane = lane_of(tx);
    struct head *h = NULL;
    for (size_t i = 0; i < LANE_TENANTS; i++)
        if (lane->heads[i].tenant == tenant && lane->heads[i].seq)
            h = &lane->heads[i];
    bool is_due =
        h && h->since &&
        (must || h->since >= CHECKPOINT_ENTRIES || tx_now_ms(tx) - h->since_at >= CHECKPOINT_MS);
    if (!signer || !is_due)
        return NULL;
    const char *heads = text_print(tx_arena(tx), "[{\"lane\":%lld,\"seq\":%lld,\"hash\":\"%s\"}]",
                                   (long long)tx_lane(tx), (long long)h->seq, h->hash);
    if (h->checkpoints % 60 == 0)
        TRY(heads_as_json(tx, tenant, &heads));
    const char *signature = checkpoint_sign(tx, signer, h, heads);
    TRY(sql_run(tx, &checkpoint_insert,
                ARGS(sql_int(tenant), sql_int(tx_lane(tx)), sql_int(h->seq), sql_int(tx_now_ms(tx)),
                     sql_text(heads), sql_text(signature)),
                NULL));
    signer->lane = tx_lane(tx);
    h->since = 0;
    h->checkpoints++;
    return NULL;
}

QUERY(checkpoint_new, "select seq, at, heads, signature from audit_checkpoints "
                      "where tenant = $1 and lane = $2 and seq > $3 order by seq");

static void line_write(struct buf *b, int64_t tenant, int64_t lane, const struct rows *r)
{
    struct json_out j;
    json_start(&j, b);
    json_open_object(&j, NULL);
    json_put_int(&j, "tenant", tenant);
    json_put_int(&j, "lane", lane);
    json_put_int(&j, "seq", rows_int(r, 0));
    json_put_int(&j, "at", rows_int(r, 1));
    json_put_text(&j, "heads", rows_text(r, 2));
    json_put_text(&j, "signature", rows_text(r, 3));
    json_close_object(&j);
    buf_char(b, '\n');
}

struct err *audit_checkpoint_file(struct tx *tx, struct audit_signer *signer, int64_t tenant)
{
    int64_t lane = signer->lane;
    if (!lane)
        return NULL;
    struct buf b;
    buf_init(&b, tx_arena(tx));
    int64_t last = signer->filed;
    struct rows *r;
    TRY(sql_rows(tx, &checkpoint_new, ARGS(sql_int(tenant), sql_int(lane), sql_int(last)), &r));
    while (rows_next(r)) {
        line_write(&b, tenant, lane, r);
        last = rows_int(r, 0);
    }
    TRY(rows_end(r));
    if (!b.size)
        return NULL;
    FILE *f = fopen(signer->path, "ab");
    bool is_good = f && fwrite(b.data, 1, b.size, f) == b.size && file_is_synced(f);
    is_good = f && fclose(f) == 0 && is_good;
    if (!is_good)
        return key_failed(tx_arena(tx), signer->path);
    signer->filed = last;
    return NULL;
}

/* The screen ---------------------------------------------------------------------------------- */

enum { PAGE = 50 };
QUERY(audit_page, "select at, actor, op, object, result, repeats, lane, seq, hash "
                  "from audit_entries where tenant = $1 order by lane desc, seq desc "
                  "limit $2 offset $3");
QUERY(audit_count, "select count(*) from audit_entries where tenant = $1");
QUERY(person_name_of, "select name from persons where tenant = $1 and id = $2");

static const char *actor_name(struct tx *tx, int64_t tenant, const char *actor)
{
    int64_t id;
    struct rows *r;
    bool has_row;
    if (!text_starts(actor, "person:") || !text_to_int(actor + strlen("person:"), &id) ||
        sql_row(tx, &person_name_of, ARGS(sql_int(tenant), sql_int(id)), &r, &has_row) || !has_row)
        return "";
    return rows_text(r, 0);
}

struct page_row {
    int64_t at, repeats, lane, seq;
    const char *actor, *op, *object, *result, *hash;
};

static void page_row_write(struct tx *tx, struct json_out *j, int64_t tenant,
                           const struct page_row *e)
{
    json_open_object(j, NULL);
    json_put_int(j, "at", e->at);
    json_put_text(j, "actor", e->actor);
    json_put_text(j, "name", actor_name(tx, tenant, e->actor));
    json_put_text(j, "op", e->op);
    json_put_text(j, "object", e->object);
    json_put_text(j, "result", e->result);
    json_put_int(j, "repeats", e->repeats);
    json_put_text(j, "lane", text_print(tx_arena(tx), "%lld", (long long)e->lane));
    json_put_int(j, "seq", e->seq);
    json_put_text(j, "hash", e->hash);
    json_close_object(j);
}

struct err *audit_write_page(struct tx *tx, struct json_out *j, const struct actor *who,
                             int64_t page)
{
    struct rows *r;
    bool has_row;
    TRY(sql_row(tx, &audit_count, ARGS(sql_int(who->tenant)), &r, &has_row));
    json_put_int(j, "total", rows_int(r, 0));
    struct page_row rows[PAGE];
    size_t count = 0;
    int64_t from = page > 1 ? (page - 1) * PAGE : 0;
    TRY(sql_rows(tx, &audit_page, ARGS(sql_int(who->tenant), sql_int(PAGE), sql_int(from)), &r));
    while (rows_next(r) && count < PAGE)
        rows[count++] = (struct page_row){rows_int(r, 0),  rows_int(r, 5),  rows_int(r, 6),
                                          rows_int(r, 7),  rows_text(r, 1), rows_text(r, 2),
                                          rows_text(r, 3), rows_text(r, 4), rows_text(r, 8)};
    TRY(rows_end(r));
    json_open_array(j, "entries");
    for (size_t i = 0; i < count; i++)
        page_row_write(tx, j, who->tenant, &rows[i]);
    json_close_array(j);
    return NULL;
}
