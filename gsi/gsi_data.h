/* gsi/gsi_data.h - authentication of a GridFTP data channel that is clear
 * afterwards: DCAU A or S with PROT C (GFD.20; PROT S and P are plain TLS,
 * gsi/tls/tls.h). */
#ifndef GSI_DATA_H
#define GSI_DATA_H

#include <stdbool.h>

#include "gsi/chain/chain.h"
#include "gsi/tls/tls.h"

/* Shake hands over the connected socket FD, blocking or not, within TIMEOUT_MS:
 * TLS, the filler byte, the initiator's '0'.  CTX has TLS_GSI_DATA; CONNECTOR
 * is who called connect(), the TLS client.  Not one byte of the data behind the
 * handshake is read.  *peer is filled (peer_fini() it): the caller compares the
 * identity.  0, or -1 with ERR AUTHN, PROTOCOL, IO, TIMEOUT. */
int gsi_data_auth(int fd, struct tls_ctx *ctx, bool connector, int timeout_ms,
                  struct peer *peer, struct err *err);

#endif
