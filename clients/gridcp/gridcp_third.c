/* clients/gridcp/gridcp_third.c - copy between two GridFTP servers directly. */
#include "base/testpoint.h"
#include "clients/gridcp/gridcp_check.h"
#include "clients/gridcp/gridcp_dest.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_resume.h"
#include "clients/gridcp/gridcp_worker.h"

/* Pipelined files: the source's reply for one triggers the next. */
#define DEPTH 16

/* A ftpclient_open_fn: called just before the commands are sent. */
static int
begin(struct ftpclient_xfer *x, struct err *err)
{
    (void)err;
    gridcp_task_begin(x->user);
    return 0;
}

/* The largest possible round trip between the two servers. */
static int
distance_ms(const struct gridcp_worker *w)
{
    return ftpclient_rtt_ms(w->link[0].c) + ftpclient_rtt_ms(w->link[1].c);
}

/* Choose MODE E if both support it: it keeps connections and restarts
 * exactly. */
static void
choose(struct gridcp_worker *w, const struct gridcp_task *t)
{
    const struct gridcp_opt *o = &w->g->o;
    bool can = ftpclient_features(w->link[0].c) &
               ftpclient_features(w->link[1].c) & FTPCLIENT_PARALLEL;

    w->how = (struct ftpclient_how){ .parallel = 1,
                                     .depth = 1,
                                     .ascii = o->ascii,
                                     .stripe = o->stripe,
                                     .layout = gridcp_mode_layout(o) };
    w->alone = true;
    w->waiting = gridcp_queue_length(w->g->queue);
    w->site = t->src.site;
    w->dst_site = t->dst.site;
    w->rtt_ms = distance_ms(w);
    gridcp_mode_turns(w->g, w->rtt_ms);
    if (!can || o->ascii || (w->g->strange && !gridcp_mode_asked(w->g)))
        return;
    w->how.mode = FTPCLIENT_EXTENDED;
    w->how.parallel = gridcp_mode_streams(o, t->size, w->rtt_ms);
    if (o->verify || !t->whole || gridcp_mode_single(w))
        return;
    w->how.depth = DEPTH;
    w->alone = false;
}

static void
end(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct err why = t->x.err;
    bool usable =
        ftpclient_usable(w->link[0].c) && ftpclient_usable(w->link[1].c);
    bool lost = !usable && !t->x.begun;

    if (gridcp_dest_retry(t, why.code))
        lost = true;
    if (why.code == ERR_OK) {
        test_point("gridcp.stored");
        /* Markers come periodically, so bytes may have arrived after the last
         * one. */
        if (t->size >= 0 && t->whole && !w->g->o.ascii && !w->g->strange)
            t->x.bytes = t->size - t->there + t->told;
        gridcp_task_moved(t);
        if (w->g->o.verify)
            gridcp_check_ends(w, t, &why);
    }
    gridcp_task_end(t, &why, t->x.transient, !lost);
}

void
gridcp_third(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct ftpclient *src = NULL, *dst = NULL;
    struct err err = ERR_INIT;
    struct ftpclient_first stat = { .stat = gridcp_check_asks(w, t)
                                                ? t->src.path
                                                : NULL };
    int rc = -1;

    if (gridcp_worker_link(w, t->src.site, true, &stat, &src, &err) == 0 &&
        gridcp_worker_link(w, t->dst.site, false, NULL, &dst, &err) == 0 &&
        gridcp_check_source(w, t, src, &err) == 0 &&
        gridcp_dest_prepare(t, dst, &err) == 0)
        rc = gridcp_resume_ask(w, t, dst, &err);
    if (rc != 0) {
        if (rc > 0)
            gridcp_task_begin(t);
        gridcp_task_end(t, &err, false, !w->retired);
        return;
    }
    choose(w, t);
    gridcp_run(w, t, begin, end);
}
