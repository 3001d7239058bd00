/* base/lock.c - see lock.h. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"

static const char *const names[LOCK_RANKS] = {
#define LOCK(name, where) [LOCK_##name] = where,
#include "base/lock.def"
#undef LOCK
};

#ifdef LOCK_ORDER

/* The ranks that this thread holds; it can hold each rank only once. */
static _Thread_local bool held[LOCK_RANKS];

/* Check before taking RANK: no lock of this or a later rank may be held. */
static void
check_order(enum lock_rank rank)
{
    for (int i = (int)rank; i < LOCK_RANKS; i++) {
        if (!held[i])
            continue;
        fprintf(stderr, "lock order: '%s' is taken while '%s' is held\n",
                lock_name(rank), lock_name((enum lock_rank)i));
        log_event(LOG_CRIT, "lock.order", "taken=%s held=%s", lock_name(rank),
                  lock_name((enum lock_rank)i));
        abort();
    }
}

static void
note_held(enum lock_rank rank, bool is)
{
    held[rank] = is;
}

#else

static void
check_order(enum lock_rank rank)
{
    (void)rank;
}

static void
note_held(enum lock_rank rank, bool is)
{
    (void)rank, (void)is;
}

#endif

void
lock_init(struct lock *l, enum lock_rank rank)
{
    pthread_mutex_init(&l->mutex, NULL);
    l->rank = rank;
}

void
lock_fini(struct lock *l)
{
    pthread_mutex_destroy(&l->mutex);
}

void
lock_take(struct lock *l)
{
    check_order(l->rank);
    pthread_mutex_lock(&l->mutex);
    note_held(l->rank, true);
}

void
lock_release(struct lock *l)
{
    note_held(l->rank, false);
    pthread_mutex_unlock(&l->mutex);
}

void
lock_wait(struct lock *l, pthread_cond_t *cond)
{
    pthread_cond_wait(cond, &l->mutex);
}

bool
lock_wait_until(struct lock *l, pthread_cond_t *cond, long long until_ms)
{
    return thread_wait(cond, &l->mutex, until_ms);
}

bool
lock_wait_clock(struct lock *l, pthread_cond_t *cond,
                const struct timespec *until)
{
    return pthread_cond_clockwait(cond, &l->mutex, CLOCK_MONOTONIC, until) !=
           ETIMEDOUT;
}

const char *
lock_name(enum lock_rank rank)
{
    return names[rank];
}
