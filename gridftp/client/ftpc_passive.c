/* gridftp/client/ftpc_passive.c - parse the replies to PASV, EPSV and SPAS,
 * which say where the server listens (RFC 959 s.4.1.2, RFC 2428 s.3, GFD.20
 * s.3). */
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_session.h"

/* "h1,h2,h3,h4,p1,p2", with or without parentheses. */
static int
parse_227(const char *text, struct net_addr *a, struct err *err)
{
    unsigned h[6];
    char addr[NET_TEXT];
    const char *p = strchr(text, '(');
    size_t i;

    p = p != NULL ? p + 1 : text + strcspn(text, "0123456789");
    if (sscanf(p, "%3u,%3u,%3u,%3u,%3u,%3u", &h[0], &h[1], &h[2], &h[3], &h[4],
               &h[5]) != 6)
        return err_set(err, ERR_PROTOCOL, "PASV was answered '%.80s'", text);
    for (i = 0; i < 6; i++)
        if (h[i] > 255)
            return err_set(err, ERR_PROTOCOL, "PASV was answered '%.80s'",
                           text);
    snprintf(addr, sizeof(addr), "%u.%u.%u.%u:%u", h[0], h[1], h[2], h[3],
             h[4] << 8 | h[5]);
    return net_parse(addr, a, err);
}

/* "(|||port|)" or "(|2|address|port|)". */
static int
parse_229(const char *text, const struct net_addr *control, struct net_addr *a,
          struct err *err)
{
    char copy[128], addr[160], *field[5], *p;
    const char *open = strchr(text, '(');
    size_t n = 0;
    long long port;
    char sep;

    snprintf(copy, sizeof(copy), "%.127s", open != NULL ? open + 1 : "");
    sep = copy[0];
    for (p = copy; sep != '\0' && n < 5 && p != NULL; n++) {
        field[n] = p;
        p = strchr(p, sep);
        if (p != NULL)
            *p++ = '\0';
    }
    if (n < 5 || number_parse(field[3], 1, 65535, &port) < 0)
        return err_set(err, ERR_PROTOCOL, "EPSV was answered '%.80s'", text);
    if (*field[2] == '\0') {
        *a = *control;
        net_set_port(a, (unsigned)port);
        return 0;
    }
    snprintf(addr, sizeof(addr),
             strchr(field[2], ':') != NULL ? "[%s]:%lld" : "%s:%lld", field[2],
             port);
    return net_parse(addr, a, err);
}

int
ftpc_passive_parse(int code, const char *text, const struct net_addr *control,
                   struct net_addr *a, struct err *err)
{
    return code == 229 ? parse_229(text, control, a, err)
                       : parse_227(text, a, err);
}

int
ftpc_passive_stripes(const char *text, struct net_addr *a, size_t max,
                     struct err *err)
{
    const char *line;
    size_t n = 0;

    for (line = strchr(text, '\n'); line != NULL && line[1] == ' ';
         line = strchr(line + 1, '\n')) {
        if (n == max)
            return err_set(err, ERR_LIMIT, "SPAS names more than %zu addresses",
                           max);
        if (parse_227(line + 1, &a[n++], err) < 0)
            return -1;
    }
    if (n == 0)
        return err_set(err, ERR_PROTOCOL, "SPAS was answered '%.80s'", text);
    return (int)n;
}
