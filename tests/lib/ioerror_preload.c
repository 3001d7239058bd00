/* tests/lib/ioerror_preload.c - make calls on files below IOERROR_DIR fail:
 * IOERROR_CALL names the calls ("pwrite,splice"), IOERROR_ERRNO the error (a
 * number), IOERROR_AFTER how many such calls succeed first in a process. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

/* Whether the list WHAT, "pwrite,splice", names CALL. */
static int
names(const char *what, const char *call)
{
    size_t n = strlen(call);
    const char *p = what;

    while ((p = strstr(p, call)) != NULL) {
        if ((p == what || p[-1] == ',') && (p[n] == '\0' || p[n] == ','))
            return 1;
        p += n;
    }
    return 0;
}

/* Whether CALL on FD is to fail now; errno is then set. */
static int
fails(const char *call, int fd)
{
    static atomic_int seen;
    const char *what = getenv("IOERROR_CALL"), *dir = getenv("IOERROR_DIR");
    const char *number = getenv("IOERROR_ERRNO"), *after;
    char link[40], path[4096];
    int saved = errno;
    ssize_t n;

    if (what == NULL || dir == NULL || !names(what, call))
        return 0;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    errno = saved;
    if (n < 0 || strncmp(path, dir, strlen(dir)) != 0)
        return 0;
    path[n] = '\0';
    after = getenv("IOERROR_AFTER");
    if (atomic_fetch_add(&seen, 1) < (after != NULL ? atol(after) : 0))
        return 0;
    errno = number != NULL ? (int)strtol(number, NULL, 10) : EIO;
    return 1;
}

#define REAL(name) (*(void **)&real_##name = dlsym(RTLD_NEXT, #name))

#define FAILING(type, name, args, call)                  \
    type name args;                                      \
    type name args                                       \
    {                                                    \
        static type(*real_##name) args;                  \
                                                         \
        if (real_##name == NULL)                         \
            REAL(name);                                  \
        return fails(#name, fd) ? -1 : real_##name call; \
    }

FAILING(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
FAILING(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at),
        (fd, p, n, at))
FAILING(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
FAILING(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at),
        (fd, v, n, at))
FAILING(ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
FAILING(ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
FAILING(int, fsync, (int fd), (fd))
FAILING(int, fdatasync, (int fd), (fd))
FAILING(int, unlinkat, (int fd, const char *name, int flags), (fd, name, flags))
FAILING(int, ftruncate, (int fd, off_t n), (fd, n))
FAILING(int, posix_fallocate, (int fd, off_t at, off_t n), (fd, at, n))

struct dirent *
readdir(DIR *dir)
{
    static struct dirent *(*real_readdir)(DIR *);

    if (real_readdir == NULL)
        REAL(readdir);
    return fails("readdir", dirfd(dir)) ? NULL : real_readdir(dir);
}

/* The descriptor is gone all the same, as Linux has it. */
int
close(int fd)
{
    static int (*real_close)(int);
    int bad = fails("close", fd), error = errno;

    if (real_close == NULL)
        REAL(close);
    if (real_close(fd) < 0)
        return -1;
    errno = bad ? error : errno;
    return bad ? -1 : 0;
}

/* A read error of a source that is sent without a copy. */
ssize_t
sendfile(int out, int fd, off_t *at, size_t n)
{
    static ssize_t (*real_sendfile)(int, int, off_t *, size_t);

    if (real_sendfile == NULL)
        REAL(sendfile);
    return fails("sendfile", fd) ? -1 : real_sendfile(out, fd, at, n);
}

/* Into a file from a pipe, or the other way. */
ssize_t
splice(int in, off_t *in_at, int fd, off_t *at, size_t n, unsigned flags)
{
    static ssize_t (*real_splice)(int, off_t *, int, off_t *, size_t, unsigned);

    if (real_splice == NULL)
        REAL(splice);
    return fails("splice", fd) ? -1 : real_splice(in, in_at, fd, at, n, flags);
}

int
rename(const char *from, const char *to)
{
    static int (*real_rename)(const char *, const char *);
    const char *what = getenv("IOERROR_CALL"), *dir = getenv("IOERROR_DIR");

    if (real_rename == NULL)
        REAL(rename);
    if (what != NULL && dir != NULL && strcmp(what, "rename") == 0 &&
        strncmp(from, dir, strlen(dir)) == 0) {
        errno = EIO;
        return -1;
    }
    return real_rename(from, to);
}

int
renameat(int fd, const char *from, int to_fd, const char *to)
{
    static int (*real_renameat)(int, const char *, int, const char *);

    if (real_renameat == NULL)
        REAL(renameat);
    return fails("rename", fd) ? -1 : real_renameat(fd, from, to_fd, to);
}
