/* clients/gridcp/gridcp_retry.h - which failures are retried, and when: the
 * -rst options. */
#ifndef CLIENTS_GRIDCP_RETRY_H
#define CLIENTS_GRIDCP_RETRY_H

#include <stdbool.h>

#include "base/err.h"

struct gridcp;

/* Failures so far; initialise with zero. */
struct gridcp_retry {
    int tries;           /* number of failures */
    long long failed_ms; /* time of the first */
};

/* Whether to retry after ERR, and *delay_ms, when.  TRANSIENT: as reported by
 * the server. */
bool gridcp_retry_again(const struct gridcp *g, struct gridcp_retry *r,
                        const struct err *err, bool transient,
                        long long *delay_ms);

#endif
