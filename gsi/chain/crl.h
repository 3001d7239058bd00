/* gsi/chain/crl.h - one revocation list in memory (RFC 5280 s.5) that caches
 * its verified signature; gsi/chain/ only. */
#ifndef GSI_CRL_H
#define GSI_CRL_H

#include "gsi/gsi_ssl.h"

/* Parse DER[0..N), one list.  Sorts its entries now, so that threads and forked
 * processes share the order.  After one successful verification with a key,
 * later ones with the same key are skipped: the list cannot change, and a
 * million entries are 35 MB to hash.  The caller frees it with X509_CRL_free();
 * NULL: not a list. */
X509_CRL *crl_parse(const unsigned char *der, long n);

#endif
