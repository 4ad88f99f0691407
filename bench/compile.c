/* How long a workbook takes from bytes to XForm, in one process and per stage.
 * usage: compile FILE; prints name, value, unit, goal, met or missed (tab separated). */
#include "base/arena.h"
#include "base/buf.h"
#include "formats/book.h"
#include "forms/xlsform.h"

#include <stdio.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void print_measure(const char *name, double value, const char *unit, double goal)
{
    printf("%s\t%.1f\t%s\t%.1f\t%s\n", name, value, unit, goal, value <= goal ? "met" : "missed");
}

/* Best of some rounds: the machine may have other work. */
static int measure(const char *bytes, size_t size, int rounds)
{
    double read = 1e9, compile = 1e9, memory = 0;
    for (int i = 0; i < rounds; i++) {
        struct arena *a = arena_new();
        const struct book *book;
        enum book_kind kind;
        struct xlsform_result r;
        const struct xlsform_options options = {"", true};
        double start = now_ms();
        struct err *e = book_read(a, bytes, size, &book, &kind);
        double middle = now_ms();
        if (!e)
            e = xlsform_compile(a, book, &options, &r);
        if (e || !r.xml)
            return 1;
        double end = now_ms();
        read = middle - start < read ? middle - start : read;
        compile = end - middle < compile ? end - middle : compile;
        memory = (double)arena_used(a) / 1048576;
        arena_free(a);
    }
    print_measure("workbook.read", read, "ms", 30);
    print_measure("workbook.compile", compile, "ms", 30);
    print_measure("workbook.total", read + compile, "ms", 60);
    print_measure("workbook.memory", memory, "MiB", 40);
    return 0;
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new();
    FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!f)
        return 1;
    struct buf b;
    buf_init(&b, a);
    for (size_t got = 1; got > 0; b.size += got)
        got = fread(buf_reserve(&b, 65536), 1, 65536, f);
    (void)fclose(f);
    int failed = measure(buf_text(&b), b.size, 20);
    arena_free(a);
    return failed;
}
