/* clients/gridcp/gridcp_dir.c - make and list directories, here and at
 * servers. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/prose.h"
#include "clients/gridcp/gridcp_dest.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_listing.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_walk.h"

bool
gridcp_dir_is(struct gridcp_walk *w, const struct gridcp_end *end)
{
    struct ftpclient_first first = { .stat = end->path };
    struct facts facts;
    struct ftpclient *c;
    bool is;

    if (!gridcp_place_ftp(end->site) ||
        gridcp_dir_session(w, end->site, true, &first, &c, NULL) < 0 ||
        ftpclient_stat(c, end->path, &facts, NULL) < 0)
        return false;
    is = facts.type == FACTS_DIR || facts.type == FACTS_CDIR;
    facts_fini(&facts);
    return is;
}

/* DIR's path without its final slash; the caller must free() it. */
static char *
path_of(const struct gridcp_end *dir)
{
    char *path = xstrdup(dir->path);

    if (strlen(path) > 1)
        path[strlen(path) - 1] = '\0';
    return path;
}

/* Make PATH at C's server; PARENTS: also missing parents. */
static int
make_remote(struct ftpclient *c, const char *path, bool parents,
            struct err *err)
{
    struct err why = ERR_INIT;

    if (ftpclient_mkdir(c, path, &why) == 0 || why.code == ERR_EXISTS)
        return 0;
    if (!parents || !ftpclient_usable(c))
        return err_set(err, why.code, "%s", why.text);
    why = (struct err)ERR_INIT;
    if (ftpclient_mkparents(c, path, err) < 0)
        return -1;
    if (ftpclient_mkdir(c, path, &why) == 0 || why.code == ERR_EXISTS)
        return 0;
    return err_set(err, why.code, "%s", why.text);
}

int
gridcp_dir_make(struct gridcp_walk *w, const struct gridcp_end *dir,
                bool parents, struct err *err)
{
    char *path = path_of(dir);
    struct ftpclient *c;
    int rc = 0;

    if (dir->site->scheme == GRIDCP_FILE) {
        if (parents)
            rc = fs_mkdirs(path, 0777, err);
        else if (mkdir(path, 0777) < 0 && errno != EEXIST)
            rc = gridcp_file_error(err, "create", path);
    } else if (gridcp_place_ftp(dir->site)) {
        rc = gridcp_dir_session(w, dir->site, false, NULL, &c, err);
        if (rc == 0)
            rc = make_remote(c, path, parents, err);
    }
    free(path);
    return rc;
}

void
gridcp_dir_make_all(struct gridcp_walk *w, const struct gridcp_end *const *dirs,
                    size_t n, bool *made)
{
    char *paths[GRIDCP_WALK_AHEAD];
    struct ftpclient *c;
    size_t i;

    for (i = 0; i < n; i++)
        made[i] = false;
    if (n < 2 || !gridcp_place_ftp(dirs[0]->site) ||
        gridcp_dir_session(w, dirs[0]->site, false, NULL, &c, NULL) < 0)
        return;
    for (i = 0; i < n; i++)
        paths[i] = path_of(dirs[i]);
    ftpclient_mkdirs(c, (const char *const *)paths, n, made, NULL);
    for (i = 0; i < n; i++)
        free(paths[i]);
}

static int
by_name(const void *a, const void *b)
{
    const struct gridcp_name *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* Append the entries of L to NAMES. */
static int
add_names(struct gridcp_names *names, struct gridcp_entries *l, struct err *err)
{
    struct gridcp_name name;
    int rc;

    while ((rc = gridcp_entries_next(l, &name, err)) > 0) {
        if ((names->n & (names->n - 1)) ==
            0) /* a power of two: the array is full */
            names->at = xrealloc(names->at, names->n > 0 ? names->n * 2 : 1,
                                 sizeof(names->at[0]));
        name.name = xstrdup(name.name);
        names->at[names->n++] = name;
    }
    return rc;
}

int
gridcp_dir_names(struct gridcp_walk *w, const struct gridcp_end *dir,
                 bool source, struct gridcp_names *names, struct err *err)
{
    struct gridcp_listing l;
    int rc = 0;

    *names = (struct gridcp_names){ 0 };
    gridcp_listing_read(w, dir, 1, source, false, &l);
    if (l.err.code != ERR_OK)
        rc = err_set(err, l.err.code, "%s", l.err.text);
    if (rc == 0)
        rc = add_names(names, &l.files, err);
    if (rc == 0)
        rc = add_names(names, &l.dirs, err);
    gridcp_listing_fini(&l);
    if (names->n > 0)
        qsort(names->at, names->n, sizeof(names->at[0]), by_name);
    return rc;
}

void
gridcp_dir_fini(struct gridcp_names *names)
{
    size_t i;

    for (i = 0; i < names->n; i++)
        free(names->at[i].name);
    free(names->at);
    *names = (struct gridcp_names){ 0 };
}

/* -list: print names as globus-url-copy does; more with -v. */
static void
show(const struct gridcp_opt *o, struct gridcp_name *n)
{
    char when[32] = "-";
    struct tm tm;

    if (isatty(STDOUT_FILENO))
        prose_plain(n->name, false);
    if (n->mtime >= 0 && gmtime_r(&n->mtime, &tm) != NULL)
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
    if (o->verbose || o->perf)
        printf("    %12lld  %s  %s%s\n", (long long)n->size, when, n->name,
               n->dir ? "/" : "");
    else
        printf("    %s%s\n", n->name, n->dir ? "/" : "");
}

/* The names for -list END: a directory's, those that match the last component,
 * or the file itself. */
static int
names_of(struct gridcp_walk *w, struct gridcp_end *end,
         struct gridcp_names *names, char **pattern, struct err *err)
{
    bool match = gridcp_dir_is_pattern(end, w->g->o.listing);
    char *slash = strrchr(end->path, '/');
    struct err why = ERR_INIT;
    struct gridcp_end dir;
    int rc;

    if (!match && gridcp_dir_names(w, end, true, names, err) == 0)
        return 0;
    if ((!match && err->code != ERR_NOT_FOUND) || gridcp_dest_is_dir(end))
        return -1;
    gridcp_dir_fini(names);
    *pattern = xstrdup(slash != NULL ? slash + 1 : end->path);
    gridcp_place_copy(end, &dir);
    dir.path[slash != NULL ? slash + 1 - end->path : 0] = '\0';
    rc = gridcp_dir_names(w, &dir, true, names, &why);
    gridcp_place_fini(&dir);
    if (rc < 0)
        return match ? err_set(err, why.code, "%s", why.text) : -1;
    if (!match && bsearch(&(struct gridcp_name){ .name = *pattern }, names->at,
                          names->n, sizeof(names->at[0]), by_name) == NULL)
        return -1;
    *err = (struct err)ERR_INIT;
    return 0;
}

/* Whether NAME matches PATTERN, a pattern or a file's name. */
static bool
matches(const char *pattern, const char *name)
{
    return pattern == NULL || strcmp(pattern, name) == 0 ||
           fnmatch(pattern, name, FNM_PERIOD) == 0;
}

int
gridcp_expand_list(struct gridcp *g, struct err *err)
{
    struct gridcp_walk w = { .g = g };
    struct gridcp_names names = { 0 };
    struct gridcp_end dir;
    char *pattern = NULL;
    size_t i;
    int rc;

    if (gridcp_place(g, g->o.listing, &dir, err) < 0)
        return -1;
    rc = names_of(&w, &dir, &names, &pattern, err);
    if (rc < 0)
        err_wrap(err, "cannot list '%s'", dir.url);
    else
        client_say(stdout, "%s\n", dir.url);
    for (i = 0; rc == 0 && i < names.n; i++)
        if (matches(pattern, names.at[i].name))
            show(&g->o, &names.at[i]);
    free(pattern);
    gridcp_dir_fini(&names);
    gridcp_walk_fini(&w);
    gridcp_place_fini(&dir);
    return rc;
}

bool
gridcp_dir_is_pattern(const struct gridcp_end *end, const char *url)
{
    const char *slash = strrchr(url, '/');
    struct stat st;

    if (end->site->scheme == GRIDCP_HTTP || end->site->scheme == GRIDCP_STREAM)
        return false;
    if (strpbrk(slash != NULL ? slash : url, "*?[") == NULL)
        return false;
    /* A shell leaves a pattern alone if nothing matches, so check for a file of
     * that name. */
    return end->site->scheme != GRIDCP_FILE || lstat(end->path, &st) < 0;
}
