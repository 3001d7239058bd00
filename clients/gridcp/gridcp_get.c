/* clients/gridcp/gridcp_get.c - copy from a GridFTP server to a local file. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/gridcp/gridcp_check.h"
#include "clients/gridcp/gridcp_dest.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_state.h"
#include "clients/gridcp/gridcp_worker.h"

/* A ftpclient_open_fn: the server has begun to send. */
static int
open_destination(struct ftpclient_xfer *x, struct err *err)
{
    struct gridcp_task *t = x->user;

    gridcp_task_begin(t);
    if (t->dst.site->scheme == GRIDCP_STREAM) {
        x->fd = STDOUT_FILENO;
        x->stream = true;
        return 0;
    }
    if (gridcp_dest_open(t, t->have.n > 0, err) < 0)
        return -1;
    if (t->g->state != NULL)
        gridcp_state_opened(t->g->state, t);
    x->fd = t->file.fd;
    x->stream = t->file.device;
    return 0;
}

/* All bytes have arrived: check them, and rename the part. */
static int
complete(struct gridcp_worker *w, struct gridcp_task *t, struct err *err)
{
    int64_t total = ranges_total(&t->have);

    if (t->whole && t->size >= 0 && total < t->size && !w->g->o.ascii &&
        !w->g->strange)
        return err_set(err, ERR_REMOTE, "only %lld of %lld bytes came",
                       (long long)total, (long long)t->size);
    if (t->whole && t->x.have != NULL && total > 0 &&
        (t->have.n != 1 || t->have.r[0].begin != 0))
        return err_set(err, ERR_REMOTE, "the received data has gaps");
    if (t->dst.site->scheme == GRIDCP_STREAM)
        return 0;
    if (w->g->o.verify && gridcp_check_get(w, t, err) < 0) {
        gridcp_file_abandon(&t->file, false);
        ranges_fini(&t->have);
        return -1;
    }
    if (w->g->state != NULL)
        gridcp_state_whole(w->g->state, t);
    return gridcp_dest_finish(t, err);
}

/* Whether MODE E, chosen automatically, failed because the server cannot
 * connect to us. */
static bool
cannot_reach_us(const struct gridcp_worker *w, const struct gridcp_task *t)
{
    return t->x.no_data && w->g->o.parallel < 0 && !w->g->o.fast &&
           !w->site->no_extended;
}

static void
end(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct err why = t->x.err;
    bool usable = ftpclient_usable(w->link[0].c), lost;

    if (why.code == ERR_OK && complete(w, t, &why) == 0) {
        gridcp_task_end(t, NULL, false, true);
        return;
    }
    lost = !usable && !t->x.begun;
    if (cannot_reach_us(w, t)) {
        w->site->no_extended = true;
        lost = true;
    }
    /* A retry would repeat the output that was not counted. */
    if ((t->dst.site->scheme == GRIDCP_STREAM || t->file.device) &&
        (t->x.have == NULL || !t->whole))
        t->spent = t->spent || t->x.begun;
    gridcp_file_abandon(&t->file, true);
    if (t->file.changed)
        ranges_fini(&t->have);
    gridcp_task_end(t, &why, t->x.transient, !lost);
}

void
gridcp_get(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct ftpclient *c = NULL;
    struct err err = ERR_INIT;
    struct gridcp_first f;

    gridcp_mode_foresee(w, t, false, &f);
    f.first.stat = gridcp_check_asks(w, t) ? t->src.path : NULL;
    if (gridcp_worker_link(w, t->src.site, true, &f.first, &c, &err) < 0 ||
        gridcp_check_source(w, t, c, &err) < 0) {
        gridcp_task_end(t, &err, false,
                        !w->retired && (c == NULL || ftpclient_usable(c)));
        return;
    }
    gridcp_mode_choose(w, t, c);
    gridcp_run(w, t, open_destination, end);
}
