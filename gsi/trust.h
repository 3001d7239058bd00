/* gsi/trust.h - what chain.c asks of a trust directory; gsi/ only. */
#ifndef GSI_TRUST_H
#define GSI_TRUST_H

#include "gsi/gsi_ssl.h"
#include "gsi/policy.h"

/* The directory as it was at one moment; shared, never changed. */
struct trust_snap;

/* The present one: a new reference, trust_snap_unref() it. */
struct trust_snap *trust_snap_get(struct trust *t);
/* NULL ok. */
void trust_snap_unref(struct trust_snap *s);
/* Until when a judgement made NOW with S holds as far as time goes: the next
 * moment at which a CA certificate or a revocation list begins or ends, an hour
 * at most. */
time_t trust_snap_horizon(const struct trust_snap *s, time_t now);
/* Borrowed. */
X509_STORE *trust_snap_store(const struct trust_snap *s);
/* The signing policy in HASH.signing_policy of the CA called NAME; NULL when
 * there is none, with *broken set when there is one that cannot be read. */
const struct policy *trust_snap_policy(const struct trust_snap *s,
                                       const X509_NAME *name, bool *broken);
/* Whether a revocation list of the CA called NAME was read. */
bool trust_snap_has_crl(const struct trust_snap *s, const X509_NAME *name);
/* The file of a revocation list of NAME that cannot be read; NULL: none. */
const char *trust_snap_bad_crl(const struct trust_snap *s,
                               const X509_NAME *name);
/* How T was opened. */
const char *trust_dir(const struct trust *t);
enum trust_crl trust_crl_mode(const struct trust *t);
/* What trust_set_proxy_max() said. */
long trust_proxy_max(const struct trust *t);

#endif
