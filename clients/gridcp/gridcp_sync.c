/* clients/gridcp/gridcp_sync.c - see gridcp_sync.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/gridcp/gridcp_check.h"
#include "clients/gridcp/gridcp_dest.h"
#include "clients/gridcp/gridcp_dump.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_state.h"
#include "clients/gridcp/gridcp_sync.h"

static int
by_name(const void *key, const void *entry)
{
    return strcmp(key, ((const struct gridcp_name *)entry)->name);
}

void
gridcp_sync_note(struct gridcp_task *t, const struct gridcp_names *there,
                 const char *name)
{
    const struct gridcp_name *n = NULL;

    if (there == NULL)
        return;
    if (there->n > 0)
        n = bsearch(name, there->at, there->n, sizeof(there->at[0]), by_name);
    t->dst_known = true;
    t->dst_there = n != NULL;
    t->dst_size = n != NULL ? n->size : -1;
    t->dst_mtime = n != NULL ? n->mtime : -1;
}

int
gridcp_sync_known(const struct gridcp *g, const struct gridcp_task *t)
{
    long long level = g->o.sync_level;

    if (!t->whole || (t->dst_known && !t->dst_there))
        return 1;
    if (!t->dst_known)
        return -1;
    if (level == 0)
        return 0;
    if (t->size < 0 || t->dst_size < 0)
        return -1;
    if (t->size != t->dst_size)
        return 1;
    if (level == 1)
        return 0;
    if (level == 3 || t->mtime < 0 || t->dst_mtime < 0)
        return -1;
    return t->dst_mtime < t->mtime;
}

/* Get size and time of one end.  A missing destination is not an error. */
static int
look(struct gridcp_worker *w, const struct gridcp_end *end, bool source,
     bool *there, bool *dir, int64_t *size, time_t *mtime, struct err *err)
{
    struct err why = ERR_INIT;
    struct facts facts;
    struct ftpclient *c;
    struct stat st;

    *there = false;
    if (end->site->scheme == GRIDCP_FILE) {
        if (stat(end->path, &st) == 0) {
            *there = true;
            *size = st.st_size;
            *mtime = st.st_mtime;
        }
        return 0;
    }
    if (!gridcp_place_ftp(end->site))
        return err_set(err, ERR_UNSUPPORTED, "-sync cannot examine '%s'",
                       end->url);
    if (gridcp_worker_link(w, end->site, source, NULL, &c, err) < 0)
        return -1;
    if (ftpclient_stat(c, end->path, &facts, &why) < 0)
        return why.code == ERR_NOT_FOUND
                   ? 0
                   : err_set(err, why.code, "%s", why.text);
    *there = true;
    *size = facts.size;
    *mtime = facts.modify;
    *dir = facts.type == FACTS_DIR || facts.type == FACTS_CDIR;
    facts_fini(&facts);
    return 0;
}

/* Get the facts of the destination; if it is a directory, those of the file in
 * it. */
static int
look_there(struct gridcp_worker *w, struct gridcp_task *t, struct err *err)
{
    struct ftpclient *c;
    bool dir = false;

    if (look(w, &t->dst, false, &t->dst_there, &dir, &t->dst_size,
             &t->dst_mtime, err) < 0)
        return -1;
    if (!dir || t->child || t->looked)
        return 0;
    t->look_into = true;
    if (gridcp_worker_link(w, t->dst.site, false, NULL, &c, err) < 0 ||
        gridcp_dest_prepare(t, c, err) < 0)
        return -1;
    return look(w, &t->dst, false, &t->dst_there, &dir, &t->dst_size,
                &t->dst_mtime, err);
}

/* Get the checksum of one end. */
static int
sum(struct gridcp_worker *w, const struct gridcp_end *end, bool source,
    struct buf *out, struct err *err)
{
    struct ftpclient *c;
    int64_t size;
    time_t mtime;
    int fd, rc;

    if (end->site->scheme == GRIDCP_FILE) {
        fd = gridcp_file_open(end->path, &size, &mtime, err);
        if (fd < 0)
            return -1;
        rc = gridcp_check_local(w->g, fd, 0, -1, out, err);
        close(fd);
        return rc;
    }
    if (gridcp_worker_link(w, end->site, source, NULL, &c, err) < 0)
        return -1;
    return ftpclient_checksum(c, gridcp_check_algorithm(w->g), end->path, 0, -1,
                              out, err);
}

int
gridcp_sync_check(struct gridcp_worker *w, struct gridcp_task *t,
                  struct err *err)
{
    struct buf a = BUF_INIT, b = BUF_INIT;
    bool there, dir;
    int rc;

    if (!t->dst_known && look_there(w, t, err) < 0)
        return -1;
    t->dst_known = true;
    if (t->size < 0 && t->dst_there &&
        look(w, &t->src, true, &there, &dir, &t->size, &t->mtime, err) < 0)
        return -1;
    rc = gridcp_sync_known(w->g, t);
    if (rc < 0 && w->g->o.sync_level < 3)
        rc = 1; /* unknown: copy */
    if (rc < 0 && (sum(w, &t->src, true, &a, err) < 0 ||
                   sum(w, &t->dst, false, &b, err) < 0))
        goto out;
    if (rc < 0)
        rc = strcasecmp(buf_str(&a), buf_str(&b)) != 0;
out:
    buf_fini(&a);
    buf_fini(&b);
    return rc;
}

int
gridcp_sync_exists(const struct gridcp_task *t, struct err *err)
{
    if (t->src.site->scheme != GRIDCP_FILE || t->size >= 0 ||
        access(t->src.path, F_OK) == 0)
        return 1;
    return gridcp_file_error(err, "open", t->src.path);
}

void
gridcp_sync_dump(struct gridcp_task *t)
{
    struct gridcp *g = t->g;

    gridcp_dump_only(g, t);
    gridcp_queue_done(g->queue);
    gridcp_task_destroy(t);
}

void
gridcp_sync_skip(struct gridcp_task *t, const char *why)
{
    struct gridcp *g = t->g;

    gridcp_report_skipped(g->report, t, why);
    if (g->state != NULL && !g->o.dry_run)
        gridcp_state_done(g->state, t);
    gridcp_queue_done(g->queue);
    gridcp_task_destroy(t);
}
