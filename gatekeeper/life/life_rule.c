/* gatekeeper/life/life_rule.c - see life_rule.h. */
#include "gatekeeper/life/life_rule.h"

bool
life_rule_over(const struct life_tally *tally)
{
    for (int i = 0; i < TASK_STATES; i++)
        if (tally->of[i] > 0 && !task_state_final((enum task_state)i))
            return false;
    return true;
}

enum life_state
life_rule_state(enum life_state now, const struct life_tally *tally)
{
    if (tally->of[TASK_RUNNING] > 0)
        return LIFE_RUNNING;
    if (tally->of[TASK_SUSPENDED] > 0)
        return LIFE_SUSPENDED;
    if (now == LIFE_RUNNING || now == LIFE_SUSPENDED)
        return LIFE_RUNNING;
    if (tally->of[TASK_PENDING] > 0)
        return LIFE_PENDING;
    return tally->of[TASK_SUBMITTING] > 0 ? LIFE_SUBMITTING : LIFE_READY;
}

bool
life_rule_cancelled(const struct life_tally *tally, bool cancel)
{
    return cancel || (tally->of[TASK_DONE] == 0 && tally->of[TASK_FAILED] == 0);
}

enum life_event
life_rule_end(enum life_state now, bool cancelled)
{
    if (cancelled)
        return LIFE_EV_KILLED;
    return now == LIFE_READY || now == LIFE_SUBMITTING ? LIFE_EV_FAULT
                                                       : LIFE_EV_EXITED;
}

enum life_state
life_rule_outcome(const struct life_tally *tally, bool cancel)
{
    if (life_rule_cancelled(tally, cancel))
        return LIFE_CANCELLED;
    return tally->of[TASK_FAILED] > 0 ? LIFE_FAILED : LIFE_DONE;
}
