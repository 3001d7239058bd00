/* gridftp/server/ftp_conn.c - transfer bytes over one data connection, clear or
 * TLS, with a timeout for every step; see ftp_data.h. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/net.h"
#include "gridftp/server/ftp_data.h"

/* Largest piece per sendfile(2): progress is recorded between pieces. */
#define SENDFILE_PIECE (4 * 1024 * 1024)

/* How often net_adapt() is tried on a busy connection. */
#define ADAPT_MS 500

static int
timed_out(const struct ftp_conn *c, int timeout_ms, struct err *err)
{
    return err_set(
        err, ERR_TIMEOUT, "data connection without progress for %d s%s",
        timeout_ms / 1000,
        net_hole(c->fd) ? ": what was sent does not arrive; if smaller packets "
                          "do, a router drops large ones without a word: lower "
                          "the MTU, or set net.ipv4.tcp_mtu_probing=1"
                        : "");
}

static int
broken(struct err *err)
{
    return err_set(err, ERR_CANCELLED, "data connection broken: %s",
                   strerror(errno));
}

void
ftp_conn_note(struct ftp_conn *c)
{
    long long now = time_mono_ms();

    if (c->moved != NULL)
        atomic_store_explicit(c->moved, now, memory_order_relaxed);
    if (now - c->adapted_ms < ADAPT_MS)
        return;
    c->adapted_ms = now;
    net_adapt(c->fd);
}

/* How much of TIMEOUT_MS is left for C, which has waited since SINCE; progress
 * on any connection of the transfer restarts the time. */
static int
poll_timeout_ms(const struct ftp_conn *c, long long since, int timeout_ms)
{
    long long left;

    if (c->moved != NULL) {
        left = atomic_load_explicit(c->moved, memory_order_relaxed);
        since = left > since ? left : since;
    }
    left = since + timeout_ms - time_mono_ms();
    return left > 0 ? (int)left : 0;
}

/* poll() on P, C's connection and another descriptor, with C's timeout. */
static int
poll_conn(const struct ftp_conn *c, struct pollfd p[2], int timeout_ms)
{
    long long since = time_mono_ms();
    int n, left = timeout_ms;

    do {
        n = poll(p, 2, left);
        if (n > 0)
            break;
        left = poll_timeout_ms(c, since, timeout_ms);
    } while (n < 0 ? errno == EINTR : left > 0);
    return n;
}

bool
ftp_conn_ready(struct ftp_conn *c, short events, int timeout_ms)
{
    struct pollfd p[2] = { { .fd = c->fd, .events = events }, { .fd = -1 } };

    return poll_conn(c, p, timeout_ms) != 0;
}

int
ftp_conn_wait(struct ftp_conn *c, int stop_fd, int timeout_ms, struct err *err)
{
    struct pollfd p[2] = { { .fd = c->fd, .events = POLLIN },
                           { .fd = stop_fd, .events = POLLIN } };

    if (c->tls != NULL && tls_pending(c->tls) > 0)
        return 1;
    if (poll_conn(c, p, timeout_ms) == 0)
        return timed_out(c, timeout_ms, err);
    return p[0].revents != 0 ? 1 : 0;
}

/* tls_read_wait() with C's timeout. */
static ssize_t
read_tls(struct ftp_conn *c, void *p, size_t n, int timeout_ms, struct err *err)
{
    long long since = time_mono_ms();
    int left = timeout_ms;
    struct err why;
    ssize_t got;

    do {
        why = (struct err)ERR_INIT;
        got = tls_read_wait(c->tls, p, n, left, &why);
        if (got > 0)
            ftp_conn_note(c);
        if (got >= 0)
            return got;
        left = poll_timeout_ms(c, since, timeout_ms);
    } while (why.code == ERR_TIMEOUT && left > 0);
    return err_set(err, why.code, "%s", why.text);
}

ssize_t
ftp_conn_read(struct ftp_conn *c, void *p, size_t n, int timeout_ms,
              struct err *err)
{
    ssize_t got;

    if (c->tls != NULL)
        return read_tls(c, p, n, timeout_ms, err);
    for (;;) {
        got = recv(c->fd, p, n, MSG_DONTWAIT);
        if (got > 0)
            ftp_conn_note(c);
        if (got >= 0)
            return got;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return broken(err);
        if (!ftp_conn_ready(c, POLLIN, timeout_ms))
            return timed_out(c, timeout_ms, err);
    }
}

int
ftp_conn_read_all(struct ftp_conn *c, void *p, size_t n, int timeout_ms,
                  struct err *err)
{
    size_t have = 0;
    ssize_t got;

    while (have < n) {
        got = ftp_conn_read(c, (char *)p + have, n - have, timeout_ms, err);
        if (got == 0 && have == 0)
            return 0;
        if (got == 0)
            return err_set(err, ERR_CANCELLED,
                           "data connection ended in the middle of a block");
        if (got < 0)
            return -1;
        have += (size_t)got;
    }
    return 1;
}

int
ftp_conn_write(struct ftp_conn *c, const void *p, size_t n, bool more,
               int timeout_ms, struct err *err)
{
    int flags = MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0);
    ssize_t sent;

    if (c->tls != NULL)
        return tls_write_all(c->tls, p, n, timeout_ms, err);
    while (n > 0) {
        sent = send(c->fd, p, n, flags);
        if (sent >= 0) {
            p = (const char *)p + sent;
            n -= (size_t)sent;
            ftp_conn_note(c);
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return broken(err);
        if (!ftp_conn_ready(c, POLLOUT, timeout_ms))
            return timed_out(c, timeout_ms, err);
    }
    return 0;
}

/* The kernel moves the pages itself. */
static int64_t
send_clear(struct ftp_conn *c, int file, int64_t offset, int64_t n,
           int timeout_ms, bool *local, struct err *err)
{
    off_t at = offset;
    ssize_t sent;
    int64_t left = n;

    while (left > 0) {
        sent = sendfile(c->fd, file, &at,
                        left > SENDFILE_PIECE ? SENDFILE_PIECE : (size_t)left);
        if (sent == 0)
            break;
        if (sent > 0) {
            left -= sent;
            ftp_conn_note(c);
        } else if (errno == EAGAIN) {
            if (!ftp_conn_ready(c, POLLOUT, timeout_ms))
                return timed_out(c, timeout_ms, err);
        } else if (errno != EINTR) {
            *local = !net_is_socket_error(errno);
            if (!*local)
                return broken(err);
            return err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
        }
    }
    return n - left;
}

int64_t
ftp_conn_send_file(struct ftp_conn *c, int file, int64_t offset, int64_t n,
                   void *scratch, int timeout_ms, bool *local, struct err *err)
{
    int64_t left = n;
    ssize_t got;

    *local = false;
    if (c->tls == NULL)
        return send_clear(c, file, offset, n, timeout_ms, local, err);
    while (left > 0) {
        got = pread(file, scratch,
                    left > FTP_BLOCK_SIZE ? FTP_BLOCK_SIZE : (size_t)left,
                    offset + (n - left));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            *local = true;
            return err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
        }
        if (got == 0)
            break;
        if (tls_write_all(c->tls, scratch, (size_t)got, timeout_ms, err) < 0)
            return -1;
        ftp_conn_note(c);
        left -= got;
    }
    return n - left;
}

void
ftp_conn_break(int fd)
{
    if (net_resets_on_close(fd))
        net_reset(fd);
    else
        shutdown(fd, SHUT_RDWR);
}

void
ftp_conn_close(struct ftp_conn *c, bool orderly)
{
    int saved = errno;

    /* Close without close_notify.  No reset unless requested, because that
     * would lose data in transit. */
    if (!orderly && c->fd >= 0 && c->tls != NULL)
        shutdown(c->fd, SHUT_WR);
    tls_destroy(c->tls);
    if (c->fd >= 0)
        close(c->fd);
    *c = (struct ftp_conn){ .fd = -1 };
    errno = saved;
}
