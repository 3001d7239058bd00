/* gatekeeper/supervisor/taskrun.h - one task of an array while it runs, beside
 * others of one supervisor: its processes, its limits, its end. */
#ifndef GATEKEEPER_SUPERVISOR_TASKRUN_H
#define GATEKEEPER_SUPERVISOR_TASKRUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/launch.h"

/* One copy of its program. */
struct taskrun_copy {
    pid_t pid;  /* 0 when it has ended */
    int report; /* for runprog_outcome() */
};

/* Its copies adopt what they start, so that whatever a task starts is found
 * beneath them, or beneath what is left of them: its orphans, which are our
 * children then. */
struct taskrun {
    uint32_t task;
    uint16_t attempt;
    bool told;       /* somebody was told that it runs */
    struct buf text; /* the launch file, which launch points into */
    struct launch launch;
    struct taskrun_copy *copy;
    size_t live; /* copies */
    pid_t *orphan;
    size_t norphans;
    struct exitrec rec;
    long long user_us, system_us; /* CPU time that was used */
    long long t_begin;            /* these by the clock that never jumps */
    long long t_wall, t_kill;     /* 0 none */
};

/* Start attempt ATTEMPT of task TASK of the launch file TEXT; what cannot be
 * started is in its record, and over at once. */
void taskrun_begin(struct taskrun *t, const struct buf *text, uint32_t task,
                   uint16_t attempt);
/* Free it; it is over. */
void taskrun_fini(struct taskrun *t);
/* Whether PID is a copy of T, or one of its orphans. */
bool taskrun_owns(const struct taskrun *t, pid_t pid);
/* PID of T has ended with waitpid(2)'s STATUS. */
void taskrun_reaped(struct taskrun *t, pid_t pid, int status,
                    const struct rusage *ru);
/* PID is what an ended copy of T has left behind. */
void taskrun_adopt(struct taskrun *t, pid_t pid);
/* Whether nothing of it is left. */
bool taskrun_over(const struct taskrun *t);
/* Begin to end it, because of WHY: SIGTERM, after GRACE_S seconds SIGKILL. */
void taskrun_end(struct taskrun *t, enum exitrec_why why, long long grace_s);
/* Stop its processes, or let them go on. */
void taskrun_stop(const struct taskrun *t, bool stop);
/* Do what is due by NOW.  Returns when the next is; 0 never. */
long long taskrun_turn(struct taskrun *t, long long now);
/* Complete the record of T, which is over. */
void taskrun_record(struct taskrun *t);

#endif
