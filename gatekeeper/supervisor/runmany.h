/* gatekeeper/supervisor/runmany.h - the supervisor of an array: runs the tasks
 * that its book gives it, so many at once, and writes down how each ended. */
#ifndef GATEKEEPER_SUPERVISOR_RUNMANY_H
#define GATEKEEPER_SUPERVISOR_RUNMANY_H

#include "base/err.h"
#include "gatekeeper/supervisor/identity.h"

struct runmany;

/* Open the book in the directory UNITFD and enter SELF as its supervisor.
 * LOCK_FD, the lock of who supervises here, is closed when there is nothing
 * left to do.  All three are borrowed.  The signals are blocked.  NULL with
 * ERR: NOT_FOUND, NOSPACE, IO. */
struct runmany *runmany_create(int unitfd, int lock_fd,
                               const struct identity *self, struct err *err);
/* Run until there is nothing left to do.  Returns the status to exit with: 0,
 * or 74: a record could not be written. */
int runmany_run(struct runmany *m);
/* Free it. */
void runmany_destroy(struct runmany *m);

#endif
