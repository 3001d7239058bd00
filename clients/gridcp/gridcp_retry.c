/* clients/gridcp/gridcp_retry.c - see gridcp_retry.h. */
#include "clients/gridcp/gridcp_retry.h"
#include "base/codec.h"
#include "clients/gridcp/gridcp.h"

#define RETRIES   5
#define DELAY_MS  1000
#define DELAY_MAX 60000

/* Whether this failure is transient. */
static bool
passing(const struct gridcp *g, const struct err *err, bool transient)
{
    /* A command has run: repeat it only if the user wants that. */
    if ((g->stack[0].pipe || g->stack[1].pipe) && !g->o.restart)
        return false;
    switch ((int)err->code) {
    case ERR_UNREACHABLE:
    case ERR_TIMEOUT:
    case ERR_STATE: /* another process is writing the file */
        return true;
    case ERR_USAGE:
    case ERR_UNSUPPORTED:
    case ERR_CANCELLED:
        return false;
    default:
        return transient || g->o.restart;
    }
}

bool
gridcp_retry_again(const struct gridcp *g, struct gridcp_retry *r,
                   const struct err *err, bool transient, long long *delay_ms)
{
    const struct gridcp_opt *o = &g->o;
    long long retries = o->retries >= 0 ? o->retries : RETRIES;
    long long now = time_mono_ms();

    if (!passing(g, err, transient) || (retries > 0 && r->tries >= retries))
        return false;
    if (r->tries++ == 0)
        r->failed_ms = now;
    *delay_ms = DELAY_MS << (r->tries < 8 ? r->tries - 1 : 7);
    if (*delay_ms > DELAY_MAX)
        *delay_ms = DELAY_MAX;
    if (o->interval > 0)
        *delay_ms = o->interval * 1000;
    return o->rst_timeout == 0 ||
           now + *delay_ms - r->failed_ms <= o->rst_timeout * 1000;
}
