/* clients/gridcp/gridcp_check.c - see gridcp_check.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clients/gridcp/gridcp_check.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_state.h"
#include "gsi/digest.h"

bool
gridcp_check_asks(const struct gridcp_worker *w, const struct gridcp_task *t)
{
    return t->size < 0 && t->whole && t->src.site->scheme == GRIDCP_GSIFTP &&
           !w->g->strange;
}

int
gridcp_check_source(struct gridcp_worker *w, struct gridcp_task *t,
                    struct ftpclient *c, struct err *err)
{
    struct facts facts;
    bool dir;

    if (!gridcp_check_asks(w, t))
        return 0;
    if (ftpclient_stat(c, t->src.path, &facts, err) < 0)
        return -1;
    dir = facts.type == FACTS_DIR || facts.type == FACTS_CDIR ||
          facts.type == FACTS_PDIR;
    t->size = facts.size;
    t->mtime = facts.modify;
    facts_fini(&facts);
    if (dir)
        return err_set(err, ERR_EXISTS,
                       "is a directory: end it with '/' to copy its files");
    if (w->g->state != NULL)
        gridcp_state_resume(w->g->state, t);
    return 0;
}

const char *
gridcp_check_algorithm(const struct gridcp *g)
{
    return g->o.algorithm != NULL ? g->o.algorithm : "MD5";
}

int
gridcp_check_local(const struct gridcp *g, int fd, int64_t offset,
                   int64_t length, struct buf *out, struct err *err)
{
    const char *name = gridcp_check_algorithm(g);
    enum digest_kind kind = digest_find(name);
    const struct digest_part part = { .fd = fd,
                                      .offset = offset,
                                      .length = length };
    char text[DIGEST_TEXT];

    if (kind == DIGEST_NONE)
        return err_set(err, ERR_USAGE, "-checksum-alg '%s' is not known", name);
    if (digest_file(kind, &part, text, err) < 0)
        return -1;
    buf_adds(out, text);
    return 0;
}

/* Compare the remote checksum of T's path at C with that of FD. */
static int
compare(struct gridcp_worker *w, struct gridcp_task *t, struct ftpclient *c,
        const char *path, int fd, struct err *err)
{
    int64_t offset = t->whole ? 0 : t->offset;
    int64_t length = t->whole ? -1 : t->length;
    struct buf remote = BUF_INIT, local = BUF_INIT;
    int rc = -1;

    if (ftpclient_checksum(c, gridcp_check_algorithm(w->g), path, offset,
                           length, &remote, err) == 0)
        rc = gridcp_check_local(w->g, fd, offset, length, &local, err);
    if (rc == 0 && strcasecmp(buf_str(&local), buf_str(&remote)) != 0)
        rc = err_set(err, ERR_REMOTE,
                     "the checksums differ: %s at the server, %s here",
                     buf_str(&remote), buf_str(&local));
    buf_fini(&remote);
    buf_fini(&local);
    return rc;
}

int
gridcp_check_get(struct gridcp_worker *w, struct gridcp_task *t,
                 struct err *err)
{
    return compare(w, t, w->link[0].c, t->src.path, t->file.fd, err);
}

int
gridcp_check_put(struct gridcp_worker *w, struct gridcp_task *t,
                 struct err *err)
{
    return compare(w, t, w->link[1].c, t->dst.path, t->file.fd, err);
}

int
gridcp_check_can(const struct gridcp *g, const struct gridcp_task *t,
                 bool third, struct err *err)
{
    const char *name = gridcp_check_algorithm(g);
    const struct gridcp_end *end[2] = { &t->src, &t->dst };
    int i;

    for (i = 0; (g->o.safe || g->o.private_data) && i < 2; i++)
        if (strncmp(end[i]->site->prefix, "http:", 5) == 0)
            return err_set(err, ERR_UNSUPPORTED,
                           "'%s' goes in clear: -dcsafe and -dcpriv need https",
                           end[i]->url);
    for (i = 0; g->o.verify && i < 2; i++)
        if (end[i]->site->scheme == GRIDCP_STREAM ||
            end[i]->site->scheme == GRIDCP_HTTP)
            return err_set(err, ERR_UNSUPPORTED,
                           "-verify-checksum: '%s' offers no checksums",
                           end[i]->url);
    if (g->o.verify && !third && digest_find(name) == DIGEST_NONE)
        return err_set(err, ERR_UNSUPPORTED,
                       "-checksum-alg '%s' is not known here", name);
    return 0;
}

/* Get the checksum of the SOURCE or the destination of T. */
static int
end_sum(struct gridcp_worker *w, struct gridcp_task *t, bool source,
        struct buf *out, struct err *err)
{
    const struct gridcp_end *end = source ? &t->src : &t->dst;
    int64_t offset = t->whole ? 0 : t->offset;
    int64_t length = t->whole ? -1 : t->length;
    int64_t size;
    struct ftpclient *c;
    time_t mtime;
    int fd, rc;

    if (gridcp_place_ftp(end->site)) {
        if (gridcp_worker_link(w, end->site, source, NULL, &c, err) < 0)
            return -1;
        return ftpclient_checksum(c, gridcp_check_algorithm(w->g), end->path,
                                  offset, length, out, err);
    }
    fd = source ? gridcp_file_open(end->path, &size, &mtime, err) : t->file.fd;
    if (fd < 0)
        return -1;
    rc = gridcp_check_local(w->g, fd, offset, length, out, err);
    if (source)
        close(fd);
    return rc;
}

int
gridcp_check_ends(struct gridcp_worker *w, struct gridcp_task *t,
                  struct err *err)
{
    struct buf src = BUF_INIT, dst = BUF_INIT;
    int rc = -1;

    if (end_sum(w, t, true, &src, err) == 0 &&
        end_sum(w, t, false, &dst, err) == 0)
        rc = 0;
    if (rc == 0 && strcasecmp(buf_str(&src), buf_str(&dst)) != 0)
        rc = err_set(err, ERR_REMOTE,
                     "the checksums differ: %s at the source, %s at the "
                     "destination",
                     buf_str(&src), buf_str(&dst));
    buf_fini(&src);
    buf_fini(&dst);
    return rc;
}
