/* gridftp/client/ftpc_marker.h - what a receiving server tells on the way: 111
 * range markers, 112 performance markers (GFD.20 s.3.4). */
#ifndef FTPC_MARKER_H
#define FTPC_MARKER_H

#include "gridftp/client/ftpc_reply.h"
#include "gridftp/proto/ranges.h"

/* Add the ranges of a 111 to HAVE (NULL ok); raise *BYTES to what a 112 tells.
 * Other replies, and malformed ones, change nothing. */
void ftpc_marker_use(const struct ftpc_reply *r, struct ranges *have,
                     int64_t *bytes);

#endif
