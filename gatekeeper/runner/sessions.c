/* gatekeeper/runner/sessions.c - see sessions.h. */
#include "gatekeeper/runner/sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

/* Check that PATH (of status ST, the value of KEY) is ours and not writable by
 * others. */
static int
check_owner(const struct stat *st, const char *path, const char *key,
            struct err *err)
{
    if (S_ISDIR(st->st_mode) && st->st_uid == geteuid() &&
        (st->st_mode & 022) == 0)
        return 0;
    return err_set(err, ERR_CONFIG,
                   "%s '%s' must be a directory that belongs to uid %u and is "
                   "writable by nobody else",
                   key, path, (unsigned)geteuid());
}

int
sessions_check(const char *path, const char *key, struct err *err)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return errno == ENOENT ? 0
                               : err_set(err, ERR_CONFIG, "%s '%s': %s", key,
                                         path, strerror(errno));
    return check_owner(&st, path, key, err);
}

int
sessions_open(const char *path, struct err *err)
{
    struct stat st;
    int fd;

    if (fs_mkdirs(path, 0755, err) < 0)
        return -1;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return err_set(err, ERR_IO, "cannot open gatekeeper.sessions '%s': %s",
                       path, strerror(errno));
    if (check_owner(&st, path, "gatekeeper.sessions", err) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Give the directory FD to USER alone, or check that it belongs to USER. */
static int
give_to(int fd, const char *name, const struct sys_user *user, struct err *err)
{
    struct stat st;
    int rc = fstat(fd, &st);

    if (rc == 0 && st.st_uid == geteuid() && st.st_uid != user->uid) {
        if (fchown(fd, user->uid, user->gid) < 0 || fchmod(fd, 0700) < 0)
            return err_set(err, ERR_IO, "cannot give '%s' to '%s': %s", name,
                           user->name, strerror(errno));
        rc = fstat(fd, &st);
    }
    if (rc < 0)
        return err_set(err, ERR_IO, "cannot look at '%s': %s", name,
                       strerror(errno));
    if (st.st_uid != user->uid)
        return err_set(err, ERR_AUTHZ, "'%s' belongs to uid %u, not to '%s'",
                       name, (unsigned)st.st_uid, user->name);
    if ((st.st_mode & 077) != 0 && fchmod(fd, 0700) < 0)
        return err_set(err, ERR_IO, "cannot close '%s' to others: %s", name,
                       strerror(errno));
    return 0;
}

int
sessions_account(int sessionsfd, const struct sys_user *user, struct err *err)
{
    int fd, rc;

    if (mkdirat(sessionsfd, user->name, 0700) < 0 && errno != EEXIST)
        return err_set(err, errno == ENOSPC ? ERR_NOSPACE : ERR_IO,
                       "cannot make the session directory of '%s': %s",
                       user->name, strerror(errno));
    fd = openat(sessionsfd, user->name,
                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO,
                       "cannot open the session directory of '%s': %s",
                       user->name, strerror(errno));
    rc = give_to(fd, user->name, user, err);
    close(fd);
    return rc;
}

int
sessions_private(const char *dir, const struct sys_user *user, struct err *err)
{
    struct stat st;
    int fd, rc;

    if (stat(dir, &st) == 0)
        return 0; /* an existing file is kept; its owner's first access reports
                     any fault */
    if (fs_mkdirs(dir, 0755, err) < 0)
        return -1;
    fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", dir,
                       strerror(errno));
    rc = give_to(fd, dir, user, err);
    close(fd);
    return rc;
}
