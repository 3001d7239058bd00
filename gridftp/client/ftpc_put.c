/* gridftp/client/ftpc_put.c - send data: MODE S bytes, or MODE E blocks over
 * several connections; with sendfile() where nothing transforms the data. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_ascii.h"
#include "gridftp/client/ftpc_command.h"

/* From this size on a sendfile() call pays off. */
#define SENDFILE_MIN (32 * 1024)
/* How often net_adapt() is tried. */
#define ADAPT_MS     500
#define ROOM_FOR_END (2 * MODEE_HEADER)

int
ftpc_put_begin(struct ftpc_run *run, struct ftpclient_xfer *x, struct err *err)
{
    struct stat st;

    (void)run;
    if (x->open != NULL && x->open(x, err) < 0)
        return -1;
    if (x->size < 0 && x->read == NULL && !x->stream && fstat(x->fd, &st) == 0)
        x->size = st.st_size;
    return 0;
}

/* Whether the file's bytes can go directly from the page cache to the
 * socket. */
static bool
by_sendfile(const struct ftpc_run *run, const struct ftpclient_xfer *x,
            const struct ftpc_conn *conn)
{
    return x->read == NULL && !x->stream && conn->tls == NULL &&
           run->end >= 0 && !run->how.ascii;
}

/* Read up to N bytes of the source at AT; 0 at its end, -1 with ERR. */
static ssize_t
source(struct ftpclient_xfer *x, void *p, size_t n, int64_t at, struct err *err)
{
    ssize_t got;

    if (x->read != NULL)
        return x->read(x, p, n, at, err);
    do
        got = x->stream ? read(x->fd, p, n) : pread(x->fd, p, n, (off_t)at);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        err_set(err, ERR_IO, "cannot read: %s", strerror(errno));
    return got;
}

/* The receiver's offset for file position AT: ESTO counts from 0. */
static uint64_t
wire_offset(const struct ftpclient_xfer *x, int64_t at)
{
    return (uint64_t)(x->whole ? at : at - x->offset);
}

/* Put a header into CONN's buffer at POS. */
static void
put_header(struct ftpc_conn *conn, size_t pos, unsigned flags, uint64_t count,
           uint64_t offset)
{
    struct modee_block b = { .flags = flags, .count = count, .offset = offset };

    modee_encode(&b, conn->buf + pos);
}

/* Length of the next piece, at most N bytes, that the receiver lacks; 0 at the
 * end. */
static size_t
next_piece(struct ftpc_run *run, size_t n)
{
    struct ftpclient_xfer *x = ftpc_head(run);
    int64_t end = run->end >= 0 ? run->end : INT64_MAX;
    struct range hole;

    /* MODE S only transmits the starting position. */
    if (x->have != NULL && x->have->n > 0 &&
        run->how.mode == FTPCLIENT_EXTENDED) {
        if (!ranges_hole(x->have, run->at, end, &hole))
            return 0;
        run->at = hole.begin;
        end = hole.end;
    }
    if (end - run->at < (int64_t)n)
        n = end > run->at ? (size_t)(end - run->at) : 0;
    return n;
}

/* Append this connection's last block; the first connection to do so also sends
 * the number of connections of its stripe. */
static void
end_conn(struct ftpc_run *run, struct ftpc_conn *conn)
{
    uint64_t bit = 1ull << conn->stripe, many = 0;
    size_t i;

    for (i = 0; i < run->c->nconn && !(run->eof_sent & bit); i++)
        many += run->c->conn[i]->stripe == conn->stripe;
    put_header(conn, conn->end, MODEE_EOD | (many > 0 ? MODEE_EOF : 0), 0,
               many);
    conn->end += MODEE_HEADER;
    conn->finished = true;
    run->eof_sent |= bit;
}

/* Read N bytes of the source, in network form, into CONN's buffer after HEAD
 * bytes.  Returns the number of source bytes; 0 at its end, -1 with ERR. */
static ssize_t
read_piece(struct ftpc_run *run, struct ftpc_conn *conn, size_t head, size_t n,
           struct err *err)
{
    unsigned char *p = conn->buf + head;
    ssize_t got =
        source(ftpc_head(run), run->how.ascii ? p + n : p, n, run->at, err);
    size_t len = got > 0 ? (size_t)got : 0;

    if (run->how.ascii && len > 0) {
        memmove(p + len, p + n, len);
        len = ftpc_ascii_out(p, len);
    }
    conn->end = len > 0 ? head + len : 0;
    return got;
}

/* Fail because X's source is shorter than announced. */
static int
ended_early(struct ftpc_run *run, const struct ftpclient_xfer *x,
            struct err *err)
{
    run->source_failed = true;
    return err_set(err, ERR_IO,
                   "%s: the source became shorter during the transfer",
                   x->path);
}

/* Fill CONN's empty buffer with the next block or the end marker. */
static int
load(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    struct ftpclient_xfer *x = ftpc_head(run);
    bool extended = run->how.mode == FTPCLIENT_EXTENDED;
    size_t head = extended ? MODEE_HEADER : 0;
    size_t n = next_piece(run, run->how.ascii ? FTPC_CONN_BUF / 2
                                              : FTPC_CONN_BUF - ROOM_FOR_END);
    ssize_t got = (ssize_t)n;

    if (conn->buf == NULL)
        conn->buf = xrealloc(NULL, 1, FTPC_CONN_BUF);
    conn->at = conn->end = 0;
    if (n >= SENDFILE_MIN && by_sendfile(run, x, conn)) {
        conn->file_at = (uint64_t)run->at;
        conn->file_left = n = next_piece(run, run->c->conf.block_size);
        conn->end = head;
        got = (ssize_t)n;
    } else if (n > 0) {
        got = read_piece(run, conn, head, n, err);
        run->source_failed = got < 0;
        if (got < 0)
            return err_wrap(err, "%s", x->path);
    }
    if (got == 0 && run->end >= 0 && n > 0)
        return ended_early(run, x, err);
    if (got > 0 && extended)
        put_header(conn, 0, 0, (uint64_t)got, wire_offset(x, run->at));
    run->at += got;
    if (conn->file_left == 0 && ftpc_head_moved(run, got, err) < 0)
        return -1;
    if (extended && conn->file_left == 0 &&
        (got == 0 || next_piece(run, 1) == 0))
        end_conn(run, conn);
    if (!extended && got == 0)
        conn->finished = true;
    return 0;
}

/* Send the rest of a header or small block.  1 done, 0 not yet, -1 with ERR. */
static int
send_buf(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    ssize_t n;

    while (conn->at < conn->end) {
        if (conn->file_left > 0)
            n = send(conn->fd, conn->buf + conn->at, conn->end - conn->at,
                     MSG_NOSIGNAL | MSG_MORE);
        else
            n = ftpc_conn_send(conn, conn->buf + conn->at,
                               conn->end - conn->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0)
            return ftpc_conn_failure(conn, err);
        conn->at += (size_t)n;
        if (ftpc_head_moved(run, 0, err) < 0)
            return -1;
    }
    return 1;
}

/* Send the block's part of the file.  Results as send_buf(). */
static int
send_file(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    struct ftpclient_xfer *x = ftpc_head(run);
    off_t at;
    ssize_t n;

    while (conn->file_left > 0) {
        at = (off_t)conn->file_at;
        n = sendfile(conn->fd, x->fd, &at, conn->file_left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0 && net_is_socket_error(errno))
            return ftpc_conn_failure(conn, err);
        run->source_failed = n < 0;
        if (n < 0)
            return err_set(err, ERR_IO, "%s: cannot read: %s", x->path,
                           strerror(errno));
        if (n == 0)
            return ended_early(run, x, err);
        conn->file_at += (uint64_t)n;
        conn->file_left -= (uint64_t)n;
        if (ftpc_head_moved(run, n, err) < 0)
            return -1;
    }
    return 1;
}

/* Call net_adapt() for the sending connections from time to time. */
static void
adapt(struct ftpc_run *run)
{
    long long now = time_mono_ms();
    size_t i;

    if (now - run->adapted_ms < ADAPT_MS)
        return;
    run->adapted_ms = now;
    for (i = 0; i < run->c->nconn; i++)
        net_adapt(run->c->conn[i]->fd);
}

bool
ftpc_put_wants(const struct ftpc_run *run, const struct ftpc_conn *conn)
{
    return run->state != FTPC_REPLIED && run->state != FTPC_SENT &&
           (conn->at < conn->end || conn->file_left > 0 || !conn->finished);
}

/* Send as much of a block on CONN as possible; only one block, so that other
 * connections get their turn when the source is slower than the network. 1
 * something, 0 nothing, -1 with ERR. */
static int
move_conn(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    int rc;

    if (!ftpc_put_wants(run, conn))
        return 0;
    if (conn->at == conn->end && conn->file_left == 0 &&
        load(run, conn, err) < 0)
        return -1;
    rc = send_buf(run, conn, err);
    return rc > 0 ? send_file(run, conn, err) : rc;
}

/* Whether every connection has sent its end marker. */
static bool
all_sent(const struct ftpc_run *run)
{
    size_t i;

    for (i = 0; i < run->c->nconn; i++)
        if (ftpc_put_wants(run, run->c->conn[i]))
            return false;
    return true;
}

int
ftpc_put_move(struct ftpc_run *run, struct err *err)
{
    struct ftpclient *c = run->c;
    int some = 0, rc;
    size_t i;

    if (run->state != FTPC_BEGUN || run->data_done)
        return 0;
    for (i = 0; i < c->nconn; i++)
        if (!c->conn[i]->ready)
            return 0;
    adapt(run);
    for (i = 0; i < c->nconn; i++) {
        rc = move_conn(run, c->conn[i], err);
        if (rc < 0)
            return -1;
        some = some || rc > 0;
    }
    if (!all_sent(run))
        return some;
    run->data_done = true;
    if (run->how.mode == FTPCLIENT_STREAM && c->nconn > 0)
        ftpc_conn_end(c->conn[0]);
    return 1;
}
