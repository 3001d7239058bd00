/* gatekeeper/supervisor/startbook.h - the start book of a shared supervisor:
 * one file for all its starts and ends, so one sync serves many.
 *
 * A run's own files (runrecord.h) have the same data and are what everybody
 * reads, but they are not synced.  After a power failure they may be missing;
 * they are then restored from the book of the earlier boot (helper_starts.c).
 * The entries are those of a task book (taskbook.h).  A start is "armed", with
 * its number as the task and the run's name as text, and is synced before the
 * marker is taken; an end is "ended". */
#ifndef GATEKEEPER_SUPERVISOR_STARTBOOK_H
#define GATEKEEPER_SUPERVISOR_STARTBOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/err.h"
#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/identity.h"

/* The books of an account, below its directory of sessions. */
#define STARTBOOK_DIR  ".starts"
/* The maximum of runs per supervisor. */
#define STARTBOOK_RUNS 4096

/* Identifies a run. */
struct startbook_run {
    char job[UUID_TEXT];
    uint32_t task, attempt; /* attempt 0: the job's only run */
};

struct startbook {
    int fd;
    bool dirty;       /* something was written since the last sync */
    struct buf armed; /* entries that startbook_sync() writes */
};

/* Make the book of the supervisor SELF in the account's directory BASEFD.  -1
 * with ERR: NOSPACE, IO. */
int startbook_create(struct startbook *b, int basefd,
                     const struct identity *self, struct err *err);
/* Close it. */
void startbook_fini(struct startbook *b);
/* Reserve disk space for N more starts and ends.  -1 with ERR: NOSPACE, IO. */
int startbook_reserve(struct startbook *b, size_t n, struct err *err);
/* Add the start of RUN as number NUMBER, from 1 on. */
void startbook_arm(struct startbook *b, uint32_t number,
                   const struct startbook_run *run);
/* Write its end as in REC. */
int startbook_end(struct startbook *b, uint32_t number,
                  const struct exitrec *rec, struct err *err);
/* Write and sync all entries.  -1 with ERR. */
int startbook_sync(struct startbook *b, struct err *err);

/* Called for a started RUN; REC is its end, or NULL. */
typedef int startbook_fn(void *arg, const struct startbook_run *run,
                         const struct exitrec *rec, struct err *err);

/* Read the supervisor of the book FD.  -1 with ERR. */
int startbook_who(int fd, struct identity *who, struct err *err);
/* Call FN, which may fail, for each start in the book FD. */
int startbook_read(int fd, startbook_fn *fn, void *arg, struct err *err);

#endif
