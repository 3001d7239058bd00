/* clients/gridcp/gridcp_dir.c - reading and making directories, here and at
 * servers.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_walk.h"

/* Where the entries of DIR go; the same one twice is fine. */
struct sink {
    const struct gridcp_end *dir;
    struct gridcp_report *report; /* of what is left out; NULL: nothing is */
    struct gridcp_entries *files, *dirs;
};

static void
add(const struct sink *to, const char *name, bool dir, int64_t size,
    time_t mtime)
{
    struct gridcp_name n = { .name = (char *)(uintptr_t)name,
                             .dir = dir,
                             .size = size,
                             .mtime = mtime };

    gridcp_entries_add(dir ? to->dirs : to->files, &n);
}

/* NAME is a symbolic link that leads nowhere: it fails when its turn comes, and
 * ends nothing. */
static void
add_dangling(const struct sink *to, const char *name)
{
    struct gridcp_name n = { .name = (char *)(uintptr_t)name,
                             .dangling = true,
                             .size = -1,
                             .mtime = -1 };

    gridcp_entries_add(to->files, &n);
}

/* What a name of TYPE is. */
static const char *
special_word(enum facts_type type)
{
    return type == FACTS_PIPE                       ? "a FIFO"
           : type == FACTS_CHR || type == FACTS_BLK ? "a device"
                                                    : "a socket or the like";
}

/* NAME, which is WHAT and no file, is not copied: to wait for a FIFO's writer
 * could take for ever, and a device may have no end. */
static void
leave_out(const struct sink *to, const char *name, const char *what)
{
    struct gridcp_end end;

    if (to->report == NULL) {
        add(to, name, false, -1, -1);
        return;
    }
    gridcp_place_child(to->dir, name, false, &end);
    gridcp_report_left_out(to->report, end.url, what);
    gridcp_place_fini(&end);
}

/* NAME in directory DIR here.  What cannot be looked at fails when its turn
 * comes. */
static void
add_local(const struct sink *to, int dir, const char *name)
{
    struct stat st;

    if (fstatat(dir, name, &st, 0) == 0) {
        if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
            add(to, name, S_ISDIR(st.st_mode), st.st_size, st.st_mtime);
        else
            leave_out(to, name,
                      special_word(S_ISFIFO(st.st_mode)  ? FACTS_PIPE
                                   : S_ISCHR(st.st_mode) ? FACTS_CHR
                                   : S_ISBLK(st.st_mode) ? FACTS_BLK
                                                         : FACTS_SPECIAL));
    } else if ((errno == ENOENT || errno == ELOOP) &&
               fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
               S_ISLNK(st.st_mode)) {
        add_dangling(to, name);
    } else {
        add(to, name, false, -1, -1);
    }
}

/* A local directory. */
static int
read_local(const char *path, const struct sink *to, char **unique,
           struct err *err)
{
    DIR *d = opendir(*path != '\0' ? path : ".");
    struct dirent *e;
    struct stat st;
    int rc = 0;

    if (d == NULL)
        return gridcp_file_error(err, "list", path);
    if (unique != NULL && fstat(dirfd(d), &st) == 0)
        *unique = xasprintf("%llx %llx", (unsigned long long)st.st_dev,
                            (unsigned long long)st.st_ino);
    while ((errno = 0, e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        add_local(to, dirfd(d), e->d_name);
    }
    if (errno != 0)
        rc = gridcp_file_error(err, "list", path);
    closedir(d);
    return rc;
}

struct reading {
    const struct sink *to;
    struct gridcp_entries links; /* to be looked at when the listing is over */
};

/* A ftpclient_entry_fn.  A name that leads elsewhere is an attack. */
static int
on_entry(void *arg, const struct facts *f, struct err *err)
{
    struct reading *r = arg;
    struct sink links = { .files = &r->links, .dirs = &r->links };
    bool dir = f->type == FACTS_DIR;

    if (*f->name == '\0' || strchr(f->name, '/') != NULL ||
        strcmp(f->name, "..") == 0)
        return err_set(err, ERR_PROTOCOL, "the server lists a file called '%s'",
                       f->name);
    if (facts_special(f->type))
        leave_out(r->to, f->name, special_word(f->type));
    else
        add(f->type == FACTS_SLINK ? &links : r->to, f->name, dir, f->size,
            f->modify);
    return 0;
}

/* What a symbolic link leads to.  Of one that leads to a file some servers say
 * so, others that it is no directory. */
static void
add_link(struct ftpclient *c, const struct gridcp_name *link,
         const struct sink *to)
{
    char *path = xasprintf("%s%s/.", to->dir->path, link->name);
    struct facts facts = { .type = FACTS_OTHER };
    struct err why = ERR_INIT;
    bool told = ftpclient_stat(c, path, &facts, &why) == 0;

    if (!told && (strcasestr(why.text, "No such file") != NULL ||
                  strcasestr(why.text, "levels of symbolic links") != NULL))
        add_dangling(to, link->name);
    else if (facts_special(facts.type))
        leave_out(to, link->name, special_word(facts.type));
    else if (!told)
        add(to, link->name, false, -1, -1);
    else
        add(to, link->name, facts.type == FACTS_DIR || facts.type == FACTS_CDIR,
            facts.size, facts.modify);
    facts_fini(&facts);
    free(path);
}

/* A session with SITE, tried as often as a file's would be; a listing for
 * people, which has no queue, once. */
static int
open_session(struct gridcp *g, struct gridcp_site *site, bool source,
             const struct ftpclient_first *first, struct ftpclient **c,
             struct err *err)
{
    const struct gridcp_task t = { .src.url = site->prefix,
                                   .dst.url = site->prefix,
                                   .size = -1 };
    struct gridcp_retry retry = { 0 };
    long long delay_ms, end;
    struct err why;

    for (;;) {
        why = (struct err)ERR_INIT;
        if (gridcp_session_open(g, site, source, false, first, c, &why) == 0)
            return 0;
        if (g->queue == NULL ||
            !gridcp_retry_again(g, &retry, &why, false, &delay_ms))
            break;
        gridcp_report_retry(g->report, &t, &why, delay_ms);
        end = time_mono_ms() + delay_ms;
        while (time_mono_ms() < end && !gridcp_queue_stopped(g->queue))
            gridcp_queue_wait(g->queue, (int)(end - time_mono_ms()));
        if (gridcp_queue_stopped(g->queue))
            break;
    }
    return err_set(err, why.code, "%s", why.text);
}

/* The session of one side, opened when first needed, then for FIRST. */
static int
session(struct gridcp_walk *w, struct gridcp_site *site, bool source,
        const struct ftpclient_first *first, struct ftpclient **out,
        struct err *err)
{
    struct ftpclient **c = source ? &w->src : &w->dst;
    struct gridcp_site **of = source ? &w->src_site : &w->dst_site;

    if (*c == NULL || *of != site || !ftpclient_usable(*c)) {
        ftpclient_close(*c);
        *c = NULL;
        *of = site;
        if (open_session(w->g, site, source, first, c, err) < 0)
            return -1;
    }
    *out = *c;
    return 0;
}

/* A server's directory; once more when an idle session turns out dead. */
static int
read_remote(struct gridcp_walk *w, const struct sink *to, bool source,
            char **unique, struct err *err)
{
    static const struct ftpclient_how stream = { .mode = FTPCLIENT_STREAM };
    static const struct ftpclient_first first = { .how = &stream };
    const struct gridcp_end *dir = to->dir;
    struct reading r = { .to = to };
    struct gridcp_name link;
    struct ftpclient *c;
    struct err why = ERR_INIT;
    int tries, rc = -1;

    for (tries = 0; rc < 0 && tries < 2; tries++) {
        why = (struct err)ERR_INIT;
        gridcp_entries_fini(to->files);
        gridcp_entries_fini(to->dirs);
        gridcp_entries_fini(&r.links);
        if (session(w, dir->site, source, &first, &c, &why) < 0)
            break;
        rc = ftpclient_list(c, *dir->path != '\0' ? dir->path : "./", on_entry,
                            &r, &why);
        if (ftpclient_usable(c))
            break;
    }
    if (rc == 0 && unique != NULL && ftpclient_listed(c) != NULL)
        *unique = xstrdup(ftpclient_listed(c));
    while (rc == 0 && (rc = gridcp_entries_next(&r.links, &link, &why)) > 0) {
        add_link(c, &link, to);
        rc = 0;
    }
    gridcp_entries_fini(&r.links);
    return rc < 0 ? err_set(err, why.code, "%s", why.text) : 0;
}

int
gridcp_dir_read(struct gridcp_walk *w, const struct gridcp_end *dir,
                bool source, struct gridcp_entries *files,
                struct gridcp_entries *dirs, char **unique, struct err *err)
{
    struct sink to = { dir, source && w->copying ? w->g->report : NULL, files,
                       dirs };

    if (unique != NULL)
        *unique = NULL;

    if (dir->site->scheme == GRIDCP_FILE)
        return read_local(dir->path, &to, unique, err);
    if (gridcp_place_ftp(dir->site))
        return read_remote(w, &to, source, unique, err);
    return err_set(err, ERR_UNSUPPORTED, "'%s' cannot be listed", dir->url);
}

bool
gridcp_dir_is(struct gridcp_walk *w, const struct gridcp_end *end)
{
    struct ftpclient_first first = { .stat = end->path };
    struct facts facts;
    struct ftpclient *c;
    bool is;

    if (!gridcp_place_ftp(end->site) ||
        session(w, end->site, true, &first, &c, NULL) < 0 ||
        ftpclient_stat(c, end->path, &facts, NULL) < 0)
        return false;
    is = facts.type == FACTS_DIR || facts.type == FACTS_CDIR;
    facts_fini(&facts);
    return is;
}

int
gridcp_dir_make(struct gridcp_walk *w, const struct gridcp_end *dir,
                bool parents, struct err *err)
{
    char *path = xstrdup(dir->path);
    struct err why = ERR_INIT;
    struct ftpclient *c;
    int rc = 0;

    /* Without the slash at the end. */
    if (strlen(path) > 1)
        path[strlen(path) - 1] = '\0';
    if (dir->site->scheme == GRIDCP_FILE) {
        if (parents)
            rc = fs_mkdirs(path, 0777, err);
        else if (mkdir(path, 0777) < 0 && errno != EEXIST)
            rc = gridcp_file_error(err, "create", path);
    } else if (gridcp_place_ftp(dir->site)) {
        rc = session(w, dir->site, false, NULL, &c, err);
        if (rc == 0 && parents)
            rc = ftpclient_mkparents(c, path, err);
        if (rc == 0 && ftpclient_mkdir(c, path, &why) < 0 &&
            why.code != ERR_EXISTS)
            rc = err_set(err, why.code, "%s", why.text);
    }
    free(path);
    return rc;
}

static int
by_name(const void *a, const void *b)
{
    const struct gridcp_name *x = a, *y = b;

    return strcmp(x->name, y->name);
}

int
gridcp_dir_names(struct gridcp_walk *w, const struct gridcp_end *dir,
                 bool source, struct gridcp_names *names, struct err *err)
{
    struct gridcp_entries l = { 0 };
    struct gridcp_name name;
    size_t cap = 0;
    int rc = gridcp_dir_read(w, dir, source, &l, &l, NULL, err);

    *names = (struct gridcp_names){ 0 };
    while (rc == 0 && (rc = gridcp_entries_next(&l, &name, err)) > 0) {
        if (names->n == cap) {
            cap = cap > 0 ? cap * 2 : 64;
            names->at = xrealloc(names->at, cap, sizeof(names->at[0]));
        }
        name.name = xstrdup(name.name);
        names->at[names->n++] = name;
        rc = 0;
    }
    gridcp_entries_fini(&l);
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

/* -list: names as globus-url-copy shows them; more with -v. */
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

/* The names that -list shows of END: of a directory, those that match the last
 * part, the file itself. */
static int
names_of(struct gridcp_walk *w, struct gridcp_end *end,
         struct gridcp_names *names, char **pattern, struct err *err)
{
    bool match = gridcp_walk_is_pattern(end, w->g->o.listing);
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

/* Whether NAME is to be shown for PATTERN, a pattern or a file's name. */
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
