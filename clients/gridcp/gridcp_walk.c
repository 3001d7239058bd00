/* clients/gridcp/gridcp_walk.c - see gridcp_walk.h. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "base/url.h"
#include "clients/gridcp/gridcp_dump.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_spare.h"
#include "clients/gridcp/gridcp_state.h"
#include "clients/gridcp/gridcp_sync.h"
#include "clients/gridcp/gridcp_walk.h"

bool
gridcp_walk_is_pattern(const struct gridcp_end *end, const char *url)
{
    const char *slash = strrchr(url, '/');
    struct stat st;

    if (end->site->scheme == GRIDCP_HTTP || end->site->scheme == GRIDCP_STREAM)
        return false;
    if (strpbrk(slash != NULL ? slash : url, "*?[") == NULL)
        return false;
    /* A shell may have left a name alone that has such letters in it. */
    return end->site->scheme != GRIDCP_FILE || lstat(end->path, &st) < 0;
}

/* FNV-1a of the path: tells the files of one pair apart. */
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

/* Queue one file NAME of SRC; THERE: what DST holds, NULL when not known. */
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
    pthread_mutex_lock(&g->lock);
    if (g->err.code == ERR_OK)
        g->err = *err;
    pthread_mutex_unlock(&g->lock);
    if (!g->o.go_on)
        gridcp_queue_stop(g->queue);
    *err = (struct err)ERR_INIT;
}

static int walk_dir(struct gridcp_walk *w, const struct gridcp_end *src,
                    const struct gridcp_end *dst, const char *pattern,
                    int depth, const struct gridcp_above *above,
                    struct err *err);

/* The directory NAME of SRC: what fails there is told here.  When the run stops
 * all of it is left. */
static void
found_dir(struct gridcp_walk *w, const struct gridcp_end *src,
          const struct gridcp_end *dst, const struct gridcp_name *name,
          int depth, const struct gridcp_above *above)
{
    struct gridcp_pair pair = { .offset = w->offset, .length = w->length };
    struct gridcp_end from, to;
    struct err err = ERR_INIT;
    int rc = 0;

    gridcp_place_child(src, name->name, true, &from);
    gridcp_place_child(dst, name->name, true, &to);
    pair.src = gridcp_place_full(&from);
    pair.dst = gridcp_place_full(&to);
    if (gridcp_queue_stopped(w->g->queue))
        gridcp_dump_pair(w->g, &pair);
    else if (depth >= GRIDCP_WALK_DEPTH)
        rc = err_set(&err, ERR_LIMIT, "it is %d directories deep",
                     GRIDCP_WALK_DEPTH);
    else
        rc = walk_dir(w, &from, &to, NULL, depth + 1, above, &err);
    if (rc < 0)
        gridcp_walk_failed(w->g, &pair, &err);
    gridcp_pairs_pair_fini(&pair);
    gridcp_place_fini(&from);
    gridcp_place_fini(&to);
}

/* What the destination DST holds, for -sync. */
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

/* The next of NAMES that matches PATTERN (NULL: every one).  1, 0 at the end or
 * when the run stops and no list is kept of what is left, -1 with ERR. */
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

/* Whether the directory that HERE is about is among those above it: a link led
 * back, and what is below was seen. */
static bool
was_above(const struct gridcp_above *here)
{
    const struct gridcp_above *a;

    for (a = here->up; here->unique != NULL && a != NULL; a = a->up)
        if (a->unique != NULL && strcmp(a->unique, here->unique) == 0)
            return true;
    return false;
}

/* Files first, so that they are under way while directories are listed. */
static int
walk_entries(struct gridcp_walk *w, const struct gridcp_end *src,
             const struct gridcp_end *dst, const char *pattern, int depth,
             const struct gridcp_above *here, struct gridcp_entries *files,
             struct gridcp_entries *dirs, struct err *err)
{
    struct gridcp_names there = { 0 };
    struct gridcp_name name;
    bool known = w->g->o.sync && look_there(w, dst, &there);
    int rc = 0;

    if (w->g->o.dump_only == NULL && !w->g->o.dry_run)
        rc = gridcp_dir_make(w, dst, depth == 0 && w->g->o.create_dest, err);
    while (rc == 0 && (rc = next_name(w, files, pattern, &name, err)) > 0) {
        found_file(w, src, dst, &name, known ? &there : NULL);
        rc = 0;
    }
    gridcp_entries_fini(files);
    gridcp_dir_fini(&there);
    while (rc == 0 && w->g->o.recurse &&
           (rc = next_name(w, dirs, pattern, &name, err)) > 0) {
        found_dir(w, src, dst, &name, depth, here);
        rc = 0;
    }
    return rc;
}

static int
walk_dir(struct gridcp_walk *w, const struct gridcp_end *src,
         const struct gridcp_end *dst, const char *pattern, int depth,
         const struct gridcp_above *above, struct err *err)
{
    struct gridcp_above here = { .up = above };
    struct gridcp_entries files = { 0 }, dirs = { 0 };
    int rc = gridcp_dir_read(w, src, true, &files, &dirs, &here.unique, err);

    if (rc == 0 && !was_above(&here))
        rc = walk_entries(w, src, dst, pattern, depth, &here, &files, &dirs,
                          err);
    gridcp_entries_fini(&files);
    gridcp_entries_fini(&dirs);
    free(here.unique);
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
    rc = walk_dir(w, &dir, dst, pattern, 0, NULL, err);
    if (rc == 0 && pattern != NULL && !w->matched &&
        !gridcp_queue_stopped(w->g->queue))
        rc = err_set(err, ERR_NOT_FOUND, "no file matches");
    free(pattern);
    gridcp_place_fini(&dir);
    return rc;
}

void
gridcp_walk_fini(struct gridcp_walk *w)
{
    ftpclient_close(w->src);
    ftpclient_close(w->dst);
    w->src = w->dst = NULL;
}
