/* gatekeeper/schedulers/scheduler.c - the list of schedulers in this build. */
#include <string.h>

#include "gatekeeper/schedulers/scheduler.h"

const struct scheduler *const schedulers[] = { &scheduler_fork,
                                               &scheduler_slurm, &scheduler_sge,
                                               &scheduler_pbs, NULL };

const struct scheduler *
scheduler_find(const char *name)
{
    for (size_t i = 0; schedulers[i] != NULL; i++)
        if (strcmp(schedulers[i]->name, name) == 0)
            return schedulers[i];
    return NULL;
}
