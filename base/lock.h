/* base/lock.h - mutexes with a place in one order (lock.def): a thread that
 * takes two of them takes them in that order, so that no two threads wait for
 * each other.  All builds but release check it at run time. */
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

/* A lock that is static: it is made before the program begins. */
#define LOCK_INIT(place)                                    \
    {                                                       \
        .mutex = PTHREAD_MUTEX_INITIALIZER, .rank = (place) \
    }

/* Make L, which has the place RANK. */
void lock_init(struct lock *l, enum lock_rank rank);
/* L is held by nobody, and not used again. */
void lock_fini(struct lock *l);
/* Take L.  Where the order is checked, a thread that holds one of the same rank
 * or of one further down in lock.def ends the process (abort), with both names
 * on stderr and in the log. */
void lock_take(struct lock *l);
/* Give L back. */
void lock_release(struct lock *l);
/* Wait for COND; L is held before and after. */
void lock_wait(struct lock *l, pthread_cond_t *cond);
/* The same until UNTIL_MS of time_mono_ms() at most.  false: that time has
 * come. */
bool lock_wait_until(struct lock *l, pthread_cond_t *cond, long long until_ms);
/* The same until UNTIL by CLOCK_MONOTONIC, to the nanosecond. */
bool lock_wait_clock(struct lock *l, pthread_cond_t *cond,
                     const struct timespec *until);
/* "struct service.starting": where the lock of RANK is; static. */
const char *lock_name(enum lock_rank rank);

#endif
