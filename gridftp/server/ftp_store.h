/* gridftp/server/ftp_store.h - bytes from a data connection into a file,
 * without passing through this process where the kernel can do that
 * (splice(2)). */
#ifndef FTP_STORE_H
#define FTP_STORE_H

#include "gridftp/server/ftp_xfer.h"

/* What one stream needs for it. */
struct ftp_store {
    char *piece; /* FTP_BLOCK_SIZE bytes; made when needed */
    int pipe[2]; /* -1: none yet */
    size_t pipe_size;
    bool by_hand; /* this file, or this connection, cannot be spliced */
    int slack_fd; /* poll() was told to wait for many bytes there; -1 */
};

/* Ready for the first ftp_store_some(). */
void ftp_store_init(struct ftp_store *s, const struct ftp_stream *st);
/* Close and free. */
void ftp_store_fini(struct ftp_store *s);
/* Move what has come, MAX bytes at most, to offset AT of the file: how many, 0
 * at the end of the connection, -1 with ERR and *fault. */
int64_t ftp_store_some(struct ftp_store *s, struct ftp_stream *st, int64_t at,
                       uint64_t max, enum ftp_fault *fault, struct err *err);
/* Put N bytes at P to offset AT of the file.  0, or -1 with ERR and *fault. */
int ftp_store_bytes(struct ftp_xfer *x, const char *p, size_t n, int64_t at,
                    enum ftp_fault *fault, struct err *err);

#endif
