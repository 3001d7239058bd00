/* clients/gridcp_walk.c - see gridcp_walk.h. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "clients/gridcp_dump.h"
#include "clients/gridcp_queue.h"
#include "clients/gridcp_report.h"
#include "clients/gridcp_state.h"
#include "clients/gridcp_sync.h"
#include "clients/gridcp_walk.h"

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
    if (g->o.dump_only != NULL) {
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
    t->child = true;
    t->key = key_of(t->src.path);
    gridcp_sync_note(t, there, name->name);
    gridcp_walk_found(w->g, t);
}

static int walk_dir(struct gridcp_walk *w, const struct gridcp_end *src,
                    const struct gridcp_end *dst, const char *pattern,
                    int depth, struct err *err);

/* The directory NAME of SRC. */
static int
found_dir(struct gridcp_walk *w, const struct gridcp_end *src,
          const struct gridcp_end *dst, const struct gridcp_name *name,
          int depth, struct err *err)
{
    struct gridcp_end from, to;
    int rc;

    gridcp_place_child(src, name->name, true, &from);
    gridcp_place_child(dst, name->name, true, &to);
    if (depth >= GRIDCP_WALK_DEPTH)
        rc = err_set(err, ERR_LIMIT,
                     "'%s': %d directories deep; a loop of symbolic links?",
                     from.url, GRIDCP_WALK_DEPTH);
    else
        rc = walk_dir(w, &from, &to, NULL, depth + 1, err);
    gridcp_place_fini(&from);
    gridcp_place_fini(&to);
    return rc;
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
 * when the run stops, -1 with ERR. */
static int
next_name(struct gridcp_walk *w, struct gridcp_listing *names,
          const char *pattern, struct gridcp_name *name, struct err *err)
{
    int rc = 0;

    while (!gridcp_queue_stopped(w->g->queue) &&
           (rc = gridcp_listing_next(names, name, err)) > 0)
        if (pattern == NULL || fnmatch(pattern, name->name, FNM_PERIOD) == 0)
            return 1;
    return rc < 0 ? -1 : 0;
}

/* Files first, so that they are under way while directories are listed. */
static int
walk_dir(struct gridcp_walk *w, const struct gridcp_end *src,
         const struct gridcp_end *dst, const char *pattern, int depth,
         struct err *err)
{
    struct gridcp_listing files = { 0 }, dirs = { 0 };
    struct gridcp_names there = { 0 };
    struct gridcp_name name;
    int rc = gridcp_dir_read(w, src, true, &files, &dirs, err);
    bool known = rc == 0 && w->g->o.sync && look_there(w, dst, &there);

    if (rc == 0 && w->g->o.dump_only == NULL && !w->g->o.dry_run)
        rc = gridcp_dir_make(w, dst, depth == 0 && w->g->o.create_dest, err);
    while (rc == 0 && (rc = next_name(w, &files, pattern, &name, err)) > 0) {
        found_file(w, src, dst, &name, known ? &there : NULL);
        rc = 0;
    }
    gridcp_listing_fini(&files);
    gridcp_dir_fini(&there);
    while (rc == 0 && w->g->o.recurse &&
           (rc = next_name(w, &dirs, pattern, &name, err)) > 0)
        rc = found_dir(w, src, dst, &name, depth, err);
    gridcp_listing_fini(&dirs);
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
    rc = walk_dir(w, &dir, dst, pattern, 0, err);
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
