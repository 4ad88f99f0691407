/* The raw rate of the disk and of SQLite: the rows of one submission, replayed on the same database
 * file, in groups of a given size, without HTTP, XML and judging. What a ratio is taken against.
 *
 * usage: store_raw DATABASE GROUP COUNT
 *
 * The server adds to a submission no statement that is not here: what it looks up (token, posts,
 * calendar, units) it keeps in memory, and that a number is new the unique index tells at the
 * insert.
 *
 * The pattern is the newest case of the database: its rows in every table that carries them, with
 * new ids. Same settings as the server: WAL, synchronous=FULL, checkpoints on another thread. The
 * server must be stopped; the file grows by COUNT submissions, so give a copy to keep it. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    TABLES = 16,
    ROWS = 16,
    COLUMNS = 64,
    PAGES = 4000,
    RESTART = 16000,
    REST = 64,
    CATCH_UPS = 4
};

/* key: the column by which the case's rows are found; in each, ids are replaced. */
static const struct {
    const char *name, *key;
} tables[] = {
    {"submissions", "id"},      {"attachments", "submission_id"}, {"cases", "id"},
    {"case_events", "case_id"}, {"clock_events", "case_id"},      {"case_states", "case_id"},
    {"work_items", "case_id"},  {"audit_entries", NULL},
};
enum { TABLE_COUNT = sizeof tables / sizeof *tables };

/* How a column is made anew. */
enum change { KEEP, NEW_ID, NEW_TEXT, NEW_SEQ };
/* NEW_TEXT: as scattered over its unique index as what it stands for. */

struct pattern {
    sqlite3_stmt *insert;
    int column_count, row_count;
    enum change change[COLUMNS];
    sqlite3_value *cells[ROWS][COLUMNS];
};

static sqlite3 *db;
static int64_t old_id, new_id, audit_seq;
static struct pattern patterns[TABLE_COUNT];

static void must(int code, const char *what)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return;
    (void)fprintf(stderr, "store_raw: %s: %s\n", what, sqlite3_errmsg(db));
    exit(1);
}

static void run(const char *sql)
{
    must(sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

static int64_t number_of(const char *sql)
{
    sqlite3_stmt *s;
    must(sqlite3_prepare_v2(db, sql, -1, &s, NULL), sql);
    must(sqlite3_step(s), sql);
    int64_t number = sqlite3_column_int64(s, 0);
    (void)sqlite3_finalize(s);
    return number;
}

static enum change change_of(const char *table, const char *column)
{
    if (strcmp(table, "audit_entries") == 0)
        return strcmp(column, "seq") == 0 ? NEW_SEQ : KEEP;
    if (strcmp(column, "instance_id") == 0 || strcmp(column, "ref") == 0 ||
        strcmp(column, "code_hash") == 0)
        return NEW_TEXT;
    return strcmp(column, "id") == 0 || strcmp(column, "case_id") == 0 ||
                   strcmp(column, "submission_id") == 0
               ? NEW_ID
               : KEEP;
}

static void pattern_read(struct pattern *p, const char *table, const char *key)
{
    char sql[512];
    (void)snprintf(sql, sizeof sql,
                   key ? "select * from %s where %s = %lld"
                       : "select * from %s order by seq desc limit 1 -- %s %lld",
                   table, key ? key : "", (long long)old_id);
    sqlite3_stmt *s;
    must(sqlite3_prepare_v2(db, sql, -1, &s, NULL), sql);
    p->column_count = sqlite3_column_count(s);
    while (sqlite3_step(s) == SQLITE_ROW && p->row_count < ROWS) {
        for (int i = 0; i < p->column_count; i++) {
            p->change[i] = change_of(table, sqlite3_column_name(s, i));
            p->cells[p->row_count][i] = sqlite3_value_dup(sqlite3_column_value(s, i));
        }
        p->row_count++;
    }
    (void)sqlite3_finalize(s);
    int size = snprintf(sql, sizeof sql, "insert into %s values (?", table);
    for (int i = 1; i < p->column_count; i++)
        size += snprintf(sql + size, sizeof sql - (size_t)size, ",?");
    (void)snprintf(sql + size, sizeof sql - (size_t)size, ")");
    must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &p->insert, NULL), sql);
}

/* splitmix64: each id gives another number. */
static unsigned long long scatter(unsigned long long n)
{
    n += 0x9e3779b97f4a7c15u;
    n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
    n = (n ^ n >> 27) * 0x94d049bb133111ebu;
    return n ^ n >> 31;
}

/* As long as the pattern's text, of hexadecimal digits. */
static int text_new(char *text, size_t room, int size)
{
    unsigned long long seed = (unsigned long long)new_id;
    for (int used = 0; used < size && used < (int)room - 17; used += 16)
        (void)snprintf(text + used, room - (size_t)used, "%016llx", seed = scatter(seed));
    return size < (int)room - 1 ? size : (int)room - 1;
}

static int bind(struct pattern *p, int row, int i)
{
    char text[96];
    sqlite3_value *cell = p->cells[row][i];
    switch (p->change[i]) {
    case NEW_ID:
        if (sqlite3_value_int64(cell) != old_id)
            break;
        return sqlite3_bind_int64(p->insert, i + 1, new_id);
    case NEW_SEQ:
        return sqlite3_bind_int64(p->insert, i + 1, ++audit_seq);
    case NEW_TEXT:
        return sqlite3_bind_text(p->insert, i + 1, text,
                                 text_new(text, sizeof text, sqlite3_value_bytes(cell)),
                                 SQLITE_TRANSIENT);
    default:
        break;
    }
    return sqlite3_bind_value(p->insert, i + 1, cell);
}

static int submission_replay(void)
{
    int rows = 0;
    new_id++;
    for (int t = 0; t < TABLE_COUNT; t++) {
        struct pattern *p = &patterns[t];
        for (int row = 0; row < p->row_count; row++, rows++) {
            for (int i = 0; i < p->column_count; i++)
                must(bind(p, row, i), "bind");
            must(sqlite3_step(p->insert), tables[t].name);
            must(sqlite3_reset(p->insert), tables[t].name);
        }
    }
    return rows;
}

/* Checkpoints beside the writer ---------------------------------------------------------------- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int pages, seen_pages;
static _Bool is_over, is_restarting, is_in_group;

static int log_grew(void *self, sqlite3 *of, const char *name, int count)
{
    (void)self, (void)of, (void)name;
    pthread_mutex_lock(&mutex);
    if (count < pages)
        seen_pages = 0;
    pages = count;
    if (pages - seen_pages >= PAGES)
        pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    return SQLITE_OK;
}

static void checkpoint(sqlite3 *own, int mode)
{
    (void)sqlite3_wal_checkpoint_v2(own, NULL, mode, NULL, NULL);
}

static int pages_behind(void)
{
    pthread_mutex_lock(&mutex);
    int behind = pages - seen_pages;
    seen_pages = pages;
    pthread_mutex_unlock(&mutex);
    return behind;
}

/* As the server does: the log begins anew at 64 MB, the writer waits for the last pages. */
static void log_restart(sqlite3 *own)
{
    for (int i = 0; i < CATCH_UPS && pages_behind() > REST; i++)
        checkpoint(own, SQLITE_CHECKPOINT_PASSIVE);
    pthread_mutex_lock(&mutex);
    is_restarting = 1;
    while (is_in_group)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    checkpoint(own, SQLITE_CHECKPOINT_RESTART);
    pthread_mutex_lock(&mutex);
    is_restarting = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void group_enter(void)
{
    pthread_mutex_lock(&mutex);
    while (is_restarting)
        pthread_cond_wait(&changed, &mutex);
    is_in_group = 1;
    pthread_mutex_unlock(&mutex);
}

static void group_leave(void)
{
    pthread_mutex_lock(&mutex);
    is_in_group = 0;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

static void *checkpoint_main(void *path)
{
    sqlite3 *own;
    if (sqlite3_open(path, &own) != SQLITE_OK)
        exit(1);
    (void)sqlite3_exec(own, "pragma synchronous=full", NULL, NULL, NULL);
    (void)sqlite3_busy_timeout(own, 100);
    pthread_mutex_lock(&mutex);
    while (!is_over) {
        if (pages - seen_pages < PAGES) {
            pthread_cond_wait(&changed, &mutex);
            continue;
        }
        seen_pages = pages;
        _Bool is_long = pages >= RESTART;
        pthread_mutex_unlock(&mutex);
        checkpoint(own, SQLITE_CHECKPOINT_PASSIVE);
        if (is_long)
            log_restart(own);
        pthread_mutex_lock(&mutex);
    }
    pthread_mutex_unlock(&mutex);
    (void)sqlite3_close(own);
    return NULL;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    long group = argc > 3 ? strtol(argv[2], NULL, 10) : 0;
    long count = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    if (group < 1 || count < group) {
        (void)fprintf(stderr, "usage: store_raw DATABASE GROUP COUNT\n");
        return 1;
    }
    (void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    must(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL), "open");
    run("pragma journal_mode=wal; pragma synchronous=full; pragma wal_autocheckpoint=0;"
        "pragma cache_size=-16384; pragma secure_delete=on; pragma journal_size_limit=67108864");
    (void)sqlite3_wal_hook(db, log_grew, NULL);
    old_id = number_of("select coalesce(max(id), 0) from cases");
    new_id = number_of("select coalesce(max(id), 0) from submissions");
    audit_seq = number_of("select coalesce(max(seq), 0) from audit_entries");
    int64_t fill = number_of("select count(*) from submissions");
    for (int t = 0; t < TABLE_COUNT; t++)
        pattern_read(&patterns[t], tables[t].name, tables[t].key);
    if (patterns[0].row_count == 0) {
        (void)fprintf(stderr, "store_raw: the newest case has no submission of its own id\n");
        return 1;
    }
    pthread_t checkpointer;
    if (pthread_create(&checkpointer, NULL, checkpoint_main, argv[1]) != 0)
        return 1;
    long groups = (count + group - 1) / group;
    double *times = malloc((size_t)groups * sizeof *times), start = now();
    long rows = 0, done = 0;
    for (long g = 0; times && g < groups; g++) {
        double begin = now();
        group_enter();
        run("begin immediate");
        for (long i = 0; i < group && done < count; i++, done++)
            rows += submission_replay();
        run("commit");
        group_leave();
        times[g] = now() - begin;
    }
    double seconds = now() - start;
    qsort(times, (size_t)groups, sizeof *times, compare);
    (void)printf("raw fill=%lld group=%ld: %.0f submissions/s, %.0f rows/s (%.1f rows each), "
                 "commit p50 %.2f ms p99 %.2f ms\n",
                 (long long)fill, group, (double)done / seconds, (double)rows / seconds,
                 (double)rows / (double)done, times[groups / 2] * 1e3,
                 times[(long)((double)groups * 0.99)] * 1e3);
    pthread_mutex_lock(&mutex);
    is_over = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    (void)pthread_join(checkpointer, NULL);
    for (int t = 0; t < TABLE_COUNT; t++)
        (void)sqlite3_finalize(patterns[t].insert);
    checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE);
    (void)sqlite3_close(db);
    free(times);
    return 0;
}
