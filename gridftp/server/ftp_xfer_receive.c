/* gridftp/server/ftp_xfer_receive.c - receive over a data connection, in MODE S
 * and MODE E (RFC 959, GFD.20). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "gridftp/proto/modee.h"
#include "gridftp/server/ftp_store.h"
#include "gridftp/server/ftp_stripe.h"

/* TYPE A: convert CR LF to LF; *cr: the last piece ended in CR. */
static size_t
from_ascii(char *p, size_t n, bool *cr)
{
    size_t i, to = 0;

    for (i = 0; i < n; i++) {
        if (p[i] == '\r') {
            *cr = true;
            continue;
        }
        if (*cr && p[i] != '\n')
            p[to++] = '\r';
        *cr = false;
        p[to++] = p[i];
    }
    return to;
}

/* Receive in TYPE A; P has room for one byte more than FTP_BLOCK_SIZE. */
static int
receive_ascii(struct ftp_stream *st, char *p, enum ftp_fault *fault,
              struct err *err)
{
    struct ftp_xfer *x = st->x;
    int64_t at = x->base;
    bool cr = false, before;
    ssize_t n;
    size_t len;
    int rc = 0;

    while (rc == 0) {
        n = ftp_conn_read(&st->conn, p + 1, FTP_BLOCK_SIZE, x->timeout_ms, err);
        if (n < 0)
            rc = -1;
        if (n <= 0)
            break;
        x->came += n;
        /* First comes the CR that ended the last piece. */
        before = cr;
        p[0] = '\r';
        cr = false;
        len = from_ascii(before ? p : p + 1, (size_t)n + before, &cr);
        rc = ftp_store_bytes(x, before ? p : p + 1, len, at, fault, err);
        at += (int64_t)len;
    }
    if (rc == 0 && cr) {
        rc = ftp_store_bytes(x, "\r", 1, at, fault, err);
        at++;
    }
    x->top = at;
    return rc;
}

int
ftp_xfer_receive_stream(struct ftp_stream *st, enum ftp_fault *fault,
                        struct err *err)
{
    struct ftp_xfer *x = st->x;
    struct ftp_store store;
    int64_t at = x->base, n;
    uint64_t max;
    char *p;
    int rc;

    if (x->ascii) {
        p = xcalloc(1, FTP_BLOCK_SIZE + 1);
        rc = receive_ascii(st, p, fault, err);
        free(p);
        return rc;
    }
    ftp_store_init(&store, st);
    do {
        /* Small files end before a pipe pays off. */
        max = at - x->base < FTP_BLOCK_SIZE ? FTP_BLOCK_SIZE / 8 : UINT64_MAX;
        n = ftp_store_some(&store, st, at, max, fault, err);
        at += n;
    } while (n > 0);
    ftp_store_fini(&store);
    x->top = at;
    x->came = at - x->base;
    return (int)n;
}

/* Move the data of a block, COUNT bytes at OFFSET, from the connection to the
 * file. */
static int
receive_block(struct ftp_stream *st, uint64_t count, int64_t offset,
              struct ftp_store *store, enum ftp_fault *fault, struct err *err)
{
    struct ftp_xfer *x = st->x;
    int64_t at, n;

    /* modee_decode() has checked their sum; x->base is added here. */
    if (offset > INT64_MAX - x->base - (int64_t)count)
        return err_set(err, ERR_PROTOCOL, "MODE E block ends beyond 2^63");
    at = offset + x->base;
    while (count > 0) {
        n = ftp_store_some(store, st, at, count, fault, err);
        if (n == 0)
            return err_set(err, ERR_CANCELLED,
                           "data connection ended in the middle of a block");
        if (n < 0)
            return -1;
        lock_take(&x->lock);
        /* Markers are advisory: too many pieces only make them less
         * complete. */
        (void)ranges_add(&x->fresh, at - x->base, at - x->base + n, NULL);
        x->stripe[st->conn.stripe].bytes += n;
        if (at + n > x->top)
            x->top = at + n;
        lock_release(&x->lock);
        at += n;
        count -= (uint64_t)n;
    }
    return 0;
}

/* Count the end markers in a header; the transfer may be complete. */
static int
note_ends(const struct ftp_stream *st, const struct modee_block *b,
          struct err *err)
{
    int rc;

    lock_take(&st->x->lock);
    rc = ftp_stripe_ends(st->x, st->conn.stripe, b, err);
    lock_release(&st->x->lock);
    return rc;
}

/* Receive blocks until the end of data on this connection. */
static int
receive_blocks(struct ftp_stream *st, struct ftp_store *store,
               enum ftp_fault *fault, struct err *err)
{
    struct ftp_xfer *x = st->x;
    unsigned char h[MODEE_HEADER];
    struct modee_block b = { 0 };
    bool any = false, data = false;
    int rc;

    for (;;) {
        /* A connection that brought data must end, whether the end-of-file
         * marker counted it or not. */
        rc = ftp_conn_wait(&st->conn, data ? -1 : x->stop, x->timeout_ms, err);
        if (rc > 0)
            rc = ftp_conn_read_all(&st->conn, h, sizeof(h), x->timeout_ms, err);
        else if (rc == 0) {
            st->keep = !any;
            return 0; /* everything arrived over the others */
        }
        if (rc == 0 && any)
            return err_set(err, ERR_CANCELLED,
                           "data connection ended before its end of data");
        if (rc <= 0)
            return rc; /* a kept connection that the peer closed: no failure */
        any = true;
        if (modee_decode(h, &b, err) < 0)
            return -1;
        data = data || b.count > 0;
        if (!(b.flags & MODEE_EOF) && b.count > 0 &&
            receive_block(st, b.count, (int64_t)b.offset, store, fault, err) <
                0)
            return -1;
        if (note_ends(st, &b, err) < 0)
            return -1;
        if (b.flags & MODEE_EOD) {
            st->keep = !(b.flags & MODEE_SENDER_CLOSES);
            return 0;
        }
    }
}

int
ftp_xfer_receive_blocks(struct ftp_stream *st, enum ftp_fault *fault,
                        struct err *err)
{
    struct ftp_store store;
    int rc;

    ftp_store_init(&store, st);
    rc = receive_blocks(st, &store, fault, err);
    ftp_store_fini(&store);
    return rc;
}
