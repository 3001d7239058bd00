/* gatekeeper/life/task_state.c - see task_state.h. */
#include <string.h>

#include "gatekeeper/life/task_state.h"

static const struct {
    const char *word;
    bool final;
} states[] = {
#define TASK_STATE(name, word, final) [TASK_##name] = { word, final },
#include "gatekeeper/life/task.def"
};

static const struct {
    enum task_state from;
    enum life_event event;
    enum task_state to;
    enum life_action action;
} table[] = {
#define TASK(from, event, to, action) \
    { TASK_##from, LIFE_EV_##event, TASK_##to, LIFE_DO_##action },
#include "gatekeeper/life/task.def"
};

static const enum life_action resume[] = {
#define TASK_RESUME(state, action) [TASK_##state] = LIFE_DO_##action,
#include "gatekeeper/life/task.def"
};

bool
task_state_next(enum task_state state, enum life_event event,
                enum task_state *next, enum life_action *action)
{
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
task_state_resume(enum task_state state)
{
    return resume[state];
}

bool
task_state_final(enum task_state state)
{
    return states[state].final;
}

bool
task_state_submitted(enum task_state state)
{
    return state == TASK_PENDING || state == TASK_RUNNING ||
           state == TASK_SUSPENDED;
}

const char *
task_state_word(enum task_state state)
{
    return (unsigned)state < TASK_STATES ? states[state].word : "?";
}

int
task_state_parse(const char *word)
{
    for (int i = 0; i < TASK_STATES; i++)
        if (strcmp(states[i].word, word) == 0)
            return i;
    return -1;
}
