/* base/thread.h - threads that leave signals to the one that started them. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

#include "base/err.h"

/* Start RUN(ARG), to be joined by the caller, with every signal blocked; NAME
 * (at most 15 characters) is what ps -L shows.  -1 with ERR: NOMEM. */
int thread_start(pthread_t *t, const char *name, void *(*run)(void *),
                 void *arg, struct err *err);

#endif
