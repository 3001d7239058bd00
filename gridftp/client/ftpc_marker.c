/* gridftp/client/ftpc_marker.c - see ftpc_marker.h. */
#include <string.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_marker.h"

/* " Stripe Bytes Transferred: N"; -1. */
static int64_t
perf_bytes(const char *text)
{
    static const char words[] = "Stripe Bytes Transferred:";
    const char *p = strcasestr(text, words);
    char number[24];
    long long n;
    size_t len;

    if (p == NULL)
        return -1;
    p += strlen(words);
    p += strspn(p, " ");
    len = strspn(p, "0123456789");
    if (len >= sizeof(number))
        return -1;
    memcpy(number, p, len);
    number[len] = '\0';
    return number_parse(number, 0, INT64_MAX, &n) == 0 ? n : -1;
}

void
ftpc_marker_use(const struct ftpc_reply *r, struct ranges *have, int64_t *bytes)
{
    const char *text = buf_str(&r->text), *p;
    struct ranges more = { 0 };
    int64_t n;
    size_t i;

    if (r->code == 112) {
        n = perf_bytes(text);
        if (n > *bytes)
            *bytes = n;
        return;
    }
    p = text + strcspn(text, "0123456789");
    if (r->code != 111 || have == NULL || strpbrk(p, "\n") != NULL ||
        strncasecmp(text, "Range Marker", 12) != 0)
        return;
    if (ranges_parse(p, &more, NULL) == 0)
        for (i = 0; i < more.n; i++)
            ranges_add(have, more.r[i].begin, more.r[i].end, NULL);
    ranges_fini(&more);
}
