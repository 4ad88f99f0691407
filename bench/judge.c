/* Judgements per second of one core: record_judge() of FORM and SUBMISSION, again and again. Time
 * is that of the processor, so that others on the machine do not count. usage: judge FORM.xml
 * SUBMISSION.xml [SECONDS] */
#include "base/arena.h"
#include "base/buf.h"
#include "forms/record.h"
#include "forms/xform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GOAL = 50000, BATCH = 1000 };

static int64_t fixed_now(void *self)
{
    (void)self;
    return 1795489200000;
}

static int32_t fixed_offset(void *self, int64_t at_ms)
{
    (void)self, (void)at_ms;
    return 480;
}

static uint64_t no_chance(void *self)
{
    (void)self;
    return 0;
}

static const char *no_property(void *self, const char *name)
{
    (void)self, (void)name;
    return "";
}

static int64_t processor_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void read_file(struct buf *b, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(1);
    }
    for (size_t got = 1; got > 0;) {
        got = fread(buf_reserve(b, 65536), 1, 65536, f);
        b->size += got;
    }
    (void)fclose(f);
    buf_text(b);
}

static const struct form *load(struct arena *a, const char *path)
{
    struct buf xml;
    struct notes notes;
    const struct xform *xform;
    const struct form *form = NULL;
    const void *image;
    size_t size;
    buf_init(&xml, a);
    notes_init(&notes, a);
    read_file(&xml, path);
    struct err *e = xform_read(a, xml.data, xml.size, &notes, &xform);
    if (!e && xform)
        e = image_build(a, xform, &notes, &image, &size);
    if (!e && xform)
        e = form_load(a, image, size, &form);
    if (!form) {
        (void)fprintf(stderr, "%s\n", e ? e->message : notes.first->message);
        exit(1);
    }
    return form;
}

/* The findings of one judgement: all must agree. */
static size_t judge_once(struct arena *a, const struct form *form, const struct buf *xml)
{
    const struct host host = {NULL, fixed_now, fixed_offset, no_chance, no_property};
    struct record record;
    struct sheet *sheet;
    struct verdict verdict;
    struct err *e =
        record_judge(a, form, &host, xml->data, xml->size, "en", &record, &sheet, &verdict);
    if (e) {
        (void)fprintf(stderr, "%s\n", e->message);
        exit(1);
    }
    for (size_t i = 0; i < verdict.finding_count; i++) {
        (void)fprintf(stderr, "%s: %s\n", verdict.findings[i].path, verdict.findings[i].message);
        exit(1);
    }
    return verdict.answer_count;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    struct arena *kept = arena_new();
    struct arena *a = arena_new();
    struct buf xml;
    const struct form *form = load(kept, argv[1]);
    buf_init(&xml, kept);
    read_file(&xml, argv[2]);
    int64_t wanted_us = (argc > 3 ? strtol(argv[3], NULL, 10) : 2) * 1000000;
    size_t answers = judge_once(a, form, &xml);
    int64_t count = 0;
    int64_t start = processor_us(), spent = 0;
    for (; spent < wanted_us; spent = processor_us() - start)
        for (int i = 0; i < BATCH; i++, count++) {
            arena_reset(a);
            if (judge_once(a, form, &xml) != answers)
                return 1;
        }
    long rate = (long)(count * 1000000 / spent);
    (void)printf("judge\t%ld\tper s and core\t>= %d\t%s\n", rate, GOAL,
                 rate >= GOAL ? "met" : "missed");
    arena_free(a);
    arena_free(kept);
    return 0;
}
