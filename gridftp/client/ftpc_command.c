/* gridftp/client/ftpc_command.c - see ftpc_command.h. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_command.h"
#include "gridftp/client/ftpc_mover.h"
#include "gridftp/client/ftpc_stack.h"

/* After the server's final reply, missing data must arrive within this time. */
#define AFTER_REPLY_MS 30000
/* How often movers are polled for progress. */
#define MOVERS_LOOK_MS 100

/* Entries for poll(): these, then the data connections. */
enum {
    CONTROL,
    LISTEN,
    WAKE,
    DATA
};

bool
ftpc_command_alone(const struct ftpc_run *run, const struct ftpclient_xfer *x)
{
    return (x->have != NULL && x->have->n > 0) ||
           (run->put && run->c->nconn == 0);
}

/* The first byte of X still needed, after what has arrived already. */
static int64_t
first_wanted(const struct ftpclient_xfer *x)
{
    int64_t from = x->whole ? 0 : x->offset;
    struct range hole;

    if (x->have == NULL || !ranges_hole(x->have, from, INT64_MAX, &hole))
        return from;
    return hole.begin;
}

void
ftpc_command_bounds(const struct ftpc_run *run, const struct ftpclient_xfer *x,
                    int64_t *at, int64_t *end)
{
    *at = first_wanted(x);
    *end = -1;
    if (!x->whole && x->length >= 0)
        *end = x->offset + x->length;
    else if (run->put && x->size >= 0)
        *end = x->size;
}

int
ftpc_run_conn_how(struct ftpclient *c, bool connector,
                  struct ftpc_conn_how *how, struct err *err)
{
    struct cred *cred =
        c->conf.data_cred != NULL ? c->conf.data_cred : c->conf.cred;
    struct tls_ctx **ctx = connector ? &c->data_client : &c->data_server;
    unsigned flags = TLS_GSI_DATA;

    *how = (struct ftpc_conn_how){
        .prot = c->prot,
        .dcau = c->dcau,
        .connector = connector,
    };
    if (c->dcau == 'N')
        return 0;
    flags |= connector ? TLS_NO_HOST_CHECK : TLS_REQUIRE_PEER;
    if (*ctx == NULL && tls_ctx_create(!connector, cred, c->conf.trust, flags,
                                       "1.2", ctx, err) < 0)
        return -1;
    how->ctx = *ctx;
    how->identity = cred_identity(cred);
    return 0;
}

/* Connect to the server's listening addresses, all streams of each at once, so
 * that they exist when it replies to the command. */
static int
connect_data(struct ftpc_run *run, struct err *err)
{
    struct ftpclient *c = run->c;
    struct net_how connect = { .from = &c->source,
                               .buffer = c->conf.tcp_buffer };
    struct ftpc_conn_how how;
    struct ftpc_conn *conn;
    int fd;

    if (ftpc_run_conn_how(c, true, &how, err) < 0)
        return -1;
    while (c->nconn < (size_t)run->how.parallel * c->npassive &&
           c->nconn < FTPC_CONNS_MAX) {
        size_t stripe = c->nconn % c->npassive;

        fd = net_connect_begin(&c->passive_addr[stripe], &connect, err);
        if (fd < 0)
            return err_wrap(err, "data channel of '%s'", c->conf.host);
        conn = ftpc_conn_create(fd, &how, err);
        if (conn == NULL)
            return -1;
        conn->stripe = stripe;
        conn->connecting = true;
        if (run->put && run->how.mode == FTPCLIENT_STREAM)
            ftpc_conn_guard(conn);
        c->conn[c->nconn++] = conn;
    }
    return 0;
}

/* Make sure that data can flow: PORT for MODE E downloads, else PASV. */
static int
prepare(struct ftpc_run *run, struct err *err)
{
    struct ftpclient *c = run->c;

    if (ftpc_setup(c, &run->how, err) < 0)
        return -1;
    c->accept_err = (struct err)ERR_INIT;
    if (run->how.mode == FTPCLIENT_EXTENDED && !run->put)
        return ftpc_setup_active(c, &run->how, err);
    if (c->nconn == 0)
        c->passive = false;
    if (ftpc_setup_passive(c, &run->how, err) < 0)
        return -1;
    return connect_data(run, err);
}

/* Queue "REST .." when part of the file is there already. */
static int
restart(struct ftpc_run *run, const struct ftpclient_xfer *x, struct err *err)
{
    struct buf text = BUF_INIT;
    int class = 0;

    if (x->have == NULL || x->have->n == 0 || !x->whole)
        return 0;
    if (run->how.mode == FTPCLIENT_EXTENDED)
        ranges_text(x->have, &text);
    else if (first_wanted(x) > 0)
        buf_addf(&text, "%lld", (long long)first_wanted(x));
    if (text.len > 0)
        class = ftpc_ask(run->c, err, "REST %s", buf_str(&text));
    buf_fini(&text);
    if (class > 0 && class != 3)
        return ftpc_reply_error(&run->c->reply, err,
                                "'%s' cannot go on in the middle",
                                run->c->conf.host);
    return class < 0 ? -1 : 0;
}

/* Queue the transfer command itself. */
static int
command(struct ftpc_run *run, const struct ftpclient_xfer *x, struct err *err)
{
    struct ftpclient *c = run->c;
    struct buf text = BUF_INIT;
    int64_t at, end;
    int rc;

    ftpc_command_bounds(run, x, &at, &end);
    if (!x->whole &&
        !(c->features & (run->put ? FTPCLIENT_ESTO : FTPCLIENT_ERET)))
        return err_set(err, ERR_UNSUPPORTED,
                       "'%s' cannot transfer parts of files", c->conf.host);
    if (strcmp(run->verb, "MLSD") == 0)
        buf_addf(&text, "MLSD%s%s", *x->path != '\0' ? " " : "", x->path);
    else if (x->whole)
        ftpc_stack_command(c, run->put, x->path, &text);
    else if (run->put)
        buf_addf(&text, "ESTO A %lld %s", (long long)at, x->path);
    else
        buf_addf(&text, "ERET P %lld %lld %s", (long long)at,
                 (long long)((end < 0 ? INT64_MAX : end) - at), x->path);
    rc = ftpc_control_queue(&c->ctl, err, "%s", buf_str(&text));
    buf_fini(&text);
    return rc;
}

int
ftpc_command_send(struct ftpc_run *run, struct ftpclient_xfer *x,
                  struct err *err)
{
    x->bytes = 0;
    x->begun = x->transient = x->no_data = false;
    x->err = (struct err)ERR_INIT;
    if (run->count == 0 && prepare(run, err) < 0)
        return -1;
    if (run->put && ftpc_put_begin(run, x, err) < 0)
        return -1;
    if (restart(run, x, err) < 0 || ftpc_ahead_forget(run->c, err) < 0)
        return -1;
    return command(run, x, err);
}

/* The poll events to wait for on CONN; 0 = none. */
static short
conn_events(const struct ftpc_run *run, const struct ftpc_conn *conn)
{
    if (ftpc_mover_busy(conn->mover) || conn->eof)
        return 0;
    if (conn->connecting)
        return POLLOUT;
    if (!conn->ready)
        return conn->want;
    if (run->put)
        return ftpc_put_wants(run, conn) ? POLLOUT : 0;
    if (run->state == FTPC_SENT || conn->eod)
        return 0;
    return POLLIN;
}

/* Accept one connection on the listening socket. */
static void
accept_one(struct ftpc_run *run)
{
    struct ftpclient *c = run->c;
    struct ftpc_conn_how how;
    struct ftpc_conn *conn;
    struct net_addr a = { .len = sizeof(a.sa) };
    int fd = accept4(c->listen_fd, (struct sockaddr *)&a.sa, &a.len,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    if (c->nconn == FTPC_CONNS_MAX ||
        (c->dcau == 'N' && !net_same_host(&a, &c->peer)) ||
        ftpc_run_conn_how(c, false, &how, &c->accept_err) < 0) {
        close(fd);
        return;
    }
    conn = ftpc_conn_create(fd, &how, &c->accept_err);
    if (conn != NULL)
        c->conn[c->nconn++] = conn;
}

/* Continue CONN's handshake. -1 with ERR when it failed. */
static int
handshake(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    struct ftpc_conn_how how;
    struct err why = ERR_INIT;

    if (ftpc_run_conn_how(run->c, run->put || run->how.mode == FTPCLIENT_STREAM,
                          &how, err) < 0)
        return -1;
    if (ftpc_conn_step(conn, &how, &why) >= 0)
        return 0;
    /* A stranger's connection is not a failure.  If it was the server's, the
     * control channel reports that, with the reason stored here. */
    conn->eof = true;
    if (run->c->accept_err.code == ERR_OK)
        run->c->accept_err = why;
    return 0;
}

/* Finish CONN's connect(). -1 with ERR ends the session, because the server
 * waits for this connection. */
static int
connected(struct ftpc_run *run, struct ftpc_conn *conn, struct err *err)
{
    struct ftpclient *c = run->c;

    conn->connecting = false;
    if (net_connected(conn->fd, &c->passive_addr[conn->stripe], err) == 0)
        return 0;
    ftpc_head(run)->begun = true; /* so a retry counts as an attempt */
    return err_wrap(err, "data channel of '%s'", c->conf.host);
}

/* A connection that is not established yet; NULL. */
static const struct ftpc_conn *
late_conn(const struct ftpclient *c)
{
    size_t i;

    for (i = 0; i < c->nconn; i++)
        if (c->conn[i]->connecting)
            return c->conn[i];
    return NULL;
}

/* Handle the events that poll() returned. */
static int
after_poll(struct ftpc_run *run, const struct pollfd *p, size_t nconn,
           struct err *err)
{
    struct ftpclient *c = run->c;
    uint64_t ends;
    size_t i;

    if (p[CONTROL].revents & ~POLLOUT && ftpc_control_read(&c->ctl, err) < 0)
        return -1;
    if (p[WAKE].revents != 0)
        (void)!read(c->wake_fd, &ends, sizeof(ends));
    for (i = 0; i < nconn; i++) {
        struct ftpc_conn *conn = c->conn[i];

        if (p[DATA + i].fd < 0 || p[DATA + i].revents == 0)
            continue;
        if (conn->connecting && connected(run, conn, err) < 0)
            return -1;
        if (!conn->ready && !conn->eof && handshake(run, conn, err) < 0)
            return -1;
        conn->readable = conn->writable = conn->ready;
    }
    if (c->listen_fd >= 0 && p[LISTEN].revents != 0)
        accept_one(run);
    return 0;
}

/* Whether all data of a get has arrived and only the server's reply is missing,
 * for which it has no work left. */
static bool
awaits_reply(const struct ftpc_run *run)
{
    return !run->put && run->data_done && run->state == FTPC_BEGUN;
}

/* net_hole_hint() for data connections with the server's host. */
static const char *
hole_hint(const struct ftpclient *c)
{
    size_t i;

    for (i = 0; i < c->nconn; i++)
        if (net_hole(c->conn[i]->fd))
            return net_hole_hint(c->conn[i]->fd, &c->peer, false);
    return "";
}

/* Fail with TIMEOUT if nothing has moved for too long. */
static int
check_stall(struct ftpc_run *run, int limit_ms, struct err *err)
{
    struct ftpclient *c = run->c;
    const struct ftpc_conn *late = late_conn(c);
    char text[NET_TEXT];

    if (limit_ms < 0 || time_mono_ms() - run->moved_ms < limit_ms)
        return 0;
    c->broken = true;
    if (run->lost.code != ERR_OK)
        return err_set(err, run->lost.code, "%s", run->lost.text);
    if (late != NULL)
        return err_set(err, ERR_TIMEOUT,
                       "data channel of '%s': cannot connect to %s: no answer "
                       "for %d seconds",
                       c->conf.host,
                       net_text(&c->passive_addr[late->stripe], text),
                       limit_ms / 1000);
    if (awaits_reply(run))
        return err_set(
            err, ERR_TIMEOUT,
            "%s: all data has arrived, but no reply from '%s' for %d seconds: "
            "a firewall or NAT may have dropped the silent control connection, "
            "which keepalive probes prevent",
            ftpc_head(run)->path, c->conf.host, limit_ms / 1000);
    ftpc_head(run)->no_data = c->listen_fd >= 0 && c->nconn == 0;
    if (c->accept_err.code != ERR_OK)
        return err_set(err, c->accept_err.code, "%s", c->accept_err.text);
    return err_set(err, ERR_TIMEOUT, "%s: no data moved for %d seconds%s",
                   ftpc_head(run)->path, limit_ms / 1000, hole_hint(c));
}

/* Milliseconds without progress that are too long; -1: no limit. */
static int
poll_timeout_ms(const struct ftpc_run *run)
{
    const struct ftpclient *c = run->c;
    int limit = c->conf.stall_timeout_ms, most = INT_MAX;

    /* A server that cannot connect to us reports that late or never. */
    if ((c->listen_fd >= 0 && c->nconn == 0 && run->state != FTPC_REPLIED) ||
        late_conn(c) != NULL)
        most = c->conf.connect_timeout_ms;
    if ((run->state == FTPC_REPLIED || run->lost.code != ERR_OK) &&
        most > AFTER_REPLY_MS)
        most = AFTER_REPLY_MS;
    if (awaits_reply(run) && most > c->conf.reply_timeout_ms)
        most = c->conf.reply_timeout_ms;
    return most != INT_MAX && (limit < 0 || limit > most) ? most : limit;
}

int
ftpc_poll(struct ftpc_run *run, bool wait, struct err *err)
{
    struct ftpclient *c = run->c;
    struct pollfd p[DATA + FTPC_CONNS_MAX];
    int limit = poll_timeout_ms(run), n;
    size_t i, nconn = c->nconn;
    bool movers = false;

    p[CONTROL].fd = c->ctl.fd;
    p[CONTROL].events =
        ftpc_control_unsent(&c->ctl) ? POLLIN | POLLOUT : POLLIN;
    p[LISTEN].fd = c->listen_fd;
    p[WAKE].fd = c->wake_fd;
    p[LISTEN].events = p[WAKE].events = POLLIN;
    for (i = 0; i < nconn; i++) {
        short events = conn_events(run, c->conn[i]);

        p[DATA + i] = (struct pollfd){ .fd = events != 0 ? c->conn[i]->fd : -1,
                                       .events = events };
        movers = movers || ftpc_mover_busy(c->conn[i]->mover);
    }
    n = limit < 0 || limit > 1000 ? 1000 : limit;
    if (movers && n > MOVERS_LOOK_MS)
        n = MOVERS_LOOK_MS;
    do
        n = poll(p, DATA + nconn, wait ? n : 0);
    while (n < 0 && errno == EINTR);
    run->polled_ms = time_mono_ms();
    if (n > 0)
        return after_poll(run, p, nconn, err);
    return wait ? check_stall(run, limit, err) : 0;
}
