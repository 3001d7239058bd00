/* gsi/chain/trust.h - what chain.c asks of a trust directory; gsi/ only. */
#ifndef GSI_TRUST_H
#define GSI_TRUST_H

#include "gsi/gsi_ssl.h"

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
/* The certificates in the directory whose owners issue revocation lists: others
 * than the CAs of the chain may (RFC 5280 s.5.2.5).  Borrowed. */
STACK_OF(X509) * trust_snap_signers(const struct trust_snap *s);

/* Call FN for each CA certificate until it says true; whether it did. */
bool trust_snap_find_ca(const struct trust_snap *s,
                        bool (*fn)(X509 *ca, void *arg), void *arg);

/* What the directory says of a CA that signs a name. */
enum trust_leave {
    TRUST_LEAVE_GIVEN,   /* it may */
    TRUST_LEAVE_REFUSED, /* it may not */
    TRUST_LEAVE_UNSAID,  /* there is neither HASH.signing_policy nor .namespaces
                          */
    TRUST_LEAVE_BROKEN   /* one of them cannot be read */
};
/* Whether the CA called NAME, which is CA as a parsed name, may give SUBJECT
 * away: each of the two kinds of files that is there must say so. */
enum trust_leave trust_snap_leave(const struct trust_snap *s,
                                  const X509_NAME *name, const struct dn *ca,
                                  const struct dn *subject);
/* How many revocation lists the CA called NAME has issued; they are pushed to
 * TO (NULL: only counted), each with a reference of its own. */
size_t trust_snap_find_crls(const struct trust_snap *s, const X509_NAME *name,
                            STACK_OF(X509_CRL) * to);
/* The file of revocation lists of NAME in which something cannot be used: it
 * may revoke the certificate in question.  NULL: none. */
const char *trust_snap_bad_crl(const struct trust_snap *s,
                               const X509_NAME *name);
/* File I, 0 up, of those in which something cannot be used; NULL past the last.
 */
const char *trust_snap_broken(const struct trust_snap *s, size_t i);
/* How T was opened. */
const char *trust_dir(const struct trust *t);
enum trust_crl trust_crl_mode(const struct trust *t);
/* What trust_set_proxy_max() said. */
long trust_proxy_max(const struct trust *t);

#endif
