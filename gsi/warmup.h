/* gsi/warmup.h - what OpenSSL finds out at the first use of each algorithm,
 * found out before processes are forked that would each find it out again. */
#ifndef GSI_WARMUP_H
#define GSI_WARMUP_H

#include "gsi/chain/chain.h"
#include "gsi/cred.h"

/* Do once, in memory and with a throwaway key, what a login and a data channel
 * do: handshake, delegation, protected messages, a credential as PEM and back.
 * Verify CRED's chain by TRUST, for the caches of the CA certificates.  Nothing
 * is signed with the key of CRED: what a private key keeps between two uses
 * (RSA blinding) must not be the same in several processes.  -1 with ERR when
 * something failed; harmless. */
int warmup_run(struct trust *trust, const struct cred *cred, struct err *err);

#endif
