/* clients/gridproxy/gridproxy_destroy.c - overwrite and remove proxies, with
 * grid-proxy-destroy's options and exit status. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/prose.h"
#include "clients/gridproxy/gridproxy.h"

/* Where Globus' programs store delegated proxies. */
#define DELEGATED_DIR    "/tmp"
#define DELEGATED_PREFIX "x509up_p"

enum option {
    OPT_DEBUG = GRIDPROXY_OWN,
    OPT_DRYRUN,
    OPT_DEFAULT,
    OPT_ALL
};

static const struct opt options[] = {
    GRIDPROXY_ROWS,
    { OPT_DEBUG, "debug", NULL, NULL },
    { OPT_DRYRUN, "dryrun", NULL, "only show what would be removed" },
    { OPT_DEFAULT, "default", NULL,
      "the user's proxy: X509_USER_PROXY or /tmp/x509up_uUID; the default "
      "without files" },
    { OPT_ALL, "all", NULL,
      "the user's proxy, and the proxies delegated to you in /tmp" },
    { 0, NULL, NULL, NULL },
};

struct destroy {
    bool dryrun, user, all;
    int first; /* index of the first file in argv */
};

static int
take(void *arg, int id, const struct opt_scan *s, struct err *err)
{
    struct destroy *d = arg;
    (void)s, (void)err;
    d->dryrun = d->dryrun || id == OPT_DRYRUN;
    d->user = d->user || id == OPT_DEFAULT || id == OPT_ALL;
    d->all = d->all || id == OPT_ALL;
    return 0;
}

static int
parse(struct destroy *d, int argc, char *const argv[], struct err *err)
{
    struct opt_scan s;
    int rc;
    opt_init(&s, options, argc, argv);
    rc = gridproxy_options(
        &s, "gridproxy destroy [options] [--] [FILE...]   wipe proxies", take,
        d, err);
    d->first = s.at;
    d->user = d->user || s.at >= argc;
    return rc;
}

/* Overwrite the key before removing the file, so that it is not left on the
 * disk. */
static int
overwrite(int fd, off_t size)
{
    char zeros[4096] = { 0 };
    while (size > 0) {
        size_t n = size < (off_t)sizeof zeros ? (size_t)size : sizeof zeros;
        if (fs_write_all(fd, zeros, n))
            return -1;
        size -= (off_t)n;
    }
    return fsync(fd);
}

static int
wipe(const struct destroy *d, const char *path, struct err *err)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "cannot open '%s': %s", path, strerror(errno));
    int rc = 0;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid())
        rc = err_set(err, ERR_AUTHZ, "'%s' is not a file of yours", path);
    else if (d->dryrun)
        printf("Would remove %s\n", path);
    else if (overwrite(fd, st.st_size) || unlink(path))
        rc = err_set(err, ERR_IO, "cannot remove '%s': %s", path,
                     strerror(errno));
    close(fd);
    return rc;
}

static int
wipe_delegated(const struct destroy *d, struct err *err)
{
    DIR *dir = opendir(DELEGATED_DIR);
    int rc = 0;
    if (!dir)
        return 0;
    for (const struct dirent *e; (e = readdir(dir));) {
        struct stat st;
        if (strncmp(e->d_name, DELEGATED_PREFIX, strlen(DELEGATED_PREFIX)) ||
            fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
            !S_ISREG(st.st_mode) || st.st_uid != geteuid())
            continue;
        char *path = xasprintf("%s/%s", DELEGATED_DIR, e->d_name);
        rc |= wipe(d, path, err);
        free(path);
    }
    closedir(dir);
    return rc;
}

/* The user's own proxy must exist, except with -all. */
static int
wipe_default(const struct destroy *d, struct err *err)
{
    char *path = cred_proxy_path();
    int rc = 0;
    if (access(path, F_OK) == 0 || !d->all)
        rc = wipe(d, path, err);
    free(path);
    return rc ? err_wrap(err, "destroy your proxy") : 0;
}

int
gridproxy_destroy(int argc, char *const argv[])
{
    struct err err = ERR_INIT;
    struct destroy d = { .dryrun = false };
    int rc = parse(&d, argc, argv, &err);
    if (rc)
        return rc < 0 ? gridproxy_fail(&err) : 0;
    for (int i = d.first; i < argc; i++) {
        struct err why = ERR_INIT;
        if (!wipe(&d, argv[i], &why))
            continue;
        /* a missing one is not a failure, as in Globus */
        rc |= why.code != ERR_NOT_FOUND;
        prose_plain(why.text, true);
        fprintf(stderr, "%s: %s\n", rc ? "ERROR" : "Warning", why.text);
    }
    if (d.user && wipe_default(&d, &err))
        rc = gridproxy_fail(&err);
    if (d.all && wipe_delegated(&d, &err))
        rc = gridproxy_fail(&err);
    return rc;
}
