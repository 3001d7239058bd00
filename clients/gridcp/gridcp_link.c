/* clients/gridcp/gridcp_link.c - the sessions of a worker; see gridcp_worker.h.
 */
#include "clients/gridcp/gridcp_spare.h"
#include "clients/gridcp/gridcp_worker.h"

/* Whether W, which was our own idea, is one session too many for SITE. */
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
