/* clients/gridcp/gridcp_spare.c - see gridcp_spare.h. */
#include <pthread.h>

#include "clients/gridcp/gridcp_spare.h"
#include "clients/gridcp/gridcp_worker.h"

/* A thread's result is the session. */
static void *
open_spare(void *arg)
{
    struct gridcp_spare *s = arg;
    struct ftpclient_how how = { .mode = FTPCLIENT_EXTENDED };
    struct ftpclient_first first = { .how = &how, .put = !s->source };
    struct gridcp *g = s->g;
    bool plain = g->o.ascii || g->strange || g->o.parallel > 0 || g->o.stripe;
    struct ftpclient *c = NULL;

    gridcp_session_open(g, s->site, s->source, true, plain ? NULL : &first, &c,
                        NULL);
    s->over = true;
    return c;
}

void
gridcp_spare_order(struct gridcp *g, struct gridcp_site *site, bool source)
{
    struct gridcp_spare *s = &g->spare[source ? 0 : 1];

    if (!gridcp_place_ftp(site) || g->o.dry_run || g->o.dump_only != NULL)
        return;
    lock_take(&g->lock);
    if (!s->ordered) {
        s->ordered = true;
        s->g = g;
        s->site = site;
        s->source = source;
        s->waits = pthread_create(&s->thread, NULL, open_spare, s) == 0;
    }
    lock_release(&g->lock);
}

struct ftpclient *
gridcp_spare_take(struct gridcp *g, const struct gridcp_site *site, bool source)
{
    struct gridcp_spare *s = &g->spare[source ? 0 : 1];
    void *c = NULL;
    bool mine;

    lock_take(&g->lock);
    mine = s->waits && s->site == site;
    if (mine)
        s->waits = false;
    lock_release(&g->lock);
    if (mine)
        pthread_join(s->thread, &c);
    return c;
}

bool
gridcp_spare_end(struct gridcp *g)
{
    struct gridcp_spare *s;
    bool over = true;

    for (s = g->spare; s < g->spare + 2; s++) {
        if (!s->waits)
            continue;
        if (s->over)
            ftpclient_close(gridcp_spare_take(g, s->site, s->source));
        else
            over = false;
    }
    return over;
}
