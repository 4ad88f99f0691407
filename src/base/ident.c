/* Identifiers: GB 11643 (residents) and GB 32100 with GB 11714 inside (organisations). */
#include "base/ident.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"

#include <string.h>

static char resident_check(const char *digits17)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += (digits17[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

static bool all_digits(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

/* One typed character as it should have been typed; 0 for what is only decoration. */
static uint32_t normal_character(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E)
        c -= 0xFEE0;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-' || c == 0x3000 || c == 0xA0 ||
        (c >= 0x2010 && c <= 0x2015) || c == 0x200B || c == 0xFEFF)
        return 0;
    return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

const char *ident_normal(struct arena *a, const char *typed)
{
    struct buf b;
    buf_init(&b, a);
    for (const char *at = typed; *at;) {
        const char *start = at;
        uint32_t c = normal_character(text_next(&at));
        if (c > 0 && c < 128)
            buf_char(&b, (char)c);
        else if (c >= 128)
            buf_bytes(&b, start, (size_t)(at - start));
    }
    const char *id = buf_text(&b);
    if (b.size != 15 || !all_digits(id, 15))
        return id;
    /* The old number: the century was not written, the check character did not exist. */
    const char *longer = text_print(a, "%.*s19%s", 6, id, id + 6);
    return text_print(a, "%s%c", longer, resident_check(longer));
}

enum ident_fault ident_resident(const char *id, day today, day *birth_out, bool *is_male_out)
{
    if (strlen(id) != 18)
        return IDENT_LENGTH;
    if (!all_digits(id, 17) || (id[17] != 'X' && !all_digits(id + 17, 1)))
        return IDENT_CHARACTER;
    if (resident_check(id) != id[17])
        return IDENT_CHECK;
    char text[11] = {id[6], id[7], id[8], id[9], '-', id[10], id[11], '-', id[12], id[13], '\0'};
    day birth;
    if (!day_read(text, &birth) || birth > today)
        return IDENT_DATE;
    if (birth_out)
        *birth_out = birth;
    if (is_male_out)
        *is_male_out = (id[16] - '0') % 2 == 1;
    return IDENT_OK;
}

/* GB 11714: eight places with weights 3 7 9 10 5 8 4 2 and a check of modulus 11. */
static bool organisation_check_ok(const char *code9)
{
    static const int weights[] = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 8; i++) {
        char c = code9[i];
        sum += (c <= '9' ? c - '0' : c - 'A' + 10) * weights[i];
    }
    int check = 11 - sum % 11;
    return code9[8] == (check == 10 ? 'X' : check == 11 ? '0' : (char)('0' + check));
}

enum ident_fault ident_uscc(const char *code, bool *organisation_check_ok_out)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static const int weights[] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
    if (strlen(code) != 18)
        return IDENT_LENGTH;
    int sum = 0;
    for (int i = 0; i < 18; i++) {
        const char *place = strchr(alphabet, code[i]);
        if (!place)
            return IDENT_CHARACTER;
        if (i < 17)
            sum += (int)(place - alphabet) * weights[i];
    }
    if (organisation_check_ok_out)
        *organisation_check_ok_out = organisation_check_ok(code + 8);
    return code[17] == alphabet[(31 - sum % 31) % 31] ? IDENT_OK : IDENT_CHECK;
}

const char *ident_masked(struct arena *a, const char *id)
{
    size_t size = strlen(id);
    char *masked = arena_text(a, id);
    /* What is too short for both ends shows one character at most. */
    size_t first = size > 7 ? 3 : size > 1 ? 1 : 0, last = size > 7 ? 4 : 0;
    for (size_t i = first; i + last < size; i++)
        masked[i] = '*';
    return masked;
}

const char *ident_masked_name(struct arena *a, const char *name)
{
    size_t length = text_length(name), number = 0;
    struct buf b;
    buf_init(&b, a);
    for (const char *at = name; *at; number++) {
        const char *start = at;
        text_next(&at);
        bool is_shown = number == 0 || (number + 1 == length && length > 2);
        if (is_shown && length > 1)
            buf_bytes(&b, start, (size_t)(at - start));
        else
            buf_char(&b, '*');
    }
    return buf_text(&b);
}
