/* base/thread.c - see thread.h. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "base/codec.h"
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

static struct timespec
time_of(long long ms)
{
    return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
                              .tv_nsec = (long)(ms % 1000) * 1000000 };
}

struct timespec
thread_deadline(long long ms)
{
    return time_of(time_mono_ms() + ms);
}

bool
thread_wait(pthread_cond_t *cond, pthread_mutex_t *lock, long long until_ms)
{
    const struct timespec until = time_of(until_ms);

    return pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &until) !=
           ETIMEDOUT;
}

bool
thread_join(pthread_t t, long long until_ms)
{
    const struct timespec until = time_of(until_ms);

#ifdef __SANITIZE_THREAD__
    /* ThreadSanitizer does not know pthread_clockjoin_np and would report races
     * after it. */
    while (pthread_tryjoin_np(t, NULL) != 0) {
        if (time_mono_ms() >= until_ms)
            return false;
        poll(NULL, 0, 1);
    }
    (void)until;
    return true;
#else
    return pthread_clockjoin_np(t, NULL, CLOCK_MONOTONIC, &until) == 0;
#endif
}
