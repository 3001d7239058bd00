/* gatekeeper/runner/helper_session.h - opening files that a job's own processes
 * may have changed: they may have removed permissions, or replaced the session
 * or a directory by a link, a file or a FIFO. */
#ifndef GATEKEEPER_RUNNER_HELPER_SESSION_H
#define GATEKEEPER_RUNNER_HELPER_SESSION_H

#include "gatekeeper/runner/runner_helper.h"

/* The error code for a failure to open or create something in a session; ERROR
 * is an errno.  NOT_FOUND: it does not exist.  AUTHZ: it has the wrong type, or
 * its user may not open it.  NOSPACE, NOMEM and IO are transient. */
enum err_code helper_session_code(int error);
/* Open the directory PATH below DIRFD, never through a symbolic link.  Restore
 * the permissions that are missing on the user's own directories on the way,
 * and retry a few times if a program removes them again.  Returns the
 * descriptor, or -1 with errno. */
int helper_session_dir(int dirfd, const char *path);
/* Restore the permissions that the user needs to read the file NAME in the
 * directory DIRFD, if both belong to the user.  *MENDS counts the tries and is
 * 0 at first.  True: read the file again.  False: NAME is not a file of the
 * user's, or the tries are used up. */
bool helper_session_mend(int dirfd, const char *name, int *mends);
/* Open the session directory of JOB; -1 with ERR as helper_session_code(). */
int helper_session_open(const struct helper *h, const char *job,
                        struct err *err);

#endif
