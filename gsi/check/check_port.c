/* gsi/check/check_port.c - checks of -t: the addresses that the daemons listen
 * on, and the indexes that they register with. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"
#include "gsi/check/check_rows.h"
#include "gsi/check/check_url.h"

#define INDEX_MS 3000

/* Which daemon listens where. */
static const struct port {
    const char *daemon;
    enum conf_key key;
} ports[] = {
    { "gatekeeper", CONF_gatekeeper_listen },
    { "gatekeeper", CONF_gatekeeper_metrics_listen },
    { "gridftp", CONF_gridftp_listen },
    { "gridftp", CONF_gridftp_metrics_listen },
    { "mds", CONF_mds_listen },
    { "mds", CONF_mds_metrics_listen },
};
#define PORTS (sizeof(ports) / sizeof(*ports))

/* The name of P's key, "section.key"; the caller must free() it. */
static char *
key_of(const struct port *p)
{
    return xasprintf("%s.%s", conf_rows[p->key].section, conf_rows[p->key].key);
}

/* Whether A can be bound to now: 0, or -1 with errno. */
static int
try_bind(const struct net_addr *a)
{
    int on = 1, rc, keep;
    int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    rc = bind(fd, (const struct sockaddr *)&a->sa, a->len);
    keep = errno;
    close(fd);
    errno = keep;
    return rc;
}

/* Check the address AT in KEY, which this daemon will listen on. */
static void
judge_address(struct check *c, const char *key, const char *at)
{
    char name[NET_HOLDER];
    struct net_addr a;
    struct err err = ERR_INIT;
    pid_t pid;

    if (net_parse(at, &a, &err) < 0 || try_bind(&a) == 0)
        return;
    if (errno != EADDRINUSE) {
        check_say(c, CHECK_FAIL, "%s: cannot listen on '%s': %s", key, at,
                  strerror(errno));
        return;
    }
    pid = net_holder(&a, name);
    if (pid == 0)
        check_say(
            c, CHECK_WARN,
            "%s: '%s' is in use, perhaps by this daemon: 'ss -ltnp' shows it",
            key, at);
    else if (strcmp(name, c->daemon) != 0)
        check_say(c, CHECK_FAIL,
                  "%s: '%s' is in use by '%s' (pid %ld): end that, or choose "
                  "another port",
                  key, at, name, (long)pid);
}

/* Whether two listeners use the same port of the same address. */
static bool
clash(const char *x, const char *y)
{
    static const char *const all[] = { "0.0.0.0", "::" };
    char one[NET_TEXT], other[NET_TEXT];
    struct net_addr a, b;
    bool wild = false;

    if (net_parse(x, &a, NULL) < 0 || net_parse(y, &b, NULL) < 0 ||
        net_port(&a) != net_port(&b) || net_port(&a) == 0)
        return false;
    net_host_text(&a, one);
    net_host_text(&b, other);
    for (size_t i = 0; i < 2; i++)
        wild |= strcmp(one, all[i]) == 0 || strcmp(other, all[i]) == 0;
    return wild || strcmp(one, other) == 0;
}

/* Check that this host has the address HOST in KEY, the source address of
 * data. */
static void
judge_host(struct check *c, const char *key, const char *host)
{
    bool v6 = strchr(host, ':') != NULL;
    char *at = xasprintf("%s%s%s:0", v6 ? "[" : "", host, v6 ? "]" : "");
    struct net_addr a;

    if (*host != '\0' && net_parse(at, &a, NULL) == 0 && try_bind(&a) < 0)
        check_say(c, CHECK_FAIL, "%s: this host has no address '%s': %s", key,
                  host, strerror(errno));
    free(at);
}

static void
judge_data(struct check *c)
{
    const char *host;

    judge_host(c, "gridftp.data_address",
               conf_str(c->conf, CONF_gridftp_data_address));
    for (size_t i = 0;
         (host = conf_word(c->conf, CONF_gridftp_stripe_addresses, i)) != NULL;
         i++)
        judge_host(c, "gridftp.stripe_addresses", host);
}

void
check_port_listen(struct check *c)
{
    if (strcmp(c->daemon, "gridftp") == 0)
        judge_data(c);
    for (size_t i = 0; i < PORTS; i++) {
        bool ours = strcmp(ports[i].daemon, c->daemon) == 0;
        const char *at = conf_str(c->conf, ports[i].key);
        char *key = key_of(&ports[i]);

        if (ours && *at != '\0')
            judge_address(c, key, at);
        for (size_t k = 0; k < i && *at != '\0'; k++)
            if ((ours || strcmp(ports[k].daemon, c->daemon) == 0) &&
                clash(at, conf_str(c->conf, ports[k].key)))
                check_say(
                    c, CHECK_FAIL,
                    "%s and %s.%s want the same port '%s': choose another", key,
                    conf_rows[ports[k].key].section,
                    conf_rows[ports[k].key].key, at);
        free(key);
    }
}

void
check_port_index(struct check *c)
{
    enum conf_key key = strcmp(c->daemon, "gridftp") == 0
                            ? CONF_gridftp_index
                            : CONF_gatekeeper_index;
    const char *text;

    if (conf_word(c->conf, key, 0) == NULL)
        check_pass(c);
    for (size_t i = 0; (text = conf_word(c->conf, key, i)) != NULL; i++) {
        unsigned port;
        char *host = check_url_host(text, &port);
        struct err err = ERR_INIT;
        int fd = net_connect(host, port, INDEX_MS, &err);

        if (fd < 0)
            check_say(c, CHECK_WARN,
                      "%s: the registration waits until it answers", err.text);
        else
            close(fd);
        free(host);
    }
}
