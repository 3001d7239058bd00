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

/* Where EVENT leads from STATE and what is to be done there; false: it is not
 * legal in STATE. */
bool task_state_next(enum task_state state, enum life_event event,
                     enum task_state *next, enum life_action *action);
/* What a restart does for a task found in STATE. */
enum life_action task_state_resume(enum task_state state);
/* Nothing happens in it any more unless its owner resubmits. */
bool task_state_final(enum task_state state);
/* A scheduler has it, under an id: Pending, Running or Suspended. */
bool task_state_submitted(enum task_state state);
/* "Running"; static. */
const char *task_state_word(enum task_state state);
/* The state of this word, or -1. */
int task_state_parse(const char *word);

#endif
