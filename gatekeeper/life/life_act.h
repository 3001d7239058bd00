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
/* JOB cannot go on, for the reason in ERR. */
void life_act_fault(struct life *l, const struct life_job *job,
                    enum life_state expect, const struct err *err);
/* ACTION for JOB in EXPECT failed with ERR: once more later where that may
 * help, else the action's way out. */
void life_act_failed(struct life *l, struct life_job *job,
                     enum life_action action, enum life_state expect,
                     const struct err *err);
/* End JOB at its scheduler whatever it takes; it may fail. */
void life_act_end(struct life_job *job);

/* The scheduler's actions (life_act_sched.c). */
void life_act_submit(struct life *l, struct life_job *job);
/* N jobs of one owner and scheduler. */
void life_act_release(struct life *l, struct life_job **jobs, size_t n);
/* As above. */
void life_act_kill(struct life *l, struct life_job **jobs, size_t n);
/* Let the scheduler forget it. */
void life_act_finish(struct life *l, struct life_job *job);

#endif
