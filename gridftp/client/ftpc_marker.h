/* gridftp/client/ftpc_marker.h - progress reports of a receiving server: 111
 * range markers, 112 performance markers (GFD.20 s.3.4). */
#ifndef FTPC_MARKER_H
#define FTPC_MARKER_H

#include "gridftp/client/ftpc_reply.h"
#include "gridftp/proto/ranges.h"

/* Add the ranges of a 111 to HAVE (may be NULL); raise *BYTES to the count of a
 * 112.  Other and malformed replies change nothing. */
void ftpc_marker_use(const struct ftpc_reply *r, struct ranges *have,
                     int64_t *bytes);

#endif
