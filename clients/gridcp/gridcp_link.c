/* clients/gridcp/gridcp_link.c - the sessions of a worker; see gridcp_worker.h.
 */
#include <string.h>

#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_spare.h"
#include "clients/gridcp/gridcp_worker.h"

/* Whether W, started automatically, is one session too many for SITE. */
static bool
superfluous(struct gridcp_worker *w, const struct gridcp_site *site)
{
    bool is;

    lock_take(&w->g->lock);
    is = site->reached && w->g->o.concurrency < 0 && w->g->workers > 1;
    if (is)
        w->g->workers--;
    lock_release(&w->g->lock);
    return is;
}

int
gridcp_worker_link(struct gridcp_worker *w, struct gridcp_site *site,
                   bool source, const struct ftpclient_first *first,
                   struct ftpclient **c, struct err *err)
{
    int i = source ? 0 : 1;

    if (w->link[i].c != NULL && w->link[i].site == site &&
        ftpclient_usable(w->link[i].c)) {
        *c = w->link[i].c;
        return 0;
    }
    ftpclient_close(w->link[i].c);
    w->link[i].c = NULL;
    w->link[i].site = site;
    w->link[i].c = gridcp_spare_take(w->g, site, source);
    if (w->link[i].c == NULL &&
        gridcp_session_open(w->g, site, source, true, first, &w->link[i].c,
                            err) < 0) {
        w->retired = superfluous(w, site);
        return -1;
    }
    *c = w->link[i].c;
    return 0;
}

/* The sessions that the first task in the queue needs. */
struct need {
    const struct gridcp *g;
    struct gridcp_site *site[2]; /* source, destination; NULL none */
};

/* Store its needs and leave the task in the queue. */
static bool
note_need(const struct gridcp_task *t, void *arg)
{
    enum gridcp_way way;
    struct need *need = arg;

    way = gridcp_mode_way(need->g, t);
    if (way == GRIDCP_GET || way == GRIDCP_THIRD)
        need->site[0] = t->src.site;
    if (way == GRIDCP_PUT || way == GRIDCP_THIRD)
        need->site[1] = t->dst.site;
    return false;
}

/* The same for files that will be queued soon. */
static void
note_soon(struct gridcp *g, struct need *need)
{
    lock_take(&g->lock);
    if (g->soon.files > 0)
        memcpy(need->site, g->soon.site, sizeof(need->site));
    lock_release(&g->lock);
}

void
gridcp_worker_ahead(struct gridcp_worker *w)
{
    struct need need = { .g = w->g };
    struct ftpclient_how how = { .mode = FTPCLIENT_EXTENDED };
    struct ftpclient_first first = { .how = &how };
    bool foreseen = gridcp_spare_foresees(w->g);
    struct ftpclient *c;
    int i;

    (void)gridcp_queue_take_like(w->g->queue, note_need, &need);
    if (need.site[0] == NULL && need.site[1] == NULL)
        note_soon(w->g, &need);
    first.put = need.site[0] == NULL;
    foreseen = foreseen && (first.put || need.site[1] == NULL);
    for (i = 0; i < 2 && !w->retired; i++) {
        struct err why = ERR_INIT;

        if (need.site[i] != NULL)
            (void)gridcp_worker_link(w, need.site[i], i == 0,
                                     foreseen ? &first : NULL, &c, &why);
    }
}
