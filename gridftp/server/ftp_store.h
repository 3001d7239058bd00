/* gridftp/server/ftp_store.h - move bytes from a data connection to a file,
 * without copying through this process if the kernel supports that
 * (splice(2)). */
#ifndef FTP_STORE_H
#define FTP_STORE_H

#include "gridftp/server/ftp_xfer.h"

/* State for one stream. */
struct ftp_store {
    char *piece; /* FTP_BLOCK_SIZE bytes; allocated when needed */
    int pipe[2]; /* -1: none yet */
    size_t pipe_size;
    bool by_hand; /* this file or connection does not support splice */
    int slack_fd; /* descriptor whose poll() waits for many bytes; -1 */
};

/* Initialise S for the first ftp_store_some(). */
void ftp_store_init(struct ftp_store *s, const struct ftp_stream *st);
/* Close and free. */
void ftp_store_fini(struct ftp_store *s);
/* Move available bytes, at most MAX, to offset AT of the file.  Returns how
 * many, 0 at the end of the connection, -1 with ERR and *fault. */
int64_t ftp_store_some(struct ftp_store *s, struct ftp_stream *st, int64_t at,
                       uint64_t max, enum ftp_fault *fault, struct err *err);
/* Write the N bytes at P to offset AT of the file. 0, or -1 with ERR and
 * *fault. */
int ftp_store_bytes(struct ftp_xfer *x, const char *p, size_t n, int64_t at,
                    enum ftp_fault *fault, struct err *err);

#endif
