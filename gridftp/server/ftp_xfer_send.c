/* gridftp/server/ftp_xfer_send.c - send over a data connection, in MODE S and
 * MODE E (RFC 959, GFD.20). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/net.h"
#include "gridftp/proto/modee.h"
#include "gridftp/server/ftp_flow.h"
#include "gridftp/server/ftp_stripe.h"

/* Fail because the file has become shorter than announced, which the receiver
 * could not notice. */
static int
shorter(struct ftp_xfer *x, enum ftp_fault *fault, struct err *err)
{
    *fault = FTP_FAULT_FILE;
    x->fault_errno = EIO;
    return err_set(err, ERR_IO, "the file became shorter");
}

/* Send all bytes [AT, AT + N). */
static int
send_piece(struct ftp_stream *st, int64_t at, int64_t n, void *scratch,
           enum ftp_fault *fault, struct err *err)
{
    struct ftp_xfer *x = st->x;
    bool local;
    int64_t sent = ftp_conn_send_file(&st->conn, x->file, x->base + at, n,
                                      scratch, x->timeout_ms, &local, err);

    if (sent < 0 && local) {
        *fault = FTP_FAULT_FILE;
        x->fault_errno = errno;
    }
    if (sent > 0)
        atomic_fetch_add(&x->bytes, sent);
    if (sent >= 0 && sent < n)
        return shorter(x, fault, err);
    return sent < 0 ? -1 : 0;
}

/* Read up to N bytes from AT for conversion: how many, 0 at the end, -1. */
static ssize_t
read_some(struct ftp_stream *st, void *p, size_t n, int64_t at,
          enum ftp_fault *fault, struct err *err)
{
    struct ftp_xfer *x = st->x;
    ssize_t got;

    if (!x->seekable)
        return ftp_flow_read(st, p, n, fault, err);
    got = pread(x->file, p, n, at);
    if (got >= 0)
        return got;
    *fault = FTP_FAULT_FILE;
    x->fault_errno = errno;
    return err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
}

/* Send a FIFO or a device until its end. */
static int
send_flow(struct ftp_stream *st, void *scratch, enum ftp_fault *fault,
          struct err *err)
{
    struct ftp_xfer *x = st->x;
    struct range p;
    ssize_t n;

    while ((n = ftp_flow_next(st, scratch, &p, fault, err)) > 0) {
        if (ftp_conn_write(&st->conn, scratch, (size_t)n, false, x->timeout_ms,
                           err) < 0)
            return -1;
        atomic_fetch_add(&x->bytes, n);
    }
    return (int)n;
}

/* Send in TYPE A: convert LF to CR LF. */
static int
send_ascii(struct ftp_stream *st, char *scratch, enum ftp_fault *fault,
           struct err *err)
{
    struct ftp_xfer *x = st->x;
    struct buf out = BUF_INIT;
    int64_t at = x->base + x->begin;
    int64_t left = x->end - x->begin;
    ssize_t n, i;
    int rc = 0;

    while (rc == 0) {
        n = read_some(st, scratch,
                      left < FTP_BLOCK_SIZE / 2 ? (size_t)left
                                                : FTP_BLOCK_SIZE / 2,
                      at, fault, err);
        if (n < 0)
            rc = -1;
        if (n == 0 && left > 0 && x->seekable)
            rc = shorter(x, fault, err);
        if (n <= 0)
            break;
        buf_clear(&out);
        for (i = 0; i < n; i++) {
            if (scratch[i] == '\n')
                buf_addc(&out, '\r');
            buf_addc(&out, scratch[i]);
        }
        rc = ftp_conn_write(&st->conn, out.data, out.len, false, x->timeout_ms,
                            err);
        at += n;
        left -= n;
        atomic_fetch_add(&x->bytes, n);
    }
    buf_fini(&out);
    return rc;
}

/* A buffer if TLS, conversion or a device needs one. */
static void *
scratch_for(const struct ftp_stream *st)
{
    if (st->conn.tls == NULL && !st->x->ascii && st->x->seekable)
        return NULL;
    return xcalloc(1, FTP_BLOCK_SIZE);
}

int
ftp_xfer_send_stream(struct ftp_stream *st, enum ftp_fault *fault,
                     struct err *err)
{
    struct ftp_xfer *x = st->x;
    void *scratch = scratch_for(st);
    int rc;

    /* Closing the connection marks the end of the file: make every other end,
     * even our death, a reset. */
    net_reset_on_close(st->conn.fd, true);
    if (x->ascii)
        rc = send_ascii(st, scratch, fault, err);
    else if (!x->seekable)
        rc = send_flow(st, scratch, fault, err);
    else
        rc = send_piece(st, x->begin, x->end - x->begin, scratch, fault, err);
    free(scratch);
    if (rc == 0)
        net_reset_on_close(st->conn.fd, false);
    return rc;
}

/* Take the next unassigned piece.  False at the end. */
static bool
next_piece(const struct ftp_stream *st, struct range *piece)
{
    bool more;

    lock_take(&st->x->lock);
    more = ftp_stripe_piece(st->x, st->conn.stripe, piece);
    lock_release(&st->x->lock);
    return more;
}

static int
send_header(struct ftp_stream *st, unsigned flags, uint64_t count,
            uint64_t offset, struct err *err)
{
    struct modee_block b = { flags, count, offset };
    unsigned char h[MODEE_HEADER];

    modee_encode(&b, h);
    return ftp_conn_write(&st->conn, h, sizeof(h), count > 0, st->x->timeout_ms,
                          err);
}

/* Send the blocks of a FIFO or device: read their bytes first, because the
 * header states how many they are. */
static int
send_flow_blocks(struct ftp_stream *st, void *scratch, enum ftp_fault *fault,
                 struct err *err)
{
    struct ftp_xfer *x = st->x;
    struct range p;
    ssize_t n;

    while ((n = ftp_flow_next(st, scratch, &p, fault, err)) > 0) {
        if (send_header(st, 0, (uint64_t)n, (uint64_t)p.begin, err) < 0 ||
            ftp_conn_write(&st->conn, scratch, (size_t)n, false, x->timeout_ms,
                           err) < 0)
            return -1;
        atomic_fetch_add(&x->bytes, n);
    }
    return (int)n;
}

int
ftp_xfer_send_blocks(struct ftp_stream *st, enum ftp_fault *fault,
                     struct err *err)
{
    struct ftp_xfer *x = st->x;
    void *scratch = scratch_for(st);
    struct range p;
    int rc = 0;

    if (!x->seekable)
        rc = send_flow_blocks(st, scratch, fault, err);
    while (rc == 0 && x->seekable && next_piece(st, &p)) {
        rc = send_header(st, 0, (uint64_t)(p.end - p.begin), (uint64_t)p.begin,
                         err);
        if (rc == 0)
            rc = send_piece(st, p.begin, p.end - p.begin, scratch, fault, err);
    }
    free(scratch);
    if (rc < 0)
        return -1;
    st->keep = true;
    /* Sent once to each address: the number of end-of-data markers. */
    if (st->first)
        return send_header(st, MODEE_EOF | MODEE_EOD, 0,
                           x->stripe[st->conn.stripe].planned, err);
    return send_header(st, MODEE_EOD, 0, 0, err);
}
