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

/* What comes of an action that cannot be done. */
enum life_way_out {
    LIFE_OUT_none,    /* nothing depends on it */
    LIFE_OUT_FAULT,   /* the event: the job fails */
    LIFE_OUT_KILLED,  /* the event: a cancelled job is over nevertheless */
    LIFE_OUT_outcome, /* the job ends as it would have */
    LIFE_OUT_forget   /* it is removed; what is left is told to the site */
};

/* The way out of ACTION. */
enum life_way_out life_state_way_out(enum life_action action);
/* Where EVENT leads from STATE and what is to be done there; false: it is not
 * legal in STATE. */
bool life_state_next(enum life_state state, enum life_event event,
                     enum life_state *next, enum life_action *action);
/* What a restart does for a job found in STATE. */
enum life_action life_state_resume(enum life_state state);
/* Its tasks are under way and decide: Ready to Suspended. */
bool life_state_by_tasks(enum life_state state);
/* Nothing happens in it any more unless its owner resubmits. */
bool life_state_final(enum life_state state);
/* "Running"; static. */
const char *life_state_word(enum life_state state);
/* The state of this word, or -1. */
int life_state_parse(const char *word);
/* "exited"; static. */
const char *life_event_word(enum life_event event);
/* The event of this word, or -1. */
int life_event_parse(const char *word);
/* What is told of it where nothing better is known: a sentence; static. */
const char *life_event_reason(enum life_event event);

#endif
