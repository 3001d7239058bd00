/* tests/lib/clockback_preload.c - a clock that somebody sets back: the program
 * reads a time of day an hour later than the kernel's, by which it waits. */
#include <dlfcn.h>
#include <time.h>

#define AHEAD_S 3600

int
clock_gettime(clockid_t clock, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    int rc;

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    rc = real(clock, t);
    if (rc == 0 && clock == CLOCK_REALTIME)
        t->tv_sec += AHEAD_S;
    return rc;
}
