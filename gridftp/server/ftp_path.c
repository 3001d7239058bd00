/* gridftp/server/ftp_path.c - see ftp_path.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sys_proc.h"
#include "gridftp/server/ftp_confine.h"

/* Close FD and keep errno. */
static void
close_quietly(int fd)
{
    int saved = errno;

    if (fd >= 0)
        close(fd);
    errno = saved;
}

/* openat2(2) of PATH with P's root as /. */
static int
open_in_root(const struct ftp_paths *p, const char *path, int flags,
             mode_t mode)
{
    struct open_how how = { .flags = (unsigned)flags | O_CLOEXEC,
                            .mode = flags & O_CREAT ? mode : 0,
                            .resolve =
                                RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
    int fd, tries = 0;

    if (!(flags & O_PATH))
        how.flags |= O_NOCTTY;
    /* EAGAIN: a rename raced with the lookup. */
    do
        fd = (int)syscall(SYS_openat2, p->root, path, &how, sizeof(how));
    while (fd < 0 && errno == EAGAIN && ++tries < 16);
    return fd;
}

/* Whether the name TEXT of N bytes, as the kernel reports it for FD, is that of
 * a removed file, with " (deleted)" appended. */
static bool
is_deleted(int fd, const char *text, size_t n)
{
    static const char mark[] = " (deleted)";
    size_t len = sizeof(mark) - 1;
    struct stat open, named;

    if (n < len || strcmp(text + n - len, mark) != 0)
        return false;
    /* A file may really have such a name. */
    return fstat(fd, &open) < 0 || lstat(text, &named) < 0 ||
           open.st_ino != named.st_ino || open.st_dev != named.st_dev;
}

int
ftp_path_name(const struct ftp_paths *p, int fd, char text[PATH_MAX])
{
    size_t root = strlen(p->root_text);
    char link[64];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, text, PATH_MAX - 1);
    if (n < 0)
        return -1;
    text[n] = '\0';
    if (is_deleted(fd, text, (size_t)n)) {
        errno = ENOENT;
        return -1;
    }
    if (strncmp(text, p->root_text, root) != 0 ||
        (text[root] != '/' && text[root] != '\0')) {
        errno = EACCES;
        return -1;
    }
    memmove(text, text + root, (size_t)n - root + 1);
    if (*text == '\0')
        memcpy(text, "/", 2);
    return 0;
}

/* The real path of what FD has open, or of NAME in it. */
static int
true_name(const struct ftp_paths *p, int fd, const char *name,
          char text[PATH_MAX])
{
    size_t n;

    if (ftp_path_name(p, fd, text) < 0)
        return -1;
    n = strlen(text);
    if (name == NULL || (size_t)snprintf(text + n, PATH_MAX - n, "%s%s",
                                         n > 1 ? "/" : "", name) < PATH_MAX - n)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

/* 0 when RIGHT is allowed on what FD has open, or on NAME in it. */
static int
check_rules(const struct ftp_paths *p, int fd, const char *name,
            enum ftp_right right)
{
    char text[PATH_MAX];

    if (right == FTP_RIGHT_WRITE && p->read_only) {
        errno = EROFS;
        return -1;
    }
    if (!p->ruled)
        return 0;
    if (true_name(p, fd, name, text) < 0)
        return -1;
    if (ftp_rules_allow(p->rules, text, right) &&
        ftp_confine_allows(p, text, right))
        return 0;
    errno = EACCES;
    return -1;
}

/* Whether writing is allowed at PREFIX and everywhere below. */
static bool
is_writable(const struct ftp_paths *p, const char *prefix)
{
    return ftp_rules_allow(p->rules, prefix, FTP_RIGHT_WRITE) &&
           ftp_confine_allows(p, prefix, FTP_RIGHT_WRITE);
}

int
ftp_path_check_tree(const struct ftp_paths *p, int dir, const char *name)
{
    char text[PATH_MAX];
    const char *prefix;
    bool ok = true;
    size_t i;

    if (!p->ruled)
        return 0;
    if (true_name(p, dir, name, text) < 0)
        return -1;
    for (i = 0; i < 2 * p->rules->n; i++) {
        prefix = ftp_rules_prefix(p->rules, i);
        ok = ok && (prefix == NULL || !ftp_rules_below(prefix, text) ||
                    is_writable(p, prefix));
    }
    for (i = 0; i < p->nonly; i++)
        ok = ok && (!ftp_rules_below(p->only[i].prefix, text) ||
                    is_writable(p, p->only[i].prefix));
    if (!ok)
        errno = EACCES;
    return ok ? 0 : -1;
}

int
ftp_path_check(const struct ftp_paths *p, int fd)
{
    return check_rules(p, fd, NULL, FTP_RIGHT_READ);
}

int
ftp_paths_init(struct ftp_paths *p, const struct conf *conf,
               const struct ftp_rules *rules, const char *home, bool read_only,
               struct err *err)
{
    const char *root = conf_str(conf, CONF_gridftp_root);
    struct ftp_paths none = { .root = -1 };
    char text[PATH_MAX];
    int fd;

    *p = none;
    p->rules = rules;
    p->read_only = read_only;
    sys_identity_get(&p->self);
    p->ruled = ftp_rules_any(rules);
    p->root_text = xstrdup("");
    p->home = xstrdup("/");
    p->cwd = xstrdup("/");
    p->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (p->root < 0 || ftp_path_name(p, p->root, text) < 0)
        return err_set(err, ERR_IO, "gridftp.root: cannot enter '%s': %s", root,
                       strerror(errno));
    free(p->root_text);
    p->root_text = xstrdup(strcmp(text, "/") == 0 ? "" : text);
    if (!ftp_rules_below(home, *p->root_text != '\0' ? p->root_text : "/"))
        return 0;
    home += strlen(p->root_text);
    fd = *home == '/'
             ? ftp_path_open(p, home, O_PATH | O_DIRECTORY, 0, FTP_RIGHT_READ)
             : -1;
    if (fd < 0)
        return 0;
    close(fd);
    free(p->home);
    free(p->cwd);
    p->home = ftp_path_join(p, home);
    p->cwd = xstrdup(p->home);
    return 0;
}

void
ftp_paths_fini(struct ftp_paths *p)
{
    if (p->root >= 0)
        close(p->root);
    ftp_confine_fini(p);
    free(p->root_text);
    free(p->home);
    free(p->cwd);
    *p = (struct ftp_paths){ .root = -1 };
}

/* Append the components of TEXT to OUT, resolving "." and ".." textually. */
static void
add_components(struct buf *out, const char *text)
{
    size_t n;

    for (; *text != '\0'; text += n) {
        text += strspn(text, "/");
        n = strcspn(text, "/");
        if (n == 0 || (n == 1 && *text == '.'))
            continue;
        if (n == 2 && text[0] == '.' && text[1] == '.') {
            while (out->len > 0 && out->data[out->len - 1] != '/')
                out->len--;
            if (out->len > 0)
                out->data[--out->len] = '\0';
            continue;
        }
        buf_addc(out, '/');
        buf_add(out, text, n);
    }
}

/* The home directory of the account NAME[0..N) as the client sees it, in static
 * storage of getpwnam(3); NULL when it is not in the tree.  Anonymous clients
 * get none, so that they cannot probe for accounts. */
static const char *
home_of(const struct ftp_paths *p, const char *name, size_t n)
{
    const char *root = *p->root_text != '\0' ? p->root_text : "/";
    char account[SYS_NAME_MAX];
    const struct passwd *pw;

    if (p->read_only || p->confined || n >= sizeof(account))
        return NULL;
    snprintf(account, sizeof(account), "%.*s", (int)n, name);
    pw = getpwnam(account);
    if (pw == NULL || !ftp_rules_below(pw->pw_dir, root))
        return NULL;
    return pw->pw_dir + strlen(p->root_text);
}

char *
ftp_path_join(const struct ftp_paths *p, const char *arg)
{
    const char *tilde = *arg == '/' ? arg + 1 : arg, *home = NULL;
    size_t n = *tilde == '~' ? strcspn(tilde + 1, "/") : 0;
    struct buf out = BUF_INIT;

    if (*tilde == '~')
        home = n > 0 ? home_of(p, tilde + 1, n) : p->home;
    if (home != NULL) {
        add_components(&out, home);
        arg = tilde + 1 + n;
    } else if (*arg != '/') {
        add_components(&out, p->cwd);
    }
    add_components(&out, arg);
    if (out.len == 0)
        buf_addc(&out, '/');
    return buf_detach(&out);
}

/* With rules: resolve PATH first, check the result, then open exactly that. */
static int
open_ruled(const struct ftp_paths *p, const char *path, int flags,
           enum ftp_right right)
{
    int follow = flags & (O_NOFOLLOW | O_DIRECTORY), at, fd = -1;
    char link[64];

    at = open_in_root(p, path, O_PATH | follow, 0);
    if (at < 0)
        return -1;
    if (check_rules(p, at, NULL, right) == 0) {
        if (flags & O_PATH)
            return at;
        snprintf(link, sizeof(link), "/proc/self/fd/%d", at);
        fd = open(link,
                  (flags & ~(O_NOFOLLOW | O_CREAT)) | O_CLOEXEC | O_NOCTTY);
    }
    close_quietly(at);
    return fd;
}

int
ftp_path_open(const struct ftp_paths *p, const char *path, int flags,
              mode_t mode, enum ftp_right right)
{
    const char *name;
    int dir, fd;

    if (right == FTP_RIGHT_WRITE && p->read_only) {
        errno = EROFS;
        return -1;
    }
    if (!p->ruled)
        return open_in_root(p, path, flags, mode);
    if (!(flags & O_CREAT))
        return open_ruled(p, path, flags, right);
    if (!(flags & O_EXCL)) {
        fd = open_ruled(p, path, flags, right);
        if (fd >= 0 || errno != ENOENT)
            return fd;
    }
    dir = ftp_path_parent(p, path, right, &name);
    if (dir < 0)
        return -1;
    fd = openat(dir, name, flags | O_EXCL | O_CLOEXEC | O_NOCTTY, mode);
    close_quietly(dir);
    return fd;
}

/* Whether ST is a plain file, or (FLOWS) a FIFO or character device. */
static bool
is_file(const struct stat *st, bool flows)
{
    return S_ISREG(st->st_mode) ||
           (flows && (S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode)));
}

int
ftp_path_open_file(const struct ftp_paths *p, const char *path, bool flows,
                   struct stat *st)
{
    int fd = -1;

    if (ftp_path_stat(p, path, true, st) < 0)
        return -1;
    if (is_file(st, flows))
        fd = ftp_path_open(p, path, O_RDONLY | O_NONBLOCK, 0, FTP_RIGHT_READ);
    else
        errno = S_ISDIR(st->st_mode) ? EISDIR : ENOTSUP;
    /* It may have been replaced meanwhile. */
    if (fd >= 0 && (fstat(fd, st) < 0 || !is_file(st, flows))) {
        close(fd);
        fd = -1;
        errno = ENOTSUP;
    }
    return fd;
}

int
ftp_path_parent(const struct ftp_paths *p, const char *path,
                enum ftp_right right, const char **name)
{
    const char *slash = strrchr(path, '/');
    char dir[PATH_MAX];
    int fd;

    if (slash == NULL || slash[1] == '\0') {
        errno = EEXIST;
        return -1;
    }
    if ((size_t)(slash - path) >= sizeof(dir)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
    fd = open_in_root(p, *dir != '\0' ? dir : "/", O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0 && errno == EACCES) /* write-only directories exist */
        fd = open_in_root(p, *dir != '\0' ? dir : "/", O_PATH | O_DIRECTORY, 0);
    if (fd < 0)
        return -1;
    *name = slash + 1;
    if (check_rules(p, fd, *name, right) == 0)
        return fd;
    close_quietly(fd);
    return -1;
}

int
ftp_path_stat(const struct ftp_paths *p, const char *path, bool follow,
              struct stat *st)
{
    int fd = ftp_path_open(p, path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0,
                           FTP_RIGHT_READ),
        rc;

    if (fd < 0)
        return -1;
    rc = fstat(fd, st);
    close_quietly(fd);
    return rc;
}
