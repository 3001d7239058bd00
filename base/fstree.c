/* base/fstree.c - remove a directory tree that its owner may still be changing;
 * see fs.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

/* Most directories held open at once.  Deeper ones are moved up to the top and
 * removed from there, so that no depth exhausts descriptors or stack. */
#define TREE_DEPTH 32

struct tree {
    int top;        /* the directory being removed */
    int moved;      /* directories moved up into it in this pass */
    unsigned count; /* numbers their new names */
    fs_going_fn *going;
    void *arg;
    bool stopped; /* GOING returned false */
    struct err *err;
};

/* Record why PATH could not be removed; the removal continues. */
static int
record_failure(struct tree *t, const char *name)
{
    return err_set(t->err, ERR_IO, "cannot remove '%s': %s", name,
                   strerror(errno));
}

/* Open the directory NAME, after giving its owner rwx; -1 with errno. */
static int
open_dir(int dirfd, const char *name)
{
    char link[64];
    struct stat st;
    int path, fd;

    path = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (path < 0)
        return -1;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
    /* Through the descriptor, because NAME may have become a symbolic link. */
    if (fstat(path, &st) == 0 && (st.st_mode & 0700) != 0700)
        (void)!chmod(link, 0700);
    fd = openat(path, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(path);
    return fd;
}

/* Move the directory NAME of DIRFD up into the top directory under a new
 * name. */
static int
move_up(struct tree *t, int dirfd, const char *name)
{
    char up[48];
    int fd = open_dir(dirfd, name);

    /* Renaming a directory changes its "..", which needs write permission on
     * it. */
    if (fd >= 0)
        close(fd);
    do
        snprintf(up, sizeof(up), ".deep-%d-%u", (int)getpid(), t->count++);
    while (renameat2(dirfd, name, t->top, up, RENAME_NOREPLACE) < 0 &&
           errno == EEXIST);
    if (faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return record_failure(t, name);
    t->moved++;
    return 0;
}

static int remove_entry(struct tree *t, int dirfd, const char *name, int depth);

/* Whether to continue with the next entry. */
static bool
may_go_on(struct tree *t)
{
    if (!t->stopped && t->going != NULL && !t->going(t->arg)) {
        t->stopped = true;
        err_set(t->err, ERR_CANCELLED, "stopped");
    }
    return !t->stopped;
}

/* Remove everything in FD; closes FD. */
static int
empty_dir(struct tree *t, int fd, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *e;
    int rc = 0;

    if (dir == NULL) {
        close(fd);
        return -1;
    }
    while (!t->stopped && (e = readdir(dir)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc |= !may_go_on(t) ? -1
                                : remove_entry(t, dirfd(dir), e->d_name, depth);
    closedir(dir);
    return rc;
}

/* Remove NAME, a file or a directory at DEPTH below the top. */
static int
remove_entry(struct tree *t, int dirfd, const char *name, int depth)
{
    int fd, rc;

    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return record_failure(t, name);
    if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return record_failure(t, name);
    if (depth >= TREE_DEPTH)
        return move_up(t, dirfd, name);
    fd = open_dir(dirfd, name);
    if (fd < 0)
        return errno == ENOENT ? 0 : record_failure(t, name);
    rc = empty_dir(t, fd, depth + 1);
    if (unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT && rc == 0)
        return record_failure(t, name);
    return rc;
}

/* One pass over the top directory; repeated while directories are moved up into
 * it. */
static int
empty_top(struct tree *t)
{
    int fd = openat(t->top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    t->moved = 0;
    return fd < 0 ? record_failure(t, ".") : empty_dir(t, fd, 0);
}

int
fs_remove_tree_while(int dirfd, const char *name, fs_going_fn *going, void *arg,
                     struct err *err)
{
    struct tree t = { .going = going, .arg = arg, .err = err };
    int rc;

    t.top = open_dir(dirfd, name);
    if (t.top < 0) {
        if (errno == ENOENT || ((errno == ENOTDIR || errno == ELOOP) &&
                                unlinkat(dirfd, name, 0) == 0))
            return 0;
        return record_failure(&t, name);
    }
    while ((rc = empty_top(&t)) == 0 && t.moved > 0)
        continue;
    close(t.top);
    if (rc == 0 && unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        rc = record_failure(&t, name);
    return rc < 0 ? err_set(err, ERR_IO, "cannot remove '%s'", name) : 0;
}

int
fs_remove_tree(int dirfd, const char *name, struct err *err)
{
    return fs_remove_tree_while(dirfd, name, NULL, NULL, err);
}
