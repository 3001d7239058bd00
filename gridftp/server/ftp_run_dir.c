/* gridftp/server/ftp_run_dir.c - directories and names: CWD, MKD, RMD, DELE,
 * RNFR, RNTO, SITE SYMLINK, RDEL (RFC 959). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"

void
ftp_run_cwd(struct ftp_session *s, char *arg)
{
    char *path = ftp_path_join(&s->paths, arg);
    int fd =
        ftp_path_open(&s->paths, path, O_PATH | O_DIRECTORY, 0, FTP_RIGHT_READ);

    if (fd >= 0 && faccessat(fd, ".", X_OK, 0) == 0) {
        free(s->paths.cwd);
        s->paths.cwd = path;
        path = NULL;
        ftp_reply(s, 250, "CWD command successful.");
    } else {
        ftp_reply_errno(s, errno, "chdir");
    }
    if (fd >= 0)
        close(fd);
    free(path);
}

void
ftp_run_cdup(struct ftp_session *s, char *arg)
{
    char up[] = "..";

    (void)arg;
    ftp_run_cwd(s, up);
}

/* Reply with "PATH" in quotes, doubling quotes in it (RFC 959 app.  II). */
static void
reply_257(struct ftp_session *s, const char *before, const char *path,
          const char *after)
{
    struct buf b = BUF_INIT;

    for (; *path != '\0'; path++) {
        buf_addc(&b, *path);
        if (*path == '"')
            buf_addc(&b, '"');
    }
    ftp_reply(s, 257, "%s\"%s\" %s", before, buf_str(&b), after);
    buf_fini(&b);
}

void
ftp_run_pwd(struct ftp_session *s, char *arg)
{
    (void)arg;
    reply_257(s, "", s->paths.cwd, "is current directory.");
}

/* An operation on NAME in directory DIR: 0, or -1 with errno. */
typedef int name_fn(struct ftp_session *s, int dir, const char *name);

/* Call FN on the last component of ARG; WHAT is for the message.  True on
 * success. */
static bool
at_parent(struct ftp_session *s, const char *arg, name_fn *fn, const char *what)
{
    char *path = ftp_path_join(&s->paths, arg);
    const char *name;
    int dir = ftp_path_parent(&s->paths, path, FTP_RIGHT_WRITE, &name);
    bool done = dir >= 0 && fn(s, dir, name) == 0;

    if (!done && s->aborted) {
        ftp_reply(s, 426, "Command Aborted.");
        ftp_reply(s, 226, "Abort successful");
    } else if (!done) {
        ftp_reply_errno(s, errno, what);
    }
    if (dir >= 0)
        close(dir);
    free(path);
    return done;
}

static int
make_dir(struct ftp_session *s, int dir, const char *name)
{
    (void)s;
    return mkdirat(dir, name, 0777);
}

static int
remove_dir(struct ftp_session *s, int dir, const char *name)
{
    (void)s;
    return unlinkat(dir, name, AT_REMOVEDIR);
}

static int
remove_file(struct ftp_session *s, int dir, const char *name)
{
    (void)s;
    return unlinkat(dir, name, 0);
}

/* How the removal of a tree checks for ABOR. */
struct removal {
    struct ftp_session *s;
    unsigned n;
};

/* Many commands may be queued, so do not search them for each file. */
#define LOOK_EVERY 64

static bool
is_going(void *arg)
{
    struct removal *r = arg;

    return r->n++ % LOOK_EVERY != 0 || ftp_session_going(r->s);
}

static int
remove_tree(struct ftp_session *s, int dir, const char *name)
{
    struct removal r = { s, 0 };
    struct err err = ERR_INIT;
    struct stat st;

    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
        ftp_path_check_tree(&s->paths, dir, name) < 0)
        return -1;
    errno = 0;
    if (fs_remove_tree_while(dir, name, is_going, &r, &err) == 0)
        return 0;
    if (errno == 0)
        errno = EIO;
    return -1;
}

void
ftp_run_mkd(struct ftp_session *s, char *arg)
{
    char *path = ftp_path_join(&s->paths, arg);

    if (at_parent(s, arg, make_dir, "mkdir"))
        reply_257(s, "Directory ", path, "created successfully.");
    free(path);
}

void
ftp_run_rmd(struct ftp_session *s, char *arg)
{
    if (at_parent(s, arg, remove_dir, "rmdir"))
        ftp_reply(s, 250, "OK.");
}

void
ftp_run_dele(struct ftp_session *s, char *arg)
{
    if (at_parent(s, arg, remove_file, "unlink"))
        ftp_reply(s, 250, "OK.");
}

void
ftp_run_site_rdel(struct ftp_session *s, char *arg)
{
    s->aborted = false;
    if (at_parent(s, arg, remove_tree, "recursive delete"))
        ftp_reply(s, 250, "OK.");
    s->aborted = false;
}

void
ftp_run_rnfr(struct ftp_session *s, char *arg)
{
    char *path = ftp_path_join(&s->paths, arg);
    struct stat st;

    free(s->rename_from);
    s->rename_from = NULL;
    if (ftp_path_stat(&s->paths, path, false, &st) < 0) {
        ftp_reply_errno(s, errno, "stat");
        free(path);
        return;
    }
    s->rename_from = path;
    ftp_reply(s, 350, "OK. Send RNTO with destination name.");
}

void
ftp_run_rnto(struct ftp_session *s, char *arg)
{
    char *from = s->rename_from, *to;
    const char *from_name, *to_name;
    int from_dir, to_dir = -1;

    if (from == NULL) {
        ftp_reply(s, 503, "RNFR first.");
        return;
    }
    s->rename_from = NULL;
    to = ftp_path_join(&s->paths, arg);
    from_dir = ftp_path_parent(&s->paths, from, FTP_RIGHT_WRITE, &from_name);
    if (from_dir >= 0)
        to_dir = ftp_path_parent(&s->paths, to, FTP_RIGHT_WRITE, &to_name);
    if (to_dir >= 0 &&
        ftp_path_check_tree(&s->paths, from_dir, from_name) == 0 &&
        renameat(from_dir, from_name, to_dir, to_name) == 0)
        ftp_reply(s, 250, "OK.");
    else
        ftp_reply_errno(s, errno, "rename");
    if (from_dir >= 0)
        close(from_dir);
    if (to_dir >= 0)
        close(to_dir);
    free(from);
    free(to);
}

/* Make a link at PATH to TARGET. */
static void
make_link(struct ftp_session *s, const char *target, const char *arg)
{
    char *path = ftp_path_join(&s->paths, arg);
    const char *name;
    int dir = ftp_path_parent(&s->paths, path, FTP_RIGHT_WRITE, &name);

    if (dir >= 0 && symlinkat(target, dir, name) == 0)
        ftp_reply(s, 250, "OK.");
    else
        ftp_reply_errno(s, errno, "symlink");
    if (dir >= 0)
        close(dir);
    free(path);
}

void
ftp_run_site_symlink(struct ftp_session *s, char *arg)
{
    char *path = strchr(arg, ' ');

    if (path == NULL || path[1] == '\0') {
        ftp_reply(s, 501, "Syntax error in parameters or arguments.");
        return;
    }
    *path++ = '\0';
    make_link(s, arg, path);
}

void
ftp_run_site_symfrom(struct ftp_session *s, char *arg)
{
    free(s->symlink_from);
    s->symlink_from = xstrdup(arg);
    ftp_reply(s, 350, "OK. Send SITE SYMLINKTO with symlink name.");
}

void
ftp_run_site_symto(struct ftp_session *s, char *arg)
{
    if (s->symlink_from == NULL) {
        ftp_reply(s, 503, "SITE SYMLINKFROM first.");
        return;
    }
    make_link(s, s->symlink_from, arg);
    free(s->symlink_from);
    s->symlink_from = NULL;
}
