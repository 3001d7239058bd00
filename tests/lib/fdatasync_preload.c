/* tests/lib/fdatasync_preload.c - a disk that blocks, fails or is full, for the
 * program named by GATEHOUSE_DISK_PROGRAM alone ("gatekeeper"); its children
 * and its runner keep the real one.
 *
 *   GATEHOUSE_DISK=PREFIX   PREFIX.block exists: fsync and fdatasync wait
 *                           PREFIX.fail: they fail with EIO
 *                           PREFIX.full: writes to regular files, ENOSPC
 * PREFIX.hit is made when one of them was met. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static const char *prefix;

__attribute__((constructor)) static void
begin(void)
{
    const char *program = getenv("GATEHOUSE_DISK_PROGRAM");
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
    const char *slash;

    if (n <= 0 || program == NULL)
        return;
    exe[n] = '\0';
    slash = strrchr(exe, '/');
    if (slash != NULL && strcmp(slash + 1, program) == 0)
        prefix = getenv("GATEHOUSE_DISK");
}

static bool
is(const char *what)
{
    char path[4096];

    if (prefix == NULL)
        return false;
    snprintf(path, sizeof(path), "%s.%s", prefix, what);
    return access(path, F_OK) == 0;
}

static void
hit(void)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s.hit", prefix);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    if (fd >= 0)
        close(fd);
}

/* Whether a sync may go on; errno is set when not. */
static bool
may_sync(void)
{
    const struct timespec tick = { .tv_nsec = 5000000 };

    while (is("block")) {
        hit();
        nanosleep(&tick, NULL);
    }
    if (!is("fail"))
        return true;
    hit();
    errno = EIO;
    return false;
}

static bool
may_write(int fd)
{
    struct stat st;

    if (!is("full") || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return true;
    hit();
    errno = ENOSPC;
    return false;
}

/* The real function of this NAME, in *(void **)P. */
static void
real(const char *name, void *p)
{
    void *f = dlsym(RTLD_NEXT, name);

    memcpy(p, &f, sizeof(f));
}

int
fsync(int fd)
{
    static int (*next)(int);

    if (next == NULL)
        real("fsync", &next);
    return may_sync() ? next(fd) : -1;
}

int
fdatasync(int fd)
{
    static int (*next)(int);

    if (next == NULL)
        real("fdatasync", &next);
    return may_sync() ? next(fd) : -1;
}

ssize_t
write(int fd, const void *p, size_t n)
{
    static ssize_t (*next)(int, const void *, size_t);

    if (next == NULL)
        real("write", &next);
    return may_write(fd) ? next(fd, p, n) : -1;
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
    static ssize_t (*next)(int, const void *, size_t, off_t);

    if (next == NULL)
        real("pwrite", &next);
    return may_write(fd) ? next(fd, p, n, at) : -1;
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    static ssize_t (*next)(int, const void *, size_t, off64_t);

    if (next == NULL)
        real("pwrite64", &next);
    return may_write(fd) ? next(fd, p, n, at) : -1;
}
