/* gatekeeper/supervisor/runrecord.h - what a supervisor keeps of one run in its
 * unit's directory: the lock, the start marker, the exit record and the room
 * for it (runfile.def). */
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
    RUNRECORD_BOOKED, /* neither: a book of starts has both (startbook.h) */
    RUNRECORD_AGAIN /* neither: the run is a transfer, which may be repeated */
};

struct runrecord {
    int unitfd;
    int lock_fd, room_fd; /* -1: not taken */
    enum runrecord_sync sync;
    uint32_t attempt; /* of an array's task; 0 the only run */
    struct runfiles files;
};

/* A run of the directory UNITFD (borrowed), without lock and room. */
void runrecord_init(struct runrecord *r, int unitfd, enum runrecord_sync sync,
                    uint32_t task, uint32_t attempt);
/* Let go of the lock, which also ends with the process, and of the room. */
void runrecord_fini(struct runrecord *r);
/* One supervisor a run: have the lock as long as the process or R lives.  -1
 * with ERR: STATE another one has it; NOSPACE, IO. */
int runrecord_lock(struct runrecord *r, struct err *err);
/* Take the room for the exit record before anything is started: a disk that is
 * full at the end takes no exit code away.  -1 with ERR: NOSPACE, IO. */
int runrecord_reserve(struct runrecord *r, struct err *err);
/* Whether there is an exit record. */
bool runrecord_ended(const struct runrecord *r);
/* Take the one marker that there is for each run.  1: it was taken before; -1
 * with ERR: it cannot be written, and is not there. */
int runrecord_mark(const struct runrecord *r, struct err *err);
/* Make the text TEXT the exit record.  -1: it cannot be written now. */
int runrecord_write(const struct runrecord *r, const struct buf *text);
/* What the exit record makes superfluous goes. */
void runrecord_tidy(const struct runrecord *r);

#endif
