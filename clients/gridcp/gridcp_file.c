/* clients/gridcp/gridcp_file.c - see gridcp_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/testpoint.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_part.h"

#define NAME_LEN_MAX 255

int
gridcp_file_error(struct err *err, const char *what, const char *path)
{
    enum err_code code = ERR_IO;

    if (errno == ENOENT || errno == ENOTDIR)
        code = ERR_NOT_FOUND;
    else if (errno == EACCES || errno == EPERM || errno == EROFS)
        code = ERR_AUTHZ;
    else if (errno == ENOSPC || errno == EDQUOT)
        code = ERR_NOSPACE;
    else if (errno == EISDIR || errno == EEXIST)
        code = ERR_EXISTS;
    return err_set(err, code, "cannot %s '%s': %s", what, path,
                   strerror(errno));
}

/* FNV-1a, to shorten names that leave no room for the suffix. */
static unsigned long long
hash_of(const char *s)
{
    unsigned long long h = 14695981039346656037ull;

    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211ull;
    return h;
}

/* The part name "DIR/.NAME.part" for "DIR/NAME". */
static char *
part_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    int dir = (int)(name - path);

    if (strlen(name) + 6 > NAME_LEN_MAX)
        return xasprintf("%.*s.%016llx.part", dir, path, hash_of(name));
    return xasprintf("%.*s.%s.part", dir, path, name);
}

/* The target of the symbolic link PATH; a dangling link is replaced. */
static char *
follow(const char *path)
{
    char *target = realpath(path, NULL);

    return target != NULL ? target : xstrdup(path);
}

/* Record the part's state for the next try. */
static void
note_left(struct gridcp_file *f)
{
    struct stat st;

    if (f->part == NULL || f->fd < 0)
        return;
    (void)fs_try_close(f->fd); /* NFS: afterwards its times are the server's */
    if (fstat(f->fd, &st) < 0)
        return;
    f->left.dev = st.st_dev;
    f->left.ino = st.st_ino;
    f->left.size = st.st_size;
    f->left.time = st.st_mtim;
}

/* Whether ST is the part as recorded, as far as known; other processes may
 * write a part of that name between two tries. */
static bool
is_left(const struct gridcp_file *f, const struct stat *st)
{
    return f->left.size < 0 ||
           (f->left.dev == st->st_dev && f->left.ino == st->st_ino &&
            f->left.size == st->st_size &&
            f->left.time.tv_sec == st->st_mtim.tv_sec &&
            f->left.time.tv_nsec == st->st_mtim.tv_nsec);
}

/* Get the identity of FD, or of NAME when FD is AT_FDCWD; returns its length,
 * -1 when it is not a regular file. */
static int64_t
mark_of(int fd, const char *name, struct gridcp_mark *mark)
{
    int flags = AT_SYMLINK_NOFOLLOW | (*name == '\0' ? AT_EMPTY_PATH : 0);
    struct statx st;

    *mark = (struct gridcp_mark){ 0 };
    if (statx(fd, name, flags, STATX_BASIC_STATS | STATX_BTIME, &st) < 0 ||
        !S_ISREG(st.stx_mode))
        return -1;
    mark->dev = (uint64_t)st.stx_dev_major << 32 | st.stx_dev_minor;
    mark->ino = st.stx_ino;
    if (st.stx_mask & STATX_BTIME) {
        mark->sec = st.stx_btime.tv_sec;
        mark->nsec = st.stx_btime.tv_nsec;
    }
    return (int64_t)st.stx_size;
}

/* Open the part and lock it.  If it replaces a file that fewer can read, it is
 * readable only for its owner until it is complete. */
static int
lock_part(struct gridcp_file *f, struct err *err)
{
    f->fd = open(f->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                 f->mode != (unsigned)-1 ? 0600 : 0666);
    if (f->fd < 0)
        return gridcp_file_error(err, "create", f->final);
    if (flock(f->fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    close(f->fd);
    f->fd = -1;
    return err_set(err, ERR_STATE, "'%s' is being written by another gridcp",
                   f->final);
}

/* Check that the open part can be continued. */
static int
go_on(struct gridcp_file *f, const struct stat *st, struct err *err)
{
    struct gridcp_mark mark;

    mark_of(f->fd, "", &mark);
    f->changed = !is_left(f, st) ||
                 (f->mark.ino != 0 && !gridcp_part_same(&f->mark, &mark));
    if (f->changed)
        return err_set(err, ERR_STATE, "'%s' was changed by another process",
                       f->part);
    return 0;
}

/* Give the part MODE if it replaces a file. */
static int
set_mode(const struct gridcp_file *f, unsigned mode, struct err *err)
{
    struct stat st;

    if (f->mode == (unsigned)-1 ||
        (fstat(f->fd, &st) == 0 && (st.st_mode & 0777) == mode) ||
        fchmod(f->fd, mode) == 0)
        return 0;
    return gridcp_file_error(err, "set the mode of", f->part);
}

/* Open and lock the part; repeat both if another process renamed or removed it
 * in between.  A part that is not continued is replaced by a new file.  The old
 * one stays open until then, so that the new one gets another inode number. */
static int
open_part(struct gridcp_file *f, bool keep, struct err *err)
{
    struct stat st;
    int tries, rc, old = -1;

    for (tries = 0; tries < 10; tries++) {
        rc = lock_part(f, err);
        if (old >= 0)
            close(old);
        old = f->fd;
        if (rc < 0)
            return -1;
        if (fstat(f->fd, &st) < 0 ||
            !fs_is_named(f->fd, AT_FDCWD, f->part, NULL))
            continue;
        if (keep && go_on(f, &st, err) < 0)
            return -1;
        if (keep || st.st_size == 0) {
            if (set_mode(f, 0600, err) < 0)
                return -1;
            mark_of(f->fd, "", &f->mark);
            return 0;
        }
        if (unlink(f->part) < 0)
            return gridcp_file_error(err, "replace", f->part);
    }
    return err_set(err, ERR_STATE, "'%s' is being written by another process",
                   f->final);
}

static void
close_all(struct gridcp_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    free(f->part);
    free(f->final);
    f->fd = -1;
    f->part = f->final = NULL;
    f->device = false;
}

/* gridcp_file_create() without the cleanup after a failure. */
static int
create(struct gridcp_file *f, const char *path, bool in_place, bool keep,
       struct err *err)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY;
    struct stat st;
    bool there = lstat(path, &st) == 0;

    f->fd = -1;
    f->mode = (unsigned)-1;
    f->part = f->final = NULL;
    f->device = f->changed = false;
    if (*path == '\0' || path[strlen(path) - 1] == '/')
        return err_set(err, ERR_EXISTS, "cannot create '%s': is a directory",
                       path);
    f->final = there && S_ISLNK(st.st_mode) ? follow(path) : xstrdup(path);
    if (there && S_ISLNK(st.st_mode))
        there = stat(path, &st) == 0;
    if (there && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return gridcp_file_error(err, "create", path);
    }
    f->device = there && !S_ISREG(st.st_mode);
    if (there && S_ISREG(st.st_mode))
        f->mode = st.st_mode & 07777;
    if (in_place || f->device) {
        /* readable for its checksum, if permitted */
        if (in_place && !f->device)
            f->fd = open(f->final, O_RDWR | (flags & ~O_WRONLY), 0666);
        if (f->fd < 0)
            f->fd = open(f->final, flags, 0666);
        return f->fd < 0 ? gridcp_file_error(err, "create", path) : 0;
    }
    f->part = part_name(f->final);
    return open_part(f, keep, err);
}

int
gridcp_file_create(struct gridcp_file *f, const char *path, bool in_place,
                   bool keep, struct err *err)
{
    int rc = create(f, path, in_place, keep, err);

    if (rc < 0)
        close_all(f);
    return rc;
}

int
gridcp_file_finish(struct gridcp_file *f, struct err *err)
{
    int rc = 0, fd = f->fd;

    if (f->part != NULL) {
        rc = set_mode(f, f->mode & 0777, err);
        note_left(f);
        test_point("gridcp.before_rename");
        /* The part's name may be another copy's destination. */
        if (rc == 0 && !fs_is_named(f->fd, AT_FDCWD, f->part, NULL))
            rc = err_set(err, ERR_STATE,
                         "'%s', the part of '%s', was replaced by another file",
                         f->part, f->final);
        else if (rc == 0 && fs_try_close(fd) < 0)
            rc = gridcp_file_error(err, "write", f->final);
        else if (rc == 0 && rename(f->part, f->final) < 0)
            rc = gridcp_file_error(err, "create", f->final);
        test_point("gridcp.after_rename");
    }
    f->fd = -1;
    if (rc == 0 && close(fd) < 0)
        rc = gridcp_file_error(err, "write", f->final);
    close_all(f);
    return rc;
}

bool
gridcp_file_finish_part(const char *path, const struct gridcp_part *p)
{
    struct gridcp_file f = { .fd = -1, .left.size = -1 };
    struct stat st;
    struct gridcp_mark mark;
    bool is = gridcp_file_part(path, &mark) >= 0 &&
              gridcp_file_create(&f, path, false, true, NULL) == 0;

    if (is &&
        (f.part == NULL || fstat(f.fd, &st) < 0 || !gridcp_part_is(p, &st))) {
        gridcp_file_abandon(&f, true);
        return false;
    }
    return is && gridcp_file_finish(&f, NULL) == 0;
}

void
gridcp_file_abandon(struct gridcp_file *f, bool keep)
{
    if (f->part != NULL && f->fd >= 0 && !keep)
        unlink(f->part);
    note_left(f);
    close_all(f);
}

int
gridcp_file_open(const char *path, int64_t *size, time_t *mtime,
                 struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0)
        return gridcp_file_error(err, "open", path);
    *size = -1;
    *mtime = -1;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        errno = EISDIR;
        return gridcp_file_error(err, "copy", path);
    }
    if (S_ISREG(st.st_mode)) {
        *size = st.st_size;
        *mtime = st.st_mtime;
    }
    return fd;
}

int
gridcp_file_parents(const char *path, struct err *err)
{
    char *dir = xstrdup(path), *slash = strrchr(dir, '/');
    int rc = 0;

    if (slash != NULL && slash > dir) {
        *slash = '\0';
        rc = fs_mkdirs(dir, 0777, err);
    }
    free(dir);
    return rc;
}

void
gridcp_file_stat(const char *path, int64_t *size, time_t *mtime)
{
    struct stat st;

    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    *size = st.st_size;
    *mtime = st.st_mtime;
}

/* The part name for PATH after following symbolic links; the caller must free()
 * it. */
static char *
part_of(const char *path)
{
    char *final = follow(path), *part = part_name(final);

    free(final);
    return part;
}

int64_t
gridcp_file_part(const char *path, struct gridcp_mark *mark)
{
    char *part = part_of(path);
    int64_t size = mark_of(AT_FDCWD, part, mark);

    free(part);
    return size;
}

void
gridcp_file_discard(const char *path, bool ours)
{
    char *part = part_of(path);
    int fd = open(part, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    if (fd >= 0 && (ours || flock(fd, LOCK_EX | LOCK_NB) == 0))
        unlink(part);
    if (fd >= 0)
        close(fd);
    free(part);
}
