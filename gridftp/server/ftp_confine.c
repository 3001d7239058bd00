/* gridftp/server/ftp_confine.c - see ftp_confine.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "gridftp/server/ftp_confine.h"
#include "gridftp/server/ftp_reply.h"

int
ftp_confine_root(struct ftp_paths *p, const char *path, struct err *err)
{
    int fd;

    if (p->confined)
        return err_set(err, ERR_STATE, "Root directory is already set.");
    fd = ftp_path_open(p, path, O_PATH | O_DIRECTORY, 0, FTP_RIGHT_READ);
    if (fd < 0)
        return ftp_errno_err(errno, path, err);
    close(p->root);
    p->root = fd;
    p->confined = true;
    free(p->home);
    free(p->cwd);
    p->home = xstrdup("/");
    p->cwd = xstrdup("/");
    return 0;
}

/* Add one path of the list with its letters. */
static int
add_restriction(struct ftp_paths *p, char *text, struct err *err)
{
    size_t letters = strspn(text, "RWNrwn");
    char name[PATH_MAX], *path;
    struct ftp_restriction r = { 0 };
    int fd, rc = 0;

    if (text[letters] != '/' && text[letters] != '~')
        return err_set(err, ERR_SYNTAX, "'%s' is not a path of such a list",
                       text);
    path = ftp_path_join(p, text + letters);
    text[letters] = '\0';
    r.read = letters == 0 || strpbrk(text, "Rr") != NULL;
    r.write = letters == 0 || strpbrk(text, "Ww") != NULL;
    fd = ftp_path_open(p, path, O_PATH, 0, FTP_RIGHT_READ);
    if (fd < 0 || ftp_path_name(p, fd, name) < 0)
        rc = ftp_errno_err(errno, path, err);
    if (fd >= 0)
        close(fd);
    free(path);
    if (rc < 0)
        return -1;
    r.prefix = xstrdup(name);
    p->only = xrealloc(p->only, p->nonly + 1, sizeof(*p->only));
    p->only[p->nonly++] = r;
    return 0;
}

int
ftp_confine_paths(struct ftp_paths *p, char *list, struct err *err)
{
    bool ruled = p->ruled;
    char *item, *rest;
    int rc = 0;

    if (p->only != NULL)
        return err_set(err, ERR_STATE,
                       "Session restricted paths list already set.");
    for (item = strtok_r(list, ",", &rest); item != NULL && rc == 0;
         item = strtok_r(NULL, ",", &rest)) {
        p->ruled = ruled; /* the list takes effect only when it is complete */
        rc = add_restriction(p, item, err);
    }
    if (rc == 0 && p->nonly == 0)
        rc = err_set(err, ERR_SYNTAX, "an empty list");
    if (rc < 0)
        ftp_confine_fini(p);
    p->ruled = ruled || rc == 0;
    return rc;
}
