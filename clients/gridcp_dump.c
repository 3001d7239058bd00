/* clients/gridcp_dump.c - see gridcp_dump.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "clients/gridcp_dump.h"
#include "clients/gridcp_list.h"
#include "clients/gridcp_queue.h"

static void
add(struct gridcp *g, const struct gridcp_task *t)
{
    pthread_mutex_lock(&g->lock);
    gridcp_list_write(t->src.url, t->dst.url, t->whole ? -1 : t->offset,
                      t->whole ? -1 : t->length, &g->dump);
    pthread_mutex_unlock(&g->lock);
}

void
gridcp_dump_only(struct gridcp *g, const struct gridcp_task *t)
{
    add(g, t);
}

void
gridcp_dump_left(struct gridcp *g, const struct gridcp_task *t)
{
    if (g->o.dump != NULL)
        add(g, t);
}

void
gridcp_dump_pair(struct gridcp *g, const struct gridcp_pair *pair)
{
    pthread_mutex_lock(&g->lock);
    gridcp_list_write(pair->src, pair->dst, pair->offset, pair->length,
                      &g->dump);
    pthread_mutex_unlock(&g->lock);
}

void
gridcp_dump_keep(struct gridcp *g, struct gridcp_task *t)
{
    gridcp_dump_left(g, t);
    gridcp_task_destroy(t);
}

int
gridcp_dump_end(struct gridcp *g, struct err *err)
{
    const char *file = g->o.dump != NULL ? g->o.dump : g->o.dump_only;
    struct gridcp_task *t;

    while ((t = gridcp_queue_left(g->queue)) != NULL)
        gridcp_dump_keep(g, t);
    if (file == NULL)
        return 0;
    if (g->o.dump != NULL && g->dump.len == 0) {
        if (unlink(file) < 0 && errno != ENOENT)
            return err_set(err, ERR_IO, "cannot remove '%s': %s", file,
                           strerror(errno));
        return 0;
    }
    return fs_write_atomic(AT_FDCWD, file, g->dump.data, g->dump.len, 0666,
                           err);
}
