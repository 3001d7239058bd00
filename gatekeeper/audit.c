/* gatekeeper/audit.c - see audit.h. */
#include "gatekeeper/audit.h"
#include <stddef.h>

#include "base/log.h"

void
audit_decision(const char *dn, const char *op, const char *job,
               const struct net_addr *from, const struct err *err)
{
    char text[NET_TEXT];

    log_event(LOG_NOTICE, "audit",
              "dn=%s op=%s job=%s from=%s decision=%s reason=%s", dn, op, job,
              from != NULL ? net_text(from, text) : "-",
              err == NULL ? "allow" : "deny", err == NULL ? "-" : err->text);
}
