/* gatekeeper/runner/helper_launch.h - starting a supervisor, as its user. */
#ifndef GATEKEEPER_RUNNER_HELPER_LAUNCH_H
#define GATEKEEPER_RUNNER_HELPER_LAUNCH_H

#include "gatekeeper/runner/runner_helper.h"

/* Start the supervisor of the run in C, held or not, wait until it handles
 * signals, and watch for its end.  Returns its pid, or -1 with ERR: NOSPACE,
 * TIMEOUT, IO. */
pid_t helper_launch_supervisor(struct helper *h, const struct helper_call *c,
                               bool held, struct err *err);

#endif
