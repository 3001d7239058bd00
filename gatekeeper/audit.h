/* gatekeeper/audit.h - the log's lines about who asked for what, and whether it
 * was allowed. */
#ifndef GATEKEEPER_AUDIT_H
#define GATEKEEPER_AUDIT_H

#include "base/err.h"
#include "base/net.h"

/* One audit line: DN asked for OP on JOB ("-" none), ERR is why not (NULL:
 * allowed). */
void audit_decision(const char *dn, const char *op, const char *job,
                    const struct net_addr *from, const struct err *err);

#endif
