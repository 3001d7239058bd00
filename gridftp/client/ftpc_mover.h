/* gridftp/client/ftpc_mover.h - a thread for the blocks of one data connection
 * (GFD.20 s.3.3), so that parallel streams use more than one core; for the
 * files of gridftp/client/ only. */
#ifndef FTPC_MOVER_H
#define FTPC_MOVER_H

#include "gridftp/client/ftpc_conn.h"
#include "gridftp/proto/ranges.h"

struct ftpc_mover;

/* Where blocks go. */
struct ftpc_mover_job {
    int fd;        /* written at file offsets */
    uint64_t base; /* where the blocks' offset 0 lies */
    int64_t end;   /* no byte beyond is taken; -1 any */
};

/* What came of it since the last look. */
struct ftpc_mover_news {
    struct ranges arrived; /* in the file now; ranges_fini() it */
    bool ended;            /* the connection is the caller's again */
    struct err local;      /* the file could not be written */
    struct err lost;       /* the connection failed */
};

/* A mover for CONN, asleep; WAKE_FD is an eventfd written to when a job has
 * ended and when a look is worth it.  NULL when there is no thread to be had.
 */
struct ftpc_mover *ftpc_mover_create(struct ftpc_conn *conn, int wake_fd);
/* Halt and free.  NULL ok. */
void ftpc_mover_destroy(struct ftpc_mover *mover);
/* End CONN's mover, if it has one, then CONN; NULL ok. */
void ftpc_mover_drop(struct ftpc_conn *conn);

/* Move the rest of the connection's block, then those that follow, as long as
 * they are plain data.  Until it has ended the connection is the mover's; then
 * its buffer holds what is not: part of a header, or all of one that tells
 * more, or nothing. */
void ftpc_mover_start(struct ftpc_mover *mover,
                      const struct ftpc_mover_job *job);
/* Whether a job was started whose end was not told yet. */
bool ftpc_mover_busy(const struct ftpc_mover *mover);
/* End the job soon, between two pieces. */
void ftpc_mover_stop(struct ftpc_mover *mover);
/* Break it off and wait until it has ended; the connection is of no use any
 * more when there was one. */
void ftpc_mover_halt(struct ftpc_mover *mover);
/* Never waits.  NEWS is overwritten. */
void ftpc_mover_look(struct ftpc_mover *mover, struct ftpc_mover_news *news);

#endif
