/* gatekeeper/supervisor/taskrun.h - one running task of an array, or one
 * running job: its processes, its limits, its end.  One supervisor has several.
 */
#ifndef GATEKEEPER_SUPERVISOR_TASKRUN_H
#define GATEKEEPER_SUPERVISOR_TASKRUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/launch.h"

/* One copy of the task's program. */
struct taskrun_copy {
    pid_t pid;  /* 0 once it has ended */
    int report; /* for runprog_outcome() */
};

/* The copies are subreapers, so every process of a task is a descendant of a
 * copy or of an orphan of an ended copy; such orphans become our children. */
struct taskrun {
    uint32_t task;
    uint16_t attempt;
    bool told;       /* the start was reported */
    struct buf text; /* the launch file; launch points into it */
    struct launch launch;
    struct taskrun_copy *copy;
    size_t live; /* number of live copies */
    pid_t *orphan;
    size_t norphans;
    struct exitrec rec;
    long long user_us, system_us; /* CPU time used */
    long long t_begin;            /* these on the monotonic clock */
    long long t_wall, t_kill;     /* 0: none */
};

/* Start attempt ATTEMPT of task TASK of the launch file TEXT.  On failure the
 * run is over at once, and its record says why. */
void taskrun_begin(struct taskrun *t, const struct buf *text, uint32_t task,
                   uint16_t attempt);
/* T is not started because of WHY: it is over at once, and its record says so.
 */
void taskrun_refuse(struct taskrun *t, const struct err *why);
/* Free T, which must be over. */
void taskrun_fini(struct taskrun *t);
/* Whether PID is a copy of T or one of its orphans. */
bool taskrun_owns(const struct taskrun *t, pid_t pid);
/* The process PID of T has ended with waitpid(2) STATUS. */
void taskrun_reaped(struct taskrun *t, pid_t pid, int status,
                    const struct rusage *ru);
/* PID is an orphan of an ended copy of T. */
void taskrun_adopt(struct taskrun *t, pid_t pid);
/* Reap the ended children of this process, which belong to the N tasks RUNS; a
 * task adopts the orphans of its ended copies. */
void taskrun_reap(struct taskrun *const *runs, size_t n);
/* Set its wall time limit to SECONDS from its start; <= 0: no change. */
void taskrun_limit(struct taskrun *t, long long seconds);
/* Whether no process of T is left. */
bool taskrun_over(const struct taskrun *t);
/* Begin to end T because of WHY: SIGTERM now, SIGKILL after GRACE_S seconds. */
void taskrun_end(struct taskrun *t, enum exitrec_why why, long long grace_s);
/* Stop or continue its processes. */
void taskrun_stop(const struct taskrun *t, bool stop);
/* Carry out deadlines that are due at NOW. Returns the next deadline; 0
 * none. */
long long taskrun_turn(struct taskrun *t, long long now);
/* Complete the record of T, which must be over. */
void taskrun_record(struct taskrun *t);

#endif
