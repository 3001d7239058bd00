/* gatekeeper/runner/helper_session.c - see helper_session.h. */
#include "gatekeeper/runner/helper_session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/testpoint.h"

/* A program may keep removing the permissions.  Retries are limited: after that
 * only its own job suffers. */
#define MENDS    16
#define PAUSE_NS 1000000L

enum err_code
helper_session_code(int error)
{
    switch (error) {
    case ENOENT:
        return ERR_NOT_FOUND;
    case ELOOP:
    case ENOTDIR:
    case EXDEV:
    case EACCES:
    case EPERM:
    case EEXIST:
    case EISDIR:
        return ERR_AUTHZ;
    case ENOSPC:
    case EDQUOT:
        return ERR_NOSPACE;
    case ENOMEM:
        return ERR_NOMEM;
    default:
        return ERR_IO;
    }
}

/* Set the permissions MODE on the file of PATHFD (O_PATH) if the user owns it.
 * Through the descriptor, since the name may refer to another file by now. */
static bool
give_rights(int pathfd, mode_t kind, mode_t mode)
{
    char link[64];
    struct stat st;

    if (fstat(pathfd, &st) < 0 || (st.st_mode & S_IFMT) != kind ||
        st.st_uid != geteuid())
        return false;
    if ((st.st_mode & mode) == mode)
        return true;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", pathfd);
    return chmod(link, (st.st_mode & 07777) | mode) == 0;
}

/* Walk down PATH and restore the permissions of each directory. */
static void
repair_path(int dirfd, const char *path)
{
    int at = dirfd;

    while (*path != '\0') {
        size_t n = strcspn(path, "/");
        char name[NAME_MAX + 1];
        int next;

        if (n >= sizeof(name))
            break;
        memcpy(name, path, n);
        name[n] = '\0';
        next = fs_open_beneath(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0,
                               false);
        if (at != dirfd)
            close(at);
        at = next;
        if (next < 0 || !give_rights(next, S_IFDIR, 0700))
            break;
        path += n + (path[n] == '/');
    }
    if (at >= 0 && at != dirfd)
        close(at);
}

/* Whether to try again; from the second time on, after a pause. */
static bool
try_again(int *mends)
{
    const struct timespec pause = { .tv_nsec = PAUSE_NS };

    if (*mends == MENDS)
        return false;
    if ((*mends)++ > 0)
        nanosleep(&pause, NULL);
    return true;
}

int
helper_session_dir(int dirfd, const char *path)
{
    int mends = 0;

    for (;;) {
        int fd = fs_open_beneath(dirfd, path, O_RDONLY | O_DIRECTORY, 0, false);
        struct stat st;

        /* A directory that can be opened may still lack search permission. */
        if (fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 0700) == 0700)
            return fd;
        if ((fd < 0 && errno != EACCES) || !try_again(&mends))
            return fd;
        if (fd >= 0)
            close(fd);
        repair_path(dirfd, path);
        test_point("run.mended");
    }
}

bool
helper_session_mend(int dirfd, const char *name, int *mends)
{
    bool good;
    int fd;

    if (!try_again(mends))
        return false;
    (void)give_rights(dirfd, S_IFDIR, 0700);
    fd = fs_open_beneath(dirfd, name, O_PATH | O_NOFOLLOW, 0, false);
    good = fd >= 0 ? give_rights(fd, S_IFREG, 0600) : errno == EACCES;
    if (fd >= 0)
        close(fd);
    return good;
}

int
helper_session_open(const struct helper *h, const char *job, struct err *err)
{
    int fd = helper_session_dir(h->basefd, job);

    if (fd < 0)
        return err_set(err, helper_session_code(errno),
                       "cannot open the session '%s/%s/%s': %s", h->sessions,
                       h->user.name, job,
                       errno == ELOOP     ? "there is a symbolic link"
                       : errno == ENOTDIR ? "it is not a directory any more"
                                          : strerror(errno));
    return fd;
}
