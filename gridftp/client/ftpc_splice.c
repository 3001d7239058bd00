/* gridftp/client/ftpc_splice.c - see ftpc_splice.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gridftp/client/ftpc_splice.h"

/* The largest pipe that the kernel allows unprivileged users. */
#define PIPE_SIZE (1024 * 1024)

void
ftpc_splice_init(struct ftpc_splice *s)
{
    s->pipe[0] = s->pipe[1] = -1;
    s->size = 0;
}

void
ftpc_splice_fini(struct ftpc_splice *s)
{
    int saved = errno;

    if (s->pipe[0] >= 0) {
        close(s->pipe[0]);
        close(s->pipe[1]);
    }
    ftpc_splice_init(s);
    errno = saved;
}

static int
make(struct ftpc_splice *s)
{
    int size;

    if (s->pipe[0] >= 0)
        return 0;
    if (pipe2(s->pipe, O_CLOEXEC) < 0) {
        ftpc_splice_init(s);
        return -1;
    }
    (void)fcntl(s->pipe[1], F_SETPIPE_SZ, PIPE_SIZE);
    size = fcntl(s->pipe[1], F_GETPIPE_SZ);
    s->size = size > 0 ? (size_t)size : 65536;
    return 0;
}

ssize_t
ftpc_splice_in(struct ftpc_splice *s, int fd, uint64_t max)
{
    ssize_t n;

    if (make(s) < 0)
        return -1;
    do
        n = splice(fd, NULL, s->pipe[1], NULL,
                   max < s->size ? (size_t)max : s->size,
                   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    while (n < 0 && errno == EINTR);
    return n;
}

int
ftpc_splice_out(struct ftpc_splice *s, int fd, int64_t at, size_t n)
{
    off_t to = at;
    size_t left = n;
    ssize_t done;

    while (left > 0) {
        done = splice(s->pipe[0], NULL, fd, at < 0 ? NULL : &to, left,
                      SPLICE_F_MOVE);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EINVAL && left == n)
            return 1;
        if (done <= 0) {
            ftpc_splice_fini(s);
            return -1;
        }
        left -= (size_t)done;
    }
    return 0;
}

bool
ftpc_splice_null(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
           st.st_rdev == makedev(1, 3);
}

ssize_t
ftpc_splice_drop(int fd, size_t max)
{
    ssize_t n;

    do
        n = recv(fd, NULL, max, MSG_TRUNC | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    return n;
}
