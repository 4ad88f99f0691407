/* Failed sign-ins of each client (network address), in memory: a client that fails too often is
 * refused for a while, whatever names it tries. The names have their own lock, in the database. */
#ifndef DOMAIN_GUESS_SHELF_H
#define DOMAIN_GUESS_SHELF_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct guess_shelf;

/* A whole hall may stand behind one address, so the number is generous. */
enum { GUESS_CLIENT_TRIES = 50, GUESS_CLIENT_SECONDS = 15 * 60 };

struct guess_shelf *guess_shelf_new(struct arena *a);
/* Any thread. client "": a command, never refused. */
bool guess_is_refused(struct guess_shelf *g, const char *client, int64_t now_ms);
void guess_failed(struct guess_shelf *g, const char *client, int64_t now_ms);

#endif
