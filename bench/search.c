/* How long a search takes: COUNT people with names as they are spread in life, words filled by the
 * worker's own steps, then typed texts of every kind, first pages. The same on both databases
 * (tools/with-postgres). usage: search [COUNT] */
#include "domain/search.h"
#include "domain/derive.h"
#include "domain/registry.h"
#include "town.h"

#include <stdio.h>

static const char *const surnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴",
                                       "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "高",
                                       "林", "罗", "郑", "梁", "谢", "宋", "唐", "许", "韩",
                                       "冯", "邓", "曹", "单", "曾", "仇", "解"};
static const char *const given[] = {
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超",
    "秀", "霞", "平", "刚", "桂", "英", "华", "玉", "兰", "红", "梅", "国", "建", "文", "小", "晓",
    "海", "春", "冬", "雪", "志", "忠", "永", "福", "德", "成", "金", "龙", "宝", "新", "云", "波",
    "鹏", "宇", "浩", "子", "轩", "梓", "涵", "欣", "怡", "佳", "琪", "俊", "天", "思", "雨", "嘉"};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static uint64_t seed = 20261124;
static size_t random_below(size_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % n;
}

/* Of two drawn the commoner: surnames are not spread evenly. */
static size_t random_common(size_t n)
{
    size_t a = random_below(n), b = random_below(n);
    return a < b ? a : b;
}

struct load {
    struct town *town;
    int64_t from, to;
};

static struct err *load_work(struct tx *tx, void *job)
{
    const struct load *l = job;
    struct arena *a = tx_arena(tx);
    const struct tenant *tenant = l->town->office->tenant;
    const struct areas *areas = catalogue_view(l->town->office->catalogue, a)->areas;
    for (int64_t i = l->from; i < l->to; i++) {
        struct arena_mark mark = arena_mark(a);
        const char *name = text_print(a, "%s%s%s", surnames[random_common(COUNT(surnames))],
                                      given[random_below(COUNT(given))],
                                      random_below(5) ? given[random_below(COUNT(given))] : "");
        const struct entity_property p[] = {
            {"name_full", name},
            {"id_number", text_print(a, "%018lld", (long long)i)},
            {"phone", text_print(a, "000%08lld", (long long)i)},
        };
        const struct entity_write w = {.registry = "residents",
                                       .uuid = "",
                                       .label = name,
                                       .properties = p,
                                       .property_count = 3,
                                       .area_id = areas->items[random_below(areas->count)].id,
                                       .is_create = true};
        int64_t id;
        TRY(registry_write(tx, l->town->terminal, tenant->secret, &w, &id));
        arena_rewind(a, mark);
    }
    return NULL;
}

static struct err *search_run(struct tx *tx, void *job)
{
    struct buf out;
    struct json_out j;
    buf_init(&out, tx_arena(tx));
    json_start(&j, &out);
    json_open_object(&j, NULL);
    TRY(search_write(tx, &j, job));
    json_close_object(&j);
    return NULL;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

enum { TIMES = 400 };

static const char *typed_text(struct arena *a, const char *kind)
{
    const char *x = given[random_below(COUNT(given))], *y = given[random_below(COUNT(given))];
    const char *s = surnames[random_common(COUNT(surnames))];
    static const char letters[] = "zwlcyxhjsmgf";
    static const char *const sounds[] = {"wang", "xiao", "ming", "li",  "zhang", "guo",   "jian",
                                         "hua",  "mei",  "yu",   "dan", "shan",  "zhong", "wei"};
    if (text_equal(kind, "character"))
        return random_below(2) ? s : x;
    if (text_equal(kind, "pair"))
        return text_print(a, "%s%s", x, y);
    if (text_equal(kind, "name"))
        return text_print(a, "%s%s%s", s, x, y);
    if (text_equal(kind, "initials"))
        return text_print(a, "%c%c%c", letters[random_below(12)], letters[random_below(12)],
                          letters[random_below(12)]);
    if (text_equal(kind, "sounds"))
        return text_print(a, "%s%s%s", sounds[random_below(COUNT(sounds))],
                          sounds[random_below(COUNT(sounds))], sounds[random_below(COUNT(sounds))]);
    return text_print(a, "%018lld", (long long)random_below(100000));
}

static void measure(struct town *t, const struct actor *who, const char *place, const char *kind)
{
    static int64_t times[TIMES];
    struct arena *a = arena_new();
    for (size_t i = 0; i < TIMES; i++) {
        arena_reset(a);
        const struct search s = {t->office, who, typed_text(a, kind), "", "zh"};
        int64_t begin = clock_monotonic_us();
        OK(store_read(t->store, a, search_run, (void *)(uintptr_t)&s));
        times[i] = clock_monotonic_us() - begin;
    }
    qsort(times, TIMES, sizeof *times, by_time);
    printf("search.%s.%s\t%.2f p50, %.2f p99, %.2f worst\tms\t<= 5\t%s\n", place, kind,
           (double)times[TIMES / 2] / 1000, (double)times[TIMES * 99 / 100] / 1000,
           (double)times[TIMES - 1] / 1000, times[TIMES * 99 / 100] <= 5000 ? "met" : "missed");
    arena_free(a);
}

static void run(void **state)
{
    const int64_t count = *(const int64_t *)*state;
    static const char *const kinds[] = {"character", "pair",   "name",
                                        "initials",  "sounds", "number"};
    struct town t;
    town_open(&t);
    int64_t begin = clock_monotonic_us();
    for (int64_t i = 0; i < count; i += 1000) {
        struct load l = {&t, i, i + 1000 < count ? i + 1000 : count};
        struct arena *a = arena_new();
        OK(store_write(t.store, a, load_work, &l));
        arena_free(a);
    }
    printf("# %lld people in %.1f s\n", (long long)count,
           (double)(clock_monotonic_us() - begin) / 1e6);
    begin = clock_monotonic_us();
    for (int64_t i = 0; i * 3200 <= count; i++) {
        struct arena *a = arena_new();
        OK(derive_tick(t.office, a));
        arena_free(a);
    }
    printf("search.fill\t%.0f\tpeople/s\t\t\n",
           (double)count / ((double)(clock_monotonic_us() - begin) / 1e6));
    if (getenv("BANGBAN_TEST_DATABASE")) /* as its own housekeeper would after a minute */
        (void)!system("psql -qc 'vacuum analyze'");
    const struct actor *all = town_actor(&t, town_person(&t, "c", "fwzx", TOWN_CODE, "clerk"));
    const struct actor *one = town_actor(&t, town_person(&t, "v", "fwzx", "000000100200", "clerk"));
    for (size_t i = 0; i < COUNT(kinds); i++)
        measure(&t, all, "township", kinds[i]);
    for (size_t i = 0; i < COUNT(kinds); i++)
        measure(&t, one, "village", kinds[i]);
    (void)fflush(stdout);
    if (!getenv("BANGBAN_TEST_DATABASE"))
        (void)!system(text_print(
            t.arena, "ls -l %s/bangban.db | awk '{print \"# \" $5/1e6 \" MB\"}'", t.dir));
    town_close(&t);
}

int main(int argc, char **argv)
{
    int64_t count = 100000;
    if (argc > 1 && !text_to_int(argv[1], &count))
        return 1;
    void *state = &count;
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(run, state)};
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
