/* gridftp/client/ftpc_ascii.h - TYPE A: lines end in CR LF on the way and in LF
 * here (RFC 959 s.3.1.1.1). */
#ifndef FTPC_ASCII_H
#define FTPC_ASCII_H

#include <stdbool.h>
#include <stddef.h>

/* N bytes of a file, which end at P + 2 * N and begin in its middle, as they
 * travel: from P on, where there is room.  How many they are. */
size_t ftpc_ascii_out(unsigned char *p, size_t n);
/* N bytes that came, at P + 1, as a file has them: from P on.  *CR: the last
 * piece ended in one, which is not delivered yet; so it is afterwards. How many
 * there are. */
size_t ftpc_ascii_in(unsigned char *p, size_t n, bool *cr);

#endif
