/* gsi/chain/trust.h - trust directory lookups for chain.c; gsi/ only. */
#ifndef GSI_TRUST_H
#define GSI_TRUST_H

#include "gsi/gsi_ssl.h"

/* An immutable snapshot of the directory, shared by reference. */
struct trust_snap;

/* The current snapshot with a new reference; release it with
 * trust_snap_unref(). */
struct trust_snap *trust_snap_get(struct trust *t);
/* NULL is allowed. */
void trust_snap_unref(struct trust_snap *s);
/* Until when a verdict made at NOW with S can be reused: the next time a CA
 * certificate or revocation list starts or ends, at most an hour later. */
time_t trust_snap_horizon(const struct trust_snap *s, time_t now);
/* Borrowed. */
X509_STORE *trust_snap_store(const struct trust_snap *s);
/* The certificates in the directory that may sign revocation lists, because CAs
 * outside the chain may (RFC 5280 s.5.2.5).  Borrowed. */
STACK_OF(X509) * trust_snap_signers(const struct trust_snap *s);

/* Call FN for each CA certificate until it returns true; returns whether it
 * did. */
bool trust_snap_find_ca(const struct trust_snap *s,
                        bool (*fn)(X509 *ca, void *arg), void *arg);

/* Whether the directory permits a CA to sign a name. */
enum trust_permit {
    TRUST_PERMIT_GRANTED, /* permitted */
    TRUST_PERMIT_REFUSED, /* not permitted */
    TRUST_PERMIT_ABSENT,  /* neither HASH.signing_policy nor .namespaces exists
                           */
    TRUST_PERMIT_BROKEN   /* one of the files is unreadable */
};
/* Whether the CA called NAME (CA is the parsed name) may sign SUBJECT.  If both
 * kinds of files exist, both must permit it. */
enum trust_permit trust_snap_permit(const struct trust_snap *s,
                                    const X509_NAME *name, const struct dn *ca,
                                    const struct dn *subject);
/* The number of revocation lists that the CA called NAME issued.  They are
 * pushed to TO (NULL: only counted), each with its own reference. */
size_t trust_snap_find_crls(const struct trust_snap *s, const X509_NAME *name,
                            STACK_OF(X509_CRL) * to);
/* A file of NAME's revocation lists that is partly unusable and so may hide a
 * revocation.  NULL: none. */
const char *trust_snap_bad_crl(const struct trust_snap *s,
                               const X509_NAME *name);
/* Partly unusable file number I (from 0); NULL past the last. */
const char *trust_snap_broken(const struct trust_snap *s, size_t i);
/* The directory and settings with which T was opened. */
const char *trust_dir(const struct trust *t);
enum trust_crl trust_crl_mode(const struct trust *t);
/* The value set with trust_set_proxy_max(). */
long trust_proxy_max(const struct trust *t);

#endif
