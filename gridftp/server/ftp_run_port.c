/* gridftp/server/ftp_run_port.c - PASV, EPSV, SPAS, PORT, EPRT, SPOR (RFC 959,
 * 2428, GFD.20). */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "gridftp/server/ftp_port.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"

#define LOWEST_PORT 1024

/* Open N new listeners; replies on failure. */
static int
listen_again(struct ftp_session *s, size_t n)
{
    struct err err = ERR_INIT;

    ftp_data_reset(&s->data);
    if (ftp_data_listen(&s->data, n, &err) == 0)
        return 0;
    ftp_reply_err(s, 425, &err);
    return -1;
}

/* If the client allows it, reply without an address, which is announced when
 * the transfer begins.  Returns whether it did. */
static bool
delay(struct ftp_session *s, bool epsv)
{
    if (!s->data.allow_delayed)
        return false;
    ftp_data_reset(&s->data);
    s->data.delayed = true;
    s->data.delayed_epsv = epsv;
    ftp_reply(s, 200, "Passive delayed.");
    return true;
}

void
ftp_run_pasv(struct ftp_session *s, char *arg)
{
    struct buf b = BUF_INIT;
    struct net_addr a;

    (void)arg;
    if (s->data.epsv_all) {
        ftp_reply(s, 501, "Only EPSV after EPSV ALL.");
        return;
    }
    if (delay(s, false) || listen_again(s, 1) < 0)
        return;
    ftp_data_named(&s->data, 0, &a);
    if (ftp_port_text(&a, &b) < 0)
        ftp_reply(s, 522, "This is not an IPv4 session: use EPSV.");
    else
        ftp_reply(s, 227, "Entering Passive Mode (%s)", buf_str(&b));
    buf_fini(&b);
}

void
ftp_run_spas(struct ftp_session *s, char *arg)
{
    struct buf b = BUF_INIT;
    struct net_addr a;
    size_t i;
    int rc = 0;

    (void)arg;
    if (listen_again(s, (size_t)conf_num(s->conf, CONF_gridftp_stripes)) < 0)
        return;
    buf_adds(&b, "229-Entering Striped Passive Mode.\r\n");
    for (i = 0; i < s->data.nlisten && rc == 0; i++) {
        ftp_data_named(&s->data, i, &a);
        buf_addc(&b, ' ');
        rc = ftp_port_text(&a, &b);
        buf_adds(&b, "\r\n");
    }
    buf_adds(&b, "229 End\r\n");
    if (rc < 0)
        ftp_reply(s, 522, "This is not an IPv4 session: use EPSV.");
    else
        ftp_reply_text(s, &b);
    buf_fini(&b);
}

void
ftp_run_epsv(struct ftp_session *s, char *arg)
{
    char host[NET_TEXT];
    int family = strchr(net_host_text(&s->who->local, host), ':') ? 2 : 1;

    if (strcasecmp(arg, "ALL") == 0) {
        s->data.epsv_all = true;
        ftp_reply(s, 229, "EPSV ALL Successful.");
        return;
    }
    if (*arg != '\0' && (strlen(arg) != 1 || *arg - '0' != family)) {
        ftp_reply(s, 522, "Network protocol not supported, use (%d)", family);
        return;
    }
    if (!delay(s, true) && listen_again(s, 1) == 0)
        ftp_reply(s, 229, "Entering Extended Passive Mode (|||%u|)",
                  net_port(&s->data.listen_at[0]));
}

/* Add A as an address to connect to.  Refuse now what can never be allowed;
 * DCAU may still change before the transfer. */
static int
add_port(struct ftp_session *s, const struct net_addr *a)
{
    struct ftp_data *d = &s->data;

    if (d->nport >= FTP_STRIPES_MAX) {
        ftp_reply(s, 501, "At most %d addresses.", FTP_STRIPES_MAX);
        return -1;
    }
    if (net_port(a) < LOWEST_PORT) {
        ftp_reply(s, 501, "Illegal PORT command: ports below %d are refused.",
                  LOWEST_PORT);
        return -1;
    }
    if (!net_same_host(a, &s->who->peer) &&
        strcmp(conf_str(s->conf, CONF_gridftp_third_party), "dcau") != 0) {
        ftp_reply(s, 501, "Illegal PORT command: not your own address.");
        return -1;
    }
    d->port[d->nport++] = *a;
    return 0;
}

void
ftp_run_port(struct ftp_session *s, char *arg)
{
    const char *p = arg;
    struct net_addr a;

    ftp_data_reset(&s->data);
    if (s->data.epsv_all || ftp_port_parse(&p, &a, NULL) < 0 || *p != '\0') {
        ftp_reply(s, 501, "Illegal PORT command.");
        return;
    }
    if (add_port(s, &a) == 0)
        ftp_reply(s, 200, "PORT Command successful.");
}

void
ftp_run_eprt(struct ftp_session *s, char *arg)
{
    struct err err = ERR_INIT;
    struct net_addr a;

    ftp_data_reset(&s->data);
    if (s->data.epsv_all || ftp_port_parse_eprt(arg, &a, &err) < 0) {
        if (err.code == ERR_UNSUPPORTED)
            ftp_reply(s, 522, "%s", err.text);
        else
            ftp_reply(s, 501, "Illegal EPRT command.");
        return;
    }
    if (add_port(s, &a) == 0)
        ftp_reply(s, 200, "EPRT Command successful.");
}

void
ftp_run_spor(struct ftp_session *s, char *arg)
{
    const char *p = arg;
    struct net_addr a;

    ftp_data_reset(&s->data);
    do {
        p += strspn(p, " ");
        if (ftp_port_parse(&p, &a, NULL) < 0) {
            ftp_data_reset(&s->data);
            ftp_reply(s, 501, "Illegal SPOR command.");
            return;
        }
        if (add_port(s, &a) < 0) {
            ftp_data_reset(&s->data);
            return;
        }
        p += strspn(p, " ");
    } while (*p != '\0');
    ftp_reply(s, 200, "SPOR Command successful.");
}
