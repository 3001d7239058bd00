/* gridftp/client/ftpc_ascii.c - see ftpc_ascii.h. */
#include "gridftp/client/ftpc_ascii.h"

size_t
ftpc_ascii_out(unsigned char *p, size_t n)
{
    const unsigned char *from = p + n;
    size_t i, to = 0;

    for (i = 0; i < n; i++) {
        unsigned char c = from[i];

        if (c == '\n')
            p[to++] = '\r';
        p[to++] = c;
    }
    return to;
}

size_t
ftpc_ascii_in(unsigned char *p, size_t n, bool *cr)
{
    const unsigned char *from = p + 1;
    size_t i, to = 0;

    for (i = 0; i < n; i++) {
        unsigned char c = from[i];

        if (*cr && c != '\n')
            p[to++] = '\r';
        *cr = c == '\r';
        if (!*cr)
            p[to++] = c;
    }
    return to;
}
