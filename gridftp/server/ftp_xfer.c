/* gridftp/server/ftp_xfer.c - see ftp_xfer.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_stripe.h"
#include "gridftp/server/ftp_xfer.h"

/* How long to wait, after the end of data of unannounced length, for signs that
 * the client has died. */
#define UNTOLD_MS 50

static const struct ranges no_ranges;

void
ftp_xfer_init(struct ftp_xfer *x, struct ftp_session *s, bool receiving,
              int file)
{
    struct stat st;

    x->s = s;
    x->d = &s->data;
    x->receiving = receiving;
    x->mode_e = s->data.mode_e;
    x->ascii = s->ascii && !x->mode_e;
    x->file = file;
    x->seekable = fstat(file, &st) == 0 && S_ISREG(st.st_mode) &&
                  (fcntl(file, F_GETFL) & O_APPEND) == 0;
    x->flow.fifo = !x->seekable && S_ISFIFO(st.st_mode);
    lock_init(&x->flow.lock, LOCK_ftp_flow);
    pthread_cond_init(&x->flow.turn, NULL);
    x->skip = &no_ranges;
    x->timeout_ms = (int)conf_num(s->conf, CONF_gridftp_data_timeout) * 1000;
    lock_init(&x->lock, LOCK_ftp_xfer);
    x->wake = x->stop = -1;
    x->opening = "Beginning transfer.";
}

void
ftp_xfer_fini(struct ftp_xfer *x)
{
    lock_fini(&x->lock);
    lock_fini(&x->flow.lock);
    pthread_cond_destroy(&x->flow.turn);
    ranges_fini(&x->fresh);
    if (x->wake >= 0)
        close(x->wake);
    if (x->stop >= 0)
        close(x->stop);
}

void
ftp_xfer_wake(struct ftp_xfer *x)
{
    uint64_t one = 1;

    (void)!write(x->wake, &one, sizeof(one));
}

/* Connect and do the handshake, unless already done. */
static int
establish(struct ftp_stream *st, struct err *err)
{
    struct ftp_xfer *x = st->x;
    bool connector = st->connector;

    if (connector) {
        if (ftp_data_connect(x->d, st->conn.stripe, &st->conn, x->stop, err) <
            0)
            return -1;
        lock_take(&x->lock);
        st->fd = st->conn.fd;
        lock_release(&x->lock);
    }
    if (st->secured)
        return 0;
    return ftp_conn_secure(x->d, &st->conn, connector, err);
}

/* Whether ST, established, takes part in the transfer: in MODE S the first
 * connection carries the file. */
static bool
claim(struct ftp_stream *st)
{
    struct ftp_xfer *x = st->x;
    bool mine;

    lock_take(&x->lock);
    mine = !st->dismissed && (x->mode_e || !x->claimed);
    x->claimed = true;
    st->ready = mine;
    lock_release(&x->lock);
    return mine;
}

/* Whether the failure ERR of ST, a connection to our port, can be ignored: it
 * is not needed, or was not the client's. */
static bool
is_nobody(struct ftp_stream *st, const struct err *err)
{
    bool nobody;

    lock_take(&st->x->lock);
    nobody =
        !st->connector && (st->conn.foreign || st->x->done || st->x->claimed);
    lock_release(&st->x->lock);
    if (nobody)
        log_event(LOG_WARNING, "ftp.data.refuse", "why=%s", err->text);
    return nobody;
}

/* Main function of a stream's thread. */
static void *
stream_main(void *arg)
{
    struct ftp_stream *st = arg;
    struct ftp_xfer *x = st->x;
    enum ftp_fault fault = FTP_FAULT_CONNECT;
    struct err err = ERR_INIT;
    int rc = establish(st, &err);

    if (rc == 0 && claim(st)) {
        fault = FTP_FAULT_DATA;
        if (x->receiving)
            rc = x->mode_e ? ftp_xfer_receive_blocks(st, &fault, &err)
                           : ftp_xfer_receive_stream(st, &fault, &err);
        else
            rc = x->mode_e ? ftp_xfer_send_blocks(st, &fault, &err)
                           : ftp_xfer_send_stream(st, &fault, &err);
    }
    if (rc < 0 && (st->ready || !is_nobody(st, &err))) {
        st->keep = false;
        ftp_xfer_fail(x, fault, &err);
    }
    lock_take(&x->lock);
    x->running--;
    st->ended = true;
    if (!x->mode_e && st->ready)
        x->done = true;
    lock_release(&x->lock);
    ftp_xfer_wake(x);
    return NULL;
}

/* A free slot for one more stream, or that of an ended stream, preferably one
 * that cannot be kept.  NULL: all are busy. */
static struct ftp_stream *
find_room(struct ftp_xfer *x)
{
    struct ftp_stream *st, *found = NULL;
    size_t i;

    if (x->nstream < FTP_STREAMS_MAX)
        return &x->stream[x->nstream];
    lock_take(&x->lock);
    for (i = 0; i < x->nstream; i++) {
        st = &x->stream[i];
        if (st->ended && (found == NULL || (found->keep && !st->keep)))
            found = st;
    }
    lock_release(&x->lock);
    return found;
}

/* Initialise the slot ST from find_room(). */
static void
take_room(struct ftp_xfer *x, struct ftp_stream *st)
{
    if (st == &x->stream[x->nstream]) {
        x->nstream++;
        return;
    }
    if (st->threaded)
        pthread_join(st->thread, NULL);
    ftp_conn_close(&st->conn, true);
}

/* Start the thread of ST. -1 with ERR. */
static int
make_thread(struct ftp_stream *st, struct err *err)
{
    pthread_attr_t attr;
    int rc;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 256 * 1024);
    rc = pthread_create(&st->thread, &attr, stream_main, st);
    pthread_attr_destroy(&attr);
    st->threaded = rc == 0;
    if (rc == 0)
        return 0;
    return err_set(err, ERR_NOMEM, "cannot make a thread: %s", strerror(rc));
}

/* Update X's stream counts: ST has BEGUN or failed to. */
static void
count_stream(struct ftp_xfer *x, struct ftp_stream *st, bool begun)
{
    lock_take(&x->lock);
    if (begun)
        x->running++;
    else
        x->running--;
    st->ended = !begun;
    lock_release(&x->lock);
}

/* Start a stream for C with a thread; it connects if C has no descriptor
 * yet. */
static int
start_stream(struct ftp_xfer *x, const struct ftp_conn *c, bool secured)
{
    struct ftp_stripe *stripe = &x->stripe[c->stripe];
    struct ftp_stream *st = find_room(x);
    struct err err = ERR_INIT;

    if (st == NULL) {
        err_set(&err, ERR_LIMIT, "more than %d data connections",
                FTP_STREAMS_MAX);
        ftp_xfer_fail(x, FTP_FAULT_CONNECT, &err);
        return -1;
    }
    if (x->wake < 0) {
        x->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        x->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    take_room(x, st);
    *st = (struct ftp_stream){ .x = x, .conn = *c, .fd = c->fd };
    st->first = stripe->streams == 0;
    st->connector = c->fd < 0;
    st->secured = secured;
    /* An unauthenticated connection counts if it has unread data. */
    st->ready =
        secured || (x->mode_e && x->receiving && x->d->dcau == FTP_DCAU_NONE);
    if (x->mode_e)
        st->conn.moved = &x->moved;
    count_stream(x, st, true);
    if (make_thread(st, &err) == 0) {
        stripe->streams++;
        return 0;
    }
    count_stream(x, st, false);
    ftp_conn_close(&st->conn, false);
    ftp_xfer_fail(x, FTP_FAULT_CONNECT, &err);
    return -1;
}

/* Forget kept connections that the client has closed. */
static void
drop_dead(struct ftp_data *d)
{
    size_t i, n = 0;

    for (i = 0; i < d->nkept; i++)
        if (ftp_data_is_alive(&d->kept[i]))
            d->kept[n++] = d->kept[i];
        else
            ftp_conn_close(&d->kept[i], false);
    d->nkept = n;
}

/* Start all connections of the last file, and new ones up to the parallelism,
 * however little there is to send: blocks do not name their file, so a
 * pipelining client separates files only by the end-of-data marker that every
 * connection brings for each file. */
static void
start_sending(struct ftp_xfer *x)
{
    struct ftp_data *d = x->d;
    struct ftp_conn kept[FTP_STREAMS_MAX], fresh = { .fd = -1 };
    size_t n, i;

    drop_dead(d);
    ftp_stripe_plan(x);
    n = d->nkept;
    memcpy(kept, d->kept, sizeof(kept));
    d->nkept = 0;
    for (i = 0; i < n; i++)
        start_stream(x, &kept[i], true);
    if (d->nport == 0 && !x->mode_e)
        return; /* the client will connect */
    for (i = 0; i < x->nstripe; i++) {
        fresh.stripe = i;
        while (x->stripe[i].streams < x->stripe[i].planned &&
               start_stream(x, &fresh, false) == 0)
            continue;
    }
}

/* Start the kept connections, which may bring the next file; new ones may
 * follow. */
static void
start_receiving(struct ftp_xfer *x)
{
    struct ftp_data *d = x->d;
    struct ftp_conn kept[FTP_STREAMS_MAX], fresh = { .fd = -1 };
    size_t n = d->nkept, i;

    memcpy(kept, d->kept, sizeof(kept));
    d->nkept = 0;
    for (i = 0; i < n; i++)
        start_stream(x, &kept[i], true);
    if (!x->mode_e && d->nport > 0)
        start_stream(x, &fresh, false);
}

/* Whether a data connection is possible. -1 with ERR. */
static int
check_way(const struct ftp_data *d, bool receiving, struct err *err)
{
    if (d->nlisten == 0 && d->nport == 0 && d->nkept == 0)
        return err_set(err, ERR_PROTOCOL, "use PORT or PASV first");
    if (d->mode_e && receiving && d->nport > 0)
        return err_set(err, ERR_PROTOCOL,
                       "in MODE E the receiver listens: use PASV");
    if (d->mode_e && !receiving && d->nlisten > 0)
        return err_set(err, ERR_PROTOCOL,
                       "in MODE E the sender connects: use PORT");
    return 0;
}

int
ftp_xfer_check(const struct ftp_data *d, bool receiving, struct err *err)
{
    if (!d->delayed && check_way(d, receiving, err) < 0)
        return -1;
    return ftp_data_check(d, err);
}

/* Whether to accept more connections.  In MODE S also while one is
 * unauthenticated, because it may be a stranger's and the client's may
 * follow. */
static bool
wants_connections(struct ftp_xfer *x)
{
    bool open;

    if (x->d->nlisten == 0 || find_room(x) == NULL)
        return false;
    lock_take(&x->lock);
    open = x->mode_e ? x->receiving && !x->done : !x->claimed;
    lock_release(&x->lock);
    return open;
}

/* Accept a connection on listener I. */
static void
accept_one(struct ftp_xfer *x, size_t i)
{
    struct err err = ERR_INIT;
    struct ftp_conn c;
    int rc = ftp_data_accept(x->d, i, &c, &err);

    if (rc > 0)
        start_stream(x, &c, false);
    else if (rc < 0)
        ftp_xfer_fail(x, FTP_FAULT_CONNECT, &err);
}

/* Do timed work: markers, and the timeout for a connection. */
static void
look_at_clock(struct ftp_xfer *x)
{
    long long now = time_mono_ms();
    struct err err = ERR_INIT;
    size_t running;

    lock_take(&x->lock);
    running = x->running;
    lock_release(&x->lock);
    if (running > 0)
        x->idle_ms = now;
    if (now - x->idle_ms >= x->timeout_ms) {
        err_set(&err, ERR_TIMEOUT, "no data connection for %d s",
                x->timeout_ms / 1000);
        ftp_xfer_fail(x, FTP_FAULT_CONNECT, &err);
    }
    if (x->receiving && x->mode_e)
        ftp_marker_look(x, now);
}

/* Stop streams from waiting for data that will not come, and close connections
 * that never authenticated. */
static void
dismiss(struct ftp_xfer *x)
{
    uint64_t one = 1;
    size_t i;

    if (x->dismissed)
        return;
    x->dismissed = true;
    (void)!write(x->stop, &one, sizeof(one));
    for (i = 0; i < x->nstream; i++)
        if (!x->stream[i].ready && x->stream[i].fd >= 0) {
            x->stream[i].dismissed = true;
            shutdown(x->stream[i].fd, SHUT_RDWR);
        }
}

/* Whether the transfer is over.  Until every thread has ended, ABOR and the
 * client's end are checked. */
static bool
is_over(struct ftp_xfer *x)
{
    bool over;

    lock_take(&x->lock);
    if (x->fault != FTP_FAULT_NONE) {
        over = true;
    } else if (x->mode_e && !x->receiving) {
        over = x->nstream > 0 && x->running == 0;
    } else {
        over = x->done && x->running == 0;
        if (x->done && !over)
            dismiss(x);
    }
    lock_release(&x->lock);
    return over;
}

/* Wait for the next event, at most until the next marker. */
static void
wait_for_news(struct ftp_xfer *x)
{
    struct pollfd p[2 + FTP_STRIPES_MAX] = {
        { .fd = x->wake, .events = POLLIN },
        { .fd = x->s->wire, .events = POLLIN },
    };
    size_t i, n = wants_connections(x) ? x->d->nlisten : 0;
    uint64_t count;

    ftp_reply_flush(x->s);
    if (x->s->in.len >= FTP_AHEAD_MAX)
        p[1].fd = -1;
    for (i = 0; i < n; i++)
        p[2 + i] = (struct pollfd){ .fd = x->d->listener[i], .events = POLLIN };
    if (poll(p, 2 + n, 1000) < 0 && errno != EINTR)
        return;
    if (p[0].revents != 0)
        (void)!read(x->wake, &count, sizeof(count));
    if (p[1].revents != 0)
        ftp_xfer_look(x);
    for (i = 0; i < n; i++)
        if (p[2 + i].revents != 0 && wants_connections(x))
            accept_one(x, i);
    /* The last stream may have ended just now. */
    if (!is_over(x))
        look_at_clock(x);
}

/* Join every thread; keep the connections that can serve the next file. */
static void
gather(struct ftp_xfer *x)
{
    struct ftp_data *d = x->d;
    uint64_t one = 1;
    bool failed = ftp_xfer_has_failed(x);
    size_t i;

    if (x->stop >= 0)
        (void)!write(x->stop, &one, sizeof(one));
    lock_take(&x->lock);
    for (i = 0; failed && i < x->nstream; i++)
        if (x->stream[i].fd >= 0)
            ftp_conn_break(x->stream[i].fd);
    lock_release(&x->lock);
    for (i = 0; i < x->nstream; i++) {
        struct ftp_stream *st = &x->stream[i];

        if (st->threaded)
            pthread_join(st->thread, NULL);
        failed = failed || ftp_xfer_has_failed(x);
        st->conn.moved = NULL;
        if (x->mode_e && st->keep && !failed && d->nkept < FTP_STREAMS_MAX)
            d->kept[d->nkept++] = st->conn;
        else
            ftp_conn_close(&st->conn, !failed);
    }
}

/* Run the transfer from the first byte to the last. */
static void
move(struct ftp_xfer *x)
{
    if (x->receiving && !ftp_quick_receive(x))
        start_receiving(x);
    else if (!x->receiving && !ftp_quick_send(x))
        start_sending(x);
    while (!is_over(x))
        wait_for_news(x);
    gather(x);
}

/* In MODE S closing the connection ends the file, but so does the death of the
 * sender.  Fewer bytes than ALLO announced are an incomplete file: the sender
 * may be a server whose death its client has not noticed yet.  Without an
 * announcement the sender is taken to be the client, whose control connection
 * then ends at about the same time: wait for that. */
static void
doubt_end(struct ftp_xfer *x)
{
    int64_t announced = x->s->allo;
    long long end = time_mono_ms() + UNTOLD_MS, left;
    struct err err = ERR_INIT;

    if (announced >= 0) {
        if (x->base + x->came >= announced)
            return;
        err_set(&err, ERR_CANCELLED,
                "the data ended after %lld bytes of %lld that ALLO announced",
                (long long)(x->base + x->came), (long long)announced);
        ftp_xfer_fail(x, FTP_FAULT_DATA, &err);
        return;
    }
    while ((left = end - time_mono_ms()) > 0 && x->s->in.len < FTP_AHEAD_MAX)
        if (ftp_session_read(x->s, (int)left) < 0) {
            err_set(&err, ERR_CANCELLED,
                    "the client has closed the connection");
            ftp_xfer_fail(x, FTP_FAULT_ABORT, &err);
            return;
        }
}

int
ftp_xfer_run(struct ftp_xfer *x)
{
    struct err err = ERR_INIT;

    x->began_ms = x->idle_ms = time_mono_ms();
    x->flow.at = x->receiving ? x->base : x->begin;
    atomic_store(&x->moved, x->began_ms);
    if (check_way(x->d, x->receiving, &err) < 0 ||
        ftp_data_prepare(x->d, &err) < 0) {
        ftp_xfer_fail(x, FTP_FAULT_CONNECT, &err);
        return -1;
    }
    ftp_stripe_plan(x);
    ftp_reply(x->s, 150, "%s", x->opening);
    if (x->receiving && x->mode_e)
        ftp_marker_begin(x);
    move(x);
    if (x->receiving && !x->mode_e && x->fault == FTP_FAULT_NONE)
        doubt_end(x);
    /* A client that is still connected continues after what has arrived. */
    if (x->receiving && x->mode_e &&
        (x->fault == FTP_FAULT_DATA || x->fault == FTP_FAULT_FILE))
        ftp_marker_end(x, true);
    if (x->fault != FTP_FAULT_NONE)
        return -1;
    if (x->receiving && x->mode_e)
        ftp_marker_end(x, false);
    return 0;
}
