/* gatekeeper/life/life_state.c - see life_state.h. */
#include <stddef.h>
#include <string.h>

#include "gatekeeper/life/life_state.h"

static const struct {
    const char *word;
    bool final;
} states[] = {
#define LIFE_STATE(name, word, final) [LIFE_##name] = { word, final },
#include "gatekeeper/life/life.def"
};

static const struct {
    const char *word, *reason;
} events[] = {
#define LIFE_EVENT(name, word, reason) [LIFE_EV_##name] = { word, reason },
#include "gatekeeper/life/life.def"
};

static const bool by_tasks[LIFE_STATES] = {
#define LIFE_BY_TASKS(name) [LIFE_##name] = true,
#include "gatekeeper/life/life.def"
};

/* In the table: any state of life_state_by_tasks(). */
#define LIFE_TASKS LIFE_STATES

static const struct {
    enum life_state from;
    enum life_event event;
    enum life_state to;
    enum life_action action;
} table[] = {
#define LIFE(from, event, to, action) \
    { LIFE_##from, LIFE_EV_##event, LIFE_##to, LIFE_DO_##action },
#include "gatekeeper/life/life.def"
};

static const enum life_action resume[] = {
#define LIFE_RESUME(state, action) [LIFE_##state] = LIFE_DO_##action,
#include "gatekeeper/life/life.def"
};

static const enum life_way_out ways_out[] = {
#define LIFE_ACTION(name, way_out) [LIFE_DO_##name] = LIFE_OUT_##way_out,
#include "gatekeeper/life/life.def"
};

enum life_way_out
life_state_way_out(enum life_action action)
{
    return ways_out[action];
}

bool
life_state_next(enum life_state state, enum life_event event,
                enum life_state *next, enum life_action *action)
{
    if (by_tasks[state])
        state = LIFE_TASKS;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].from != state || table[i].event != event)
            continue;
        *next = table[i].to;
        *action = table[i].action;
        return true;
    }
    return false;
}

enum life_action
life_state_resume(enum life_state state)
{
    return resume[state];
}

bool
life_state_by_tasks(enum life_state state)
{
    return by_tasks[state];
}

bool
life_state_final(enum life_state state)
{
    return states[state].final;
}

const char *
life_state_word(enum life_state state)
{
    return (unsigned)state < LIFE_STATES ? states[state].word : "?";
}

int
life_state_parse(const char *word)
{
    for (int i = 0; i < LIFE_STATES; i++)
        if (strcmp(states[i].word, word) == 0)
            return i;
    return -1;
}

const char *
life_event_word(enum life_event event)
{
    return (unsigned)event < LIFE_EVENTS ? events[event].word : "?";
}

int
life_event_parse(const char *word)
{
    for (int i = 0; i < LIFE_EVENTS; i++)
        if (strcmp(events[i].word, word) == 0)
            return i;
    return -1;
}

const char *
life_event_reason(enum life_event event)
{
    return events[event].reason;
}
