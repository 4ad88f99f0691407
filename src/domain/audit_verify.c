/* The verifier of the audit: reads the entries as they lie in the database, computes every hash
 * anew and compares it with its neighbours and with the signed checkpoints. It shares no code with
 * the writer (audit.c), so that one mistake cannot hide in both. */
#include "domain/audit.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/gm.h"
#include "base/secret.h"
#include "base/text.h"
#include "formats/json.h"
#include "store/store.h"

#include <string.h>

QUERY(verify_entries, "select tenant, lane, seq, at, actor, op, object, result, request_hash, "
                      "repeats, prev_hash, hash from audit_entries order by tenant, lane, seq");
QUERY(verify_checkpoints, "select tenant, lane, seq, at, heads, signature from audit_checkpoints "
                          "order by tenant, lane, seq");
QUERY(verify_hash, "select hash from audit_entries where tenant = $1 and lane = $2 and seq = $3");

struct verify {
    const struct audit_trust *trust;
    struct audit_report report;
};
struct stated { /* a checkpoint as it is stated somewhere */
    int64_t tenant, lane, seq, at;
    const char *heads, *signature;
};

static bool fault(struct verify *v, struct arena *a, const char *code, int64_t lane, int64_t seq)
{
    if (!*v->report.fault) {
        v->report.fault = code;
        v->report.place = text_print(a, "lane %lld, entry %lld", (long long)lane, (long long)seq);
    }
    return false;
}

static void put(struct buf *b, const char *text)
{
    buf_print(b, "%zu:%s", strlen(text), text);
}

static void put_number(struct buf *b, struct arena *a, int64_t number)
{
    put(b, text_print(a, "%lld", (long long)number));
}

static const char *computed(struct arena *a, const struct rows *r)
{
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, "bb-audit-v1");
    for (int i = 0; i < 3; i++)
        put_number(&b, a, rows_int(r, i));
    put(&b, rows_text(r, 10));
    put_number(&b, a, rows_int(r, 3));
    for (int i = 4; i < 9; i++)
        put(&b, rows_text(r, i));
    put_number(&b, a, rows_int(r, 9));
    unsigned char digest[GM_SM3];
    gm_sm3(b.data, b.size, digest);
    return secret_hex(a, digest, sizeof digest);
}

struct walk {
    int64_t tenant, lane, seq;
    char hash[2 * GM_SM3 + 1];
};

/* One entry against the one before it. */
static bool entry_holds(struct verify *v, struct arena *a, const struct rows *r, struct walk *w)
{
    int64_t tenant = rows_int(r, 0), lane = rows_int(r, 1), seq = rows_int(r, 2);
    const char *hash = rows_text(r, 11), *prev = rows_text(r, 10);
    if (tenant != w->tenant || lane != w->lane) {
        *w = (struct walk){.tenant = tenant, .lane = lane};
        v->report.lanes++;
    }
    v->report.entries++;
    if (seq != w->seq + 1)
        return fault(v, a, "audit.gap", lane, w->seq + 1);
    if (!text_equal(prev, w->hash))
        return fault(v, a, "audit.chain", lane, seq);
    if (!text_equal(computed(a, r), hash) || strlen(hash) >= sizeof w->hash)
        return fault(v, a, "audit.changed", lane, seq);
    w->seq = seq;
    memcpy(w->hash, hash, strlen(hash) + 1);
    return true;
}

static struct err *verify_chain(struct tx *tx, struct verify *v)
{
    struct rows *r;
    TRY(sql_rows(tx, &verify_entries, NO_ARGS, &r));
    struct walk w = {0};
    struct arena *a = tx_arena(tx);
    struct arena_mark mark = arena_mark(a);
    while (rows_next(r)) {
        if (entry_holds(v, a, r, &w))
            arena_rewind(a, mark);
        else
            mark = arena_mark(a); /* the report's place stays */
    }
    return rows_end(r);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool from_hex(const char *hex, unsigned char *out, size_t size)
{
    if (strlen(hex) != 2 * size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high * 16 + low);
    }
    return true;
}

static bool signature_holds(const struct verify *v, struct arena *a, const struct stated *c)
{
    if (!v->trust->public_key)
        return true;
    struct buf b;
    buf_init(&b, a);
    buf_add(&b, "bb-checkpoint-v1");
    put_number(&b, a, c->tenant);
    put_number(&b, a, c->lane);
    put_number(&b, a, c->seq);
    put_number(&b, a, c->at);
    put(&b, c->heads);
    unsigned char signature[SECRET_SIGNATURE];
    return from_hex(c->signature, signature, sizeof signature) &&
           secret_sign_holds(v->trust->public_key, b.data, b.size, signature);
}

/* Every head that was signed must still be an entry with that hash. */
static struct err *heads_hold(struct tx *tx, struct verify *v, const struct stated *c)
{
    struct arena *a = tx_arena(tx);
    const struct json *heads;
    struct err *e = json_read(a, c->heads, strlen(c->heads), &heads);
    if (e) {
        fault(v, a, "audit.checkpoint", c->lane, c->seq);
        return NULL;
    }
    for (size_t i = 0; i < json_count(heads); i++) {
        const struct json *head = json_at(heads, i);
        int64_t lane = json_get_int(head, "lane", 0), seq = json_get_int(head, "seq", 0);
        struct rows *r;
        bool has_row;
        TRY(sql_row(tx, &verify_hash, ARGS(sql_int(c->tenant), sql_int(lane), sql_int(seq)), &r,
                    &has_row));
        if (!has_row)
            fault(v, a, "audit.cut", lane, seq);
        else if (!text_equal(rows_text(r, 0), json_get_text(head, "hash")))
            fault(v, a, "audit.rewritten", lane, seq);
    }
    return NULL;
}

static struct err *checkpoint_holds(struct tx *tx, struct verify *v, const struct stated *c)
{
    v->report.checkpoints++;
    if (!signature_holds(v, tx_arena(tx), c)) {
        fault(v, tx_arena(tx), "audit.signature", c->lane, c->seq);
        return NULL;
    }
    return heads_hold(tx, v, c);
}

static struct err *verify_stored(struct tx *tx, struct verify *v)
{
    struct rows *r;
    TRY(sql_rows(tx, &verify_checkpoints, NO_ARGS, &r));
    struct buf all;
    buf_init(&all, tx_arena(tx));
    while (rows_next(r)) {
        const struct stated c = {rows_int(r, 0), rows_int(r, 1),  rows_int(r, 2),
                                 rows_int(r, 3), rows_text(r, 4), rows_text(r, 5)};
        buf_bytes(&all, &c, sizeof c);
    }
    TRY(rows_end(r));
    const struct stated *c = (const struct stated *)(const void *)all.data;
    for (size_t i = 0; i < all.size / sizeof *c; i++)
        TRY(checkpoint_holds(tx, v, &c[i]));
    return NULL;
}

static struct err *verify_line(struct tx *tx, struct verify *v, const char *line, size_t size)
{
    const struct json *j;
    if (json_read(tx_arena(tx), line, size, &j)) {
        fault(v, tx_arena(tx), "audit.checkpoint", 0, 0);
        return NULL;
    }
    const struct stated c = {json_get_int(j, "tenant", 0), json_get_int(j, "lane", 0),
                             json_get_int(j, "seq", 0),    json_get_int(j, "at", 0),
                             json_get_text(j, "heads"),    json_get_text(j, "signature")};
    return checkpoint_holds(tx, v, &c);
}

static struct err *verify_lines(struct tx *tx, struct verify *v)
{
    for (const char *line = v->trust->lines; *line;) {
        const char *end = strchr(line, '\n');
        size_t size = end ? (size_t)(end - line) : strlen(line);
        if (size)
            TRY(verify_line(tx, v, line, size));
        line += size + (end ? 1 : 0);
    }
    return NULL;
}

static struct err *verify_work(struct tx *tx, void *job)
{
    struct verify *v = job;
    TRY(verify_chain(tx, v));
    TRY(verify_stored(tx, v));
    return verify_lines(tx, v);
}

struct err *audit_verify(struct store *s, struct arena *a, const struct audit_trust *trust,
                         struct audit_report *report_out)
{
    struct verify v = {trust, {.fault = "", .place = ""}};
    TRY(store_read(s, a, verify_work, &v));
    *report_out = v.report;
    return NULL;
}
