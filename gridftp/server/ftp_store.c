/* gridftp/server/ftp_store.c - see ftp_store.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/net.h"
#include "gridftp/server/ftp_flow.h"
#include "gridftp/server/ftp_store.h"

/* The largest pipe that the kernel allows unprivileged users. */
#define PIPE_SIZE  (1024 * 1024)
/* Below this size a pipe does not pay off. */
#define SPLICE_MIN (64 * 1024)
/* Below this size a wake-up does not pay off, while only file data arrives. */
#define WAKE_MIN   (256 * 1024)

void
ftp_store_init(struct ftp_store *s, const struct ftp_stream *st)
{
    *s = (struct ftp_store){ .pipe = { -1, -1 }, .slack_fd = -1 };
    s->by_hand = st->conn.tls != NULL || !st->x->seekable;
}

void
ftp_store_fini(struct ftp_store *s)
{
    if (s->pipe[0] >= 0) {
        close(s->pipe[0]);
        close(s->pipe[1]);
    }
    free(s->piece);
}

static int
file_failed(struct ftp_xfer *x, enum ftp_fault *fault, struct err *err)
{
    *fault = FTP_FAULT_FILE;
    x->fault_errno = errno;
    return err_set(err, ERR_IO, "cannot write: %s", strerror(errno));
}

int
ftp_store_bytes(struct ftp_xfer *x, const char *p, size_t n, int64_t at,
                enum ftp_fault *fault, struct err *err)
{
    ssize_t done;
    size_t left = n;

    if (!x->seekable && ftp_flow_write(x, p, n, at, fault, err) < 0)
        return -1;
    while (x->seekable && left > 0) {
        done = pwrite(x->file, p, left, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return file_failed(x, fault, err);
        p += done;
        at += done;
        left -= (size_t)done;
    }
    atomic_fetch_add(&x->bytes, (long long)n);
    return 0;
}

/* The buffer for data copied without splice. */
static char *
piece_of(struct ftp_store *s)
{
    if (s->piece == NULL)
        s->piece = xcalloc(1, FTP_BLOCK_SIZE);
    return s->piece;
}

static int64_t
store_by_hand(struct ftp_store *s, struct ftp_stream *st, int64_t at,
              uint64_t max, enum ftp_fault *fault, struct err *err)
{
    size_t want = max < FTP_BLOCK_SIZE ? (size_t)max : FTP_BLOCK_SIZE;
    ssize_t n =
        ftp_conn_read(&st->conn, piece_of(s), want, st->x->timeout_ms, err);

    if (n > 0 &&
        ftp_store_bytes(st->x, s->piece, (size_t)n, at, fault, err) < 0)
        return -1;
    return n;
}

/* Make the pipe; false when that is impossible. */
static bool
make_pipe(struct ftp_store *s)
{
    int size;

    if (s->pipe[0] >= 0)
        return true;
    if (pipe2(s->pipe, O_CLOEXEC) < 0) {
        s->pipe[0] = s->pipe[1] = -1;
        return false;
    }
    (void)fcntl(s->pipe[1], F_SETPIPE_SZ, PIPE_SIZE);
    size = fcntl(s->pipe[1], F_GETPIPE_SZ);
    s->pipe_size = size > 0 ? (size_t)size : 65536;
    return true;
}

/* Make poll() on FD wait for BYTES bytes; the end of the connection wakes it as
 * well. */
static void
wake_at(int fd, int bytes)
{
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

/* The file system does not support splice: copy the N bytes in the pipe, and
 * everything after them, through memory. */
static int64_t
give_up_splicing(struct ftp_store *s, struct ftp_xfer *x, size_t n, int64_t at,
                 enum ftp_fault *fault, struct err *err)
{
    size_t left = n;
    ssize_t got;

    s->by_hand = true;
    if (s->slack_fd >= 0)
        wake_at(s->slack_fd, 1);
    while (left > 0) {
        got = read(s->pipe[0], piece_of(s),
                   left < FTP_BLOCK_SIZE ? left : FTP_BLOCK_SIZE);
        if (got <= 0)
            return file_failed(x, fault, err);
        if (ftp_store_bytes(x, s->piece, (size_t)got, at, fault, err) < 0)
            return -1;
        at += got;
        left -= (size_t)got;
    }
    return (int64_t)n;
}

/* Move N bytes from the pipe to the file. */
static int64_t
empty_pipe(struct ftp_store *s, struct ftp_xfer *x, size_t n, int64_t at,
           enum ftp_fault *fault, struct err *err)
{
    off_t to = at;
    size_t left = n;
    ssize_t done;

    while (left > 0) {
        done = splice(s->pipe[0], NULL, x->file, &to, left, SPLICE_F_MOVE);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EINVAL && left == n)
            return give_up_splicing(s, x, n, at, fault, err);
        if (done <= 0)
            return file_failed(x, fault, err);
        left -= (size_t)done;
    }
    atomic_fetch_add(&x->bytes, (long long)n);
    return (int64_t)n;
}

static int64_t
store_by_splice(struct ftp_store *s, struct ftp_stream *st, int64_t at,
                uint64_t max, enum ftp_fault *fault, struct err *err)
{
    size_t want = max < s->pipe_size ? (size_t)max : s->pipe_size;
    int timeout = st->x->timeout_ms;
    bool late = false;
    ssize_t n;

    if (max == UINT64_MAX && s->slack_fd < 0) {
        s->slack_fd = st->conn.fd;
        wake_at(s->slack_fd, WAKE_MIN);
    }
    for (;;) {
        n = splice(st->conn.fd, NULL, s->pipe[1], NULL, want,
                   SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (n > 0) {
            ftp_conn_note(&st->conn);
            return empty_pipe(s, st->x, (size_t)n, at, fault, err);
        }
        if (n == 0)
            return 0;
        if (errno == EAGAIN && late)
            return err_set(err, ERR_TIMEOUT,
                           "data connection without progress for %d s",
                           timeout / 1000);
        if (errno != EAGAIN && errno != EINTR)
            return err_set(err, ERR_CANCELLED, "data connection broken: %s",
                           strerror(errno));
        /* After the timeout, take what has arrived. */
        late = errno == EAGAIN && !ftp_conn_ready(&st->conn, POLLIN, timeout);
    }
}

int64_t
ftp_store_some(struct ftp_store *s, struct ftp_stream *st, int64_t at,
               uint64_t max, enum ftp_fault *fault, struct err *err)
{
    if (s->by_hand || max < SPLICE_MIN || !make_pipe(s))
        return store_by_hand(s, st, at, max, fault, err);
    return store_by_splice(s, st, at, max, fault, err);
}
