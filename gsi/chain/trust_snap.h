/* gsi/chain/trust_snap.h - a snapshot of a trust directory; gsi/chain/trust*.c
 * only. */
#ifndef GSI_TRUST_SNAP_H
#define GSI_TRUST_SNAP_H

#include <stdatomic.h>

#include "gsi/chain/trust.h"

struct trust_file;

struct trust_snap {
    atomic_uint refs;
    struct trust_file **file;
    size_t files;
    X509_STORE *store; /* holds the CAs */
    size_t cas;
    X509_CRL **crl; /* owned by the files, sorted by issuer */
    size_t crls;
    STACK_OF(X509) * signers; /* see trust_snap_signers() */
    time_t *moment; /* times at which a CA certificate or list starts or ends */
    size_t moments;
};

/* Add a reference to S. */
struct trust_snap *trust_snap_ref(struct trust_snap *s);
/* The number of CA certificates and of CRLs. */
size_t trust_snap_cas(const struct trust_snap *s);
size_t trust_snap_crls(const struct trust_snap *s);
/* Verify each list with the CAs of its issuer's name, to fill the cache; see
 * crl.h. */
void trust_snap_verify_lists(struct trust_snap *s);

#endif
