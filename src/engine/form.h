/* Fill in one form: the same judgement in the hall (native) and on the phone (WebAssembly). Pure.
 *
 * A form is a loaded image: it never changes and is shared by all threads. A sheet is one
 * filling-in, one thread at a time. Nodes are named by path: "/data/household/member[2]/name"; the
 * [1] of a first repeat instance may be left out on input and is always written on output. */
#ifndef ENGINE_FORM_H
#define ENGINE_FORM_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct form;
struct sheet;

/* All that the engine may ask of whoever runs it. Time and offset are asked once per call. When a
 * kept submission is judged, the host gives the submission's own time. */
struct host {
    void *self;
    int64_t (*now_ms)(void *self); /* UTC */
    int32_t (*utc_offset_min)(void *self, int64_t at_ms);
    uint64_t (*random)(void *self);
    const char *(*property)(void *self, const char *name); /* "username"; "" if unknown */
};

/* The bytes must outlive the form, 8-byte aligned. Costs next to nothing: offsets, not pointers.
 * Errors: ERR_INVALID image.damaged, image.version. */
MUST_CHECK struct err *form_load(struct arena *a, const void *image, size_t size,
                                 const struct form **form_out);
const char *form_id(const struct form *form);
const char *form_version(const struct form *form);

/* Outside lists (registries): rows of one secondary instance as a list image
 * (engine/list_image.h). form_out is a form of its own; the first one stays as it was. */
MUST_CHECK struct err *form_attach_list(struct arena *a, const struct form *form,
                                        const char *instance_id, const void *list_image,
                                        size_t size, const struct form **form_out);

struct answer {
    const char *path, *text; /* file questions: the file's name */
};

/* Open a new sheet (count 0), or one that already holds answers. Defaults and first-load actions
 * run only when there are none. The sheet lives until sheet_arena is freed. */
MUST_CHECK struct err *form_open(struct arena *sheet_arena, const struct form *form,
                                 const struct host *host, const struct answer *answers,
                                 size_t count, struct sheet **sheet_out);

/* Put text into a node and recalculate what depends on it. An answer that breaks a rule is kept and
 * shows in the verdict. changes: nodes whose value, relevance, choices or findings changed.
 * Errors: ERR_MISSING no node; ERR_INVALID read-only or calculated; ERR_TOO_BIG over the steps. */
struct changes {
    const char *const *paths;
    size_t count;
};
MUST_CHECK struct err *form_answer(struct arena *a, struct sheet *s, const char *path,
                                   const char *text, struct changes *changes_out);
MUST_CHECK struct err *form_repeat_add(struct arena *a, struct sheet *s, const char *repeat_path,
                                       struct changes *changes_out);
MUST_CHECK struct err *form_repeat_remove(struct arena *a, struct sheet *s,
                                          const char *instance_path, struct changes *changes_out);

/* Judge the sheet as it stands. One finding per node: a value of the wrong type is `type` and not
 * also `constraint`; a value outside its choice list is `choice`. No findings: acceptable. */
enum finding_kind {
    FINDING_REQUIRED,
    FINDING_CONSTRAINT,
    FINDING_TYPE,
    FINDING_CHOICE,
    FINDING_STRUCTURE,
    FINDING_CALCULATE
};
struct finding {
    const char *path;
    enum finding_kind kind;
    const char *code;    /* "answer.required", "answer.constraint", "answer.type" ... */
    const char *message; /* the form's own words in the language, else a sentence of ours */
};
struct verdict {
    const struct finding *findings; /* document order */
    size_t finding_count;
    const struct answer *answers; /* relevant answers with calculated values, document order */
    size_t answer_count;
};
MUST_CHECK struct err *form_verdict(struct arena *a, struct sheet *s, const char *language,
                                    struct verdict *verdict_out);
const char *finding_kind_name(enum finding_kind kind); /* "required" ... */

/* A named rule of the service (material, eligibility, action): rules travel in the image beside
 * the questions. Names: "material/<name>", "eligible", "action/<step>/<action>". Errors:
 * ERR_MISSING no such rule. */
MUST_CHECK struct err *form_rule(struct arena *a, struct sheet *s, const char *rule_name,
                                 bool *holds_out);

/* The submission as XML, byte-stable (forms.md 6, serialisation): relevant nodes only. instance_id
 * "" keeps what the sheet holds. */
MUST_CHECK struct err *form_write(struct arena *a, struct sheet *s, const char *instance_id,
                                  const char *deprecated_id, const char **xml_out,
                                  size_t *size_out);

/* Questions, for whoever draws them. Definition order; inside repeats once per instance. A repeat
 * is one QUESTION_REPEAT (path without an index, value = number of instances, is_readonly = they
 * may not be added or removed), then a QUESTION_GROUP for each instance ("/data/member[1]", parent
 * "/data/member"). A group without a node of its own has a path like "/data/#3". */
enum question_kind {
    QUESTION_NOTE,
    QUESTION_TEXT,
    QUESTION_INTEGER,
    QUESTION_DECIMAL,
    QUESTION_DATE,
    QUESTION_TIME,
    QUESTION_DATETIME,
    QUESTION_SELECT_ONE,
    QUESTION_SELECT_MANY,
    QUESTION_RANK,
    QUESTION_RANGE,
    QUESTION_TRIGGER,
    QUESTION_FILE,
    QUESTION_GEO,
    QUESTION_BARCODE,
    QUESTION_GROUP,
    QUESTION_REPEAT,
    QUESTION_HIDDEN
};
struct media {
    const char *image, *big_image, *audio, *video; /* file names; "" = none */
};
struct choice {
    const char *value, *label;
    struct media media;
};
struct question {
    const char *path, *name;
    enum question_kind kind;
    const char *type;                          /* bind type */
    const char *label, *hint, *guidance, *say; /* in the language, outputs filled in */
    struct media media;
    const char *appearance, *mediatype;
    const char *value;
    bool is_relevant, is_required, is_readonly;
    const char *parent;  /* path of the group, "" at the top */
    const char *save_to; /* entity property, "" if none */
};
/* Every question, group and repeat instance that stands in the body, relevant or not. */
MUST_CHECK struct err *sheet_questions(struct arena *a, struct sheet *s, const char *language,
                                       const struct question **out, size_t *count_out);
MUST_CHECK struct err *sheet_choices(struct arena *a, struct sheet *s, const char *path,
                                     const char *language, const struct choice **out,
                                     size_t *count_out);
/* "" when there is no finding for that node. */
MUST_CHECK struct err *sheet_finding(struct arena *a, struct sheet *s, const char *path,
                                     const char *language, struct finding *finding_out,
                                     bool *has_finding_out);
const char *sheet_value(struct sheet *s, const char *path); /* "" if absent or not relevant */
const char *form_languages(const struct form *form, size_t index); /* NULL behind the last */

/* Entities that the sheet would write (meta/entity), after the verdict. */
struct entity_change {
    const char *list, *id, *label;
    bool is_create, is_update;
    int64_t base_version;
    const struct answer *properties; /* path = property name */
    size_t property_count;
};
MUST_CHECK struct err *sheet_entities(struct arena *a, struct sheet *s,
                                      const struct entity_change **out, size_t *count_out);

#endif
