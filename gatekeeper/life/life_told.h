/* gatekeeper/life/life_told.h - the events of a job's tasks in the journal, as
 * a step makes them; for life_step.c. */
#ifndef GATEKEEPER_LIFE_TOLD_H
#define GATEKEEPER_LIFE_TOLD_H

#include "gatekeeper/life/life_step.h"

/* EVENT takes task T of an array from its state to NEXT, by MARK (NULL: it
 * happens to the whole job): an event of S, one for all neighbours of which the
 * same is told.  The only task of a job is what the job's own events tell of.
 */
void life_told_task(struct life_step *s, const struct store_task *t,
                    enum life_event event, enum task_state next,
                    const struct life_mark *mark);
/* What did not begin when the job of S goes on without its tasks never will
 * (life_table_move()). */
void life_told_rest(struct life_step *s);
/* Forget them. */
void life_told_fini(struct life_step *s);

#endif
