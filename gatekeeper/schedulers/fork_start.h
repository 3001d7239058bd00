/* gatekeeper/schedulers/fork_start.h - the embedded scheduler's state, and
 * starting what is next in its queue. */
#ifndef GATEKEEPER_SCHEDULERS_FORK_START_H
#define GATEKEEPER_SCHEDULERS_FORK_START_H

#include <pthread.h>

#include "base/lock.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/fork_queue.h"
#include "gatekeeper/schedulers/scheduler.h"

struct fork {
    struct sched_host host;
    struct lock lock; /* of the queue */
    pthread_cond_t wake;
    pthread_t ticker;
    bool closing;
    long slots;
    char node[SCHED_HOSTS_MAX]; /* this host's name */
    struct fork_queue queue;
};

/* Have poll() look at RUN soon. */
void fork_start_hint(const struct fork *f, const struct runner_task *run);
/* E could not be started, because of WHY: once more later, for a few times, or
 * while the site has no room.  With the lock. */
void fork_start_again(struct fork *f, struct fork_entry *e,
                      const struct err *why);
/* Start tasks while there are slots.  Any thread, without the lock. */
void fork_start_next(struct fork *f);

#endif
