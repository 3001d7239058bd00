/* gridftp/client/ftpc_listen.c - where the server must connect for data: port
 * and address, which a site sets in the environment as for Globus' programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gridftp/client/ftpc_session.h"

#define LISTEN_MANY 64

/* Listen on A, on a port of RANGE. */
static int
listen_in(const struct net_ports *range, struct net_addr *a, struct err *err)
{
    unsigned port;
    int fd = -1;

    for (port = range->low; fd < 0 && port <= range->high; port++) {
        struct err why = ERR_INIT;

        net_set_port(a, port);
        fd = net_listen(a, LISTEN_MANY, &why);
        if (fd < 0 && (port == range->high || errno != EADDRINUSE))
            return err_set(err, why.code, "%s", why.text);
    }
    return fd;
}

/* The address from the environment to announce to servers, of the family of A:
 * 1 and *a, 0 when not set, -1 with ERR. */
static int
from_environment(struct net_addr *a, struct err *err)
{
    static const char *const names[] = { "GLOBUS_FTP_CLIENT_DATA_IP",
                                         "GLOBUS_HOSTNAME" };
    const char *value;
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        value = getenv(names[i]);
        if (value == NULL || *value == '\0')
            continue;
        if (net_lookup(value, a->sa.ss_family, a, err) < 0)
            return err_wrap(err, "the environment's %s", names[i]);
        return 1;
    }
    return 0;
}

int
ftpc_listen(const struct ftpclient *c, struct net_addr *named, struct err *err)
{
    struct net_addr at = c->own, all = { .len = c->own.len };
    struct net_ports range;
    int told, fd;

    *named = c->own;
    told = from_environment(named, err);
    if (told < 0 || net_ports_env("GLOBUS_TCP_PORT_RANGE", &range, err) < 0)
        return -1;
    all.sa.ss_family = c->own.sa.ss_family;
    if (told > 0) /* an address of another of our interfaces, or one that is
                     forwarded to us */
        at = all;
    fd = listen_in(&range, &at, err);
    net_set_port(named, net_port(&at));
    return fd;
}
