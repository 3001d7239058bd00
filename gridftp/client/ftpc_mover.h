/* gridftp/client/ftpc_mover.h - a thread that receives the blocks of one data
 * connection (GFD.20 s.3.3), so that parallel streams use several cores; for
 * the files of gridftp/client/ only. */
#ifndef FTPC_MOVER_H
#define FTPC_MOVER_H

#include "gridftp/client/ftpc_conn.h"
#include "gridftp/proto/ranges.h"

struct ftpc_mover;

/* Where to write blocks. */
struct ftpc_mover_job {
    int fd;        /* written at file offsets */
    uint64_t base; /* file offset of block offset 0 */
    int64_t end;   /* limit: no byte beyond it is accepted; -1: none */
};

/* Progress since the last report. */
struct ftpc_mover_news {
    struct ranges arrived; /* now in the file; free with ranges_fini() */
    bool ended;            /* the caller owns the connection again */
    struct err local;      /* failure to write the file */
    struct err lost;       /* failure of the connection */
};

/* Create an idle mover for CONN; it writes to the eventfd WAKE_FD when a job
 * has ended or has progress to report.  NULL when no thread can be started. */
struct ftpc_mover *ftpc_mover_create(struct ftpc_conn *conn, int wake_fd);
/* Halt and free.  NULL is allowed. */
void ftpc_mover_destroy(struct ftpc_mover *mover);
/* Destroy CONN's mover, if any, then CONN; NULL is allowed. */
void ftpc_mover_drop(struct ftpc_conn *conn);

/* Move the rest of the connection's block, then the following blocks while they
 * are plain data.  The mover owns the connection until it ends; its buffer then
 * contains what it did not handle: part of a header, a whole header that is not
 * plain data, or nothing. */
void ftpc_mover_start(struct ftpc_mover *mover,
                      const struct ftpc_mover_job *job);
/* Whether a job was started and its end has not been reported. */
bool ftpc_mover_busy(const struct ftpc_mover *mover);
/* Ask the job to end soon, between two pieces. */
void ftpc_mover_stop(struct ftpc_mover *mover);
/* Abort the job and wait for its end; the connection is unusable afterwards if
 * there was a job. */
void ftpc_mover_halt(struct ftpc_mover *mover);
/* Report progress without blocking.  NEWS is overwritten. */
void ftpc_mover_look(struct ftpc_mover *mover, struct ftpc_mover_news *news);

#endif
