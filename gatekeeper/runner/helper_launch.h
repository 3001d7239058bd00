/* gatekeeper/runner/helper_launch.h - starting a supervisor, as its user. */
#ifndef GATEKEEPER_RUNNER_HELPER_LAUNCH_H
#define GATEKEEPER_RUNNER_HELPER_LAUNCH_H

#include "gatekeeper/runner/runner_helper.h"

/* Start the supervisor of what C is about, held or not, and wait until it
 * understands signals; its end is watched.  Its pid, or -1 with ERR: NOSPACE,
 * TIMEOUT, IO. */
pid_t helper_launch_supervisor(struct helper *h, const struct helper_call *c,
                               bool held, struct err *err);

#endif
