/* gsi/expiry.h - when the host's certificate, the CAs and their revocation
 * lists end: as metrics, as a warning in the log, and as the answer to whether
 * this host can be believed now. */
#ifndef GSI_EXPIRY_H
#define GSI_EXPIRY_H

#include "base/buf.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"

/* From when on the end of a certificate is near. */
#define EXPIRY_SOON_DAYS 14

/* Append PROGRAM's gauges in Prometheus' text: seconds left, negative when it
 * is over, of CRED, and of each CA and revocation list of TRUST. */
void expiry_metrics(const struct cred *cred, struct trust *trust,
                    const char *program, struct buf *out);

/* What was told already; all zero at first. */
struct expiry_told {
    long long day;       /* monotonic days since some moment, + 1 */
    unsigned generation; /* of TRUST then */
    const struct cred *cred;
};
/* Log a warning once a day, and after each change, for whatever ends soon: the
 * certificate EXPIRY_SOON_DAYS before ("certificate.expires"), a list when a
 * third of its life is left, EXPIRY_SOON_DAYS at most ("crl.expires").  Cheap
 * when there is nothing new. */
void expiry_warn(struct expiry_told *told, const struct cred *cred,
                 struct trust *trust);
/* Whether CRED is valid now: -1 with ERR AUTHN, which says since or until when.
 * In *days what is left. */
int expiry_check(const struct cred *cred, long *days, struct err *err);

#endif
