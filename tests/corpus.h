/* Vectors that live beside the repository (../shared/corpus). A test skips what is not there, and
 * says so; the rows written in the test itself always run. */
#ifndef TESTS_CORPUS_H
#define TESTS_CORPUS_H

#include "base/arena.h"
#include "base/buf.h"
#include "formats/json.h"

#include <stdio.h>
#include <stdlib.h>

static inline const struct json *corpus_read(struct arena *a, const char *name)
{
    const char *folder = getenv("BANGBAN_CORPUS");
    const char *source = getenv("BANGBAN_SOURCE");
    const char *path = folder
                           ? text_print(a, "%s/%s", folder, name)
                           : text_print(a, "%s/../shared/corpus/%s", source ? source : ".", name);
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("# no corpus at %s: its vectors are skipped\n", path);
        return NULL;
    }
    struct buf b;
    buf_init(&b, a);
    char piece[4096];
    for (size_t n; (n = fread(piece, 1, sizeof piece, file)) > 0;)
        buf_bytes(&b, piece, n);
    fclose(file);
    const struct json *json = NULL;
    assert_null(json_read(a, buf_text(&b), b.size, &json));
    return json;
}

#endif
