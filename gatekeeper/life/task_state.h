/* gatekeeper/life/task_state.h - the life-cycle table of a task (task.def) as
 * pure functions. */
#ifndef GATEKEEPER_LIFE_TASK_STATE_H
#define GATEKEEPER_LIFE_TASK_STATE_H

#include "gatekeeper/life/life_state.h"

enum task_state {
#define TASK_STATE(name, word, final) TASK_##name,
#include "gatekeeper/life/task.def"
    TASK_STATES
};

/* The transition for EVENT in STATE, and the action to do then; false: EVENT is
 * not legal in STATE. */
bool task_state_next(enum task_state state, enum life_event event,
                     enum task_state *next, enum life_action *action);
/* The action for a task that is in STATE at a restart. */
enum life_action task_state_resume(enum task_state state);
/* Whether STATE is final, unless the owner resubmits. */
bool task_state_final(enum task_state state);
/* Whether a scheduler has the task under an id: Pending, Running or
 * Suspended. */
bool task_state_submitted(enum task_state state);
/* "Running"; static. */
const char *task_state_word(enum task_state state);
/* The state of this word, or -1. */
int task_state_parse(const char *word);

#endif
