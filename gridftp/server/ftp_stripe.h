/* gridftp/server/ftp_stripe.h - stripes of a transfer in MODE E: which address
 * which bytes go to, and when all have come (GFD.20 s.3.4, s.5.1).
 *
 * A stripe is an address: one of our listeners (SPAS), or one that we connect
 * to (SPOR).  Each has connections of its own, and its own end of file, which
 * counts the ends of data on them: behind each address may be another machine.
 * Without SPAS and SPOR there is one stripe. */
#ifndef FTP_STRIPE_H
#define FTP_STRIPE_H

#include "gridftp/proto/modee.h"
#include "gridftp/server/ftp_xfer.h"

/* Before the first stream: how many stripes there are, and, when sending, how
 * many connections each will have: those that were kept, else the parallelism.
 */
void ftp_stripe_plan(struct ftp_xfer *x);
/* The next PIECE for a connection of STRIPE that nobody has taken: at most a
 * block, without what the receiver has.  False at the end.  Under X->lock. */
bool ftp_stripe_piece(struct ftp_xfer *x, size_t stripe, struct range *piece);
/* Take note of what the header B on a connection of STRIPE says about ends;
 * sets X->done when all stripes are complete.  -1 with ERR PROTOCOL.  Under
 * X->lock.
 */
int ftp_stripe_ends(struct ftp_xfer *x, size_t stripe,
                    const struct modee_block *b, struct err *err);

#endif
