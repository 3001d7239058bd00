/* base/net_local.c - sockets within this host, which are files; see net.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/net.h"

/* DIR/NAME by a path that fits an address, however long DIR is: DIRFD is DIR.
 */
static int
local_path(int dirfd, const char *name, char *path, size_t n, struct err *err)
{
    if ((size_t)snprintf(path, n, "/proc/self/fd/%d/%s", dirfd, name) < n)
        return 0;
    return err_set(err, ERR_USAGE, "the name of a socket is too long: '%s'",
                   name);
}

int
net_local_listen(const char *dir, const char *name, int backlog,
                 struct err *err)
{
    struct sockaddr_un sun = { .sun_family = AF_UNIX };
    int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;

    if (dirfd < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", dir,
                       strerror(errno));
    if (local_path(dirfd, name, sun.sun_path, sizeof(sun.sun_path), err) < 0)
        goto out;
    (void)unlinkat(dirfd, name, 0); /* of a process before us */
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Nobody can connect before it listens. */
    if (fd < 0 || bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0 ||
        fchmodat(dirfd, name, 0600, 0) < 0 || listen(fd, backlog) < 0) {
        err_set(err, ERR_IO, "cannot listen at '%s/%s': %s", dir, name,
                strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
out:
    close(dirfd);
    return fd;
}

int
net_local_path(const char *dir, const char *name, char path[NET_LOCAL_PATH],
               struct err *err)
{
    int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (dirfd < 0)
        return err_set(err, errno == EACCES ? ERR_AUTHZ : ERR_NOT_FOUND,
                       "cannot open '%s': %s", dir, strerror(errno));
    if (faccessat(dirfd, name, W_OK, AT_EACCESS) < 0)
        err_set(err, errno == EACCES ? ERR_AUTHZ : ERR_NOT_FOUND,
                "cannot use '%s/%s': %s", dir, name, strerror(errno));
    else if (local_path(dirfd, name, path, NET_LOCAL_PATH, err) == 0)
        return dirfd;
    close(dirfd);
    return -1;
}

int
net_local_peer(int fd, uid_t *uid)
{
    struct ucred cred;
    socklen_t n = sizeof(cred);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
        return -1;
    *uid = cred.uid;
    return 0;
}
