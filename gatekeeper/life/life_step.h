/* gatekeeper/life/life_step.h - from what happened to what changes, in store
 * and memory: the two tables (life.def, task.def) and the rule between them
 * (life_rule.h) applied to one job; for life_apply.c. */
#ifndef GATEKEEPER_LIFE_STEP_H
#define GATEKEEPER_LIFE_STEP_H

#include "gatekeeper/life/life_core.h"

/* What one note makes of its job and the job's tasks. */
struct life_step {
    struct life_note *note;
    struct life_job *job;
    struct store_change change; /* its tasks are those below */
    enum life_state from, state;
    enum life_action action; /* the job's */
    struct life_tally tally; /* as it will be */
    char ended[64];          /* how the program of the only task did */
    struct store_task *task; /* those that change; strings are borrowed */
    struct life_follow {
        enum life_action action;
        struct life_mark *mark; /* NULL: the event was the whole job's */
        char submit_name[LIFE_NAME_MAX];
    } * follow; /* the same tasks: what is due then */
    size_t ntasks;
    size_t told_room; /* of change.told, which is the step's */
};

/* Find out what NOTE changes; false when that is nothing, *why then says how it
 * ends.  With the lock held. */
bool life_step_prepare(struct life *l, struct life_note *note,
                       struct life_step *step, struct err *why);
/* What is stored becomes true in memory, and the actions due.  With the lock
 * held. */
void life_step_enact(struct life *l, struct life_step *step);
/* Free it, except for the note. */
void life_step_fini(struct life_step *step);

#endif
