/* gridftp/server/ftp_xfer_send.c - the sender's side of a data connection, in
 * MODE S and MODE E (RFC 959, GFD.20). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/net.h"
#include "gridftp/proto/modee.h"
#include "gridftp/server/ftp_stripe.h"

/* What was announced is not there any more: the receiver could not tell. */
static int
shorter(struct ftp_xfer *x, enum ftp_fault *fault, struct err *err)
{
    *fault = FTP_FAULT_FILE;
    x->fault_errno = EIO;
    return err_set(err, ERR_IO, "the file became shorter");
}

/* Bytes [AT, AT + N) of what to send, all of them. */
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

/* TYPE A: LF becomes CR LF. */
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
        n = pread(x->file, scratch,
                  left < FTP_BLOCK_SIZE / 2 ? (size_t)left : FTP_BLOCK_SIZE / 2,
                  at);
        if (n < 0) {
            *fault = FTP_FAULT_FILE;
            x->fault_errno = errno;
            rc = err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
        }
        if (n == 0 && left > 0)
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

/* A block of memory where TLS or conversion needs one. */
static void *
scratch_for(const struct ftp_stream *st)
{
    if (st->conn.tls == NULL && !st->x->ascii)
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

    /* The end of the connection is the end of the file: no other end, our death
     * included, may look like it. */
    net_reset_on_close(st->conn.fd, true);
    if (x->ascii)
        rc = send_ascii(st, scratch, fault, err);
    else
        rc = send_piece(st, x->begin, x->end - x->begin, scratch, fault, err);
    free(scratch);
    if (rc == 0)
        net_reset_on_close(st->conn.fd, false);
    return rc;
}

/* The next piece that nobody has taken.  False at the end. */
static bool
next_piece(const struct ftp_stream *st, struct range *piece)
{
    bool more;

    pthread_mutex_lock(&st->x->lock);
    more = ftp_stripe_piece(st->x, st->conn.stripe, piece);
    pthread_mutex_unlock(&st->x->lock);
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

int
ftp_xfer_send_blocks(struct ftp_stream *st, enum ftp_fault *fault,
                     struct err *err)
{
    struct ftp_xfer *x = st->x;
    void *scratch = scratch_for(st);
    struct range p;
    int rc = 0;

    while (rc == 0 && next_piece(st, &p)) {
        rc = send_header(st, 0, (uint64_t)(p.end - p.begin), (uint64_t)p.begin,
                         err);
        if (rc == 0)
            rc = send_piece(st, p.begin, p.end - p.begin, scratch, fault, err);
    }
    free(scratch);
    if (rc < 0)
        return -1;
    st->keep = true;
    /* Said once to each address: how many ends of data there will be. */
    if (st->first)
        return send_header(st, MODEE_EOF | MODEE_EOD, 0,
                           x->stripe[st->conn.stripe].planned, err);
    return send_header(st, MODEE_EOD, 0, 0, err);
}
