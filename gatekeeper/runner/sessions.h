/* gatekeeper/runner/sessions.h - the root-owned part of the session
 * directories: gatekeeper.sessions (0755) and ACCOUNT (0700, the account's) in
 * it.  Nothing below ACCOUNT is ever touched as root. */
#ifndef GATEKEEPER_RUNNER_SESSIONS_H
#define GATEKEEPER_RUNNER_SESSIONS_H

#include "base/err.h"
#include "base/sys_proc.h"

/* Open, or make, gatekeeper.sessions; -1 with ERR: CONFIG when somebody else
 * owns it or can write to it. */
int sessions_open(const char *path, struct err *err);
/* The same, but nothing is made: one that does not exist is fine. */
int sessions_check(const char *path, const char *key, struct err *err);
/* Make ACCOUNT's directory in SESSIONSFD, or check the one that is there. */
int sessions_account(int sessionsfd, const struct sys_user *user,
                     struct err *err);
/* Make DIR for USER alone (0700) when it does not exist: gatekeeper.state. */
int sessions_private(const char *dir, const struct sys_user *user,
                     struct err *err);

#endif
