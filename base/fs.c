/* base/fs.c - see fs.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"

#define LOCK_TRIES 60 /* every 50 ms */

enum err_code
fs_errno_code(void)
{
    return errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO;
}

/* Create DIR unless it exists. */
static int
make_one(const char *dir, mode_t mode, struct err *err)
{
    struct stat st;

    if (mkdir(dir, mode) == 0)
        return 0;
    if (errno == EEXIST) {
        if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode))
            return 0;
        errno = ENOTDIR;
    }
    return err_set(err, fs_errno_code(), "cannot make the directory '%s': %s",
                   dir, strerror(errno));
}

int
fs_mkdirs(const char *dir, mode_t mode, struct err *err)
{
    char *path = xstrdup(dir), *slash = path;
    struct stat st;
    int rc = 0;

    /* Check for existence first: mkdir may report EACCES or EROFS before
     * EEXIST. */
    if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode)) {
        while (rc == 0 && (slash = strchr(slash + 1, '/')) != NULL) {
            *slash = '\0';
            if (stat(path, &st) < 0)
                rc = make_one(path, mode, err);
            *slash = '/';
        }
        if (rc == 0)
            rc = make_one(dir, mode, err);
    }
    free(path);
    return rc;
}

int
fs_write_all(int fd, const void *p, size_t n)
{
    const char *at = p;
    ssize_t done;

    while (n > 0) {
        done = write(fd, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -1;
        at += done;
        n -= (size_t)done;
    }
    return 0;
}

/* fsync the directory DIR below DIRFD. */
static int
sync_at(int dirfd, const char *dir)
{
    int fd = openat(dirfd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc, saved;

    if (fd < 0)
        return -1;
    rc = fsync(fd);
    saved = errno;
    close(fd);
    errno = saved;
    return rc;
}

int
fs_sync_dir(const char *dir)
{
    return sync_at(AT_FDCWD, dir);
}

/* Create the new file TEMP with these bytes and, with SYNC, fsync it; -1 with
 * errno. */
static int
write_temp(int dirfd, const char *temp, const void *p, size_t n, mode_t mode,
           bool sync)
{
    int fd = openat(dirfd, temp,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int rc, saved;

    if (fd < 0)
        return -1;
    rc = fs_write_all(fd, p, n);
    /* Set the mode last, with fchmod, because it ignores the umask. */
    if (rc == 0)
        rc = fchmod(fd, mode);
    if (rc == 0 && sync)
        rc = fsync(fd);
    saved = errno;
    if (close(fd) < 0 && rc == 0)
        return -1;
    errno = saved;
    return rc;
}

/* Rename TEMP, whose writing returned RC, to NAME; on failure remove it and set
 * ERR. */
static int
give_name(int dirfd, const char *temp, const char *name, int rc,
          struct err *err)
{
    if (rc == 0)
        rc = renameat(dirfd, temp, dirfd, name);
    if (rc < 0) {
        err_set(err, fs_errno_code(), "cannot write '%s': %s", name,
                strerror(errno));
        unlinkat(dirfd, temp, 0);
    }
    return rc;
}

int
fs_write_atomic(int dirfd, const char *name, const void *p, size_t n,
                mode_t mode, struct err *err)
{
    const char *slash = strrchr(name, '/');
    char *dir = slash == NULL
                    ? xstrdup(".")
                    : xasprintf("%.*s", (int)(slash - name + 1), name);
    char uuid[UUID_TEXT];
    char *temp = xasprintf("%s/.new-%s", dir, uuid_make(uuid));
    int rc = give_name(dirfd, temp, name,
                       write_temp(dirfd, temp, p, n, mode, true), err);

    if (rc == 0 && (rc = sync_at(dirfd, dir)) < 0)
        err_set(err, fs_errno_code(), "cannot sync the directory of '%s': %s",
                name, strerror(errno));
    free(temp);
    free(dir);
    return rc;
}

int
fs_write_whole(int dirfd, const char *name, const struct buf *text,
               struct err *err)
{
    char uuid[UUID_TEXT];
    char *temp = xasprintf(".new-%s", uuid_make(uuid));
    int rc = give_name(
        dirfd, temp, name,
        write_temp(dirfd, temp, text->data, text->len, 0600, false), err);

    free(temp);
    return rc;
}

/* Read the rest of FD, open on NAME; a failure leaves OUT unchanged. */
static int
read_rest(int fd, const char *name, size_t max, struct buf *out,
          struct err *err)
{
    size_t before = out->len;

    if (buf_read_fd(out, fd, max) == 0)
        return 0;
    if (errno == EFBIG)
        err_set(err, ERR_LIMIT, "'%s' is larger than %zu bytes", name, max);
    else
        err_set(err, ERR_IO, "cannot read '%s': %s", name, strerror(errno));
    if (out->data != NULL) {
        out->len = before;
        out->data[before] = '\0';
    }
    return -1;
}

static int
cannot_open(const char *name, const char *why, struct err *err)
{
    return err_set(err,
                   errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO,
                   "cannot open '%s': %s", name, why);
}

int
fs_read(int dirfd, const char *name, size_t max, struct buf *out,
        struct err *err)
{
    int fd = openat(dirfd, name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    int rc = -1;

    if (fd < 0)
        return cannot_open(
            name, errno == ELOOP ? "it is a symbolic link" : strerror(errno),
            err);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        err_set(err, ERR_IO, "'%s' is not a regular file", name);
    else
        rc = read_rest(fd, name, max, out, err);
    close(fd);
    return rc;
}

int
fs_read_input(const char *name, size_t max, struct buf *out, struct err *err)
{
    int fd = open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    int rc;

    if (fd < 0)
        return cannot_open(name, strerror(errno), err);
    rc = read_rest(fd, name, max, out, err);
    close(fd);
    return rc;
}

int
fs_open_beneath(int dirfd, const char *path, int flags, mode_t mode,
                bool symlinks)
{
    struct open_how how = {
        .flags = (unsigned long long)(unsigned)(flags | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS |
                   (symlinks ? 0 : RESOLVE_NO_SYMLINKS),
    };
    int tries = 16;
    long fd;

    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
        how.mode = mode & 07777;
    /* EAGAIN: a rename raced with resolving "..". */
    do
        fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
    while (fd < 0 && (errno == EINTR || (errno == EAGAIN && tries-- > 0)));
    return (int)fd;
}

int
fs_try_close(int fd)
{
    int again = dup(fd);

    return again < 0 ? -1 : close(again);
}

bool
fs_is_named(int fd, int dirfd, const char *name, struct stat *st)
{
    struct stat open, named;

    if (fstat(fd, &open) < 0 ||
        fstatat(dirfd, name, &named, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    if (st != NULL)
        *st = open;
    return open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

/* Lock FD; a killed holder may take a moment to disappear. */
static int
lock_waiting(int fd)
{
    const struct timespec pause = { .tv_nsec = 50 * 1000000 };
    int rc;

    for (int i = 0; i < LOCK_TRIES; i++) {
        rc = flock(fd, LOCK_EX | LOCK_NB);
        if (rc == 0 || errno != EWOULDBLOCK)
            return rc;
        nanosleep(&pause, NULL);
    }
    return rc;
}

/* The pid in the lock file FD; 0 when it has none. */
static long
lock_holder(int fd)
{
    char text[24] = "";
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

    return n > 0 ? strtol(text, NULL, 10) : 0;
}

int
fs_lock(int dirfd, const char *name, const char *dir, const char *what,
        struct err *err)
{
    int fd =
        openat(dirfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    char text[24];
    int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

    if (fd < 0)
        return err_set(err, fs_errno_code(), "cannot make the lock of '%s': %s",
                       dir, strerror(errno));
    if (lock_waiting(fd) == 0) {
        /* The pid is only informative; the lock itself decides. */
        if (ftruncate(fd, 0) == 0)
            (void)!pwrite(fd, text, (size_t)n, 0);
        return fd;
    }
    if (errno == EWOULDBLOCK)
        err_set(err, ERR_STATE,
                "cannot lock '%s': another %s uses it (process %ld): end that "
                "one first, or give this one a directory of its own",
                dir, what, lock_holder(fd));
    else
        err_set(err, ERR_IO, "cannot lock '%s': %s", dir, strerror(errno));
    close(fd);
    return -1;
}

/* Change the owner of the file NAME in DIRFD; -1 with errno. */
static int
give_file(int dirfd, const char *name, uid_t uid, gid_t gid)
{
    int fd = openat(dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC), rc = 0;
    struct stat st;

    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 &&
        (st.st_uid != uid || st.st_gid != gid))
        rc = fchownat(fd, "", uid, gid, AT_EMPTY_PATH);
    close(fd);
    return rc;
}

int
fs_give_files(const char *dir, uid_t uid, gid_t gid, struct err *err)
{
    DIR *d = opendir(dir);
    int rc = 0;

    if (d == NULL)
        return err_set(err, ERR_IO, "cannot open '%s': %s", dir,
                       strerror(errno));
    for (const struct dirent *e; rc == 0 && (e = readdir(d)) != NULL;)
        if (give_file(dirfd(d), e->d_name, uid, gid) < 0)
            rc = err_set(err, ERR_IO, "cannot give '%s/%s' to uid %u: %s", dir,
                         e->d_name, (unsigned)uid, strerror(errno));
    closedir(d);
    return rc;
}
