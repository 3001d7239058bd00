/* clients/gridcp/gridcp_walk.c - see gridcp_walk.h. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/url.h"
#include "clients/gridcp/gridcp_dump.h"
#include "clients/gridcp/gridcp_listing.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_spare.h"
#include "clients/gridcp/gridcp_state.h"
#include "clients/gridcp/gridcp_sync.h"
#include "clients/gridcp/gridcp_walk.h"

/* Estimated number of files in a directory that is not read yet. */
#define DIR_FILES 12

/* FNV-1a of the path: distinguishes the files of one pair. */
static uint64_t
key_of(const char *s)
{
    uint64_t h = 14695981039346656037ull;

    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211ull;
    return h;
}

int
gridcp_walk_found(struct gridcp *g, struct gridcp_task *t)
{
    if (g->state != NULL && gridcp_state_task_done(g->state, t)) {
        gridcp_task_destroy(t);
        return 0;
    }
    gridcp_report_found(g->report, t->whole ? t->size : t->length);
    if (g->o.dump_only != NULL && !g->o.sync) {
        gridcp_dump_only(g, t);
        gridcp_task_destroy(t);
        return 0;
    }
    if (g->state != NULL && t->size >= 0)
        gridcp_state_resume(g->state, t);
    if (!gridcp_queue_put(g->queue, t))
        gridcp_dump_keep(g, t);
    return 0;
}

/* Queue the file NAME of SRC; THERE: DST's content, NULL if unknown. */
static void
found_file(struct gridcp_walk *w, const struct gridcp_end *src,
           const struct gridcp_end *dst, const struct gridcp_name *name,
           const struct gridcp_names *there)
{
    struct gridcp_end from, to;
    struct gridcp_task *t;

    gridcp_place_child(src, name->name, false, &from);
    gridcp_place_child(dst, name->name, false, &to);
    t = gridcp_task_create(w->g, &from, &to);
    gridcp_place_fini(&from);
    gridcp_place_fini(&to);
    t->size = name->size;
    t->mtime = name->mtime;
    t->entry = w->entry;
    gridcp_task_part(t, w->offset, w->length);
    t->child = true;
    t->dangling = name->dangling;
    t->key = key_of(t->src.path);
    gridcp_sync_note(t, there, name->name);
    gridcp_walk_found(w->g, t);
}

void
gridcp_walk_failed(struct gridcp *g, const struct gridcp_pair *pair,
                   struct err *err)
{
    struct gridcp_task t = { .src.url = url_shown(pair->src),
                             .dst.url = url_shown(pair->dst),
                             .size = -1 };

    gridcp_report_failed(g->report, &t, err);
    free(t.src.url);
    free(t.dst.url);
    gridcp_dump_pair(g, pair);
    lock_take(&g->lock);
    if (g->err.code == ERR_OK)
        g->err = *err;
    lock_release(&g->lock);
    if (!g->o.go_on)
        gridcp_queue_stop(g->queue);
    *err = (struct err)ERR_INIT;
}

/* Subdirectories that are read, and made, together. */
struct batch {
    struct gridcp_end from[GRIDCP_WALK_AHEAD], to[GRIDCP_WALK_AHEAD];
    struct gridcp_listing listing[GRIDCP_WALK_AHEAD];
    bool made[GRIDCP_WALK_AHEAD];
    size_t n;
};

/* List the destination DST for -sync. */
static bool
look_there(struct gridcp_walk *w, const struct gridcp_end *dst,
           struct gridcp_names *there)
{
    struct err why = ERR_INIT;

    if (gridcp_dir_names(w, dst, false, there, &why) == 0)
        return true;
    gridcp_dir_fini(there);
    return why.code == ERR_NOT_FOUND;
}

/* The next of NAMES that matches PATTERN (NULL: every one). 1, 0 at the end or
 * when the run stops and no list of the rest is kept, -1 with ERR. */
static int
next_name(struct gridcp_walk *w, struct gridcp_entries *names,
          const char *pattern, struct gridcp_name *name, struct err *err)
{
    int rc = 0;

    while ((w->g->o.dump != NULL || !gridcp_queue_stopped(w->g->queue)) &&
           (rc = gridcp_entries_next(names, name, err)) > 0)
        if (pattern == NULL || fnmatch(pattern, name->name, FNM_PERIOD) == 0) {
            w->matched = true;
            return 1;
        }
    return rc < 0 ? -1 : 0;
}

/* Whether G makes destination directories and files. */
static bool
is_copied(const struct gridcp *g)
{
    return g->o.dump_only == NULL && !g->o.dry_run;
}

/* Whether HERE's directory is one of its own ancestors, so that a link leads
 * back. */
static bool
was_above(const struct gridcp_above *here)
{
    const struct gridcp_above *a;

    for (a = here->up; here->unique != NULL && a != NULL; a = a->up)
        if (a->unique != NULL && strcmp(a->unique, here->unique) == 0)
            return true;
    return false;
}

static int walk_below(struct gridcp_walk *w, const struct gridcp_end *src,
                      const struct gridcp_end *dst, const char *pattern,
                      int depth, const struct gridcp_above *here,
                      struct gridcp_entries *dirs, struct err *err);

/* Whether L's directory is the only one to read. */
static bool
is_only(const struct gridcp_walk *w, const struct gridcp_listing *l)
{
    return w->last && (!w->g->o.recurse || l->dirs.n == 0);
}

/* Announce the files of L that will be queued once its directory is made, so
 * that sessions can be opened meanwhile.  L NULL: they are queued now. */
static void
expect(struct gridcp *g, const struct gridcp_end *src,
       const struct gridcp_end *dst, const struct gridcp_listing *l)
{
    if (!gridcp_place_ftp(dst->site))
        return;
    lock_take(&g->lock);
    g->soon.files = l == NULL ? 0 : l->files.n + l->dirs.n * DIR_FILES;
    g->soon.site[0] = gridcp_place_ftp(src->site) ? src->site : NULL;
    g->soon.site[1] = dst->site;
    lock_release(&g->lock);
}

/* Queue the entries of SRC in L.  Files first, so that they are copied while
 * directories are listed.  MADE: DST exists. */
static int
walk_entries(struct gridcp_walk *w, const struct gridcp_end *src,
             const struct gridcp_end *dst, const char *pattern, int depth,
             const struct gridcp_above *above, struct gridcp_listing *l,
             bool made, struct err *err)
{
    struct gridcp_above here = { .up = above, .unique = l->unique };
    struct gridcp_names there = { 0 };
    struct gridcp_name name;
    bool known;
    int rc = 0;

    if (was_above(&here))
        return 0;
    known = w->g->o.sync && look_there(w, dst, &there);
    if (!made && is_copied(w->g))
        expect(w->g, src, dst, l);
    if (!made && is_copied(w->g))
        rc = gridcp_dir_make(w, dst, depth == 0 && w->g->o.create_dest, err);
    if (rc == 0 && depth == 0 && is_only(w, l))
        gridcp_walk_fini(w);
    gridcp_queue_hold(w->g->queue, true);
    while (rc == 0 && (rc = next_name(w, &l->files, pattern, &name, err)) > 0) {
        found_file(w, src, dst, &name, known ? &there : NULL);
        rc = 0;
    }
    gridcp_queue_hold(w->g->queue, false);
    expect(w->g, src, dst, NULL);
    gridcp_entries_fini(&l->files);
    gridcp_dir_fini(&there);
    if (rc == 0 && w->g->o.recurse)
        rc = walk_below(w, src, dst, pattern, depth, &here, &l->dirs, err);
    return rc;
}

/* Collect the next subdirectories of SRC for one run.  Returns how many, -1
 * with ERR. */
static int
batch_fill(struct gridcp_walk *w, struct batch *b, const struct gridcp_end *src,
           const struct gridcp_end *dst, const char *pattern,
           struct gridcp_entries *dirs, struct err *err)
{
    bool far = gridcp_place_ftp(src->site) || gridcp_place_ftp(dst->site);
    size_t most = far ? GRIDCP_WALK_AHEAD : 1;
    struct gridcp_name name;
    int rc = 0;

    b->n = 0;
    while (b->n < most && (rc = next_name(w, dirs, pattern, &name, err)) > 0) {
        gridcp_place_child(src, name.name, true, &b->from[b->n]);
        gridcp_place_child(dst, name.name, true, &b->to[b->n]);
        b->made[b->n] = false;
        b->n++;
    }
    return rc < 0 ? -1 : (int)b->n;
}

/* Make the directories that were read at the destination. */
static void
batch_make(struct gridcp_walk *w, struct batch *b,
           const struct gridcp_above *above)
{
    const struct gridcp_end *dirs[GRIDCP_WALK_AHEAD];
    bool made[GRIDCP_WALK_AHEAD];
    size_t at[GRIDCP_WALK_AHEAD], i, n = 0;

    for (i = 0; i < b->n; i++) {
        struct gridcp_above here = { above, b->listing[i].unique };

        if (b->listing[i].err.code != ERR_OK || was_above(&here))
            continue;
        at[n] = i;
        dirs[n++] = &b->to[i];
    }
    gridcp_dir_make_all(w, dirs, n, made);
    for (i = 0; i < n; i++)
        b->made[at[i]] = made[i];
}

/* Read B's directories, DEPTH below the first. */
static void
batch_read(struct gridcp_walk *w, struct batch *b, int depth,
           const struct gridcp_above *above)
{
    size_t i;

    if (depth <= GRIDCP_WALK_DEPTH && !gridcp_queue_stopped(w->g->queue)) {
        gridcp_listing_read(w, b->from, b->n, true, true, b->listing);
        if (is_copied(w->g))
            batch_make(w, b, above);
        return;
    }
    for (i = 0; i < b->n; i++)
        err_set(&b->listing[i].err, ERR_LIMIT, "it is %d directories deep",
                GRIDCP_WALK_DEPTH);
}

static void
batch_fini(struct batch *b)
{
    for (; b->n > 0; b->n--) {
        gridcp_place_fini(&b->from[b->n - 1]);
        gridcp_place_fini(&b->to[b->n - 1]);
        gridcp_listing_fini(&b->listing[b->n - 1]);
    }
}

/* Queue directory number I of B, or report its failure.  If the run stops, all
 * of it is recorded as not copied. */
static void
found_dir(struct gridcp_walk *w, struct batch *b, size_t i, int depth,
          const struct gridcp_above *above)
{
    struct gridcp_pair pair = { .offset = w->offset, .length = w->length };
    struct gridcp_listing *l = &b->listing[i];
    struct err err = ERR_INIT;

    pair.src = gridcp_place_full(&b->from[i]);
    pair.dst = gridcp_place_full(&b->to[i]);
    if (gridcp_queue_stopped(w->g->queue))
        gridcp_dump_pair(w->g, &pair);
    else if (l->err.code != ERR_OK)
        gridcp_walk_failed(w->g, &pair, &l->err);
    else if (walk_entries(w, &b->from[i], &b->to[i], NULL, depth, above, l,
                          b->made[i], &err) < 0)
        gridcp_walk_failed(w->g, &pair, &err);
    gridcp_pairs_pair_fini(&pair);
}

/* Walk the directories DIRS of SRC that match PATTERN. */
static int
walk_below(struct gridcp_walk *w, const struct gridcp_end *src,
           const struct gridcp_end *dst, const char *pattern, int depth,
           const struct gridcp_above *here, struct gridcp_entries *dirs,
           struct err *err)
{
    struct batch *b = xcalloc(1, sizeof(*b));
    size_t i;
    int rc;

    while ((rc = batch_fill(w, b, src, dst, pattern, dirs, err)) > 0) {
        batch_read(w, b, depth + 1, here);
        for (i = 0; i < b->n; i++)
            found_dir(w, b, i, depth + 1, here);
        batch_fini(b);
    }
    batch_fini(b);
    free(b);
    return rc;
}

static int
walk_first(struct gridcp_walk *w, const struct gridcp_end *src,
           const struct gridcp_end *dst, const char *pattern, struct err *err)
{
    struct gridcp_listing l;
    int rc = 0;

    gridcp_listing_read(w, src, 1, true, false, &l);
    if (l.err.code != ERR_OK)
        rc = err_set(err, l.err.code, "%s", l.err.text);
    else
        rc = walk_entries(w, src, dst, pattern, 0, NULL, &l, false, err);
    gridcp_listing_fini(&l);
    return rc;
}

int
gridcp_walk(struct gridcp_walk *w, const struct gridcp_end *src,
            const struct gridcp_end *dst, struct err *err)
{
    struct gridcp_end dir;
    char *path_slash, *url_slash, *pattern = NULL;
    int rc;

    gridcp_place_copy(src, &dir);
    path_slash = strrchr(dir.path, '/');
    url_slash = strrchr(dir.url, '/');
    if (path_slash == NULL || path_slash[1] != '\0') {
        pattern = xstrdup(path_slash != NULL ? path_slash + 1 : dir.path);
        if (path_slash != NULL)
            path_slash[1] = '\0';
        else
            memcpy(dir.path, "", 1);
        if (url_slash != NULL)
            url_slash[1] = '\0';
    }
    w->matched = false;
    w->copying = true;
    gridcp_spare_order(w->g, src->site, true);
    gridcp_spare_order(w->g, dst->site, false);
    rc = walk_first(w, &dir, dst, pattern, err);
    if (rc == 0 && pattern != NULL && !w->matched &&
        !gridcp_queue_stopped(w->g->queue))
        rc = err_set(err, ERR_NOT_FOUND, "no file matches");
    free(pattern);
    gridcp_place_fini(&dir);
    return rc;
}
