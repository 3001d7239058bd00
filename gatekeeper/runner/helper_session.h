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
 * user's own directories on the way get back the rights that they lost, a few
 * times if a program takes them again meanwhile.  The descriptor, or -1 with
 * errno. */
int helper_session_dir(int dirfd, const char *path);
/* Give the directory DIRFD and the user's own file NAME in it the rights back
 * that their user needs to read it; *MENDS, 0 at first, counts the tries. True:
 * read it again.  False: NAME is not a file of the user's, or it was tried
 * often enough. */
bool helper_session_mend(int dirfd, const char *name, int *mends);
/* The directory of JOB; -1 with ERR as helper_session_code(). */
int helper_session_open(const struct helper *h, const char *job,
                        struct err *err);

#endif
