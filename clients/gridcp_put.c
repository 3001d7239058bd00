/* clients/gridcp_put.c - from a local file to a GridFTP server. */
#include <string.h>
#include <unistd.h>

#include "base/testpoint.h"
#include "clients/gridcp_check.h"
#include "clients/gridcp_dest.h"
#include "clients/gridcp_file.h"
#include "clients/gridcp_resume.h"
#include "clients/gridcp_worker.h"

/* A ftpclient_open_fn: just before the server is asked. */
static int
open_source(struct ftpclient_xfer *x, struct err *err)
{
    struct gridcp_task *t = x->user;
    time_t mtime;

    gridcp_task_begin(t);
    if (t->src.site->scheme == GRIDCP_STREAM) {
        x->fd = STDIN_FILENO;
        x->stream = true;
        return 0;
    }
    x->fd = t->file.fd = gridcp_file_open(t->src.path, &x->size, &mtime, err);
    if (x->fd < 0)
        return -1;
    x->stream = x->size < 0;
    if (t->size < 0)
        t->size = x->size;
    return 0;
}

static void
end(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct err why = t->x.err;
    bool usable = ftpclient_usable(w->link[1].c);
    bool lost = !usable && !t->x.begun;

    if (why.code == ERR_OK)
        test_point("gridcp.stored");
    if (why.code == ERR_OK && w->g->o.verify)
        gridcp_check_put(w, t, &why);
    if (t->file.fd >= 0)
        close(t->file.fd);
    t->file.fd = -1;
    if (usable && gridcp_dest_retry(t, why.code))
        lost = true;
    gridcp_task_end(t, &why, t->x.transient, !lost);
}

void
gridcp_put(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct ftpclient *c = NULL;
    struct err err = ERR_INIT;
    int there;

    if (gridcp_worker_link(w, t->dst.site, false, &c, &err) < 0 ||
        gridcp_dest_prepare(t, c, &err) < 0) {
        gridcp_task_end(t, &err, false, !w->retired);
        return;
    }
    there = gridcp_resume_ask(w, t, c, &err);
    if (there != 0) {
        gridcp_task_begin(t);
        gridcp_task_end(t, &err, true, there > 0);
        return;
    }
    gridcp_mode_choose(w, t, c);
    gridcp_run(w, t, open_source, end);
}
