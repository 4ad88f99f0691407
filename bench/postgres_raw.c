/* The raw rate of PostgreSQL: the rows of one submission, in groups of a given size, by prepared
 * statements sent in a pipeline as the server sends them, without HTTP, XML and judging.
 *
 * usage: postgres_raw SCRIPT GROUP SECONDS FIRST    (PG* in the environment name the database)
 *
 * A line of SCRIPT is a statement; $1 is the number of the submission, FIRST and up. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINES = 64, PENDING = 64 };

static PGconn *pg;
static int line_count, pending;

static void die(const char *what)
{
    (void)fprintf(stderr, "postgres_raw: %s: %s\n", what, PQerrorMessage(pg));
    exit(1);
}

static void prepare_lines(const char *path)
{
    static const Oid types[] = {20}; /* int8 */
    char name[16], *line = NULL;
    size_t room = 0;
    FILE *f = fopen(path, "r");
    if (!f)
        die(path);
    while (getline(&line, &room, f) > 0 && line_count < LINES) {
        (void)snprintf(name, sizeof name, "r%d", line_count++);
        PGresult *r = PQprepare(pg, name, line, 1, types);
        if (PQresultStatus(r) != PGRES_COMMAND_OK)
            die(line);
        PQclear(r);
    }
    free(line);
    (void)fclose(f);
}

/* Read the answers of what was sent. */
static void collect(void)
{
    if (!PQpipelineSync(pg))
        die("sync");
    for (; pending >= 0; pending--) {
        PGresult *r = PQgetResult(pg);
        ExecStatusType status = PQresultStatus(r);
        if (status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_SYNC)
            die("statement");
        PQclear(r);
        if (status == PGRES_COMMAND_OK && PQgetResult(pg))
            die("answer");
    }
    pending = 0;
}

static void sent(int is_sent)
{
    if (!is_sent)
        die("send");
    if (++pending == PENDING)
        collect();
}

static void submission_send(long number)
{
    char text[24], name[16];
    const char *values[] = {text};
    (void)snprintf(text, sizeof text, "%ld", number);
    for (int i = 0; i < line_count; i++) {
        (void)snprintf(name, sizeof name, "r%d", i);
        sent(PQsendQueryPrepared(pg, name, 1, values, NULL, NULL, 0));
    }
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    long group = strtol(argv[2], NULL, 10), number = strtol(argv[4], NULL, 10), first = number;
    pg = PQconnectdb("");
    if (PQstatus(pg) != CONNECTION_OK)
        die("connect");
    prepare_lines(argv[1]);
    if (!PQenterPipelineMode(pg))
        die("pipeline");
    double start = now(), until = start + strtod(argv[3], NULL), worst = 0;
    for (double begun = start; begun < until;) {
        sent(PQsendQueryParams(pg, "begin", 0, NULL, NULL, NULL, NULL, 0));
        for (long i = 0; i < group; i++)
            submission_send(number++);
        sent(PQsendQueryParams(pg, "commit", 0, NULL, NULL, NULL, NULL, 0));
        collect();
        double end = now();
        worst = end - begun > worst ? end - begun : worst;
        begun = end;
    }
    (void)printf("raw group=%ld: %.0f submissions/s, worst commit %.1f ms\n", group,
                 (double)(number - first) / (now() - start), worst * 1e3);
    PQfinish(pg);
    return 0;
}
