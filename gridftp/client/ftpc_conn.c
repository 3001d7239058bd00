/* gridftp/client/ftpc_conn.c - see ftpc_conn.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/net.h"
#include "gridftp/client/ftpc_conn.h"
#include "gsi/names/dn.h"

/* A TLS record (RFC 8446 s.5.1, s.5.2). */
#define RECORD_HEAD 5
#define RECORD_MAX  (16384 + 256)

/* Check the peer's identity as DCAU requires. */
static int
check_peer(const struct peer *peer, const struct ftpc_conn_how *how,
           struct err *err)
{
    struct dn dn = { 0 };
    bool same;

    if (peer == NULL)
        return err_set(err, ERR_AUTHN,
                       "the data channel's peer sent no certificate");
    if (dn_parse(peer->identity, &dn, err) < 0)
        return -1;
    same = how->identity != NULL && dn_matches_text(&dn, how->identity);
    dn_fini(&dn);
    if (same)
        return 0;
    return err_set(err, ERR_AUTHN, "the data channel's peer is '%s', not '%s'",
                   peer->identity, how->identity != NULL ? how->identity : "");
}

/* Feed the record just read (none at first) to the GSI handshake. */
static int
gsi_token(struct ftpc_conn *conn, const struct ftpc_conn_how *how,
          struct err *err)
{
    int rc = gss_step(conn->gss, conn->token.data, conn->token.len,
                      &conn->answer, err);

    buf_clear(&conn->token);
    if (rc > 0)
        rc = check_peer(gss_peer(conn->gss), how, err) == 0 ? 1 : -1;
    if (rc > 0)
        conn->proven = true;
    return rc;
}

/* Send pending tokens. 1 all sent, 0 not yet, -1 with ERR. */
static int
send_answer(struct ftpc_conn *conn, struct err *err)
{
    ssize_t n;

    while (conn->answer.len > 0) {
        n = send(conn->fd, conn->answer.data, conn->answer.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            conn->want = POLLOUT;
            return 0;
        }
        if (n < 0)
            return err_set(err, ERR_IO, "data channel: %s", strerror(errno));
        buf_drop(&conn->answer, (size_t)n);
    }
    conn->want = POLLIN;
    return 1;
}

/* Read one whole record and no byte more, because clear data may follow. 1, 0
 * incomplete, -1 with ERR. */
static int
read_record(struct ftpc_conn *conn, struct err *err)
{
    const unsigned char *p;
    size_t need = RECORD_HEAD;
    ssize_t n;

    for (;;) {
        if (conn->token.len >= RECORD_HEAD) {
            p = (const unsigned char *)conn->token.data;
            need = RECORD_HEAD + ((size_t)p[3] << 8 | p[4]);
            if (p[0] < 20 || p[0] > 26 || p[1] != 3 ||
                need > RECORD_HEAD + RECORD_MAX)
                return err_set(err, ERR_PROTOCOL,
                               "the data channel's peer does not speak GSI");
            if (conn->token.len == need)
                return 1;
        }
        n = recv(conn->fd, buf_reserve(&conn->token, need - conn->token.len),
                 need - conn->token.len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0)
            return err_set(err, ERR_IO,
                           "data channel: %s during authentication",
                           n == 0 ? "closed by the peer" : strerror(errno));
        conn->token.len += (size_t)n;
    }
}

/* DCAU with PROT C: exchange tokens, then continue in the clear. */
static int
step_gsi(struct ftpc_conn *conn, const struct ftpc_conn_how *how,
         struct err *err)
{
    int rc;

    for (;;) {
        rc = send_answer(conn, err);
        if (rc <= 0 || conn->proven)
            break;
        rc = read_record(conn, err);
        if (rc <= 0)
            break;
        rc = gsi_token(conn, how, err);
        if (rc < 0) { /* send the alert, which tells the peer why */
            send_answer(conn, NULL);
            break;
        }
    }
    if (rc <= 0)
        return rc;
    gss_destroy(conn->gss);
    conn->gss = NULL;
    conn->ready = true;
    return 1;
}

static int
step_tls(struct ftpc_conn *conn, const struct ftpc_conn_how *how,
         struct err *err)
{
    int rc = tls_handshake(conn->tls, err);

    if (rc < 0)
        return -1;
    conn->want = rc == TLS_WANT_WRITE ? POLLOUT : POLLIN;
    if (rc != TLS_DONE)
        return 0;
    if (check_peer(tls_peer(conn->tls), how, err) < 0)
        return -1;
    conn->ready = true;
    return 1;
}

int
ftpc_conn_step(struct ftpc_conn *conn, const struct ftpc_conn_how *how,
               struct err *err)
{
    int rc = 1;

    if (conn->gss != NULL)
        rc = step_gsi(conn, how, err);
    else if (!conn->ready)
        rc = step_tls(conn, how, err);
    return rc < 0 ? err_wrap(err, "data channel authentication") : rc;
}

/* Set up the security that HOW requires; the connector begins the handshake. */
static int
begin(struct ftpc_conn *conn, const struct ftpc_conn_how *how, struct err *err)
{
    if (how->dcau == 'N') {
        conn->ready = true;
        return 0;
    }
    if (how->prot != 'C')
        return tls_create(how->ctx, conn->fd, NULL, &conn->tls, err);
    if (!how->connector)
        return gss_accept_create(how->ctx, 0, &conn->gss, err);
    if (gss_init_create(how->ctx, NULL, GSS_DELEG_NONE, NULL, &conn->gss, err) <
        0)
        return -1;
    return gsi_token(conn, how, err) < 0 ? -1 : 0;
}

struct ftpc_conn *
ftpc_conn_create(int fd, const struct ftpc_conn_how *how, struct err *err)
{
    struct ftpc_conn *conn = xcalloc(1, sizeof(*conn));

    conn->fd = fd;
    conn->want = how->connector ? POLLOUT : POLLIN;
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
        err_set(err, ERR_IO, "data channel: %s", strerror(errno));
    else if (begin(conn, how, err) == 0)
        return conn;
    ftpc_conn_destroy(conn);
    return NULL;
}

void
ftpc_conn_destroy(struct ftpc_conn *conn)
{
    int saved = errno;

    if (conn == NULL)
        return;
    if (conn->guarded) /* before TLS can announce the end */
        ftpc_conn_reset(conn);
    tls_destroy(conn->tls);
    gss_destroy(conn->gss);
    buf_fini(&conn->token);
    buf_fini(&conn->answer);
    close(conn->fd);
    free(conn->buf);
    free(conn);
    errno = saved;
}

void
ftpc_conn_reset(struct ftpc_conn *conn)
{
    net_reset(conn->fd);
}

ssize_t
ftpc_conn_recv(struct ftpc_conn *conn, void *p, size_t n)
{
    enum tls_want want;
    ssize_t got;

    do
        got = conn->tls != NULL ? tls_read(conn->tls, p, n, &want)
                                : recv(conn->fd, p, n, 0);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        conn->eof = true;
    return got;
}

ssize_t
ftpc_conn_send(struct ftpc_conn *conn, const void *p, size_t n)
{
    enum tls_want want;
    ssize_t put;

    do
        put = conn->tls != NULL ? tls_write(conn->tls, p, n, &want)
                                : send(conn->fd, p, n, MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    return put;
}

int
ftpc_conn_failure(const struct ftpc_conn *conn, struct err *err)
{
    if (conn->tls != NULL && tls_failure(conn->tls, err) < 0 && err != NULL &&
        err->code != ERR_OK) {
        if (err->code == ERR_IO)
            err->code = ERR_UNREACHABLE;
        return err_wrap(err, "data channel");
    }
    return err_set(err, ERR_UNREACHABLE, "the data connection was lost: %s",
                   strerror(errno));
}

bool
ftpc_conn_pending(const struct ftpc_conn *conn)
{
    return conn->tls != NULL && conn->ready && tls_pending(conn->tls) > 0;
}

void
ftpc_conn_guard(struct ftpc_conn *conn)
{
    conn->guarded = true;
    net_reset_on_close(conn->fd, true);
}

void
ftpc_conn_end(struct ftpc_conn *conn)
{
    if (conn->guarded)
        net_reset_on_close(conn->fd, false);
    conn->guarded = false;
    if (conn->tls != NULL) {
        tls_destroy(conn->tls);
        conn->tls = NULL;
    }
    shutdown(conn->fd, SHUT_WR);
}
