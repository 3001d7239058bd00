/* base/thread.h - threads that leave signals to the one that started them, and
 * waits that end by the monotonic clock: nobody's setting of the time of day
 * makes them longer or shorter. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/err.h"

/* Start RUN(ARG), to be joined by the caller, with every signal blocked; NAME
 * (at most 15 characters) is what ps -L shows.  -1 with ERR: NOMEM. */
int thread_start(pthread_t *t, const char *name, void *(*run)(void *),
                 void *arg, struct err *err);
/* Wait for COND, with LOCK held, until UNTIL_MS of time_mono_ms() at most.
 * false: that time has come. */
bool thread_wait(pthread_cond_t *cond, pthread_mutex_t *lock,
                 long long until_ms);
/* Join T when it ends until UNTIL_MS of time_mono_ms(); false: it still runs.
 */
bool thread_join(pthread_t t, long long until_ms);
/* MS from now by CLOCK_MONOTONIC, for the pthread_*clock*() functions. */
struct timespec thread_deadline(long long ms);

#endif
