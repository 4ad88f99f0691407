/* Taking away what has run out. */
#include "domain/sweep.h"

#include "base/arena.h"
#include "base/buf.h"
#include "domain/audit.h"
#include "domain/office.h"
#include "domain/session.h"
#include "store/store.h"

#define DAY_MS ((int64_t)86400 * 1000)

QUERY(sweep_drafts, "delete from drafts where tenant = $1 and id in (select id from drafts "
                    "where tenant = $1 and (expires_at < $2 or ended_at < $2) limit $3)");
/* A draft keeps its photographs as long as it lives. */
QUERY(sweep_uploads_old,
      "select u.instance_id, u.name, u.blob_hash from uploads u where u.tenant = $1 "
      "and u.created_at < $2 and not exists (select 1 from drafts d where d.tenant = u.tenant "
      "and d.instance_id = u.instance_id and d.ended_at is null and d.expires_at > $3) "
      "order by u.created_at limit $4");
QUERY(sweep_upload, "delete from uploads where tenant = $1 and instance_id = $2 and name = $3");
QUERY(sweep_blob,
      "delete from blobs where tenant = $1 and hash = $2 "
      "and not exists (select 1 from uploads x where x.tenant = $1 and x.blob_hash = $2) "
      "and not exists (select 1 from attachments x where x.tenant = $1 and x.blob_hash = $2) "
      "and not exists (select 1 from case_files x where x.tenant = $1 and x.blob_hash = $2) "
      "and not exists (select 1 from letters x where x.tenant = $1 and x.blob_hash = $2) "
      "and not exists (select 1 from form_media x where x.tenant = $1 and x.blob_hash = $2) "
      "and not exists (select 1 from mandates x where x.tenant = $1 and x.blob_hash = $2)");
QUERY(sweep_chunks, "delete from blob_chunks where tenant = $1 and hash = $2");
QUERY(sweep_sessions,
      "delete from sessions where tenant = $1 and token_hash in (select token_hash from sessions "
      "where tenant = $1 and (expires_at < $2 or ended_at < $2) limit $3)");
QUERY(sweep_claims,
      "delete from claim_codes where tenant = $1 and code_hash in (select code_hash "
      "from claim_codes where tenant = $1 and (expires_at < $2 or used_at < $2) limit $3)");

QUERY(sweep_misses,
      "delete from sign_in_misses where tenant = $1 and name_hash in (select name_hash "
      "from sign_in_misses where tenant = $1 and at < $2 limit $3)");

struct old_upload {
    const char *instance_id, *name, *hash;
};

static struct err *sweep_upload_files(struct tx *tx, struct sweep *s)
{
    struct rows *r;
    int64_t tenant = s->office->tenant->id, now = tx_now_ms(tx);
    struct old_upload *old = arena_array(tx_arena(tx), SWEEP_MOST, sizeof *old);
    size_t count = 0;
    TRY(sql_rows(tx, &sweep_uploads_old,
                 ARGS(sql_int(tenant), sql_int(now - SWEEP_UPLOAD_DAYS * DAY_MS), sql_int(now),
                      sql_int(SWEEP_MOST)),
                 &r));
    while (rows_next(r) && count < SWEEP_MOST)
        old[count++] = (struct old_upload){rows_text(r, 0), rows_text(r, 1), rows_text(r, 2)};
    TRY(rows_end(r));
    for (size_t i = 0; i < count; i++) {
        int64_t gone;
        TRY(sql_run(tx, &sweep_upload,
                    ARGS(sql_int(tenant), sql_text(old[i].instance_id), sql_text(old[i].name)),
                    NULL));
        TRY(sql_run(tx, &sweep_blob, ARGS(sql_int(tenant), sql_text(old[i].hash)), &gone));
        if (gone)
            TRY(sql_run(tx, &sweep_chunks, ARGS(sql_int(tenant), sql_text(old[i].hash)), NULL));
        s->blobs += gone;
    }
    s->uploads = (int64_t)count;
    return NULL;
}

struct err *sweep_work(struct tx *tx, void *job)
{
    struct sweep *s = job;
    int64_t tenant = s->office->tenant->id, now = tx_now_ms(tx);
    const struct sql_arg args[] = {sql_int(tenant), sql_int(now), sql_int(SWEEP_MOST)};
    /* Ended sessions and used codes are told apart from unknown ones for a day. */
    const struct sql_arg later[] = {sql_int(tenant), sql_int(now - DAY_MS), sql_int(SWEEP_MOST)};
    *s = (struct sweep){.office = s->office};
    TRY(sql_run(tx, &sweep_drafts, args, 3, &s->drafts));
    TRY(sweep_upload_files(tx, s));
    TRY(sql_run(tx, &sweep_sessions, later, 3, &s->sessions));
    TRY(sql_run(tx, &sweep_claims, later, 3, &s->claims));
    TRY(sql_run(tx, &sweep_misses, later, 3, NULL)); /* no facts of anybody */
    if (s->drafts + s->uploads + s->sessions + s->claims == 0)
        return NULL;
    struct arena *a = tx_arena(tx);
    return audit_add(tx, session_terminal(a, tenant), "sweep",
                     text_print(a, "drafts:%lld uploads:%lld blobs:%lld sessions:%lld claims:%lld",
                                (long long)s->drafts, (long long)s->uploads, (long long)s->blobs,
                                (long long)s->sessions, (long long)s->claims),
                     "ok");
}
