/* gatekeeper/life/life_rule.h - what the states of its tasks say of a job: pure
 * functions of how many are in which state, and the only place that knows. */
#ifndef GATEKEEPER_LIFE_RULE_H
#define GATEKEEPER_LIFE_RULE_H

#include "gatekeeper/life/task_state.h"

/* How many tasks of a job are in which state. */
struct life_tally {
    long of[TASK_STATES];
};

/* No task of it can go on. */
bool life_rule_over(const struct life_tally *tally);
/* The state of a job that was NOW (one of life_state_by_tasks()) and whose
 * tasks are not over.  One that has begun to run stays so while other tasks
 * wait. */
enum life_state life_rule_state(enum life_state now,
                                const struct life_tally *tally);
/* The job is cancelled, by CANCEL of all of it or because each task was. */
bool life_rule_cancelled(const struct life_tally *tally, bool cancel);
/* The event of life.def when the tasks are over: KILLED when the job is
 * CANCELLED; FAULT when it came no further than NOW, before any scheduler had
 * it; else EXITED. */
enum life_event life_rule_end(enum life_state now, bool cancelled);
/* How the job ends then: Cancelled, Failed when any task did, or Done. */
enum life_state life_rule_outcome(const struct life_tally *tally, bool cancel);

#endif
