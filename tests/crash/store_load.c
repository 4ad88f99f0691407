/* Load for the crash tests, and the check afterwards.
 *
 * store_load run DIR LEDGER [early] [unsynced]   write until killed; each act that was acknowledged
 *                                                gets its line in LEDGER, with one write(2)
 * store_load check DIR LEDGER                    is every line's row there, and its file whole?
 *                                                prints "acked=N lost=N"; exit 1 if any is lost
 *
 * early: acknowledge before the commit; unsynced: synchronous=OFF. Both must lose. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/store.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 8, TENANT = 1, FILE_EVERY = 4 };

QUERY(crash_insert, "insert into uploads (tenant, instance_id, name, blob_hash, size, media_type, "
                    "created_at, key_hash) values ($1, $2, '', $3, $4, '', $5, '')");
QUERY(crash_find, "select blob_hash, size from uploads where tenant = $1 and instance_id = $2");

static struct store *store;
static int ledger;

struct act {
    const char *name, *hash; /* hash "": no file */
    int64_t size;
};

static void must(struct err *e)
{
    if (!e)
        return;
    (void)fprintf(stderr, "store_load: %s: %s\n", e->code, e->message);
    exit(2);
}

/* Writing ------------------------------------------------------------------------------------- */

static struct err *act_work(struct tx *tx, void *job)
{
    const struct act *act = job;
    if (*act->hash)
        TRY(store_blob_keep(tx, TENANT, act->hash));
    return sql_run(tx, &crash_insert,
                   ARGS(sql_int(TENANT), sql_text(act->name), sql_text(act->hash),
                        sql_int(act->size), sql_int(tx_now_ms(tx))),
                   NULL);
}

static void file_send(struct arena *a, struct act *act)
{
    struct upload *u;
    must(store_blob_begin(store, a, &u));
    for (int i = 0; i < 500; i++)
        must(store_blob_add(u, act->name, strlen(act->name)));
    must(store_blob_finish(u, &act->hash, &act->size));
}

static void acknowledge(struct arena *a, const struct act *act)
{
    const char *line = text_print(a, "%s %s %lld\n", act->name, *act->hash ? act->hash : "-",
                                  (long long)act->size);
    size_t size = strlen(line);
    if (write(ledger, line, size) != (ssize_t)size)
        exit(2);
}

static void *load_main(void *number)
{
    struct arena *a = arena_new();
    for (int64_t i = 0;; i++) {
        struct act act = {.hash = ""};
        act.name = text_print(a, "%d-%d-%lld-%lld", (int)getpid(), *(int *)number, (long long)i,
                              (long long)clock_monotonic_us());
        if (i % FILE_EVERY == 0)
            file_send(a, &act);
        must(store_write(store, a, act_work, &act));
        acknowledge(a, &act);
        arena_reset(a);
    }
    return NULL;
}

static int run(const char *dir, const char *ledger_path, bool is_early, bool is_unsynced)
{
    struct arena *a = arena_new();
    const struct store_options options = {.data_dir = dir,
                                          .database = "",
                                          .now_ms = clock_now_ms,
                                          .unsafe_ack_before_commit = is_early,
                                          .unsafe_sync_off = is_unsynced};
    static int numbers[THREADS];
    must(store_open(a, &options, &store));
    ledger = open(ledger_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pthread_t threads[THREADS];
    for (int i = 0; ledger >= 0 && i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, load_main, &numbers[i]) != 0)
            return 2;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    (void)pause(); /* until killed */
    return 2;
}

/* Checking ------------------------------------------------------------------------------------ */

static struct err *find_work(struct tx *tx, void *job)
{
    struct act *act = job;
    struct rows *row;
    bool has_row;
    TRY(sql_row(tx, &crash_find, ARGS(sql_int(TENANT), sql_text(act->name)), &row, &has_row));
    act->hash = has_row ? rows_text(row, 0) : NULL;
    act->size = has_row ? rows_int(row, 1) : -1;
    return NULL;
}

static bool is_kept(struct arena *a, const char *name, const char *hash, int64_t size)
{
    struct act act = {.name = name};
    must(store_read(store, a, find_work, &act));
    if (!act.hash || !text_equal(*act.hash ? act.hash : "-", hash) || act.size != size)
        return false;
    const void *bytes;
    size_t got;
    return text_equal(hash, "-") ||
           (!store_blob_read(store, a, TENANT, hash, &bytes, &got) && (int64_t)got == size);
}

static int check(const char *dir, const char *ledger_path)
{
    struct arena *a = arena_new(), *each = arena_new();
    const struct store_options options = {
        .data_dir = dir, .database = "", .must_exist = true, .now_ms = clock_now_ms};
    struct err *e = store_open(a, &options, &store);
    FILE *f = fopen(ledger_path, "r");
    char name[128], hash[80];
    long long size;
    long acked = 0, lost = 0;
    for (; f && fscanf(f, "%127s %79s %lld", name, hash, &size) == 3; acked++) {
        lost += e || !is_kept(each, name, hash, size);
        arena_reset(each);
    }
    (void)printf("acked=%ld lost=%ld%s%s\n", acked, lost, e ? " unusable: " : "", e ? e->code : "");
    if (f)
        (void)fclose(f);
    if (!e)
        store_close(store);
    arena_free(each);
    arena_free(a);
    return lost > 0 || (e && acked > 0);
}

int main(int argc, char **argv)
{
    bool is_early = false, is_unsynced = false;
    for (int i = 4; i < argc; i++) {
        is_early |= text_equal(argv[i], "early");
        is_unsynced |= text_equal(argv[i], "unsynced");
    }
    if (argc >= 4 && text_equal(argv[1], "run"))
        return run(argv[2], argv[3], is_early, is_unsynced);
    if (argc == 4 && text_equal(argv[1], "check"))
        return check(argv[2], argv[3]);
    (void)fprintf(stderr, "usage: store_load run|check DIR LEDGER [early] [unsynced]\n");
    return 2;
}
