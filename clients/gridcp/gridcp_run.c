/* clients/gridcp/gridcp_run.c - runs of transfers: common code of get, put and
 * third party. */
#include "clients/gridcp/gridcp_resume.h"
#include "clients/gridcp/gridcp_worker.h"

static int
progress(struct ftpclient_xfer *x)
{
    struct gridcp_task *t = x->user;

    if (t->worker->way != GRIDCP_GET)
        gridcp_resume_moved(t->worker, t);
    gridcp_task_moved(t);
    return t->g->cancel;
}

/* A ftpclient_next_fn. */
static struct ftpclient_xfer *
next(void *arg)
{
    struct gridcp_worker *w = arg;
    struct gridcp_task *t = gridcp_mode_next(w);
    bool put = w->way == GRIDCP_PUT;

    if (t == NULL)
        return NULL;
    t->worker = w;
    t->x = (struct ftpclient_xfer){
        .path = put ? t->dst.path : t->src.path,
        .to = t->dst.path,
        .offset = t->offset,
        .length = t->length,
        .whole = t->whole,
        /* The output of a driver may be shorter than the file. */
        .size = put || w->g->strange ? -1 : t->size,
        .have = w->g->o.ascii || w->g->strange ? NULL : &t->have,
        .fd = -1,
        .open = w->open,
        .progress = progress,
        .user = t,
    };
    return &t->x;
}

/* A ftpclient_done_fn; after a run of one file the session can be used again
 * (-verify-checksum). */
static void
done(void *arg, struct ftpclient_xfer *x)
{
    struct gridcp_worker *w = arg;
    struct gridcp_task *t = x->user;

    gridcp_stack_blame(w->g->stack, &x->err);
    if (w->alone)
        w->last = t;
    else
        w->end(w, t);
}

void
gridcp_run(struct gridcp_worker *w, struct gridcp_task *t,
           ftpclient_open_fn *open,
           void (*end)(struct gridcp_worker *w, struct gridcp_task *t))
{
    struct ftpclient *src = w->link[0].c, *dst = w->link[1].c;
    struct err err = ERR_INIT;

    w->first = t;
    w->last = NULL;
    w->open = open;
    w->end = end;
    if (w->way == GRIDCP_GET)
        ftpclient_get(src, &w->how, next, done, w, &err);
    else if (w->way == GRIDCP_PUT)
        ftpclient_put(dst, &w->how, next, done, w, &err);
    else
        ftpclient_third_run(src, dst, &w->how, next, done, w, &err);
    if (w->last != NULL)
        end(w, w->last);
}
