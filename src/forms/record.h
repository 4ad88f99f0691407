/* Submissions: XML <-> answers, straight from parser events into the sheet. */
#ifndef FORMS_RECORD_H
#define FORMS_RECORD_H

#include "base/err.h"
#include "engine/form.h"

struct record {
    const char *form_id, *version;           /* attributes of the root */
    const char *instance_id, *deprecated_id; /* meta, either namespace; "" if absent */
    const struct answer *answers;            /* leaves and attributes, document order */
    size_t count;
};
/* Errors: ERR_INVALID xml.*, submission.not_this_form, submission.foreign_node (where = path). */
MUST_CHECK struct err *record_read(struct arena *a, const struct form *form, const char *xml,
                                   size_t size, struct record *record_out);
/* Only the head of it: which form is this? (before the form is known) */
MUST_CHECK struct err *record_peek(struct arena *a, const char *xml, size_t size,
                                   struct record *record_out);
/* Only which form and version it is: stops behind the root's tag. */
MUST_CHECK struct err *record_peek_form(struct arena *a, const char *xml, size_t size,
                                        struct record *record_out);
/* The whole judgement: read, open, compare calculated values, verdict. What the document holds and
 * the form does not know is a finding of kind structure. today() and now() are the record's own
 * (its timestamp at the end, or meta/timeEnd) if it has one that is not in the future, else the
 * host's. */
MUST_CHECK struct err *record_judge(struct arena *a, const struct form *form,
                                    const struct host *host, const char *xml, size_t size,
                                    const char *language, struct record *record_out,
                                    struct sheet **sheet_out, struct verdict *verdict_out);
/* The same, but today() and now() are the host's. */
MUST_CHECK struct err *record_judge_at(struct arena *a, const struct form *form,
                                       const struct host *host, const char *xml, size_t size,
                                       const char *language, struct record *record_out,
                                       struct sheet **sheet_out, struct verdict *verdict_out);

#endif
