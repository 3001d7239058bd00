/* gatekeeper/supervisor/runmany_core.h - internals of an array's supervisor,
 * shared by runmany.c (the main loop) and runmany_book.c (the task book). */
#ifndef GATEKEEPER_SUPERVISOR_RUNMANY_CORE_H
#define GATEKEEPER_SUPERVISOR_RUNMANY_CORE_H

#include <sys/stat.h>

#include "gatekeeper/supervisor/runmany.h"
#include "gatekeeper/supervisor/taskbook.h"
#include "gatekeeper/supervisor/taskrun.h"

/* The number of tasks that one sync arms.  Fixed: these are the tasks that
 * count as started after a power failure, and the disk is not waited for
 * already at this number. */
#define RUNMANY_ARM 64

/* A queue of tasks. */
struct runmany_fifo {
    uint32_t *task;
    size_t head, n, room;
};

struct runmany {
    int unitfd, lock_fd, bookfd, newsfd, signalfd;
    int giverfd; /* pidfd of the process that set the width; -1 it has ended,
                    and no task is begun */
    struct taskbook book;
    size_t self;       /* our index in the book's supervisors */
    struct buf launch; /* the launch file */
    struct stat launch_st;
    struct runmany_fifo given, armed; /* armed: their entries are synced */
    struct taskrun *run;
    size_t nrun, room;
    struct buf out; /* entries still to be written */
    long long wall; /* the wall time limit once it was changed; else -1 */
    bool ending;    /* told to end: begin no more tasks */
    bool stuck;     /* the book cannot be written */
    int status;
    char boot[SYS_BOOT_ID];
    /* Deadlines, monotonic clock; 0 none. */
    long long t_sync, t_news, t_again;
};

/* Append TASK. */
void runmany_put(struct runmany_fifo *f, uint32_t task);
/* Remove and return the first; the queue must not be empty. */
uint32_t runmany_take(struct runmany_fifo *f);
/* The length of the queue. */
size_t runmany_count(const struct runmany_fifo *f);
/* Set *T to at most MS milliseconds from now. */
void runmany_due(long long *t, long long ms);

/* The book's state of TASK. */
const struct taskbook_task *runmany_task(const struct runmany *m,
                                         uint32_t task);
/* Whether we may arm T: it is given to us, or was armed by a supervisor that
 * died before it began T. */
bool runmany_may_arm(const struct runmany *m, const struct taskbook_task *t);
/* Whether we have armed T and not begun it. */
bool runmany_is_armed(const struct runmany *m, const struct taskbook_task *t);
/* Add an entry: TASK has ended as REC says. */
void runmany_add_end(struct runmany *m, uint32_t task, uint16_t attempt,
                     const struct exitrec *rec);
/* Carry out the orders that arrived while there was no supervisor. */
void runmany_end_ordered(struct runmany *m);
/* Watch for the end of the process that set the width: after that another
 * process must set it again. */
void runmany_follow(struct runmany *m);
/* Read the entries of other processes and carry out their orders. */
void runmany_read(struct runmany *m);
/* Write ENTRIES after reading what other processes wrote before.  -1: the write
 * failed, and M is stuck. */
int runmany_append(struct runmany *m, struct buf *entries);
/* Write the entries in out, as above; keep what cannot be written. */
void runmany_flush(struct runmany *m);
/* Sync the book.  -1: the sync failed, and M is stuck. */
int runmany_sync(struct runmany *m);
/* Arm the next tasks with one sync. */
void runmany_arm(struct runmany *m);

#endif
