/* clients/gridcp_check.c - see gridcp_check.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clients/gridcp_check.h"
#include "clients/gridcp_file.h"
#include "clients/gridcp_state.h"
#include "gsi/digest.h"

int
gridcp_check_source(struct gridcp_worker *w, struct gridcp_task *t,
                    struct ftpclient *c, struct err *err)
{
    struct facts facts;
    bool dir;

    if (t->size >= 0 || !t->whole || t->src.site->scheme != GRIDCP_GSIFTP)
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

static const char *
algorithm(const struct gridcp_worker *w)
{
    return w->g->o.algorithm != NULL ? w->g->o.algorithm : "MD5";
}

/* The remote sum of T's path at C against that of FD. */
static int
compare(struct gridcp_worker *w, struct gridcp_task *t, struct ftpclient *c,
        const char *path, int fd, struct err *err)
{
    enum digest_kind kind = digest_find(algorithm(w));
    int64_t offset = t->whole ? 0 : t->offset;
    int64_t length = t->whole ? -1 : t->length;
    struct buf remote = BUF_INIT;
    char local[DIGEST_TEXT];
    int rc = -1;

    if (kind == DIGEST_NONE)
        err_set(err, ERR_USAGE, "-checksum-alg '%s' is not known",
                algorithm(w));
    else if (ftpclient_checksum(c, algorithm(w), path, offset, length, &remote,
                                err) == 0)
        rc = digest_file(kind, fd, offset, length, NULL, NULL, local, err);
    if (rc == 0 && strcasecmp(local, buf_str(&remote)) != 0)
        rc = err_set(err, ERR_REMOTE,
                     "the checksums differ: %s at the server, %s here",
                     buf_str(&remote), local);
    buf_fini(&remote);
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
gridcp_check_third(struct gridcp_worker *w, struct gridcp_task *t,
                   struct err *err)
{
    int64_t offset = t->whole ? 0 : t->offset;
    int64_t length = t->whole ? -1 : t->length;
    struct buf src = BUF_INIT, dst = BUF_INIT;
    int rc = -1;

    if (ftpclient_checksum(w->link[0].c, algorithm(w), t->src.path, offset,
                           length, &src, err) == 0 &&
        ftpclient_checksum(w->link[1].c, algorithm(w), t->dst.path, offset,
                           length, &dst, err) == 0)
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
