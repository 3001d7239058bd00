/* gridftp/server/ftp_flow.h - FIFOs and character devices as the file of a
 * transfer: no length is known and bytes have no offsets (POSIX fifo(7)). */
#ifndef FTP_FLOW_H
#define FTP_FLOW_H

#include "gridftp/proto/ranges.h"
#include "gridftp/server/ftp_xfer.h"

/* Read up to N bytes of X->file: how many, 0 at the end, which for a FIFO is
 * when its last writer has closed it.  A FIFO that nobody has written to yet is
 * waited for, X->timeout_ms at most.  -1 with ERR and *fault. */
ssize_t ftp_flow_read(struct ftp_stream *st, void *p, size_t n,
                      enum ftp_fault *fault, struct err *err);
/* As ftp_flow_read(), for one of several connections in MODE E: the bytes at P
 * belong at *piece.  FTP_BLOCK_SIZE bytes at most. */
ssize_t ftp_flow_next(struct ftp_stream *st, void *p, struct range *piece,
                      enum ftp_fault *fault, struct err *err);
/* Write N bytes that belong at offset AT.  In a FIFO they wait until all before
 * them is written, as connections in MODE E bring blocks in any order.  What
 * takes no byte for X->timeout_ms has failed.  0, or -1 with ERR and *fault. */
int ftp_flow_write(struct ftp_xfer *x, const char *p, size_t n, int64_t at,
                   enum ftp_fault *fault, struct err *err);

#endif
