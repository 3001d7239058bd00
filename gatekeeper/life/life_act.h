/* gatekeeper/life/life_act.h - what the actions of life.def share; for
 * gatekeeper/life_act*.c alone. */
#ifndef GATEKEEPER_LIFE_ACT_H
#define GATEKEEPER_LIFE_ACT_H

#include "gatekeeper/life/life_core.h"

/* Whether JOB still is in STATE. */
bool life_act_still(struct life *l, const struct life_job *job,
                    enum life_state state);
/* EVENT for JOB, if it is in EXPECT by then. */
void life_act_post(struct life *l, const struct life_job *job,
                   enum life_event event, enum life_state expect);
/* ACTION for JOB in EXPECT failed with ERR: once more later where that may
 * help, else the action's way out. */
void life_act_failed(struct life *l, struct life_job *job,
                     enum life_action action, enum life_state expect,
                     const struct err *err);

/* The scheduler's actions, for N tasks of one owner and scheduler, those of one
 * job in a row (life_act_submit.c). */
void life_act_submit(struct life *l, struct life_task **tasks, size_t n);
/* As above (life_act_sched.c). */
void life_act_release(struct life *l, struct life_task **tasks, size_t n);
/* As above. */
void life_act_kill(struct life *l, struct life_task **tasks, size_t n);
/* Let the scheduler forget them. */
void life_act_finish(struct life_task **tasks, size_t n);

/* What a turn found out about tasks: one note for each job (life_report.c).
 * Zeroed except for l. */
struct life_report {
    struct life *l;
    struct life_note *note; /* of the job that was last spoken of; NULL */
};

/* EVENT for TASK, if it is in EXPECT by then; the caller fills the mark before
 * it reports more. */
struct life_mark *life_report_mark(struct life_report *r,
                                   const struct life_task *task,
                                   enum life_event event,
                                   enum task_state expect);
/* ACTION for TASK in EXPECT failed with ERR, as in life_act_failed(); when
 * nothing else helps what may run of it is ended first. */
void life_report_failed(struct life_report *r, struct life_task *task,
                        enum life_action action, enum task_state expect,
                        const struct err *err);
/* Post what is left. */
void life_report_end(struct life_report *r);
/* TASK, which has a scheduler, as that is told of it: NAME holds its submit
 * name.  Without the lock. */
struct sched_job life_report_sched_job(const struct life_task *task,
                                       const struct job *record,
                                       char name[LIFE_NAME_MAX]);
/* The same with the lock held. */
struct sched_job life_report_sched_job_locked(const struct life_task *task,
                                              const struct job *record,
                                              char name[LIFE_NAME_MAX]);

#endif
