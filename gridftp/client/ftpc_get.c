/* gridftp/client/ftpc_get.c - receive data: MODE S bytes, MODE E blocks in any
 * order on any connection (GFD.20 s.3.3). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fs.h"
#include "gridftp/client/ftpc_ascii.h"
#include "gridftp/client/ftpc_mover.h"
#include "gridftp/client/ftpc_run.h"

/* After a local failure, discard up to this many bytes to keep the session. */
#define THROW_MAX (4 * 1024 * 1024)
/* Bytes to discard for the null device per turn, so that other connections get
 * theirs. */
#define DROP_MAX  (4 * 1024 * 1024)
/* With less than this missing, a block is not worth a mover. */
#define MOVER_MIN (64 * 1024)

/* Write all N bytes to X's destination. */
static int
sink(struct ftpclient_xfer *x, const unsigned char *p, size_t n, int64_t at,
     struct err *err)
{
    ssize_t put;

    if (x->write != NULL)
        return x->write(x, p, n, at, err);
    while (n > 0) {
        put = x->stream ? write(x->fd, p, n) : pwrite(x->fd, p, n, (off_t)at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return ftpc_head_cannot_write(err);
        p += put;
        at += put;
        n -= (size_t)put;
    }
    return 0;
}

/* Deliver file bytes for offset AT; P is NULL when they are dropped. -1 only
 * when the session must end. */
static int
deliver(struct ftpc_run *run, const unsigned char *p, size_t n, int64_t at,
        struct err *err)
{
    struct ftpclient_xfer *x = ftpc_head(run);

    if (run->end >= 0 && at + (int64_t)n > run->end)
        return err_set(err, ERR_PROTOCOL,
                       "%s: the server sends more than was asked for", x->path);
    if (run->failed_local) {
        run->thrown += n;
        if (run->thrown > THROW_MAX)
            return err_set(err, x->err.code, "%s", x->err.text);
        return ftpc_head_moved(run, 0, err);
    }
    if ((p != NULL && sink(x, p, n, at, &x->err) < 0) ||
        (x->have != NULL &&
         ranges_add(x->have, at, at + (int64_t)n, &x->err) < 0)) {
        run->failed_local = true;
        return 0;
    }
    return ftpc_head_moved(run, (int64_t)n, err);
}

/* Handle the block header in H. */
static int
on_header(struct ftpc_run *run, struct ftpc_conn *conn, const unsigned char *h,
          struct err *err)
{
    struct modee_block b;

    if (modee_decode(h, &b, err) < 0)
        return -1;
    if (b.flags & MODEE_ERROR)
        return err_set(err, ERR_REMOTE,
                       "%s: the server marks the data as doubtful",
                       ftpc_head(run)->path);
    conn->skip = (b.flags & MODEE_RESTART) != 0;
    conn->left = b.count;
    /* The block offsets of a part (ERET) count from the part's start. */
    conn->offset = b.offset + run->base;
    conn->block_eod = (b.flags & MODEE_EOD) != 0;
    conn->last = conn->last || (b.flags & MODEE_SENDER_CLOSES);
    if (b.flags & MODEE_EOF)
        run->want = b.offset;
    return 0;
}

/* Check whether the block is complete, and with it the file's data on CONN. */
static void
end_block(struct ftpc_run *run, struct ftpc_conn *conn)
{
    if (conn->left > 0 || !conn->block_eod)
        return;
    conn->eod = true;
    conn->block_eod = false;
    run->eods++;
}

/* Parse CONN's buffer up to the last block of this file. */
static int
parse(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    size_t n;

    while (!conn->eod) {
        if (conn->left == 0 && conn->end - conn->at < MODEE_HEADER)
            break;
        if (conn->left == 0) {
            if (on_header(run, conn, conn->buf + conn->at, err) < 0)
                return -1;
            conn->at += MODEE_HEADER;
        }
        n = conn->end - conn->at;
        if (n > conn->left)
            n = (size_t)conn->left;
        if (n > 0 && !conn->skip &&
            deliver(run, conn->buf + conn->at, n, (int64_t)conn->offset, err) <
                0)
            return -1;
        conn->at += n;
        conn->left -= n;
        conn->offset += n;
        end_block(run, conn);
        if (conn->left > 0)
            break;
    }
    return 0;
}

/* Read once. 1 bytes, 0 none, -1 with ERR. */
static int
fetch(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    size_t room = FTPC_CONN_BUF - (run->how.ascii ? 1 : 0);
    ssize_t n;

    if (run->null && run->how.mode == FTPCLIENT_EXTENDED && conn->tls == NULL &&
        conn->left == 0)
        room = MODEE_HEADER; /* the data is dropped */
    if (conn->buf == NULL)
        conn->buf = xrealloc(NULL, 1, FTPC_CONN_BUF);
    if (conn->at > 0)
        memmove(conn->buf, conn->buf + conn->at, conn->end - conn->at);
    conn->end -= conn->at;
    conn->at = 0;
    n = ftpc_conn_recv(conn, conn->buf + conn->end, room - conn->end);
    conn->readable =
        n > 0 && (conn->end + (size_t)n == room || ftpc_conn_pending(conn));
    if (n > 0)
        conn->end += (size_t)n;
    if (n >= 0)
        return 1;
    if (errno == EAGAIN)
        return 0;
    if (run->state == FTPC_REPLIED && ftpc_reply_class(&run->c->reply) != 2)
        return 0;
    return ftpc_conn_failure(conn, err);
}

/* MODE S: every byte belongs to the file, and closing the connection ends
 * it. */
static int
use_stream(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    size_t n = conn->end - conn->at;
    unsigned char *p = conn->buf + conn->at;

    if (run->how.ascii && n > 0) {
        memmove(conn->buf + 1, p, n);
        p = conn->buf;
        n = ftpc_ascii_in(p, n, &run->cr);
    }
    if (run->how.ascii && conn->eof && run->cr) {
        p = conn->buf;
        p[n++] = '\r'; /* this is the very last byte */
        run->cr = false;
    }
    conn->at = conn->end;
    if (n > 0 && deliver(run, p, n, run->at, err) < 0)
        return -1;
    run->at += (int64_t)n;
    if (conn->eof)
        run->data_done = true;
    return 0;
}

/* MODE E: handle bytes in the buffer or a closed connection. */
static int
use_blocks(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    if (parse(run, conn, err) < 0)
        return -1;
    /* A kept connection may be closed between two files. */
    if (conn->eof && !conn->eod && (conn->left > 0 || conn->at < conn->end))
        return err_set(err, ERR_UNREACHABLE,
                       "%s: a data connection ended in the middle",
                       ftpc_head(run)->path);
    if (run->want > 0 && run->eods >= run->want)
        run->data_done = true;
    return 0;
}

/* Whether the server reported success but no connection is left to bring
 * missing data. */
static bool
data_missing(const struct ftpc_run *run)
{
    size_t i;

    if (run->state != FTPC_REPLIED || run->c->nconn == 0)
        return false;
    for (i = 0; i < run->c->nconn; i++)
        if (ftpc_mover_busy(run->c->conn[i]->mover) ||
            (!run->c->conn[i]->eof && !run->c->conn[i]->eod))
            return false;
    return run->want == 0 || run->eods < run->want;
}

/* Whether to splice: what comes next on CONN is plain file data, much of it,
 * and the destination is a pipe or device.  Not for files on disk: that would
 * also be faster, but costs the sender CPU, and only works in MODE S. */
static bool
is_spliced(const struct ftpc_run *run, const struct ftpc_conn *conn)
{
    const struct ftpclient_xfer *x = ftpc_head(run);

    return x->stream && x->begun && run->how.mode == FTPCLIENT_STREAM &&
           !run->by_hand && !run->failed_local && !run->how.ascii &&
           conn->tls == NULL && conn->at == conn->end && x->write == NULL &&
           x->bytes >= FTPC_CONN_BUF; /* small files end before this */
}

/* N bytes for offset AT are in the pipe.  Results as deliver(). */
static int
deliver_pipe(struct ftpc_run *run, struct ftpc_conn *conn, size_t n, int64_t at,
             struct err *err)
{
    struct ftpclient_xfer *x = ftpc_head(run);
    struct ftpc_splice *s = &run->c->splice;
    ssize_t got;
    int rc;

    if (run->end >= 0 && at + (int64_t)n > run->end)
        return deliver(run, NULL, n, at, err); /* reports the failure */
    rc = ftpc_splice_out(s, x->fd, x->stream ? -1 : at, n);
    if (rc < 0)
        ftpc_head_cannot_write(&x->err);
    if (rc < 0 || (rc == 0 && x->have != NULL &&
                   ranges_add(x->have, at, at + (int64_t)n, &x->err) < 0)) {
        run->failed_local = true;
        return 0;
    }
    if (rc == 0)
        return ftpc_head_moved(run, (int64_t)n, err);
    for (run->by_hand = true; n > 0; n -= (size_t)got, at += got) {
        got =
            read(s->pipe[0], conn->buf, n < FTPC_CONN_BUF ? n : FTPC_CONN_BUF);
        if (got <= 0)
            return err_set(err, ERR_IO, "cannot read a pipe");
        if (deliver(run, conn->buf, (size_t)got, at, err) < 0)
            return -1;
    }
    return 0;
}

/* Splice what has arrived on CONN into the file.  Results as fetch(). */
static int
splice_conn(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    ssize_t n = ftpc_splice_in(&run->c->splice, conn->fd, UINT64_MAX);

    if (n < 0) {
        conn->readable = false;
        if (errno == EAGAIN)
            return 0;
        if (errno == EINVAL || errno == EMFILE || errno == ENFILE ||
            errno == ENOMEM) {
            run->by_hand = conn->readable = true;
            return 1;
        }
        if (run->state == FTPC_REPLIED && ftpc_reply_class(&run->c->reply) != 2)
            return 0;
        return ftpc_conn_failure(conn, err);
    }
    conn->eof = n == 0;
    if (n > 0 && deliver_pipe(run, conn, (size_t)n, run->at, err) < 0)
        return -1;
    run->at += n;
    return use_stream(run, conn, err) < 0 ? -1 : 1;
}

/* Whether to drop: what comes next on CONN is file data for the null device. */
static bool
is_dropped(const struct ftpc_run *run, const struct ftpc_conn *conn)
{
    if (!run->null || run->failed_local || conn->tls != NULL ||
        conn->at < conn->end)
        return false;
    return run->how.mode == FTPCLIENT_STREAM || (conn->left > 0 && !conn->skip);
}

/* Drop what has arrived on CONN.  Results as fetch(). */
static int
drop_conn(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    bool blocks = run->how.mode == FTPCLIENT_EXTENDED;
    ssize_t n = ftpc_splice_drop(
        conn->fd, blocks && conn->left < DROP_MAX ? conn->left : DROP_MAX);

    conn->readable = n > 0;
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n < 0 && run->state == FTPC_REPLIED &&
        ftpc_reply_class(&run->c->reply) != 2)
        return 0;
    if (n < 0)
        return ftpc_conn_failure(conn, err);
    conn->eof = n == 0;
    if (deliver(run, NULL, (size_t)n, blocks ? (int64_t)conn->offset : run->at,
                err) < 0)
        return -1;
    if (blocks) {
        conn->left -= (size_t)n;
        conn->offset += (size_t)n;
        end_block(run, conn);
        return use_blocks(run, conn, err) < 0 ? -1 : 1;
    }
    run->at += n;
    return use_stream(run, conn, err) < 0 ? -1 : 1;
}

/* Read and handle what CONN has. 1 something, 0 nothing, -1 with ERR. */
static int
move_conn(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    size_t at;
    int rc = 0;

    if (conn->readable && is_dropped(run, conn))
        return drop_conn(run, conn, err);
    if (conn->readable && is_spliced(run, conn))
        return splice_conn(run, conn, err);
    if (conn->readable || ftpc_conn_pending(conn))
        rc = fetch(run, conn, err);
    at = conn->at;
    if (rc < 0 || (at == conn->end && !conn->eof))
        return rc;
    if ((run->how.mode == FTPCLIENT_EXTENDED ? use_blocks(run, conn, err)
                                             : use_stream(run, conn, err)) < 0)
        return -1;
    return rc > 0 || conn->at != at;
}

/* Whether much plain file data comes next on CONN and a mover may receive
 * it. */
static bool
is_for_mover(const struct ftpc_run *run, const struct ftpc_conn *conn)
{
    const struct ftpclient_xfer *x = ftpc_head(run);
    size_t i, busy = 0;

    if (conn->left < MOVER_MIN || conn->skip || conn->at < conn->end ||
        run->c->nconn == 1 || run->null || run->failed_local ||
        x->write != NULL || x->stream ||
        (run->end >= 0 && conn->offset + conn->left > (uint64_t)run->end))
        return false;
    for (i = 0; i < run->c->nconn; i++)
        busy += ftpc_mover_busy(run->c->conn[i]->mover);
    return busy < run->c->movers;
}

/* Give CONN to a mover if one is available. */
static void
hand_over(struct ftpc_run *run, struct ftpc_conn *conn)
{
    struct ftpclient *c = run->c;
    struct ftpc_mover_job job = {
        .fd = ftpc_head(run)->fd,
        .base = run->base,
        .end = run->end,
    };

    if (c->wake_fd < 0)
        c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (conn->mover == NULL && c->wake_fd >= 0)
        conn->mover = ftpc_mover_create(conn, c->wake_fd);
    if (conn->mover == NULL) {
        c->movers = 0; /* this thread does the work instead */
        return;
    }
    conn->at = conn->end = 0;
    ftpc_mover_start(conn->mover, &job);
}

/* Our side failed: discard the rest, which movers cannot do. */
static void
fail_local(struct ftpc_run *run, const struct err *why)
{
    struct ftpclient_xfer *x = ftpc_head(run);
    size_t i;

    if (x->err.code == ERR_OK)
        x->err = *why;
    run->failed_local = true;
    for (i = 0; i < run->c->nconn; i++)
        if (ftpc_mover_busy(run->c->conn[i]->mover))
            ftpc_mover_stop(run->c->conn[i]->mover);
}

/* Take the progress of CONN's mover since the last call; returns its bytes. */
static int64_t
look_at_mover(struct ftpc_run *run, struct ftpc_conn *conn,
              struct ftpc_mover_news *news)
{
    struct ftpclient_xfer *x = ftpc_head(run);
    int64_t bytes;
    size_t i;

    ftpc_mover_look(conn->mover, news);
    bytes = ranges_total(&news->arrived);
    for (i = 0; x->have != NULL && i < news->arrived.n; i++)
        if (ranges_add(x->have, news->arrived.r[i].begin,
                       news->arrived.r[i].end, &news->local) < 0)
            break;
    ranges_fini(&news->arrived);
    if (news->local.code != ERR_OK)
        fail_local(run, &news->local);
    return bytes;
}

void
ftpc_get_halt(struct ftpc_run *run)
{
    struct ftpc_mover_news news;
    size_t i;

    for (i = 0; i < run->c->nconn; i++) {
        struct ftpc_conn *conn = run->c->conn[i];

        if (!ftpc_mover_busy(conn->mover))
            continue;
        ftpc_mover_halt(conn->mover);
        ftpc_head(run)->bytes += look_at_mover(run, conn, &news);
        conn->eof = true;
    }
}

/* Record the progress of CONN's mover, and take the connection back when the
 * mover has ended.  Results as fetch(). */
static int
ask_mover(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    struct ftpc_mover_news news;
    int64_t bytes = look_at_mover(run, conn, &news);

    if (bytes > 0 && ftpc_head_moved(run, bytes, err) < 0)
        return -1;
    if (!news.ended)
        return bytes > 0;
    if (news.lost.code != ERR_OK)
        return err_set(err, news.lost.code, "%s", news.lost.text);
    conn->readable = !conn->eof;
    end_block(run, conn);
    return use_blocks(run, conn, err) < 0 ? -1 : 1;
}

int
ftpc_get_move(struct ftpc_run *run, struct err *err)
{
    int some = 0, rc;
    size_t i;

    if (run->state == FTPC_SENT || run->data_done)
        return 0;
    /* After a refusal, arriving data belongs to the next file. */
    if (run->state == FTPC_REPLIED && ftpc_reply_class(&run->c->reply) != 2)
        return 0;
    for (i = 0; i < run->c->nconn; i++) {
        struct ftpc_conn *conn = run->c->conn[i];

        if (ftpc_mover_busy(conn->mover))
            rc = ask_mover(run, conn, err);
        else if (!conn->ready || conn->eod || conn->eof)
            continue;
        else
            rc = move_conn(run, conn, err);
        if (rc < 0)
            return -1;
        if (!ftpc_mover_busy(conn->mover) && is_for_mover(run, conn))
            hand_over(run, conn);
        some = some || rc > 0;
    }
    if (!some && run->how.mode == FTPCLIENT_EXTENDED && data_missing(run))
        return err_set(err, ERR_UNREACHABLE,
                       "%s: the server closed before all data was sent",
                       ftpc_head(run)->path);
    return some;
}
