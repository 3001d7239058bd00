/* gsi/gsi_data.h - authentication of a GridFTP data channel that then carries
 * clear text: DCAU A or S with PROT C (GFD.20).  PROT S and P use plain TLS,
 * gsi/tls/tls.h. */
#ifndef GSI_DATA_H
#define GSI_DATA_H

#include <stdbool.h>

#include "gsi/chain/chain.h"
#include "gsi/tls/tls.h"

/* Authenticate over the connected socket FD, blocking or not, within
 * TIMEOUT_MS: TLS, the filler byte, the initiator's '0'.  CTX has TLS_GSI_DATA;
 * CONNECTOR: we called connect() and are the TLS client.  Reads no byte of the
 * data after the handshake.  Fills *peer (release with peer_fini()); the caller
 * must compare the identity. 0, or -1 with ERR AUTHN, PROTOCOL, IO, TIMEOUT. */
int gsi_data_auth(int fd, struct tls_ctx *ctx, bool connector, int timeout_ms,
                  struct peer *peer, struct err *err);

#endif
