/* clients/gridcp/gridcp_dump.c - see gridcp_dump.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/url.h"
#include "clients/gridcp/gridcp_dump.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_pairs.h"
#include "clients/gridcp/gridcp_queue.h"

/* Most bytes kept in memory. */
#define SPILL (64 * 1024)

static const char *
name_of(const struct gridcp *g)
{
    return g->o.dump != NULL ? g->o.dump : g->o.dump_only;
}

/* Whether FILE is a pipe or device, such as /dev/stdout, which is written to
 * and not replaced. */
static bool
is_special(const char *file)
{
    struct stat st;

    return stat(file, &st) == 0 && !S_ISREG(st.st_mode);
}

/* The name with symbolic links followed, so that a link stays one. */
static char *
target_of(const char *file)
{
    char *target = realpath(file, NULL);

    return target != NULL ? target : xstrdup(file);
}

/* Open the temporary file for the lines. */
static void
open_temp(struct gridcp *g)
{
    char *file;

    if (is_special(name_of(g))) {
        g->dump_temp = xstrdup("");
        g->dump_fd = open(name_of(g), O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return;
    }
    file = target_of(name_of(g));
    g->dump_temp = xasprintf("%s.XXXXXX", file);
    free(file);
    g->dump_fd = mkostemp(g->dump_temp, O_CLOEXEC);
}

/* Append the buffered lines to the file when there are more than MAX bytes;
 * locked. */
static void
spill(struct gridcp *g, size_t max)
{
    if (g->dump.len <= max || name_of(g) == NULL)
        return;
    if (g->dump_temp == NULL)
        open_temp(g);
    if (g->dump_fd < 0 ||
        fs_write_all(g->dump_fd, g->dump.data, g->dump.len) < 0)
        g->dump_errno = g->dump_errno != 0 ? g->dump_errno : errno;
    buf_clear(&g->dump);
}

static void
add_line(struct gridcp *g, const char *src, const char *dst, int64_t offset,
         int64_t length)
{
    char *a = url_shown(src), *b = url_shown(dst);

    lock_take(&g->lock);
    if (strcmp(a, src) != 0 || strcmp(b, dst) != 0)
        g->dump_mode = 0600; /* it contains a password */
    gridcp_pairs_write(src, dst, offset, length, &g->dump);
    spill(g, SPILL);
    lock_release(&g->lock);
    free(a);
    free(b);
}

static void
add(struct gridcp *g, const struct gridcp_task *t)
{
    char *src = gridcp_place_full(&t->src), *dst = gridcp_place_full(&t->dst);

    add_line(g, src, dst, t->whole ? -1 : t->offset, t->whole ? -1 : t->length);
    free(src);
    free(dst);
}

void
gridcp_dump_only(struct gridcp *g, const struct gridcp_task *t)
{
    add(g, t);
}

void
gridcp_dump_left(struct gridcp *g, const struct gridcp_task *t)
{
    if (g->o.dump != NULL)
        add(g, t);
}

void
gridcp_dump_pair(struct gridcp *g, const struct gridcp_pair *pair)
{
    size_t n = strlen(pair->dst);
    bool dir = pair->many && (n == 0 || pair->dst[n - 1] != '/');
    char *dst = xasprintf("%s%s", pair->dst, dir ? "/" : "");

    if (g->o.dump != NULL)
        add_line(g, pair->src, dst, pair->offset, pair->length);
    free(dst);
}

void
gridcp_dump_keep(struct gridcp *g, struct gridcp_task *t)
{
    gridcp_dump_left(g, t);
    /* The rest of an earlier try. */
    if (g->state == NULL && t->file.left.size >= 0)
        gridcp_file_discard(t->dst.path, false);
    gridcp_task_destroy(t);
}

/* Rename the temporary file to FILE, or copy all to the device. */
static int
finish_temp(struct gridcp *g, const char *file, struct err *err)
{
    mode_t mask = umask(0);
    char *target = target_of(file);
    int rc = -1;

    umask(mask);
    spill(g, 0);
    if (g->dump_errno != 0)
        errno = g->dump_errno;
    else if (*g->dump_temp == '\0')
        rc = 0;
    else if (fchmod(g->dump_fd, g->dump_mode & ~mask) == 0 &&
             fsync(g->dump_fd) == 0)
        rc = rename(g->dump_temp, target);
    if (rc < 0) {
        err_set(err, ERR_IO, "cannot write '%s': %s", file, strerror(errno));
        if (*g->dump_temp != '\0')
            unlink(g->dump_temp);
    }
    if (g->dump_fd >= 0)
        close(g->dump_fd);
    free(target);
    free(g->dump_temp);
    g->dump_temp = NULL;
    return rc;
}

int
gridcp_dump_end(struct gridcp *g, struct err *err)
{
    const char *file = name_of(g);
    struct gridcp_task *t;
    char *target;
    int rc;

    while ((t = gridcp_queue_left(g->queue)) != NULL)
        gridcp_dump_keep(g, t);
    if (file == NULL)
        return 0;
    if (is_special(file))
        spill(g, 0);
    if (g->dump_temp != NULL)
        return finish_temp(g, file, err);
    if (is_special(file))
        return 0;
    if (g->o.dump != NULL && g->dump.len == 0) {
        if (unlink(file) < 0 && errno != ENOENT)
            return err_set(err, ERR_IO, "cannot remove '%s': %s", file,
                           strerror(errno));
        return 0;
    }
    target = target_of(file);
    rc = fs_write_atomic(AT_FDCWD, target, g->dump.data, g->dump.len,
                         g->dump_mode, err);
    free(target);
    return rc;
}
