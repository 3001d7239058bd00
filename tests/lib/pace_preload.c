/* tests/lib/pace_preload.c - slow the sockets of a program, all its threads
 * together, down to PACE_RATE bytes a second, so that a transfer lasts long
 * enough to be cut. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Sleep for the N bytes that just moved over FD. */
static ssize_t
pace(int fd, ssize_t n)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static double rate, until; /* seconds */
    struct timespec t;
    struct stat st;
    double now, wait;
    int saved = errno;

    if (rate <= 0)
        rate = atof(getenv("PACE_RATE") ? getenv("PACE_RATE") : "1e12");
    if (n > 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode)) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
        pthread_mutex_lock(&lock);
        until = (until > now ? until : now) + (double)n / rate;
        wait = until - now;
        pthread_mutex_unlock(&lock);
        t.tv_sec = (time_t)wait;
        t.tv_nsec = (long)((wait - (double)t.tv_sec) * 1e9);
        if (wait > 0.002)
            nanosleep(&t, NULL);
    }
    errno = saved;
    return n;
}

#define REAL(name) (*(void **)&real_##name = dlsym(RTLD_NEXT, #name))

#define PACED(name, args, call)            \
    ssize_t name args;                     \
    ssize_t name args                      \
    {                                      \
        static ssize_t(*real_##name) args; \
                                           \
        if (real_##name == NULL)           \
            REAL(name);                    \
        return pace(fd, real_##name call); \
    }

PACED(read, (int fd, void *p, size_t n), (fd, p, n))
PACED(write, (int fd, const void *p, size_t n), (fd, p, n))
PACED(readv, (int fd, const struct iovec *v, int n), (fd, v, n))
PACED(writev, (int fd, const struct iovec *v, int n), (fd, v, n))
PACED(recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
PACED(send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
PACED(sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
PACED(splice, (int fd, off_t *at, int out, off_t *to, size_t n, unsigned flags),
      (fd, at, out, to, n < 65536 ? n : 65536, flags))
PACED(sendfile, (int fd, int in, off_t *at, size_t n),
      (fd, in, at, n < 65536 ? n : 65536))
