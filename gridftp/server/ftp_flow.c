/* gridftp/server/ftp_flow.c - see ftp_flow.h. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/thread.h"
#include "gridftp/server/ftp_flow.h"

static int
failed(struct ftp_xfer *x, int error, const char *what, enum ftp_fault *fault,
       struct err *err)
{
    *fault = FTP_FAULT_FILE;
    x->fault_errno = error;
    return err_set(err, ERR_IO, "cannot %s: %s", what, strerror(error));
}

/* Wait for EVENTS on the file. -1 with errno: ETIMEDOUT, or ECANCELED when the
 * transfer has ended. */
static int
await_file(const struct ftp_xfer *x, short events)
{
    struct pollfd p[2] = { { .fd = x->file, .events = events },
                           { .fd = x->stop, .events = POLLIN } };
    int n;

    do
        n = poll(p, 2, x->timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n > 0 && p[1].revents == 0)
        return 0;
    if (n >= 0)
        errno = n == 0 ? ETIMEDOUT : ECANCELED;
    return -1;
}

ssize_t
ftp_flow_read(struct ftp_stream *st, void *p, size_t n, enum ftp_fault *fault,
              struct err *err)
{
    struct ftp_xfer *x = st->x;
    ssize_t got = -1;

    /* A FIFO without a writer reads like one at its end; poll(2) distinguishes
     * them. */
    while (await_file(x, POLLIN) == 0) {
        got = read(x->file, p, n);
        if (got >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return got < 0 ? failed(x, errno, "read", fault, err) : got;
}

ssize_t
ftp_flow_next(struct ftp_stream *st, void *p, struct range *piece,
              enum ftp_fault *fault, struct err *err)
{
    struct ftp_xfer *x = st->x;
    struct ftp_flow *f = &x->flow;
    int64_t left;
    ssize_t n = 0;

    lock_take(&f->lock);
    left = x->end - f->at;
    if (!f->ended && left > 0)
        n = ftp_flow_read(st, p,
                          left < FTP_BLOCK_SIZE ? (size_t)left : FTP_BLOCK_SIZE,
                          fault, err);
    piece->begin = f->at;
    if (n > 0)
        f->at += n;
    else
        f->ended = true;
    piece->end = f->at;
    lock_release(&f->lock);
    return n;
}

/* Wait, holding the lock, until the bytes at offset AT may be written. -1 with
 * errno. */
static int
await_turn(struct ftp_xfer *x, int64_t at)
{
    struct ftp_flow *f = &x->flow;
    long long since = time_mono_ms();

    while (f->at < at) {
        since = f->moved_ms > since ? f->moved_ms : since;
        if (f->ended || time_mono_ms() - since >= x->timeout_ms) {
            errno = f->ended ? ECANCELED : ETIMEDOUT;
            return -1;
        }
        (void)lock_wait_until(&f->lock, &f->turn, time_mono_ms() + 1000);
        if (ftp_xfer_has_failed(x))
            f->ended = true;
    }
    if (f->at == at)
        return 0;
    errno = ESPIPE;
    return -1;
}

/* Write all N bytes.  -1 with errno. */
static int
write_all(struct ftp_xfer *x, const char *p, size_t n)
{
    ssize_t done;

    while (n > 0) {
        done = write(x->file, p, n);
        if (done >= 0) {
            p += done;
            n -= (size_t)done;
        } else if (errno == EAGAIN) {
            if (await_file(x, POLLOUT) < 0)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

int
ftp_flow_write(struct ftp_xfer *x, const char *p, size_t n, int64_t at,
               enum ftp_fault *fault, struct err *err)
{
    struct ftp_flow *f = &x->flow;
    int rc, error;

    if (!f->fifo)
        return write_all(x, p, n) == 0 ? 0
                                       : failed(x, errno, "write", fault, err);
    lock_take(&f->lock);
    rc = await_turn(x, at) == 0 && write_all(x, p, n) == 0 ? 0 : -1;
    error = errno;
    f->at += (int64_t)n;
    f->moved_ms = time_mono_ms();
    f->ended = f->ended || rc < 0;
    pthread_cond_broadcast(&f->turn);
    lock_release(&f->lock);
    return rc == 0 ? 0 : failed(x, error, "write", fault, err);
}
