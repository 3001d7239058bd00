/* gatekeeper/supervisor/runmany.h - the supervisor of an array: it runs the
 * tasks that its task book lists, a limited number at once, and records how
 * each ended. */
#ifndef GATEKEEPER_SUPERVISOR_RUNMANY_H
#define GATEKEEPER_SUPERVISOR_RUNMANY_H

#include "base/err.h"
#include "gatekeeper/supervisor/identity.h"

struct runmany;

/* Open the task book in the directory UNITFD and register SELF as its
 * supervisor.  LOCK_FD holds the supervisor's lock and is closed when no work
 * is left.  All three are borrowed.  The signals are blocked.  NULL with ERR:
 * NOT_FOUND, NOSPACE, IO. */
struct runmany *runmany_create(int unitfd, int lock_fd,
                               const struct identity *self, struct err *err);
/* Run until no work is left.  Returns the exit status: 0, or 74: a record could
 * not be written. */
int runmany_run(struct runmany *m);
/* Free it. */
void runmany_destroy(struct runmany *m);

#endif
