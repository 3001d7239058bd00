/* base/thread.c - see thread.h. */
#include <signal.h>
#include <string.h>

#include "base/thread.h"

int
thread_start(pthread_t *t, const char *name, void *(*run)(void *), void *arg,
             struct err *err)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(t, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc != 0)
        return err_set(err, ERR_NOMEM, "cannot start a thread: %s",
                       strerror(rc));
    pthread_setname_np(*t, name);
    return 0;
}
