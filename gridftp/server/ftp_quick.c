/* gridftp/server/ftp_quick.c - transfer a small file in MODE E over the kept
 * connection in the session's own thread, with one read or one write.  A thread
 * for each would cost more than the file. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "gridftp/proto/modee.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_store.h"
#include "gridftp/server/ftp_xfer.h"

/* Largest small file, and the room for it with block headers. */
#define SMALL (32 * 1024)
#define ROOM  (SMALL + 4 * MODEE_HEADER)

/* Whether there is exactly one kept connection, and nothing else to
 * consider. */
static bool
is_simple(const struct ftp_xfer *x)
{
    return x->mode_e && x->nstripe == 1 && x->seekable && x->d->nkept == 1 &&
           x->d->kept[0].tls == NULL;
}

/* Use the connection for this transfer; KEEP: it can serve the next one. */
static void
use_kept(struct ftp_xfer *x, bool keep)
{
    x->stream[0] = (struct ftp_stream){ .x = x, .conn = x->d->kept[0] };
    x->stream[0].keep = keep;
    x->nstream = 1;
    x->d->nkept = 0;
}

/* The session's buffer of ROOM bytes. */
static unsigned char *
room(struct ftp_data *d)
{
    if (d->small == NULL)
        d->small = xrealloc(NULL, 1, ROOM);
    return d->small;
}

/* Wait for EVENTS on the connection: 1, 0 after a second or when another
 * connection arrives, -1 when the client aborted the transfer. */
static int
await(struct ftp_xfer *x, short events, bool listen)
{
    struct pollfd p[3] = {
        { .fd = x->d->kept[0].fd, .events = events },
        { .fd = x->s->wire, .events = POLLIN },
        { .fd = listen && x->d->nlisten > 0 ? x->d->listener[0] : -1,
          .events = POLLIN },
    };

    ftp_reply_flush(x->s);
    for (;;) {
        if (x->s->in.len >= FTP_AHEAD_MAX)
            p[1].fd = -1;
        if (poll(p, 3, 1000) <= 0 || p[2].revents != 0)
            return 0;
        if (p[1].revents != 0)
            ftp_xfer_look(x);
        if (x->fault != FTP_FAULT_NONE)
            return -1;
        if (p[0].revents != 0)
            return 1;
    }
}

/* The length of the whole file, end marker included, at the front of P[0..N); 0
 * when more must arrive, -1 when it is not small or anything is unusual. */
static ssize_t
whole_file(const struct ftp_xfer *x, const unsigned char *p, size_t n)
{
    struct modee_block b;
    size_t at = 0;
    bool eof = false;

    while (n - at >= MODEE_HEADER) {
        if (modee_decode(p + at, &b, NULL) < 0)
            return -1;
        at += MODEE_HEADER;
        if (b.flags & MODEE_EOF) {
            if (b.offset != 1)
                return -1;
            eof = true;
        } else {
            if (b.count > SMALL ||
                b.offset > (uint64_t)INT64_MAX - SMALL - (uint64_t)x->base)
                return -1;
            if (b.count > n - at)
                return 0;
            at += (size_t)b.count;
        }
        if (b.flags & MODEE_EOD)
            return eof ? (ssize_t)at : -1;
    }
    return 0;
}

/* Make poll() wake us only when more than N bytes have arrived. */
static void
wait_beyond(const struct ftp_xfer *x, ssize_t n)
{
    int low = (int)n + 1;

    setsockopt(x->d->kept[0].fd, SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low));
}

/* Wait until a whole small file has arrived, and copy it to P without consuming
 * it: its length; 0 when it is not small or too slow, -1 when the transfer was
 * aborted. */
static ssize_t
await_file(struct ftp_xfer *x, unsigned char *p)
{
    ssize_t n, len = 0, seen = 0;
    bool waited = false;
    int rc;

    while (len == 0) {
        rc = await(x, POLLIN, true);
        if (rc <= 0) {
            len = rc;
            break;
        }
        /* Bytes after the file stay in the socket. */
        n = recv(x->d->kept[0].fd, p, ROOM, MSG_PEEK | MSG_DONTWAIT);
        if (n <= seen || n == ROOM)
            break; /* the connection ended before the file */
        len = whole_file(x, p, (size_t)n);
        seen = n;
        waited = waited || len == 0;
        if (len == 0)
            wait_beyond(x, seen);
    }
    if (waited)
        wait_beyond(x, 0);
    return len;
}

/* Store the whole file P[0..N).  Returns whether the sender keeps the
 * connection. */
static bool
store(struct ftp_xfer *x, const unsigned char *p, size_t n)
{
    enum ftp_fault fault = FTP_FAULT_FILE;
    struct modee_block b = { 0 };
    struct err err = ERR_INIT;
    size_t at = 0;

    while (at < n) {
        (void)modee_decode(p + at, &b, NULL);
        at += MODEE_HEADER;
        if ((b.flags & MODEE_EOF) || b.count == 0)
            continue;
        if (ftp_store_bytes(x, (const char *)p + at, (size_t)b.count,
                            (int64_t)b.offset + x->base, &fault, &err) < 0) {
            ftp_xfer_fail(x, fault, &err);
            return false;
        }
        (void)ranges_add(&x->fresh, (int64_t)b.offset,
                         (int64_t)(b.offset + b.count), NULL);
        if ((int64_t)(b.offset + b.count) + x->base > x->top)
            x->top = (int64_t)(b.offset + b.count) + x->base;
        at += (size_t)b.count;
    }
    return !(b.flags & MODEE_SENDER_CLOSES);
}

bool
ftp_quick_receive(struct ftp_xfer *x)
{
    unsigned char *p;
    ssize_t len;

    if (!is_simple(x))
        return false;
    p = room(x->d);
    len = await_file(x, p);
    if (x->fault != FTP_FAULT_NONE) {
        use_kept(x, false);
        return true;
    }
    if (len <= 0 || recv(x->d->kept[0].fd, NULL, (size_t)len,
                         MSG_TRUNC | MSG_DONTWAIT) != len)
        return false;
    use_kept(x, store(x, p, (size_t)len));
    x->done = true;
    return true;
}

/* Write the file as blocks to P; returns their length, 0 when it is
 * unreadable. */
static size_t
load(struct ftp_xfer *x, unsigned char *p)
{
    size_t size = (size_t)(x->end - x->begin), at = 0;
    struct modee_block data = { 0, size, (uint64_t)x->begin };
    struct modee_block end = { MODEE_EOF | MODEE_EOD, 0, 1 };

    if (size > 0) {
        modee_encode(&data, p);
        if (pread(x->file, p + MODEE_HEADER, size, x->base + x->begin) !=
            (ssize_t)size)
            return 0;
        at = MODEE_HEADER + size;
    }
    modee_encode(&end, p + at);
    return at + MODEE_HEADER;
}

/* Send P[0..N). -1 when the transfer failed. */
static int
send_all(struct ftp_xfer *x, const unsigned char *p, size_t n)
{
    long long began = time_mono_ms();
    struct err err = ERR_INIT;
    ssize_t sent;

    while (n > 0 && x->fault == FTP_FAULT_NONE) {
        sent = send(x->d->kept[0].fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            p += sent;
            n -= (size_t)sent;
        } else if (errno == EAGAIN) {
            (void)await(x, POLLOUT, false);
            if (time_mono_ms() - began < x->timeout_ms)
                continue;
            err_set(&err, ERR_TIMEOUT,
                    "data connection without progress for %d s",
                    x->timeout_ms / 1000);
            ftp_xfer_fail(x, FTP_FAULT_DATA, &err);
        } else if (errno != EINTR) {
            err_set(&err, ERR_CANCELLED, "data connection broken: %s",
                    strerror(errno));
            ftp_xfer_fail(x, FTP_FAULT_DATA, &err);
        }
    }
    return x->fault == FTP_FAULT_NONE ? 0 : -1;
}

bool
ftp_quick_send(struct ftp_xfer *x)
{
    unsigned char *p;
    size_t n;
    int rc;

    if (!is_simple(x) || x->d->parallel > 1 || x->skip->n > 0 ||
        x->end - x->begin > SMALL || !ftp_data_is_alive(&x->d->kept[0]))
        return false;
    p = room(x->d);
    n = load(x, p);
    if (n == 0)
        return false;
    rc = send_all(x, p, n);
    if (rc == 0)
        atomic_fetch_add(&x->bytes, x->end - x->begin);
    use_kept(x, rc == 0);
    return true;
}
