/* clients/gridcp/gridcp_resume.c - see gridcp_resume.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clients/gridcp/gridcp_check.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_resume.h"
#include "clients/gridcp/gridcp_state.h"

/* Suffix of our server's part files; longer names are shortened there, and not
 * resumed. */
#define PART_SUFFIX ".part-gridftp"
#define PART_MAX    255

/* The end of a part is compared, to detect a part of another file. */
#define TAIL (4 * 1024 * 1024)

void
gridcp_resume_moved(const struct gridcp_worker *w, struct gridcp_task *t)
{
    bool front = t->have.n == 0 ||
                 (t->ordered && t->have.n == 1 && t->have.r[0].begin == 0);
    bool ordered = front && w->how.parallel <= 1;

    if (t->told > 0 || !t->x.begun ||
        (t->begun && t->ordered == ordered && t->noted))
        return;
    t->begun = t->noted = true;
    t->ordered = ordered;
    if (w->g->state != NULL)
        gridcp_state_begun(w->g->state, t);
}

/* Compute the checksum of the source's bytes. */
static int
source_sum(struct gridcp_worker *w, const struct gridcp_task *t, int64_t offset,
           int64_t length, struct buf *out, struct err *err)
{
    int64_t size;
    time_t mtime;
    int fd, rc;

    if (gridcp_place_ftp(t->src.site))
        return ftpclient_checksum(w->link[0].c, gridcp_check_algorithm(w->g),
                                  t->src.path, offset, length, out, err);
    fd = gridcp_file_open(t->src.path, &size, &mtime, err);
    if (fd < 0)
        return -1;
    rc = gridcp_check_local(w->g, fd, offset, length, out, err);
    close(fd);
    return rc;
}

/* Whether PATH at C contains the source's bytes in that range; false when
 * unknown. */
static bool
same(struct gridcp_worker *w, const struct gridcp_task *t, struct ftpclient *c,
     const char *path, int64_t offset, int64_t length)
{
    struct buf here = BUF_INIT, there = BUF_INIT;
    bool is = length == 0 ||
              (ftpclient_features(c) & FTPCLIENT_CKSM &&
               ftpclient_checksum(c, gridcp_check_algorithm(w->g), path, offset,
                                  length, &there, NULL) == 0 &&
               source_sum(w, t, offset, length, &here, NULL) == 0 &&
               strcasecmp(buf_str(&here), buf_str(&there)) == 0);

    buf_fini(&here);
    buf_fini(&there);
    return is;
}

/* The length of file PATH at C; -1 when there is none. */
static int64_t
length_of(struct ftpclient *c, const char *path)
{
    struct facts facts;
    int64_t size = -1;

    if (ftpclient_stat(c, path, &facts, NULL) < 0)
        return -1;
    if (facts.type == FACTS_FILE)
        size = facts.size;
    facts_fini(&facts);
    return size;
}

/* The part name "DIR/.NAME.part-gridftp"; NULL when NAME is too long. */
static char *
part_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;

    if (1 + strlen(name) + strlen(PART_SUFFIX) > PART_MAX)
        return NULL;
    return xasprintf("%.*s.%s" PART_SUFFIX, (int)(name - path), path, name);
}

/* Record that the first N bytes have arrived. */
static void
arrived(struct gridcp_task *t, int64_t n)
{
    ranges_fini(&t->have);
    if (n > 0)
        ranges_add(&t->have, 0, n, NULL);
}

/* Whether FILE at C, N bytes long, contains the ranges in t->have. */
static bool
holds(struct gridcp_worker *w, const struct gridcp_task *t, struct ftpclient *c,
      const char *file, int64_t n)
{
    const struct range *r = t->have.r;
    size_t i;

    for (i = 0; i < t->have.n; i++)
        if (r[i].end > n ||
            !same(w, t, c, file, r[i].begin, r[i].end - r[i].begin))
            return false;
    return true;
}

/* A part of N bytes exists: check and use it. */
static void
use_part(struct gridcp_worker *w, struct gridcp_task *t, struct ftpclient *c,
         const char *part, int64_t n)
{
    int64_t tail = n < TAIL ? n : TAIL;
    bool whole_end = !(ftpclient_features(c) & FTPCLIENT_CKSM) ||
                     (n <= t->size && same(w, t, c, part, n - tail, tail));

    if (t->ordered)
        arrived(t, n <= t->size && whole_end ? n : 0);
    else if (t->have.n > 0 && t->have.r[t->have.n - 1].end > n)
        arrived(t, 0);
}

/* No part exists, but a file of N bytes with the final name (< 0: neither). 1
 * when that is complete. */
static int
use_final(struct gridcp_worker *w, struct gridcp_task *t, struct ftpclient *c,
          int64_t n)
{
    if (n > 0 && (n == t->size || (t->ordered && n < t->size)) &&
        same(w, t, c, t->dst.path, 0, n)) {
        arrived(t, n);
        return n == t->size;
    }
    if (n < 0 || !holds(w, t, c, t->dst.path, n))
        arrived(t, 0);
    return 0;
}

int
gridcp_resume_ask(struct gridcp_worker *w, struct gridcp_task *t,
                  struct ftpclient *c, struct err *err)
{
    char *part = part_of(t->dst.path);
    int64_t n = -1;
    int rc = 0;

    if (!t->begun || !t->whole || t->size < 0 || w->g->o.ascii || w->g->strange)
        goto out;
    if (part != NULL)
        n = length_of(c, part);
    if (n >= 0)
        use_part(w, t, c, part, n);
    else
        rc = use_final(w, t, c, length_of(c, t->dst.path));
out:
    free(part);
    if (!ftpclient_usable(c))
        return err_set(err, ERR_UNREACHABLE, "the connection to '%s' was lost",
                       t->dst.site->prefix);
    return rc;
}
