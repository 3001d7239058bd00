/* gsi/chain/trust_lookup.h - what OpenSSL looks up in a trust directory;
 * gsi/chain/ only. */
#ifndef GSI_TRUST_LOOKUP_H
#define GSI_TRUST_LOOKUP_H

#include <stdbool.h>

#include "gsi/chain/trust.h"

/* Whoever has issued lists that count for a certificate; true ends the search.
 */
typedef bool trust_issuer_fn(const struct trust_snap *s,
                             const X509_NAME *issuer, void *arg);

/* Call FN for each issuer that CERT's distribution points name besides its CA
 * (RFC 5280 s.4.2.1.13); whether FN said true.  *own (NULL ok): some point, or
 * there is none, leaves it to the CA itself. */
bool trust_lookup_issuers(const struct trust_snap *s, X509 *cert,
                          trust_issuer_fn *fn, void *arg, bool *own);
/* Have the store of S ask S for issuers and revocation lists. */
void trust_lookup_install(struct trust_snap *s);

#endif
