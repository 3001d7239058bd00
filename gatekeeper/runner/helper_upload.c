/* gatekeeper/runner/helper_upload.c - inputs that a job's owner uploads.  Each
 * grows as a part in .gatehouse/upload and is renamed into the session when it
 * is complete.  Runs as the session's user. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/helper_session.h"

static int
set_errno(struct err *err, const char *what, const char *path)
{
    return err_set(err, helper_session_code(errno),
                   "cannot %s '%s' in the session: %s", what, path,
                   errno == ELOOP     ? "there is a symbolic link in the way"
                   : errno == ENOTDIR ? "there is a file in the way"
                                      : strerror(errno));
}

/* Open the directory NAME in DIRFD; create it if missing.  -1 with errno. */
static int
open_dir(int dirfd, const char *name, mode_t mode)
{
    if (mkdirat(dirfd, name, mode) < 0 && errno != EEXIST)
        return -1;
    return fs_open_beneath(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                           false);
}

/* Open the directory of the parts. */
static int
open_parts(int sessionfd, struct err *err)
{
    int fd;

    if (helper_private_dir(sessionfd, err) < 0)
        return -1;
    fd = open_dir(sessionfd, RUNNER_UPLOADS, 0700);
    return fd >= 0 ? fd : set_errno(err, "make", RUNNER_UPLOADS);
}

/* Open the parent directory of PATH; create it if missing.  *name is the last
 * component of PATH. */
static int
open_parent(int sessionfd, const char *path, const char **name, struct err *err)
{
    int at = fcntl(sessionfd, F_DUPFD_CLOEXEC, 3), next;
    const char *p = path;
    char part[NAME_MAX + 1];
    size_t n;

    for (; at >= 0 && p[n = strcspn(p, "/")] == '/'; p += n + 1) {
        if (n >= sizeof(part)) {
            close(at);
            errno = ENAMETOOLONG;
            return set_errno(err, "make the directory of", path);
        }
        memcpy(part, p, n);
        part[n] = '\0';
        next = open_dir(at, part, 0755);
        close(at);
        at = next;
    }
    *name = p;
    return at >= 0 ? at : set_errno(err, "make the directory of", path);
}

/* Open the part NAME, a regular file; FLAGS are added to the safe ones. */
static int
open_part(int partsfd, const char *name, int flags, struct err *err)
{
    int fd = fs_open_beneath(
        partsfd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600, false);
    struct stat st;

    if (fd < 0)
        return set_errno(err, "open the part of an upload", name);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return fd;
    close(fd);
    return err_set(err, ERR_AUTHZ,
                   "'%s/%s' in the session is not a regular file",
                   RUNNER_UPLOADS, name);
}

static int
check_path(const char *path, struct err *err)
{
    return runner_wire_path_private(path)
               ? err_set(err, ERR_AUTHZ, "'%s' is the gatekeeper's own", path)
               : 0;
}

/* Check with the first piece that the file can later be renamed to its path. */
int
helper_upload(struct helper *h, struct helper_call *c, struct err *err)
{
    const char *name;
    int parent, parts, fd;

    (void)h;
    if (check_path(c->r->text, err) < 0)
        return -1;
    parent = open_parent(c->sessionfd, c->r->text, &name, err);
    if (parent < 0)
        return -1;
    close(parent);
    parts = open_parts(c->sessionfd, err);
    if (parts < 0)
        return -1;
    fd = open_part(parts, c->r->word, O_WRONLY | (c->r->arg != 0 ? O_CREAT : 0),
                   err);
    close(parts);
    if (fd < 0)
        return -1;
    c->fd[c->nfd++] = fd;
    return 0;
}

/* Rename the part NAME in PARTSFD to TARGET in PARENT. */
static int
rename_part(int partsfd, const char *name, int parent, const char *target,
            bool missing_only)
{
    int rc = renameat2(partsfd, name, parent, target,
                       missing_only ? RENAME_NOREPLACE : 0);

    if (rc < 0 && missing_only && errno == EEXIST)
        return unlinkat(partsfd, name, 0);
    return rc < 0 ? -1 : fsync(parent);
}

int
helper_uploaded(struct helper *h, struct helper_call *c, struct err *err)
{
    const char *path = c->r->text, *name;
    bool executable = (c->r->arg & RUNNER_UPLOADED_EXECUTABLE) != 0;
    bool missing_only = (c->r->arg & RUNNER_UPLOADED_MISSING) != 0;
    int parts, parent = -1, fd = -1, rc = -1;

    (void)h;
    if (check_path(path, err) < 0)
        return -1;
    parts = open_parts(c->sessionfd, err);
    if (parts >= 0)
        fd = open_part(parts, c->r->word, O_RDONLY, err);
    if (fd >= 0)
        parent = open_parent(c->sessionfd, path, &name, err);
    if (parent >= 0) {
        test_point("run.uploaded");
        rc = fchmod(fd, executable ? 0755 : 0644);
        if (rc == 0)
            rc = rename_part(parts, c->r->word, parent, name, missing_only);
        if (rc < 0)
            set_errno(err, "put in its place", path);
        close(parent);
    }
    if (fd >= 0)
        close(fd);
    if (parts >= 0)
        close(parts);
    return rc;
}
