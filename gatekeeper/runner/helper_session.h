/* gatekeeper/runner/helper_session.h - opening what a job's own processes may
 * have changed: session and directories lose their rights, or become links,
 * files or FIFOs. */
#ifndef GATEKEEPER_RUNNER_HELPER_SESSION_H
#define GATEKEEPER_RUNNER_HELPER_SESSION_H

#include "gatekeeper/runner/runner_helper.h"

/* What a failure to open or make something in a session means; ERROR is an
 * errno.  NOT_FOUND it is gone; AUTHZ something else is in its place, or it is
 * closed to its user; NOSPACE, NOMEM and IO may pass. */
enum err_code helper_session_code(int error);
/* Open the directory PATH beneath DIRFD, never through a symbolic link.  The
 * user's own directories on the way get back the rights that they lost.  The
 * descriptor, or -1 with errno. */
int helper_session_dir(int dirfd, const char *path);
/* Give the user's own file NAME in DIRFD back to its user to read; false: there
 * is none of that kind. */
bool helper_session_mend(int dirfd, const char *name);
/* The directory of JOB; -1 with ERR as helper_session_code(). */
int helper_session_open(const struct helper *h, const char *job,
                        struct err *err);

#endif
