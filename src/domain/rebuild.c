/* Facts first, views after: `bangban rebuild` must give the tables that running gave. */
#include "domain/rebuild.h"

#include "domain/answers.h"
#include "domain/audit.h"
#include "domain/casefile.h"
#include "domain/derive.h"
#include "domain/office.h"
#include "domain/registry.h"
#include "domain/session.h"
#include "domain/tenant.h"
#include "store/store.h"

QUERY(live_rebuild,
      "insert into live_versions (tenant, service_id, form_version_id) "
      "select c.tenant, c.service_id, c.form_version_id from service_changes c "
      "where c.form_version_id is not null and c.id = (select max(m.id) from service_changes m "
      "where m.tenant = c.tenant and m.service_id = c.service_id)");

struct err *rebuild_work(struct tx *tx, void *office)
{
    struct office *o = office;
    TRY(answers_drop(tx));
    TRY(store_derived_reset(tx));
    TRY(areas_rebuild(tx));
    TRY(sql_run(tx, &live_rebuild, NO_ARGS, NULL));
    TRY(registry_rebuild(tx));
    TRY(casefile_rebuild(tx, o));
    TRY(derive_rebuild(tx, o));
    return audit_add(tx, session_terminal(tx_arena(tx), o->tenant->id), "rebuild", "", "ok");
}
