/* clients/gridcp/gridcp_task_end.c - end one copy: done, failed, or retried;
 * see gridcp.h. */
#include "base/codec.h"
#include "clients/gridcp/gridcp.h"
#include "clients/gridcp/gridcp_dump.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_state.h"

#define SKIPS_MAX 20

/* T has failed permanently. */
static void
fail(struct gridcp_task *t, const struct err *err)
{
    struct gridcp *g = t->g;

    if (g->state != NULL)
        gridcp_state_failed(g->state, t);
    else if (t->file.left.size >=
             0) /* only our own: another run may keep one */
        gridcp_file_discard(t->dst.path, false);
    gridcp_report_failed(g->report, t, err);
    lock_take(&g->lock);
    if (g->err.code == ERR_OK)
        g->err = *err;
    lock_release(&g->lock);
    gridcp_dump_left(g, t);
    /* A tree may contain dangling links; that is not our error. */
    if (!g->o.go_on && !t->dangling)
        gridcp_queue_stop(g->queue);
    gridcp_queue_done(g->queue);
    gridcp_task_destroy(t);
}

/* Queue T again, to start at DUE_MS. */
static void
wait_for(struct gridcp_task *t, long long due_ms)
{
    struct gridcp *g = t->g;

    pthread_rwlock_rdlock(&g->parts);
    gridcp_report_pause(g->report, t);
    t->due_ms = due_ms;
    gridcp_queue_again(g->queue, t);
    pthread_rwlock_unlock(&g->parts);
}

void
gridcp_task_end(struct gridcp_task *t, const struct err *err, bool transient,
                bool begun)
{
    struct gridcp *g = t->g;
    long long delay_ms = 0;

    if (err == NULL || err->code == ERR_OK) {
        gridcp_report_done(g->report, t);
        if (g->state != NULL)
            gridcp_state_done(g->state, t);
        gridcp_queue_done(g->queue);
        gridcp_task_destroy(t);
        return;
    }
    /* A timeout always counts, because it costs time. */
    if (!begun && !t->spent && err->code != ERR_TIMEOUT &&
        t->skips++ < SKIPS_MAX) {
        wait_for(t, 0);
        return;
    }
    if (gridcp_queue_stopped(g->queue) || t->spent ||
        !gridcp_retry_again(g, &t->retry, err, transient, &delay_ms)) {
        fail(t, err);
        return;
    }
    gridcp_report_retry(g->report, t, err, delay_ms);
    wait_for(t, time_mono_ms() + delay_ms);
}
