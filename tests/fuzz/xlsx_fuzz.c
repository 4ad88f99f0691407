/* Any bytes as a workbook file: archive, sheet or text. What can be read is written and read again.
 */
#include "base/arena.h"
#include "base/check.h"
#include "formats/book.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    const struct book *book, *again;
    enum book_kind kind;
    const char *text;
    if (!book_read(a, data, size, &book, &kind) && !md_write(a, book, &text))
        CHECK(book->count == 0 || !md_read(a, text, &again));
    arena_free(a);
    return 0;
}
