/* clients/gridcp_third.c - from one GridFTP server to another, the data between
 * them. */
#include "clients/gridcp_check.h"
#include "clients/gridcp_queue.h"
#include "clients/gridcp_worker.h"

static int
progress(struct ftpclient_xfer *x)
{
    gridcp_task_moved(x->user);
    return 0;
}

/* MODE E when both have it: connections are kept, restarts are exact. */
static struct ftpclient_how
choose(const struct gridcp_worker *w, const struct gridcp_task *t)
{
    bool can = ftpclient_features(w->link[0].c) &
               ftpclient_features(w->link[1].c) & FTPCLIENT_PARALLEL;
    struct ftpclient_how how = { .parallel = 1, .depth = 1 };

    if (!can || t->sequential)
        return how;
    how.mode = FTPCLIENT_EXTENDED;
    if (w->g->o.parallel > 0)
        how.parallel = (int)w->g->o.parallel;
    return how;
}

/* One try, -cd and -verify-checksum included. */
static int
copy(struct gridcp_worker *w, struct gridcp_task *t, struct err *err)
{
    struct ftpclient *src, *dst;
    struct ftpclient_how how;
    struct err why = ERR_INIT;

    if (gridcp_worker_link(w, t->src.site, true, &src, err) < 0 ||
        gridcp_worker_link(w, t->dst.site, false, &dst, err) < 0 ||
        gridcp_check_source(w, t, src, err) < 0)
        return -1;
    t->x = (struct ftpclient_xfer){ .path = t->src.path,
                                    .offset = t->offset,
                                    .length = t->length,
                                    .whole = t->whole,
                                    .size = t->size,
                                    .have = &t->have,
                                    .fd = -1,
                                    .progress = progress,
                                    .user = t };
    how = choose(w, t);
    gridcp_task_begin(t);
    if (ftpclient_third(src, dst, &how, &t->x, t->dst.path, &why) < 0 &&
        (why.code != ERR_NOT_FOUND || !w->g->o.create_dest ||
         !ftpclient_usable(src) || !ftpclient_usable(dst) ||
         ftpclient_mkparents(dst, t->dst.path, err) < 0 ||
         ftpclient_third(src, dst, &how, &t->x, t->dst.path, err) < 0))
        return err_set(err, why.code, "%s", why.text);
    /* Markers come now and then: what is missing came after the last. */
    if (t->size >= 0 && t->whole)
        t->x.bytes = t->size - t->there + t->told;
    gridcp_task_moved(t);
    return w->g->o.verify ? gridcp_check_third(w, t, err) : 0;
}

void
gridcp_third(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct err err = ERR_INIT;

    t->x.transient = false;
    copy(w, t, &err);
    gridcp_task_end(t, &err, t->x.transient, !w->retired);
}
