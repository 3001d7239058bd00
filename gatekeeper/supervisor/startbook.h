/* gatekeeper/supervisor/startbook.h - what a supervisor of many runs has on
 * disk of them before it goes on: one file for all of its starts and ends, so
 * that one sync is enough for many.
 *
 * A run's own files (runrecord.h) say all of this, too, and are what everybody
 * reads; they are not synced.  After a power failure they may be missing: then
 * the book of an earlier boot has what they said, and they are made again
 * (helper_starts.c).  The entries are those of a task book (taskbook.h): a
 * start is "armed", with its number as the task and the run's name as text, and
 * synced before the marker is taken; its end is "ended". */
#ifndef GATEKEEPER_SUPERVISOR_STARTBOOK_H
#define GATEKEEPER_SUPERVISOR_STARTBOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/err.h"
#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/identity.h"

/* The books of an account, in its directory of sessions. */
#define STARTBOOK_DIR  ".starts"
/* A supervisor is given no more runs than this. */
#define STARTBOOK_RUNS 4096

/* Which run. */
struct startbook_run {
    char job[UUID_TEXT];
    uint32_t task, attempt; /* attempt 0: the only one */
};

struct startbook {
    int fd;
    bool dirty;       /* something was written since the last sync */
    struct buf armed; /* entries that startbook_sync() has still to write */
};

/* Make the book of the supervisor SELF in the account's directory BASEFD.  -1
 * with ERR: NOSPACE, IO. */
int startbook_create(struct startbook *b, int basefd,
                     const struct identity *self, struct err *err);
/* Close it. */
void startbook_fini(struct startbook *b);
/* Take the room for N more starts and ends.  -1 with ERR: NOSPACE, IO. */
int startbook_reserve(struct startbook *b, size_t n, struct err *err);
/* Enter start number NUMBER, from 1 on, of RUN. */
void startbook_arm(struct startbook *b, uint32_t number,
                   const struct startbook_run *run);
/* Enter that it has ended as REC says. */
int startbook_end(struct startbook *b, uint32_t number,
                  const struct exitrec *rec, struct err *err);
/* Have all that was entered on disk.  -1 with ERR. */
int startbook_sync(struct startbook *b, struct err *err);

/* RUN was started, and has ended as REC says unless REC is NULL. */
typedef int startbook_fn(void *arg, const struct startbook_run *run,
                         const struct exitrec *rec, struct err *err);

/* The supervisor whose book FD is.  -1 with ERR. */
int startbook_who(int fd, struct identity *who, struct err *err);
/* Tell FN, which may fail, of each start in the book FD. */
int startbook_read(int fd, startbook_fn *fn, void *arg, struct err *err);

#endif
