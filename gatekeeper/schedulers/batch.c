/* gatekeeper/schedulers/batch.c - the state of an adapter; see batch.h. */
#include "gatekeeper/schedulers/batch.h"

#include <stdlib.h>

int
batch_open(const struct scheduler *table, const struct sched_host *host,
           void **self, struct err *err)
{
    struct batch *b = xcalloc(1, sizeof(*b));

    (void)err;
    b->sys = table->batch;
    b->array_max = -1;
    b->host = *host;
    lock_init(&b->lock, LOCK_batch);
    *self = b;
    return 0;
}

void
batch_close(void *self)
{
    struct batch *b = self;

    if (b == NULL)
        return;
    batch_poll_fini(b);
    lock_fini(&b->lock);
    free(b);
}
