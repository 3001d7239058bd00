/* gatekeeper/life/life_told.h - the journal events of a job's tasks that a step
 * creates; for life_step.c. */
#ifndef GATEKEEPER_LIFE_TOLD_H
#define GATEKEEPER_LIFE_TOLD_H

#include "gatekeeper/life/life_step.h"

/* EVENT takes task T of an array from its state to NEXT because of MARK (NULL:
 * because of an event of the whole job).  Add this event to S; neighbours with
 * the same event share one entry.  The only task of a job gets no event: the
 * job's own events suffice. */
void life_told_task(struct life_step *s, const struct store_task *t,
                    enum life_event event, enum task_state next,
                    const struct life_mark *mark);
/* Add the end of the tasks that had not begun when the job of S went on without
 * them (life_table_move()). */
void life_told_rest(struct life_step *s);
/* Free these events. */
void life_told_fini(struct life_step *s);

#endif
