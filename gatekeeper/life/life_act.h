/* gatekeeper/life/life_act.h - what the actions of life.def share; only for
 * gatekeeper/life/life_act*.c. */
#ifndef GATEKEEPER_LIFE_ACT_H
#define GATEKEEPER_LIFE_ACT_H

#include "gatekeeper/life/life_core.h"

/* Whether JOB is still in STATE. */
bool life_act_still(struct life *l, const struct life_job *job,
                    enum life_state state);
/* Post EVENT for JOB; it takes effect only if JOB is then in EXPECT. */
void life_act_post(struct life *l, const struct life_job *job,
                   enum life_event event, enum life_state expect);
/* ACTION for JOB in EXPECT failed with ERR: retry it later after a transient
 * failure, otherwise take the action's way out (life.def). */
void life_act_failed(struct life *l, struct life_job *job,
                     enum life_action action, enum life_state expect,
                     const struct err *err);

/* The scheduler's actions on N tasks of one owner and scheduler; tasks of one
 * job must be consecutive (life_act_submit.c). */
void life_act_submit(struct life *l, struct life_task **tasks, size_t n);
/* As above (life_act_sched.c). */
void life_act_release(struct life *l, struct life_task **tasks, size_t n);
/* As above. */
void life_act_kill(struct life *l, struct life_task **tasks, size_t n);
/* Tell the scheduler that it can forget them. */
void life_act_finish(struct life_task **tasks, size_t n);

/* The results of one turn about tasks, collected in one note per job
 * (life_report.c).  Zero every field but l. */
struct life_report {
    struct life *l;
    struct life_note *note; /* the note of the last job reported; NULL */
};

/* Add EVENT for TASK; it takes effect only if TASK is then in EXPECT.  The
 * caller fills the mark before the next report. */
struct life_mark *life_report_mark(struct life_report *r,
                                   const struct life_task *task,
                                   enum life_event event,
                                   enum task_state expect);
/* ACTION for TASK in EXPECT failed with ERR, as in life_act_failed(); if it is
 * not retried, the task is first killed at its scheduler. */
void life_report_failed(struct life_report *r, struct life_task *task,
                        enum life_action action, enum task_state expect,
                        const struct err *err);
/* Post the last note. */
void life_report_end(struct life_report *r);
/* TASK as a sched_job for its scheduler; NAME holds its submit name.  Without
 * the lock. */
struct sched_job life_report_sched_job(const struct life_task *task,
                                       const struct job *record,
                                       char name[LIFE_NAME_MAX]);
/* The same with the lock held. */
struct sched_job life_report_sched_job_locked(const struct life_task *task,
                                              const struct job *record,
                                              char name[LIFE_NAME_MAX]);

#endif
