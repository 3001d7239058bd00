/* clients/gridcp/gridcp_spare.c - see gridcp_spare.h. */
#include <pthread.h>

#include "clients/gridcp/gridcp_spare.h"
#include "clients/gridcp/gridcp_worker.h"

bool
gridcp_spare_foresees(const struct gridcp *g)
{
    const struct gridcp_opt *o = &g->o;

    return !o->ascii && !g->strange && o->parallel <= 0 && !o->stripe;
}

/* Thread; its result is the session. */
static void *
open_spare(void *arg)
{
    struct gridcp_spare *s = arg;
    struct ftpclient_how how = { .mode = FTPCLIENT_EXTENDED };
    struct ftpclient_first first = { .how = &how, .put = !s->source };
    struct gridcp *g = s->g;
    struct ftpclient *c = NULL;

    gridcp_session_open(g, s->site, s->source, true,
                        gridcp_spare_foresees(g) ? &first : NULL, &c, NULL);
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

void
gridcp_spare_give(struct gridcp *g, struct gridcp_site *site, bool source,
                  struct ftpclient *c)
{
    struct gridcp_spare *s = &g->spare[source ? 0 : 1];

    if (c == NULL || !ftpclient_usable(c) ||
        !gridcp_stack_plain(&g->stack[source ? 0 : 1])) {
        ftpclient_close(c);
        return;
    }
    lock_take(&g->lock);
    if (s->given == NULL) {
        s->given = c;
        s->given_site = site;
        c = NULL;
    }
    lock_release(&g->lock);
    ftpclient_close(c);
}

/* Take the session handed over, if it is with SITE (NULL: any). */
static struct ftpclient *
take_given(struct gridcp *g, struct gridcp_spare *s,
           const struct gridcp_site *site)
{
    struct ftpclient *c = NULL;

    lock_take(&g->lock);
    if (s->given != NULL && (site == NULL || s->given_site == site)) {
        c = s->given;
        s->given = NULL;
    }
    lock_release(&g->lock);
    return c;
}

struct ftpclient *
gridcp_spare_take(struct gridcp *g, const struct gridcp_site *site, bool source)
{
    struct gridcp_spare *s = &g->spare[source ? 0 : 1];
    void *c = take_given(g, s, site);
    bool mine;

    if (c != NULL)
        return c;
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
        ftpclient_close(take_given(g, s, NULL));
        if (!s->waits)
            continue;
        if (s->over)
            ftpclient_close(gridcp_spare_take(g, s->site, s->source));
        else
            over = false;
    }
    return over;
}
