/* A pattern, a line end, a text. Matching the whole text implies finding it; programs pass their
 * own check. */
#include "engine/regex.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    char *pattern = arena_copy(a, data, size), *text = strchr(pattern, '\n');
    struct regex regex;
    size_t fault_at;
    if (text)
        *text++ = '\0';
    else
        text = pattern + strlen(pattern);
    bool is_good = regex_compile(a, pattern, &regex, &fault_at) == REGEX_GOOD;
    CHECK(is_good || fault_at <= strlen(pattern));
    size_t length = strnlen(text, 512);
    if (is_good && text_is_utf8(text, length)) {
        CHECK(regex_check(&regex));
        bool is_whole = regex_matches(a, &regex, text, length);
        CHECK(!is_whole || regex_finds(a, &regex, text, length));
    }
    arena_free(a);
    return 0;
}
