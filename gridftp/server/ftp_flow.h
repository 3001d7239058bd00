/* gridftp/server/ftp_flow.h - FIFOs and character devices as the file of a
 * transfer: the length is unknown and bytes have no offsets (POSIX fifo(7)). */
#ifndef FTP_FLOW_H
#define FTP_FLOW_H

#include "gridftp/proto/ranges.h"
#include "gridftp/server/ftp_xfer.h"

/* Read up to N bytes of X->file; returns the number, 0 at the end, which for a
 * FIFO is when its last writer has closed it.  Waits at most X->timeout_ms for
 * the first writer of a FIFO. -1 with ERR and *fault. */
ssize_t ftp_flow_read(struct ftp_stream *st, void *p, size_t n,
                      enum ftp_fault *fault, struct err *err);
/* Like ftp_flow_read(), for one of several connections in MODE E: *piece is the
 * place of the bytes at P.  At most FTP_BLOCK_SIZE bytes. */
ssize_t ftp_flow_next(struct ftp_stream *st, void *p, struct range *piece,
                      enum ftp_fault *fault, struct err *err);
/* Write N bytes for offset AT.  For a FIFO, waits until all bytes before them
 * are written, because MODE E connections bring blocks in any order.  Fails
 * after X->timeout_ms without a byte accepted. 0, or -1 with ERR and *fault. */
int ftp_flow_write(struct ftp_xfer *x, const char *p, size_t n, int64_t at,
                   enum ftp_fault *fault, struct err *err);

#endif
