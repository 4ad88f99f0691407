/* Identifiers: the documented samples of the standards, numbers that cannot exist, and the corpus.
 */
#include "base/ident.h"

#include "test.h"

#include "corpus.h"

enum { TODAY = 20781 }; /* 2026-11-24 */

static void judges_resident_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        enum ident_fault fault;
        const char *birth;
        bool is_male;
    } rows[] = {
        {"11010519491231002X", IDENT_OK, "1949-12-31", false},
        {"440524188001010014", IDENT_OK, "1880-01-01", true},
        {"34052419800101001X", IDENT_OK, "1980-01-01", true},
        {"00000019600701004X", IDENT_OK, "1960-07-01", false},
        {"110105194912310021", IDENT_CHECK, "", false},
        {"110105194902290029", IDENT_DATE, "", false},
        {"00000029991231001X", IDENT_DATE, "", false},
        {"11010519491231002", IDENT_LENGTH, "", false},
        {"11010519491231002x", IDENT_CHARACTER, "", false},
        {"1101051949123100X2", IDENT_CHARACTER, "", false},
        {"", IDENT_LENGTH, "", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        day birth = 0;
        bool is_male = false;
        assert_int_equal(ident_resident(rows[i].id, TODAY, &birth, &is_male), rows[i].fault);
        if (rows[i].fault != IDENT_OK)
            continue;
        char out[16];
        assert_string_equal(day_print(out, birth), rows[i].birth);
        assert_int_equal(is_male, rows[i].is_male);
    }
}

static void makes_numbers_normal_and_masks_them(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    static const struct {
        const char *typed, *normal;
    } rows[] = {
        {"11010519491231002x", "11010519491231002X"},
        {"１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"},
        {"　110105-19491231 002X ", "11010519491231002X"},
        {"110105491231002", "11010519491231002X"},
        {"张三", "张三"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(ident_normal(a, rows[i].typed), rows[i].normal);
    assert_string_equal(ident_masked(a, "000000194403020013"), "000***********0013");
    assert_string_equal(ident_masked(a, "00012345678"), "000****5678");
    assert_string_equal(ident_masked(a, "1234"), "1***");
    assert_string_equal(ident_masked(a, ""), "");
    assert_string_equal(ident_masked_name(a, "张老三"), "张*三");
    assert_string_equal(ident_masked_name(a, "张三"), "张*");
    assert_string_equal(ident_masked_name(a, "欧阳小三"), "欧**三");
    assert_string_equal(ident_masked_name(a, "张"), "*");
    assert_string_equal(ident_masked_name(a, ""), "");
    arena_free(a);
}

static void judges_organisation_codes(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        enum ident_fault fault;
    } rows[] = {
        {"91350100M000100Y43", IDENT_OK},        {"91512081MA62K0260E", IDENT_OK},
        {"91000000MA00000157", IDENT_OK},        {"91350100M000100Y44", IDENT_CHECK},
        {"91350100MO00100Y43", IDENT_CHARACTER}, {"91350100M000100Y4", IDENT_LENGTH},
        {"91350211M00013FA1N", IDENT_CHECK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool ok = false;
        assert_int_equal(ident_uscc(rows[i].code, &ok), rows[i].fault);
        if (rows[i].fault == IDENT_OK)
            assert_true(ok);
    }
}

static void check_residents(const struct json *list, bool is_valid)
{
    assert_true(json_count(list) > 2);
    for (size_t i = 0; i < json_count(list); i++) {
        const char *id = json_get_text(json_at(list, i), "value");
        assert_int_equal(ident_resident(id, TODAY, NULL, NULL) == IDENT_OK, is_valid);
    }
}

static void agrees_with_the_corpus(void **state)
{
    (void)state;
    struct arena *a = arena_new();
    const struct json *corpus = corpus_read(a, "identifiers.json");
    if (corpus) {
        const struct json *residents = json_get(corpus, "resident_id");
        const struct json *uscc = json_get(corpus, "uscc");
        check_residents(json_get(residents, "valid"), true);
        check_residents(json_get(residents, "demo"), true);
        check_residents(json_get(residents, "invalid"), false);
        const struct json *normal = json_get(residents, "normalise");
        for (size_t i = 0; i < json_count(normal); i++)
            assert_string_equal(ident_normal(a, json_get_text(json_at(normal, i), "input")),
                                json_get_text(json_at(normal, i), "output"));
        const struct json *valid = json_get(uscc, "valid"), *invalid = json_get(uscc, "invalid");
        for (size_t i = 0; i < json_count(valid); i++) {
            const struct json *row = json_at(valid, i);
            bool ok = false;
            assert_int_equal(ident_uscc(json_get_text(row, "value"), &ok), IDENT_OK);
            assert_int_equal(ok, json_get_bool(row, "organisation_check_holds", false));
        }
        for (size_t i = 0; i < json_count(invalid); i++)
            assert_int_not_equal(ident_uscc(json_get_text(json_at(invalid, i), "value"), NULL),
                                 IDENT_OK);
        const struct json *demo = json_get(uscc, "demo");
        for (size_t i = 0; i < json_count(demo); i++)
            assert_int_equal(ident_uscc(json_text(json_at(demo, i), ""), NULL), IDENT_OK);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_resident_numbers),
        cmocka_unit_test(makes_numbers_normal_and_masks_them),
        cmocka_unit_test(judges_organisation_codes),
        cmocka_unit_test(agrees_with_the_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
