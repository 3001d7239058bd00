/* clients/gridcp/gridcp_retry.h - which failures are tried again, and when: the
 * -rst options. */
#ifndef CLIENTS_GRIDCP_RETRY_H
#define CLIENTS_GRIDCP_RETRY_H

#include <stdbool.h>

#include "base/err.h"

struct gridcp;

/* What has failed so far; zero it. */
struct gridcp_retry {
    int tries;           /* failures */
    long long failed_ms; /* the first one */
};

/* Whether what failed of ERR is to be tried again: *delay_ms from now.
 * TRANSIENT: its server said so. */
bool gridcp_retry_again(const struct gridcp *g, struct gridcp_retry *r,
                        const struct err *err, bool transient,
                        long long *delay_ms);

#endif
