/* Limits stand at the door: what is larger is refused with 413 or 422 before work is done on it. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    LIMIT_XML_BYTES = 8 * 1024 * 1024,
    LIMIT_XML_DEPTH = 100,
    LIMIT_XML_ATTRIBUTES = 256,               /* in one tag */
    LIMIT_WORKBOOK_BYTES = 50 * 1024 * 1024,  /* after inflating, counted while inflating */
    LIMIT_WORKBOOK_UPLOAD = 16 * 1024 * 1024, /* as sent */
    LIMIT_WORKBOOK_RATIO = 100,
    LIMIT_WORKBOOK_ENTRIES = 500,
    LIMIT_WORKBOOK_CELLS = 1000000,
    LIMIT_JSON_BYTES = 4 * 1024 * 1024,
    LIMIT_UPLOAD_BYTES = 200 * 1024 * 1024, /* one attachment, streamed */
    LIMIT_EXPRESSION_BYTES = 8 * 1024,
    LIMIT_EXPRESSION_DEPTH = 200,
    LIMIT_STEPS = 1000000,       /* evaluation steps of one expression */
    LIMIT_STEPS_FORM = 20000000, /* of one recomputation of a form */
    LIMIT_NODE_SET = 100000,
    LIMIT_REGEX_BYTES = 512,
    LIMIT_REGEX_SUBJECT = 4096,
    LIMIT_REGEX_REPEATS = 1000,
    LIMIT_REPEATS = 1000 /* instances of one repeat */
};

#endif
