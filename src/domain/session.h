/* Sessions: who is signed in, proven by a token of which only the hash is kept. Staff sign in with
 * a password; residents prove themselves with a claim code (identity.h); a tracking session sees
 * one case. */
#ifndef DOMAIN_SESSION_H
#define DOMAIN_SESSION_H

#include "base/err.h"
#include "domain/actor.h"

struct arena;
struct office;
struct tx;

enum {
    SESSION_SECONDS = 12 * 3600,
    SESSION_IDLE_SECONDS = 15 * 60, /* staff */
    SESSION_RESIDENT_SECONDS = 2 * 3600,
    SIGN_IN_TRIES = 5,
    SIGN_IN_LOCK_SECONDS = 15 * 60
};

struct session {
    const struct actor *actor; /* never NULL; nobody: person_id 0, identity_level -1 */
    const char *kind;          /* staff, resident, tracking, "" */
    bool must_change_password; /* until then the actor holds no right */
};
/* The session of a token ("" or unknown, ended, expired: nobody). Posts and rights are those in
 * force today. In the snapshot of the request; notes down that it was seen, once a minute. */
MUST_CHECK struct err *session_find(struct tx *tx, struct office *o, const char *token,
                                    struct session *session_out);
/* A device's token in the path, a Basic name (no password check). ERR_SIGN_IN if there is none. */
MUST_CHECK struct err *session_of_device(struct tx *tx, struct office *o, const char *token,
                                         struct session *session_out);
MUST_CHECK struct err *session_of_basic(struct tx *tx, struct office *o, const char *name,
                                        struct session *session_out);
/* HTTP Basic: the same checks and the same lock as a sign-in. Waits for the writer; 74 ms.
 * ERR_SIGN_IN sign_in.wrong; ERR_BUSY sign_in.locked, sign_in.busy. */
MUST_CHECK struct err *session_check_password(struct office *o, struct arena *a, const char *name,
                                              const char *password);
/* For commands: may do everything, on the terminal of the server itself. */
const struct actor *session_terminal(struct arena *a, int64_t tenant);

/* A name that nobody has locks as a real one does. Errors of prepare: ERR_BUSY sign_in.busy,
 * sign_in.many (too many failures of this client).
 * Sign in: prepare on the request's thread (costs 74 ms, always), work on the writer. refusal is
 * set and kept in job: the failure itself must be stored, so work does not fail. */
struct sign_in {
    struct office *office;
    const char *name, *password;
    const char *request_hash;
    const char *client; /* its address; NULL or "": not counted */
    int64_t person_id;
    bool matches;
    const char *token;   /* out */
    struct err *refusal; /* out: ERR_SIGN_IN sign_in.wrong, ERR_BUSY sign_in.locked */
    bool has_session;    /* in: make one */
};
MUST_CHECK struct err *sign_in_prepare(struct arena *a, struct sign_in *job);
MUST_CHECK struct err *sign_in_work(struct tx *tx, void *sign_in);

struct session_end {
    struct office *office;
    const struct actor *who;
    const char *token;
};
MUST_CHECK struct err *session_end_work(struct tx *tx, void *session_end);

struct session_new {
    int64_t tenant, person_id, subject_id, case_id;
    int32_t identity_level;
    int64_t seconds;
};
MUST_CHECK struct err *session_open(struct tx *tx, const struct session_new *new_session,
                                    const char **token_out);
MUST_CHECK struct err *session_open_tracking(struct tx *tx, int64_t tenant, int64_t case_id,
                                             int32_t identity_level, const char **token_out);

#endif
