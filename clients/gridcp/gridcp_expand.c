/* clients/gridcp/gridcp_expand.c - expand arguments to files: pairs of the
 * command line or of a list, and directories. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/codec.h"
#include "clients/gridcp/gridcp_dest.h"
#include "clients/gridcp/gridcp_dump.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_pairs.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_state.h"
#include "clients/gridcp/gridcp_walk.h"

/* Queue a single file; if the destination is a directory, the file keeps its
 * name. */
static int
single(struct gridcp *g, const struct gridcp_end *src,
       const struct gridcp_end *dst, const struct gridcp_pair *pair,
       uint64_t entry, struct err *err)
{
    struct gridcp_end below = { 0 };
    struct gridcp_task *t;
    struct stat st;
    bool into = gridcp_dest_is_dir(dst) && !g->stack[1].pipe;

    if (g->o.json && dst->site->scheme == GRIDCP_STREAM)
        return err_set(err, ERR_USAGE,
                       "-json and '-' exclude each other: both are for "
                       "standard output");
    if (into && (*gridcp_dest_name(src->path) == '\0' ||
                 src->site->scheme == GRIDCP_STREAM))
        return err_set(err, ERR_USAGE, "'%s': a file name is missing",
                       src->url);
    if (into) {
        gridcp_place_child(dst, gridcp_dest_name(src->path), false, &below);
        dst = &below;
    }
    if (src->site->scheme == GRIDCP_FILE && stat(src->path, &st) == 0 &&
        S_ISDIR(st.st_mode)) {
        gridcp_place_fini(&below);
        return err_set(err, ERR_EXISTS,
                       "is a directory: end it with '/' to copy its files");
    }
    /* with a command instead of the file the path means nothing */
    if (!g->stack[0].popen && !g->stack[1].popen &&
        gridcp_dest_check(src, dst, err) < 0) {
        gridcp_place_fini(&below);
        return -1;
    }
    t = gridcp_task_create(g, src, dst);
    gridcp_place_fini(&below);
    t->entry = entry;
    gridcp_task_part(t, pair->offset, pair->length);
    if (src->site->scheme == GRIDCP_FILE)
        gridcp_file_stat(src->path, &t->size, &t->mtime);
    return gridcp_walk_found(g, t);
}

/* Whether END, written without '/', is a directory. */
static bool
turns_out_dir(struct gridcp_walk *walk, const struct gridcp_end *end)
{
    struct stat st;

    if (end->site->scheme == GRIDCP_FILE)
        return stat(end->path, &st) == 0 && S_ISDIR(st.st_mode);
    return walk->g->o.recurse && gridcp_dir_is(walk, end);
}

/* As cp does: copy a source directory without '/' (only with -r) itself, into
 * an existing destination directory, or as a new one. */
static void
like_cp(struct gridcp_walk *walk, struct gridcp_end *src,
        struct gridcp_end *dst)
{
    struct gridcp_end below;
    const char *name;

    if (dst->site->scheme == GRIDCP_FILE && turns_out_dir(walk, dst))
        gridcp_dest_be_dir(dst);
    if (gridcp_dest_is_dir(src) || !walk->g->o.recurse ||
        !turns_out_dir(walk, src))
        return;
    name = gridcp_dest_name(src->path);
    if (gridcp_dest_is_dir(dst) && strcmp(name, ".") != 0 &&
        strcmp(name, "..") != 0) {
        gridcp_place_child(dst, name, true, &below);
        gridcp_place_fini(dst);
        *dst = below;
    }
    gridcp_dest_be_dir(src);
}

/* Expand one pair. 0, or -1 with ERR: the run cannot continue with it. */
static int
expand_pair(struct gridcp_walk *walk, const struct gridcp_pair *pair,
            uint64_t entry, struct err *err)
{
    struct gridcp *g = walk->g;
    struct gridcp_end src, dst = { 0 };
    bool pattern, piped = g->stack[0].pipe;
    int rc = -1;

    if (gridcp_place(g, pair->src, &src, err) < 0 ||
        gridcp_place(g, pair->dst, &dst, err) < 0)
        goto out;
    walk->entry = entry;
    walk->offset = pair->offset;
    walk->length = pair->length;
    pattern = !piped && gridcp_dir_is_pattern(&src, pair->src);
    if (pair->many)
        gridcp_dest_be_dir(&dst);
    if (!pattern)
        like_cp(walk, &src, &dst);
    if ((gridcp_dest_is_dir(&src) && !piped) || pattern) {
        gridcp_dest_be_dir(&dst);
        if (gridcp_dest_check(&src, &dst, err) == 0)
            rc = gridcp_walk(walk, &src, &dst, err);
    } else {
        rc = single(g, &src, &dst, pair, entry, err);
    }
out:
    gridcp_place_fini(&src);
    gridcp_place_fini(&dst);
    return rc;
}

/* Expand each source of the command line. */
static void
expand_operands(struct gridcp_walk *walk, struct err *err)
{
    struct gridcp *g = walk->g;
    struct gridcp_pair pair = { .dst = g->o.operand[g->o.operands - 1],
                                .offset = g->o.offset,
                                .length = g->o.length,
                                .many = g->o.operands > 2 };
    int i;

    for (i = 0; i < g->o.operands - 1; i++) {
        pair.src = g->o.operand[i];
        walk->last = i == g->o.operands - 2;
        if (g->state != NULL && gridcp_state_entry_done(g->state, (uint64_t)i))
            continue;
        if (gridcp_queue_stopped(g->queue))
            gridcp_dump_pair(g, &pair);
        else if (expand_pair(walk, &pair, (uint64_t)i, err) < 0)
            gridcp_walk_failed(g, &pair, err);
    }
}

/* Expand each pair of FILE. */
static void
expand_list(struct gridcp_walk *walk, const char *file, struct err *err)
{
    struct gridcp *g = walk->g;
    struct gridcp_pairs *list;
    struct gridcp_pair pair;
    uint64_t entry;
    int rc;

    if (gridcp_pairs_open(file, &list, err) < 0)
        return;
    for (entry = 0; !gridcp_queue_stopped(g->queue); entry++) {
        rc = gridcp_pairs_next(list, &pair, err);
        if (rc <= 0)
            break;
        if (pair.offset < 0 && pair.length < 0) {
            pair.offset = g->o.offset;
            pair.length = g->o.length;
        }
        if ((g->state == NULL || !gridcp_state_entry_done(g->state, entry)) &&
            expand_pair(walk, &pair, entry, err) < 0)
            gridcp_walk_failed(g, &pair, err);
        gridcp_pairs_pair_fini(&pair);
    }
    /* The pairs that were not reached still have to be done. */
    while (g->o.dump != NULL && !gridcp_pairs_over(list)) {
        if (gridcp_pairs_next(list, &pair, NULL) <= 0)
            continue;
        if (g->state == NULL || !gridcp_state_entry_done(g->state, entry))
            gridcp_dump_pair(g, &pair);
        entry++;
        gridcp_pairs_pair_fini(&pair);
    }
    gridcp_pairs_close(list);
}

void *
gridcp_expand(void *arg)
{
    struct gridcp *g = arg;
    struct gridcp_walk walk = { .g = g };
    struct err err = ERR_INIT;

    if (g->from_list != NULL)
        expand_list(&walk, g->from_list, &err);
    else
        expand_operands(&walk, &err);
    if (err.code != ERR_OK) {
        lock_take(&g->lock);
        if (g->err.code == ERR_OK)
            g->err = err;
        g->list_broken = true;
        lock_release(&g->lock);
    }
    gridcp_walk_fini(&walk);
    gridcp_queue_close(g->queue);
    return NULL;
}
