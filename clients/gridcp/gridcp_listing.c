/* clients/gridcp/gridcp_listing.c - see gridcp_listing.h. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_listing.h"
#include "clients/gridcp/gridcp_report.h"

/* Receiver of a directory's entries. */
struct sink {
    const struct gridcp_end *dir;
    /* for skipped entries; NULL: none are skipped */
    struct gridcp_report *report;
    struct gridcp_listing *l;
    struct gridcp_entries links; /* resolved after the listing */
};

static void
add(struct sink *to, const char *name, bool dir, int64_t size, time_t mtime)
{
    struct gridcp_name n = { .name = (char *)(uintptr_t)name,
                             .dir = dir,
                             .size = size,
                             .mtime = mtime };

    gridcp_entries_add(dir ? &to->l->dirs : &to->l->files, &n);
}

/* Add NAME, a dangling symbolic link: it fails when its turn comes, without
 * ending the run. */
static void
add_dangling(struct sink *to, const char *name)
{
    struct gridcp_name n = { .name = (char *)(uintptr_t)name,
                             .dangling = true,
                             .size = -1,
                             .mtime = -1 };

    gridcp_entries_add(&to->l->files, &n);
}

/* The name of TYPE for messages. */
static const char *
special_word(enum facts_type type)
{
    return type == FACTS_PIPE                       ? "a FIFO"
           : type == FACTS_CHR || type == FACTS_BLK ? "a device"
                                                    : "a socket or the like";
}

/* Skip NAME, which is a WHAT and not a file: waiting for a FIFO's writer might
 * never end, and a device may be endless. */
static void
leave_out(struct sink *to, const char *name, const char *what)
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

/* Add NAME in the local directory DIR.  One that cannot be examined fails when
 * its turn comes. */
static void
add_local(struct sink *to, int dir, const char *name)
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

/* Read a local directory. */
static int
read_local(struct sink *to, struct err *err)
{
    const char *path = to->dir->path;
    DIR *d = opendir(*path != '\0' ? path : ".");
    struct dirent *e;
    struct stat st;
    int rc = 0;

    if (d == NULL)
        return gridcp_file_error(err, "list", path);
    if (fstat(dirfd(d), &st) == 0)
        to->l->unique = xasprintf("%llx %llx", (unsigned long long)st.st_dev,
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

/* A ftpclient_entry_fn.  Rejects names that lead out of the directory, which
 * are an attack. */
static int
on_entry(void *arg, const struct facts *f, struct err *err)
{
    struct gridcp_name link = { .name = f->name,
                                .size = f->size,
                                .mtime = f->modify };
    struct sink *to = arg;

    if (*f->name == '\0' || strchr(f->name, '/') != NULL ||
        strcmp(f->name, "..") == 0)
        return err_set(err, ERR_PROTOCOL, "the server lists a file called '%s'",
                       f->name);
    if (facts_special(f->type))
        leave_out(to, f->name, special_word(f->type));
    else if (f->type == FACTS_SLINK)
        gridcp_entries_add(&to->links, &link);
    else
        add(to, f->name, f->type == FACTS_DIR, f->size, f->modify);
    return 0;
}

/* Find what a symbolic link leads to.  If it is a file, some servers say so,
 * others only that it is not a directory. */
static void
add_link(struct ftpclient *c, const struct gridcp_name *link, struct sink *to)
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

/* Resolve the links of TO's directory. */
static void
add_links(struct ftpclient *c, struct sink *to)
{
    struct gridcp_name link;

    while (to->l->err.code == ERR_OK &&
           gridcp_entries_next(&to->links, &link, &to->l->err) > 0)
        add_link(c, &link, to);
    gridcp_entries_fini(&to->links);
}

/* Choose how to list directories: in MODE E if more directories or files
 * follow, because they share one data connection and can be pipelined; else
 * with the connection that is quickest to open. */
static struct ftpclient_how
choose(const struct ftpclient *c, const struct gridcp_site *site, bool more)
{
    struct ftpclient_how how = { .mode = FTPCLIENT_STREAM, .depth = 1 };

    if (more && !site->no_extended && ftpclient_reachable(c) &&
        ftpclient_features(c) & FTPCLIENT_PARALLEL) {
        how.mode = FTPCLIENT_EXTENDED;
        how.depth = GRIDCP_WALK_AHEAD;
    }
    return how;
}

/* Take the results of the run over C for each of TO.  Returns whether some must
 * be read again, because the session died or the server cannot connect to
 * us. */
static bool
take_over(struct ftpclient *c, struct gridcp_site *site,
          struct ftpclient_listing *run, struct sink **to, size_t n)
{
    bool again = false;
    size_t i;

    for (i = 0; i < n; i++) {
        to[i]->l->unique = run[i].unique;
        to[i]->l->err = run[i].err;
        if (run[i].no_data)
            site->no_extended = true;
        if (run[i].err.code != ERR_OK &&
            (run[i].no_data || !ftpclient_usable(c)))
            again = true;
    }
    return again;
}

/* Read TO of SITE in one run.  Returns whether to repeat it for some. */
static bool
read_run(struct gridcp_walk *w, struct gridcp_site *site, struct sink **to,
         size_t n, bool source, bool more)
{
    struct ftpclient_how likely = { .mode = more && !site->no_extended
                                                ? FTPCLIENT_EXTENDED
                                                : FTPCLIENT_STREAM };
    struct ftpclient_first first = { .how = &likely };
    struct ftpclient_listing *run;
    struct ftpclient_how how;
    struct ftpclient *c;
    struct err why = ERR_INIT;
    bool again;
    size_t i;

    if (gridcp_dir_session(w, site, source, &first, &c, &why) < 0) {
        for (i = 0; i < n; i++)
            to[i]->l->err = why;
        return false;
    }
    run = xcalloc(n, sizeof(*run));
    for (i = 0; i < n; i++) {
        gridcp_listing_fini(to[i]->l);
        gridcp_entries_fini(&to[i]->links);
        run[i].path = *to[i]->dir->path != '\0' ? to[i]->dir->path : "./";
        run[i].entry = on_entry;
        run[i].arg = to[i];
    }
    how = choose(c, site, more);
    ftpclient_list_run(c, &how, run, n, &why);
    again = take_over(c, site, run, to, n);
    free(run);
    for (i = 0; i < n && ftpclient_usable(c); i++)
        add_links(c, to[i]);
    return again;
}

/* Read directories of a server; repeat once if an idle session turns out
 * dead. */
static void
read_remote(struct gridcp_walk *w, struct gridcp_site *site, struct sink *to,
            size_t n, bool source, bool more)
{
    struct sink *left[GRIDCP_WALK_AHEAD];
    size_t i, nleft = 0;

    for (i = 0; i < n; i++)
        left[i] = &to[i];
    if (!read_run(w, site, left, n, source, more))
        return;
    for (i = 0; i < n; i++)
        if (to[i].l->err.code != ERR_OK)
            left[nleft++] = &to[i];
    read_run(w, site, left, nleft, source, more);
}

void
gridcp_listing_read(struct gridcp_walk *w, const struct gridcp_end *dirs,
                    size_t n, bool source, bool below, struct gridcp_listing *l)
{
    struct sink to[GRIDCP_WALK_AHEAD];
    size_t i;

    assert(n <= GRIDCP_WALK_AHEAD);
    for (i = 0; i < n; i++) {
        l[i] = (struct gridcp_listing){ .err = ERR_INIT };
        to[i] =
            (struct sink){ .dir = &dirs[i],
                           .report = source && w->copying ? w->g->report : NULL,
                           .l = &l[i] };
        if (dirs->site->scheme == GRIDCP_FILE)
            read_local(&to[i], &l[i].err);
        else if (!gridcp_place_ftp(dirs->site))
            err_set(&l[i].err, ERR_UNSUPPORTED, "'%s' cannot be listed",
                    dirs[i].url);
    }
    if (gridcp_place_ftp(dirs->site))
        read_remote(w, dirs->site, to, n, source,
                    below || (source && w->copying));
    for (i = 0; i < n; i++)
        gridcp_entries_fini(&to[i].links);
}

void
gridcp_listing_fini(struct gridcp_listing *l)
{
    gridcp_entries_fini(&l->files);
    gridcp_entries_fini(&l->dirs);
    free(l->unique);
    *l = (struct gridcp_listing){ .err = ERR_INIT };
}
