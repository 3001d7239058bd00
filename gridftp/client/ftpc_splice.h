/* gridftp/client/ftpc_splice.h - bytes from a data connection into a file that
 * pass through a pipe, and through no memory of ours (splice(2)); for the files
 * of gridftp/client/ only. */
#ifndef FTPC_SPLICE_H
#define FTPC_SPLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A session's; pipe[0] is -1 while there is none. */
struct ftpc_splice {
    int pipe[2];
    size_t size;
};

/* None yet. */
void ftpc_splice_init(struct ftpc_splice *s);
/* Close the pipe, and lose what is in it. */
void ftpc_splice_fini(struct ftpc_splice *s);
/* What has come on socket FD, MAX bytes at most, into the empty pipe: how many;
 * 0 at the end, -1 with errno: EAGAIN; EINVAL, EMFILE.. where it cannot be done
 * and nothing was moved; the connection's failure. */
ssize_t ftpc_splice_in(struct ftpc_splice *s, int fd, uint64_t max);
/* N bytes from the pipe into file FD at AT, or where it stands when AT is -1.
 * 0, 1 when FD takes none in this way and all are still in the pipe, -1 with
 * errno: the pipe is then empty again. */
int ftpc_splice_out(struct ftpc_splice *s, int fd, int64_t at, size_t n);

/* Whether FD is the null device. */
bool ftpc_splice_null(int fd);
/* What has come on socket FD, MAX bytes at most, thrown away where it lies
 * (tcp(7), MSG_TRUNC).  As ftpc_splice_in(). */
ssize_t ftpc_splice_drop(int fd, size_t max);

#endif
