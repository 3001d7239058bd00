/* gridftp/client/ftpc_ascii.h - TYPE A: lines end in CR LF on the network and
 * in LF in files here (RFC 959 s.3.1.1.1). */
#ifndef FTPC_ASCII_H
#define FTPC_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/* Convert N bytes of a file to network form.  They are in the second half of
 * the buffer P of 2 * N bytes; the result begins at P.  Returns its length. */
size_t ftpc_ascii_out(unsigned char *p, size_t n);
/* Convert N received bytes at P + 1 to file form; the result begins at P.  *CR:
 * a CR that ended the last piece is still pending; updated for the next piece.
 * Returns the length. */
size_t ftpc_ascii_in(unsigned char *p, size_t n, bool *cr);

#endif
