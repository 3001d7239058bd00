/* clients/client_env.h - what every command of the family does first and last:
 * credential, trust, and one sentence when something fails. */
#ifndef CLIENTS_CLIENT_ENV_H
#define CLIENTS_CLIENT_ENV_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include "base/err.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"

struct client_env {
    struct cred *cred; /* NULL: anonymous */
    struct trust *trust;
    char *cred_path; /* where CRED came from */
    char *trust_path;
    struct timespec cred_changed; /* the file's, when CRED was read from it */
};

/* Find the user's credential (gsi/cred.h) and the trust directory.  ANONYMOUS:
 * no credential is looked for.  -1 with ERR, which says what to type next; a
 * credential that has expired is refused here, before any byte is sent. */
int client_env_init(struct client_env *env, bool anonymous, struct err *err);
/* Read the credential again when its file has changed since and holds a usable
 * one; true then.  Otherwise CRED stays. */
bool client_env_renew(struct client_env *env);
/* Free it all. */
void client_env_fini(struct client_env *env);

/* "PROGRAM: text" on stderr. */
void client_complain(const char *program, const struct err *err);

/* What a command exits with: STATUS, but FAILED, and a sentence, when what it
 * wrote to stdout did not all get there.  A reader that has gone is not told.
 */
int client_exit(const char *program, int status, int failed);

/* One line to F, which ends in a line end that is FMT's last letter, made plain
 * before it is written. */
void client_say(FILE *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
