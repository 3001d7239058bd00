/* gridftp/client/ftpc_setup.c - settings that the server needs before data
 * moves: TYPE, MODE, PBSZ, PROT, DCAU, DCSC, parallelism, addresses (RFC 959,
 * 2228, 2428, GFD.20 s.3, GFD.47 s.3). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_mover.h"
#include "gridftp/client/ftpc_stack.h"

#define PBSZ 1048576

void
ftpc_setup_drop(struct ftpclient *c)
{
    size_t i;

    for (i = 0; i < c->nconn; i++)
        ftpc_mover_drop(c->conn[i]);
    c->nconn = 0;
    if (c->listen_fd >= 0)
        close(c->listen_fd);
    c->listen_fd = -1;
    free(c->port_command);
    c->port_command = NULL;
    c->passive = false;
    c->partner = NULL;
}

/* Commands sent together, each with its subject for the error message. */
struct volley {
    char text[8][96];
    int n;
};

static void add(struct volley *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void
add(struct volley *v, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(v->text[v->n++], sizeof(v->text[0]), fmt, ap);
    va_end(ap);
}

/* Send V ahead. */
static int
send_ahead(struct ftpclient *c, const struct volley *v, struct err *err)
{
    int i;

    for (i = 0; i < v->n; i++)
        if (ftpc_ahead_send(c, err, "%s", v->text[i]) < 0)
            return -1;
    return 0;
}

/* Send all of V unless it was sent ahead, then read every reply; the first
 * refusal is the error. */
static int
fire(struct ftpclient *c, const struct volley *v, struct err *err)
{
    int i, class, rc = 0;

    if (c->ahead.n == 0 && send_ahead(c, v, err) < 0)
        return -1;
    for (i = 0; i < v->n; i++) {
        class = ftpc_ask(c, err, "%s", v->text[i]);
        if (class < 0)
            return -1;
        if (class != 2 && rc == 0)
            rc = ftpc_reply_error(&c->reply, err, "'%s' refuses '%s'",
                                  c->conf.host, v->text[i]);
    }
    return rc;
}

/* Plan the data channel's protection: exactly what was requested, or fail. */
static int
plan_security(struct ftpclient *c, struct volley *v, char *dcau, char *prot,
              struct err *err)
{
    static const char letters[] = { 'C', 'S', 'P' };

    *dcau = c->conf.no_dcau || c->conf.plain ? 'N' : 'A';
    if (c->dcau_subject != NULL)
        *dcau = 'S';
    *prot = letters[c->conf.prot];
    if (*prot != 'C' && *dcau == 'N')
        return err_set(err, ERR_USAGE,
                       "a private data channel needs authentication");
    if (*dcau != 'N' && !(c->features & FTPCLIENT_DCAU))
        return err_set(err, ERR_UNSUPPORTED,
                       "'%s' cannot authenticate data channels: -nodcau goes "
                       "without",
                       c->conf.host);
    if (*dcau == 'S' && c->dcau != 'S')
        add(v, "DCAU S %s", c->dcau_subject);
    else if (*dcau != 'S' && *dcau != c->dcau && c->features & FTPCLIENT_DCAU)
        add(v, "DCAU %c", *dcau);
    if (*prot != c->prot)
        add(v, "PBSZ %d", PBSZ);
    if (*prot != c->prot)
        add(v, "PROT %c", *prot);
    return 0;
}

/* CRED in the format of DCSC P: certificates after the key are trusted as CAs,
 * so a self-signed certificate is repeated there. */
static int
data_cred_pem(const struct cred *cred, struct buf *pem, struct err *err)
{
    if (cred_to_pem(cred, true, pem, err) < 0)
        return -1;
    if (strcmp(cred_subject(cred), cred_issuer(cred)) != 0)
        return 0;
    return cred_to_pem(cred, false, pem, err);
}

/* Send the server the credential for data connections (DCSC P). */
static int
use_data_cred(struct ftpclient *c, struct err *err)
{
    struct buf pem = BUF_INIT, text = BUF_INIT;
    int class = -1;

    if (c->conf.data_cred == NULL || c->dcsc)
        return 0;
    if (!(c->features & FTPCLIENT_DCSC))
        return err_set(err, ERR_UNSUPPORTED,
                       "'%s' accepts no credential for data channels",
                       c->conf.host);
    if (data_cred_pem(c->conf.data_cred, &pem, err) == 0) {
        base64_encode(&text, pem.data, pem.len);
        class = ftpc_ask(c, err, "DCSC P %s", buf_str(&text));
    }
    buf_wipe(&pem);
    buf_wipe(&text);
    if (class >= 0 && class != 2)
        return ftpc_reply_error(&c->reply, err,
                                "'%s' refuses the data channel's credential",
                                c->conf.host);
    c->dcsc = class == 2;
    return class < 0 ? -1 : 0;
}

bool
ftpc_setup_striped(const struct ftpclient *c, const struct ftpclient_how *how)
{
    return how->stripe && how->mode == FTPCLIENT_EXTENDED &&
           c->features & FTPCLIENT_SPAS;
}

/* Add the command for the stripe layout of a sender. */
static void
add_layout(struct ftpclient *c, const struct ftpclient_how *how,
           struct volley *v)
{
    if (!ftpc_setup_striped(c, how) || how->layout == c->layout)
        return;
    if (how->layout > 0)
        add(v, "OPTS RETR StripeLayout=Blocked;BlockSize=%lld;",
            (long long)how->layout);
    else
        add(v, "OPTS RETR StripeLayout=Partitioned;");
}

/* The settings to send to C's server for HOW. */
struct plan {
    struct volley v;
    char type, mode, dcau, prot;
    int parallel;
};

static int
plan(struct ftpclient *c, const struct ftpclient_how *how, struct plan *p,
     struct err *err)
{
    *p = (struct plan){
        .type = how->ascii ? 'A' : 'I',
        .mode = how->mode == FTPCLIENT_EXTENDED ? 'E' : 'S',
        .parallel = how->parallel > 0 ? how->parallel : 1,
    };
    if (p->mode == 'E' && !(c->features & FTPCLIENT_PARALLEL))
        return err_set(err, ERR_UNSUPPORTED, "'%s' has no MODE E",
                       c->conf.host);
    if (c->type != p->type)
        add(&p->v, "TYPE %c", p->type);
    if (c->mode != p->mode)
        add(&p->v, "MODE %c", p->mode);
    if (plan_security(c, &p->v, &p->dcau, &p->prot, err) < 0)
        return -1;
    if (p->mode == 'E' && p->parallel != c->parallel)
        add(&p->v, "OPTS RETR Parallelism=%d,%d,%d;", p->parallel, p->parallel,
            p->parallel);
    if (c->conf.tcp_buffer > 0 && !c->sbuf && c->features & FTPCLIENT_SBUF)
        add(&p->v, "SBUF %d", c->conf.tcp_buffer);
    if (p->mode != 'E')
        p->parallel = c->parallel;
    add_layout(c, how, &p->v);
    return 0;
}

/* Whether exactly V was sent ahead; otherwise the server is getting settings
 * that V does not have. */
static bool
was_foreseen(const struct ftpclient *c, const struct volley *v)
{
    const struct ftpc_ahead *a = &c->ahead;
    size_t i;

    if (a->n == 0)
        return true;
    for (i = 0; i < (size_t)v->n; i++)
        if (i == a->n || strcmp(a->text[i], v->text[i]) != 0)
            return false;
    for (; i < a->n; i++)
        if (ftpc_ahead_changes(a->text[i]))
            return false;
    return true;
}

int
ftpc_setup(struct ftpclient *c, const struct ftpclient_how *how,
           struct err *err)
{
    struct plan p;

    if (use_data_cred(c, err) < 0 ||
        (c->conf.assert_each && ftpc_stack_assert(c, err) < 0))
        return -1;
    if (plan(c, how, &p, err) < 0)
        return -1;
    if (!was_foreseen(c, &p.v) &&
        (ftpc_ahead_forget(c, err) < 0 || plan(c, how, &p, err) < 0))
        return -1;
    if (p.v.n == 0)
        return 0;
    if (c->port_command == NULL) /* otherwise the server is told below */
        ftpc_setup_drop(c);
    if (fire(c, &p.v, err) < 0) {
        c->type = c->mode = c->prot = c->dcau = '?';
        return -1;
    }
    c->type = p.type;
    c->mode = p.mode;
    c->prot = p.prot;
    c->dcau = p.dcau;
    c->parallel = p.parallel;
    c->sbuf = true;
    if (ftpc_setup_striped(c, how))
        c->layout = how->layout;
    return 0;
}

/* Whether C asks for extended addresses, which IPv6 needs. */
static bool
is_extended(const struct ftpclient *c)
{
    char host[NET_TEXT];

    return c->conf.ipv6 || strchr(net_host_text(&c->peer, host), ':') != NULL;
}

void
ftpc_port_command(const struct net_addr *a, size_t n, bool striped,
                  struct buf *out)
{
    char host[NET_TEXT], *p;
    unsigned port;
    size_t i;

    if (strchr(net_host_text(a, host), ':') != NULL) {
        buf_addf(out, "EPRT |2|%s|%u|", host, net_port(a));
        return;
    }
    buf_adds(out, striped ? "SPOR" : "PORT");
    for (i = 0; i < n; i++) {
        port = net_port(&a[i]);
        net_host_text(&a[i], host);
        for (p = host; *p != '\0'; p++)
            if (*p == '.')
                *p = ',';
        buf_addf(out, " %s,%u,%u", host, port >> 8, port & 255);
    }
}

/* Listen for the server's data connections; c->port_command tells it the
 * address. */
static int
listen_for_server(struct ftpclient *c, const struct ftpclient_how *how,
                  struct err *err)
{
    struct buf command = BUF_INIT;
    struct net_addr named;

    ftpc_setup_drop(c);
    c->listen_fd = ftpc_listen(c, &named, err);
    if (c->listen_fd < 0)
        return -1;
    if (net_same_host(&c->peer, &c->own))
        net_unpace(c->listen_fd);
    net_buffers(c->listen_fd,
                c->conf.tcp_buffer); /* inherited by accepted connections */
    ftpc_port_command(&named, 1, ftpc_setup_striped(c, how), &command);
    c->port_command = xstrdup(buf_str(&command));
    buf_fini(&command);
    return 0;
}

int
ftpc_setup_foresee(struct ftpclient *c, const struct ftpclient_how *how,
                   bool we_connect, struct err *err)
{
    struct plan p;

    if (c->conf.data_cred != NULL) /* that is sent first */
        return 0;
    /* errors are reported later, when it is needed */
    if (plan(c, how, &p, NULL) < 0)
        return 0;
    if (send_ahead(c, &p.v, err) < 0)
        return -1;
    if (ftpc_setup_striped(c, how))
        return 0;
    if (we_connect)
        return ftpc_ahead_send(c, err, is_extended(c) ? "EPSV" : "PASV");
    if (!ftpclient_reachable(c) || listen_for_server(c, how, NULL) < 0)
        return 0;
    return ftpc_ahead_send(c, err, "%s", c->port_command);
}

int
ftpc_setup_active(struct ftpclient *c, const struct ftpclient_how *how,
                  struct err *err)
{
    int rc;

    if (c->listen_fd >= 0 && c->port_command == NULL)
        return 0;
    if (c->listen_fd < 0 && listen_for_server(c, how, err) < 0)
        return -1;
    rc = ftpc_must(c, err, "%s", c->port_command);
    free(c->port_command);
    c->port_command = NULL;
    if (rc < 0)
        ftpc_setup_drop(c);
    return rc < 0 ? -1 : 0;
}

/* Ask the server where it listens; returns the number of addresses, -1 with
 * ERR. */
static int
ask_passive(struct ftpclient *c, bool striped, struct err *err)
{
    bool v6 = is_extended(c);

    if (striped && !v6)
        return ftpc_must(c, err, "SPAS") < 0
                   ? -1
                   : ftpc_passive_stripes(buf_str(&c->reply.text),
                                          c->passive_addr, FTPC_STRIPES_MAX,
                                          err);
    if (ftpc_must(c, err, v6 ? "EPSV" : "PASV") < 0 ||
        ftpc_passive_parse(c->reply.code, buf_str(&c->reply.text), &c->peer,
                           c->passive_addr, err) < 0)
        return -1;
    return 1;
}

int
ftpc_setup_passive(struct ftpclient *c, const struct ftpclient_how *how,
                   struct err *err)
{
    int i, n;

    if (c->passive)
        return 0;
    ftpc_setup_drop(c);
    n = ask_passive(c, ftpc_setup_striped(c, how), err);
    if (n < 0)
        return -1;
    /* Without authentication, an address of another host cannot be trusted. */
    for (i = 0; i < n && c->dcau == 'N'; i++) {
        unsigned port = net_port(&c->passive_addr[i]);

        c->passive_addr[i] = c->peer;
        net_set_port(&c->passive_addr[i], port);
    }
    c->npassive = (size_t)n;
    c->passive = true;
    return 0;
}
