/* gsi/check/check_url.c - see check_url.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "gsi/check/check_url.h"

char *
check_url_host(const char *url, unsigned *port)
{
    const char *host = strstr(url, "://"), *end;

    *port = strncasecmp(url, "gsiftp", 6) == 0 ? 2811 : 443;
    host = host != NULL ? host + 3 : url;
    if (*host == '[') {
        host++;
        end = host + strcspn(host, "]");
        if (*end == ']' && end[1] == ':')
            *port = (unsigned)strtoul(end + 2, NULL, 10);
    } else {
        end = host + strcspn(host, ":/?");
        if (*end == ':')
            *port = (unsigned)strtoul(end + 1, NULL, 10);
    }
    return xasprintf("%.*s", (int)(end - host), host);
}
