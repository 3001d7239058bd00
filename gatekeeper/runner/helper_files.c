/* gatekeeper/runner/helper_files.c - a session's directory and its files,
 * accessed as its user. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/helper_books.h"
#include "gatekeeper/runner/helper_session.h"
#include "gatekeeper/supervisor/launch.h"

#define PROXY     ".gatehouse/proxy"
#define PROXY_OWN ".gatehouse/stage-proxy"
#define PROXY_MAX (1u << 20)

static int
set_errno(struct err *err, const char *what, const char *path)
{
    enum err_code code = ERR_IO;

    if (errno == ENOENT || errno == ENOTDIR)
        code = ERR_NOT_FOUND;
    else if (errno == ELOOP || errno == EXDEV || errno == EACCES)
        code = ERR_AUTHZ;
    else if (errno == ENOSPC || errno == EDQUOT)
        code = ERR_NOSPACE;
    return err_set(err, code, "cannot %s '%s'%s: %s", what, path,
                   path[0] == '/' ? "" : " in the session",
                   errno == ELOOP   ? "there is a symbolic link in the way"
                   : errno == EXDEV ? "it leaves the session"
                                    : strerror(errno));
}

int
helper_register(struct helper *h, struct helper_call *c, struct err *err)
{
    const char *job = c->r->job;
    int fd;

    test_point("run.register");
    /* The first request that needs .gatehouse creates it. */
    if (mkdirat(h->basefd, job, 0700) == 0)
        return 0;
    if (errno != EEXIST)
        return set_errno(err, "make", job);
    fd = helper_session_open(h, job, err);
    if (fd < 0)
        return -1;
    close(fd);
    return 0;
}

int
helper_install(struct helper *h, struct helper_call *c, struct err *err)
{
    struct buf pem = BUF_INIT;
    int rc;

    (void)h;
    rc = helper_private_dir(c->sessionfd, err);
    if (rc == 0)
        rc = helper_read_fd(c->fds[0], &pem, err);
    if (rc == 0 && pem.len > PROXY_MAX)
        rc = err_set(err, ERR_LIMIT, "a credential of %zu bytes", pem.len);
    if (rc == 0)
        rc = fs_write_atomic(c->sessionfd, c->r->arg != 0 ? PROXY_OWN : PROXY,
                             pem.data, pem.len, 0600, err);
    buf_wipe(&pem);
    return rc;
}

/* Pass FD to the caller if it is a regular file. */
static int
give_file(struct helper_call *c, int fd, const char *path, struct err *err)
{
    struct stat st;

    if (fd < 0)
        return set_errno(err, "open", path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(err, ERR_AUTHZ, "'%s' is not a regular file", path);
    }
    c->fd[c->nfd++] = fd;
    c->reply.number = st.st_size;
    return 0;
}

int
helper_open(struct helper *h, struct helper_call *c, struct err *err)
{
    const char *path = c->r->text;

    (void)h;
    if (strcmp(path, PROXY) == 0 || strcmp(path, PROXY_OWN) == 0)
        return err_set(err, ERR_AUTHZ, "the credential is not handed out");
    return give_file(c,
                     fs_open_beneath(c->sessionfd, path,
                                     O_RDONLY | O_NONBLOCK | O_NOCTTY, 0,
                                     false),
                     path, err);
}

/* Pass an empty file to the caller. */
static int
give_empty(struct helper_call *c, struct err *err)
{
    int fd = memfd_create("empty", MFD_CLOEXEC);

    if (fd < 0)
        return err_set(err, ERR_IO, "cannot make an empty file: %s",
                       strerror(errno));
    c->fd[c->nfd++] = fd;
    return 0;
}

/* Pass the file PATH, which the job writes, to the caller.  A device or a pipe
 * cannot be read again and opening it may have side effects: pass an empty file
 * instead. */
static int
give_stream(struct helper_call *c, const char *path, struct err *err)
{
    const int look = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    const int read = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC;
    bool own = path[0] == '/';
    int fd = own ? open(path, look)
                 : fs_open_beneath(c->sessionfd, path, look, 0, false);
    struct stat st;

    if (fd < 0)
        return set_errno(err, "open", path);
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
        close(fd);
        return give_empty(c, err);
    }
    close(fd);
    return give_file(c,
                     own ? open(path, read)
                         : fs_open_beneath(c->sessionfd, path, read, 0, false),
                     path, err);
}

int
helper_stream(struct helper *h, struct helper_call *c, struct err *err)
{
    char *file = xasprintf("%s/launch", runner_wire_unit_dir(RUNNER_JOB));
    struct buf text = BUF_INIT;
    struct launch l;
    const char *path;
    int rc = fs_read(c->sessionfd, file, RUNNER_SPEC_MAX, &text, err);

    (void)h;
    if (rc == 0)
        rc = launch_parse(text.data, text.len, &l, err);
    if (rc == 0) {
        path = c->r->arg != 0 ? l.error : l.output;
        if (path == NULL)
            path = c->r->arg != 0 ? "stderr" : "stdout";
        rc = give_stream(c, path, err);
        launch_fini(&l);
    }
    buf_fini(&text);
    free(file);
    return rc;
}

/* Open the file PATH as the user: below the session and never through a
 * symbolic link, or anywhere if PATH is absolute.  Returns the descriptor, or
 * -1 with errno. */
static int
open_users(const struct helper_call *c, const char *path, int flags)
{
    if (path[0] == '/')
        return open(path, flags | O_CLOEXEC);
    if (runner_wire_path_ok(path))
        return fs_open_beneath(c->sessionfd, path, flags, 0, false);
    errno = EXDEV;
    return -1;
}

int
helper_stat(struct helper *h, struct helper_call *c, struct err *err)
{
    int fd = open_users(c, c->r->text, O_PATH);
    struct stat st;

    (void)h;
    if (fd < 0)
        return set_errno(err, "look at", c->r->text);
    if (fstat(fd, &st) < 0)
        set_errno(err, "look at", c->r->text);
    else if (!S_ISREG(st.st_mode))
        err_set(err, ERR_AUTHZ, "'%s' is not a regular file", c->r->text);
    c->reply.number = st.st_size;
    close(fd);
    return err->code == ERR_OK ? 0 : -1;
}

int
helper_chmod(struct helper *h, struct helper_call *c, struct err *err)
{
    int fd = open_users(c, c->r->text, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    int rc = 0;

    (void)h;
    if (fd < 0)
        return set_errno(err, "make executable", c->r->text);
    if (fstat(fd, &st) < 0)
        rc = set_errno(err, "make executable", c->r->text);
    else if (!S_ISREG(st.st_mode))
        rc = err_set(err, ERR_AUTHZ,
                     "cannot make '%s' executable: it is not a regular file",
                     c->r->text);
    else if ((st.st_mode & S_IXUSR) == 0 &&
             fchmod(fd, (st.st_mode & 07777) | S_IXUSR) < 0)
        rc = set_errno(err, "make executable", c->r->text);
    close(fd);
    return rc;
}

/* Remove the relative PATH below the session, never through a symbolic link. */
static int
remove_beneath(int sessionfd, const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char dir[RUNNER_TEXT];
    int fd, rc;

    if (slash == NULL)
        return fs_remove_tree(sessionfd, path, err);
    snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
    fd = fs_open_beneath(sessionfd, dir, O_RDONLY | O_DIRECTORY, 0, false);
    if (fd < 0)
        return errno == ENOENT ? 0 : set_errno(err, "remove", path);
    rc = fs_remove_tree(fd, slash + 1, err);
    close(fd);
    return rc;
}

/* The credential's directory is missing or was replaced: no credential of ours
 * is left. */
static bool
is_gone(int error)
{
    return error == ENOENT || error == ELOOP || error == ENOTDIR ||
           error == EXDEV || error == EISDIR || error == ENXIO;
}

/* Overwrite the credential NAME in DIRFD with zeros. */
static int
put_zeros(int dirfd, const char *name)
{
    static const char zeros[4096];
    const int flags = O_WRONLY | O_NONBLOCK | O_NOFOLLOW;
    int fd, mends = 0;
    struct stat st;

    do
        fd = fs_open_beneath(dirfd, name, flags, 0, false);
    while (fd < 0 && errno == EACCES &&
           helper_session_mend(dirfd, name, &mends));
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        for (off_t left = st.st_size; left > 0; left -= (off_t)sizeof(zeros))
            if (fs_write_all(fd, zeros, sizeof(zeros)) < 0)
                break;
    (void)fsync(fd);
    close(fd);
    return 0;
}

/* Overwrite the credential PATH with zeros before it is removed; restore
 * permissions that the program removed. */
static int
wipe_proxy(int sessionfd, const char *path, struct err *err)
{
    const char *slash = strrchr(path, '/');
    char dir[RUNNER_TEXT];
    int fd, rc;

    snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
    fd = helper_session_dir(sessionfd, dir);
    rc = fd < 0 ? -1 : put_zeros(fd, slash + 1);
    if (rc == 0)
        rc = unlinkat(fd, slash + 1, 0);
    if (rc < 0)
        rc = is_gone(errno) ? 0 : set_errno(err, "remove", path);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* An absolute path may be anywhere: the user's own permissions apply. */
int
helper_remove(struct helper *h, struct helper_call *c, struct err *err)
{
    const char *path = c->r->text;

    (void)h;
    if (strcmp(path, PROXY) == 0 || strcmp(path, PROXY_OWN) == 0)
        return wipe_proxy(c->sessionfd, path, err);
    if (runner_wire_path_ok(path))
        return remove_beneath(c->sessionfd, path, err);
    if (path[0] != '/' || !runner_wire_path_ok(path + 1))
        return err_set(err, ERR_USAGE, "cannot remove '%s': bad path", path);
    return fs_remove_tree(AT_FDCWD, path, err);
}

struct wipe {
    struct helper *h;
    struct helper_call *c;
};

/* Runs in a child process, since removing a large session takes long. */
static int
wipe_session(void *arg)
{
    struct wipe *w = arg;
    struct err err = ERR_INIT;

    if (fs_remove_tree(w->h->basefd, w->c->r->job, &err) < 0)
        err_wrap(&err, "remove the session");
    helper_reply(w->h, w->c, &err);
    return 0;
}

int
helper_wipe(struct helper *h, struct helper_call *c, struct err *err)
{
    int fd = helper_session_dir(h->basefd, c->r->job);
    struct wipe w = { .h = h, .c = c };
    bool alive = false;

    if (fd < 0 && errno == ENOENT)
        return 0;
    /* If it is not a directory, it is removed as the file that it is. */
    if (fd < 0 && helper_session_code(errno) != ERR_AUTHZ)
        return set_errno(err, "open", c->r->job);
    if (fd >= 0)
        alive = helper_any_alive(fd);
    if (fd >= 0 && !alive) {
        (void)wipe_proxy(fd, PROXY, NULL);
        (void)wipe_proxy(fd, PROXY_OWN, NULL);
    }
    if (fd >= 0)
        close(fd);
    if (!alive)
        helper_book_forget(h, c->r->job);
    if (alive)
        return err_set(err, ERR_STATE,
                       "a run of job '%s' is alive: end it first", c->r->job);
    return sys_fork(wipe_session, &w, err) < 0 ? -1 : HELPER_LATER;
}
