/* gsi/warmup.h - fill OpenSSL's caches by using each algorithm once, before
 * forking processes that would each have to fill them. */
#ifndef GSI_WARMUP_H
#define GSI_WARMUP_H

#include "gsi/chain/chain.h"
#include "gsi/cred.h"

/* Do once, in memory and with a throwaway key, what a login and a data channel
 * do: handshake, delegation, protected messages, a credential to PEM and back.
 * Verify CRED's chain with TRUST, to fill the caches of the CA certificates.
 * Signs nothing with CRED's key, because the blinding state that an RSA key
 * keeps must not be shared by processes. -1 with ERR on failure, which is
 * harmless. */
int warmup_run(struct trust *trust, const struct cred *cred, struct err *err);

#endif
