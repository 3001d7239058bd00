/* gatekeeper/runner/helper_spawn.h - the process of a supervisor, as its user.
 */
#ifndef GATEKEEPER_RUNNER_HELPER_SPAWN_H
#define GATEKEEPER_RUNNER_HELPER_SPAWN_H

#include "gatekeeper/runner/runner_helper.h"

/* What a supervisor is started with; all borrowed. */
struct helper_spawn {
    const char **argv; /* NULL-terminated, gatekeeper-job first */
    const char *job;   /* whose session is its directory; NULL: the account's
                          directory of sessions */
    const char *mark;  /* marks it and what it starts (proctree.h); NULL none */
    int fd;            /* becomes its descriptor 3 */
    bool gridcp;       /* gridcp becomes its descriptor 5 */
};

/* Start the supervisor S.  Returns its pid, or -1 with ERR as sys_spawn(). */
pid_t helper_spawn(const struct helper *h, const struct helper_spawn *s,
                   struct err *err);

#endif
