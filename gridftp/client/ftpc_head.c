/* gridftp/client/ftpc_head.c - the current (first) transfer of a run, for the
 * code that moves its bytes. */
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_run.h"

struct ftpclient_xfer *
ftpc_head(const struct ftpc_run *run)
{
    return run->queue[run->head];
}

int
ftpc_head_moved(struct ftpc_run *run, int64_t bytes, struct err *err)
{
    struct ftpclient_xfer *x = ftpc_head(run);

    run->moved_ms = time_mono_ms();
    x->bytes += bytes;
    if (x->progress != NULL && x->progress(x) != 0)
        return err_set(err, ERR_CANCELLED, "cancelled");
    return 0;
}

int
ftpc_head_cannot_write(struct err *err)
{
    return err_set(err,
                   errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO,
                   "cannot write: %s", strerror(errno));
}
