/* gatekeeper/store/store.c - see store.h: functions that all stores share. */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/store/store.h"

void
store_job_fini(struct store_job *job)
{
    for (size_t i = 0; i < job->ntask; i++) {
        free(job->task[i].submit_name);
        free(job->task[i].sched_id);
        free(job->task[i].fault);
        free(job->task[i].hosts);
    }
    free(job->task);
    free(job->owner);
    free(job->key);
    free(job->record);
    free(job->kind);
    free(job->document);
    free(job->want);
    free(job->account);
    free(job->session);
    free(job->home);
    free(job->scheduler);
    free(job->delegation_id);
    free(job->fault);
    free(job->instance);
    memset(job, 0, sizeof(*job));
}

/* Overwrite a secret, then free it. */
static void
wipe(char *s)
{
    if (s != NULL)
        explicit_bzero(s, strlen(s));
    free(s);
}

void
store_delegation_fini(struct store_delegation *d)
{
    free(d->owner);
    free(d->id);
    wipe(d->request);
    wipe(d->credential);
    memset(d, 0, sizeof(*d));
}

void
store_event_copy(struct store_event *to, const struct store_event *from)
{
    *to = *from;
    to->reason = from->reason != NULL ? xstrdup(from->reason) : NULL;
}

void
store_event_fini(struct store_event *event)
{
    free(event->reason);
    event->reason = NULL;
}

void
store_events_fini(struct store_events *events)
{
    for (size_t i = 0; i < events->n; i++)
        store_event_fini(&events->of[i]);
    free(events->of);
    *events = (struct store_events){ .n = 0 };
}

struct store_event *
store_change_event(struct store_change *c, size_t i)
{
    /* After the first K task events come all steps that do not come after the
     * next task event. */
    for (size_t k = 0; k < c->ntold; k++) {
        size_t place = k + c->told[k].at;

        if (i == place)
            return &c->told[k].event;
        if (i < place)
            return &c->step[i - k];
    }
    i -= c->ntold;
    return i < c->nsteps ? &c->step[i] : NULL;
}
