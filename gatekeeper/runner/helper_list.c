/* gatekeeper/runner/helper_list.c - listing a directory of a session as its
 * user, one line per entry with the facts of MLSx (RFC 3659 section 7). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/fs.h"
#include "gatekeeper/runner/runner_helper.h"

#define LIST_MAX   100000 /* entries */
#define LIST_BYTES (32u << 20)
#define OWN        ".gatehouse"

struct list {
    struct item {
        char *name, *line;
    } * item;
    size_t n, bytes;
};

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->name,
                  ((const struct item *)b)->name);
}

/* The line of NAME: facts, then the name percent-encoded. */
static char *
line_of(const char *name, const struct stat *st)
{
    struct buf out = BUF_INIT;
    char when[32];
    struct tm tm;

    gmtime_r(&st->st_mtime, &tm);
    strftime(when, sizeof(when), "%Y%m%d%H%M%S", &tm);
    if (S_ISREG(st->st_mode))
        buf_addf(&out, "type=file;size=%lld;modify=%s; ",
                 (long long)st->st_size, when);
    else
        buf_addf(&out, "type=%s;modify=%s; ",
                 S_ISDIR(st->st_mode)   ? "dir"
                 : S_ISLNK(st->st_mode) ? "OS.unix=slink"
                                        : "OS.unix=other",
                 when);
    percent_encode(&out, name, "");
    buf_adds(&out, S_ISDIR(st->st_mode) ? "/\n" : "\n");
    return buf_detach(&out);
}

/* Read the entries of DIR into L; at the TOP, skip the gatekeeper's private
 * directory. */
static int
read_dir(DIR *dir, bool top, struct list *l, struct err *err)
{
    const struct dirent *e;
    struct stat st;

    while ((e = readdir(dir)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            (top && strcmp(e->d_name, OWN) == 0) ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (l->n == LIST_MAX || l->bytes > LIST_BYTES)
            return err_set(err, ERR_LIMIT,
                           "the directory has more than %d entries", LIST_MAX);
        if ((l->n & (l->n - 1)) == 0)
            l->item =
                xrealloc(l->item, l->n == 0 ? 1 : 2 * l->n, sizeof(*l->item));
        l->item[l->n].name = xstrdup(e->d_name);
        l->item[l->n].line = line_of(e->d_name, &st);
        l->bytes += strlen(l->item[l->n++].line);
    }
    return 0;
}

/* Sort L and write it to a memory file; -1 with ERR. */
static int
to_file(struct list *l, struct err *err)
{
    struct buf all = BUF_INIT;
    int fd = memfd_create("list", MFD_CLOEXEC);

    if (l->n > 0)
        qsort(l->item, l->n, sizeof(*l->item), by_name);
    for (size_t i = 0; i < l->n; i++)
        buf_adds(&all, l->item[i].line);
    if (fd < 0 || fs_write_all(fd, all.data, all.len) < 0) {
        err_set(err, ERR_IO, "cannot write a list: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    buf_fini(&all);
    return fd;
}

/* Open the directory PATH; "" is the session. */
static DIR *
open_dir(int sessionfd, const char *path, struct err *err)
{
    DIR *dir = NULL;
    int fd;

    if (runner_wire_path_private(path)) {
        err_set(err, ERR_AUTHZ, "'%s' is the gatekeeper's own", path);
        return NULL;
    }
    fd = fs_open_beneath(sessionfd, *path != '\0' ? path : ".",
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, false);
    if (fd >= 0 && (dir = fdopendir(fd)) == NULL)
        close(fd);
    if (dir == NULL)
        err_set(err,
                errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_AUTHZ,
                "cannot list '%s' in the session: %s", path,
                errno == ELOOP ? "there is a symbolic link in the way"
                               : strerror(errno));
    return dir;
}

int
helper_list(struct helper *h, struct helper_call *c, struct err *err)
{
    const char *path = c->r->text;
    struct list l = { NULL, 0, 0 };
    DIR *dir;
    int fd = -1;

    (void)h;
    if (*path != '\0' && !runner_wire_path_ok(path))
        return err_set(err, ERR_AUTHZ, "'%s' is not a path in the session",
                       path);
    dir = open_dir(c->sessionfd, path, err);
    if (dir != NULL && read_dir(dir, *path == '\0', &l, err) == 0)
        fd = to_file(&l, err);
    if (dir != NULL)
        closedir(dir);
    for (size_t i = 0; i < l.n; i++) {
        free(l.item[i].name);
        free(l.item[i].line);
    }
    free(l.item);
    if (fd < 0)
        return -1;
    c->fd[c->nfd++] = fd;
    return 0;
}
