/* clients/client_env.h - shared by all commands: loading credential and trust
 * at the start, and error messages and exit statuses at the end. */
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
    char *cred_path; /* the file of CRED */
    char *trust_path;
    struct timespec cred_changed; /* mtime of the file when CRED was read */
};

/* Find the user's credential (gsi/cred.h) and the trust directory.  ANONYMOUS:
 * do not look for a credential.  -1 with ERR, which says what to type next; an
 * expired credential is refused here, before any byte is sent. */
int client_env_init(struct client_env *env, bool anonymous, struct err *err);
/* Read the credential again if its file has changed and has a usable one: true.
 * Otherwise CRED stays. */
bool client_env_renew(struct client_env *env);
/* Free its contents. */
void client_env_fini(struct client_env *env);

/* Print "PROGRAM: text" to stderr. */
void client_complain(const char *program, const struct err *err);

/* The exit status of a command: STATUS, or FAILED with a message if its output
 * could not all be written to stdout.  No message if the reader has gone. */
int client_exit(const char *program, int status, int failed);

/* Print one line to F; FMT must end with a line end.  Control characters are
 * replaced. */
void client_say(FILE *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
