/* base/net_ports.c - ranges of ports; see net.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/net.h"

int
net_ports_parse(const char *text, struct net_ports *p, struct err *err)
{
    size_t n = strcspn(text, ",- ");
    long long low = 0, high = 0;
    char first[16];

    *p = (struct net_ports){ 0, 0 };
    if (*text == '\0')
        return 0;
    snprintf(first, sizeof(first), "%.*s", (int)n, text);
    if (n >= sizeof(first) || text[n] == '\0' ||
        number_parse(first, 1, 65535, &low) < 0 ||
        number_parse(text + n + 1, low, 65535, &high) < 0)
        return err_set(err, ERR_SYNTAX, "'%s' is not LOW,HIGH", text);
    *p = (struct net_ports){ (unsigned)low, (unsigned)high };
    return 0;
}

int
net_ports_env(const char *name, struct net_ports *p, struct err *err)
{
    const char *text = getenv(name);
    struct err why = ERR_INIT;

    if (net_ports_parse(text != NULL ? text : "", p, &why) == 0)
        return 0;
    return err_set(err, ERR_CONFIG, "the environment's %s: %s", name, why.text);
}
