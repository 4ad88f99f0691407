/* Drafts. */
#include "domain/draft.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/catalogue.h"
#include "domain/identity.h"
#include "domain/office.h"
#include "store/store.h"

#include <string.h>

enum { DRAFT_DAYS = 30 };
#define DAY_MS ((int64_t)86400 * 1000)

QUERY(draft_add,
      "insert into drafts (tenant, id, code_hash, key_hash, service_id, form_version_id, "
      "instance_id, answers, person_id, created_at, changed_at, expires_at, ended_at, version) "
      "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, null, 1) "
      "on conflict (tenant, code_hash) do nothing");
QUERY(draft_update,
      "update drafts set answers = $4, changed_at = $5, version = version + 1 where tenant = $1 "
      "and id = $2 and key_hash = $3 and version = $6 and ended_at is null and expires_at > $5");
QUERY(draft_get, "select version from drafts where tenant = $1 and id = $2 and key_hash = $3 "
                 "and ended_at is null and expires_at > $4");
QUERY(draft_by_code,
      "select d.id, d.version, s.code, d.instance_id, d.answers from drafts d "
      "join services s on s.tenant = d.tenant and s.id = d.service_id "
      "where d.tenant = $1 and d.code_hash = $2 and d.ended_at is null and d.expires_at > $3");
QUERY(draft_files, "select name, size from uploads where tenant = $1 and instance_id = $2 "
                   "and key_hash = $3 order by name");

/* Follows from the draft's number and the township's key, so that whoever has the code can be given
 * it again, and the database need not hold it. */
static const char *draft_key(struct arena *a, const struct office *o, int64_t id)
{
    return tenant_hash(a, o->tenant->secret, "draft", text_print(a, "%lld", (long long)id));
}

static const char *key_hash(struct arena *a, const struct office *o, const char *key)
{
    return tenant_hash(a, o->tenant->secret, "key", key);
}

static struct err *draft_missing(struct arena *a)
{
    return err_new(a, ERR_MISSING, "draft.missing", "",
                   "There is no such draft. It may have been submitted, or be older than 30 days.",
                   "没有这份草稿，可能已经提交，或已超过 30 天。");
}

struct err *draft_new_work(struct tx *tx, void *draft_new)
{
    struct draft_new *d = draft_new;
    struct arena *a = tx_arena(tx);
    const struct form_version *v =
        catalogue_live(catalogue_view(d->office->catalogue, a), d->service);
    if (!v)
        return err_new(a, ERR_MISSING, "submission.no_service", "",
                       "There is no service with the code %s.", "没有代码为 %s 的事项。",
                       d->service);
    int64_t now = tx_now_ms(tx), changed = 0;
    d->id = tx_new_id(tx);
    d->key = draft_key(a, d->office, d->id);
    for (int tries = 0; tries < 20 && !changed; tries++) {
        d->code = secret_digits(a, 8);
        TRY(sql_run(tx, &draft_add,
                    ARGS(sql_int(d->who->tenant), sql_int(d->id),
                         sql_text(tenant_hash(a, d->office->tenant->secret, "draft code", d->code)),
                         sql_text(key_hash(a, d->office, d->key)), sql_int(v->service_id),
                         sql_int(v->id), sql_text(d->instance_id), sql_text(d->answers),
                         sql_int_or_null(d->who->person_id, d->who->person_id != 0), sql_int(now),
                         sql_int(now + DRAFT_DAYS * DAY_MS)),
                    &changed));
    }
    if (changed)
        return NULL;
    return err_new(a, ERR_BUSY, "draft.no_code", "", "No free code was found. Try again.",
                   "没有可用的码，请再试一次。");
}

struct err *draft_save_work(struct tx *tx, void *draft_save)
{
    struct draft_save *d = draft_save;
    struct arena *a = tx_arena(tx);
    const char *hash = key_hash(a, d->office, d->key);
    int64_t changed;
    TRY(sql_run(tx, &draft_update,
                ARGS(sql_int(d->who->tenant), sql_int(d->id), sql_text(hash), sql_text(d->answers),
                     sql_int(tx_now_ms(tx)), sql_int(d->version)),
                &changed));
    if (changed) {
        d->version++;
        return NULL;
    }
    struct rows *r;
    bool has_row;
    TRY(sql_row(
        tx, &draft_get,
        ARGS(sql_int(d->who->tenant), sql_int(d->id), sql_text(hash), sql_int(tx_now_ms(tx))), &r,
        &has_row));
    if (!has_row)
        return draft_missing(a);
    return err_new(a, ERR_CONFLICT, "draft.changed", "",
                   "The draft was changed on another device. Load it anew.",
                   "草稿在另一台设备上改过了，请重新打开。");
}

static struct err *draft_files_read(struct tx *tx, struct draft_open *d)
{
    struct buf files;
    buf_init(&files, tx_arena(tx));
    struct rows *r;
    TRY(sql_rows(tx, &draft_files,
                 ARGS(sql_int(d->who->tenant), sql_text(d->instance_id),
                      sql_text(key_hash(tx_arena(tx), d->office, d->key))),
                 &r));
    while (rows_next(r)) {
        const struct draft_file f = {rows_text(r, 0), rows_int(r, 1)};
        buf_bytes(&files, &f, sizeof f);
    }
    d->files = (const struct draft_file *)(const void *)files.data;
    d->file_count = files.size / sizeof *d->files;
    return rows_end(r);
}

/* Blanks and hyphens, as people write groups of digits, do not count. */
static const char *digits_of(struct arena *a, const char *typed)
{
    struct buf b;
    buf_init(&b, a);
    for (; *typed; typed++)
        if (*typed >= '0' && *typed <= '9')
            buf_char(&b, *typed);
    return buf_text(&b);
}

struct err *draft_open_work(struct tx *tx, void *draft_open)
{
    struct draft_open *d = draft_open;
    struct arena *a = tx_arena(tx);
    struct rows *r;
    bool has_row;
    const char *code = digits_of(a, d->code);
    TRY(sql_row(tx, &draft_by_code,
                ARGS(sql_int(d->who->tenant),
                     sql_text(tenant_hash(a, d->office->tenant->secret, "draft code", code)),
                     sql_int(tx_now_ms(tx))),
                &r, &has_row));
    d->refusal = NULL;
    if (!has_row) {
        d->refusal = draft_missing(a);
        identity_missed(d->office);
        return audit_add(tx, d->who, "draft.open", "", d->refusal->code);
    }
    d->id = rows_int(r, 0);
    d->version = rows_int(r, 1);
    d->service = rows_text(r, 2);
    d->instance_id = rows_text(r, 3);
    d->answers = rows_text(r, 4);
    d->key = draft_key(a, d->office, d->id);
    TRY(draft_files_read(tx, d));
    return audit_add(tx, d->who, "draft.open", text_print(a, "draft:%lld", (long long)d->id), "ok");
}
