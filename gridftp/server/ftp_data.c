/* gridftp/server/ftp_data.c - see ftp_data.h. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "gridftp/server/ftp_data.h"
#include "gridftp/server/ftp_port.h"
#include "gridftp/server/ftp_session.h"
#include "gsi/gsi_data.h"
#include "gsi/names/dn.h"

#define CONNECT_TIMEOUT_MS 30000

void
ftp_data_init(struct ftp_data *d, const struct conf *conf,
              const struct ftp_who *who, struct trust *trust)
{
    *d = (struct ftp_data){ .conf = conf,
                            .who = who,
                            .trust = trust,
                            .prot = 'C',
                            .dcau = FTP_DCAU_SELF,
                            .parallel = 1,
                            .block = FTP_BLOCK_SIZE,
                            .stripe_block = 1024 * 1024 };
}

static void
drop_contexts(struct ftp_data *d)
{
    tls_ctx_unref(d->server);
    tls_ctx_unref(d->client);
    d->server = d->client = NULL;
}

void
ftp_data_fini(struct ftp_data *d)
{
    ftp_data_reset(d);
    drop_contexts(d);
    cred_unref(d->cred);
    cred_unref(d->delegated);
    free(d->subject);
    free(d->small);
}

bool
ftp_data_is_alive(const struct ftp_conn *c)
{
    char byte;

    return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           errno == EAGAIN;
}

void
ftp_data_drop(struct ftp_data *d)
{
    size_t i;

    for (i = 0; i < d->nkept; i++)
        ftp_conn_close(&d->kept[i], true);
    d->nkept = 0;
}

void
ftp_data_reset(struct ftp_data *d)
{
    ftp_data_drop(d);
    while (d->nlisten > 0)
        close(d->listener[--d->nlisten]);
    d->nport = 0;
    d->delayed = false;
}

void
ftp_data_use(struct ftp_data *d, struct cred *cred)
{
    ftp_data_drop(d);
    drop_contexts(d);
    cred_unref(d->cred);
    if (cred == NULL)
        cred = d->delegated;
    d->cred = cred != NULL ? cred_ref(cred) : NULL;
}

static void
tune(const struct ftp_data *d, int fd)
{
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (d->sbuf > 0) {
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &d->sbuf, sizeof(d->sbuf));
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &d->sbuf, sizeof(d->sbuf));
    }
}

/* The address for listener I of N, port 0. */
static int
listen_address(const struct ftp_data *d, size_t i, size_t n, struct net_addr *a,
               struct err *err)
{
    const char *text = conf_str(d->conf, CONF_gridftp_data_address);
    size_t words = 0;

    while (conf_word(d->conf, CONF_gridftp_stripe_addresses, words) != NULL)
        words++;
    if (n > 1 && words > 0)
        text = conf_word(d->conf, CONF_gridftp_stripe_addresses, i % words);
    *a = d->who->local;
    return *text != '\0' ? ftp_port_host(text, a, err) : 0;
}

/* Add a listener on A with any port of the range. */
static int
listen_on(struct ftp_data *d, struct net_addr *a, struct err *err)
{
    struct err why = ERR_INIT;
    struct net_ports range;
    unsigned port, i, n;
    int fd = -1;

    if (net_ports_parse(conf_str(d->conf, CONF_gridftp_port_range), &range,
                        err) < 0)
        return -1;
    n = range.high - range.low + 1;
    port = range.low > 0 ? range.low + ftp_port_random() % n : 0;
    for (i = 0; i < n && fd < 0; i++) {
        why = (struct err)ERR_INIT;
        net_set_port(a, port);
        fd = net_listen(a, FTP_STREAMS_MAX, &why);
        port = port == range.high ? range.low : port + 1;
    }
    if (fd < 0)
        return err_set(err, ERR_IO, "%s", why.text);
    if (net_same_host(&d->who->peer, &d->who->local))
        net_unpace(fd);
    tune(d, fd);
    d->listen_at[d->nlisten] = *a;
    d->listener[d->nlisten++] = fd;
    return 0;
}

int
ftp_data_listen(struct ftp_data *d, size_t n, struct err *err)
{
    struct net_addr a;
    size_t i;

    for (i = 0; i < n; i++)
        if (listen_address(d, i, n, &a, err) < 0 || listen_on(d, &a, err) < 0)
            return -1;
    return 0;
}

void
ftp_data_named(const struct ftp_data *d, size_t i, struct net_addr *a)
{
    const char *text = conf_str(d->conf, CONF_gridftp_public_address);
    struct net_addr public;

    *a = d->listen_at[i];
    if (*text == '\0' || ftp_port_host(text, &public, NULL) < 0)
        return;
    net_set_port(&public, net_port(a));
    *a = public;
}

int
ftp_data_allowed(const struct ftp_data *d, const struct net_addr *a,
                 struct err *err)
{
    char text[NET_TEXT];

    if (net_same_host(a, &d->who->peer))
        return 0;
    if (strcmp(conf_str(d->conf, CONF_gridftp_third_party), "dcau") != 0)
        return err_set(err, ERR_AUTHZ,
                       "data connections are for your own host only, not %s",
                       net_host_text(a, text));
    if (d->dcau == FTP_DCAU_NONE)
        return err_set(err, ERR_AUTHZ,
                       "a data connection with another host (%s) needs "
                       "authentication: DCAU A or S",
                       net_host_text(a, text));
    return 0;
}

int
ftp_data_accept(struct ftp_data *d, size_t i, struct ftp_conn *c,
                struct err *err)
{
    struct net_addr from = { .len = sizeof(from.sa) };
    struct err why = ERR_INIT;
    char text[NET_TEXT];

    *c = (struct ftp_conn){ .fd = -1, .stripe = i };
    c->fd = accept4(d->listener[i], (struct sockaddr *)&from.sa, &from.len,
                    SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (c->fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
        return err_set(err, ERR_IO, "cannot accept: %s", strerror(errno));
    if (c->fd < 0)
        return 0;
    if (ftp_data_allowed(d, &from, &why) < 0) {
        log_event(LOG_WARNING, "ftp.data.refuse", "peer=%s why=%s",
                  net_text(&from, text), why.text);
        ftp_conn_close(c, false);
        return 0;
    }
    c->foreign = !net_same_host(&from, &d->who->peer);
    tune(d, c->fd);
    return 1;
}

int
ftp_data_connect(struct ftp_data *d, size_t i, struct ftp_conn *c, int stop_fd,
                 struct err *err)
{
    const struct net_addr *to = &d->port[i];
    int timeout = (int)conf_num(d->conf, CONF_gridftp_data_timeout) * 1000;
    struct net_ports from;
    struct net_how how = { .from = &from, .buffer = d->sbuf };

    *c = (struct ftp_conn){ .fd = -1, .stripe = i, .moved = c->moved };
    if (ftp_data_allowed(d, to, err) < 0 ||
        net_ports_parse(conf_str(d->conf, CONF_gridftp_source_range), &from,
                        err) < 0)
        return -1;
    c->fd = net_connect_until(
        to, &how, timeout < CONNECT_TIMEOUT_MS ? timeout : CONNECT_TIMEOUT_MS,
        stop_fd, err);
    if (c->fd < 0)
        return -1;
    fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) | O_NONBLOCK);
    tune(d, c->fd);
    return 0;
}

int
ftp_data_check(const struct ftp_data *d, struct err *err)
{
    /* Data that was to be private never goes in the clear. */
    if (d->dcau == FTP_DCAU_NONE && d->prot != 'C')
        return err_set(err, ERR_AUTHN,
                       "PROT %c protects nothing without data channel "
                       "authentication: say DCAU A, or PROT C",
                       d->prot);
    if (d->dcau != FTP_DCAU_NONE && d->cred == NULL &&
        d->unusable.code != ERR_OK)
        return err_set(err, ERR_AUTHN,
                       "the delegated credential cannot be used: %s",
                       d->unusable.text);
    if (d->dcau != FTP_DCAU_NONE && d->cred == NULL)
        return err_set(err, ERR_AUTHN,
                       "data channel authentication needs a delegated "
                       "credential: delegate one, or say DCAU N");
    return 0;
}

int
ftp_data_prepare(struct ftp_data *d, struct err *err)
{
    bool server = d->nlisten > 0;
    struct tls_ctx **ctx = server ? &d->server : &d->client;
    unsigned flags = TLS_GSI_DATA | TLS_NO_HOST_CHECK;

    if (ftp_data_check(d, err) < 0)
        return -1;
    if (d->dcau == FTP_DCAU_NONE || *ctx != NULL)
        return 0;
    return tls_ctx_create(server, d->cred, d->trust,
                          flags | (server ? TLS_REQUIRE_PEER : 0),
                          conf_str(d->conf, CONF_security_tls_min), ctx, err);
}

/* Check that PEER has the identity that DCAU requires. */
static int
judge(const struct ftp_data *d, const struct peer *peer, struct err *err)
{
    /* DCAU A: the peer has our identity, which DCSC may have changed. */
    const char *want =
        d->dcau == FTP_DCAU_SUBJECT ? d->subject : cred_identity(d->cred);
    struct dn a = { 0 }, b = { 0 };
    int rc = -1;

    if (peer == NULL || peer->identity == NULL)
        return err_set(err, ERR_AUTHN, "data channel: no certificate shown");
    if (dn_parse(want, &a, err) == 0 && dn_parse(peer->identity, &b, err) == 0)
        rc = dn_equal(&a, &b)
                 ? 0
                 : err_set(err, ERR_AUTHN,
                           "data channel: the peer is '%s', not '%s'",
                           peer->identity, want);
    dn_fini(&a);
    dn_fini(&b);
    return rc;
}

int
ftp_conn_secure(const struct ftp_data *d, struct ftp_conn *c, bool connector,
                struct err *err)
{
    struct tls_ctx *ctx = connector ? d->client : d->server;
    int timeout = (int)conf_num(d->conf, CONF_gridftp_data_timeout) * 1000, rc;
    struct peer peer = { 0 };

    if (d->dcau == FTP_DCAU_NONE)
        return 0;
    if (d->prot == 'C') {
        rc = gsi_data_auth(c->fd, ctx, connector, timeout, &peer, err);
        if (rc == 0)
            rc = judge(d, &peer, err);
        peer_fini(&peer);
        return rc;
    }
    if (tls_create(ctx, c->fd, NULL, &c->tls, err) < 0 ||
        tls_handshake_wait(c->tls, timeout, err) < 0)
        return -1;
    return judge(d, tls_peer(c->tls), err);
}
