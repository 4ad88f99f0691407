/* The applicant's own numbers: shown to staff for a stated reason, and a code that proves him. */
#include "base/buf.h"
#include "base/ident.h"
#include "base/text.h"
#include "domain/audit.h"
#include "domain/casefile_own.h"
#include "domain/catalogue.h"
#include "domain/identity.h"
#include "engine/form.h"
#include "store/store.h"

/* The answer to the question of that name, wherever it stands in the form. */
static const char *answer_named(struct casefile *c, struct sheet *sheet, const char *name)
{
    const struct form_version *v = c->version;
    for (size_t i = 0; *name && i < v->question_count; i++)
        if (text_equal(v->questions[i].name, name))
            return sheet_value(sheet, v->questions[i].path);
    return "";
}

struct err *casefile_unmask_work(struct tx *tx, void *job)
{
    struct casefile_unmask *u = job;
    struct casefile *c;
    struct sheet *sheet;
    TRY(case_load(tx, u->office, u->who, RIGHT_ID_UNMASK, u->ref, &c));
    if (!*u->reason)
        return err_new(c->arena, ERR_INVALID, "unmask.reason_needed", "reason",
                       "Say why you need to see the number. It is written down.",
                       "请写明为什么要看完整号码，会留痕。");
    TRY(case_sheet(c, &sheet));
    u->id_number = ident_normal(c->arena, answer_named(c, sheet, c->service->applicant_id));
    u->phone = c->phone;
    return audit_add(tx, u->who, "case.unmask", text_print(c->arena, "case:%s", c->ref), "ok");
}

struct err *casefile_claim_work(struct tx *tx, void *job)
{
    struct casefile_claim *claim = job;
    struct casefile *c;
    /* At the counter he stood there with his card; elsewhere a helper saw it. */
    const struct post *post = actor_post_for(claim->who, RIGHT_CASE_INTAKE);
    bool is_counter = post && !text_equal(post->role, "helper");
    TRY(case_load(tx, claim->office, claim->who, RIGHT_CASE_READ, claim->ref, &c));
    TRY(identity_claim_new(tx, claim->office, claim->who, c->id, c->entity_id, is_counter ? 2 : 1,
                           &claim->code));
    return audit_add(tx, claim->who, "case.claim", text_print(c->arena, "case:%s", c->ref), "ok");
}
