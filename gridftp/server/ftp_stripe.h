/* gridftp/server/ftp_stripe.h - stripes of a transfer in MODE E: assign bytes
 * to addresses and detect completion (GFD.20 s.3.4, s.5.1).  A stripe is an
 * address: one of our listeners (SPAS), or one that we connect to (SPOR).  Each
 * has its own connections and its own end-of-file marker, which counts the
 * end-of-data markers on them, because a different machine may be behind each
 * address.  Without SPAS and SPOR there is one stripe. */
#ifndef FTP_STRIPE_H
#define FTP_STRIPE_H

#include "gridftp/proto/modee.h"
#include "gridftp/server/ftp_xfer.h"

/* Call before the first stream: determine the number of stripes and, when
 * sending, of connections of each: those kept, else the parallelism. */
void ftp_stripe_plan(struct ftp_xfer *x);
/* Take the next unassigned PIECE for a connection of STRIPE: at most a block,
 * without the receiver's ranges.  False at the end.  Holds X->lock. */
bool ftp_stripe_piece(struct ftp_xfer *x, size_t stripe, struct range *piece);
/* Record the end markers in header B on a connection of STRIPE; sets X->done
 * when all stripes are complete. -1 with ERR PROTOCOL.  Holds X->lock. */
int ftp_stripe_ends(struct ftp_xfer *x, size_t stripe,
                    const struct modee_block *b, struct err *err);

#endif
