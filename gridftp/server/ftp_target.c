/* gridftp/server/ftp_target.c - see ftp_target.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "gridftp/server/ftp_target.h"

#define PART_SUFFIX ".part-gridftp"
#define NAME_LEN    255

static void
close_keep(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

/* Make the part's name: ".NAME.part-gridftp", or (OWN)
 * ".NAME-UID.part-gridftp"; a long name is shortened and gets a hash. */
static void
name_part(struct ftp_target *t, bool own)
{
    size_t n = strlen(t->name), room, i;
    unsigned long hash = 5381;
    char suffix[28] = PART_SUFFIX;

    if (own)
        snprintf(suffix, sizeof(suffix), "-%u%s", (unsigned)geteuid(),
                 PART_SUFFIX);
    room = NAME_LEN - 1 - strlen(suffix);
    if (n <= room) {
        snprintf(t->part, sizeof(t->part), ".%.*s%s", (int)n, t->name, suffix);
        return;
    }
    for (i = 0; i < n; i++)
        hash = hash * 33 + (unsigned char)t->name[i];
    snprintf(t->part, sizeof(t->part), ".%.*s-%08lx%s", (int)room - 9, t->name,
             hash & 0xffffffff, suffix);
}

/* Whether the file named LINK has extended attributes that a replacement would
 * lose, above all access lists.  SELinux labels are set automatically. */
static bool
has_attributes(const char *link)
{
    char list[1024];
    ssize_t n = llistxattr(link, list, sizeof(list)), i;

    if (n < 0)
        return errno != ENOTSUP && errno != EOPNOTSUPP;
    for (i = 0; i < n; i += (ssize_t)strlen(list + i) + 1)
        if (strcmp(list + i, "security.selinux") != 0)
            return true;
    return false;
}

/* Whether the existing ST at NAME can be replaced by another file without loss:
 * a plain file of our own, in one of our groups, with one name and no
 * attributes. */
static bool
is_replaceable(int dir, const char *name, const struct stat *st)
{
    char link[300];

    if (!S_ISREG(st->st_mode) || st->st_nlink != 1 || st->st_uid != geteuid() ||
        !(st->st_gid == getegid() || group_member(st->st_gid)) ||
        (st->st_mode & 07000) != 0 ||
        faccessat(dir, name, W_OK, AT_EACCESS) < 0)
        return false;
    snprintf(link, sizeof(link), "/proc/self/fd/%d/%s", dir, name);
    return !has_attributes(link);
}

/* Lock the open part; EBUSY when another session has it.  EAGAIN when it was
 * renamed meanwhile: the caller must retry. */
static int
lock_part(const struct ftp_target *t)
{
    struct stat st;

    if (flock(t->fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            errno = EBUSY;
        return -1;
    }
    if (fs_is_named(t->fd, t->dir, t->part, &st) && S_ISREG(st.st_mode) &&
        st.st_nlink == 1 && st.st_uid == geteuid())
        return 0;
    errno = EAGAIN;
    return -1;
}

/* Open the part with FLAGS and lock it.  If it replaces a file that fewer can
 * read, it is readable only for its owner until it is complete. */
static int
open_part(struct ftp_target *t, int flags)
{
    mode_t mode = t->replaces ? 0600 : 0666;
    int tries;

    for (tries = 0; tries < 8; tries++) {
        t->fd =
            openat(t->dir, t->part,
                   O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, mode);
        if (t->fd < 0 || lock_part(t) == 0)
            break;
        close_keep(&t->fd);
        if (errno != EAGAIN)
            break;
    }
    return t->fd;
}

/* Continue the part of an interrupted transfer: it must have AT bytes. */
static int
continue_part(struct ftp_target *t, int64_t at)
{
    struct stat st;

    if (open_part(t, 0) < 0)
        return -1;
    if (fstat(t->fd, &st) < 0 || st.st_size < at) {
        close_keep(&t->fd);
        errno = ENOENT;
        return -1;
    }
    if (!t->replaces || fchmod(t->fd, 0600) == 0)
        return 0;
    close_keep(&t->fd);
    return -1;
}

/* Check that the open file has the AT bytes after which the client continues,
 * because nobody would send missing ones.  Not for devices. */
static int
check_length(struct ftp_target *t, int64_t at)
{
    struct stat st;

    if (fstat(t->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < at) {
        close_keep(&t->fd);
        errno = ESPIPE;
        return -1;
    }
    return 0;
}

/* Open the FIFO PATH for writing.  ENXIO: it has no reader.  Opening it for
 * reading too would make us count as its reader. */
static int
open_fifo(struct ftp_target *t, const struct ftp_paths *p, const char *path,
          int64_t at)
{
    if (at > 0) {
        errno = ESPIPE;
        return -1;
    }
    t->fd = ftp_path_open(p, path, O_WRONLY | O_NONBLOCK, 0, FTP_RIGHT_WRITE);
    return t->fd < 0 ? -1 : 0;
}

/* Open the final name itself for writing, through links. */
static int
open_in_place(struct ftp_target *t, const struct ftp_paths *p, const char *path,
              enum ftp_target_how how, int64_t at)
{
    int flags = O_RDWR | O_NONBLOCK;
    struct stat st;

    close_keep(&t->dir);
    t->part[0] = '\0';
    if (ftp_path_stat(p, path, true, &st) == 0 && !S_ISREG(st.st_mode) &&
        !S_ISCHR(st.st_mode)) {
        if (S_ISFIFO(st.st_mode))
            return open_fifo(t, p, path, at);
        errno = S_ISDIR(st.st_mode) ? EISDIR : ENOTSUP;
        return -1;
    }
    if (how != FTP_TARGET_CONTINUE || at == 0)
        flags |= O_CREAT;
    if (how == FTP_TARGET_WHOLE)
        flags |= O_TRUNC;
    if (how == FTP_TARGET_APPEND)
        flags |= O_APPEND;
    t->fd = ftp_path_open(p, path, flags, 0666, FTP_RIGHT_WRITE);
    if (t->fd < 0 && errno == EACCES) /* write-only files exist */
        t->fd = ftp_path_open(p, path, (flags & ~O_RDWR) | O_WRONLY, 0666,
                              FTP_RIGHT_WRITE);
    if (t->fd < 0)
        return -1;
    return how == FTP_TARGET_CONTINUE ? check_length(t, at) : 0;
}

/* Remove the part of an interrupted transfer, unless another session writes
 * it. */
static int
remove_part(struct ftp_target *t)
{
    int rc;

    if (open_part(t, 0) < 0)
        return errno == ENOENT ? 0 : -1;
    rc = unlinkat(t->dir, t->part, 0);
    close_keep(&t->fd);
    return rc;
}

/* Start a new part.  It is a new file, so that processes that have the old one
 * open, or may read it, do not see the new data. */
static int
begin_part(struct ftp_target *t)
{
    int tries;

    for (tries = 0; tries < 8; tries++) {
        if (open_part(t, O_CREAT | O_EXCL) >= 0) {
            t->made = true;
            return 0;
        }
        if (errno != EEXIST || remove_part(t) < 0)
            return -1;
    }
    return -1;
}

/* Whether ERROR means that the part's name is taken, by a file that we cannot
 * write or something that is not a file: in a shared directory, somebody else's
 * interrupted transfer. */
static bool
is_taken(int error)
{
    return error == EACCES || error == EPERM || error == EAGAIN ||
           error == ELOOP || error == EISDIR || error == ENXIO;
}

/* begin_part(), with a name containing our uid if the usual one is taken. */
static int
begin_somewhere(struct ftp_target *t)
{
    if (begin_part(t) == 0)
        return 0;
    if (!is_taken(errno))
        return -1;
    name_part(t, true);
    return begin_part(t);
}

/* continue_part() with either name; ENOENT when neither is ours. */
static int
continue_somewhere(struct ftp_target *t, int64_t at)
{
    if (continue_part(t, at) == 0)
        return 0;
    if (errno != ENOENT && !is_taken(errno))
        return -1;
    name_part(t, true);
    if (continue_part(t, at) == 0)
        return 0;
    name_part(t, false);
    if (is_taken(errno))
        errno = ENOENT;
    return -1;
}

/* Whether a part can be used for the final name in T->dir. */
static bool
wants_part(struct ftp_target *t)
{
    struct stat st;

    if (fstatat(t->dir, t->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT;
    t->replaces = true;
    t->mode = st.st_mode & 0777;
    t->gid = st.st_gid;
    return is_replaceable(t->dir, t->name, &st);
}

/* Open the part if one can be used. */
static int
open_beside(struct ftp_target *t, const struct ftp_paths *p, const char *path,
            enum ftp_target_how how, int64_t at)
{
    bool in_place = how == FTP_TARGET_CONTINUE && t->replaces;

    if (how == FTP_TARGET_CONTINUE) {
        if (continue_somewhere(t, at) == 0)
            return 0;
        in_place = in_place || errno != ENOENT;
        if (!in_place && at > 0)
            errno = ESPIPE;
    }
    if (!in_place && (how != FTP_TARGET_CONTINUE || at == 0) &&
        begin_somewhere(t) == 0)
        return 0;
    if (errno == EBUSY || errno == ENOSPC || errno == EDQUOT || errno == EIO ||
        errno == EROFS || errno == ESPIPE) {
        close_keep(&t->dir);
        return -1;
    }
    return open_in_place(t, p, path, how, at);
}

int
ftp_target_open(struct ftp_target *t, const struct ftp_paths *p,
                const char *path, enum ftp_target_how how, int64_t at)
{
    const char *name;

    *t = (struct ftp_target){ .fd = -1, .dir = -1, .length = -1 };
    if (how == FTP_TARGET_APPEND || how == FTP_TARGET_PART)
        return open_in_place(t, p, path, how, at);
    t->dir = ftp_path_parent(p, path, FTP_RIGHT_WRITE, &name);
    if (t->dir < 0)
        return -1;
    if (strlen(name) > NAME_LEN) {
        close_keep(&t->dir);
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(t->name, sizeof(t->name), "%s", name);
    name_part(t, false);
    if (!wants_part(t))
        return open_in_place(t, p, path, how, at);
    return open_beside(t, p, path, how, at);
}

/* Remove the access list that T's part got from its directory, because the file
 * it replaces has none. */
static int
drop_list(const struct ftp_target *t)
{
    if (fremovexattr(t->fd, "system.posix_acl_access") == 0 ||
        errno == ENODATA || errno == ENOTSUP)
        return 0;
    return -1;
}

/* Give the part the mode and group of the file that it replaces. */
static int
inherit(const struct ftp_target *t)
{
    struct stat st;

    if (!t->replaces)
        return 0;
    if (fstat(t->fd, &st) == 0 && st.st_gid != t->gid &&
        fchown(t->fd, (uid_t)-1, t->gid) < 0)
        return -1;
    return drop_list(t) < 0 ? -1 : fchmod(t->fd, t->mode);
}

/* Prepare the part for renaming: truncate it, set what it inherits, and check
 * that its name still refers to it, because clients may write, rename and
 * delete parts like any other file. */
static int
finish_part(const struct ftp_target *t)
{
    struct stat st;

    if (!fs_is_named(t->fd, t->dir, t->part, &st)) {
        errno = ESTALE;
        return -1;
    }
    if (t->length >= 0 && st.st_size > t->length &&
        ftruncate(t->fd, t->length) < 0)
        return -1;
    return inherit(t);
}

/* Set the requested time, after everything that changes it. */
static int
set_time(const struct ftp_target *t)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                 { .tv_sec = t->modified } };

    return t->modified != 0 ? futimens(t->fd, times) : 0;
}

/* Sync the directory, which makes the new name durable.  A write-only directory
 * cannot be synced (EBADF); its files are accepted nevertheless. */
static int
sync_name(const struct ftp_target *t)
{
    if (fsync(t->dir) == 0 || errno == EBADF || errno == EINVAL ||
        errno == EROFS)
        return 0;
    return -1;
}

int
ftp_target_commit(struct ftp_target *t, bool sync)
{
    int rc = 0, fd = t->fd;

    if (t->part[0] != '\0')
        rc = finish_part(t);
    if (rc == 0)
        rc = set_time(t);
    /* Pipes and devices cannot be synced. */
    if (rc == 0 && sync && fdatasync(fd) < 0 && errno != EINVAL &&
        errno != EROFS)
        rc = -1;
    if (rc == 0)
        rc = fs_try_close(fd);
    if (rc == 0 && t->part[0] != '\0')
        rc = renameat(t->dir, t->part, t->dir, t->name);
    if (rc == 0 && sync && t->part[0] != '\0')
        rc = sync_name(t);
    t->fd = -1;
    /* Closed last, because the lock protects the part until then. */
    if (close(fd) < 0 && rc == 0)
        rc = -1;
    close_keep(&t->dir);
    return rc;
}

void
ftp_target_abandon(struct ftp_target *t, bool keep)
{
    if (!keep && t->part[0] != '\0' && t->made && t->fd >= 0)
        (void)unlinkat(t->dir, t->part, 0);
    close_keep(&t->fd);
    close_keep(&t->dir);
}
