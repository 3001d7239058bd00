/* gsi/chain/trust_snap.h - a trust directory as it was at one moment;
 * gsi/chain/trust*.c only. */
#ifndef GSI_TRUST_SNAP_H
#define GSI_TRUST_SNAP_H

#include <stdatomic.h>

#include "gsi/chain/trust.h"

struct trust_file;

struct trust_snap {
    atomic_uint refs;
    struct trust_file **file;
    size_t files;
    X509_STORE *store; /* of the CAs */
    size_t cas;
    X509_CRL **crl; /* the files' own, sorted by issuer */
    size_t crls;
    STACK_OF(X509) * signers; /* see trust_snap_signers() */
    time_t *moment; /* when a CA certificate or a list begins or ends */
    size_t moments;
};

/* Another holder of S. */
struct trust_snap *trust_snap_ref(struct trust_snap *s);
/* How many CA certificates and CRLs. */
size_t trust_snap_cas(const struct trust_snap *s);
size_t trust_snap_crls(const struct trust_snap *s);
/* Verify each list by the CAs of its issuer's name; see crl.h.  What that says
 * is only found out sooner. */
void trust_snap_verify_lists(struct trust_snap *s);

#endif
