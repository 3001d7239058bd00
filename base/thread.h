/* base/thread.h - threads with all signals blocked, and waits on the monotonic
 * clock, which changes of the system time do not affect. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/err.h"

/* Start a thread that runs RUN(ARG) with every signal blocked; the caller must
 * join it.  NAME (at most 15 characters) appears in ps -L. -1 with ERR:
 * NOMEM. */
int thread_start(pthread_t *t, const char *name, void *(*run)(void *),
                 void *arg, struct err *err);
/* Wait for COND, with LOCK held, until UNTIL_MS of time_mono_ms(); false on
 * timeout. */
bool thread_wait(pthread_cond_t *cond, pthread_mutex_t *lock,
                 long long until_ms);
/* Join T if it ends before UNTIL_MS of time_mono_ms(); false when it still
 * runs. */
bool thread_join(pthread_t t, long long until_ms);
/* MS from now by CLOCK_MONOTONIC, for the pthread_*clock*() functions. */
struct timespec thread_deadline(long long ms);

#endif
