/* clients/gridcp/gridcp_relay.c - copies through this process: web servers, FTP
 * without third party, local files.  If one side pushes and the other pulls, a
 * pipe connects them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "clients/gridcp/gridcp_check.h"
#include "clients/gridcp/gridcp_dest.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_state.h"
#include "clients/gridcp/gridcp_web.h"
#include "clients/gridcp/gridcp_worker.h"

#define BLOCK (256 * 1024)

struct relay {
    struct gridcp_worker *w;
    struct gridcp_task *t;
    int in;             /* the source: a file, or the pipe's read end */
    int out;            /* the destination: a file, or the pipe's write end */
    bool in_once;       /* the source can be read only once */
    bool thread;        /* the source runs in a thread, ... */
    pthread_t producer; /* ... this one */
    struct err source_err;
    bool transient;
    int64_t at; /* bytes passed on */
};

static void
count(struct relay *r, size_t n)
{
    r->at += (int64_t)n;
    r->t->x.bytes += (int64_t)n;
    gridcp_task_moved(r->t);
}

/* ---- the source pushes into r->out ---- */

static int
sink(void *arg, const void *p, size_t n, struct err *err)
{
    struct relay *r = arg;

    if (fs_write_all(r->out, p, n) < 0)
        return gridcp_file_error(err, "write",
                                 r->thread ? "pipe" : r->t->dst.path);
    if (r->thread)
        return 0;
    count(r, n);
    if (r->t->whole)
        return ranges_add(&r->t->have, r->at - (int64_t)n, r->at, err);
    return 0;
}

/* Whether the destination accepts each byte only once. */
static bool
out_once(const struct relay *r)
{
    return r->t->dst.site->scheme == GRIDCP_STREAM || r->t->file.device;
}

static int
rewind_out(void *arg, struct err *err)
{
    struct relay *r = arg;

    if (out_once(r) && r->at > 0) {
        r->t->spent = true;
        return err_set(err, ERR_REMOTE,
                       "it was cut off, and the server sends it from its "
                       "beginning only");
    }
    ranges_fini(&r->t->have);
    r->at = 0;
    if (r->t->file.part == NULL)
        return 0;
    if (ftruncate(r->out, 0) < 0 || lseek(r->out, 0, SEEK_SET) < 0)
        return gridcp_file_error(err, "write", r->t->dst.path);
    return 0;
}

static int
write_ftp(struct ftpclient_xfer *x, const void *p, size_t n, int64_t offset,
          struct err *err)
{
    (void)offset;
    return sink(x->user, p, n, err);
}

static int
from_ftp(struct relay *r, struct err *err)
{
    struct ftpclient_how how = { .mode = FTPCLIENT_STREAM,
                                 .ascii = r->w->g->o.ascii };
    struct ftpclient_xfer x = { .path = r->t->src.path,
                                .offset = r->t->offset,
                                .length = r->t->length,
                                .whole = r->t->whole,
                                .size = -1,
                                .fd = -1,
                                .write = write_ftp,
                                .user = r };
    struct ftpclient *c;
    int rc;

    if (gridcp_worker_link(r->w, r->t->src.site, true, NULL, &c, err) < 0)
        return -1;
    rc = ftpclient_get_one(c, &how, &x, err);
    r->transient = x.transient;
    return rc;
}

/* Thread: write the source into the pipe. */
static void *
produce(void *arg)
{
    struct relay *r = arg;

    if (gridcp_place_ftp(r->t->src.site))
        from_ftp(r, &r->source_err);
    else
        gridcp_web_get(r->t, 0, rewind_out, sink, r, &r->transient,
                       &r->source_err);
    close(r->out);
    r->out = -1;
    return NULL;
}

/* ---- the destination pulls from r->in ---- */

/* At the end of the source: check that it is complete and that its side
 * succeeded. 0, or -1 with ERR. */
static int
source_ended(struct relay *r, struct err *err)
{
    const struct gridcp_task *t = r->t;

    if (r->thread) {
        pthread_join(r->producer, NULL);
        r->thread = false;
        if (r->source_err.code != ERR_OK)
            return err_set(err, r->source_err.code, "%s", r->source_err.text);
    }
    if (t->whole && t->size > r->at && !t->g->o.ascii && !t->g->strange)
        return err_set(err, ERR_REMOTE, "only %lld of %lld bytes came",
                       (long long)r->at, (long long)t->size);
    return 0;
}

/* For a source in a thread: wait until it has data, so that the destination is
 * not opened for a source that fails. 0, or -1 with ERR. */
static int
await_source(struct relay *r, struct err *err)
{
    struct pollfd p = { .fd = r->in, .events = POLLIN };

    if (!r->thread)
        return 0;
    while (poll(&p, 1, -1) < 0 && errno == EINTR)
        continue;
    return p.revents & POLLIN ? 0 : source_ended(r, err);
}

/* Read bytes of the source.  Its end counts only if its side succeeded. */
static ssize_t
source(void *arg, void *p, size_t n, struct err *err)
{
    struct relay *r = arg;
    int64_t end = r->t->whole || r->t->length < 0 ? INT64_MAX : r->t->length;
    ssize_t got;

    if ((int64_t)n > end - r->at)
        n = (size_t)(end - r->at);
    do
        got = n > 0 ? read(r->in, p, n) : 0;
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return gridcp_file_error(err, "read", r->t->src.path);
    if (got > 0) {
        count(r, (size_t)got);
        r->t->spent = r->t->spent || r->in_once;
    }
    return got == 0 ? source_ended(r, err) : got;
}

/* A redirected web server needs the source again from its beginning. */
static int
rewind_in(void *arg, struct err *err)
{
    struct relay *r = arg;

    if (r->thread || r->in_once || lseek(r->in, 0, SEEK_SET) < 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "the server redirected the upload after the source, "
                       "which can be read only once, had been read");
    r->t->x.bytes -= r->at;
    r->at = 0;
    return 0;
}

static ssize_t
read_ftp(struct ftpclient_xfer *x, void *p, size_t n, int64_t offset,
         struct err *err)
{
    (void)offset;
    return source(x->user, p, n, err);
}

static int
to_ftp(struct relay *r, struct err *err)
{
    struct ftpclient_how how = { .mode = FTPCLIENT_STREAM,
                                 .ascii = r->w->g->o.ascii };
    struct ftpclient_xfer x = { .path = r->t->dst.path,
                                .offset = r->t->offset,
                                .length = -1,
                                .whole = r->t->whole,
                                .size = -1,
                                .fd = -1,
                                .read = read_ftp,
                                .user = r };
    struct ftpclient *c;
    int rc;

    if (gridcp_worker_link(r->w, r->t->dst.site, false, NULL, &c, err) < 0 ||
        await_source(r, err) < 0)
        return -1;
    rc = ftpclient_put_one(c, &how, &x, err);
    r->transient = r->transient || x.transient;
    return rc;
}

/* Write to a local destination. */
static int
to_file(struct relay *r, struct err *err)
{
    unsigned char *block = xrealloc(NULL, 1, BLOCK);
    ssize_t n;
    int rc = 0;

    while (rc == 0 && (n = source(r, block, BLOCK, err)) != 0)
        rc = n < 0 || fs_write_all(r->out, block, (size_t)n) == 0
                 ? (int)(n < 0 ? n : 0)
                 : gridcp_file_error(err, "write", r->t->dst.path);
    free(block);
    return rc;
}

/* ---- both ---- */

static bool
is_local(const struct gridcp_site *site)
{
    return site->scheme == GRIDCP_FILE || site->scheme == GRIDCP_STREAM;
}

static int
open_in(struct relay *r, struct err *err)
{
    struct gridcp_task *t = r->t;

    if (t->src.site->scheme == GRIDCP_STREAM)
        r->in = STDIN_FILENO;
    else
        r->in = gridcp_file_open(t->src.path, &t->size, &t->mtime, err);
    r->in_once = r->in >= 0 && lseek(r->in, 0, SEEK_CUR) < 0;
    if (r->in >= 0 && !t->whole && lseek(r->in, (off_t)t->offset, SEEK_SET) < 0)
        return gridcp_file_error(err, "read", t->src.path);
    return r->in < 0 ? -1 : 0;
}

static int
open_out(struct relay *r, struct err *err)
{
    struct gridcp_task *t = r->t;
    int64_t at = t->whole ? ranges_total(&t->have) : t->offset;

    if (t->dst.site->scheme == GRIDCP_STREAM) {
        r->out = STDOUT_FILENO;
        return 0;
    }
    if (gridcp_dest_open(t, at > 0, err) < 0)
        return -1;
    r->out = t->file.fd;
    if (at > 0 && lseek(r->out, (off_t)at, SEEK_SET) < 0)
        return gridcp_file_error(err, "write", t->dst.path);
    return 0;
}

/* Whether a source at an FTP server exists, and its length. 0, or -1 with
 * ERR. */
static int
look_at_source(struct relay *r, struct err *err)
{
    struct ftpclient *c;

    if (!gridcp_place_ftp(r->t->src.site))
        return 0;
    if (gridcp_worker_link(r->w, r->t->src.site, true, NULL, &c, err) < 0)
        return -1;
    return gridcp_check_source(r->w, r->t, c, err);
}

/* Start the source thread and its pipe. */
static int
start_producer(struct relay *r, struct err *err)
{
    int fd[2];

    if (look_at_source(r, err) < 0)
        return -1;
    if (pipe2(fd, O_CLOEXEC) < 0)
        return gridcp_file_error(err, "make", "pipe");
    fcntl(fd[0], F_SETPIPE_SZ, 1024 * 1024);
    r->in = fd[0];
    r->out = fd[1];
    r->thread = true;
    if (pthread_create(&r->producer, NULL, produce, r) == 0)
        return 0;
    r->thread = false;
    return err_set(err, ERR_NOMEM, "cannot start a thread");
}

/* Do the whole copy. */
static int
relay(struct relay *r, struct err *err)
{
    struct gridcp_task *t = r->t;
    bool from_here = is_local(t->src.site), to_here = is_local(t->dst.site);

    if (t->dst.site->scheme == GRIDCP_HTTP && !t->whole)
        return err_set(err, ERR_UNSUPPORTED,
                       "a web server accepts no part of a file");
    if (to_here && open_out(r, err) < 0)
        return -1;
    r->at = to_here && t->whole ? ranges_total(&t->have) : 0;
    if (from_here && open_in(r, err) < 0)
        return -1;
    if (to_here && from_here && t->g->state != NULL)
        gridcp_state_opened(t->g->state, t);
    if (to_here && from_here) {
        rewind_out(r, err);
        return to_file(r, err);
    }
    if (to_here) /* ftp is handled elsewhere: this is http or https */
        return gridcp_web_get(t, r->at, rewind_out, sink, r, &r->transient,
                              err);
    if (!from_here && start_producer(r, err) < 0)
        return -1;
    if (gridcp_place_ftp(t->dst.site))
        return to_ftp(r, err);
    if (await_source(r, err) < 0)
        return -1;
    return gridcp_web_put(t, t->size, source, rewind_in, r, &r->transient, err);
}

static void
close_ends(struct relay *r)
{
    if (r->in > STDERR_FILENO)
        close(r->in); /* a producer that is still running now gets EPIPE */
    if (r->thread)
        pthread_join(r->producer, NULL);
    if (r->out > STDERR_FILENO && r->out != r->t->file.fd)
        close(r->out);
}

void
gridcp_relay(struct gridcp_worker *w, struct gridcp_task *t)
{
    struct relay r = { .w = w, .t = t, .in = -1, .out = -1 };
    struct err err = ERR_INIT;
    int rc;

    t->x = (struct ftpclient_xfer){ .path = t->src.path };
    gridcp_task_begin(t);
    rc = relay(&r, &err);
    close_ends(&r);
    /* a retry would repeat the output that was not counted */
    if (rc < 0 && out_once(&r) && r.at > 0 && t->have.n == 0)
        t->spent = true;
    if (rc == 0 && w->g->o.verify && gridcp_check_ends(w, t, &err) < 0) {
        rc = -1;
        ranges_fini(&t->have);
    }
    if (t->file.fd >= 0 && rc == 0 && w->g->state != NULL)
        gridcp_state_whole(w->g->state, t);
    if (t->file.fd >= 0 && rc == 0)
        rc = gridcp_dest_finish(t, &err);
    else if (t->file.fd >= 0)
        gridcp_file_abandon(&t->file, true);
    if (t->file.changed)
        ranges_fini(&t->have);
    if (rc == 0)
        err = (struct err)ERR_INIT;
    gridcp_task_end(t, &err, r.transient, true);
}
