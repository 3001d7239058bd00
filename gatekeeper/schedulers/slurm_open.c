/* gatekeeper/schedulers/slurm_open.c - the adapter's own state; see slurm.h. */
#include <stdlib.h>

#include "gatekeeper/schedulers/slurm.h"

int
slurm_open(const struct sched_host *host, void **self, struct err *err)
{
    struct slurm *s = xcalloc(1, sizeof(*s));

    (void)err;
    s->host = *host;
    lock_init(&s->lock, LOCK_slurm);
    *self = s;
    return 0;
}

void
slurm_close(void *self)
{
    struct slurm *s = self;

    if (s == NULL)
        return;
    slurm_poll_fini(s);
    lock_fini(&s->lock);
    free(s);
}
