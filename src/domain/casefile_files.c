/* Files of acts: sent before the act as uploads that only this person can name, then the event's.
 */
#include "base/buf.h"
#include "base/text.h"
#include "domain/casefile_own.h"
#include "domain/draft.h"
#include "domain/office.h"
#include "domain/tenant.h"
#include "store/store.h"

QUERY(act_upload_get, "select size, media_type from uploads where tenant = $1 and instance_id = $2 "
                      "and name = $3 and key_hash = $4 and blob_hash = $5");
QUERY(act_upload_end, "delete from uploads where tenant = $1 and instance_id = $2 and name = $3");
QUERY(case_file_add,
      "insert into case_files (tenant, case_id, seq, name, kind, blob_hash, size, media_type, "
      "person_id, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
QUERY(case_file_list, "select seq, name, kind, size, media_type from case_files "
                      "where tenant = $1 and case_id = $2 order by seq, name");
QUERY(case_file_get, "select blob_hash, media_type from case_files where tenant = $1 "
                     "and case_id = $2 and seq = $3 and name = $4");

/* Whose upload it is: nobody outside can make this key, and no other person. */
static const char *act_key(struct casefile *c, const struct actor *who)
{
    return tenant_hash(c->arena, c->office->tenant->secret, "act file",
                       text_print(c->arena, "%lld", (long long)who->person_id));
}

static const char *act_instance(struct casefile *c, const struct actor *who)
{
    return text_print(c->arena, "case:%lld:%lld", (long long)c->id, (long long)who->person_id);
}

struct err *casefile_upload_work(struct tx *tx, void *job)
{
    const struct casefile_upload *u = job;
    struct casefile *c;
    TRY(case_load(tx, u->office, u->who, RIGHT_CASE_ACT, u->ref, &c));
    struct upload_new kept = {.office = u->office,
                              .who = u->who,
                              .instance_id = act_instance(c, u->who),
                              .name = u->name,
                              .media_type = u->media_type,
                              .blob_hash = u->hash,
                              .key = act_key(c, u->who),
                              .size = u->size};
    return upload_work(tx, &kept);
}

static struct err *not_sent(struct casefile *c, const char *name)
{
    return err_new(c->arena, ERR_INVALID, "file.not_sent", name,
                   "The file '%s' was not sent for this case. Send it again, then act.",
                   "文件“%s”还没有上传到这个办件，请重新上传后再办理。", name);
}

static struct err *take_file(struct casefile *c, const struct actor *who,
                             const struct casefile_sent *f, int32_t seq)
{
    struct rows *r;
    bool has_row;
    const char *instance = act_instance(c, who);
    const char *key = tenant_hash(c->arena, c->office->tenant->secret, "key", act_key(c, who));
    if (*f->kind && !text_equal(f->kind, "signature"))
        return not_sent(c, f->name);
    TRY(sql_row(c->tx, &act_upload_get,
                ARGS(sql_int(c->tenant), sql_text(instance), sql_text(f->name), sql_text(key),
                     sql_text(f->hash)),
                &r, &has_row));
    if (!has_row)
        return not_sent(c, f->name);
    TRY(sql_run(c->tx, &case_file_add,
                ARGS(sql_int(c->tenant), sql_int(c->id), sql_int(seq), sql_text(f->name),
                     sql_text(f->kind), sql_text(f->hash), sql_int(rows_int(r, 0)),
                     sql_text(rows_text(r, 1)), sql_int(who->person_id), sql_int(tx_now_ms(c->tx))),
                NULL));
    return sql_run(c->tx, &act_upload_end,
                   ARGS(sql_int(c->tenant), sql_text(instance), sql_text(f->name)), NULL);
}

struct err *case_files_take(struct casefile *c, const struct casefile_act *act, int32_t seq)
{
    for (size_t i = 0; i < act->file_count; i++)
        TRY(take_file(c, act->who, &act->files[i], seq));
    return NULL;
}

struct err *case_event_files(struct casefile *c, const struct case_event_file **out,
                             size_t *count_out)
{
    struct rows *r;
    struct case_event_file *files = NULL;
    size_t count = 0;
    TRY(sql_rows(c->tx, &case_file_list, ARGS(sql_int(c->tenant), sql_int(c->id)), &r));
    while (rows_next(r)) {
        files = arena_room(c->arena, files, count, sizeof *files);
        files[count++] = (struct case_event_file){.seq = (int32_t)rows_int(r, 0),
                                                  .name = rows_text(r, 1),
                                                  .kind = rows_text(r, 2),
                                                  .size = rows_int(r, 3),
                                                  .media_type = rows_text(r, 4)};
    }
    *out = files;
    *count_out = count;
    return rows_end(r);
}

struct err *casefile_event_file(struct tx *tx, struct office *o, const struct actor *who,
                                const char *ref, int64_t seq, const char *name,
                                const char **hash_out, const char **media_type_out)
{
    struct casefile *c;
    struct rows *r;
    bool has_row;
    TRY(case_load(tx, o, who, RIGHT_FILE_READ, ref, &c));
    TRY(sql_row(tx, &case_file_get,
                ARGS(sql_int(c->tenant), sql_int(c->id), sql_int(seq), sql_text(name)), &r,
                &has_row));
    if (!has_row)
        return case_missing(c->arena);
    *hash_out = rows_text(r, 0);
    *media_type_out = rows_text(r, 1);
    return NULL;
}
