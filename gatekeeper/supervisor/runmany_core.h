/* gatekeeper/supervisor/runmany_core.h - inside the supervisor of an array:
 * what runmany.c (its loop) and runmany_book.c (what it writes and is told)
 * share. */
#ifndef GATEKEEPER_SUPERVISOR_RUNMANY_CORE_H
#define GATEKEEPER_SUPERVISOR_RUNMANY_CORE_H

#include <sys/stat.h>

#include "gatekeeper/supervisor/runmany.h"
#include "gatekeeper/supervisor/taskbook.h"
#include "gatekeeper/supervisor/taskrun.h"

/* Tasks that one sync makes ready to begin. */
#define RUNMANY_ARM 64

/* Tasks in the order in which they came. */
struct runmany_fifo {
    uint32_t *task;
    size_t head, n, room;
};

struct runmany {
    int unitfd, lock_fd, bookfd, newsfd, signalfd;
    int giverfd; /* who set the width; -1 it is gone, and nothing is begun */
    struct taskbook book;
    size_t self;       /* our place among the book's supervisors */
    struct buf launch; /* the launch file */
    struct stat launch_st;
    struct runmany_fifo given, armed; /* armed: synced */
    struct taskrun *run;
    size_t nrun, room;
    struct buf out; /* entries that are to be written */
    bool ending;    /* told to end: nothing more is begun */
    bool stuck;     /* the book cannot be written */
    int status;
    char boot[SYS_BOOT_ID];
    /* By the clock that never jumps; 0 not due. */
    long long t_sync, t_news, t_again;
};

/* Append TASK. */
void runmany_put(struct runmany_fifo *f, uint32_t task);
/* The first, taken off; there is one. */
uint32_t runmany_take(struct runmany_fifo *f);
/* How many there are. */
size_t runmany_count(const struct runmany_fifo *f);
/* Have *T be MS milliseconds from now at the latest. */
void runmany_due(long long *t, long long ms);

/* TASK as the book has it. */
const struct taskbook_task *runmany_task(const struct runmany *m,
                                         uint32_t task);
/* Whether T is ours to arm: given, or armed by one that died before it began.
 */
bool runmany_may_arm(const struct runmany *m, const struct taskbook_task *t);
/* Whether T is armed by us and not begun. */
bool runmany_is_armed(const struct runmany *m, const struct taskbook_task *t);
/* Enter that TASK has ended as REC says. */
void runmany_add_end(struct runmany *m, uint32_t task, uint16_t attempt,
                     const struct exitrec *rec);
/* What was ordered while nobody was there. */
void runmany_end_ordered(struct runmany *m);
/* Know when who set the width is gone: what it counts on us to do is then
 * somebody else's to say. */
void runmany_follow(struct runmany *m);
/* Read what others wrote, and do what they order. */
void runmany_read(struct runmany *m);
/* Write ENTRIES, and read what others wrote before them.  -1: they could not be
 * written; we are stuck. */
int runmany_append(struct runmany *m, struct buf *entries);
/* Write what is to be written, as above; what cannot be written is kept. */
void runmany_flush(struct runmany *m);
/* Have all that was written on disk.  -1: it is not; we are stuck. */
int runmany_sync(struct runmany *m);
/* Arm the next tasks: one sync for all of them. */
void runmany_arm(struct runmany *m);

#endif
