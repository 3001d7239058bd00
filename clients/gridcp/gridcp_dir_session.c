/* clients/gridcp/gridcp_dir_session.c - the sessions for listing directories;
 * see gridcp_walk.h. */
#include "base/codec.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_spare.h"
#include "clients/gridcp/gridcp_walk.h"

/* Open a session with SITE with the retries of a file; for -list, which has no
 * queue, only one try. */
static int
open_session(struct gridcp *g, struct gridcp_site *site, bool source,
             const struct ftpclient_first *first, struct ftpclient **c,
             struct err *err)
{
    const struct gridcp_task t = { .src.url = site->prefix,
                                   .dst.url = site->prefix,
                                   .size = -1 };
    struct gridcp_retry retry = { 0 };
    long long delay_ms, end;
    struct err why;

    for (;;) {
        why = (struct err)ERR_INIT;
        if (gridcp_session_open(g, site, source, false, first, c, &why) == 0)
            return 0;
        if (g->queue == NULL ||
            !gridcp_retry_again(g, &retry, &why, false, &delay_ms))
            break;
        gridcp_report_retry(g->report, &t, &why, delay_ms);
        end = time_mono_ms() + delay_ms;
        while (time_mono_ms() < end && !gridcp_queue_stopped(g->queue))
            gridcp_queue_wait(g->queue, (int)(end - time_mono_ms()));
        if (gridcp_queue_stopped(g->queue))
            break;
    }
    return err_set(err, why.code, "%s", why.text);
}

int
gridcp_dir_session(struct gridcp_walk *w, struct gridcp_site *site, bool source,
                   const struct ftpclient_first *first, struct ftpclient **out,
                   struct err *err)
{
    struct ftpclient **c = source ? &w->src : &w->dst;
    struct gridcp_site **of = source ? &w->src_site : &w->dst_site;

    if (*c == NULL || *of != site || !ftpclient_usable(*c)) {
        ftpclient_close(*c);
        *c = NULL;
        *of = site;
        if (open_session(w->g, site, source, first, c, err) < 0)
            return -1;
    }
    *out = *c;
    return 0;
}

void
gridcp_walk_fini(struct gridcp_walk *w)
{
    gridcp_spare_give(w->g, w->src_site, true, w->src);
    gridcp_spare_give(w->g, w->dst_site, false, w->dst);
    w->src = w->dst = NULL;
}
