/* gatekeeper/schedulers/fork_start.h - the embedded scheduler's state, and
 * starting the next tasks of its queue. */
#ifndef GATEKEEPER_SCHEDULERS_FORK_START_H
#define GATEKEEPER_SCHEDULERS_FORK_START_H

#include <pthread.h>

#include "base/lock.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/fork_queue.h"
#include "gatekeeper/schedulers/scheduler.h"

struct fork {
    struct sched_host host;
    struct lock lock; /* guards the queue */
    pthread_cond_t wake;
    pthread_t ticker;
    bool closing;
    long slots;
    char node[SCHED_HOSTS_MAX]; /* this host's name */
    struct fork_queue queue;
};

/* Ask for a poll of RUN soon. */
void fork_start_hint(const struct fork *f, const struct runner_task *run);
/* E could not be started, because of WHY: retry later, a limited number of
 * times, or as long as the site has no space.  With the lock. */
void fork_start_again(struct fork *f, struct fork_entry *e,
                      const struct err *why);
/* Start tasks while slots are free.  Any thread, without the lock. */
void fork_start_next(struct fork *f);

#endif
