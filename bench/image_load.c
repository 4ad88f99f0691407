/* How long loading a form image takes: median of many. usage: image_load FORM (workbook or XForm)
 */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "engine/form.h"
#include "forms/form_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES = 201, GOAL_US = 2000 };

static int by_size(const void *left, const void *right)
{
    const int64_t *l = left, *r = right;
    return (*l > *r) - (*l < *r);
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
}

int main(int argc, char **argv)
{
    static int64_t spent[TIMES];
    struct arena *kept = arena_new(), *a = arena_new();
    struct buf file;
    struct notes notes;
    const void *image = NULL;
    size_t size;
    const struct form *form;
    if (argc < 2)
        return 2;
    buf_init(&file, kept);
    notes_init(&notes, kept);
    read_file(&file, argv[1]);
    int64_t start = clock_monotonic_us();
    struct err *e = form_source_read(kept, file.data, file.size, &notes, &image, &size);
    int64_t compiled = clock_monotonic_us() - start;
    for (int i = 0; !e && image && i < TIMES; i++) {
        arena_reset(a);
        start = clock_monotonic_us();
        e = form_load(a, image, size, &form);
        spent[i] = clock_monotonic_us() - start;
    }
    if (e || !image) {
        (void)fprintf(stderr, "%s\n", e ? e->message : notes.first->message);
        return 1;
    }
    qsort(spent, TIMES, sizeof *spent, by_size);
    int64_t median = spent[TIMES / 2];
    (void)printf("image.load\t%lld\tus\t<= %d\t%s\n", (long long)median, GOAL_US,
                 median <= GOAL_US ? "met" : "missed");
    (void)printf("image.size\t%zu\tbytes\t-\t-\n", size);
    (void)printf("image.compile\t%lld\tus\t-\t-\n", (long long)compiled);
    arena_free(a);
    arena_free(kept);
    return 0;
}
