/* gatekeeper/store/store.c - see store.h: what every store shares. */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/store/store.h"

void
store_job_fini(struct store_job *job)
{
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
    free(job->sched_id);
    free(job->submit_name);
    free(job->delegation_id);
    free(job->fault);
    memset(job, 0, sizeof(*job));
}

/* A secret: overwritten before it is freed. */
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
