/* base/lock.h - mutexes with one lock order (lock.def), which prevents
 * deadlocks.  All builds but release check the order at run time. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

enum lock_rank {
#define LOCK(name, where) LOCK_##name,
#include "base/lock.def"
#undef LOCK
    LOCK_RANKS
};

struct lock {
    pthread_mutex_t mutex;
    enum lock_rank rank;
};

/* Initialiser of a static lock. */
#define LOCK_INIT(place)                                    \
    {                                                       \
        .mutex = PTHREAD_MUTEX_INITIALIZER, .rank = (place) \
    }

/* Initialise L with the rank RANK. */
void lock_init(struct lock *l, enum lock_rank rank);
/* Destroy L, which nobody holds. */
void lock_fini(struct lock *l);
/* Lock L.  Builds that check the order call abort() when this thread holds a
 * lock of the same or a later rank of lock.def; both names go to stderr and the
 * log. */
void lock_take(struct lock *l);
/* Unlock L. */
void lock_release(struct lock *l);
/* Wait for COND; L must be held and is held again on return. */
void lock_wait(struct lock *l, pthread_cond_t *cond);
/* The same, but only until UNTIL_MS of time_mono_ms(); false on timeout. */
bool lock_wait_until(struct lock *l, pthread_cond_t *cond, long long until_ms);
/* The same with UNTIL in CLOCK_MONOTONIC, to the nanosecond; false on
 * timeout. */
bool lock_wait_clock(struct lock *l, pthread_cond_t *cond,
                     const struct timespec *until);
/* Where the lock of RANK is, for example "struct service.starting"; static. */
const char *lock_name(enum lock_rank rank);

#endif
