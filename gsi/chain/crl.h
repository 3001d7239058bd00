/* gsi/chain/crl.h - one revocation list in memory (RFC 5280 s.5), which
 * remembers whose signature it bears; gsi/chain/ only. */
#ifndef GSI_CRL_H
#define GSI_CRL_H

#include "gsi/gsi_ssl.h"

/* Parse DER[0..N), one list.  Its entries are sorted here, so that threads and
 * processes forked later share the order.  Once a key has verified its
 * signature, the same key is not asked again: the list cannot change, and one
 * of a million entries has 35 MB to hash.  The caller's to X509_CRL_free();
 * NULL: it is not a list. */
X509_CRL *crl_parse(const unsigned char *der, long n);

#endif
