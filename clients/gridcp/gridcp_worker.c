/* clients/gridcp/gridcp_worker.c - see gridcp_worker.h. */
#include <string.h>

#include "clients/gridcp/gridcp_check.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_sync.h"
#include "clients/gridcp/gridcp_worker.h"

int
gridcp_worker_count(struct gridcp *g, int more)
{
    int n;

    lock_take(&g->lock);
    n = g->workers += more;
    lock_release(&g->lock);
    return n;
}

/* Whether T must be copied; if not, it is ended here. */
static bool
wanted(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct err err = ERR_INIT;
    int rc = 1;

    if (w->g->o.sync && !t->checked)
        rc = gridcp_sync_check(w, t, &err);
    else if (w->g->o.dry_run)
        rc = gridcp_sync_exists(t, &err);
    if (rc < 0)
        gridcp_task_end(t, &err, false, !w->retired);
    else if (rc == 0)
        gridcp_sync_skip(t, "skip");
    else if (w->g->o.dump_only != NULL)
        gridcp_sync_dump(t);
    else if (w->g->o.dry_run)
        gridcp_sync_skip(t, "would-copy");
    else
        t->checked = true;
    return rc > 0 && !w->g->o.dry_run && w->g->o.dump_only == NULL;
}

/* Whether T's ends support the requested options; if not, it is ended here. */
static bool
fits(const struct gridcp_worker *w, struct gridcp_task *t)
{
    struct err err = ERR_INIT;

    bool third = w->way == GRIDCP_THIRD;

    if (gridcp_stack_fits(t, third, &err) == 0 &&
        gridcp_check_can(w->g, t, third, &err) == 0)
        return true;
    gridcp_task_end(t, &err, false, true);
    return false;
}

/* Whether T is a dangling link; if so, it is ended here. */
static bool
is_dangling(struct gridcp_task *t)
{
    struct err err = ERR_INIT;

    if (!t->dangling)
        return false;
    err_set(&err, ERR_NOT_FOUND, "it is a symbolic link that leads nowhere");
    gridcp_task_end(t, &err, false, true);
    return true;
}

void *
gridcp_worker(void *arg)
{
    static void (*const ways[])(struct gridcp_worker *,
                                struct gridcp_task *) = {
        [GRIDCP_GET] = gridcp_get,
        [GRIDCP_PUT] = gridcp_put,
        [GRIDCP_THIRD] = gridcp_third,
        [GRIDCP_RELAY] = gridcp_relay,
    };
    struct gridcp_hand *hand = arg;
    struct gridcp_worker w = { .g = hand->g };
    struct gridcp_task *t;

    if (hand->opening) {
        gridcp_worker_ahead(&w);
        hand->opening = false;
    }
    while (!w.retired && (t = gridcp_queue_take(w.g->queue)) != NULL) {
        if (is_dangling(t) || !wanted(&w, t))
            continue;
        w.way = gridcp_mode_way(w.g, t);
        if (fits(&w, t))
            ways[w.way](&w, t);
    }
    ftpclient_close(w.link[0].c);
    ftpclient_close(w.link[1].c);
    if (!w.retired)
        gridcp_worker_count(w.g, -1);
    return NULL;
}
