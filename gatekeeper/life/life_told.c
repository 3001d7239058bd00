/* gatekeeper/life/life_told.c - see life_told.h. */
#include "gatekeeper/life/life_told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Put into TEXT why EVENT happened to a task, from MARK (or NULL); "": the
 * default reason of the event. */
static void
say_task(const struct life_mark *mark, enum life_event event, char *text,
         size_t size)
{
    text[0] = '\0';
    if (mark == NULL)
        return;
    if (mark->fault != NULL)
        snprintf(text, size, "%s", mark->fault);
    else if (event == LIFE_EV_EXITED && mark->exit.set)
        snprintf(text, size, "its program ended with exit code %d",
                 mark->exit.code);
}

/* Whether E, which covers the task before INDEX, can be extended to INDEX: the
 * same event OF with the same REASON. */
static bool
goes_on(const struct store_event *e, uint32_t index,
        const struct store_event *of, const char *reason)
{
    return e->last_task + 1 == (int)index && e->attempt == of->attempt &&
           e->from == of->from && e->to == of->to && e->event == of->event &&
           strcmp(e->reason != NULL ? e->reason : "", reason) == 0;
}

void
life_told_task(struct life_step *s, const struct store_task *t,
               enum life_event event, enum task_state next,
               const struct life_mark *mark)
{
    struct store_change *c = &s->change;
    struct store_event e = { .task = (int)t->index,
                             .last_task = (int)t->index,
                             .attempt = (int)t->attempt,
                             .from =
                                 life_state_parse(task_state_word(t->state)),
                             .event = event,
                             .t_ms = time_now_ms() };
    char reason[300];

    if (s->job->ntasks <= 1 || t->state == next)
        return;
    e.to = (enum life_state)life_state_parse(task_state_word(next));
    memcpy(e.job, c->id, UUID_TEXT);
    say_task(mark, event, reason, sizeof(reason));
    if (c->ntold > 0 && c->told[c->ntold - 1].at == c->nsteps &&
        goes_on(&c->told[c->ntold - 1].event, t->index, &e, reason)) {
        c->told[c->ntold - 1].event.last_task++;
        return;
    }
    if (c->ntold == s->told_room) {
        s->told_room = s->told_room == 0 ? 4 : 2 * s->told_room;
        c->told = xrealloc(c->told, s->told_room, sizeof(*c->told));
    }
    e.reason = reason[0] != '\0' ? xstrdup(reason) : NULL;
    c->told[c->ntold++] =
        (struct store_task_event){ .event = e, .at = c->nsteps };
}

void
life_told_rest(struct life_step *s)
{
    if (s->state != LIFE_CLEANUP && !life_state_final(s->state))
        return;
    for (uint32_t i = 0; s->tally.of[TASK_READY] > 0 && i < s->job->ntasks; i++)
        if (s->job->task[i].state == TASK_READY && s->ntasks == 0)
            life_told_task(
                s,
                &(struct store_task){ .index = i,
                                      .attempt = s->job->task[i].attempt,
                                      .state = TASK_READY },
                s->note->event, TASK_CANCELLED, NULL);
}

void
life_told_fini(struct life_step *s)
{
    for (size_t i = 0; i < s->change.ntold; i++)
        store_event_fini(&s->change.told[i].event);
    free(s->change.told);
    s->change.told = NULL;
    s->change.ntold = s->told_room = 0;
}
