/* gatekeeper/audit.h - audit log lines: who asked for what, and whether it was
 * allowed. */
#ifndef GATEKEEPER_AUDIT_H
#define GATEKEEPER_AUDIT_H

#include "base/err.h"
#include "base/net.h"

/* Log one audit line: DN asked for OP on JOB ("-" none); ERR is the reason for
 * a refusal (NULL: allowed). */
void audit_decision(const char *dn, const char *op, const char *job,
                    const struct net_addr *from, const struct err *err);

#endif
