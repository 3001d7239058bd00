/* gatekeeper/supervisor/runrecord.h - a supervisor's files of one run in the
 * unit's directory: the lock, the start marker, the exit record and the space
 * reserved for it (runfile.def). */
#ifndef GATEKEEPER_SUPERVISOR_RUNRECORD_H
#define GATEKEEPER_SUPERVISOR_RUNRECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/runfile.h"

/* What must be on disk before the next step. */
enum runrecord_sync {
    RUNRECORD_SYNCED, /* marker and record */
    RUNRECORD_BOOKED, /* neither: a start book has both (startbook.h) */
    RUNRECORD_AGAIN /* neither: the run is a transfer, which may be repeated */
};

struct runrecord {
    int unitfd;
    int lock_fd, room_fd; /* -1: not taken */
    enum runrecord_sync sync;
    uint32_t attempt; /* of an array's task; 0 the only run */
    struct runfiles files;
};

/* Init a run in the directory UNITFD (borrowed), without lock and space. */
void runrecord_init(struct runrecord *r, int unitfd, enum runrecord_sync sync,
                    uint32_t task, uint32_t attempt);
/* Release the lock, which also ends with the process, and the reserved
 * space. */
void runrecord_fini(struct runrecord *r);
/* Take the run's lock for the life of the process or R: one supervisor per run.
 * -1 with ERR: STATE another supervisor has it; NOSPACE, IO. */
int runrecord_lock(struct runrecord *r, struct err *err);
/* Reserve space for the exit record before the start, so that a full disk at
 * the end cannot lose the exit code.  -1 with ERR: NOSPACE, IO. */
int runrecord_reserve(struct runrecord *r, struct err *err);
/* Whether there is an exit record. */
bool runrecord_ended(const struct runrecord *r);
/* Create the run's start marker. 1: it existed before; -1 with ERR: it could
 * not be written and does not exist. */
int runrecord_mark(const struct runrecord *r, struct err *err);
/* Write TEXT as the exit record.  -1: it cannot be written now. */
int runrecord_write(const struct runrecord *r, const struct buf *text);
/* Remove the files that the exit record replaces. */
void runrecord_tidy(const struct runrecord *r);

#endif
