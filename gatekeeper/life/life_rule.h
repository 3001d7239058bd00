/* gatekeeper/life/life_rule.h - derives a job's state from the counts of its
 * tasks' states: pure functions, and the only place with this rule. */
#ifndef GATEKEEPER_LIFE_RULE_H
#define GATEKEEPER_LIFE_RULE_H

#include "gatekeeper/life/task_state.h"

/* The number of a job's tasks in each state. */
struct life_tally {
    long of[TASK_STATES];
};

/* Whether all tasks are over. */
bool life_rule_over(const struct life_tally *tally);
/* The next state of a job in state NOW (one of life_state_by_tasks()) while its
 * tasks are not all over.  A job that has begun to run stays Running while
 * other tasks wait. */
enum life_state life_rule_state(enum life_state now,
                                const struct life_tally *tally);
/* Whether the job is cancelled: as a whole (CANCEL), or every task of it. */
bool life_rule_cancelled(const struct life_tally *tally, bool cancel);
/* The event of life.def for the end of all tasks: KILLED if the job was
 * CANCELLED; FAULT if NOW is before any scheduler had it; otherwise EXITED. */
enum life_event life_rule_end(enum life_state now, bool cancelled);
/* The final state of the job: Cancelled, Failed if any task failed, or Done. */
enum life_state life_rule_outcome(const struct life_tally *tally, bool cancel);

#endif
