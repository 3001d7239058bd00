/* gridftp/server/ftp_port.c - see ftp_port.h. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/codec.h"
#include "gridftp/server/ftp_port.h"

int
ftp_port_host(const char *text, struct net_addr *a, struct err *err)
{
    bool v6 = strchr(text, ':') != NULL;
    struct err why = ERR_INIT;
    char *full = xasprintf(v6 ? "[%s]:0" : "%s:0", text);
    int rc = net_parse(full, a, &why);

    free(full);
    if (rc < 0)
        return err_set(err, ERR_CONFIG, "'%s' is not a literal address", text);
    return 0;
}

unsigned
ftp_port_random(void)
{
    unsigned n = 0;

    while (getrandom(&n, sizeof(n), 0) != (ssize_t)sizeof(n))
        continue;
    return n;
}

int
ftp_port_parse(const char **text, struct net_addr *a, struct err *err)
{
    const char *p = *text;
    unsigned part[6];
    char full[NET_TEXT];
    int i, digits;

    for (i = 0; i < 6; i++) {
        part[i] = 0;
        for (digits = 0; *p >= '0' && *p <= '9' && digits < 4; digits++)
            part[i] = part[i] * 10 + (unsigned)(*p++ - '0');
        if (digits == 0 || part[i] > 255 || (i < 5 && *p++ != ','))
            return err_set(err, ERR_SYNTAX,
                           "not an address: h1,h2,h3,h4,p1,p2");
    }
    if (*p != '\0' && *p != ' ')
        return err_set(err, ERR_SYNTAX, "not an address: h1,h2,h3,h4,p1,p2");
    snprintf(full, sizeof(full), "%u.%u.%u.%u:%u", part[0], part[1], part[2],
             part[3], part[4] * 256 + part[5]);
    *text = p;
    return net_parse(full, a, err);
}

int
ftp_port_parse_eprt(const char *text, struct net_addr *a, struct err *err)
{
    char delimiter = *text, host[NET_TEXT], port[8], full[2 * NET_TEXT];
    const char *h, *p, *end;
    bool v6;

    h = delimiter != '\0' ? strchr(text + 1, delimiter) : NULL;
    p = h != NULL ? strchr(h + 1, delimiter) : NULL;
    end = p != NULL ? strchr(p + 1, delimiter) : NULL;
    if (end == NULL || end[1] != '\0' || h != text + 2 ||
        (size_t)(p - h) > sizeof(host) || (size_t)(end - p) > sizeof(port))
        return err_set(err, ERR_SYNTAX, "not an address: |1|host|port|");
    if (text[1] != '1' && text[1] != '2')
        return err_set(err, ERR_UNSUPPORTED,
                       "Network protocol not supported, use (1,2).");
    v6 = text[1] == '2';
    snprintf(host, sizeof(host), "%.*s", (int)(p - h - 1), h + 1);
    snprintf(port, sizeof(port), "%.*s", (int)(end - p - 1), p + 1);
    snprintf(full, sizeof(full), v6 ? "[%s]:%s" : "%s:%s", host, port);
    return net_parse(full, a, err);
}

int
ftp_port_text(const struct net_addr *a, struct buf *out)
{
    char host[NET_TEXT];
    size_t i;

    net_host_text(a, host);
    if (strchr(host, ':') != NULL)
        return -1;
    for (i = 0; host[i] != '\0'; i++)
        if (host[i] == '.')
            host[i] = ',';
    buf_addf(out, "%s,%u,%u", host, net_port(a) / 256, net_port(a) % 256);
    return 0;
}
