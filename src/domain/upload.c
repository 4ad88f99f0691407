/* Files sent before what they belong to. */
#include "domain/draft.h"

#include "base/text.h"
#include "domain/audit.h"
#include "domain/office.h"
#include "domain/tenant.h"
#include "store/store.h"

#include <string.h>

enum { MOST_UPLOADS = 100 };

QUERY(upload_put,
      "insert into uploads (tenant, instance_id, name, blob_hash, size, media_type, created_at, "
      "key_hash) values ($1, $2, $3, $4, $5, $6, $7, $8) "
      "on conflict (tenant, instance_id, name) do update set blob_hash = excluded.blob_hash, "
      "size = excluded.size, media_type = excluded.media_type "
      "where uploads.key_hash = excluded.key_hash");
QUERY(upload_count, "select count(*) from uploads where tenant = $1 and instance_id = $2");

static bool is_file_name(const char *name)
{
    return *name && strlen(name) <= 200 && !strpbrk(name, "/\\") && !text_starts(name, ".");
}

static struct err *upload_refused(struct arena *a, const char *name)
{
    return err_new(a, ERR_INVALID, "upload.name", name,
                   "A file needs a plain name, an instance and a key; at most 100 files each.",
                   "文件要有普通的文件名、所属填报和密钥；每份填报最多 100 个文件。");
}

struct err *upload_work(struct tx *tx, void *upload_new)
{
    const struct upload_new *u = upload_new;
    struct arena *a = tx_arena(tx);
    struct rows *r;
    bool has_row;
    if (!is_file_name(u->name) || !*u->key || !*u->instance_id || strlen(u->instance_id) > 200)
        return upload_refused(a, u->name);
    TRY(sql_row(tx, &upload_count, ARGS(sql_int(u->who->tenant), sql_text(u->instance_id)), &r,
                &has_row));
    if (rows_int(r, 0) >= MOST_UPLOADS)
        return upload_refused(a, u->name);
    int64_t changed;
    TRY(store_blob_keep(tx, u->who->tenant, u->blob_hash));
    TRY(sql_run(tx, &upload_put,
                ARGS(sql_int(u->who->tenant), sql_text(u->instance_id), sql_text(u->name),
                     sql_text(u->blob_hash), sql_int(u->size), sql_text(u->media_type),
                     sql_int(tx_now_ms(tx)),
                     sql_text(tenant_hash(a, u->office->tenant->secret, "key", u->key))),
                &changed));
    if (changed)
        return audit_add(tx, u->who, "upload.add", u->instance_id, "ok");
    return err_new(a, ERR_DENIED, "upload.key", u->name,
                   "Files of this filling-in are added with its own key only.",
                   "只有持有本次填报密钥的设备才能补传文件。");
}
