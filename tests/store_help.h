/* What the tests of the store share: a folder of its own for each test, gone afterwards. */
#ifndef TESTS_STORE_HELP_H
#define TESTS_STORE_HELP_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline int help_remove_entry(const char *path, const struct stat *st, int flag,
                                    struct FTW *ftw)
{
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static inline void help_remove(const char *dir)
{
    (void)nftw(dir, help_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Some rows are about SQLite's own files: the run on PostgreSQL says that it leaves them out. */
static inline bool help_is_postgres_run(void)
{
    bool is_postgres = getenv("BANGBAN_TEST_DATABASE") != NULL;
    if (is_postgres)
        (void)fputs("# left out on PostgreSQL: about SQLite's own files\n", stderr);
    return is_postgres;
}

/* BANGBAN_TEST_DATABASE=postgres://... runs the same test on PostgreSQL. */
static inline struct store_options help_options(const char *dir)
{
    const char *database = getenv("BANGBAN_TEST_DATABASE");
    return (struct store_options){
        .data_dir = dir, .database = database ? database : "", .now_ms = clock_now_ms};
}

/* A new folder, and on PostgreSQL an empty schema. */
static inline const char *help_dir(struct arena *a)
{
    if (getenv("BANGBAN_TEST_DATABASE") &&
        system("psql -q -c 'drop schema public cascade; create schema public' 2>/dev/null") != 0)
        abort();
    const char *root = getenv("TMPDIR");
    char *dir = arena_text(a, text_join(a, root ? root : "/tmp", "/bangban-test-XXXXXX"));
    return mkdtemp(dir);
}

#endif
