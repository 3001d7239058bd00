/* clients/gridcp/gridcp_task.c - one copy: create, begin, count bytes, free. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/testpoint.h"
#include "clients/gridcp/gridcp.h"
#include "clients/gridcp/gridcp_dump.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_state.h"

#define SKIPS_MAX 20

struct gridcp_task *
gridcp_task_create(struct gridcp *g, const struct gridcp_end *src,
                   const struct gridcp_end *dst)
{
    struct gridcp_task *t = xcalloc(1, sizeof(*t));

    t->g = g;
    gridcp_place_copy(src, &t->src);
    gridcp_place_copy(dst, &t->dst);
    t->whole = true;
    t->size = -1;
    t->mtime = -1;
    t->file.fd = -1;
    t->file.left.size = -1;
    return t;
}

void
gridcp_task_part(struct gridcp_task *t, int64_t offset, int64_t length)
{
    if (offset < 0 && length < 0)
        return;
    t->whole = false;
    t->offset = offset >= 0 ? offset : 0;
    t->length = length;
}

void
gridcp_task_destroy(struct gridcp_task *t)
{
    if (t == NULL)
        return;
    gridcp_place_fini(&t->src);
    gridcp_place_fini(&t->dst);
    ranges_fini(&t->have);
    free(t);
}

void
gridcp_task_begin(struct gridcp_task *t)
{
    int64_t there = ranges_total(&t->have);

    t->told = 0;
    gridcp_report_begin(t->g->report, t, there);
    test_point("gridcp.begin");
}

void
gridcp_task_moved(struct gridcp_task *t)
{
    int64_t n = t->x.bytes - t->told;

    if (n == 0)
        return;
    t->told = t->x.bytes;
    gridcp_report_moved(t->g->report, t, n);
    if (t->g->state != NULL)
        gridcp_state_progress(t->g->state, t);
    test_point("gridcp.data");
}
