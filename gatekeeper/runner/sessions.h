/* gatekeeper/runner/sessions.h - the root-owned part of the session
 * directories: gatekeeper.sessions (0755) and in it one directory per account
 * (0700, owned by the account).  Root never touches anything below an account's
 * directory. */
#ifndef GATEKEEPER_RUNNER_SESSIONS_H
#define GATEKEEPER_RUNNER_SESSIONS_H

#include "base/err.h"
#include "base/sys_proc.h"

/* Open gatekeeper.sessions, or create it; -1 with ERR: CONFIG if another user
 * owns it or can write to it. */
int sessions_open(const char *path, struct err *err);
/* The same check without creating it; success if it does not exist. */
int sessions_check(const char *path, const char *key, struct err *err);
/* Create ACCOUNT's directory in SESSIONSFD, or check the existing one. */
int sessions_account(int sessionsfd, const struct sys_user *user,
                     struct err *err);
/* Create DIR for USER alone (0700) if it does not exist: gatekeeper.state. */
int sessions_private(const char *dir, const struct sys_user *user,
                     struct err *err);

#endif
