/* gsi/expiry.h - expiry of the host's certificate, the CAs and their revocation
 * lists: as metrics, as warnings in the log, and as a health check of this
 * host. */
#ifndef GSI_EXPIRY_H
#define GSI_EXPIRY_H

#include "base/buf.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"

/* How long before its end a certificate counts as expiring soon. */
#define EXPIRY_SOON_DAYS 14

/* Append PROGRAM's gauges in Prometheus' text format: the seconds left
 * (negative when expired) for CRED and for each CA and revocation list of
 * TRUST. */
void expiry_metrics(const struct cred *cred, struct trust *trust,
                    const char *program, struct buf *out);

/* What was already logged; all zero at first. */
struct expiry_told {
    long long day;       /* monotonic day number + 1 */
    unsigned generation; /* TRUST's generation then */
    const struct cred *cred;
};
/* Log a warning once a day and after each change for each thing that ends soon:
 * a certificate EXPIRY_SOON_DAYS before ("certificate.expires"), a list when a
 * third of its life is left, at most EXPIRY_SOON_DAYS ("crl.expires").  Cheap
 * when nothing is new. */
void expiry_warn(struct expiry_told *told, const struct cred *cred,
                 struct trust *trust);
/* Whether CRED is valid now: 0, or -1 with ERR AUTHN, which tells since or
 * until when it is not.  *days is the time left. */
int expiry_check(const struct cred *cred, long *days, struct err *err);

#endif
