/* gatekeeper/life/life_state.h - the life-cycle table (life.def) as pure
 * functions.
 */
#ifndef GATEKEEPER_LIFE_STATE_H
#define GATEKEEPER_LIFE_STATE_H

#include <stdbool.h>

enum life_state {
#define LIFE_STATE(name, word, final) LIFE_##name,
#include "gatekeeper/life/life.def"
    LIFE_STATES
};

enum life_event {
#define LIFE_EVENT(name, word, reason) LIFE_EV_##name,
#include "gatekeeper/life/life.def"
    LIFE_EVENTS
};

enum life_action {
#define LIFE_ACTION(name, way_out) LIFE_DO_##name,
#include "gatekeeper/life/life.def"
    LIFE_ACTIONS
};

/* What follows if an action cannot be done. */
enum life_way_out {
    LIFE_OUT_none,    /* no effect on the job */
    LIFE_OUT_FAULT,   /* the event: the job fails */
    LIFE_OUT_KILLED,  /* the event: a cancelled job is over anyway */
    LIFE_OUT_outcome, /* the job ends with its outcome */
    LIFE_OUT_forget   /* the job is removed; leftovers are logged */
};

/* The way out of ACTION. */
enum life_way_out life_state_way_out(enum life_action action);
/* The transition for EVENT in STATE, and the action to do then; false: EVENT is
 * not legal in STATE. */
bool life_state_next(enum life_state state, enum life_event event,
                     enum life_state *next, enum life_action *action);
/* The action for a job that is in STATE at a restart. */
enum life_action life_state_resume(enum life_state state);
/* Whether the job's tasks determine its state: Ready to Suspended. */
bool life_state_by_tasks(enum life_state state);
/* Whether STATE is final, unless the owner resubmits. */
bool life_state_final(enum life_state state);
/* "Running"; static. */
const char *life_state_word(enum life_state state);
/* The state of this word, or -1. */
int life_state_parse(const char *word);
/* "exited"; static. */
const char *life_event_word(enum life_event event);
/* The event of this word, or -1. */
int life_event_parse(const char *word);
/* A default reason for EVENT: a sentence; static. */
const char *life_event_reason(enum life_event event);

#endif
