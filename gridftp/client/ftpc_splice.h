/* gridftp/client/ftpc_splice.h - move bytes from a data connection to a file
 * through a pipe without copying them to user memory (splice(2)); for the files
 * of gridftp/client/ only. */
#ifndef FTPC_SPLICE_H
#define FTPC_SPLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One for each session; pipe[0] is -1 while there is no pipe. */
struct ftpc_splice {
    int pipe[2];
    size_t size;
};

/* Initialise S without a pipe. */
void ftpc_splice_init(struct ftpc_splice *s);
/* Close the pipe; its content is lost. */
void ftpc_splice_fini(struct ftpc_splice *s);
/* Move available bytes, at most MAX, from socket FD into the empty pipe.
 * Returns the number; 0 at the end; -1 with errno: EAGAIN; EINVAL, EMFILE..
 * when impossible and nothing was moved; or the connection's error. */
ssize_t ftpc_splice_in(struct ftpc_splice *s, int fd, uint64_t max);
/* Move N bytes from the pipe to file FD at AT, or at its position when AT is
 * -1. 0; 1 when FD does not support this and all bytes are still in the pipe;
 * -1 with errno, and the pipe is emptied. */
int ftpc_splice_out(struct ftpc_splice *s, int fd, int64_t at, size_t n);

/* Whether FD is the null device. */
bool ftpc_splice_null(int fd);
/* Discard available bytes, at most MAX, of socket FD in the kernel (tcp(7),
 * MSG_TRUNC).  Results as ftpc_splice_in(). */
ssize_t ftpc_splice_drop(int fd, size_t max);

#endif
