/* clients/gridcp/gridcp_put.c - copy from a local file to a GridFTP server. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/testpoint.h"
#include "clients/gridcp/gridcp_check.h"
#include "clients/gridcp/gridcp_dest.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_resume.h"
#include "clients/gridcp/gridcp_worker.h"

/* A ftpclient_read_fn for a source that can be read only once. */
static ssize_t
read_once(struct ftpclient_xfer *x, void *p, size_t n, int64_t offset,
          struct err *err)
{
    struct gridcp_task *t = x->user;
    ssize_t got;

    (void)offset;
    do
        got = read(x->fd, p, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return gridcp_file_error(err, "read", t->src.path);
    t->spent = t->spent || got > 0;
    return got;
}

/* A ftpclient_open_fn: called just before the command is sent. */
static int
open_source(struct ftpclient_xfer *x, struct err *err)
{
    struct gridcp_task *t = x->user;
    time_t mtime;

    gridcp_task_begin(t);
    if (t->src.site->scheme == GRIDCP_STREAM) {
        x->fd = STDIN_FILENO;
        x->stream = true;
        x->read = read_once;
        return 0;
    }
    x->fd = t->file.fd = gridcp_file_open(t->src.path, &x->size, &mtime, err);
    if (x->fd < 0)
        return -1;
    x->stream = x->size < 0;
    x->read = x->stream ? read_once : NULL;
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
    struct gridcp_first f;
    int there;

    gridcp_mode_foresee(w, t, true, &f);
    if (gridcp_worker_link(w, t->dst.site, false, &f.first, &c, &err) < 0 ||
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
