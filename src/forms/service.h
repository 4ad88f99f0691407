/* A service: what the sheets service, materials, steps, actions and letters of a workbook say. Made
 * by xlsform_compile(), kept as JSON in the database, read back by the catalogue. Column meanings:
 * design.md 3, domain.md c. Texts in two languages: label and label_en ("" if not given). */
#ifndef FORMS_SERVICE_H
#define FORMS_SERVICE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct buf;
struct json;

struct service_field { /* an element of 实施清单 as written: name (code name) and value */
    const char *name, *value, *value_en;
};
struct service_material {
    const char *name; /* code name: equals the survey question that holds the file, or free */
    const char *label, *label_en;
    const char *kind, *medium; /* original, copy, form, certificate; paper, electronic, either */
    int32_t originals, copies;
    const char *source, *source_note;
    const char *need;                      /* required, optional, deferrable (容缺) */
    const char *criteria, *guide, *sample; /* sample: picture name */
    const char *certificate;               /* registry code of the certificate, "" */
    bool is_exempt;                        /* 免提交 */
    const char *when;                      /* XPath; "" = always, or the question's own relevance */
    const char *question; /* path of the question, "" = paper shown at the counter */
};
struct service_step {
    const char *name, *label, *label_en;
    const char *unit; /* unit code, "village", "applicant", "submitter" */
    const char *role;
    int32_t limit;          /* 0 = none */
    const char *limit_unit; /* wd, d, h */
    bool clock_runs;        /* false: the case clock stops while here */
    const char *stop_cause; /* lawful cause if it stops */
    bool is_joint;
    const char *criteria; /* 审查标准, shown at review */
};
struct service_action {
    const char *step, *name, *label, *label_en;
    const char *next;   /* step, or "end" */
    const char *when;   /* XPath, "" = always */
    const char *needs;  /* space-separated: reason note file signature visit leader fields */
    const char *effect; /* "", notice, accept, refuse, decline, grant, deliver, publicise,
                           withdraw, stop, resume, extend */
    const char *kind;   /* forward, return, take-back, refer */
    const char *letter; /* letter to make, "" = none */
};
struct service_letter {
    const char *name, *label, *label_en, *title, *body; /* ${question}, ${case.ref} ... */
    const char *paper;                                  /* a4, slip */
};
struct service_rule { /* compiled into the image: "material/<name>", "eligible",
                         "action/<step>/<name>" */
    const char *name, *expression, *place;
};
struct service {
    const char *code, *version, *title, *title_en;
    const char *picture, *keywords, *registry, *eligible_when;
    const char *owner_unit, *case_kind; /* instant (即办件), promised (承诺件) */
    int32_t limit_legal, limit_promised;
    const char *limit_legal_unit, *limit_promised_unit;
    int32_t identity_level; /* 0 declared, 1 vouched, 2 verified: column identity */
    int32_t visits;
    bool allows_proxy, is_proactive, low_literacy;
    const struct service_field *fields; /* every column of the sheet, in order */
    size_t field_count;
    const struct service_material *materials;
    size_t material_count;
    const struct service_step *steps; /* the first is where a case opens */
    size_t step_count;
    const struct service_action *actions;
    size_t action_count;
    const struct service_letter *letters;
    size_t letter_count;
    const struct service_rule *rules;
    size_t rule_count;
    /* Question names that carry the person: applicant's name, id number, phone, area; proxy. Column
     * `bind::bangban:role` or names applicant_name, applicant_id, applicant_phone, village,
     * proxy_name, proxy_id. "" if the form has none. */
    const char *applicant_name, *applicant_id, *applicant_phone, *applicant_area;
    const char *proxy_name, *proxy_id;
};
void service_write_json(struct buf *b, const struct service *s);
MUST_CHECK struct err *service_read_json(struct arena *a, const char *json, size_t size,
                                         const struct service **out);

#endif
