/* gsi/chain/trust_lookup.h - OpenSSL's lookups in a trust directory; gsi/chain/
 * only. */
#ifndef GSI_TRUST_LOOKUP_H
#define GSI_TRUST_LOOKUP_H

#include <stdbool.h>

#include "gsi/chain/trust.h"

/* Called for each issuer whose lists apply to a certificate; true ends the
 * search. */
typedef bool trust_issuer_fn(const struct trust_snap *s,
                             const X509_NAME *issuer, void *arg);

/* Call FN for each issuer other than the CA that CERT's distribution points
 * name (RFC 5280 s.4.2.1.13); returns whether FN returned true.  *own (may be
 * NULL): the CA's own lists apply too, because some point, or the absence of
 * points, says so. */
bool trust_lookup_issuers(const struct trust_snap *s, X509 *cert,
                          trust_issuer_fn *fn, void *arg, bool *own);
/* Make the store of S look up issuers and revocation lists in S. */
void trust_lookup_install(struct trust_snap *s);

#endif
