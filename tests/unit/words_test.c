/* What is kept and what is typed meet: by character, pair, sound, initials, word and number. */
#include "base/words.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "test.h"

static const struct {
    const char *text, *words; /* words: all of them, with blanks */
} splits[] = {
    {"", ""},
    {"王", "王 wang"},
    {"小明", "小 小明 xiao xm 明 ming"},
    {"张小明", "张 张小 zhang zx zxm 小 小明 xiao xm 明 ming"},
    {"单曾", "单 单曾 dan chan shan dc dz cc cz sc sz 曾 ceng zeng"},
    {"女", "女 nv"},
    {"ABC公司", "abc 公 公司 gong gs 司 si"},
    {"ＡＢ１２", "ab 12"},
    {"261124-4831-7", "261124 4831 7"},
    {"Ünal Öz", "Ünal Öz"},
    {"𠅤", "𠅤 xi"},
    {"（）·，", ""},
};

static void splits_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        struct arena *a = arena_new();
        struct words w;
        struct buf b;
        words_init(&w, a);
        buf_init(&b, a);
        words_split(&w, splits[i].text);
        for (size_t k = 0; k < w.count; k++)
            buf_print(&b, "%s%s", k ? " " : "", w.items[k]);
        assert_string_equal(buf_text(&b), splits[i].words);
        arena_free(a);
    }
}

static const struct {
    const char *typed, *readings; /* terms with blanks, readings with " | " */
} typings[] = {
    {"", ""},
    {"张", "张"},
    {"小明", "小明"},
    {"张小明", "张小 小明"},
    {"zxm", "zxm"},
    {"zhang", "zhang | za ang | za"},
    {"xiaoming", "xiaoming | xm xiao ming | xm xiao | xam xi ao ming | xam xi ao"},
    {"zhangxm", "zhangxm | zxm zhang | zaxm ang"},
    {"xian", "xian | xa xi an | xa xi"},
    {"4831", "4831"},
    {"张 4831", "4831 张"},
    {"??", ""},
};

static const char *print_readings(struct arena *a, const char *typed)
{
    struct words_reading readings[WORDS_READINGS];
    size_t count = words_readings(a, typed, readings);
    struct buf b;
    buf_init(&b, a);
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, i ? " |" : "");
        for (size_t k = 0; k < readings[i].count; k++)
            buf_print(&b, "%s%s", i || k ? " " : "", readings[i].terms[k]);
    }
    return buf_text(&b);
}

static void reads_what_is_typed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof typings / sizeof *typings; i++) {
        struct arena *a = arena_new();
        assert_string_equal(print_readings(a, typings[i].typed), typings[i].readings);
        arena_free(a);
    }
}

static const struct {
    const char *text, *typed, *spans; /* start+length of each; "no": it does not match */
} finds[] = {
    {"张小明", "张", "0+1"},
    {"张小明", "小明", "1+2"},
    {"张小明", "张明", "no"},
    {"张小明", "zxm", "0+3"},
    {"张小明", "xm", "1+2"},
    {"张小明", "zhangxiaoming", "0+3"},
    {"张小明", "ZhangXM", "0+3"},
    {"张小明", "zhxm", "0+3"},
    {"张小明", "xiaomin", "1+2"},
    {"张小明", "mingxiao", "no"},
    {"张小明", "zm", "no"},
    {"单雄信", "shanxx", "0+3"},
    {"单雄信", "danxx", "0+3"},
    {"吕布", "lvbu", "0+2"},
    {"十堡ABC公司", "abc gs", "2+3 5+2"},
    {"261124-4831-7", "26112448317", "0+13"},
    {"261124-4831-7", "4831", "7+4"},
    {"阿阿阿阿阿阿阿阿阿阿阿阿阿阿阿阿阿阿阿阿阿阿阿", "aaaaaaaaaaaaaaaaaaaaaaab", "no"},
    {"张小明", "", "no"},
};

static void finds_the_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof finds / sizeof *finds; i++) {
        struct arena *a = arena_new();
        struct words_span spans[WORDS_SPANS];
        size_t count = 0;
        struct buf b;
        buf_init(&b, a);
        if (!words_find(finds[i].text, finds[i].typed, spans, &count))
            buf_add(&b, "no");
        for (size_t k = 0; k < count; k++)
            buf_print(&b, "%s%zu+%zu", k ? " " : "", spans[k].start, spans[k].length);
        assert_string_equal(buf_text(&b), finds[i].spans);
        arena_free(a);
    }
}

/* Whatever finds the place must be found by the words, or the search would lose it. */
static void words_of_a_match_are_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof finds / sizeof *finds; i++) {
        struct arena *a = arena_new();
        struct words w;
        struct words_reading readings[WORDS_READINGS];
        bool is_found = false;
        words_init(&w, a);
        words_split(&w, finds[i].text);
        words_add(&w, "26112448317"); /* whoever keeps a number keeps it whole, too */
        size_t count = words_readings(a, finds[i].typed, readings);
        for (size_t k = 0; k < count && !is_found; k++) {
            is_found = true;
            for (size_t n = 0; n < readings[k].count; n++)
                is_found = is_found && words_has(&w, readings[k].terms[n]);
        }
        if (!text_equal(finds[i].spans, "no") && !is_found)
            fail_msg("%s does not find %s", finds[i].typed, finds[i].text);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_texts),
        cmocka_unit_test(reads_what_is_typed),
        cmocka_unit_test(finds_the_places),
        cmocka_unit_test(words_of_a_match_are_kept),
    };
    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
