/* gatekeeper/life/life_step.h - computes the changes in store and memory that
 * an event causes: applies the two tables (life.def, task.def) and the rule
 * between them (life_rule.h) to one job; for life_apply.c. */
#ifndef GATEKEEPER_LIFE_STEP_H
#define GATEKEEPER_LIFE_STEP_H

#include "gatekeeper/life/life_core.h"

/* The changes of one note to its job and the job's tasks. */
struct life_step {
    struct life_note *note;
    struct life_job *job;
    struct store_change change; /* its tasks are in the field task below */
    enum life_state from, state;
    enum life_action action; /* the job's */
    struct life_tally tally; /* after the change */
    char ended[64];          /* how the program of the only task ended */
    struct store_task *task; /* the tasks that change; strings are borrowed */
    struct life_follow {
        enum life_action action;
        struct life_mark *mark; /* NULL: the event was for the whole job */
        char submit_name[LIFE_NAME_MAX];
    } * follow; /* of the same tasks: what to do next */
    size_t ntasks;
    size_t told_room; /* of change.told, which the step owns */
};

/* Compute what NOTE changes; false: nothing, and *why is the result of the
 * note.  With the lock held. */
bool life_step_prepare(struct life *l, struct life_note *note,
                       struct life_step *step, struct err *why);
/* Apply the stored change to memory and make the actions due.  With the lock
 * held. */
void life_step_enact(struct life *l, struct life_step *step);
/* Free the step, but not its note. */
void life_step_fini(struct life_step *step);

#endif
